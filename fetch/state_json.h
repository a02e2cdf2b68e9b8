/* SPDX-License-Identifier: MIT */
#ifndef FETCH_STATE_JSON_H
#define FETCH_STATE_JSON_H

/* One app as one JSON object of our own, for the state on disk. */

#include "fetch/catalog.h"

struct json_object;
struct json_tokener;

/* *ret is a new object. -ENOMEM. */
int app_to_state(const struct app *app, struct json_object **ret);

/* *ret is a new reference. -EBADMSG with words, -ENOMEM, -E2BIG. */
int app_from_state(struct json_tokener *tokener, const char *text,
	size_t length, const struct app_origin *origin, struct app **ret,
	struct why *why);

#endif
