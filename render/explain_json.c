/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "render/explain.h"
#include "render/out_json.h"

static struct json_object *file_object(
	struct out_json *w, const struct explain_file *file)
{
	static const char *const words[] = {
		[THERE_UNASKED] = NULL,
		[THERE_SAME] = "same",
		[THERE_MISSING] = "missing",
		[THERE_OTHER] = "other",
	};
	struct json_object *o = out_object(w);

	out_text_or_null(w, o, "name", file->name);
	out_number(w, o, "lines", (int64_t)file->lines);
	out_text_or_null(w, o, "there", words[file->there]);
	out_text_or_null(w, o, "only_there", file->only_there);
	out_text_or_null(w, o, "only_here", file->only_here);
	return o;
}

static struct json_object *files_array(
	struct out_json *w, const struct explanation *e, uint32_t port_index)
{
	struct json_object *array = out_array(w);

	for (size_t i = 0; i < e->file_count; i++)
		if (e->files[i].port_index == port_index)
			out_append(w, array, file_object(w, &e->files[i]));
	return array;
}

static struct json_object *ports_array(
	struct out_json *w, const struct explanation *e)
{
	struct json_object *array = out_array(w);

	for (uint32_t i = 0; i < e->app->port_count; i++) {
		const struct port *port = &e->app->ports[i];
		struct json_object *o = out_object(w);

		out_text_or_null(w, o, "name", port->name);
		out_number(w, o, "service_port", port->service_port);
		out_bool(w, o, "tcp", port->protocols & PORT_TCP);
		out_bool(w, o, "udp", port->protocols & PORT_UDP);
		out_bool(w, o, "hidden", port->hidden);
		out_put(w, o, "files", files_array(w, e, i));
		out_append(w, array, o);
	}
	return array;
}

static struct json_object *endpoints_array(struct out_json *w,
	const struct app *app, const struct instance *instance)
{
	struct json_object *array = out_array(w);

	for (uint32_t i = 0; i < app->port_count; i++) {
		const struct endpoint *at = &instance->endpoints[i];
		struct json_object *o = out_object(w);

		out_text_or_null(w, o, "host", at->port ? at->host : NULL);
		out_number(w, o, "port", at->port);
		out_append(w, array, o);
	}
	return array;
}

static struct json_object *instances_array(
	struct out_json *w, const struct explanation *e)
{
	struct json_object *array = out_array(w);

	for (uint32_t i = 0; i < e->app->instance_count; i++) {
		const struct instance *instance = &e->app->instances[i];
		struct json_object *o = out_object(w);

		out_text_or_null(w, o, "id", instance->id);
		out_text_or_null(w, o, "host", instance->host);
		out_bool(w, o, "serving", instance->state == INSTANCE_SERVING);
		out_text_or_null(w, o, "state", explain_state(instance));
		out_text_or_null(w, o, "health", explain_health(instance));
		out_bool(w, o, "lost", instance->lost);
		out_bool(w, o, "asked",
			e->task && strcmp(e->task, instance->id) == 0);
		out_put(w, o, "endpoints",
			endpoints_array(w, e->app, instance));
		out_append(w, array, o);
	}
	return array;
}

static struct json_object *lines_array(
	struct out_json *w, const struct explanation *e)
{
	struct json_object *array = out_array(w);

	for (size_t i = 0; i < e->line_count; i++) {
		const struct explain_line *line = &e->lines[i];
		CLEANUP(free) char *text = strndup(line->text, line->length);
		struct json_object *o = out_object(w);

		out_text_or_null(w, o, "view", line->view);
		out_bool(w, o, "section", line->section);
		out_text_or_null(w, o, "text", text);
		w->failed |= !text;
		out_append(w, array, o);
	}
	return array;
}

static struct json_object *problems_array(
	struct out_json *w, const struct problems *problems)
{
	struct json_object *array = out_array(w);

	for (size_t i = 0; i < problems->count; i++) {
		struct json_object *o = out_object(w);

		out_text_or_null(w, o, "view", problems->items[i].view);
		out_text_or_null(w, o, "why", problems->items[i].text);
		out_append(w, array, o);
	}
	return array;
}

static struct json_object *one_object(
	struct out_json *w, const struct explanation *e)
{
	struct json_object *o = out_object(w);

	out_text_or_null(w, o, "app", e->app->key.id);
	out_text_or_null(w, o, "source", e->app->key.source);
	out_text_or_null(w, o, "version", e->app->version);
	out_number(w, o, "wanted", e->app->target);
	out_number(w, o, "serving", e->app->serving_count);
	out_bool(w, o, "shown", e->shown);
	out_text_or_null(w, o, "groups", e->groups);
	out_text_or_null(w, o, "groups_item", e->item);
	out_text_or_null(w, o, "source_why", e->source ? e->source->why : NULL);
	out_text_or_null(w, o, "mountpoint", e->mountpoint);
	out_number(w, o, "held", e->held);
	out_put(w, o, "ports", ports_array(w, e));
	out_put(w, o, "instances", instances_array(w, e));
	out_put(w, o, "lines", lines_array(w, e));
	out_put(w, o, "problems", problems_array(w, e->problems));
	return o;
}

int explain_json(
	FILE *out, const struct explanation *explanations, size_t count)
{
	CLEANUP(free) char *text = NULL;
	struct out_json writer = {false};
	struct json_object *array = out_array(&writer);
	size_t length;

	for (size_t i = 0; i < count; i++)
		out_append(
			&writer, array, one_object(&writer, &explanations[i]));
	if (out_done(&writer, array, &text, &length) < 0)
		return -ENOMEM;
	fwrite(text, 1, length, out);
	return 0;
}
