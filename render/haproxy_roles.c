/* SPDX-License-Identifier: MIT */
#include "render/haproxy_roles.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct member {
	const char *group, *started;
	const struct app *app;
	size_t section;
};

const char *haproxy_group_of(const struct app *app)
{
	const char *group = app_label(app, "HAPROXY_DEPLOYMENT_GROUP");

	return group && *group ? group : NULL;
}

/* By group; in it the oldest first, and who says nothing before all others. */
static int by_age(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int order = strcmp(x->group, y->group);

	if (order == 0)
		order = strcmp(x->started, y->started);
	return order ? order : app_key_compare(&x->app->key, &y->app->key);
}

static uint32_t number(const struct app *app, const char *label)
{
	const char *text = app_label(app, label);

	return text ? (uint32_t)strtoul(text, NULL, 10) : 0;
}

/* In service, and to be written. */
static uint32_t ready_count(const struct app *app)
{
	uint32_t count = app->serving_count;

	for (uint32_t i = 0; i < app->instance_count; i++)
		count -= app->instances[i].state == INSTANCE_SERVING
			&& app->instances[i].looking;
	return count;
}

/* How many instances of the older ones get no new clients. */
static uint32_t drained(
	const struct app *newest, uint32_t old_instances, uint32_t old_target)
{
	bool partly = app_label(newest, "HAPROXY_DEPLOYMENT_NEW_INSTANCES");
	uint32_t target = partly
		? number(newest, "HAPROXY_DEPLOYMENT_TARGET_INSTANCES")
		: 1;
	uint32_t ready = ready_count(newest);
	uint32_t sum = ready + old_target;
	uint32_t surplus = sum > target ? sum - target : 0;
	uint32_t least = old_instances < ready ? old_instances : ready;

	return least < surplus ? least : surplus;
}

static bool same_role(
	const struct haproxy_role *a, const struct haproxy_role *b)
{
	return a->follows == b->follows && a->drained == b->drained && a->id
		&& strcmp(a->id, b->id) == 0;
}

/*
 * Where the newest takes over only partly, and the one before it was scaled
 * after it, that one is on its way up again: a deployment that is taken back.
 */
static void swap_if_turned(struct member *members, size_t count)
{
	struct member *old, *new;
	const char *old_scaled, *new_scaled;

	if (count < 2)
		return;
	old = &members[count - 2];
	new = &members[count - 1];
	if (!app_label(new->app, "HAPROXY_DEPLOYMENT_NEW_INSTANCES"))
		return;
	old_scaled = old->app->scaled ? old->app->scaled : "";
	new_scaled = new->app->scaled ? new->app->scaled : "";
	if (strcmp(old_scaled, new_scaled) > 0) {
		struct member kept = *old;

		*old = *new;
		*new = kept;
	}
}

/* One group; the members are in order of age. */
static int assign(struct haproxy_section **sections,
	struct member *members, size_t count,
	haproxy_render_again *again, void *context)
{
	const struct app *newest;
	uint32_t instances = 0, target = 0, left = 0;
	char id[NAME_LEN_MAX];
	int r = 0;

	swap_if_turned(members, count);
	newest = members[count - 1].app;

	snprintf(id, sizeof(id), "/%.2000s", members[0].group);
	for (size_t i = 0; i + 1 < count; i++) {
		instances += ready_count(members[i].app);
		target += members[i].app->target;
	}
	if (count > 1)
		left = drained(newest, instances, target);
	for (size_t i = 0; i < count && r == 0; i++) {
		const struct member *member = &members[i];
		struct haproxy_role role = {.id = id, .follows = i > 0};

		if (i + 1 < count) {
			uint32_t ready = ready_count(member->app);

			role.drained = ready < left ? ready : left;
			left -= role.drained;
		}
		if (!same_role(&sections[member->section]->role, &role))
			r = again(context, member->section, &role);
	}
	return r;
}

int haproxy_roles_assign(struct haproxy_section **sections, size_t count,
	haproxy_render_again *again, void *context)
{
	struct member *members;
	size_t found = 0;
	int r = 0;

	members = calloc(count ? count : 1, sizeof(*members));
	if (!members)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct app *app = sections[i]->app;
		const char *group = haproxy_group_of(app);
		const char *started =
			app_label(app, "HAPROXY_DEPLOYMENT_STARTED_AT");

		if (group)
			members[found++] = (struct member){group,
				started ? started : "", app, i};
	}
	if (found)
		qsort(members, found, sizeof(*members), by_age);
	for (size_t i = 0, end; i < found && r == 0; i = end) {
		for (end = i + 1; end < found
			&& strcmp(members[end].group, members[i].group) == 0;
			end++)
			;
		r = assign(sections, members + i, end - i, again, context);
	}
	free(members);
	return r;
}
