/* SPDX-License-Identifier: MIT */
#include "tests/marathon/model.h"

#include <errno.h>
#include <string.h>

const struct state_names state_names[TASK_STATES] = {
	[TASK_STAGING] = {"TASK_STAGING", "Staging"},
	[TASK_STARTING] = {"TASK_STARTING", "Starting"},
	[TASK_RUNNING] = {"TASK_RUNNING", "Running"},
	[TASK_KILLING] = {"TASK_KILLING", "Killing"},
	[TASK_LOST] = {"TASK_LOST", "Unreachable"},
	[TASK_UNREACHABLE] = {"TASK_UNREACHABLE", "Unreachable"},
	[TASK_UNREACHABLE_INACTIVE] = {"TASK_UNREACHABLE",
		"UnreachableInactive"},
	[TASK_FINISHED] = {"TASK_FINISHED", "Finished"},
	[TASK_FAILED] = {"TASK_FAILED", "Failed"},
	[TASK_KILLED] = {"TASK_KILLED", "Killed"},
	[TASK_ERROR] = {"TASK_ERROR", "Error"},
	[TASK_DROPPED] = {"TASK_DROPPED", "Dropped"},
	[TASK_GONE] = {"TASK_GONE", "Gone"},
	[TASK_GONE_BY_OPERATOR] = {"TASK_GONE_BY_OPERATOR", "Gone"},
	[TASK_UNKNOWN] = {"TASK_UNKNOWN", "Unknown"},
};

int state_find(const char *name, enum task_state *ret)
{
	int i;

	if (strcmp(name, "TASK_UNREACHABLE_INACTIVE") == 0) {
		*ret = TASK_UNREACHABLE_INACTIVE;
		return 0;
	}
	for (i = 0; i < TASK_STATES; i++) {
		if (strcmp(name, state_names[i].task) != 0)
			continue;
		*ret = (enum task_state)i;
		return 0;
	}
	return -EINVAL;
}

static void put_ports(struct text *text, const struct instance *instance)
{
	size_t i;

	text_put(text, ",\"ports\":[");
	for (i = 0; i < instance->port_count; i++)
		text_print(text, i ? ",%d" : "%d", instance->ports[i]);
	text_put(text, "]");
}

static void put_time(struct text *text, const char *name, int64_t ms)
{
	char iso[ISO_SIZE];

	iso_write(iso, ms);
	text_print(text, ",\"%s\":\"%s\"", name, iso);
}

/* An address is known once the task has left TASK_STAGING. */
static bool ip_known(const struct instance *instance)
{
	return instance->started_at &&
	       instance->definition->network != NETWORK_HOST &&
	       !state_ended(instance->state);
}

static void put_addresses(
	struct text *text, const struct instance *instance, unsigned version)
{
	if (version < VERSION(0, 14, 0))
		return;
	if (ip_known(instance))
		text_print(text,
			",\"ipAddresses\":[{\"ipAddress\":\"%s\","
			"\"protocol\":\"%s\"}]",
			instance->ip, strchr(instance->ip, ':') ? "IPv6"
								: "IPv4");
	else if (version < VERSION(1, 0, 0) || version >= VERSION(1, 6, 0))
		text_put(text, ",\"ipAddresses\":[]");
}

static void put_result(struct text *text, const struct instance *instance,
	const struct profile *profile, enum health health)
{
	bool alive = health == HEALTH_ALIVE;
	bool nulls = profile->number < VERSION(1, 6, 0);
	char first[ISO_SIZE], last[ISO_SIZE];

	iso_write(first, instance->started_at + 1500);
	iso_write(last, now_ms());
	text_print(text, "{\"alive\":%s,\"consecutiveFailures\":%d",
		alive ? "true" : "false", alive ? 0 : 3);
	text_print(text, ",\"firstSuccess\":\"%s\"", first);
	if (!alive)
		text_print(text, ",\"lastFailure\":\"%s\"", last);
	else if (nulls)
		text_put(text, ",\"lastFailure\":null");
	/* stands at the end of this member: the refresh finds it by length */
	text_print(text, ",\"lastSuccess\":\"%s\"", alive ? last : first);
	if (profile->number >= VERSION(1, 0, 0)) {
		if (!alive)
			text_put(text, ",\"lastFailureCause\":"
				"\"ConnectException: Connection refused\"");
		else if (nulls)
			text_put(text, ",\"lastFailureCause\":null");
	}
	text_print(text, ",\"%s\":", profile->instance_ids ? "instanceId"
							    : "taskId");
	text_quote(text, profile->instance_ids ? instance->instance_id
					       : instance->task_id);
	text_put(text, "}");
}

static void put_results(struct text *text, const struct instance *instance,
	const struct profile *profile)
{
	unsigned i;
	bool any = false;

	for (i = 0; i < CHECKS_MAX; i++) {
		if (instance->health[i] == HEALTH_ABSENT)
			continue;
		text_put(text, any ? "," : ",\"healthCheckResults\":[");
		any = true;
		put_result(text, instance, profile, instance->health[i]);
	}
	if (any)
		text_put(text, "]");
	else if (profile->number >= VERSION(1, 6, 0))
		text_put(text, ",\"healthCheckResults\":[]");
}

/* ports, startedAt, stagedAt, version: 4.2 of the reference has the table. */
static void put_launch(struct text *text, const struct instance *instance,
	unsigned version)
{
	bool active = instance_active(instance) ||
		      version < VERSION(1, 4, 0);

	if (!active) {
		if (version >= VERSION(1, 6, 0))
			text_put(text, ",\"ports\":[]");
		return;
	}
	put_ports(text, instance);
	if (instance->started_at)
		put_time(text, "startedAt", instance->started_at);
	else if (version < VERSION(1, 6, 0))
		text_put(text, ",\"startedAt\":null");
	put_time(text, "stagedAt", instance->staged_at);
	text_print(text, ",\"version\":\"%s\"", instance->definition->version);
}

