/* SPDX-License-Identifier: MIT */
#ifndef FETCH_COLLECT_H
#define FETCH_COLLECT_H

/*
 * The apps of one list as list.c finds them, and what they make of the catalog
 * that was known: what hashes as it did is kept without a look inside.
 */

#include "fetch/list.h"
#include "fetch/skim.h"

struct collect;

/* As list_new(). */
int collect_new(const struct app_reader *reader, const struct catalog *before,
	struct collect **ret);
void collect_free(struct collect *collect);
CLEANUP_DEFINE(struct collect *, collect_free)

/*
 * One app, whole, of which skim knows the end. -EBADMSG with words when it
 * spoils the answer, -ENODATA, -E2BIG, -ENOMEM.
 */
int collect_app(struct collect *collect, const struct skim *skim,
	const char *bytes, struct why *why);

/* As list_end(); only once. */
int collect_end(struct collect *collect, struct catalog **ret,
	size_t *ret_bad, struct why *first_bad, struct why *why);

#endif
