/* SPDX-License-Identifier: MIT */
#include "fetch/event_json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fetch/ports_json.h"
#include "fetch/tasks_json.h"

enum { EVENT_DEPTH_MAX = 32, HINT_LENGTH = 512 };

enum field {
	EVENT_TYPE,
	APP_ID,
	RUN_SPEC_ID,
	TASK_ID,
	INSTANCE_ID,
	TASK_STATUS,
	ALIVE,
	HEALTHY,
	HOST,
	IP_ADDRESSES,
	VERSION,
	PORTS,
	APP_DEFINITION,
	FIELDS,
};

static const char *const field_names[FIELDS] = {
	[EVENT_TYPE] = "eventType",
	[APP_ID] = "appId",
	[RUN_SPEC_ID] = "runSpecId",
	[TASK_ID] = "taskId",
	[INSTANCE_ID] = "instanceId",
	[TASK_STATUS] = "taskStatus",
	[ALIVE] = "alive",
	[HEALTHY] = "healthy",
	[HOST] = "host",
	[IP_ADDRESSES] = "ipAddresses",
	[VERSION] = "version",
	[PORTS] = "ports",
	[APP_DEFINITION] = "appDefinition",
};

/* One event while it is read. */
struct reading {
	struct json_object *v[FIELDS];
	struct event *event;
	struct why *why;
};

static int read_text(
	struct reading *reading, enum field field, const char **ret)
{
	return field_text(
		reading->v[field], field_names[field], ret, reading->why);
}

/* Names of apps and runs begin with a slash; anything else names none. */
static int read_app_id(struct reading *reading, enum field field)
{
	const char *id;
	int r;

	r = read_text(reading, field, &id);
	if (r == 0 && id && id[0] == '/')
		reading->event->app_id = id;
	return r;
}

/* What is not told by app is told by all, but there is time. */
static void app_or_list(struct reading *reading)
{
	reading->event->kind =
		reading->event->app_id ? EVENT_APP : EVENT_LIST_SOON;
}

static int read_named(struct reading *reading)
{
	int r;

	r = read_app_id(reading, RUN_SPEC_ID);
	if (r < 0)
		return r;
	r = read_app_id(reading, APP_ID);
	if (r < 0)
		return r;
	app_or_list(reading);
	return 0;
}

/* A status event of the same task says more, and comes along with it. */
static int read_instance(struct reading *reading)
{
	int r = read_named(reading);

	if (r == 0 && reading->event->kind == EVENT_APP)
		reading->event->kind = EVENT_INSTANCE;
	return r;
}

static int read_ports(struct reading *reading)
{
	struct json_object *ports = reading->v[PORTS];
	struct event *event = reading->event;
	int r;

	r = field_is(ports, "ports", json_type_array, reading->why);
	if (r < 0)
		return r;
	if (field_count(ports) > PORTS_MAX)
		return why_set(reading->why, -EBADMSG, "more than %d ports",
			PORTS_MAX);
	for (size_t i = 0; i < field_count(ports); i++) {
		r = port_from_json(json_object_array_get_idx(ports, i), "ports",
			&event->ports[i], reading->why);
		if (r < 0)
			return r;
		event->port_count++;
	}
	return 0;
}

static int read_ip(struct reading *reading)
{
	static const char *const name = "ipAddress";
	struct json_object *addresses = reading->v[IP_ADDRESSES], *first, *ip;
	int r;

	r = field_is(addresses, "ipAddresses", json_type_array, reading->why);
	if (r < 0 || field_count(addresses) == 0)
		return r;
	first = json_object_array_get_idx(addresses, 0);
	r = field_is(first, "ipAddresses", json_type_object, reading->why);
	if (r < 0)
		return r;
	fields_pick(first, &name, &ip, 1);
	return field_text(ip, name, &reading->event->ip, reading->why);
}

