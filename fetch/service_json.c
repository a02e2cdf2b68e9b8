/* SPDX-License-Identifier: MIT */
#include "fetch/service_json.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "fetch/place_json.h"
#include "fetch/service_json_impl.h"

const char *const service_field_names[SERVICE_FIELDS] = {
	[FIELD_ID] = "id",
	[FIELD_HOSTS] = "hosts",
	[FIELD_PORT] = "port",
	[FIELD_SERVICE_PORT] = "servicePort",
	[FIELD_DOMAIN] = "domain",
	[FIELD_DOMAINS] = "domains",
	[FIELD_PROTOCOL] = "protocol",
	[FIELD_TRANSPORT] = "transportProtocol",
	[FIELD_APPLICATION] = "applicationProtocol",
	[FIELD_CONFIG] = "config",
	[FIELD_PROXY_PATH] = "proxyPath",
	[FIELD_LABELS] = "labels",
};

static void pick(struct json_object *object, const char *const *names,
	struct json_object **values, size_t count)
{
	memset(values, 0, count * sizeof(*values));
	json_object_object_foreach(object, key, value)
	{
		for (size_t i = 0; i < count; i++)
			if (strcasecmp(key, names[i]) == 0)
				values[i] = value;
	}
}

static int read_port(struct service_parsing *p, struct json_object *value,
	const char *name, int64_t least, uint16_t *ret)
{
	const struct field_range range = {least, UINT16_MAX};
	int64_t number = 0;
	int r;

	r = field_number(value, name, range, &number, p->why);
	*ret = (uint16_t)number;
	return r;
}

/*
 * What the user writes is an id with or without a slash in front; a segment
 * that is empty, or a step in a path, can be nothing.
 */
static int write_id(
	struct service_parsing *p, const char *text, const char **ret)
{
	size_t length = strlen(text);
	char *id, *to;

	if (length > NAME_LEN_MAX - 1)
		return why_set(p->why, -EBADMSG, "an id of more than %d bytes",
			NAME_LEN_MAX - 1);
	id = to = arena_take(&p->arena, length + 2, 1);
	if (!id)
		return -ENOMEM;
	while (*text) {
		size_t step;

		text += strspn(text, "/");
		step = strcspn(text, "/");
		if (step == 0)
			break;
		if ((step == 1 && text[0] == '.') ||
			(step == 2 && text[0] == '.' && text[1] == '.'))
			return why_set(p->why, -EBADMSG,
				"\"id\" has a step of a path in it");
		*to++ = '/';
		memcpy(to, text, step);
		to += step;
		text += step;
	}
	if (to == id)
		return why_set(p->why, -EBADMSG, "\"id\" has nothing but /");
	*ret = id;
	return 0;
}

/* A file with one service may be called like it. */
static int read_id(struct service_parsing *p, struct service_reading *reading)
{
	const char *text;
	char stem[NAME_MAX + 1];
	int r;

	p->field = service_field_names[FIELD_ID];
	r = field_text(reading->fields[FIELD_ID], p->field, &text, p->why);
	if (r < 0)
		return r;
	if (!text && p->service >= 0) {
		p->field = NULL;
		return why_set(p->why, -EBADMSG,
			"one of several services, and it has no \"id\"");
	}
	snprintf(stem, sizeof(stem), "%.*s", (int)(strlen(p->name) - 5),
		p->name);
	return write_id(p, text ? text : stem, &reading->draft.key.id);
}

static int read_ports(
	struct service_parsing *p, struct service_reading *reading)
{
	struct port *port = &reading->port;
	int r;

	p->field = service_field_names[FIELD_PORT];
	r = read_port(p, reading->fields[FIELD_PORT], p->field, 0,
		&port->container_port);
	if (r < 0)
		return r;
	p->field = service_field_names[FIELD_SERVICE_PORT];
	r = read_port(p, reading->fields[FIELD_SERVICE_PORT], p->field, 0,
		&port->service_port);
	if (port->service_port == 0)
		port->service_port = port->container_port;
	port->unserved = port->service_port == 0;
	return r;
}

static int read_host(struct service_parsing *p, struct json_object *object,
	struct endpoint *endpoint)
{
	static const char *const names[] = {"ip", "port"};
	struct json_object *values[2];
	const char *text;
	int r;

