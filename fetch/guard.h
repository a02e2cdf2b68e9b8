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
 *
 * What is a loss. An instance that was shown serving and in the claim is not
 * (gone, sick, unreachable, its app deleted). It is none, and passes at once,
 * - when it was announced: by an event (guard_announce()), or by a claim that
 *   lists it as killing or ended;
 * - when it was replaced: for each new serving instance of the same app one
 *   old one may go;
 * - when the app had more than its target and it is gone (not merely sick):
 *   that is a scale-down, or the end of a rolling deployment.
 *
 * When losses are held. Those of the last hold time are added up; one that
 * came back, or was replaced since, is taken off. When the losses of an update
 * with these and with what is held already are more than percent of what there
 * would be without them, or leave nothing at all, all losses of the update are
 * held; else all pass. So once something is held, further losses are too.
 *
 * When they are let go. An instance is held no more when the claim has it
 * again, or it is announced, replaced or beyond the target as above, or when a
 * complete answer comes after the hold time: every answer since has repeated
 * its absence, since one that had not would have brought it back. Without
 * answers nothing is let go.
 *
 * All else (new instances, new endpoints, labels) passes at once. A held
 * instance is shown as it was, with the ports its app has now; one whose app
 * is gone keeps that app as it was, with the held instances alone.
 */

#include "fetch/catalog.h"

struct guard;

/* percent 0 to 100, over which removals are held; negative: the guard is off. */
int guard_new(const char *source, int percent, int64_t hold_ms,
	struct guard **ret);
void guard_free(struct guard *guard);
CLEANUP_DEFINE(struct guard *, guard_free)

/*
 * An event announces that this instance (task NULL: all of the app) goes: its
 * removal counts at once and is not added up, in the next update and for the
 * hold time from then on. Never called for health. -ENOMEM.
 */
int guard_announce(struct guard *guard, const char *app_id, const char *task);

/*
 * claim is the newest word of the source (borrowed; the guard takes references
 * of its own), held against what was shown before. *ret is what is to be shown
 * now (a new reference): claim itself when nothing is held. Apps of other
 * sources in it pass. answer: this is a complete answer (a list), and not only
 * an event. Costs what differs from the claim before. -ENOMEM: nothing has
 * changed.
 */
int guard_update(struct guard *guard, struct catalog *claim, bool answer,
	int64_t now_ms, struct catalog **ret);

/*
 * From when on an answer is wanted: the first complete one after it that
 * repeats the removal lets go of what is held. Read the list then. -1: nothing
 * is held. An update without an answer puts off a time that has passed.
 */
int64_t guard_deadline(const struct guard *guard);

/* Instances held back now. */
size_t guard_held(const struct guard *guard);

/* Since when the longest is; -1: nothing is held. */
int64_t guard_held_since(const struct guard *guard);

#endif
