/* SPDX-License-Identifier: MIT */
/* What an update loses, and whether that is too much to be believed. */
#include "fetch/guard_impl.h"

#include <errno.h>

#include "fetch/match.h"

/* How many instances serve now that did not, and had not just been lost. */
static int count_fresh(struct update *u, struct touched *t)
{
	struct losses *losses = &u->guard->losses;
	const struct instance **match;
	uint64_t app;
	int r;

	if (!t->claim || t->claim->serving_count == 0)
		return 0;
	r = match_instances(t->claim, t->shown, &u->arena, &match);
	if (r < 0)
		return r;
	app = guard_app_hash(t->claim->key.id);
	for (uint32_t i = 0; i < t->claim->instance_count; i++) {
		const struct instance *instance = &t->claim->instances[i];

		if (!instance_serves(instance) || instance_serves(match[i]))
			continue;
		if (losses_standing(losses) == 0
			|| !losses_take_back(losses,
				guard_task_hash(app, instance->id)))
			t->fresh++;
	}
	return 0;
}

/* Instances of one app that may go without being a loss. */
struct spare {
	uint32_t gone; /* when they are gone altogether */
	uint32_t any;  /* when they are merely sick, too */
};

/* survivors: those that stay, and those that may be losses. */
static struct spare spare_of(const struct touched *t, uint32_t survivors)
{
	struct spare spare = {.gone = t->fresh, .any = t->fresh};
	uint64_t total = (uint64_t)survivors + t->fresh;

	if (t->claim && total > t->claim->target
		&& total - t->claim->target > spare.gone)
		spare.gone = (uint32_t)(total - t->claim->target);
	return spare;
}

static bool use_spare(struct spare *spare, bool gone)
{
	if (gone ? spare->gone == 0 : spare->any == 0)
		return false;
	spare->gone -= spare->gone > 0;
	spare->any -= spare->any > 0;
	return true;
}

/* Whether the claim, or an event, says that this one ends. */
static bool is_ending(const struct update *u, uint64_t app,
	const struct instance *shown, const struct instance *claimed)
{
	if (notices_use(&u->guard->notices, app,
		    guard_task_hash(app, shown->id), u->now))
		return true;
	return claimed
		&& (claimed->state == INSTANCE_KILLING
			|| claimed->state == INSTANCE_ENDED);
}

/* Marks in since what may be a loss; returns what stays, with those. */
static uint32_t mark_missing(const struct update *u, struct touched *t,
	const struct instance *const *match)
{
	uint64_t app = guard_app_hash(t->shown->key.id);
	uint32_t survivors = 0;

	for (uint32_t i = 0; i < t->shown->instance_count; i++) {
		const struct instance *instance = &t->shown->instances[i];
		int64_t since = t->held ? t->held->since[i] : -1;

		t->since[i] = -1;
		if (!instance_serves(instance))
			continue;
		if (instance_serves(match[i])) {
			survivors++;
			continue;
		}
		if (update_is_due(u, since)
			|| is_ending(u, app, instance, match[i]))
			continue;
		t->since[i] = since >= 0 ? since : u->now;
		survivors++;
	}
	return survivors;
}

/* Of one app: which of those shown are lost. */
static int find_lost(struct update *u, struct touched *t)
{
	const struct instance **match;
	struct spare spare;
	int r;

	if (!t->shown || t->shown->serving_count == 0)
		return 0;
	r = match_instances(t->shown, t->claim, &u->arena, &match);
	if (r < 0)
		return r;
	t->since = arena_take(&u->arena, t->shown->instance_count,
		sizeof(*t->since));
	if (!t->since)
		return -ENOMEM;
	spare = spare_of(t, mark_missing(u, t, match));
	for (uint32_t i = 0; i < t->shown->instance_count; i++) {
		bool gone = !match[i] || match[i]->state == INSTANCE_STARTING;

		if (t->since[i] < 0)
			continue;
		if (use_spare(&spare, gone))
			t->since[i] = -1;
		else if (touched_was_held(t, i))
			t->kept++;
		else
			t->lost++;
	}
	t->fresh = spare.any;
	u->lost += t->lost;
	return 0;
}

/* Held instances in all, when those of the touched apps are as marked. */
static size_t held_on(const struct update *u)
{
	size_t count = u->guard->held_instances;

	for (size_t i = 0; i < u->count; i++) {
		const struct touched *t = &u->touched[i];

		count -= t->held ? t->held->count : 0;
		count += t->kept;
	}
	return count;
}

/* Whether the losses of this update are too many to be believed. */
static bool is_too_much(const struct update *u)
{
	const struct guard *guard = u->guard;
	size_t losses = losses_standing(&guard->losses);
	size_t left = guard->serving, missing, base;

	if (u->lost == 0)
		return false;
	for (size_t i = 0; i < u->count; i++) {
		const struct touched *t = &u->touched[i];

		if (!touched_is_ours(u, t))
			continue;
		left -= app_serving(t->shown);
		left += app_serving(t->claim) + t->kept;
	}
	if (left == 0)
		return true;
	missing = losses + held_on(u) + u->lost;
	base = guard->serving + losses;
	return missing * 100 > (size_t)guard->percent * base;
}

int update_judge(struct update *u)
{
	int r;

	for (size_t i = 0; i < u->count; i++) {
		if (!touched_is_ours(u, &u->touched[i]))
			continue;
		r = count_fresh(u, &u->touched[i]);
		if (r < 0)
			return r;
		r = find_lost(u, &u->touched[i]);
		if (r < 0)
			return r;
	}
	u->hold = is_too_much(u);
	return 0;
}
