/* SPDX-License-Identifier: MIT */
#ifndef FETCH_CALLBACK_JSON_H
#define FETCH_CALLBACK_JSON_H

/* What GET /v2/eventSubscriptions answers: {"callbackUrls":["http://..."]}. */

#include <stdbool.h>
#include <stddef.h>

#include "fetch/why.h"

/* Whether url is one of them. -EBADMSG with words, -ENOMEM. */
int callback_is_listed(const char *text, size_t length, const char *url,
	bool *ret, struct why *why);

#endif
