/* SPDX-License-Identifier: MIT */
#include "fetch/guard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/guard_impl.h"

enum { ASK_AGAIN_MS = 1000 };

static uint64_t name_hash(uint64_t hash, const char *name)
{
	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name)
			* UINT64_C(0x100000001b3);
	return (hash ^ 0xff) * UINT64_C(0x100000001b3);
}

uint64_t guard_app_hash(const char *id)
{
	return name_hash(UINT64_C(0xcbf29ce484222325), id);
}

uint64_t guard_task_hash(uint64_t app, const char *task)
{
	return name_hash(app, task);
}

static void held_app_done(struct held_app *held)
{
	app_unref(held->shown);
	free(held->since);
}

int guard_new(const char *source, int percent, int64_t hold_ms,
	struct guard **ret)
{
	CLEANUP(guard_free) struct guard *guard = NULL;

	guard = calloc(1, sizeof(*guard));
	if (!guard)
		return -ENOMEM;
	guard->source = strdup(source);
	if (!guard->source)
		return -ENOMEM;
	guard->percent = hold_ms > 0 ? percent : -1;
	guard->hold_ms = hold_ms;
	guard->held_since = -1;
	*ret = take_ptr(&guard);
	return 0;
}

void guard_free(struct guard *guard)
{
	if (!guard)
		return;
	for (size_t i = 0; i < guard->held_count; i++)
		held_app_done(&guard->held[i]);
	free(guard->held);
	losses_done(&guard->losses);
	notices_done(&guard->notices);
	catalog_unref(guard->claim);
	catalog_unref(guard->shown);
	free(guard->source);
	free(guard);
}

int guard_announce(struct guard *guard, const char *app_id, const char *task)
{
	const struct app_key key = {app_id, guard->source};
	const struct app *shown = catalog_find(guard->shown, &key);
	uint64_t app = guard_app_hash(app_id);

	/* Where nothing is shown nothing can be lost. */
	if (!shown || (task && !instance_serves(app_instance(shown, task))))
		return 0;
	return notices_add(&guard->notices, app,
		task ? guard_task_hash(app, task) : 0);
}

static int edit_shown(struct update *u, struct catalog **ret)
{
	CLEANUP(free) struct catalog_change *changes = NULL;

	changes = calloc(u->count + 1, sizeof(*changes));
	if (!changes)
		return -ENOMEM;
	for (size_t i = 0; i < u->count; i++) {
		const struct touched *t = &u->touched[i];

		changes[i].key = *touched_key(t);
		changes[i].app = t->next.shown ? t->next.shown : t->claim;
	}
	return catalog_edit(u->guard->shown, changes, u->count, ret);
}

/* The held apps that are not touched stay; the touched ones are made anew. */
static int next_held(
	struct update *u, struct held_app **ret, size_t *ret_count)
{
	struct guard *guard = u->guard;
	struct held_app *next;
	size_t i = 0, k = 0, count = 0;

	next = calloc(guard->held_count + u->count + 1, sizeof(*next));
	if (!next)
		return -ENOMEM;
	while (i < guard->held_count || k < u->count) {
		const struct touched *t = u->touched ? &u->touched[k] : NULL;
		int order = -1;

		if (i == guard->held_count)
			order = 1;
		else if (k < u->count)
			order = app_key_compare(&guard->held[i].shown->key,
				touched_key(t));
		if (order < 0)
			next[count++] = guard->held[i];
		else if (t->next.shown)
			next[count++] = t->next;
		i += order <= 0;
		k += order >= 0;
	}
	*ret = next;
	*ret_count = count;
	return 0;
}

static void count_held(struct guard *guard)
{
	guard->held_instances = 0;
	guard->held_since = -1;
	for (size_t i = 0; i < guard->held_count; i++) {
		const struct held_app *held = &guard->held[i];

		guard->held_instances += held->count;
		for (uint32_t k = 0; k < held->shown->instance_count; k++)
			if (held->since[k] >= 0
				&& (guard->held_since < 0
					|| held->since[k] < guard->held_since))
				guard->held_since = held->since[k];
	}
}

