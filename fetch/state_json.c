/* SPDX-License-Identifier: MIT */
#include "fetch/state_json.h"

#include <errno.h>
#include <string.h>

#include "fetch/arena.h"
#include "fetch/field_json.h"

/* What goes wrong is memory, and shows as a value that is missing. */
static int put(struct json_object *object, const char *key,
	struct json_object *value)
{
	if (value && json_object_object_add(object, key, value) == 0)
		return 0;
	json_object_put(value);
	return -ENOMEM;
}

static int put_text(
	struct json_object *object, const char *key, const char *text)
{
	return text ? put(object, key, json_object_new_string(text)) : 0;
}

static int put_number(struct json_object *object, const char *key, int64_t n)
{
	return n ? put(object, key, json_object_new_int64(n)) : 0;
}

static int put_labels(struct json_object *object, const char *key,
	const struct label *labels, uint32_t count)
{
	struct json_object *all = json_object_new_object();
	int r = all ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < count && r == 0; i++)
		r = put_text(all, labels[i].key, labels[i].value);
	if (r == 0)
		return put(object, key, all);
	json_object_put(all);
	return r;
}

/* Takes over the members of an array; each is made by one of these. */
typedef int member_to_json(
	const struct app *app, uint32_t index, struct json_object *object);

static int port_to_json(
	const struct app *app, uint32_t index, struct json_object *object)
{
	const struct port *port = &app->ports[index];
	int r = put_text(object, "name", port->name);

	if (r == 0)
		r = put_labels(object, "labels", port->labels,
			port->label_count);
	if (r == 0)
		r = put_number(object, "service", port->service_port);
	if (r == 0)
		r = put_number(object, "container", port->container_port);
	if (r == 0)
		r = put_number(object, "protocols", port->protocols);
	if (r == 0 && port->unserved)
		r = put_number(object, "unserved", port->unserved);
	return r == 0 ? put_number(object, "hidden", port->hidden) : r;
}

static int check_to_json(
	const struct app *app, uint32_t index, struct json_object *object)
{
	const struct check *check = &app->checks[index];
	int r = put_number(object, "protocol", check->protocol);

	if (r == 0)
		r = put_text(object, "path", check->path);
	if (r == 0)
		r = put_number(object, "index", check->port_index);
	if (r == 0)
		r = put_number(object, "port", check->port);
	if (r == 0)
		r = put_number(object, "interval", check->interval_seconds);
	if (r == 0)
		r = put_number(object, "timeout", check->timeout_seconds);
	return r == 0 ? put_number(object, "failures", check->max_failures)
		      : r;
}

static int put_endpoints(const struct app *app,
	const struct instance *instance, struct json_object *object)
{
	struct json_object *all = json_object_new_array();
	int r = all ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < app->port_count && r == 0; i++) {
		const struct endpoint *at = &instance->endpoints[i];
		struct json_object *one = json_object_new_object();

		r = one ? put_text(one, "host", at->host) : -ENOMEM;
		if (r == 0)
			r = put_number(one, "port", at->port);
		if (r == 0 && json_object_array_add(all, one) == 0)
			continue;
		json_object_put(one);
		r = -ENOMEM;
	}
	if (r == 0)
		return put(object, "endpoints", all);
	json_object_put(all);
	return r;
}

static int instance_to_json(
	const struct app *app, uint32_t index, struct json_object *object)
{
	const struct instance *instance = &app->instances[index];
	int r = put_text(object, "id", instance->id);

	if (r == 0)
		r = put_text(object, "host", instance->host);
	if (r == 0)
		r = put_text(object, "version", instance->version);
	if (r == 0)
		r = put_text(object, "started", instance->started);
	if (r == 0)
		r = put_text(object, "ip", instance->ip);
	if (r == 0)
		r = put_text(object, "address", instance->address);
	if (r == 0)
		r = put_number(object, "state", instance->state);
	if (r == 0)
		r = put_number(object, "health", instance->health);
	if (r == 0)
		r = put_number(object, "lost", instance->lost);
	return r == 0 ? put_endpoints(app, instance, object) : r;
}

static int put_members(struct json_object *object, const char *key,
	const struct app *app, uint32_t count, member_to_json *to_json)
{
	struct json_object *all = json_object_new_array();
	int r = all ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < count && r == 0; i++) {
		struct json_object *one = json_object_new_object();

		r = one ? to_json(app, i, one) : -ENOMEM;
		if (r == 0 && json_object_array_add(all, one) == 0)
			continue;
		json_object_put(one);
		r = -ENOMEM;
	}
	if (r == 0)
		return put(object, key, all);
	json_object_put(all);
	return r;
}