	p->part = NULL;
	if (!object || !json_object_is_type(object, json_type_object))
		return why_set(p->why, -EBADMSG, "a host is no object");
	pick(object, names, values, 2);
	p->part = values[0] ? "ip" : NULL;
	r = field_text(values[0], "ip", &text, p->why);
	if (r < 0)
		return r;
	r = host_from_text(text ? text : "", &p->arena, &endpoint->host);
	if (r < 0)
		return r;
	if (!endpoint->host)
		return why_set(p->why, -EBADMSG,
			text ? "\"ip\" is no address or name: '%.64s'"
			     : "a host without an \"ip\"%s",
			text ? text : "");
	p->part = values[1] ? "port" : NULL;
	if (!values[1])
		return why_set(p->why, -EBADMSG, "a host without a \"port\"");
	return read_port(p, values[1], "port", 1, &endpoint->port);
}

static int by_place(const void *a, const void *b)
{
	const struct instance *x = a, *y = b;

	return strcmp(x->id, y->id);
}

/* A place that is named twice is one instance. */
static uint32_t drop_doubles(struct instance *instances, size_t count)
{
	uint32_t kept = 0;

	if (count > 1)
		qsort(instances, count, sizeof(*instances), by_place);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 ||
			strcmp(instances[kept - 1].id, instances[i].id) != 0)
			instances[kept++] = instances[i];
	return kept;
}

static int make_instance(struct service_parsing *p, struct endpoint *endpoint,
	struct instance *instance)
{
	size_t size = strlen(endpoint->host) + sizeof(":65535");
	char *id = arena_take(&p->arena, size, 1);

	if (!id)
		return -ENOMEM;
	snprintf(id, size, "%s:%u", endpoint->host, endpoint->port);
	*instance = (struct instance){
		.id = id,
		.host = endpoint->host,
		.endpoints = endpoint,
		.state = INSTANCE_SERVING,
	};
	return 0;
}

static int read_hosts(
	struct service_parsing *p, struct service_reading *reading)
{
	struct json_object *array = reading->fields[FIELD_HOSTS];
	struct instance *instances;
	struct endpoint *endpoints;
	size_t count;
	int r;

	p->field = service_field_names[FIELD_HOSTS];
	r = field_is(array, p->field, json_type_array, p->why);
	if (r < 0)
		return r;
	count = field_count(array);
	if (count > INSTANCES_MAX)
		return why_set(
			p->why, -EBADMSG, "more than %d hosts", INSTANCES_MAX);
	instances = arena_take(&p->arena, count, sizeof(*instances));
	endpoints = arena_take(&p->arena, count, sizeof(*endpoints));
	if (!instances || !endpoints)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < count; i++) {
		p->host = (ssize_t)i;
		r = read_host(
			p, json_object_array_get_idx(array, i), &endpoints[i]);
		if (r == 0)
			r = make_instance(p, &endpoints[i], &instances[i]);
	}
	if (r < 0)
		return r;
	p->host = -1;
	p->part = NULL;
	reading->draft.instances = instances;
	reading->draft.instance_count = drop_doubles(instances, count);
	return 0;
}

static int fill_draft(
	struct service_parsing *p, struct service_reading *reading)
{
	int r;

	r = read_id(p, reading);
	if (r < 0)
		return r;
	r = read_ports(p, reading);
	if (r < 0)
		return r;
	r = service_read_protocols(p, reading);
	if (r < 0)
		return r;
	r = service_read_labels(p, reading);
	return r < 0 ? r : read_hosts(p, reading);
}

/* *ret stays NULL when --groups leaves it out. */
static int read_service(
	struct service_parsing *p, struct json_object *object, struct app **ret)
{
	struct service_reading reading = {.draft = {.rank = p->reader->rank}};
	struct app *draft = &reading.draft;
	int r;

	p->field = NULL;
	p->host = -1;
	if (!object || !json_object_is_type(object, json_type_object))
		return why_set(p->why, -EBADMSG, "a service is no object");
	pick(object, service_field_names, reading.fields, SERVICE_FIELDS);
	arena_reset(&p->arena);
	draft->key.source = p->reader->source;
	draft->ports = &reading.port;
	draft->port_count = 1;
	r = fill_draft(p, &reading);
	draft->target = draft->instance_count;
	if (r == 0 &&
		(!p->reader->groups ||
			groups_select(p->reader->groups, draft, &reading.port)))
		r = app_pack(draft, ret, p->why);
	free(reading.domains);
	return r == -E2BIG ? -EBADMSG : r;
}

