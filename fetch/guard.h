/* SPDX-License-Identifier: MIT */
#ifndef FETCH_GUARD_H
#define FETCH_GUARD_H

/*
 * The shrink guard (DESIGN 3.3), one for each source: what would take away
 * more than a share of the source's serving instances within the hold time,
 * and was not announced, counts only when every answer has repeated it for
 * that long. Meanwhile what was known goes on being served.
 *
 * Two catalogs: the claim is what the source says, the shown is the claim plus
 * what is held back. Pure: the time is given (milliseconds that never go
 * back). One user.
 */

#include "fetch/catalog.h"

struct guard;

/* percent 0 to 100, over which removals are held; negative: the guard is off. */
int guard_new(const char *source, int percent, int64_t hold_ms,
	struct guard **ret);
void guard_free(struct guard *guard);

/*
 * The next event announces that this instance (task NULL: the whole app) goes:
 * its removal counts at once and is not added up. Kept until the claim holds
 * it no more. Never called for health.
 */
int guard_announce(struct guard *guard, const char *app_id, const char *task);

/*
 * claim is the newest word of the source (borrowed), held against what was
 * shown before. *ret is what is to be shown now (a new reference): claim
 * itself when nothing is held. A scale-down seen in the app's own target
 * counts as announced. answer: this is a complete answer (a list), and not
 * only an event. -ENOMEM.
 */
int guard_update(struct guard *guard, struct catalog *claim, bool answer,
	int64_t now_ms, struct catalog **ret);

/* When to call guard_update() again with the same claim; -1: no need. */
int64_t guard_deadline(const struct guard *guard);

/* Instances held back now. */
size_t guard_held(const struct guard *guard);

#endif
