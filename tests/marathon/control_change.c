/* SPDX-License-Identifier: MIT */
#include "tests/marathon/server.h"

#include <errno.h>
#include <string.h>

/* The part of /control that changes the model. main.c documents it. */

static void change_read(struct change *change, const struct request *request)
{
	*change = (struct change){
		.model = &request->server->model,
		.hub = &request->server->hub,
		.suppress = request_flag(request, "suppress"),
		.duplicate = request_flag(request, "duplicate"),
		.shuffle = request_flag(request, "shuffle"),
		.delay_ms = (unsigned)request_number(request, "delay-ms", 0),
		.pace_ms = (unsigned)request_number(request, "pace-ms", 0),
		.linger = request_flag(request, "linger"),
		.staging = request_flag(request, "staging"),
		.unchecked = request_flag(request, "unchecked"),
	};
}

static const char *param(const struct request *request, const char *name)
{
	const char *value = request_param(request, name);

	return value ? value : "";
}

/* All below return 0 or -errno; the model is locked. */

static int control_app(
	const struct request *request, struct change *change, struct app *app)
{
	CLEANUP(json_unref) struct json_object *posted =
		json_tokener_parse(request->body.data ? request->body.data
						      : "");
	struct model *model = change->model;
	int r;

	(void)app;
	if (!posted)
		return -EINVAL;
	model->pool.off = strcmp(param(request, "assign"), "0") == 0;
	r = change_app(change, posted, request_flag(request, "keep"));
	model->pool.off = false;
	return r;
}

static int control_delete(
	const struct request *request, struct change *change, struct app *app)
{
	(void)request;
	return change_delete(change, app);
}

static int control_scale(
	const struct request *request, struct change *change, struct app *app)
{
	return change_scale(
		change, app, (int)request_number(request, "instances", 1));
}

static int control_start(
	const struct request *request, struct change *change, struct app *app)
{
	long count = request_number(request, "count", 1);
	int r = 0;

	while (count-- > 0 && r == 0)
		r = change_start(change, app);
	return r;
}

static int control_kill(
	const struct request *request, struct change *change, struct app *app)
{
	const char *task = request_param(request, "task");
	bool replace = request_flag(request, "replace");
	long count = request_number(request, "count",
		task ? 1 : (long)app->instance_count);
	struct instance *instance;
	int r = 0;

	while (count-- > 0 && r == 0) {
		instance = instance_find(app, task ? task : "0");
		if (!instance)
			return task ? -ENOENT : 0;
		r = change_kill(change, app, instance, replace);
	}
	return r;
}

static int control_deploy(
	const struct request *request, struct change *change, struct app *app)
{
	(void)request;
	return change_deploy(change, app);
}

static int control_task(
	const struct request *request, struct change *change, struct app *app)
{
	struct instance *instance = instance_find(app, param(request, "task"));
	const char *name = request_param(request, "state");
	const char *host = request_param(request, "host");
	const char *ip = request_param(request, "ip");
	enum task_state state;

	if (!instance)
		return -ENOENT;
	state = instance->state;
	if (name && state_find(name, &state) < 0)
		return -EINVAL;
	instance_ports_set(instance, param(request, "ports"));
	if (host) {
		free(instance->host_shown);
		instance->host_shown = strdup(host);
	}
	if (ip)
		snprintf(instance->ip, sizeof(instance->ip), "%s", ip);
	return change_state(change, app, instance, state);
}

static int health_read(const struct request *request, enum health *ret)
{
	static const char *const names[] = {
		[HEALTH_ABSENT] = "absent",
		[HEALTH_ALIVE] = "true",
		[HEALTH_DEAD] = "false",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(param(request, "alive"), names[i]) != 0)
			continue;
		*ret = (enum health)i;
		return 0;
	}
	return -EINVAL;
}

static void app_health(struct change *change, struct app *app, int check,
	enum health health)
{
	size_t i;

	for (i = 0; i < app->instance_count; i++)
		change_health(change, app, app->instances[i], check, health);
}

static int control_health(
	const struct request *request, struct change *change, struct app *app)
{
	const char *task = request_param(request, "task");
	int check = (int)request_number(request, "check", -1);
	struct instance *instance;
	enum health health;

	if (health_read(request, &health) < 0)
		return -EINVAL;
	if (!task) {
		app_health(change, app, check, health);
		return 0;
	}
	instance = instance_find(app, task);
	if (!instance)
		return -ENOENT;
	change_health(change, app, instance, check, health);
	return 0;
}

