/* SPDX-License-Identifier: MIT */
#include "fetch/guard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/match.h"

enum { ASK_AGAIN_MS = 1000 };

/* An app with instances that are held. */
struct held_app {
	struct app *shown; /* a reference: the claim's, and the held ones */
	int64_t *since;    /* for each instance shown; -1: it is not held */
	size_t count;      /* of those held */
};

/* A loss that was let pass. */
struct loss {
	int64_t at;
	uint64_t app, task; /* hashes of the names */
	bool back;          /* the update that is made has it again */
};

/* An announcement. */
struct notice {
	int64_t until; /* -1: the next update sets it */
	uint64_t app, task; /* task 0: all of the app */
	bool used;          /* it was for one instance, which went */
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

	struct loss *losses; /* in order of time */
	size_t loss_count, loss_space;
	struct notice *notices;
	size_t notice_count, notice_space;
};

static uint64_t name_hash(uint64_t hash, const char *name)
{
	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name)
			* UINT64_C(0x100000001b3);
	return (hash ^ 0xff) * UINT64_C(0x100000001b3);
}

static uint64_t app_hash(const char *id)
{
	return name_hash(UINT64_C(0xcbf29ce484222325), id);
}

static bool serves(const struct instance *instance)
{
	return instance && instance->state == INSTANCE_SERVING;
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
	free(guard->losses);
	free(guard->notices);
	catalog_unref(guard->claim);
	catalog_unref(guard->shown);
	free(guard->source);
	free(guard);
}

int guard_announce(struct guard *guard, const char *app_id, const char *task)
{
	const struct app_key key = {app_id, guard->source};
	const struct app *shown = catalog_find(guard->shown, &key);
	uint64_t app = app_hash(app_id);

	/* Where nothing is shown nothing can be lost. */
	if (!shown || (task && !serves(app_instance(shown, task))))
		return 0;
	if (guard->notice_count == guard->notice_space) {
		size_t space = guard->notice_space ? guard->notice_space * 2
						   : 64;
		struct notice *larger;

		larger = realloc(guard->notices, space * sizeof(*larger));
		if (!larger)
			return -ENOMEM;
		guard->notices = larger;
		guard->notice_space = space;
	}
	guard->notices[guard->notice_count++] = (struct notice){
		.until = -1,
		.app = app,
		.task = task ? name_hash(app, task) : 0,
	};
	return 0;
}

static bool is_announced(
	struct guard *guard, uint64_t app, uint64_t task, int64_t now)
{
	for (size_t i = 0; i < guard->notice_count; i++) {
		struct notice *notice = &guard->notices[i];

		if (notice->app != app
			|| (notice->until >= 0 && notice->until <= now))
			continue;
		notice->used |= notice->task == task;
		if (notice->task == task || notice->task == 0)
			return true;
	}
	return false;
}

