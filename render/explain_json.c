/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "render/explain.h"
#include "render/utf8.h"

CLEANUP_DEFINE(struct json_object *, json_object_put)

/* json-c gives up silently without memory: one failure spoils the whole. */
struct writer {
	bool failed;
};

static struct json_object *keep(struct writer *w, struct json_object *object)
{
	w->failed |= !object;
	return object;
}

/* Takes over value. */
static void put(struct writer *w, struct json_object *object, const char *key,
	struct json_object *value)
{
	if (value && object && json_object_object_add(object, key, value) == 0)
		return;
	w->failed = true;
	json_object_put(value);
}

/* Takes over value. */
static void append(
	struct writer *w, struct json_object *array, struct json_object *value)
{
	if (value && array && json_object_array_add(array, value) == 0)
		return;
	w->failed = true;
	json_object_put(value);
}

/* NULL is null; other text may hold any byte, and JSON is UTF-8. */
static void put_text(struct writer *w, struct json_object *object,
	const char *key, const char *text)
{
	CLEANUP(free) char *clean = text ? utf8_clean(text) : NULL;

	if (!text && object)
		json_object_object_add(object, key, NULL);
	else
		put(w, object, key,
			clean ? json_object_new_string(clean) : NULL);
}

static void put_number(struct writer *w, struct json_object *object,
	const char *key, int64_t n)
{
	put(w, object, key, json_object_new_int64(n));
}

static void put_bool(
	struct writer *w, struct json_object *object, const char *key, bool b)
{
	put(w, object, key, json_object_new_boolean(b));
}

static struct json_object *file_object(
	struct writer *w, const struct explain_file *file)
{
	static const char *const words[] = {
		[THERE_UNASKED] = NULL,
		[THERE_SAME] = "same",
		[THERE_MISSING] = "missing",
		[THERE_OTHER] = "other",
	};
	struct json_object *o = keep(w, json_object_new_object());

	put_text(w, o, "name", file->name);
	put_number(w, o, "lines", (int64_t)file->lines);
	put_text(w, o, "there", words[file->there]);
	put_text(w, o, "only_there", file->only_there);
	put_text(w, o, "only_here", file->only_here);
	return o;
}

static struct json_object *files_array(
	struct writer *w, const struct explanation *e, uint32_t port_index)
{
	struct json_object *array = keep(w, json_object_new_array());

	for (size_t i = 0; i < e->file_count; i++)
		if (e->files[i].port_index == port_index)
			append(w, array, file_object(w, &e->files[i]));
	return array;
}

static struct json_object *ports_array(
	struct writer *w, const struct explanation *e)
{
	struct json_object *array = keep(w, json_object_new_array());

	for (uint32_t i = 0; i < e->app->port_count; i++) {
		const struct port *port = &e->app->ports[i];
		struct json_object *o = keep(w, json_object_new_object());

		put_text(w, o, "name", port->name);
		put_number(w, o, "service_port", port->service_port);
		put_bool(w, o, "tcp", port->protocols & PORT_TCP);
		put_bool(w, o, "udp", port->protocols & PORT_UDP);
		put_bool(w, o, "hidden", port->hidden);
		put(w, o, "files", files_array(w, e, i));
		append(w, array, o);
	}
	return array;
}

static struct json_object *endpoints_array(struct writer *w,
	const struct app *app, const struct instance *instance)
{
	struct json_object *array = keep(w, json_object_new_array());

	for (uint32_t i = 0; i < app->port_count; i++) {
		const struct endpoint *at = &instance->endpoints[i];
		struct json_object *o = keep(w, json_object_new_object());

		put_text(w, o, "host", at->port ? at->host : NULL);
		put_number(w, o, "port", at->port);
		append(w, array, o);
	}
	return array;
}

static struct json_object *instances_array(
	struct writer *w, const struct explanation *e)
{
	struct json_object *array = keep(w, json_object_new_array());

	for (uint32_t i = 0; i < e->app->instance_count; i++) {
		const struct instance *instance = &e->app->instances[i];
		struct json_object *o = keep(w, json_object_new_object());

		put_text(w, o, "id", instance->id);
		put_text(w, o, "host", instance->host);
		put_bool(w, o, "serving", instance->state == INSTANCE_SERVING);
		put_text(w, o, "state", explain_state(instance));
		put_text(w, o, "health", explain_health(instance));
		put_bool(w, o, "lost", instance->lost);
		put_bool(w, o, "asked",
			e->task && strcmp(e->task, instance->id) == 0);
		put(w, o, "endpoints", endpoints_array(w, e->app, instance));
		append(w, array, o);
	}
	return array;
}

static struct json_object *lines_array(
	struct writer *w, const struct explanation *e)
{
	struct json_object *array = keep(w, json_object_new_array());

	for (size_t i = 0; i < e->line_count; i++) {
		const struct explain_line *line = &e->lines[i];
		CLEANUP(free) char *text = strndup(line->text, line->length);
		struct json_object *o = keep(w, json_object_new_object());

		put_text(w, o, "view", line->view);
		put_bool(w, o, "section", line->section);
		put_text(w, o, "text", text);
		w->failed |= !text;
		append(w, array, o);
	}
	return array;
}

static struct json_object *problems_array(
	struct writer *w, const struct problems *problems)
{
	struct json_object *array = keep(w, json_object_new_array());

	for (size_t i = 0; i < problems->count; i++) {
		struct json_object *o = keep(w, json_object_new_object());

		put_text(w, o, "view", problems->items[i].view);
		put_text(w, o, "why", problems->items[i].text);
		append(w, array, o);
	}
	return array;
}

static struct json_object *one_object(
	struct writer *w, const struct explanation *e)
{
	struct json_object *o = keep(w, json_object_new_object());

	put_text(w, o, "app", e->app->key.id);
	put_text(w, o, "source", e->app->key.source);
	put_text(w, o, "version", e->app->version);
	put_number(w, o, "wanted", e->app->target);
	put_number(w, o, "serving", e->app->serving_count);
	put_bool(w, o, "shown", e->shown);
	put_text(w, o, "groups", e->groups);
	put_text(w, o, "groups_item", e->item);
	put_text(w, o, "source_why", e->source ? e->source->why : NULL);
	put_text(w, o, "mountpoint", e->mountpoint);
	put_number(w, o, "held", e->held);
	put(w, o, "ports", ports_array(w, e));
	put(w, o, "instances", instances_array(w, e));
	put(w, o, "lines", lines_array(w, e));
	put(w, o, "problems", problems_array(w, e->problems));
	return o;
}

int explain_json(
	FILE *out, const struct explanation *explanations, size_t count)
{
	CLEANUP(json_object_put) struct json_object *array = NULL;
	struct writer writer = {false};
	const char *text;

	array = keep(&writer, json_object_new_array());
	for (size_t i = 0; i < count; i++)
		append(&writer, array, one_object(&writer, &explanations[i]));
	text = writer.failed ? NULL
			     : json_object_to_json_string_ext(array,
				       JSON_C_TO_STRING_PRETTY |
					       JSON_C_TO_STRING_PRETTY_TAB |
					       JSON_C_TO_STRING_NOSLASHESCAPE);
	if (!text)
		return -ENOMEM;
	fprintf(out, "%s\n", text);
	return 0;
}