static int fill(const struct app *app, struct json_object *object)
{
	int r = put_text(object, "id", app->key.id);

	if (r == 0)
		r = put_text(object, "version", app->version);
	if (r == 0)
		r = put_text(object, "scaled", app->scaled);
	if (r == 0)
		r = put_number(object, "target", app->target);
	if (r == 0)
		r = put_number(object, "network", app->network);
	if (r == 0)
		r = put_labels(
			object, "labels", app->labels, app->label_count);
	if (r == 0)
		r = put_labels(object, "env", app->env, app->env_count);
	if (r == 0)
		r = put_members(object, "ports", app, app->port_count,
			port_to_json);
	if (r == 0)
		r = put_members(object, "checks", app, app->check_count,
			check_to_json);
	return r == 0 ? put_members(object, "instances", app,
				app->instance_count, instance_to_json)
		      : r;
}

int app_to_state(const struct app *app, struct json_object **ret)
{
	CLEANUP(json_object_put) struct json_object *object = NULL;
	int r;

	object = json_object_new_object();
	r = object ? fill(app, object) : -ENOMEM;
	if (r < 0)
		return r;
	*ret = take_ptr(&object);
	return 0;
}

/* The way back: texts are those of the JSON, arrays are the arena's. */
struct reading {
	struct arena *arena;
	struct why *why;
	int error; /* the first; 0: none */
};

static struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(object, key, &value);
	return value;
}

static const char *text_of(
	struct reading *reading, struct json_object *object, const char *key)
{
	const char *text = NULL;
	int r = field_text(member(object, key), key, &text, reading->why);

	if (r < 0 && !reading->error)
		reading->error = r;
	return text;
}

static int64_t number_of(struct reading *reading, struct json_object *object,
	const char *key, int64_t max)
{
	struct field_range range = {-1, max};
	int64_t number = 0;
	int r;

	r = field_number(
		member(object, key), key, range, &number, reading->why);
	if (r < 0 && !reading->error)
		reading->error = r;
	return number;
}

/* *ret is the arena's. The count of the array, 0 on any error. */
static uint32_t array_of(struct reading *reading, struct json_object *value,
	size_t max, size_t size, void **ret)
{
	size_t count = json_object_is_type(value, json_type_array)
		? json_object_array_length(value)
		: 0;

	*ret = NULL;
	if (count > max) {
		reading->error = why_set(
			reading->why, -E2BIG, "too many of something");
		return 0;
	}
	*ret = arena_take(reading->arena, count ? count : 1, size);
	if (*ret)
		return (uint32_t)count;
	reading->error = -ENOMEM;
	return 0;
}

static uint32_t labels_of(struct reading *reading, struct json_object *value,
	const struct label **ret)
{
	struct label *labels;
	uint32_t count = 0;
	int length;

	*ret = NULL;
	if (!json_object_is_type(value, json_type_object))
		return 0;
	length = json_object_object_length(value);
	if (length > LABELS_MAX) {
		reading->error = why_set(
			reading->why, -E2BIG, "too many labels");
		return 0;
	}
	labels = arena_take(reading->arena, length ? (size_t)length : 1,
		sizeof(*labels));
	if (!labels) {
		reading->error = -ENOMEM;
		return 0;
	}
	json_object_object_foreach(value, key, text)
		labels[count++] = (struct label){
			key, json_object_get_string(text)};
	*ret = labels;
	return count;
}

static void read_ports(struct reading *reading, struct json_object *array,
	struct app *draft)
{
	struct port *ports;
	void *memory;

	draft->port_count = array_of(
		reading, array, PORTS_MAX, sizeof(*ports), &memory);
	draft->ports = ports = memory;
	for (uint32_t i = 0; i < draft->port_count; i++) {
		struct json_object *o = json_object_array_get_idx(array, i);
		struct port *port = &ports[i];

		port->name = text_of(reading, o, "name");
		port->label_count = labels_of(
			reading, member(o, "labels"), &port->labels);
		port->service_port =
			(uint16_t)number_of(reading, o, "service", 65535);
		port->container_port =
			(uint16_t)number_of(reading, o, "container", 65535);
		port->protocols =
			(uint8_t)number_of(reading, o, "protocols", 3);
		port->hidden = number_of(reading, o, "hidden", 1) != 0;
		port->unserved = number_of(reading, o, "unserved", 1) != 0;
	}
}

static void read_checks(struct reading *reading, struct json_object *array,
	struct app *draft)
{
	struct check *checks;
	void *memory;