/* Forgets what was said too long ago, or has come true. */
static void forget_notices(struct guard *guard, int64_t now)
{
	size_t kept = 0;

	for (size_t i = 0; i < guard->notice_count; i++) {
		struct notice *notice = &guard->notices[i];

		if (notice->until < 0)
			notice->until = now + guard->hold_ms;
		if (!notice->used && notice->until > now)
			guard->notices[kept++] = *notice;
	}
	guard->notice_count = kept;
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

/* What an update does to one app. */
struct touched {
	struct app *shown; /* as it was shown; NULL: not (borrowed) */
	struct app *claim; /* as it is claimed; NULL: gone (borrowed) */
	struct held_app *held; /* what was held of it; NULL: nothing */
	int64_t *since; /* for each instance shown: -1, or held since */
	uint32_t lost;  /* losses of this update */
	uint32_t kept;  /* of those held before, held on */
	uint32_t fresh; /* new instances that replaced nothing yet */
	struct held_app next;
};

struct update {
	struct guard *guard;
	struct catalog *claim;
	bool answer;
	int64_t now;
	struct arena arena;
	struct touched *touched;
	size_t count, space;
	size_t lost; /* of all */
	size_t back; /* losses that came back */
	size_t look; /* where the next of them is likely to be */
	bool hold;
};

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

static bool is_touched(const struct update *u, const struct held_app *held)
{
	size_t low = 0, high = u->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct touched *t = &u->touched[middle];
		int order = app_key_compare(
			t->shown ? &t->shown->key : &t->claim->key,
			&held->shown->key);

		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static bool is_due(const struct update *u, int64_t since)
{
	return u->answer && since >= 0 && u->now - since >= u->guard->hold_ms;
}

/* Whether something may be let go though the claim is as it was. */
static bool may_let_go(const struct update *u, const struct held_app *held)
{
	const struct guard *guard = u->guard;
	uint64_t app = app_hash(held->shown->key.id);

	for (size_t i = 0; i < guard->notice_count; i++)
		if (guard->notices[i].until < 0
			&& guard->notices[i].app == app)
			return true;
	for (uint32_t i = 0; i < held->shown->instance_count; i++)
		if (is_due(u, held->since[i]))
			return true;
	return false;
}

static int touch_order(const void *a, const void *b)
{
	const struct touched *x = a, *y = b;

	return app_key_compare(x->shown ? &x->shown->key : &x->claim->key,
		y->shown ? &y->shown->key : &y->claim->key);
}

static int touch_all(struct update *u)
{
	struct guard *guard = u->guard;
	bool fresh = false;
	size_t differ;
	int r;

	r = catalog_diff(guard->claim, u->claim, touch_difference, u);
	if (r < 0)
		return r;
	for (size_t i = 0; i < guard->notice_count; i++)
		fresh |= guard->notices[i].until < 0;
	if (!u->answer && !fresh)
		return 0;
	differ = u->count;
	for (size_t i = 0; i < guard->held_count; i++) {
		struct held_app *held = &guard->held[i];
		size_t all = u->count;
		bool there;

		u->count = differ;
		there = is_touched(u, held);
		u->count = all;
		if (there || !may_let_go(u, held))
			continue;
		r = touch(u, held->shown,
			catalog_find(u->claim, &held->shown->key), held);
		if (r < 0)
			return r;
	}
	if (u->count > differ && differ > 0)
		qsort(u->touched, u->count, sizeof(*u->touched), touch_order);
	return 0;
}

/*
 * Whether this is a loss that came back. It is taken off when the update is
 * made. Those that were lost together mostly come back together.
 */
static bool take_back(struct update *u, uint64_t task)
{
	struct guard *guard = u->guard;

	for (size_t i = 0; i < guard->loss_count; i++) {
		size_t at = (u->look + i) % guard->loss_count;
		struct loss *loss = &guard->losses[at];

		if (loss->task != task || loss->back)
			continue;
		loss->back = true;
		u->back++;
		u->look = at + 1;
		return true;
	}
	return false;
}

/* Of those that came back: they are taken off, or nothing has changed. */
static void settle_back(struct guard *guard, bool take)
{
	size_t kept = 0;

	for (size_t i = 0; i < guard->loss_count; i++) {
		if (take && guard->losses[i].back)
			continue;
		guard->losses[kept] = guard->losses[i];
		guard->losses[kept++].back = false;
	}
	guard->loss_count = kept;
}

/* How many instances serve now that did not, and had not just been lost. */
static int count_fresh(struct update *u, struct touched *t)
{
	const struct instance **match;
	uint64_t app;
	int r;

	if (!t->claim || t->claim->serving_count == 0)
		return 0;
	r = match_instances(t->claim, t->shown, &u->arena, &match);
	if (r < 0)
		return r;
	app = app_hash(t->claim->key.id);
	for (uint32_t i = 0; i < t->claim->instance_count; i++) {
		const struct instance *instance = &t->claim->instances[i];

		if (!serves(instance) || serves(match[i]))
			continue;
		if (u->guard->loss_count == u->back
			|| !take_back(u, name_hash(app, instance->id)))
			t->fresh++;
	}
	return 0;
}

static bool was_held(const struct touched *t, uint32_t index)
{
	return t->held && t->held->since[index] >= 0;
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
	if (is_announced(u->guard, app, name_hash(app, shown->id), u->now))
		return true;
	return claimed
		&& (claimed->state == INSTANCE_KILLING
			|| claimed->state == INSTANCE_ENDED);
}

/* Marks in since what may be a loss; returns what stays, with those. */
static uint32_t mark_missing(const struct update *u, struct touched *t,
	const struct instance *const *match)
{
	uint64_t app = app_hash(t->shown->key.id);
	uint32_t survivors = 0;

	for (uint32_t i = 0; i < t->shown->instance_count; i++) {
		const struct instance *instance = &t->shown->instances[i];
		int64_t since = t->held ? t->held->since[i] : -1;

		t->since[i] = -1;
		if (!serves(instance))
			continue;
		if (serves(match[i])) {
			survivors++;
			continue;
		}
		if (is_due(u, since) || is_ending(u, app, instance, match[i]))
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
		else if (was_held(t, i))
			t->kept++;
		else
			t->lost++;
	}
	t->fresh = spare.any;
	u->lost += t->lost;
	return 0;
}

static bool is_ours(const struct update *u, const struct touched *t)
{
	const struct app *app = t->shown ? t->shown : t->claim;

	return strcmp(app->key.source, u->guard->source) == 0;
}

static int examine(struct update *u)
{
	int r;

	for (size_t i = 0; i < u->count; i++) {
		if (!is_ours(u, &u->touched[i]))
			continue;
		r = count_fresh(u, &u->touched[i]);
		if (r < 0)
			return r;
		r = find_lost(u, &u->touched[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static size_t serving_of(const struct app *app)
{
	return app ? app->serving_count : 0;
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
	size_t losses = guard->loss_count - u->back;
	size_t left = guard->serving, missing, base;

	if (u->lost == 0)
		return false;
	for (size_t i = 0; i < u->count; i++) {
		const struct touched *t = &u->touched[i];

		if (!is_ours(u, t))
			continue;
		left -= serving_of(t->shown);
		left += serving_of(t->claim) + t->kept;
	}
	if (left == 0)
		return true;
	missing = losses + held_on(u) + u->lost;
	base = guard->serving + losses;
	return missing * 100 > (size_t)guard->percent * base;
}

/* Whether what is missing is shown on. */
static bool is_held(
	const struct update *u, const struct touched *t, uint32_t index)
{
	return t->since && t->since[index] >= 0
		&& (u->hold || was_held(t, index));
}

/* The held one as it was, with as many endpoints as the app has ports now. */
static int hold_instance(struct update *u, const struct app *from,
	const struct instance *instance, const struct app *draft,
	struct instance *ret)
{
	struct endpoint *endpoints;

	*ret = *instance;
	if (from->port_count == draft->port_count)
		return 0;
	endpoints = arena_take(
		&u->arena, draft->port_count, sizeof(*endpoints));
	if (!endpoints)
		return -ENOMEM;
	for (uint32_t i = 0; i < draft->port_count; i++)
		if (i < from->port_count)
			endpoints[i] = instance->endpoints[i];
	ret->endpoints = endpoints;
	return 0;
}

/* The instances of the claim but for those of which a held one is shown. */
static int claimed_instances(struct update *u, const struct touched *t,
	struct instance *instances, uint32_t *ret_count)
{
	const struct instance **match;
	int r;

	r = match_instances(t->claim, t->shown, &u->arena, &match);
	if (r < 0)
		return r;
	*ret_count = 0;
	for (uint32_t i = 0; t->claim && i < t->claim->instance_count; i++)
		if (!match[i]
			|| !is_held(u, t,
				(uint32_t)(match[i] - t->shown->instances)))
			instances[(*ret_count)++] = t->claim->instances[i];
	return 0;
}

static int merge(struct update *u, struct touched *t, struct app **ret)
{
	struct app draft = app_draft(t->claim ? t->claim : t->shown);
	struct instance *instances;
	uint32_t count;
	int r;

	instances = arena_take(&u->arena,
		t->shown->instance_count
			+ (t->claim ? t->claim->instance_count : 0),
		sizeof(*instances));
	if (!instances)
		return -ENOMEM;
	r = claimed_instances(u, t, instances, &count);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < t->shown->instance_count; i++) {
		if (!is_held(u, t, i))
			continue;
		r = hold_instance(u, t->shown, &t->shown->instances[i], &draft,
			&instances[count++]);
		if (r < 0)
			return r;
	}
	draft.instances = instances;
	draft.instance_count = count;
	draft.fingerprint = 0;
	return app_pack(&draft, ret, NULL);
}

/* Since when each instance of the merged app is held. */
static int fill_since(struct update *u, const struct touched *t,
	struct held_app *next)
{
	const struct instance **match;
	int r;

	r = match_instances(next->shown, t->shown, &u->arena, &match);
	if (r < 0)
		return r;
	next->since = malloc(
		(next->shown->instance_count + 1) * sizeof(*next->since));
	if (!next->since)
		return -ENOMEM;
	for (uint32_t i = 0; i < next->shown->instance_count; i++) {
		uint32_t from = match[i]
			? (uint32_t)(match[i] - t->shown->instances)
			: 0;

		next->since[i] = -1;
		if (!match[i] || !is_held(u, t, from))
			continue;
		next->since[i] = t->since[from];
		next->count++;
	}
	return 0;
}

/* What is shown of a touched app from now on, where something is held. */
static int hold_app(struct update *u, struct touched *t)
{
	int r;

	if (t->kept + (u->hold ? t->lost : 0) == 0)
		return 0;
	r = merge(u, t, &t->next.shown);
	/* More than an app may have: then the claim it is. */
	if (r == -E2BIG)
		return 0;
	if (r < 0)
		return r;
	return fill_since(u, t, &t->next);
}

static int edit_shown(struct update *u, struct catalog **ret)
{
	CLEANUP(free) struct catalog_change *changes = NULL;

	changes = calloc(u->count + 1, sizeof(*changes));
	if (!changes)
		return -ENOMEM;
	for (size_t i = 0; i < u->count; i++) {
		const struct touched *t = &u->touched[i];

		changes[i].key = t->shown ? t->shown->key : t->claim->key;
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
				t->shown ? &t->shown->key : &t->claim->key);
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

static int reserve_losses(struct update *u)
{
	struct guard *guard = u->guard;
	size_t need = guard->loss_count + u->lost;
	size_t space = guard->loss_space ? guard->loss_space : 64;
	struct loss *larger;

	while (space < need)
		space *= 2;
	if (space == guard->loss_space)
		return 0;
	larger = realloc(guard->losses, space * sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	guard->losses = larger;
	guard->loss_space = space;
	return 0;
}

/* New instances of an app take off older losses of it, oldest first. */
static void replace_losses(struct guard *guard, uint64_t app, uint32_t fresh)
{
	size_t kept = 0;

	for (size_t i = 0; i < guard->loss_count; i++) {
		if (fresh > 0 && guard->losses[i].app == app)
			fresh--;
		else
			guard->losses[kept++] = guard->losses[i];
	}
	guard->loss_count = kept;
}

static void note_losses(struct update *u, const struct touched *t)
{
	struct guard *guard = u->guard;
	uint64_t app = app_hash(
		t->shown ? t->shown->key.id : t->claim->key.id);

	if (t->fresh > 0 && guard->loss_count > 0)
		replace_losses(guard, app, t->fresh);
	if (t->lost == 0 || u->hold)
		return;
	for (uint32_t i = 0; i < t->shown->instance_count; i++)
		if (t->since[i] >= 0 && !was_held(t, i))
			guard->losses[guard->loss_count++] = (struct loss){
				.at = u->now,
				.app = app,
				.task = name_hash(
					app, t->shown->instances[i].id),
			};
}

static void forget_losses(struct guard *guard, int64_t now)
{
	size_t old = 0;

	while (old < guard->loss_count
		&& now - guard->losses[old].at >= guard->hold_ms)
		old++;
	if (old == 0)
		return;
	guard->loss_count -= old;
	memmove(guard->losses, guard->losses + old,
		guard->loss_count * sizeof(*guard->losses));
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

	r = touch_all(u);
	if (r < 0)
		return r;
	r = examine(u);
	if (r < 0)
		return r;
	u->hold = is_too_much(u);
	r = reserve_losses(u);
	if (r < 0)
		return r;
	for (size_t i = 0; i < u->count; i++) {
		r = hold_app(u, &u->touched[i]);
		if (r < 0)
			return r;
	}
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

	if (u->back > 0)
		settle_back(guard, true);
	for (size_t i = 0; i < u->count; i++) {
		struct touched *t = &u->touched[i];

		if (!is_ours(u, t))
			continue;
		note_losses(u, t);
		guard->serving -= serving_of(t->shown);
		guard->serving += serving_of(
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
	forget_notices(guard, u->now);
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
	forget_losses(guard, now_ms);
	r = make(&u, &made);
	if (r == 0) {
		commit(&u, &made);
		*ret = catalog_ref(guard->shown);
	} else if (u.back > 0) {
		settle_back(guard, false);
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
