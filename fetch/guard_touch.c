/* SPDX-License-Identifier: MIT */
/* Which apps an update has to look at. */
#include "fetch/guard_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct app_key *touched_key(const struct touched *t)
{
	return t->shown ? &t->shown->key : &t->claim->key;
}

bool touched_is_ours(const struct update *u, const struct touched *t)
{
	return strcmp(touched_key(t)->source, u->guard->source) == 0;
}

bool touched_was_held(const struct touched *t, uint32_t index)
{
	return t->held && t->held->since[index] >= 0;
}

static struct held_app *find_held(
	const struct guard *guard, const struct app_key *key)
{
	size_t low = 0, high = guard->held_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = app_key_compare(
			&guard->held[middle].shown->key, key);

		if (order == 0)
			return &guard->held[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static int touch(struct update *u, struct app *shown, struct app *claim,
	struct held_app *held)
{
	if (u->count == u->space) {
		size_t space = u->space ? u->space * 2 : 16;
		struct touched *larger;

		larger = realloc(u->touched, space * sizeof(*larger));
		if (!larger)
			return -ENOMEM;
		u->touched = larger;
		u->space = space;
	}
	u->touched[u->count++] = (struct touched){
		.shown = shown, .claim = claim, .held = held};
	return 0;
}

static int touch_difference(
	void *context, struct app *before, struct app *after)
{
	struct update *u = context;
	const struct app_key *key = before ? &before->key : &after->key;
	struct held_app *held = find_held(u->guard, key);

	return touch(u, held ? held->shown : before, after, held);
}

/* Whether this app is among the first so many. */
static bool is_touched(
	const struct update *u, size_t count, const struct app_key *key)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = app_key_compare(
			touched_key(&u->touched[middle]), key);

		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

bool update_is_due(const struct update *u, int64_t since)
{
	return u->answer && since >= 0 && u->now - since >= u->guard->hold_ms;
}

/* Whether something may be let go though the claim is as it was. */
static bool may_let_go(const struct update *u, const struct held_app *held)
{
	if (notices_any_new_of(&u->guard->notices,
		    guard_app_hash(held->shown->key.id)))
		return true;
	for (uint32_t i = 0; i < held->shown->instance_count; i++)
		if (update_is_due(u, held->since[i]))
			return true;
	return false;
}

static int touch_order(const void *a, const void *b)
{
	return app_key_compare(touched_key(a), touched_key(b));
}

int update_touch(struct update *u)
{
	struct guard *guard = u->guard;
	size_t differ;
	int r;

	r = catalog_diff(guard->claim, u->claim, touch_difference, u);
	if (r < 0)
		return r;
	if (!u->answer && !notices_any_new(&guard->notices))
		return 0;
	differ = u->count;
	for (size_t i = 0; i < guard->held_count; i++) {
		struct held_app *held = &guard->held[i];
		const struct app_key *key = &held->shown->key;

		if (is_touched(u, differ, key) || !may_let_go(u, held))
			continue;
		r = touch(u, held->shown, catalog_find(u->claim, key), held);
		if (r < 0)
			return r;
	}
	if (u->count > differ && differ > 0)
		qsort(u->touched, u->count, sizeof(*u->touched), touch_order);
	return 0;
}