static int read_status(struct reading *reading)
{
	struct event *event = reading->event;
	const char *status;
	int r;

	r = read_named(reading);
	if (r < 0)
		return r;
	r = read_text(reading, TASK_ID, &event->task_id);
	if (r < 0)
		return r;
	r = read_text(reading, TASK_STATUS, &status);
	if (r < 0)
		return r;
	r = read_text(reading, HOST, &event->host);
	if (r < 0)
		return r;
	r = read_text(reading, VERSION, &event->version);
	if (r < 0)
		return r;
	r = read_ip(reading);
	if (r < 0)
		return r;
	r = read_ports(reading);
	if (r < 0)
		return r;
	/* Mesos forgot it, which says nothing about the task. */
	if (!event->app_id || !event->task_id || !status
		|| strcmp(status, "TASK_UNKNOWN") == 0)
		return 0;
	event->task = task_state_of(status);
	event->kind = EVENT_TASK;
	return 0;
}

static int read_health(struct reading *reading)
{
	struct event *event = reading->event;
	struct json_object *alive;
	int r;

	r = read_named(reading);
	if (r < 0)
		return r;
	r = read_text(reading, TASK_ID, &event->instance_id);
	if (r < 0)
		return r;
	if (!event->instance_id) {
		r = read_text(reading, INSTANCE_ID, &event->instance_id);
		if (r < 0)
			return r;
	}
	alive = reading->v[ALIVE] ? reading->v[ALIVE] : reading->v[HEALTHY];
	r = field_is(alive, "alive", json_type_boolean, reading->why);
	if (r < 0)
		return r;
	if (!event->app_id || !event->instance_id || !alive)
		return 0;
	event->alive = json_object_get_boolean(alive);
	event->kind = EVENT_HEALTH;
	return 0;
}

static int read_terminated(struct reading *reading)
{
	int r;

	r = read_named(reading);
	if (r == 0 && reading->event->app_id)
		reading->event->kind = EVENT_APP_GONE;
	return r;
}

/* A change through /v2/apps; a deletion looks the same. */
static int read_post(struct reading *reading)
{
	static const char *const name = "id";
	struct json_object *definition = reading->v[APP_DEFINITION], *id;
	int r;

	r = field_is(definition, "appDefinition", json_type_object,
		reading->why);
	if (r < 0)
		return r;
	fields_pick(definition, &name, &id, 1);
	reading->v[APP_ID] = id;
	r = read_app_id(reading, APP_ID);
	if (r < 0)
		return r;
	app_or_list(reading);
	return 0;
}

static int read_nothing(struct reading *reading)
{
	reading->event->kind = EVENT_NOTHING;
	return 0;
}

static int read_attached(struct reading *reading)
{
	reading->event->kind = EVENT_ATTACHED;
	return 0;
}

static int read_all(struct reading *reading)
{
	reading->event->kind = EVENT_ALL;
	return 0;
}

static int read_soon(struct reading *reading)
{
	reading->event->kind = EVENT_LIST_SOON;
	return 0;
}

static const struct type {
	const char *name;
	int (*read)(struct reading *reading);
} types[] = {
	{"status_update_event", read_status},
	{"health_status_changed_event", read_health},
	{"instance_health_changed_event", read_health},
	{"app_terminated_event", read_terminated},
	{"api_post_event", read_post},
	{"event_stream_attached", read_attached},
	{"instance_changed_event", read_instance},
	{"unknown_task_terminated_event", read_named},
	{"unknown_instance_terminated_event", read_named},
	{"unhealthy_task_kill_event", read_named},
	{"unhealthy_instance_kill_event", read_named},
	{"add_health_check_event", read_named},
	{"remove_health_check_event", read_named},
	{"scheduler_registered_event", read_all},
	{"scheduler_reregistered_event", read_all},
	{"scheduler_disconnected_event", read_soon},
	{"group_change_success", read_soon},
	{"deployment_success", read_soon},
	{"deployment_failed", read_soon},
	/* Light ones are parsed: they are small. */
	{"deployment_info", read_nothing},
	{"deployment_step_success", read_nothing},
	{"deployment_step_failure", read_nothing},
	{"group_change_failed", read_nothing},
	{"failed_health_check_event", read_nothing},
	{"framework_message_event", read_nothing},
	{"event_stream_detached", read_nothing},
	{"subscribe_event", read_nothing},
	{"unsubscribe_event", read_nothing},
	{"pod_created_event", read_nothing},
	{"pod_updated_event", read_nothing},
	{"pod_deleted_event", read_nothing},
};

