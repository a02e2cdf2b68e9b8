/* SPDX-License-Identifier: MIT */
#include "fetch/mesos_apps.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fetch/arena.h"
#include "fetch/ports_json.h"
#include "fetch/skim.h"

enum { MASTER_SERVICE_PORT = 80 };

struct making {
	const struct mesos_apps_settings *settings;
	struct app *master; /* NULL: --groups leaves it out */
	struct app **tasks; /* borrowed; by id, then by the task's */
	size_t count;
	struct arena arena;
	struct catalog_change *changes; /* each app a reference */
	size_t change_count;
	struct catalog_cursor cursor; /* in what is known */
	struct app *next;             /* of it; NULL: no more */
	struct why *why;
};

static int by_task(const void *a, const void *b)
{
	const struct app *x = *(struct app *const *)a;
	const struct app *y = *(struct app *const *)b;
	int order = strcmp(x->key.id, y->key.id);

	return order ? order
		     : strcmp(x->instances[0].id, y->instances[0].id);
}

static int list_tasks(struct making *making, const struct mesos_tasks *tasks)
{
	size_t count = mesos_tasks_count(tasks);
	const struct catalog *known = making->settings->known;

	making->tasks = calloc(count + 1, sizeof(*making->tasks));
	making->changes = calloc(
		count + 1 + catalog_app_count(known), sizeof(*making->changes));
	if (!making->tasks || !making->changes)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		if (mesos_tasks_app(tasks, i))
			making->tasks[making->count++] =
				mesos_tasks_app(tasks, i);
	if (making->master)
		making->tasks[making->count++] = making->master;
	if (making->count > 1)
		qsort(making->tasks, making->count, sizeof(*making->tasks),
			by_task);
	making->next = known ? catalog_next(known, &making->cursor) : NULL;
	return 0;
}

/* Takes over app. */
static void add_change(
	struct making *making, const struct app *of, struct app *app)
{
	making->changes[making->change_count++] =
		(struct catalog_change){.key = of->key, .app = app};
}

/*
 * What is known of this id (NULL: nothing); what comes before it in the order
 * of ids, and was not asked for, is gone. NULL for the id: all that is left.
 */
static struct app *pass_known(struct making *making, const char *id)
{
	struct app *found;
	int order = -1;

	while (making->next) {
		order = id ? strcmp(making->next->key.id, id) : -1;
		if (order >= 0)
			break;
		add_change(making, making->next, NULL);
		making->next =
			catalog_next(making->settings->known, &making->cursor);
	}
	if (!making->next || order != 0)
		return NULL;
	found = making->next;
	making->next =
		catalog_next(making->settings->known, &making->cursor);
	return found;
}

static uint64_t print_of_group(struct app *const *tasks, size_t count)
{
	uint64_t both[2] = {0, 0};
	const struct skim whole = {.end = sizeof(both)};

	for (size_t i = 0; i < count; i++) {
		both[1] = tasks[i]->fingerprint;
		both[0] = skim_fingerprint(&whole, (const char *)both);
	}
	return both[0];
}

/* One instance for each task; an id that comes twice is one. */
static int gather(struct making *making, struct app *const *tasks,
	size_t count, struct app *draft, struct instance *instances,
	struct health_input *inputs)
{
	for (size_t i = 0; i < count; i++) {
		const struct instance *one = &tasks[i]->instances[0];
		uint32_t at = draft->instance_count;
		struct endpoint *endpoints;

		if (at && strcmp(instances[at - 1].id, one->id) == 0)
			continue;
		endpoints = arena_take(&making->arena, draft->port_count,
			sizeof(*endpoints));
		if (!endpoints)
			return -ENOMEM;
		if (tasks[i]->port_count)
			memcpy(endpoints, one->endpoints,
				tasks[i]->port_count * sizeof(*endpoints));
		instances[at] = *one;
		instances[at].endpoints = endpoints;
		inputs[at].task = one->state == INSTANCE_KILLING
			? TASK_KILLING
			: TASK_RUNNING;
		draft->check_count |= tasks[i]->check_count;
		draft->instance_count++;
	}
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const struct instance *const *x = a, *const *y = b;

	return strcmp((*x)->id, (*y)->id);
}

/* Both are walked by id; those of the draft are in that order. */
static int join_before(struct making *making, const struct app *before,
	const struct app *draft, struct health_input *inputs)
{
	const struct instance **known;
	uint32_t k = 0;

	known = arena_take(
		&making->arena, before->instance_count, sizeof(*known));
	if (!known)
		return -ENOMEM;
	for (uint32_t i = 0; i < before->instance_count; i++)
		known[i] = &before->instances[i];
	if (before->instance_count > 1)
		qsort(known, before->instance_count, sizeof(*known), by_id);
	for (uint32_t i = 0; i < draft->instance_count; i++) {
		const char *id = draft->instances[i].id;

		while (k < before->instance_count
			&& strcmp(known[k]->id, id) < 0)
			k++;
		if (k < before->instance_count
			&& strcmp(known[k]->id, id) == 0)
			inputs[i].before = known[k];
	}
	return 0;
}

static int judge(struct making *making, const struct app *before,
	struct app *draft, struct instance *instances,
	struct health_input *inputs)
{
	const struct app_reader *reader = making->settings->reader;
	int r = 0;

	draft->instances = instances;
	if (before)
		r = join_before(making, before, draft, inputs);
	if (r < 0)
		return r;
	health_judge(&reader->health, !making->settings->known, draft, inputs,
		instances);
	/* How Mesos checks it is nothing for others to repeat. */
	draft->check_count = 0;
	return 0;
}

