/* SPDX-License-Identifier: MIT */
#include "fetch/mesos_json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fetch/mesos_json_impl.h"
#include "fetch/mesos_name.h"
#include "fetch/tasks_json.h"

enum { DEPTH_MAX = 64 };

struct mesos_parser {
	const struct app_reader *reader;
	struct json_tokener *tokener;
	struct json_object *last; /* what was given away is borrowed from it */
	struct arena arena;
};

int mesos_parser_new(
	const struct app_reader *reader, struct mesos_parser **ret)
{
	CLEANUP(mesos_parser_free) struct mesos_parser *parser = NULL;

	parser = calloc(1, sizeof(*parser));
	if (!parser)
		return -ENOMEM;
	parser->reader = reader;
	parser->tokener = json_tokener_new_ex(DEPTH_MAX);
	if (!parser->tokener)
		return -ENOMEM;
	json_tokener_set_flags(parser->tokener, JSON_TOKENER_STRICT);
	*ret = take_ptr(&parser);
	return 0;
}

void mesos_parser_free(struct mesos_parser *parser)
{
	if (!parser)
		return;
	if (parser->tokener)
		json_tokener_free(parser->tokener);
	json_object_put(parser->last);
	arena_done(&parser->arena);
	free(parser);
}

static int parse(struct mesos_parser *parser, const char *text, size_t length,
	struct why *why)
{
	int r;

	json_object_put(take_ptr(&parser->last));
	arena_reset(&parser->arena);
	r = json_parse(parser->tokener, text, length, &parser->last, why);
	return r == -EPROTO ? -EBADMSG : r;
}

static int parse_object(struct mesos_parser *parser, const char *text,
	size_t length, const char *what, struct why *why)
{
	int r = parse(parser, text, length, why);

	if (r < 0)
		return r;
	if (!parser->last
		|| !json_object_is_type(parser->last, json_type_object))
		return why_set(why, -EBADMSG, "%s is no object", what);
	return 0;
}

int mesos_text_from_json(struct mesos_parser *parser, const char *text,
	size_t length, const char **ret, struct why *why)
{
	int r;

	*ret = NULL;
	if (length == 0 || text[0] != '"')
		return 0;
	r = parse(parser, text, length, why);
	return r < 0 ? r : field_text(parser->last, "a name", ret, why);
}

const char *mesos_place(const char *pid)
{
	const char *at = pid ? strrchr(pid, '@') : NULL;

	return at && at[1] ? at + 1 : NULL;
}

int mesos_member(struct json_object *object, const char *name,
	enum json_type type, struct json_object **ret, struct why *why)
{
	fields_pick(object, &name, ret, 1);
	return field_is(*ret, name, type, why);
}

/* "slave(1)@10.0.0.2:5051", "...@[::1]:5051": the address alone. */
static int host_of_pid(
	struct mesos_parser *parser, const char *pid, const char **ret)
{
	const char *place = mesos_place(pid), *colon;
	size_t length;
	char *host;

	*ret = NULL;
	colon = place ? strrchr(place, ':') : NULL;
	if (!colon)
		return 0;
	length = (size_t)(colon - place);
	host = arena_take(&parser->arena, length + 1, 1);
	if (!host)
		return -ENOMEM;
	memcpy(host, place, length);
	return host_from_text(host, &parser->arena, ret);
}

int mesos_agent_from_json(struct mesos_parser *parser, const char *text,
	size_t length, struct mesos_agent *ret, struct why *why)
{
	static const char *const names[] = {"id", "hostname", "pid"};
	struct json_object *values[3];
	const char *texts[3], *name;
	int r;

	r = parse_object(parser, text, length, "an agent", why);
	if (r < 0)
		return r;
	fields_pick(parser->last, names, values, 3);
	for (int i = 0; i < 3; i++) {
		r = field_text(values[i], names[i], &texts[i], why);
		if (r < 0)
			return r;
	}
	if (!texts[0])
		return why_set(why, -EBADMSG, "an agent without an id");
	r = host_from_text(texts[1] ? texts[1] : "", &parser->arena, &name);
	if (r == 0)
		r = host_of_pid(parser, texts[2], &ret->address);
	if (r < 0)
		return why_set(why, r, "out of memory");
	ret->id = texts[0];
	ret->name = name ? name : ret->address;
	ret->address = ret->address ? ret->address : name;
	return ret->name ? 0
			 : why_set(why, -EBADMSG,
				   "agent %.200s has no address", texts[0]);
}

enum field {
	ID,
	NAME,
	AGENT,
	STATE,
	RESOURCES,
	STATUSES,
	LABELS,
	DISCOVERY,
	CONTAINER,
	CHECK,
	FIELDS,
};

