/* SPDX-License-Identifier: MIT */
#ifndef FETCH_GUARD_IMPL_H
#define FETCH_GUARD_IMPL_H

/*
 * What guard.c and its parts share; for nobody else. An update passes them in
 * this order: which apps it touches (guard_touch.c), what of them is lost and
 * whether that is too much to be believed (guard_judge.c), what is shown of
 * them where something is held (guard_show.c), and then all of it counts
 * (guard.c). What was announced and what was let pass remember themselves, in
 * guard_notices.h and guard_losses.h.
 *
 * Until guard.c commits it an update changes nothing in the guard but marks in
 * those two; what it makes on the way is its own, and freed with it.
 */

#include "fetch/arena.h"
#include "fetch/guard.h"
#include "fetch/guard_losses.h"
#include "fetch/guard_notices.h"

/* An app with instances that are held. */
struct held_app {
	struct app *shown; /* a reference: the claim's, and the held ones */
	int64_t *since;    /* for each instance shown; -1: it is not held */
	size_t count;      /* of those held */
};

struct guard {
	char *source;
	int percent;
	int64_t hold_ms;
	struct catalog *claim, *shown; /* of the last update */
	size_t serving;                /* in shown, of this source */
	struct held_app *held;         /* in order of keys */
	size_t held_count;
	size_t held_instances;
	int64_t held_since; /* of the first of them */
	int64_t ask;        /* no deadline before */
	struct losses losses;
	struct notices notices;
};

/* What an update does to one app. */
struct touched {
	struct app *shown; /* as it was shown; NULL: not (borrowed) */
	struct app *claim; /* as it is claimed; NULL: gone (borrowed) */
	struct held_app *held; /* what was held of it; NULL: nothing */

	/* guard_judge.c */
	int64_t *since; /* for each instance shown: -1, or held since */
	uint32_t lost;  /* losses of this update */
	uint32_t kept;  /* of those held before, held on */
	uint32_t fresh; /* new instances that replaced nothing yet */

	struct held_app next; /* guard_show.c; its own until it is committed */
};

struct update {
	struct guard *guard;
	struct catalog *claim;
	bool answer;
	int64_t now;
	struct arena arena;
	struct touched *touched; /* in order of keys */
	size_t count, space;
	size_t lost; /* of all */
	bool hold;   /* that is too much */
};

/* guard.c: names as the notices and losses have them. */
uint64_t guard_app_hash(const char *id);
uint64_t guard_task_hash(uint64_t app, const char *task);

static inline bool instance_serves(const struct instance *instance)
{
	return instance && instance->state == INSTANCE_SERVING;
}

static inline size_t app_serving(const struct app *app)
{
	return app ? app->serving_count : 0;
}

/* guard_touch.c: all whose place has to be looked at. -ENOMEM. */
int update_touch(struct update *u);
const struct app_key *touched_key(const struct touched *t);
/* Apps of other sources pass. */
bool touched_is_ours(const struct update *u, const struct touched *t);
/* An instance, by its place in what was shown. */
bool touched_was_held(const struct touched *t, uint32_t index);

/* It was held for so long, and this answer repeats that it is missing. */
bool update_is_due(const struct update *u, int64_t since);

/* guard_judge.c: what is lost, and whether to hold it. -ENOMEM. */
int update_judge(struct update *u);

/* guard_show.c: what is shown of each, where something is held. -ENOMEM. */
int update_show(struct update *u);

#endif
