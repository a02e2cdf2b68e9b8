/* SPDX-License-Identifier: MIT */
#ifndef RENDER_CHECK_H
#define RENDER_CHECK_H

/* Which of an app's health checks speaks for one of its ports. Pure. */

#include "fetch/catalog.h"

/*
 * The check made on that port itself: by index, where a check that gives
 * neither index nor port means the first port. Borrowed; NULL: none.
 */
const struct check *check_of_port(const struct app *app, uint32_t port_index);

/*
 * What a proxy can repeat for that port: its own check, else one on a fixed
 * port, else one on another port of the app (Marathon's verdict is for the
 * whole instance as well). Never CHECK_COMMAND or unknown. Borrowed; NULL: none.
 */
const struct check *check_for_proxy(
	const struct app *app, uint32_t port_index);

/* The index of the port it is made on; -1: on check->port. */
int32_t check_index(const struct check *check);

/* As Marathon writes it, in lower case; NULL when unknown. */
const char *check_name(enum check_protocol protocol);

bool check_is_http(enum check_protocol protocol);

#endif
