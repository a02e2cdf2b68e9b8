/* SPDX-License-Identifier: MIT */
#include "fetch/event.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/ports_json.h"

/* Copies the app without, or with another or one more, instance. */
static int app_with(const struct app *before, const struct instance *leaving,
	const struct instance *coming, struct app **ret)
{
	CLEANUP(free) struct instance *instances = NULL;
	struct app draft = app_draft(before);
	uint32_t count = 0;

	instances = calloc(before->instance_count + 1, sizeof(*instances));
	if (!instances)
		return -ENOMEM;
	for (uint32_t i = 0; i < before->instance_count; i++)
		if (&before->instances[i] != leaving)
			instances[count++] = before->instances[i];
	if (coming)
		instances[count++] = *coming;
	draft.instances = instances;
	draft.instance_count = count;
	draft.fingerprint = 0;
	return app_pack(&draft, ret, NULL);
}

static int app_with_state(const struct app *before,
	const struct instance *instance, enum instance_state state,
	struct app **ret)
{
	struct instance changed = *instance;

	*ret = NULL;
	if (instance->state == state)
		return 0;
	changed.state = (uint8_t)state;
	changed.lost = false;
	return app_with(before, instance, &changed, ret);
}

/*
 * A running task has one port in the event for each port of the app that is
 * reached through the agent; when that is all of them or none the endpoints
 * are told. With some of each the app has to be read.
 */
static bool endpoints_of_event(const struct app *app,
	const struct event *event, struct arena *arena,
	struct endpoint *endpoints)
{
	bool by_ip = app->network == NETWORK_CONTAINER
		&& event->port_count == 0 && app->port_count > 0;
	const char *host;

	if (host_from_text(by_ip ? event->ip : event->host, arena, &host) < 0
		|| !host || strcmp(host, "unknown") == 0)
		return false;
	if (!by_ip && event->port_count != app->port_count)
		return false;
	for (uint32_t i = 0; i < app->port_count; i++) {
		endpoints[i].host = host;
		endpoints[i].port = by_ip ? app->ports[i].container_port
					  : event->ports[i];
		if (endpoints[i].port == 0)
			return false;
	}
	return true;
}

/* Whoever has checks waits for the first pass. */
static enum instance_state state_of_running(
	const struct app *app, const struct health_policy *policy)
{
	return app->check_count > 0 && policy->mode != HEALTH_IGNORE
		? INSTANCE_WAITING
		: INSTANCE_SERVING;
}

static int app_with_running(const struct app *before,
	const struct event *event, const struct instance *old,
	enum instance_state state, struct app **ret)
{
	struct endpoint endpoints[PORTS_MAX];
	struct arena arena = {NULL, 0};
	struct instance coming = {.id = event->task_id,
		.version = event->version,
		.state = (uint8_t)state};
	int r = 0;

	*ret = NULL;
	coming.endpoints = endpoints;
	if (host_from_text(event->host, &arena, &coming.host) == 0
		&& host_from_text(event->ip, &arena, &coming.ip) == 0
		&& coming.host
		&& endpoints_of_event(before, event, &arena, endpoints))
		r = app_with(before, old, &coming, ret);
	arena_done(&arena);
	return r;
}

/* Whether the event says all of a task that runs from now on. */
static bool may_start(const struct app *before, const struct instance *old,
	const struct event *event)
{
	if (!event->version || !before->version
		|| strcmp(event->version, before->version) != 0)
		return false;
	if (!old)
		return before->instance_count < INSTANCES_MAX;
	/* An older event may come late: what was stopped stays so. */
	return old->state == INSTANCE_STARTING
		|| old->state == INSTANCE_UNREACHABLE;
}

int app_after_event(const struct app *before, const struct event *event,
	const struct health_policy *policy, struct app **ret)
{
	const struct instance *old;

	*ret = NULL;
	if (!before || event->kind != EVENT_TASK)
		return 0;
	old = app_instance(before, event->task_id);
	switch (event->task) {
	case TASK_STARTING:
		return 0;
	case TASK_RUNNING:
		if (!may_start(before, old, event))
			return 0;
		return app_with_running(before, event, old,
			state_of_running(before, policy), ret);
	case TASK_KILLING:
		if (!old || old->state == INSTANCE_ENDED)
			return 0;
		return app_with_state(before, old, INSTANCE_KILLING, ret);
	case TASK_LOST:
		if (!old || !policy->drop_unreachable
			|| old->state == INSTANCE_ENDED
			|| old->state == INSTANCE_KILLING)
			return 0;
		return app_with_state(before, old, INSTANCE_UNREACHABLE, ret);
	case TASK_ENDED:
		return old ? app_with(before, old, NULL, ret) : 0;
	}
	return 0;
}

/* From 1.4 the event names an instance; its tasks' ids have more behind. */
static bool is_task_of(const char *task, const char *instance)
{
	size_t length = strlen(instance);

	return strncmp(task, instance, length) == 0
		&& (task[length] == '\0' || task[length] == '.');
}

int app_after_health(const struct app *before, const struct event *event,
	const struct health_policy *policy, struct app **ret)
{
	*ret = NULL;
	if (!before || event->kind != EVENT_HEALTH || !event->alive
		|| before->check_count != 1 || policy->mode == HEALTH_IGNORE)
		return 0;
	for (uint32_t i = 0; i < before->instance_count; i++) {
		const struct instance *old = &before->instances[i];
		struct instance changed = *old;

		if (!is_task_of(old->id, event->instance_id))
			continue;
		if (old->state != INSTANCE_WAITING
			&& old->state != INSTANCE_UNHEALTHY)
			return 0;
		changed.state = INSTANCE_SERVING;
		changed.health = HEALTH_ALIVE;
		return app_with(before, old, &changed, ret);
	}
	return 0;
}