static int by_id(const void *a, const void *b)
{
	struct app *const *x = a, *const *y = b;

	return strcmp((*x)->key.id, (*y)->key.id);
}

static int check_ids(struct service_parsing *p, struct service_list *list)
{
	if (list->count > 1)
		qsort(list->apps, list->count, sizeof(list->apps[0]), by_id);
	p->service = -1;
	for (size_t i = 1; i < list->count; i++)
		if (by_id(&list->apps[i - 1], &list->apps[i]) == 0)
			return why_set(p->why, -EBADMSG,
				"two services with the id %.200s",
				list->apps[i]->key.id);
	return 0;
}

static int read_services(struct service_parsing *p, struct json_object *root,
	struct service_list *list)
{
	bool several = json_object_is_type(root, json_type_array);
	size_t count = several ? field_count(root) : 1;
	int r = 0;

	if (count > SERVICES_MAX)
		return why_set(p->why, -EBADMSG, "more than %d services",
			SERVICES_MAX);
	list->apps = calloc(count ? count : 1, sizeof(list->apps[0]));
	if (!list->apps)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < count; i++) {
		struct app *app = NULL;

		p->service = several ? (ssize_t)i : -1;
		r = read_service(p,
			several ? json_object_array_get_idx(root, i) : root,
			&app);
		if (app)
			list->apps[list->count++] = app;
	}
	return r < 0 ? r : check_ids(p, list);
}

/* As far as the reading came. */
static size_t line_of(
	const struct service_parsing *p, const char *text, size_t length)
{
	struct json_place place = place_of_text(text, length);

	if (p->service >= 0)
		place = place_of_element(place, (size_t)p->service);
	if (p->field)
		place = place_of_member(place, p->field);
	if (p->host >= 0)
		place = place_of_element(place, (size_t)p->host);
	if (p->part)
		place = place_of_member(place, p->part);
	return place_line(text, place.at);
}

/* Where the parser stopped; of what ends too early, the end. */
static size_t line_of_syntax(
	struct service_parsing *p, const char *text, size_t length)
{
	size_t at = json_parsed(p->tokener);

	while (at < length && memchr(" \t\r\n", text[at], 4))
		at++;
	return place_line(text, text + (at < length ? at : length));
}

static int parse_file(struct service_parsing *p, const char *text,
	size_t length, struct service_list *list, size_t *ret_line)
{
	CLEANUP(json_object_put) struct json_object *root = NULL;
	int r;

	r = json_parse(p->tokener, text, length, &root, p->why);
	if (r < 0) {
		*ret_line = line_of_syntax(p, text, length);
		return r == -EPROTO ? -EBADMSG : r;
	}
	p->service = p->host = -1;
	r = read_services(p, root, list);
	if (r < 0)
		*ret_line = line_of(p, text, length);
	return r;
}

int services_from_json(const struct app_reader *reader, const char *name,
	const char *text, size_t length, struct service_list *ret,
	struct why *why)
{
	CLEANUP(json_tokener_free) struct json_tokener *tokener = NULL;
	struct service_list list = {NULL, 0};
	struct why words = {""};
	struct service_parsing p = {
		.reader = reader, .name = name, .why = &words};
	size_t line = 1;
	int r;

	tokener = json_tokener_new_ex(SERVICE_DEPTH_MAX);
	if (!tokener)
		return why_set(why, -ENOMEM, "out of memory");
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	p.tokener = tokener;
	r = parse_file(&p, text, length, &list, &line);
	arena_done(&p.arena);
	if (r == 0) {
		*ret = list;
		return 0;
	}
	service_list_done(&list);
	if (r == -ENOMEM)
		return why_set(why, r, "out of memory");
	return why_set(why, r, "%.100s:%zu: %.300s", name, line, words.text);
}

void service_list_done(struct service_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		app_unref(list->apps[i]);
	free(list->apps);
	*list = (struct service_list){NULL, 0};
}
