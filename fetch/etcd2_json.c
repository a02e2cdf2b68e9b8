/* SPDX-License-Identifier: MIT */
#include "fetch/etcd2_json.h"

#include <errno.h>
#include <string.h>

#include "fetch/elements.h"
#include "fetch/field_json.h"

enum field { KEY, VALUE, DIR, NODES, TTL, MODIFIED_INDEX, FIELDS };

static const char *const field_names[FIELDS] = {
	[KEY] = "key",
	[VALUE] = "value",
	[DIR] = "dir",
	[NODES] = "nodes",
	[TTL] = "ttl",
	[MODIFIED_INDEX] = "modifiedIndex",
};

/*
 * A new text, "" where there is none. A NUL, which no name or address holds,
 * is shown, so that what is behind it is not lost from sight.
 */
static int copy_text(struct json_object *value, const char *name, char **ret,
	struct why *why)
{
	size_t length = 0;
	char *text;
	int r;

	r = field_is(value, name, json_type_string, why);
	if (r < 0)
		return r;
	if (value)
		length = (size_t)json_object_get_string_len(value);
	text = malloc(length + 1);
	if (!text)
		return why_set(why, -ENOMEM, "out of memory");
	if (value)
		memcpy(text, json_object_get_string(value), length);
	for (size_t i = 0; i < length; i++)
		text[i] = text[i] ? text[i] : '?';
	text[length] = '\0';
	*ret = text;
	return 0;
}

/* One node that is no directory, or is one in an event. */
static int tell_node(struct json_object *const *v, struct etcd_change *change,
	etcd_each *each, void *context, struct why *why)
{
	CLEANUP(free) char *key = NULL;
	CLEANUP(free) char *value = NULL;
	int r;

	r = copy_text(v[KEY], "key", &key, why);
	if (r == 0)
		r = copy_text(v[VALUE], "value", &value, why);
	if (r == 0)
		r = etcd_number(v[MODIFIED_INDEX], "modifiedIndex",
			&change->index, why);
	if (r < 0)
		return r;
	change->key = key;
	change->value = value;
	change->leased = v[TTL] != NULL;
	return each(context, change, why);
}

/* As deep as the JSON, which has a ceiling. */
static int walk_node(struct json_object *node, etcd_each *each, void *context,
	struct why *why)
{
	struct etcd_change change = {.action = ETCD_PUT};
	struct json_object *v[FIELDS];
	int r;

	if (!json_object_is_type(node, json_type_object))
		return why_set(why, -EBADMSG, "a node that is no object");
	fields_pick(node, field_names, v, FIELDS);
	if (!json_object_get_boolean(v[DIR]))
		return tell_node(v, &change, each, context, why);
	r = field_is(v[NODES], "nodes", json_type_array, why);
	for (size_t i = 0; r == 0 && i < field_count(v[NODES]); i++)
		r = walk_node(json_object_array_get_idx(v[NODES], i), each,
			context, why);
	return r;
}

int etcd2_node_read(const char *text, size_t length, etcd_each *each,
	void *context, struct why *why)
{
	CLEANUP(json_object_put) struct json_object *node = NULL;
	int r;

	r = json_parse_object(text, length, ELEMENTS_DEPTH_MAX, &node, why);
	return r < 0 ? r : walk_node(node, each, context, why);
}

/* Of an answer or an event. *ret is borrowed. */
static int pick_node(struct json_object *object, struct json_object **ret,
	struct why *why)
{
	static const char *const name = "node";

	fields_pick(object, &name, ret, 1);
	if (json_object_is_type(*ret, json_type_object))
		return 0;
	return why_set(why, -EBADMSG, "an answer without a node");
}

int etcd2_frame_read(
	const char *text, size_t length, size_t count, struct why *why)
{
	CLEANUP(json_object_put) struct json_object *object = NULL;
	struct json_object *node, *v[FIELDS];
	int r;

	r = json_parse_object(text, length, ELEMENTS_DEPTH_MAX, &object, why);
	if (r == 0)
		r = pick_node(object, &node, why);
	if (r < 0)
		return r;
	fields_pick(node, field_names, v, FIELDS);
	if (!json_object_get_boolean(v[DIR]))
		return why_set(why, -ENOTDIR,
			"the path is a key, and no directory");
	r = field_is(v[NODES], "nodes", json_type_array, why);
	if (r == 0 && field_count(v[NODES]) != count)
		r = why_set(why, -EBADMSG, "nodes where none can be");
	return r;
}

static const struct {
	const char *name;
	enum etcd_action action;
} actions[] = {
	{"set", ETCD_PUT},
	{"create", ETCD_PUT},
	{"update", ETCD_PUT},
	{"compareAndSwap", ETCD_PUT},
	{"delete", ETCD_DELETED},
	{"compareAndDelete", ETCD_DELETED},
	{"expire", ETCD_EXPIRED},
};

static enum etcd_action action_of(struct json_object *object, bool dir)
{
	static const char *const name = "action";
	struct json_object *value;

	fields_pick(object, &name, &value, 1);
	if (!json_object_is_type(value, json_type_string))
		return ETCD_UNKNOWN;
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(json_object_get_string(value), actions[i].name)
			== 0)
			return dir && actions[i].action == ETCD_PUT
				? ETCD_ASIDE
				: actions[i].action;
	return ETCD_UNKNOWN;
}

int etcd2_event_read(const char *text, size_t length, etcd_each *each,
	void *context, struct why *why)
{
	CLEANUP(json_object_put) struct json_object *object = NULL;
	struct json_object *node, *v[FIELDS];
	struct etcd_change change = {.index = 0};
	int r;

	r = json_parse_object(text, length, ELEMENTS_DEPTH_MAX, &object, why);
	if (r == 0)
		r = pick_node(object, &node, why);
	if (r < 0)
		return r;
	fields_pick(node, field_names, v, FIELDS);
	change.directory = json_object_get_boolean(v[DIR]);
	change.action = action_of(object, change.directory);
	return tell_node(v, &change, each, context, why);
}