static const struct app *model_of(struct app *const *tasks, size_t count)
{
	const struct app *model = tasks[0];

	for (size_t i = 1; i < count; i++)
		if (tasks[i]->port_count > model->port_count)
			model = tasks[i];
	return model;
}

static int make_app(struct making *making, struct app *const *tasks,
	size_t count, const struct app *before, struct app **ret)
{
	struct app draft = app_draft(model_of(tasks, count));
	struct instance *instances;
	struct health_input *inputs;
	int r;

	arena_reset(&making->arena);
	instances = arena_take(&making->arena, count, sizeof(*instances));
	inputs = arena_take(&making->arena, count, sizeof(*inputs));
	if (!instances || !inputs)
		return -ENOMEM;
	draft.instance_count = 0;
	draft.checks = NULL;
	draft.check_count = 0;
	draft.target = INSTANCES_MAX; /* nobody says */
	draft.fingerprint = print_of_group(tasks, count);
	r = gather(making, tasks, count, &draft, instances, inputs);
	if (r == 0)
		r = judge(making, before, &draft, instances, inputs);
	return r < 0 ? r : app_pack(&draft, ret, making->why);
}

static int add_group(
	struct making *making, struct app *const *tasks, size_t count)
{
	struct app *before = pass_known(making, tasks[0]->key.id);
	struct app *app = making->master;
	int r;

	if (tasks[0] == app) {
		if (!before || !app_same(before, app))
			add_change(making, app, app_ref(app));
		return 0;
	}
	if (before && before->fingerprint == print_of_group(tasks, count))
		return 0;
	if (count > INSTANCES_MAX)
		return why_set(making->why, -E2BIG,
			"%.200s: more than %d tasks", tasks[0]->key.id,
			INSTANCES_MAX);
	r = make_app(making, tasks, count, before, &app);
	if (r < 0)
		return r;
	add_change(making, app, app);
	return 0;
}

static int add_groups(struct making *making)
{
	size_t end;
	int r = 0;

	for (size_t i = 0; i < making->count && r == 0; i = end) {
		for (end = i + 1; end < making->count
			&& strcmp(making->tasks[i]->key.id,
				   making->tasks[end]->key.id)
				== 0;
			end++)
			;
		r = add_group(making, making->tasks + i, end - i);
	}
	pass_known(making, NULL);
	return r;
}

/* "10.0.0.1:5050", "[::1]:5050" */
static int endpoint_of(struct making *making, const char *place,
	struct endpoint *ret)
{
	const char *colon = strrchr(place, ':');
	size_t length = colon ? (size_t)(colon - place) : 0;
	char *host = arena_take(&making->arena, length + 1, 1);
	unsigned long port = colon ? strtoul(colon + 1, NULL, 10) : 0;

	if (!host)
		return -ENOMEM;
	memcpy(host, place, length);
	if (host_from_text(host, &making->arena, &ret->host) < 0)
		return -ENOMEM;
	if (!ret->host || port == 0 || port > UINT16_MAX)
		return why_set(making->why, -EBADMSG,
			"the leading master is at '%.100s'", place);
	ret->port = (uint16_t)port;
	return 0;
}

/* What proxym makes of it: the id, the port, the domain. */
static int make_master(struct making *making,
	const struct mesos_master *master, struct app **ret)
{
	const struct mesos_apps_settings *settings = making->settings;
	const struct label labels[] = {
		{"proxym.port.80.protocol", "http"},
		{"proxym.domains", settings->domain},
	};
	struct port port = {.service_port = MASTER_SERVICE_PORT,
		.container_port = MASTER_SERVICE_PORT,
		.protocols = PORT_TCP};
	struct endpoint endpoint = {NULL, 0};
	struct instance instance = {.id = master->leader,
		.endpoints = &endpoint,
		.state = INSTANCE_SERVING};
	struct app draft = {
		.key = {"/mesos-master", settings->reader->source},
		.rank = settings->reader->rank,
		.labels = labels,
		.label_count = settings->domain ? 2 : 1,
		.ports = &port,
		.port_count = 1,
		.instances = &instance,
		.instance_count = 1,
		.target = 1,
	};
	int r;

	r = endpoint_of(making, master->leader, &endpoint);
	if (r < 0)
		return r;
	instance.host = endpoint.host;
	if (settings->reader->groups
		&& !groups_select(settings->reader->groups, &draft, &port))
		return 0;
	return app_pack(&draft, ret, making->why);
}

static int make_all(struct making *making, const struct mesos_tasks *tasks,
	const struct mesos_master *master)
{
	int r;

	r = make_master(making, master, &making->master);
	if (r == 0)
		r = list_tasks(making, tasks);
	return r < 0 ? r : add_groups(making);
}

static void done(struct making *making)
{
	for (size_t i = 0; i < making->change_count; i++)
		app_unref(making->changes[i].app);
	free(making->changes);
	free(making->tasks);
	app_unref(making->master);
	arena_done(&making->arena);
}

int mesos_apps_make(const struct mesos_apps_settings *settings,
	const struct mesos_tasks *tasks, const struct mesos_master *master,
	struct catalog **ret, struct why *why)
{
	struct making making = {.settings = settings, .why = why};
	int r;

	r = make_all(&making, tasks, master);
	if (r == 0)
		r = catalog_edit(settings->known, making.changes,
			making.change_count, ret);
	if (r == -E2BIG && !why->text[0])
		why_set(why, r, "more than %d apps", APPS_MAX);
	if (r == -ENOMEM)
		why_set(why, r, "out of memory");
	done(&making);
	return r;
}
