/* SPDX-License-Identifier: MIT */
#include "fetch/app_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/list.h"
#include "fetch/ports_json.h"
#include "fetch/tasks_json.h"

enum { CHECKS_MAX = 256 };

struct app_parser {
	const struct app_reader *reader;
	struct json_tokener *tokener;
	struct arena arena;
};

int app_parser_new(const struct app_reader *reader, struct app_parser **ret)
{
	CLEANUP(app_parser_free) struct app_parser *parser = NULL;

	parser = calloc(1, sizeof(*parser));
	if (!parser)
		return -ENOMEM;
	parser->reader = reader;
	parser->tokener = json_tokener_new_ex(LIST_DEPTH_MAX);
	if (!parser->tokener)
		return -ENOMEM;
	json_tokener_set_flags(parser->tokener, JSON_TOKENER_STRICT);
	*ret = take_ptr(&parser);
	return 0;
}

void app_parser_free(struct app_parser *parser)
{
	if (!parser)
		return;
	if (parser->tokener)
		json_tokener_free(parser->tokener);
	arena_done(&parser->arena);
	free(parser);
}

enum field {
	ID,
	VERSION,
	VERSION_INFO,
	LABELS,
	ENV,
	INSTANCES,
	NETWORKS,
	IP_ADDRESS,
	CONTAINER,
	PORT_DEFINITIONS,
	PORTS,
	HEALTH_CHECKS,
	TASKS,
	TASKS_RUNNING,
	FIELDS,
};

static const char *const field_names[FIELDS] = {
	[ID] = "id",
	[VERSION] = "version",
	[VERSION_INFO] = "versionInfo",
	[LABELS] = "labels",
	[ENV] = "env",
	[INSTANCES] = "instances",
	[NETWORKS] = "networks",
	[IP_ADDRESS] = "ipAddress",
	[CONTAINER] = "container",
	[PORT_DEFINITIONS] = "portDefinitions",
	[PORTS] = "ports",
	[HEALTH_CHECKS] = "healthChecks",
	[TASKS] = "tasks",
	[TASKS_RUNNING] = "tasksRunning",
};

/* One parse. */
struct parse {
	const struct app_reader *reader;
	struct arena *arena;
	struct json_object *fields[FIELDS];
	const struct app *before;
	struct networking networking;
	struct app draft;
	struct why *why;
};

static enum check_protocol check_protocol_of(const char *name)
{
	static const char *const names[] = {
		[CHECK_HTTP] = "HTTP",
		[CHECK_HTTPS] = "HTTPS",
		[CHECK_TCP] = "TCP",
		[CHECK_COMMAND] = "COMMAND",
		[CHECK_MESOS_HTTP] = "MESOS_HTTP",
		[CHECK_MESOS_HTTPS] = "MESOS_HTTPS",
		[CHECK_MESOS_TCP] = "MESOS_TCP",
	};

	/* What none was given for is HTTP. */
	for (int i = 0; name && i < CHECK_UNKNOWN; i++)
		if (strcmp(name, names[i]) == 0)
			return (enum check_protocol)i;
	return name ? CHECK_UNKNOWN : CHECK_HTTP;
}

static int parse_check_numbers(
	struct json_object *const *values, struct check *check, struct why *why)
{
	static const char *const names[] = {
		"intervalSeconds", "timeoutSeconds", "maxConsecutiveFailures"};
	static const struct field_range seconds = {0, UINT32_MAX};
	static const struct field_range indices = {0, INT32_MAX};
	uint32_t *to[] = {&check->interval_seconds, &check->timeout_seconds,
		&check->max_failures};
	int64_t number;
	int r;

	for (int i = 0; i < 3; i++) {
		number = 0;
		r = field_number(values[i], names[i], seconds, &number, why);
		if (r < 0)
			return r;
		*to[i] = (uint32_t)number;
	}
	number = -1;
	r = field_number(values[3], "portIndex", indices, &number, why);
	if (r < 0)
		return r;
	check->port_index = (int32_t)number;
	return port_from_json(values[4], "port", &check->port, why);
}

static int parse_check(
	struct json_object *object, struct check *check, struct why *why)
{
	static const char *const names[] = {"intervalSeconds", "timeoutSeconds",
		"maxConsecutiveFailures", "portIndex", "port", "protocol",
		"path"};
	struct json_object *values[7];
	const char *protocol;
	int r;

