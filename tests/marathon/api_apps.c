/* SPDX-License-Identifier: MIT */
#include "tests/marathon/server.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* What embed= asks for. */
struct embeds {
	bool tasks, failure, stats, readiness;
};

/* The query of a list, read once. */
struct filter {
	const char *id, *cmd, *label;
	const struct access *access;
};

static const char *embed_name(const char *value, const struct profile *profile)
{
	static const char *const prefixes[] = {"group.apps.", "apps.", "app."};
	size_t i;

	if (!profile->embed_set)
		return strncmp(value, "apps.", 5) == 0 ? value + 5 : "";
	for (i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (strncmp(value, prefixes[i], strlen(prefixes[i])) == 0)
			return value + strlen(prefixes[i]);
	return value;
}

static struct embeds embeds_read(const struct request *request)
{
	const struct profile *profile = &request->server->model.profile;
	unsigned version = profile->number;
	struct embeds embeds = {0};
	const char *name;
	size_t i;

	for (i = 0; i < request->param_count; i++) {
		if (strcmp(request->params[i].name, "embed") != 0)
			continue;
		name = embed_name(request->params[i].value, profile);
		embeds.tasks |= strcmp(name, "tasks") == 0 ||
				strcmp(name, "failures") == 0;
		embeds.failure |= strcmp(name, "failures") == 0;
		embeds.failure |= version >= VERSION(0, 11, 0) &&
				  strcmp(name, "lastTaskFailure") == 0;
		embeds.stats |= version >= VERSION(0, 11, 0) &&
				strcmp(name, "taskStats") == 0;
		embeds.readiness |= version >= VERSION(1, 1, 0) &&
				    strcmp(name, "readiness") == 0;
		/* to 0.10 it is one parameter, and the first one wins */
		if (!profile->embed_set)
			break;
	}
	return embeds;
}

static void put_app(struct request *request, struct app *app,
	const struct embeds *embeds, struct text *text)
{
	struct model *model = &request->server->model;
	bool misspelt = model->profile.number >= VERSION(1, 9, 100);
	CLEANUP(text) struct text extra = {0};

	text_put(&extra, "");
	if (embeds->stats)
		text_print(&extra,
			",\"%s\":{\"totalSummary\":{\"stats\":{\"counts\":"
			"{\"staged\":0,\"running\":%zu,\"healthy\":0,"
			"\"unhealthy\":0},\"lifeTime\":{\"averageSeconds\":"
			"1.5,\"medianSeconds\":1.5}}}}",
			misspelt ? "tasksStats" : "taskStats",
			app->instance_count);
	if (embeds->readiness)
		text_put(&extra, ",\"readinessCheckResults\":[]");
	app_write(model, app, embeds->tasks, embeds->failure,
		extra.len ? extra.data : NULL, text);
}

static bool contains(const char *text, const char *part)
{
	return text && strcasestr(text, part);
}

/* 1, 0, or -EINVAL: the selector is no selector. */
static int filter_match(const struct filter *filter, const struct app *app,
	const struct profile *profile)
{
	const struct definition *d = app->definition;
	const char *cmd = json_object_get_string(json_path(d->posted, "cmd"));
	bool id = filter->id && contains(d->id, filter->id);
	bool has_cmd = filter->cmd && contains(cmd, filter->cmd);

	if (!access_shows(filter->access, d->id))
		return 0;
	if (profile->filters_or)
		return (!filter->id && !filter->cmd) || id || has_cmd;
	if ((filter->id && !id) || (filter->cmd && !has_cmd))
		return 0;
	if (!filter->label || !profile->label_selector)
		return 1;
	return selector_match(filter->label, json_path(d->posted, "labels"));
}

static struct filter filter_read(const struct request *request)
{
	struct filter filter = {
		.id = request_param(request, "id"),
		.cmd = request_param(request, "cmd"),
		.label = request_param(request, "label"),
		.access = &request->server->access,
	};

	if (filter.id && !*filter.id)
		filter.id = NULL;
	if (filter.cmd && !*filter.cmd)
		filter.cmd = NULL;
	if (filter.label && !*filter.label)
		filter.label = NULL;
	return filter;
}

/* How much of the list a fault leaves. */
static size_t list_end(const struct request *request)
{
	size_t count = request->server->model.app_count;

	if (fault_is(request->fault, FAULT_EMPTY_LIST))
		return 0;
	if (fault_is(request->fault, FAULT_CUT_LIST) &&
		request->fault->value > 0)
		return count / (size_t)request->fault->value;
	/* a 0.8 standby without a leader knows what it knows */
	if (request->server->standby_empty && request->server->leader < 0)
		return 0;
	return count;
}

/* The apps of a list, or below a group ("/a/b/", NULL: all). */
static void put_apps(struct request *request, struct reply *reply,
	const char *group, const struct embeds *embeds)
{
	struct model *model = &request->server->model;
	struct filter filter = filter_read(request);
	size_t end = list_end(request);
	bool first = true;
	struct app *app;
	size_t i;
	int r;

	for (i = 0; i < end; i++) {
		app = model->apps[i];
		if (group && strncmp(app->definition->id, group,
				     strlen(group)) != 0)
			continue;
		r = filter_match(&filter, app, &model->profile);
		if (r < 0) {
			reply_error(request, reply, 422,
				"Can not parse label selector '%s'",
				filter.label);
			return;
		}
		if (r == 0)
			continue;
		if (!first)
			text_put(&reply->body, ",");
		first = false;
		put_app(request, app, embeds, &reply->body);
	}
	text_put(&reply->body, "]}");
}

static void list_serve(struct request *request, struct reply *reply)
{
	struct embeds embeds = embeds_read(request);

	text_put(&reply->body, "{\"apps\":[");
	put_apps(request, reply, NULL, &embeds);
}

static void group_serve(
	struct request *request, struct reply *reply, const char *group)
{
	struct embeds embeds = embeds_read(request);

	text_put(&reply->body, "{\"*\":[");
	put_apps(request, reply, group, &embeds);
}

static void app_missing(
	struct request *request, struct reply *reply, const char *id)
{
	reply_error(request, reply, 404, "App '%s' does not exist", id);
}

static void put_tasks_of(struct request *request, const struct app *app,
	bool service_ports, bool *first, struct text *text)
{
	size_t i;

	for (i = 0; i < app->instance_count; i++) {
		if (!*first)
			text_put(text, ",");
		*first = false;
		task_write(&request->server->model, app->instances[i],
			service_ports, text);
	}
}

static void app_tasks_serve(
	struct request *request, struct reply *reply, const char *id)
{
	struct model *model = &request->server->model;
	size_t len = strlen(id);
	bool group = len > 2 && strcmp(id + len - 2, "/*") == 0;
	struct app *app = model_find(model, id);
	bool first = true;
	size_t i;

	if (!app && !group) {
		app_missing(request, reply, id);
		return;
	}
	text_put(&reply->body, "{\"tasks\":[");
	if (app)
		put_tasks_of(request, app, false, &first, &reply->body);
	for (i = 0; group && i < model->app_count; i++)
		if (strncmp(model->apps[i]->definition->id, id, len - 1) == 0)
			put_tasks_of(request, model->apps[i], false, &first,
				&reply->body);
	text_put(&reply->body, "]}");
}

static void versions_serve(struct request *request, struct reply *reply,
	const char *id, const char *version)
{
	struct app *app = model_find(&request->server->model, id);
	const struct definition *d;
	size_t i;

	if (!app) {
		app_missing(request, reply, id);
		return;
	}
	if (!*version)
		text_put(&reply->body, "{\"versions\":[");
	for (i = app->history_count; i-- > 0;) {
		d = app->history[i];
		if (!*version) {
			text_print(&reply->body, "\"%s\"%s", d->version,
				i ? "," : "]}");
		} else if (strcmp(d->version, version) == 0) {
			text_add(&reply->body, d->json.data, d->json.len);
			text_put(&reply->body, "}");
			return;
		}
	}
	if (*version)
		reply_error(request, reply, 404,
			"App '%s' does not have the version %s", id, version);
}

static void app_serve(
	struct request *request, struct reply *reply, const char *id)
{
	struct server *server = request->server;
	struct app *app = model_find(&server->model, id);
	struct embeds embeds = {.tasks = true, .failure = true};

	if (!app || !access_shows(&server->access, app->definition->id)) {
		app_missing(request, reply, id);
		return;
	}
	text_put(&reply->body, "{\"app\":");
	put_app(request, app, &embeds, &reply->body);
	text_put(&reply->body, "}");
}

/* /v2/apps/<id>[/tasks|/versions[/<v>]|/ *]: the id has slashes of its own. */
static void below_serve(
	struct request *request, struct reply *reply, const char *rest)
{
	CLEANUP(free) char *id = NULL;
	char *versions;
	size_t len;

	if (asprintf(&id, "%s%s", *rest == '/' ? "" : "/", rest) < 0)
		return;
	len = strlen(id);
	versions = strstr(id, "/versions");
	if (len > 6 && strcmp(id + len - 6, "/tasks") == 0) {
		id[len - 6] = '\0';
		app_tasks_serve(request, reply, id);
	} else if (versions && (!versions[9] || versions[9] == '/')) {
		*versions = '\0';
		versions_serve(request, reply, id,
			versions[9] ? versions + 10 : "");
	} else if (len > 1 && strcmp(id + len - 2, "/*") == 0) {
		id[len - 1] = '\0';
		group_serve(request, reply, id);
	} else {
		app_serve(request, reply, id);
	}
}

static bool state_asked(
	const struct request *request, const struct instance *instance)
{
	const char *name, *value;
	bool known = false, match = false;
	size_t i;

	for (i = 0; i < request->param_count; i++) {
		name = request->params[i].name;
		value = request->params[i].value;
		if (strcmp(name, "status") != 0 && strcmp(name, "status[]") != 0)
			continue;
		if (strcasecmp(value, "running") == 0) {
			known = true;
			match = match || instance->state == TASK_RUNNING;
		} else if (strcasecmp(value, "staging") == 0) {
			known = true;
			match = match || instance->state == TASK_STAGING;
		}
	}
	return !known || match;
}

static void tasks_json_serve(struct request *request, struct reply *reply)
{
	struct server *server = request->server;
	size_t end = list_end(request);
	bool first = true;
	struct app *app;
	size_t i, j;

	text_put(&reply->body, "{\"tasks\":[");
	for (i = 0; i < end; i++) {
		app = server->model.apps[i];
		if (!access_shows(&server->access, app->definition->id))
			continue;
		for (j = 0; j < app->instance_count; j++) {
			if (!state_asked(request, app->instances[j]))
				continue;
			if (!first)
				text_put(&reply->body, ",");
			first = false;
			task_write(&server->model, app->instances[j], true,
				&reply->body);
		}
	}
	text_put(&reply->body, "]}");
}

static void put_name(struct text *text, const char *id)
{
	for (id += *id == '/'; *id; id++)
		text_add(text, *id == '/' ? "_" : id, 1);
}

/* One line of an app: port number i of it, or none at all (port_count 0). */
static void put_line(struct text *text, const struct app *app, size_t i,
	unsigned version)
{
	const struct definition *d = app->definition;
	const struct instance *task;
	size_t j;

	put_name(text, d->id);
	if (d->port_count)
		text_print(text, "\t%d\t", d->ports[i].service_port);
	else
		text_put(text, "\t \t");
	for (j = 0; j < app->instance_count; j++) {
		task = app->instances[j];
		if (task->state != TASK_RUNNING)
			continue;
		if (!d->port_count)
			text_print(text, "%s%s", task->host->name,
				version < VERSION(1, 5, 0) ? " " : "\t");
		else if (i < task->port_count)
			text_print(text, "%s:%d\t", task->host->name,
				task->ports[i]);
		else if (version < VERSION(0, 14, 0))
			text_print(text, "%s:0\t", task->host->name);
	}
	text_put(text, "\n");
}

static void tasks_text_serve(struct request *request, struct reply *reply)
{
	struct model *model = &request->server->model;
	unsigned version = model->profile.number;
	const struct app *app;
	size_t i, j;

	if (version >= VERSION(1, 10, 0)) {
		reply_html(request, reply, 406, "Not Acceptable");
		return;
	}
	reply->type = "text/plain";
	for (i = 0; i < model->app_count; i++) {
		app = model->apps[i];
		if (version >= VERSION(0, 14, 0) &&
			version < VERSION(1, 3, 0) &&
			app->definition->network == NETWORK_CONTAINER)
			continue;
		for (j = 0; j < app->definition->port_count || j == 0; j++)
			put_line(&reply->body, app, j, version);
	}
}

bool api_apps_serve(struct request *request, struct reply *reply)
{
	struct model *model = &request->server->model;
	const char *accept = request_header(request, "Accept");
	const char *path = request->path;
	bool apps = strncmp(path, "/v2/apps", 8) == 0;
	bool found = true;

	if (!apps && strcmp(path, "/v2/tasks") != 0 &&
		strcmp(path, "/v2/tasks/") != 0)
		return false;
	reply_json(reply, 200);
	pthread_mutex_lock(&model->lock);
	model_read(model);
	if (!apps && accept && strncmp(accept, "text/plain", 10) == 0)
		tasks_text_serve(request, reply);
	else if (!apps)
		tasks_json_serve(request, reply);
	else if (!path[8] || strcmp(path + 8, "/") == 0)
		list_serve(request, reply);
	else if (path[8] == '/')
		below_serve(request, reply, path + 9);
	else
		found = false;
	pthread_mutex_unlock(&model->lock);
	return found;
}