void task_write(struct model *model, const struct instance *instance,
	bool service_ports, struct text *text)
{
	const struct profile *profile = &model->profile;
	const struct definition *d = instance->definition;
	unsigned version = profile->number;

	text_put(text, "{\"id\":");
	text_quote(text, instance->task_id);
	text_put(text, ",\"appId\":");
	text_quote(text, d->id);
	text_put(text, ",\"host\":");
	text_quote(text, instance->host_shown ? instance->host_shown
					      : instance->host->name);
	put_launch(text, instance, version);
	if (version >= VERSION(0, 11, 0))
		text_print(text, ",\"slaveId\":\"%s\"", instance->host->agent);
	if (profile->task_state)
		text_print(text, ",\"state\":\"%s\"",
			state_names[instance->state].task);
	put_addresses(text, instance, version);
	put_results(text, instance, profile);
	if (service_ports && d->port_count)
		text_print(text, ",\"servicePorts\":[%s]",
			d->service_ports.data);
	else if (version >= VERSION(1, 6, 0))
		text_put(text, ",\"servicePorts\":[]");
	if (version >= VERSION(1, 6, 0))
		text_put(text, ",\"localVolumes\":[]");
	if (version >= VERSION(1, 9, 0))
		text_put(text, ",\"role\":\"*\"");
	text_put(text, "}");
}

static void refresh_counts(struct model *model, struct app *app)
{
	unsigned staged = 0, running = 0, healthy = 0, unhealthy = 0;
	const struct instance *instance;
	size_t i;

	for (i = 0; i < app->instance_count; i++) {
		instance = app->instances[i];
		if (instance->state <= TASK_STARTING)
			staged++;
		if (instance->state != TASK_RUNNING)
			continue;
		running++;
		if (instance_health(instance) == HEALTH_ALIVE)
			healthy++;
		else if (instance_health(instance) == HEALTH_DEAD)
			unhealthy++;
	}
	text_clear(&app->counts);
	text_print(&app->counts, ",\"tasksStaged\":%u,\"tasksRunning\":%u",
		staged, running);
	if (model->profile.health_counts)
		text_print(&app->counts,
			",\"tasksHealthy\":%u,\"tasksUnhealthy\":%u", healthy,
			unhealthy);
	if (*app->deployment)
		text_print(&app->counts, ",\"deployments\":[{\"id\":\"%s\"}]",
			app->deployment);
	else
		text_put(&app->counts, ",\"deployments\":[]");
}

/* Notes where the times of passing checks stand: they move at every read. */
static void refresh_moving(struct app *app)
{
	static const char before[] = "\"lastSuccess\":\"";
	static const char alive[] = "\"alive\":true";
	const char *s = app->tasks.data;
	size_t *moving;

	app->moving_count = 0;
	while (s && (s = strstr(s, alive))) {
		s = strstr(s, before);
		moving = reallocarray(app->moving, app->moving_count + 1,
			sizeof(*moving));
		if (!s || !moving)
			return;
		s += sizeof(before) - 1;
		app->moving = moving;
		moving[app->moving_count++] = (size_t)(s - app->tasks.data);
	}
}

void app_refresh(struct model *model, struct app *app)
{
	const struct instance *instance;
	bool first = true;
	size_t i;

	if (!app->stale)
		return;
	refresh_counts(model, app);
	text_clear(&app->tasks);
	for (i = 0; i < app->instance_count; i++) {
		instance = app->instances[i];
		if (!first)
			text_put(&app->tasks, ",");
		first = false;
		task_write(model, instance, false, &app->tasks);
	}
	refresh_moving(app);
	app->stale = false;
}

static void put_failure(
	struct text *text, const struct app *app, unsigned version)
{
	const struct failure *failure = &app->failure;

	if (!failure->task_id)
		return;
	text_put(text, ",\"lastTaskFailure\":{\"appId\":");
	text_quote(text, app->definition->id);
	text_put(text, ",\"host\":");
	text_quote(text, failure->host);
	text_print(text,
		",\"message\":\"Command exited with status 1\",\"state\":"
		"\"%s\",\"taskId\":",
		state_names[failure->state].task);
	text_quote(text, failure->task_id);
	text_print(text, ",\"timestamp\":\"%s\",\"version\":\"%s\"",
		failure->timestamp, failure->version);
	if (version >= VERSION(0, 11, 0))
		text_print(text, ",\"slaveId\":\"%s\"", failure->agent);
	text_put(text, "}");
}

/* Copies the tasks; what was "checked just now" then is now again. */
static void put_tasks(
	struct text *text, const struct app *app, const char *now)
{
	size_t start = text->len;
	size_t i;

	if (!app->tasks.len)
		return;
	text_add(text, app->tasks.data, app->tasks.len);
	if (text->failed)
		return;
	for (i = 0; i < app->moving_count; i++)
		memcpy(text->data + start + app->moving[i], now, ISO_LEN);
}

void app_write(struct model *model, struct app *app, bool tasks, bool failure,
	const char *extra, struct text *text)
{
	const struct definition *d = app->definition;

	app_refresh(model, app);
	text_add(text, d->json.data, d->json.len);
	text_add(text, app->counts.data, app->counts.len);
	if (extra)
		text_put(text, extra);
	if (failure)
		put_failure(text, app, model->profile.number);
	if (tasks) {
		text_put(text, ",\"tasks\":[");
		put_tasks(text, app, model->read_at);
		text_put(text, "]");
	}
	text_put(text, "}");
}