	draft->check_count = array_of(
		reading, array, PORTS_MAX, sizeof(*checks), &memory);
	draft->checks = checks = memory;
	for (uint32_t i = 0; i < draft->check_count; i++) {
		struct json_object *o = json_object_array_get_idx(array, i);
		struct check *check = &checks[i];

		check->protocol = (enum check_protocol)number_of(
			reading, o, "protocol", CHECK_UNKNOWN);
		check->path = text_of(reading, o, "path");
		check->port_index =
			(int32_t)number_of(reading, o, "index", PORTS_MAX);
		check->port = (uint16_t)number_of(reading, o, "port", 65535);
		check->interval_seconds = (uint32_t)number_of(
			reading, o, "interval", UINT32_MAX);
		check->timeout_seconds = (uint32_t)number_of(
			reading, o, "timeout", UINT32_MAX);
		check->max_failures = (uint32_t)number_of(
			reading, o, "failures", UINT32_MAX);
	}
}

static const struct endpoint *read_endpoints(struct reading *reading,
	struct json_object *array, uint32_t port_count)
{
	struct endpoint *endpoints;
	uint32_t count;
	void *memory;

	count = array_of(
		reading, array, PORTS_MAX, sizeof(*endpoints), &memory);
	endpoints = memory;
	if (!reading->error && count != port_count)
		reading->error = why_set(reading->why, -EBADMSG,
			"an instance with %u endpoints of %u", count,
			port_count);
	for (uint32_t i = 0; i < count; i++) {
		struct json_object *o = json_object_array_get_idx(array, i);

		endpoints[i].host = text_of(reading, o, "host");
		endpoints[i].port =
			(uint16_t)number_of(reading, o, "port", 65535);
	}
	return endpoints;
}

static void read_instances(struct reading *reading, struct json_object *array,
	struct app *draft)
{
	struct instance *instances;
	void *memory;

	draft->instance_count = array_of(
		reading, array, INSTANCES_MAX, sizeof(*instances), &memory);
	draft->instances = instances = memory;
	for (uint32_t i = 0; i < draft->instance_count; i++) {
		struct json_object *o = json_object_array_get_idx(array, i);
		struct instance *in = &instances[i];

		in->id = text_of(reading, o, "id");
		in->host = text_of(reading, o, "host");
		in->version = text_of(reading, o, "version");
		in->started = text_of(reading, o, "started");
		in->ip = text_of(reading, o, "ip");
		in->address = text_of(reading, o, "address");
		in->state = (uint8_t)number_of(
			reading, o, "state", INSTANCE_ENDED);
		in->health =
			(uint8_t)number_of(reading, o, "health", HEALTH_DEAD);
		in->lost = number_of(reading, o, "lost", 1) != 0;
		in->endpoints = read_endpoints(
			reading, member(o, "endpoints"), draft->port_count);
		if (!reading->error && (!in->id || !in->host))
			reading->error = why_set(reading->why, -EBADMSG,
				"an instance without a name");
	}
}

static int read_app(struct reading *reading, struct json_object *o,
	const struct app_origin *origin, struct app **ret)
{
	struct app draft = {
		.key.source = origin->source, .rank = origin->rank};

	draft.key.id = text_of(reading, o, "id");
	draft.version = text_of(reading, o, "version");
	draft.scaled = text_of(reading, o, "scaled");
	draft.target =
		(uint32_t)number_of(reading, o, "target", UINT32_MAX);
	draft.network = (uint8_t)number_of(
		reading, o, "network", NETWORK_CONTAINER);
	draft.label_count =
		labels_of(reading, member(o, "labels"), &draft.labels);
	draft.env_count = labels_of(reading, member(o, "env"), &draft.env);
	read_ports(reading, member(o, "ports"), &draft);
	read_checks(reading, member(o, "checks"), &draft);
	read_instances(reading, member(o, "instances"), &draft);
	if (!reading->error && !draft.key.id)
		reading->error =
			why_set(reading->why, -EBADMSG, "an app without id");
	return reading->error ? reading->error
			      : app_pack(&draft, ret, reading->why);
}

int app_from_state(struct json_tokener *tokener, const char *text,
	size_t length, const struct app_origin *origin, struct app **ret,
	struct why *why)
{
	CLEANUP(json_object_put) struct json_object *object = NULL;
	struct arena arena = {NULL, 0};
	struct reading reading = {.arena = &arena, .why = why};
	int r;

	r = json_parse(tokener, text, length, &object, why);
	if (r < 0)
		return r;
	if (!json_object_is_type(object, json_type_object))
		return why_set(why, -EBADMSG, "not an app");
	r = read_app(&reading, object, origin, ret);
	arena_done(&arena);
	return r == -ENOMEM ? why_set(why, r, "out of memory") : r;
}