static void note_losses(struct update *u, const struct touched *t)
{
	struct losses *losses = &u->guard->losses;
	uint64_t app = guard_app_hash(touched_key(t)->id);

	losses_replace(losses, app, t->fresh);
	if (t->lost == 0 || u->hold)
		return;
	for (uint32_t i = 0; i < t->shown->instance_count; i++)
		if (t->since[i] >= 0 && !touched_was_held(t, i))
			losses_add(losses, u->now, app,
				guard_task_hash(
					app, t->shown->instances[i].id));
}

/* What an update makes, before any of it counts. */
struct made {
	struct held_app *held;
	size_t held_count;
	struct catalog *shown;
};

static int make(struct update *u, struct made *made)
{
	int r;

	r = update_touch(u);
	if (r == 0)
		r = update_judge(u);
	if (r == 0)
		r = losses_reserve(&u->guard->losses, u->lost);
	if (r == 0)
		r = update_show(u);
	if (r == 0)
		r = next_held(u, &made->held, &made->held_count);
	if (r < 0)
		return r;
	if (made->held_count == 0) {
		made->shown = catalog_ref(u->claim);
		return 0;
	}
	return edit_shown(u, &made->shown);
}

/* From here on nothing can fail. */
static void commit(struct update *u, struct made *made)
{
	struct guard *guard = u->guard;

	losses_settle(&guard->losses, true);
	for (size_t i = 0; i < u->count; i++) {
		struct touched *t = &u->touched[i];

		if (!touched_is_ours(u, t))
			continue;
		note_losses(u, t);
		guard->serving -= app_serving(t->shown);
		guard->serving += app_serving(
			t->next.shown ? t->next.shown : t->claim);
		t->next = (struct held_app){NULL, NULL, 0};
	}
	for (size_t i = 0; i < u->count; i++)
		if (u->touched[i].held)
			held_app_done(u->touched[i].held);
	free(guard->held);
	guard->held = take_ptr(&made->held);
	guard->held_count = made->held_count;
	count_held(guard);
	catalog_unref(guard->shown);
	guard->shown = take_ptr(&made->shown);
	catalog_unref(guard->claim);
	guard->claim = catalog_ref(u->claim);
	notices_settle(&guard->notices, u->now, guard->hold_ms);
	if (u->answer)
		guard->ask = 0;
	else if (guard_held(guard) > 0 && u->now >= guard_deadline(guard))
		guard->ask = u->now + ASK_AGAIN_MS;
}

int guard_update(struct guard *guard, struct catalog *claim, bool answer,
	int64_t now_ms, struct catalog **ret)
{
	struct update u = {.guard = guard,
		.claim = claim,
		.answer = answer,
		.now = now_ms};
	struct made made = {NULL, 0, NULL};
	int r;

	if (guard->percent < 0) {
		*ret = catalog_ref(claim);
		return 0;
	}
	losses_forget(&guard->losses, now_ms - guard->hold_ms);
	r = make(&u, &made);
	if (r == 0) {
		commit(&u, &made);
		*ret = catalog_ref(guard->shown);
	} else {
		losses_settle(&guard->losses, false);
	}
	for (size_t i = 0; i < u.count; i++)
		held_app_done(&u.touched[i].next);
	free(u.touched);
	free(made.held);
	arena_done(&u.arena);
	return r;
}

int64_t guard_deadline(const struct guard *guard)
{
	int64_t due = guard->held_since + guard->hold_ms;

	if (guard->held_since < 0)
		return -1;
	return due > guard->ask ? due : guard->ask;
}

size_t guard_held(const struct guard *guard)
{
	return guard->held_instances;
}

int64_t guard_held_since(const struct guard *guard)
{
	return guard->held_since;
}
