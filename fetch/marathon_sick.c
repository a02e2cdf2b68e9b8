/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/marathon_impl.h"

void sick_done_all(struct marathon *m)
{
	struct sick *sick = &m->sick;

	for (size_t i = 0; i < sick->count; i++) {
		free(sick->apps[i].id);
		app_unref(sick->apps[i].app);
	}
	free(sick->apps);
	*sick = (struct sick){.since = NEVER};
}

int sick_want(struct marathon *m, const char *id)
{
	if (m->sick.since == NEVER)
		m->sick.since = m->now;
	/* All that fail meanwhile are due with the first. */
	return dirty_want_sick(m->dirty, id, m->sick.since + SICK_MS);
}

int sick_add(struct marathon *m, const char *id, struct app *app,
	uint64_t asked)
{
	struct sick *sick = &m->sick;
	struct sick_app *apps;

	if (sick->count == sick->space) {
		size_t space = sick->space ? sick->space * 2 : 16;

		apps = reallocarray(sick->apps, space, sizeof(*apps));
		if (!apps)
			return -ENOMEM;
		sick->apps = apps;
		sick->space = space;
	}
	apps = &sick->apps[sick->count];
	*apps = (struct sick_app){.id = strdup(id), .asked = asked};
	if (!apps->id)
		return -ENOMEM;
	apps->app = app_ref(app);
	sick->count++;
	return 0;
}

static int believe(struct marathon *m, const struct sick_app *one)
{
	struct dirty *dirty = dirty_find(m->dirty, one->id);
	int r;

	/* Changed meanwhile: what was read is older than the claim. */
	if (dirty && dirty->changed > one->asked)
		return dirty_want(m->dirty, one->id, m->now);
	r = dirty_change(m->dirty, one->id, NULL);
	return r < 0 ? r : belief_edit(m->source.belief, one->id, one->app);
}

void sick_turn(struct marathon *m)
{
	struct sick *sick = &m->sick;

	if (sick->since == NEVER)
		return;
	if (m->now < sick->since + SICK_MAX_MS && dirty_any_sick(m->dirty))
		return;
	for (size_t i = 0; i < sick->count; i++)
		if (believe(m, &sick->apps[i]) < 0)
			full_want_soon(m);
	sick_done_all(m);
}