static const struct {
	const char *name;
	enum json_type type;
} fields[FIELDS] = {
	[ID] = {"id", json_type_string},
	[NAME] = {"name", json_type_string},
	[AGENT] = {"slave_id", json_type_string},
	[STATE] = {"state", json_type_string},
	[RESOURCES] = {"resources", json_type_object},
	[STATUSES] = {"statuses", json_type_array},
	[LABELS] = {"labels", json_type_null},
	[DISCOVERY] = {"discovery", json_type_object},
	[CONTAINER] = {"container", json_type_object},
	[CHECK] = {"health_check", json_type_object},
};

static int pick_fields(struct json_object *object,
	struct json_object **values, struct why *why)
{
	const char *names[FIELDS];
	int r = 0;

	for (int i = 0; i < FIELDS; i++)
		names[i] = fields[i].name;
	fields_pick(object, names, values, FIELDS);
	for (int i = 0; i < FIELDS && r == 0; i++)
		if (fields[i].type != json_type_null)
			r = field_is(values[i], fields[i].name,
				fields[i].type, why);
	return r;
}

/* They come in no certain order. */
static int find_status(
	struct mesos_task *task, struct json_object *statuses)
{
	static const char *const names[] = {"state", "timestamp"};
	struct json_object *v[2];
	double last = -1;

	for (size_t i = 0; i < field_count(statuses); i++) {
		struct json_object *status =
			json_object_array_get_idx(statuses, i);
		const char *state;
		int r;

		r = field_is(status, "statuses", json_type_object, task->why);
		if (r < 0)
			return r;
		fields_pick(status, names, v, 2);
		r = field_text(v[0], names[0], &state, task->why);
		if (r < 0)
			return r;
		if (!state || strcmp(state, "TASK_RUNNING") != 0
			|| json_object_get_double(v[1]) < last)
			continue;
		last = json_object_get_double(v[1]);
		task->status = status;
	}
	return 0;
}

static int read_health(struct mesos_task *task, bool checked)
{
	static const struct check check = {
		.protocol = CHECK_UNKNOWN, .port_index = -1};
	struct json_object *healthy;
	int r;

	r = mesos_member(task->status, "healthy", json_type_boolean, &healthy,
		task->why);
	if (r < 0)
		return r;
	if (healthy)
		task->instance.health = json_object_get_boolean(healthy)
			? HEALTH_ALIVE
			: HEALTH_DEAD;
	if (checked) {
		task->draft.checks = &check;
		task->draft.check_count = 1;
	}
	return 0;
}

static struct json_object *inner_labels(struct json_object *value)
{
	static const char *const name = "labels";
	struct json_object *inner;

	if (!value || !json_object_is_type(value, json_type_object))
		return value;
	fields_pick(value, &name, &inner, 1);
	return inner;
}

static bool has_label(const struct label_list *list, const char *key)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (strcmp(list->labels[i].key, key) == 0)
			return true;
	return false;
}

static int add_labels(
	struct json_object *array, struct label_list *list, struct why *why)
{
	static const char *const names[] = {"key", "value"};
	struct json_object *v[2];
	int r = 0;

	for (size_t i = 0; r == 0 && i < field_count(array); i++) {
		struct json_object *item = json_object_array_get_idx(array, i);
		const char *key, *text;

		r = field_is(item, "labels", json_type_object, why);
		if (r < 0)
			return r;
		fields_pick(item, names, v, 2);
		r = field_text(v[0], names[0], &key, why);
		if (r == 0)
			r = field_text(v[1], names[1], &text, why);
		if (r == 0 && key && !has_label(list, key))
			list->labels[list->count++] =
				(struct label){key, text ? text : ""};
	}
	return r;
}

int mesos_read_labels(struct json_object *a, struct json_object *b,
	struct arena *arena, struct label_list *ret, struct why *why)
{
	struct json_object *arrays[] = {inner_labels(a), inner_labels(b)};
	size_t count = 0;
	int r = 0;

	for (int i = 0; i < 2; i++) {
		r = field_is(arrays[i], "labels", json_type_array, why);
		if (r < 0)
			return r;
		count += field_count(arrays[i]);
	}
	if (count > MESOS_LABELS_MAX)
		return why_set(why, -EBADMSG, "more than %d labels",
			MESOS_LABELS_MAX);
	*ret = (struct label_list){
		arena_take(arena, count, sizeof(struct label)), 0};
	if (!ret->labels)
		return -ENOMEM;
	r = add_labels(arrays[0], ret, why);
	return r < 0 ? r : add_labels(arrays[1], ret, why);
}

