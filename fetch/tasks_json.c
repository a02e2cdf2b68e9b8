/* SPDX-License-Identifier: MIT */
#include "fetch/tasks_json.h"

#include <errno.h>
#include <string.h>

enum field {
	ID,
	HOST,
	PORTS,
	IP_ADDRESSES,
	STARTED_AT,
	VERSION,
	STATE,
	RESULTS,
	FIELDS,
};

static const char *const field_names[FIELDS] = {
	[ID] = "id",
	[HOST] = "host",
	[PORTS] = "ports",
	[IP_ADDRESSES] = "ipAddresses",
	[STARTED_AT] = "startedAt",
	[VERSION] = "version",
	[STATE] = "state",
	[RESULTS] = "healthCheckResults",
};

/* All tasks of one app while they are read. */
struct reading {
	const struct tasks_context *context;
	struct arena *arena;
	const struct app *draft;
	struct instance *instances;
	struct health_input *inputs; /* one for each instance */
	uint32_t count;
	uint32_t *slots; /* by id: index of the instance, plus one */
	uint32_t slot_mask;
	struct why *why;
};

enum task_state task_state_of(const char *mesos)
{
	static const struct {
		const char *name;
		enum task_state state;
	} states[] = {
		{"TASK_RUNNING", TASK_RUNNING},
		{"TASK_STAGING", TASK_STARTING},
		{"TASK_STARTING", TASK_STARTING},
		{"TASK_KILLING", TASK_KILLING},
		{"TASK_LOST", TASK_LOST},
		{"TASK_UNREACHABLE", TASK_LOST},
		{"TASK_FINISHED", TASK_ENDED},
		{"TASK_FAILED", TASK_ENDED},
		{"TASK_KILLED", TASK_ENDED},
		{"TASK_ERROR", TASK_ENDED},
		{"TASK_DROPPED", TASK_ENDED},
		{"TASK_GONE", TASK_ENDED},
		{"TASK_GONE_BY_OPERATOR", TASK_ENDED},
		{"TASK_UNKNOWN", TASK_ENDED},
	};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(states[i].name, mesos) == 0)
			return states[i].state;
	return TASK_LOST;
}

