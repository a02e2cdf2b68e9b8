/* SPDX-License-Identifier: MIT */
#include "fetch/belief.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/clock.h"
#include "fetch/state.h"

enum { RETRY_MS = 200 };

struct belief {
	struct belief_settings settings;
	struct source_report *report;
	struct guard *guard;
	struct catalog *claim;    /* NULL before the first answer */
	struct catalog *shown;    /* NULL before there is anything to show */
	struct catalog *restored; /* from disk; NULL: none */
	int64_t now;              /* of the last turn */
	bool looked;              /* for what was kept */
	bool moved;               /* the guard has not seen the claim yet */
	bool answered;            /* by a complete list */
	bool desperate;
};

int belief_new(const struct belief_settings *settings,
	struct source_report *report, struct belief **ret)
{
	struct belief *belief;
	int r;

	belief = calloc(1, sizeof(*belief));
	if (!belief)
		return -ENOMEM;
	belief->settings = *settings;
	belief->report = report;
	r = guard_new(settings->origin.source, settings->shrink_percent,
		settings->shrink_hold_ms, &belief->guard);
	if (r < 0) {
		free(belief);
		return r;
	}
	*ret = belief;
	return 0;
}

void belief_free(struct belief *belief)
{
	if (!belief)
		return;
	guard_free(belief->guard);
	catalog_unref(belief->claim);
	catalog_unref(belief->shown);
	catalog_unref(belief->restored);
	free(belief);
}

struct catalog *belief_known(const struct belief *belief)
{
	return belief->claim ? belief->claim : belief->restored;
}

struct catalog *belief_claim(const struct belief *belief)
{
	return belief->claim;
}

void belief_answer(struct belief *belief, struct catalog *claim)
{
	catalog_unref(belief->claim);
	belief->claim = claim;
	belief->moved = true;
	belief->answered = true;
	belief->report->complete = true;
	belief->report->restored = 0;
	belief->desperate = false;
	catalog_unref(take_ptr(&belief->restored));
}

int belief_edit(struct belief *belief, const char *id, struct app *app)
{
	struct catalog_change change = {
		.key = {.id = id, .source = belief->settings.origin.source},
		.app = app,
	};
	struct catalog *next;
	int r;

	r = catalog_edit(belief->claim, &change, 1, &next);
	if (r < 0)
		return r;
	catalog_unref(belief->claim);
	belief->claim = next;
	belief->moved = true;
	return 0;
}

int belief_announce(struct belief *belief, const char *app, const char *task)
{
	return guard_announce(belief->guard, app, task);
}

void belief_despair(struct belief *belief)
{
	belief->desperate = true;
}

static void note_held(struct belief *belief)
{
	struct source_report *report = belief->report;
	int64_t since = guard_held_since(belief->guard);

	report->held = guard_held(belief->guard);
	if (since < 0)
		report->held_since = 0;
	else if (!report->held_since)
		report->held_since = clock_unix_ms() - (belief->now - since);
}

static bool pass_claim(struct belief *belief)
{
	struct catalog *shown;

	if (guard_update(belief->guard, belief->claim, belief->answered,
		    belief->now, &shown)
		< 0)
		return false;
	belief->moved = false;
	belief->answered = false;
	catalog_unref(belief->shown);
	belief->shown = shown;
	note_held(belief);
	return true;
}

static bool show_restored(struct belief *belief)
{
	if (guard_update(belief->guard, belief->restored, false, belief->now,
		    &belief->shown)
		< 0)
		return false;
	belief->claim = catalog_ref(belief->restored);
	return true;
}

bool belief_turn(struct belief *belief, int64_t now)
{
	belief->now = now;
	if (belief->moved || belief->answered)
		return pass_claim(belief);
	if (belief->desperate && belief->restored && !belief->shown)
		return show_restored(belief);
	return false;
}

int64_t belief_deadline(const struct belief *belief)
{
	return belief->moved ? belief->now + RETRY_MS : INT64_MAX;
}

int64_t belief_wants_answer(const struct belief *belief)
{
	int64_t deadline = guard_deadline(belief->guard);

	return deadline < 0 ? INT64_MAX : deadline;
}

struct catalog *belief_shown(const struct belief *belief)
{
	return belief->shown;
}

/*
 * What was on disk is the memory of health for the first answer, and what is
 * shown when there is none. What the guard holds against is only what was
 * shown, so it does not hold back what went while nobody looked.
 */
int belief_restore(struct belief *belief, struct why *why)
{
	const struct belief_settings *settings = &belief->settings;
	int64_t saved;
	int r;

	if (belief->looked || !settings->state_dir)
		return 0;
	belief->looked = true;
	r = state_load(settings->state_dir, &settings->origin,
		&belief->restored, &saved, why);
	if (r == 0) {
		belief->report->restored = saved;
		hosts_remember(settings->hosts, belief->restored);
	}
	return r == -ENOENT ? 0 : r;
}

/* Its place among the sources may be another now. */
static int with_rank(struct app *app, uint8_t rank, struct app **ret)
{
	struct app draft;

	if (app->rank == rank) {
		*ret = app_ref(app);
		return 0;
	}
	draft = app_draft(app);
	draft.rank = rank;
	return app_pack(&draft, ret, NULL);
}

static int add_known(struct belief *belief, struct app *app,
	struct catalog_change *ret)
{
	int r;

	r = with_rank(app, belief->settings.origin.rank, &ret->app);
	if (r == 0)
		ret->key = ret->app->key;
	return r;
}

int belief_remember(struct belief *belief, const struct catalog *known)
{
	CLEANUP(free) struct catalog_change *changes = NULL;
	struct catalog_cursor cursor = {0, 0};
	struct app *app;
	size_t count = 0;
	int r = 0;

	if (belief->claim || belief->restored)
		return 0;
	changes = calloc(catalog_app_count(known) + 1, sizeof(*changes));
	if (!changes)
		return -ENOMEM;
	while (r == 0 && (app = catalog_next(known, &cursor)))
		if (strcmp(app->key.source, belief->settings.origin.source)
			== 0)
			r = add_known(belief, app, &changes[count++]);
	if (r == 0 && count > 0)
		r = catalog_edit(NULL, changes, count, &belief->restored);
	for (size_t i = 0; i < count; i++)
		app_unref(changes[i].app);
	if (r < 0 || count == 0)
		return r;
	belief->looked = true;
	belief->report->restored = clock_unix_ms();
	return 0;
}
