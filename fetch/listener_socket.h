/* SPDX-License-Identifier: MIT */
#ifndef FETCH_LISTENER_SOCKET_H
#define FETCH_LISTENER_SOCKET_H

/* The socket that a listener is given. Used by listener.c alone. */

#include "fetch/callback_place.h"

/* *ret listens, for the caller to close. A negative errno with words. */
int listener_socket_open(
	const struct callback_place *place, int *ret, struct why *why);

#endif