/* "/framework/task": as it is discovered, if that is said. */
static int write_id(struct mesos_task *task, const char *framework,
	const char *name)
{
	char segment[MESOS_NAME_MAX + 1];
	struct json_object *value;
	const char *discovered;
	size_t size;
	char *id;
	int r;

	r = mesos_member(task->discovery, "name", json_type_string, &value,
		task->why);
	if (r == 0)
		r = field_text(value, "name", &discovered, task->why);
	if (r < 0)
		return r;
	if (discovered)
		name = discovered;
	r = mesos_name(name ? name : "", segment);
	if (r < 0)
		return why_set(task->why, -EBADMSG, name
				? "of the name '%.64s' no id can be made"
				: "it has no name%s",
			name ? name : "");
	size = strlen(framework) + strlen(segment) + 3;
	id = arena_take(task->arena, size, 1);
	if (!id)
		return -ENOMEM;
	snprintf(id, size, "/%s/%s", framework, segment);
	task->draft.key.id = id;
	return 0;
}

static int fill_task(struct mesos_task *task, struct json_object *const *v,
	const char *framework)
{
	struct label_list labels;
	struct json_object *more;
	const char *name;
	int r;

	r = field_text(v[NAME], "name", &name, task->why);
	if (r == 0)
		r = write_id(task, framework, name);
	if (r == 0)
		r = find_status(task, v[STATUSES]);
	if (r == 0)
		r = read_health(task, v[CHECK] != NULL);
	if (r == 0)
		r = mesos_member(task->discovery, "labels", json_type_object,
			&more, task->why);
	if (r == 0)
		r = mesos_read_labels(
			v[LABELS], more, task->arena, &labels, task->why);
	if (r < 0)
		return r;
	task->draft.labels = labels.labels;
	task->draft.label_count = labels.count;
	return mesos_read_ports(task);
}

/* Only what runs, or is on its way out, where somebody can be. */
static int read_where(struct mesos_task *task, struct json_object *const *v,
	const struct mesos_task_context *context, bool *ret)
{
	const char *state, *agent;
	enum task_state what;
	int r;

	*ret = false;
	r = field_text(v[STATE], "state", &state, task->why);
	if (r == 0)
		r = field_text(v[AGENT], "slave_id", &agent, task->why);
	if (r < 0 || !state || !agent)
		return r;
	what = task_state_of(state);
	if (what != TASK_RUNNING && what != TASK_KILLING)
		return 0;
	task->instance.state = what == TASK_RUNNING ? INSTANCE_SERVING
						    : INSTANCE_KILLING;
	task->agent = context->agent(context->context, agent);
	*ret = task->agent != NULL;
	return 0;
}

static int pack_task(struct mesos_task *task, const struct app_reader *reader,
	struct app **ret)
{
	struct app *draft = &task->draft;
	struct port *ports = NULL;

	draft->instances = &task->instance;
	draft->instance_count = draft->target = 1;
	if (reader->groups && draft->port_count) {
		ports = arena_take(
			task->arena, draft->port_count, sizeof(*ports));
		if (!ports)
			return -ENOMEM;
		memcpy(ports, draft->ports,
			draft->port_count * sizeof(*ports));
		draft->ports = ports;
	}
	if (reader->groups && !groups_select(reader->groups, draft, ports))
		return 0;
	return app_pack(draft, ret, task->why);
}

static int read_task(struct mesos_task *task, struct json_object *object,
	const struct mesos_task_context *context, bool *ret_shown)
{
	struct json_object *v[FIELDS];
	int r;

	r = pick_fields(object, v, task->why);
	if (r == 0)
		r = field_text(v[ID], "id", &task->instance.id, task->why);
	if (r < 0)
		return r;
	if (!task->instance.id || strlen(task->instance.id) > NAME_LEN_MAX)
		return why_set(task->why, -EBADMSG, "a task without an id");
	r = read_where(task, v, context, ret_shown);
	if (r < 0 || !*ret_shown)
		return r;
	task->resources = v[RESOURCES];
	task->discovery = v[DISCOVERY];
	task->container = v[CONTAINER];
	task->instance.host = task->agent->name;
	return fill_task(task, v, context->framework);
}

int mesos_task_from_json(struct mesos_parser *parser, const char *text,
	size_t length, const struct mesos_task_context *context,
	struct app **ret, struct why *why)
{
	struct why words = {""};
	struct mesos_task task = {
		.arena = &parser->arena,
		.why = &words,
		.draft = {
			.key.source = parser->reader->source,
			.rank = parser->reader->rank,
			.fingerprint = context->fingerprint,
		},
	};
	bool shown = false;
	int r;

	*ret = NULL;
	r = parse_object(parser, text, length, "a task", &words);
	if (r == 0)
		r = read_task(&task, parser->last, context, &shown);
	if (r == 0 && shown)
		r = pack_task(&task, parser->reader, ret);
	if (r == 0)
		return 0;
	if (r == -ENOMEM)
		return why_set(why, r, "out of memory");
	return why_set(why, -EBADMSG, "%.100s: task %.100s: %.200s",
		context->framework,
		task.instance.id ? task.instance.id : "?", words.text);
}
