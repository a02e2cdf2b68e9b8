/* SPDX-License-Identifier: MIT */
#include "tests/marathon/server.h"

#include <string.h>

/*
 * Where clients should be sent, by someone who knows the truth. Written from
 * section 3.6 of the API notes alone and from what was posted, on purpose
 * without a look at how the task writer or mmsdfs get there: two that agree
 * by sharing code would prove nothing.
 */

struct place {
	char host[300];
	int port;
};

struct file {
	struct text name;
	const struct app *app;
	size_t port; /* index */
};

/* Serving: runs (or is only out of sight), and its last verdict was good. */
static bool serves(const struct instance *instance)
{
	switch (instance->state) {
	case TASK_RUNNING:
		break;
	case TASK_LOST:
	case TASK_UNREACHABLE:
	case TASK_UNREACHABLE_INACTIVE:
		if (instance_health(instance) == HEALTH_DEAD)
			return false;
		break;
	case TASK_STAGING:
	case TASK_STARTING:
	case TASK_KILLING:
	case TASK_FINISHED:
	case TASK_FAILED:
	case TASK_KILLED:
	case TASK_ERROR:
	case TASK_DROPPED:
	case TASK_GONE:
	case TASK_GONE_BY_OPERATOR:
	case TASK_UNKNOWN:
	case TASK_STATES:
		return false;
	}
	return !instance->definition->check_count || instance->was_good;
}

static void put_host(struct place *place, const char *host)
{
	snprintf(place->host, sizeof(place->host),
		strchr(host, ':') ? "[%s]" : "%s", host);
}

/* Port number index of an instance of the app; false: not reachable. */
static bool place_find(const struct app *app, const struct instance *instance,
	size_t index, struct place *ret)
{
	const struct definition *d = app->definition;
	const struct port *port = &d->ports[index];
	size_t taken = 0, i;

	if (d->network != NETWORK_HOST && d->mapped &&
		port->host_port == HOST_PORT_NONE) {
		put_host(ret, instance->ip);
		ret->port = port->container_port;
		return instance->started_at != 0;
	}
	/* task.ports has an entry for each port that has a host port */
	for (i = 0; i < index; i++)
		taken += d->ports[i].host_port != HOST_PORT_NONE;
	if (taken >= instance->port_count)
		return false;
	/* 1.4+: what has become inactive shows no ports any more */
	if (!instance_active(instance))
		return false;
	put_host(ret, instance->host_shown ? instance->host_shown
					   : instance->host->name);
	ret->port = instance->ports[taken];
	return ret->port != 0;
}

static int place_compare(const void *a, const void *b)
{
	const struct place *left = a, *right = b;
	int r = strcmp(left->host, right->host);

	return r ? r : (left->port > right->port) - (left->port < right->port);
}

/* The places of one port, sorted; the caller frees. */
static struct place *places_find(
	const struct app *app, size_t index, size_t *ret_count)
{
	struct place *places =
		calloc(app->instance_count + 1, sizeof(*places));
	size_t count = 0, i;

	for (i = 0; places && i < app->instance_count; i++)
		if (serves(app->instances[i]) &&
			place_find(app, app->instances[i], index,
				&places[count]))
			count++;
	if (places)
		qsort(places, count, sizeof(*places), place_compare);
	*ret_count = count;
	return places;
}

static void put_json(const struct app *app, struct text *text)
{
	struct place *places;
	size_t count, i, j;

	text_put(text, "{\"id\":");
	text_quote(text, app->definition->id);
	text_put(text, ",\"ports\":[");
	for (i = 0; i < app->definition->port_count; i++) {
		places = places_find(app, i, &count);
		text_print(text,
			"%s{\"index\":%zu,\"servicePort\":%d,\"name\":",
			i ? "," : "", i, app->definition->ports[i].service_port);
		text_quote(text, app->definition->ports[i].name);
		text_put(text, ",\"endpoints\":[");
		for (j = 0; j < count; j++)
			text_print(text, "%s\"%s:%d\"", j ? "," : "",
				places[j].host, places[j].port);
		text_put(text, "]}");
		free(places);
	}
	text_put(text, "]}");
}

static void file_name(
	const struct app *app, const char *suffix, struct text *name)
{
	const char *id = app->definition->id + 1;

	text_clear(name);
	for (; *id; id++)
		text_add(name, *id == '/' ? "." : id, 1);
	text_print(name, "%s.instances", suffix);
}

static int file_compare(const void *a, const void *b)
{
	const struct file *left = a, *right = b;

	return strcmp(left->name.data, right->name.data);
}

struct files {
	struct file *list;
	size_t count;
};

static void file_add(struct files *files, const struct app *app, size_t port,
	const char *suffix)
{
	struct file *list = reallocarray(
		files->list, files->count + 1, sizeof(*list));

	if (!list)
		return;
	files->list = list;
	memset(&list[files->count], 0, sizeof(*list));
	list[files->count].app = app;
	list[files->count].port = port;
	file_name(app, suffix, &list[files->count].name);
	files->count++;
}

/* <id>, and when there are more ports also <id>_<index> and <id>_<name>. */
static void files_add(struct files *files, const struct app *app)
{
	const struct definition *d = app->definition;
	char suffix[300];
	size_t i;

	for (i = 0; i < d->port_count; i++) {
		if (i == 0)
			file_add(files, app, i, "");
		snprintf(suffix, sizeof(suffix), "_%zu", i);
		if (d->port_count > 1)
			file_add(files, app, i, suffix);
		if (!d->ports[i].name || d->port_count < 2)
			continue;
		snprintf(suffix, sizeof(suffix), "_%s", d->ports[i].name);
		file_add(files, app, i, suffix);
	}
}

static void put_lines(
	const struct file *file, bool names_only, struct text *text)
{
	struct place *places;
	size_t count, i;

	if (names_only) {
		text_print(text, "%s\n", file->name.data);
		return;
	}
	places = places_find(file->app, file->port, &count);
	for (i = 0; i < count; i++)
		text_print(text, "%s:%s:%d\n", file->name.data, places[i].host,
			places[i].port);
	free(places);
}

static void put_files(struct model *model, bool names_only, struct text *text)
{
	struct files files = {0};
	size_t i;

	for (i = 0; i < model->app_count; i++)
		files_add(&files, model->apps[i]);
	qsort(files.list, files.count, sizeof(*files.list), file_compare);
	for (i = 0; i < files.count; i++) {
		put_lines(&files.list[i], names_only, text);
		text_done(&files.list[i].name);
	}
	free(files.list);
}

void oracle_write(struct model *model, const char *format, struct text *text)
{
	size_t i;

	if (format && strcmp(format, "instances") == 0) {
		put_files(model, false, text);
		return;
	}
	if (format && strcmp(format, "names") == 0) {
		put_files(model, true, text);
		return;
	}
	text_put(text, "{\"apps\":[");
	for (i = 0; i < model->app_count; i++) {
		if (i)
			text_put(text, ",");
		put_json(model->apps[i], text);
	}
	text_put(text, "]}");
}
