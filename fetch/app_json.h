/* SPDX-License-Identifier: MIT */
#ifndef FETCH_APP_JSON_H
#define FETCH_APP_JSON_H

/*
 * One app object as Marathon 0.8 to 1.11 write it, with its embedded tasks,
 * becomes a struct app (marathon-api.md 3 and 4; endpoints by 3.6). Missing,
 * null and empty mean the same; unknown fields are ignored; a field of the
 * wrong type makes the app bad, with words, and never the whole answer.
 */

#include "fetch/catalog.h"
#include "fetch/groups.h"
#include "fetch/health.h"

struct app_reader {
	const char *source; /* name of the source, kept by the caller */
	struct health_policy health;
	const struct groups *groups; /* NULL: all apps */
	bool first; /* nothing was known of this source before */
};

/*
 * text is one complete JSON object of length bytes. known gives the app as it
 * was before (borrowed; NULL: new), for the memory of health. *ret is a new
 * reference, or NULL when --groups leaves the app out. fingerprint is stored
 * in the app. -EBADMSG with words for a bad app; -ENODATA when it has no
 * "tasks" key (embed was not honoured: the whole answer is unusable); -ENOMEM.
 *
 * known_of finds the app before by its id, which is only known after parsing.
 */
typedef const struct app *app_known(void *context, const char *id);

int app_from_json(const struct app_reader *reader, const char *text,
	size_t length, uint64_t fingerprint, app_known *known, void *context,
	struct app **ret, struct why *why);

#endif
