/* SPDX-License-Identifier: MIT */
#ifndef FETCH_CALLBACK_PLACE_H
#define FETCH_CALLBACK_PLACE_H

/* Where callbacks are listened for. Pure. */

#include <stdint.h>

#include "fetch/callback.h"
#include "fetch/ranges.h"

enum { CALLBACK_PATH_MAX = 256 };

struct callback_place {
	struct in6_addr address; /* "::" is all, of IPv4 too */
	uint16_t port;
	char path[CALLBACK_PATH_MAX]; /* begins with a slash */
};

/*
 * Of a URL with a name, all addresses: what the name means to Marathon is not
 * what it means here. -EINVAL with words for a URL that Marathon cannot POST
 * to, and for what is no ADDRESS:PORT.
 */
int callback_place(const struct callback_settings *settings,
	struct callback_place *ret, struct why *why);

#endif
