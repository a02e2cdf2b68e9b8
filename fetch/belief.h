/* SPDX-License-Identifier: MIT */
#ifndef FETCH_BELIEF_H
#define FETCH_BELIEF_H

/*
 * What of a source's words is believed (DESIGN 3.1 to 3.3), the same for each
 * source: the claim is what the source says now, the shown is what the shrink
 * guard lets through; before there is a claim, what --state-dir kept of an
 * earlier run may stand in for both.
 *
 * It fills complete, stale, restored, held and held_since of the source's
 * report. Pure but for reading the state. One user.
 */

#include "fetch/guard.h"
#include "fetch/hosts.h"

struct belief_settings {
	struct app_origin origin; /* of its apps; what it points to borrowed */
	const char *state_dir; /* NULL: none; borrowed */
	struct hosts *hosts; /* who is told of hosts from disk; borrowed */
	int64_t shrink_hold_ms;
	int shrink_percent; /* negative: off */
};

struct belief;

/* report is the source's; borrowed: it outlives the belief. -ENOMEM. */
int belief_new(const struct belief_settings *settings,
	struct source_report *report, struct belief **ret);
void belief_free(struct belief *belief);
CLEANUP_DEFINE(struct belief *, belief_free)

/*
 * What the source said last, or what was restored for want of that; NULL:
 * nothing is known. What a reader stands on. Borrowed until the next call.
 */
struct catalog *belief_known(const struct belief *belief);

/* Only what the source said, or what is shown in its stead. Borrowed. */
struct catalog *belief_claim(const struct belief *belief);

/* Takes over claim: a complete answer. It is looked at in belief_turn(). */
void belief_answer(struct belief *belief, struct catalog *claim);

/* An event changed one app of the claim (NULL: it is gone). -ENOMEM. */
int belief_edit(struct belief *belief, const char *id, struct app *app);

/* As guard_announce(). */
int belief_announce(struct belief *belief, const char *app, const char *task);

/*
 * The source was asked in vain, everywhere: what was kept of an earlier run is
 * shown, if nothing else is. Call it before belief_turn().
 */
void belief_despair(struct belief *belief);

/*
 * Holds a new claim against what was shown. True when the shown or the report
 * may have changed. Without memory it is tried again at the next turn.
 */
bool belief_turn(struct belief *belief, int64_t now);

/* Of that next turn; INT64_MAX: none is needed. */
int64_t belief_deadline(const struct belief *belief);

/* As guard_deadline(), but INT64_MAX for nothing. */
int64_t belief_wants_answer(const struct belief *belief);

/* Borrowed until the next turn; NULL before there is anything to show. */
struct catalog *belief_shown(const struct belief *belief);

/*
 * Reads what was kept, once. Words when it is damaged: it is done without, and
 * the first answer makes up for it.
 */
int belief_restore(struct belief *belief, struct why *why);

/*
 * What was shown of the source before (the configuration was read again): it
 * stands in for what is kept on disk. Apps of other sources in it are ignored.
 * -ENOMEM: it is done without.
 */
int belief_remember(struct belief *belief, const struct catalog *known);

#endif