	if (!object || !json_object_is_type(object, json_type_object))
		return why_set(why, -EBADMSG, "a health check is no object");
	fields_pick(object, names, values, 7);
	r = parse_check_numbers(values, check, why);
	if (r < 0)
		return r;
	r = field_text(values[5], "protocol", &protocol, why);
	if (r < 0)
		return r;
	check->protocol = check_protocol_of(protocol);
	if (check->protocol == CHECK_COMMAND)
		check->port_index = -1;
	return field_text(values[6], "path", &check->path, why);
}

static int parse_checks(struct parse *p)
{
	struct json_object *array = p->fields[HEALTH_CHECKS];
	struct check *checks;
	size_t count;
	int r;

	r = field_is(array, "healthChecks", json_type_array, p->why);
	if (r < 0)
		return r;
	count = field_count(array);
	if (count > CHECKS_MAX)
		return why_set(p->why, -EBADMSG, "more than %d health checks",
			CHECKS_MAX);
	checks = arena_take(p->arena, count, sizeof(*checks));
	if (!checks)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		r = parse_check(json_object_array_get_idx(array, i), &checks[i],
			p->why);
		if (r < 0)
			return r;
	}
	p->draft.checks = checks;
	p->draft.check_count = (uint32_t)count;
	return 0;
}

static int parse_id(struct parse *p, app_known *known, void *context)
{
	const char *id;
	int r;

	r = field_text(p->fields[ID], "id", &id, p->why);
	if (r < 0)
		return r;
	if (!id)
		return why_set(p->why, -EBADMSG, "an app without an id");
	p->draft.key = (struct app_key){id, p->reader->source};
	p->draft.rank = p->reader->rank;
	p->before = known ? known(context, id) : NULL;
	return 0;
}

/* The draft's labels are not sorted yet. */
static bool is_of_group(const struct app *draft)
{
	for (uint32_t i = 0; i < draft->label_count; i++)
		if (strcmp(draft->labels[i].key, "HAPROXY_DEPLOYMENT_GROUP")
			== 0)
			return true;
	return false;
}

/* Who was scaled last tells the new from the old of two that are deployed. */
static int parse_scaled(struct parse *p)
{
	static const char *const name = "lastScalingAt";
	struct json_object *info = p->fields[VERSION_INFO], *value;
	int r;

	if (!is_of_group(&p->draft) || !info)
		return 0;
	r = field_is(info, "versionInfo", json_type_object, p->why);
	if (r < 0)
		return r;
	fields_pick(info, &name, &value, 1);
	return field_text(value, name, &p->draft.scaled, p->why);
}

static int parse_texts(struct parse *p)
{
	struct label_list list;
	int r;

	r = field_text(p->fields[VERSION], "version", &p->draft.version,
		p->why);
	if (r < 0)
		return r;
	r = labels_from_json(
		p->fields[LABELS], NULL, p->arena, &list, p->why);
	if (r < 0)
		return r;
	p->draft.labels = list.labels;
	p->draft.label_count = list.count;
	r = labels_from_json(
		p->fields[ENV], "HAPROXY_", p->arena, &list, p->why);
	if (r < 0)
		return r;
	p->draft.env = list.labels;
	p->draft.env_count = list.count;
	return parse_scaled(p);
}

static int parse_networking(struct parse *p)
{
	const struct networking_fields fields = {
		.networks = p->fields[NETWORKS],
		.ip_address = p->fields[IP_ADDRESS],
		.container = p->fields[CONTAINER],
		.port_definitions = p->fields[PORT_DEFINITIONS],
		.ports = p->fields[PORTS],
	};
	int r;

	r = networking_from_json(&fields, p->arena, &p->networking, p->why);
	if (r < 0)
		return r;
	p->draft.network = (uint8_t)p->networking.network;
	p->draft.ports = p->networking.ports;
	p->draft.port_count = p->networking.count;
	return 0;
}

/* Every reply has the target; one without must not look like a scale-down. */
static int parse_target(struct parse *p)
{
	static const struct field_range counts = {0, UINT32_MAX};
	int64_t number;
	int r;

	number = p->before ? p->before->target
			   : (int64_t)field_count(p->fields[TASKS]);
	r = field_number(p->fields[INSTANCES], "instances", counts, &number,
		p->why);
	p->draft.target = (uint32_t)number;
	return r;
}

/*
 * Some Marathons now and then list no tasks though they run. Small skews are
 * ordinary, since the reply is no snapshot; only the extreme is disbelieved.
 */
static int check_running(const struct parse *p)
{
	static const struct field_range any = {INT64_MIN, INT64_MAX};
	int64_t running = 0;
	int r;

	r = field_number(p->fields[TASKS_RUNNING], "tasksRunning", any,
		&running, p->why);
	if (r < 0)
		return r;
	if (running > 0 && field_count(p->fields[TASKS]) == 0)
		return why_set(p->why, -EBADMSG,
			"%lld tasks are said to run, and none is listed",
			(long long)running);
	return 0;
}

