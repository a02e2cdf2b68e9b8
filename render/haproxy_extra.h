/* SPDX-License-Identifier: MIT */
#ifndef RENDER_HAPROXY_EXTRA_H
#define RENDER_HAPROXY_EXTRA_H

/*
 * What a person adds to one service by hand, in a file of
 * PROXYM_HAPROXY_SETTINGS_PATH: proxym's <id>_<port>.yml. Constant.
 */

#include <stddef.h>

struct haproxy_extra {
	char *name;     /* "group_app_10001": as its backend is called */
	char *domains;  /* host names by commas; NULL: none */
	char *config;   /* lines for the backend; NULL: none */
	char *protocol; /* "http" or "tcp"; NULL: not said */
};

struct haproxy_extras {
	struct haproxy_extra *items; /* sorted by name */
	size_t count;
};

/* Borrowed; NULL: there is none. extras may be NULL. */
const struct haproxy_extra *haproxy_extra_find(
	const struct haproxy_extras *extras, const char *name);

#endif