static const struct type *find_type(const char *name)
{
	static const struct type unknown = {"", read_named};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].name, name) == 0)
			return &types[i];
	return &unknown;
}

/* Whether text of some length begins the piece of a longer one. */
static bool piece_has(const char *piece, size_t length, const char *text)
{
	return memmem(piece, length, text, strlen(text)) != NULL;
}

/*
 * A deployment event holds the whole cluster twice, to 1.6: it is told by its
 * first and last bytes alone. One that the hint names must look like one, too:
 * a wrong hint may cost a parse, never an event.
 */
static bool is_deployment(const char *type, const char *data, size_t length)
{
	size_t head = length < HINT_LENGTH ? length : HINT_LENGTH;

	if (length <= 2 * HINT_LENGTH)
		return false;
	if (strncmp(data, "{\"plan\":", 8) == 0)
		return true;
	if (strncmp(data, "{\"id\":\"", 7) == 0
		&& piece_has(data, head, "\",\"plan\":"))
		return true;
	return strncmp(type, "deployment_", 11) == 0
		&& (piece_has(data, head, "\"plan\":")
			|| piece_has(data, head, "\"deployment_"));
}

/*
 * What each step does is told by events of its own, from 0.11 on. Before, an
 * app came and went with the end of a step; those Marathons give no hint.
 */
static enum event_kind deployment_kind(
	const char *type, const char *data, size_t length)
{
	static const char *const quiet[] = {
		"deployment_info", "deployment_step_failure"};
	const char *tail = data + length - HINT_LENGTH;

	if (strcmp(type, "deployment_step_success") == 0)
		return EVENT_NOTHING;
	for (int i = 0; i < 2; i++) {
		char member[64];

		if (strcmp(type, quiet[i]) == 0)
			return EVENT_NOTHING;
		snprintf(member, sizeof(member), "\"eventType\":\"%s\"",
			quiet[i]);
		if (!*type && piece_has(tail, HINT_LENGTH, member))
			return EVENT_NOTHING;
	}
	return EVENT_LIST_SOON;
}

static int parse_event(const char *data, size_t length,
	struct json_object **ret, struct why *why)
{
	CLEANUP(json_tokener_free) struct json_tokener *tokener = NULL;
	int r;

	tokener = json_tokener_new_ex(EVENT_DEPTH_MAX);
	if (!tokener)
		return why_set(why, -ENOMEM, "out of memory");
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	r = json_parse(tokener, data, length, ret, why);
	return r == -EPROTO ? -EBADMSG : r;
}

static int read_event(struct reading *reading, struct json_object *object)
{
	const char *type;
	int r;

	if (!object || !json_object_is_type(object, json_type_object))
		return why_set(
			reading->why, -EBADMSG, "an event that is no object");
	fields_pick(object, field_names, reading->v, FIELDS);
	r = read_text(reading, EVENT_TYPE, &type);
	if (r < 0)
		return r;
	if (!type)
		return why_set(
			reading->why, -EBADMSG, "an event without eventType");
	return find_type(type)->read(reading);
}

int event_from_json(const char *type, const char *data, size_t length,
	struct event *ret, struct why *why)
{
	CLEANUP(json_object_put) struct json_object *object = NULL;
	struct event event = {.kind = EVENT_NOTHING};
	struct reading reading = {.event = &event, .why = why};
	int r;

	if (is_deployment(type, data, length)) {
		event.kind = deployment_kind(type, data, length);
		*ret = event;
		return 0;
	}
	r = parse_event(data, length, &object, why);
	if (r < 0)
		return r;
	r = read_event(&reading, object);
	if (r < 0)
		return r;
	event.json = take_ptr(&object);
	*ret = event;
	return 0;
}

void event_done(struct event *event)
{
	if (event->json)
		json_object_put(event->json);
	*event = (struct event){.kind = EVENT_NOTHING};
}