static int parse_head(struct parse *p)
{
	int r;

	r = field_is(p->fields[TASKS], "tasks", json_type_array, p->why);
	if (r < 0)
		return r;
	r = check_running(p);
	if (r < 0)
		return r;
	r = parse_texts(p);
	if (r < 0)
		return r;
	r = parse_target(p);
	if (r < 0)
		return r;
	r = parse_networking(p);
	if (r < 0)
		return r;
	return parse_checks(p);
}

static int parse_body(struct parse *p, struct app **ret)
{
	const struct tasks_context context = {
		.reader = p->reader,
		.before = p->before,
		.networking = &p->networking,
	};
	int r;

	r = parse_head(p);
	if (r < 0)
		return r;
	if (p->reader->groups
		&& !groups_select(p->reader->groups, &p->draft,
			p->networking.ports)) {
		*ret = NULL;
		return 0;
	}
	r = tasks_from_json(
		p->fields[TASKS], &context, p->arena, &p->draft, p->why);
	if (r < 0)
		return r;
	r = app_pack(&p->draft, ret, p->why);
	return r == -E2BIG ? -EBADMSG : r;
}

/* Words about an app begin with its id. */
static int with_id(int r, const char *id, struct why *why)
{
	struct why plain;

	if (r == -ENOMEM)
		return why_set(why, r, "out of memory");
	if (!why)
		return r;
	plain = *why;
	return why_set(why, r, "%.200s: %.250s", id, plain.text);
}

static int parse_object(struct app_parser *parser, struct json_object *object,
	struct parse *p, app_known *known, void *context, struct app **ret)
{
	int r;

	fields_pick(object, field_names, p->fields, FIELDS);
	r = parse_id(p, known, context);
	if (r < 0)
		return r;
	if (!p->fields[TASKS])
		return why_set(p->why, -ENODATA,
			"%.200s: no \"tasks\": embed=apps.tasks was not "
			"honoured",
			p->draft.key.id);
	arena_reset(&parser->arena);
	p->arena = &parser->arena;
	r = parse_body(p, ret);
	return r < 0 ? with_id(r, p->draft.key.id, p->why) : 0;
}

static int parse_text(struct app_parser *parser, const struct app_text *text,
	struct json_object **ret, struct why *why)
{
	CLEANUP(json_object_put) struct json_object *object = NULL;
	int r;

	r = json_parse(
		parser->tokener, text->bytes, text->length, &object, why);
	if (r < 0)
		return r;
	if (!object || !json_object_is_type(object, json_type_object))
		return why_set(why, -EPROTO, "JSON that is no object");
	*ret = take_ptr(&object);
	return 0;
}

int app_parse(struct app_parser *parser, const struct app_text *text,
	app_known *known, void *context, struct app **ret, struct why *why)
{
	CLEANUP(json_object_put) struct json_object *object = NULL;
	struct parse p = {.reader = parser->reader, .why = why};
	int r;

	r = parse_text(parser, text, &object, why);
	if (r < 0)
		return r;
	p.draft.fingerprint = text->fingerprint;
	return parse_object(parser, object, &p, known, context, ret);
}

int app_from_json(const struct app_reader *reader, const char *text,
	size_t length, uint64_t fingerprint, app_known *known, void *context,
	struct app **ret, struct why *why)
{
	CLEANUP(app_parser_free) struct app_parser *parser = NULL;
	const struct app_text whole = {text, length, fingerprint};
	int r;

	r = app_parser_new(reader, &parser);
	if (r < 0)
		return why_set(why, r, "out of memory");
	return app_parse(parser, &whole, known, context, ret, why);
}

int app_reply_from_json(const struct app_reader *reader, const char *text,
	size_t length, app_known *known, void *context, struct app **ret,
	struct why *why)
{
	static const char *const name = "app";
	CLEANUP(app_parser_free) struct app_parser *parser = NULL;
	CLEANUP(json_object_put) struct json_object *object = NULL;
	const struct app_text whole = {text, length, 0};
	struct parse p = {.reader = reader, .why = why};
	struct json_object *app;
	int r;

	r = app_parser_new(reader, &parser);
	if (r < 0)
		return why_set(why, r, "out of memory");
	r = parse_text(parser, &whole, &object, why);
	if (r < 0)
		return r;
	fields_pick(object, &name, &app, 1);
	if (!app || !json_object_is_type(app, json_type_object))
		return why_set(why, -EPROTO, "a reply without an \"app\"");
	return parse_object(parser, app, &p, known, context, ret);
}