static int control_health_all(
	const struct request *request, struct change *change, struct app *app)
{
	struct model *model = change->model;
	enum health health;
	size_t i;

	(void)app;
	if (health_read(request, &health) < 0)
		return -EINVAL;
	for (i = 0; i < model->app_count; i++)
		app_health(change, model->apps[i], -1, health);
	return 0;
}

/* As a new leader has it: nothing is known, and nobody says so. */
static int control_health_absent_all(
	const struct request *request, struct change *change, struct app *app)
{
	struct model *model = change->model;
	size_t i;

	(void)request;
	(void)app;
	change->suppress = true;
	for (i = 0; i < model->app_count; i++)
		app_health(change, model->apps[i], -1, HEALTH_ABSENT);
	return 0;
}

static int control_pod(
	const struct request *request, struct change *change, struct app *app)
{
	struct json_object *posted = json_tokener_parse(
		request->body.data ? request->body.data : "");
	struct model *model = change->model;
	struct json_object **pods;

	(void)app;
	if (!posted)
		return -EINVAL;
	pods = reallocarray(
		model->pods, model->pod_count + 1, sizeof(*pods));
	if (!pods) {
		json_object_put(posted);
		return -ENOMEM;
	}
	model->pods = pods;
	pods[model->pod_count++] = posted;
	change_add(change, event_uri("pod_created_event", "/v2/pods"));
	return 0;
}

/* The body is the event's data, whatever it is. */
static int control_event(
	const struct request *request, struct change *change, struct app *app)
{
	struct event *event = event_new(NULL);

	(void)app;
	if (!event)
		return -ENOMEM;
	text_clear(&event->json);
	text_add(&event->json, request->body.data ? request->body.data : "",
		request->body.len);
	change_add(change, event);
	return 0;
}

static int control_scheduler(
	const struct request *request, struct change *change, struct app *app)
{
	static const char *const types[] = {
		"scheduler_registered_event",
		"scheduler_reregistered_event",
		"scheduler_disconnected_event",
	};
	size_t i;

	(void)app;
	for (i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (strcmp(param(request, "type"), types[i]) != 0)
			continue;
		change_add(change, event_scheduler(types[i]));
		return 0;
	}
	return -EINVAL;
}

static const struct command {
	const char *name;
	bool of_app; /* needs id= */
	int (*run)(const struct request *request, struct change *change,
		struct app *app);
} commands[] = {
	{"app", false, control_app},
	{"delete", true, control_delete},
	{"scale", true, control_scale},
	{"start", true, control_start},
	{"kill", true, control_kill},
	{"deploy", true, control_deploy},
	{"task", true, control_task},
	{"health", true, control_health},
	{"health-all", false, control_health_all},
	{"health-absent-all", false, control_health_absent_all},
	{"pod", false, control_pod},
	{"event", false, control_event},
	{"scheduler", false, control_scheduler},
};

static const struct command *command_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int command_run(const struct command *command,
	const struct request *request, struct change *change)
{
	struct model *model = change->model;
	struct app *app = NULL;
	int r = 0;

	pthread_mutex_lock(&model->lock);
	if (command->of_app) {
		app = model_find(model, param(request, "id"));
		r = app ? 0 : -ENOENT;
	}
	if (r == 0)
		r = command->run(request, change, app);
	/* in order with all other changes, unless they are to come late */
	if (!change->delay_ms)
		change_publish(change);
	pthread_mutex_unlock(&model->lock);
	change_done(change);
	return r;
}

bool control_change_serve(struct request *request, struct reply *reply)
{
	const struct command *command = command_find(request->path + 9);
	struct change change;
	int r;

	if (!command)
		return false;
	change_read(&change, request);
	r = command_run(command, request, &change);
	reply_json(reply, r == 0 ? 200 : r == -ENOENT ? 404
				 : r == -EBUSY	      ? 409
						      : 400);
	if (r == 0)
		text_print(&reply->body, "{\"at\":%lld}\n",
			(long long)change.at);
	else
		text_print(&reply->body, "{\"error\":\"%s\"}\n",
			strerror(-r));
	return true;
}