/* Where the id is, or would be, among the slots. */
static uint32_t *slot_of(const struct reading *reading, const char *id)
{
	uint32_t hash = 2166136261u;
	uint32_t *slot;

	for (const char *c = id; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	for (;; hash++) {
		slot = &reading->slots[hash & reading->slot_mask];
		if (*slot == 0
			|| strcmp(reading->instances[*slot - 1].id, id) == 0)
			return slot;
	}
}

static int reading_start(struct reading *reading, size_t count)
{
	size_t slots = 8;

	while (slots < count * 2)
		slots *= 2;
	reading->slot_mask = (uint32_t)(slots - 1);
	reading->slots =
		arena_take(reading->arena, slots, sizeof(*reading->slots));
	reading->instances =
		arena_take(reading->arena, count, sizeof(*reading->instances));
	reading->inputs =
		arena_take(reading->arena, count, sizeof(*reading->inputs));
	return reading->slots && reading->instances && reading->inputs
		? 0
		: -ENOMEM;
}

/*
 * 1: passed, -1: failed, 0: no result. An entry for a check that was never
 * made says "not alive" too, but has no time and no failure in it.
 */
static int result_verdict(struct json_object *entry, struct why *why, int *ret)
{
	static const char *const names[] = {"alive", "consecutiveFailures",
		"lastFailure", "lastSuccess"};
	struct json_object *v[4];
	int r;

	*ret = 0;
	r = field_is(entry, "healthCheckResults", json_type_object, why);
	if (r < 0)
		return r;
	fields_pick(entry, names, v, 4);
	r = field_is(v[0], "alive", json_type_boolean, why);
	if (r < 0 || !v[0])
		return r;
	*ret = json_object_get_boolean(v[0]) ? 1 : -1;
	if (*ret < 0 && !v[2] && !v[3]
		&& json_object_is_type(v[1], json_type_int)
		&& json_object_get_int64(v[1]) == 0)
		*ret = 0;
	return 0;
}

static int read_health(struct reading *reading, struct json_object *results,
	struct instance *instance)
{
	uint32_t alive = 0, dead = 0;
	int verdict, r;

	r = field_is(results, "healthCheckResults", json_type_array,
		reading->why);
	if (r < 0)
		return r;
	for (size_t i = 0; i < field_count(results); i++) {
		struct json_object *entry =
			json_object_array_get_idx(results, i);

		r = result_verdict(entry, reading->why, &verdict);
		if (r < 0)
			return r;
		alive += verdict > 0;
		dead += verdict < 0;
	}
	instance->health =
		(uint8_t)health_of_results(&reading->context->reader->health,
			reading->draft->check_count, alive, dead);
	return 0;
}

/* marathon-api.md 4.3 */
static int read_state(struct reading *reading, struct json_object *const *v,
	const struct instance *instance, enum task_state *ret)
{
	const char *state;
	int r;

	r = field_text(v[STATE], "state", &state, reading->why);
	if (r < 0)
		return r;
	if (state)
		*ret = task_state_of(state);
	else
		*ret = instance->started && v[PORTS] ? TASK_RUNNING
						     : TASK_STARTING;
	return 0;
}

static int read_ip(struct reading *reading, struct json_object *addresses,
	const char **ret)
{
	static const char *const name = "ipAddress";
	struct json_object *first, *value;
	const char *text;
	int r;

	*ret = NULL;
	r = field_is(addresses, "ipAddresses", json_type_array, reading->why);
	if (r < 0 || field_count(addresses) == 0)
		return r;
	first = json_object_array_get_idx(addresses, 0);
	r = field_is(first, "ipAddresses", json_type_object, reading->why);
	if (r < 0)
		return r;
	fields_pick(first, &name, &value, 1);
	r = field_text(value, name, &text, reading->why);
	if (r < 0)
		return r;
	return host_from_text(text, reading->arena, ret);
}

/* All text of a task; host is NULL when it is of no use. */
static int read_texts(struct reading *reading, struct json_object *const *v,
	struct instance *instance)
{
	const char *host;
	int r;

	r = field_text(v[ID], "id of a task", &instance->id, reading->why);
	if (r < 0)
		return r;
	if (!instance->id || strlen(instance->id) > NAME_LEN_MAX)
		return why_set(reading->why, -EBADMSG, "a task without an id");
	r = field_text(v[HOST], "host", &host, reading->why);
	if (r < 0)
		return r;
	r = host_from_text(host, reading->arena, &instance->host);
	if (r < 0)
		return r;
	r = field_text(v[VERSION], "version", &instance->version, reading->why);
	if (r < 0)
		return r;
	r = field_text(
		v[STARTED_AT], "startedAt", &instance->started, reading->why);
	if (r < 0)
		return r;
	return read_ip(reading, v[IP_ADDRESSES], &instance->ip);
}

static int read_endpoints(struct reading *reading,
	struct json_object *const *v, struct instance *instance)
{
	const struct networking *networking = reading->context->networking;
	const char *version = reading->draft->version;
	struct task_addresses task = {
		.host = instance->host, .ip = instance->ip, .ports = v[PORTS]};
	struct endpoint *endpoints;
	int r;

	r = field_is(v[PORTS], "ports", json_type_array, reading->why);
	if (r < 0)
		return r;
	task.other_version = version && instance->version
		&& strcmp(version, instance->version) != 0;
	endpoints = arena_take(
		reading->arena, networking->count, sizeof(*endpoints));
	if (!endpoints)
		return -ENOMEM;
	instance->endpoints = endpoints;
	return endpoints_of_task(networking, &task, endpoints, reading->why);
}

/* One task, unless its id came before or its host is of no use. */
static int read_task(struct reading *reading, struct json_object *task)
{
	struct instance *instance = &reading->instances[reading->count];
	struct health_input *input = &reading->inputs[reading->count];
	struct json_object *v[FIELDS];
	uint32_t *slot;
	int r;

	if (!task || !json_object_is_type(task, json_type_object))
		return why_set(reading->why, -EBADMSG, "a task is no object");
	fields_pick(task, field_names, v, FIELDS);
	*instance = (struct instance){.id = NULL};
	r = read_texts(reading, v, instance);
	if (r < 0)
		return r;
	slot = slot_of(reading, instance->id);
	if (*slot || !instance->host)
		return 0;
	r = read_endpoints(reading, v, instance);
	if (r < 0)
		return r;
	r = read_health(reading, v[RESULTS], instance);
	if (r < 0)
		return r;
	r = read_state(reading, v, instance, &input->task);
	if (r < 0)
		return r;
	*slot = ++reading->count;
	return 0;
}

/*
 * What is inactive is listed without its ports, address and times, but still
 * stays where it was.
 */
static int keep_lost(struct reading *reading, struct instance *instance,
	const struct instance *before)
{
	uint32_t count = reading->draft->port_count;
	uint32_t had = reading->context->before->port_count;
	struct endpoint *endpoints;

	for (uint32_t i = 0; i < count; i++)
		if (instance->endpoints[i].port != 0)
			return 0;
	endpoints = arena_take(reading->arena, count, sizeof(*endpoints));
	if (!endpoints)
		return -ENOMEM;
	for (uint32_t i = 0; i < count && i < had; i++)
		endpoints[i] = before->endpoints[i];
	instance->endpoints = endpoints;
	instance->ip = instance->ip ? instance->ip : before->ip;
	instance->version =
		instance->version ? instance->version : before->version;
	instance->started =
		instance->started ? instance->started : before->started;
	return 0;
}

static int join_before(struct reading *reading)
{
	const struct app *before = reading->context->before;
	int r;

	for (uint32_t i = 0; before && i < before->instance_count; i++) {
		uint32_t slot = *slot_of(reading, before->instances[i].id);

		if (slot == 0)
			continue;
		reading->inputs[slot - 1].before = &before->instances[i];
		if (reading->inputs[slot - 1].task != TASK_LOST)
			continue;
		r = keep_lost(reading, &reading->instances[slot - 1],
			&before->instances[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

int tasks_from_json(struct json_object *tasks,
	const struct tasks_context *context, struct arena *arena,
	struct app *draft, struct why *why)
{
	struct reading reading = {.context = context,
		.arena = arena,
		.draft = draft,
		.why = why};
	size_t count = field_count(tasks);
	int r;

	if (count > INSTANCES_MAX)
		return why_set(
			why, -EBADMSG, "more than %d tasks", INSTANCES_MAX);
	r = reading_start(&reading, count);
	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++) {
		r = read_task(&reading, json_object_array_get_idx(tasks, i));
		if (r < 0)
			return r;
	}
	r = join_before(&reading);
	if (r < 0)
		return r;
	draft->instances = reading.instances;
	draft->instance_count = reading.count;
	health_judge(&context->reader->health, context->reader->first, draft,
		reading.inputs, reading.instances);
	return 0;
}
