/* SPDX-License-Identifier: MIT */
#ifndef FETCH_CALLBACK_H
#define FETCH_CALLBACK_H

/*
 * What the user says of event callbacks, which Marathon 0.7 to 1.4 POSTs to a
 * URL that it was given at /v2/eventSubscriptions. Pure.
 */

#include <stddef.h>

#include "fetch/why.h"

struct callback_settings {
	const char *url;   /* "http://us:8099/callback"; NULL: no callbacks */
	const char *bind;  /* "ADDRESS:PORT"; NULL: as url says */
	const char *allow; /* for ranges_parse(); NULL: whom we ask */
};

enum { CALLBACK_URL_MAX = 512 };

/*
 * -EINVAL, or -ENOTSUP where no listener was built. The words name what of the
 * settings is wrong, but not the option. url is given.
 */
int callback_check(const struct callback_settings *settings, struct why *why);

/* The text as a value in the query of a URL, NUL-terminated, cut to size. */
void callback_escape(const char *text, char *ret, size_t size);

#endif
