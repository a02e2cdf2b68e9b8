/* SPDX-License-Identifier: MIT */
/* What is shown of an app of which something is held. */
#include "fetch/guard_impl.h"

#include <errno.h>
#include <stdlib.h>

#include "fetch/match.h"

/* Whether what is missing is shown on. */
static bool is_held(
	const struct update *u, const struct touched *t, uint32_t index)
{
	return t->since && t->since[index] >= 0
		&& (u->hold || touched_was_held(t, index));
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

int update_show(struct update *u)
{
	int r;

	for (size_t i = 0; i < u->count; i++) {
		r = hold_app(u, &u->touched[i]);
		if (r < 0)
			return r;
	}
	return 0;
}
