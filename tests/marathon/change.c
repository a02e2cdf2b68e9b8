/* SPDX-License-Identifier: MIT */
#include "tests/marathon/change.h"

#include <errno.h>
#include <string.h>
#include <time.h>

void change_add(struct change *change, struct event *event)
{
	struct event **events;

	if (!event)
		return;
	events = reallocarray(change->events,
		change->event_count + 1 + change->duplicate, sizeof(*events));
	if (!events) {
		event_unref(event);
		return;
	}
	change->events = events;
	events[change->event_count++] = event;
	if (change->duplicate)
		events[change->event_count++] = event_ref(event);
}

static void events_shuffle(struct event **events, size_t count)
{
	struct event *swap;
	size_t i, j;

	for (i = count; i > 1; i--) {
		j = random_next() % i;
		swap = events[i - 1];
		events[i - 1] = events[j];
		events[j] = swap;
	}
}

void change_publish(struct change *change)
{
	size_t i;

	if (change->shuffle)
		events_shuffle(change->events, change->event_count);
	if (!change->at)
		change->at = now_ns();
	for (i = 0; i < change->event_count; i++) {
		if (!change->suppress) {
			if (!change->first)
				change->first = event_ref(change->events[i]);
			hub_publish(change->hub, change->events[i]);
		}
		event_unref(change->events[i]);
	}
	free(take_ptr(&change->events));
	change->event_count = 0;
}

static void pause_ms(unsigned ms)
{
	struct timespec pause = {ms / 1000, ms % 1000 * 1000000L};

	nanosleep(&pause, NULL);
}

void change_flush(struct change *change)
{
	change_publish(change);
	event_unref(take_ptr(&change->first));
}

void change_done(struct change *change)
{
	if (change->delay_ms)
		pause_ms(change->delay_ms);
	change_publish(change);
	if (change->first)
		change->at = hub_wait_written(change->hub, change->first);
	event_unref(take_ptr(&change->first));
}

/* Others may do anything but delete the app meanwhile. */
static void change_pause(struct change *change)
{
	if (!change->pace_ms)
		return;
	change_publish(change);
	pthread_mutex_unlock(&change->model->lock);
	pause_ms(change->pace_ms);
	pthread_mutex_lock(&change->model->lock);
}

/* The same across a pause, in which the instance may go. */
static struct instance *instance_pause(
	struct change *change, struct app *app, struct instance *instance)
{
	CLEANUP(free) char *id = NULL;

	if (!change->pace_ms)
		return instance;
	id = strdup(instance->task_id);
	change_pause(change);
	return id ? instance_find(app, id) : NULL;
}

static bool since(const struct change *change, unsigned version)
{
	return change->model->profile.number >= version;
}

static void add_condition(struct change *change,
	const struct instance *instance, const char *condition)
{
	if (since(change, VERSION(1, 4, 0)))
		change_add(change,
			event_instance(change->model, instance, condition));
}

static void failure_note(struct app *app, const struct instance *instance)
{
	struct failure *failure = &app->failure;

	free(failure->task_id);
	free(failure->host);
	free(failure->agent);
	failure->task_id = strdup(instance->task_id);
	failure->host = strdup(instance->host->name);
	failure->agent = strdup(instance->host->agent);
	failure->state = instance->state;
	memcpy(failure->version, instance->definition->version, ISO_SIZE);
	iso_write(failure->timestamp, now_ms());
}

static void state_set(struct change *change, struct app *app,
	struct instance *instance, enum task_state state)
{
	instance->state = state;
	if (state == TASK_RUNNING && !instance->started_at)
		instance->started_at = now_ms();
	app->stale = true;
	if (state == TASK_FAILED || state == TASK_ERROR)
		failure_note(app, instance);
	change_add(change, event_status(change->model, instance));
	add_condition(change, instance, NULL);
}

void change_health(struct change *change, struct app *app,
	struct instance *instance, int check, enum health health)
{
	enum health before = instance_health(instance);
	struct json_object *checks =
		json_path(instance->definition->posted, "healthChecks");

	if (!instance->definition->check_count)
		return;
	instance_health_set(instance, check, health);
	app->stale = true;
	if (health == HEALTH_DEAD)
		change_add(change,
			event_failed_check(change->model, instance,
				json_object_array_get_idx(checks,
					check < 0 ? 0 : (size_t)check)));
	if (before == instance_health(instance))
		return;
	if (since(change, VERSION(1, 4, 0)))
		change_add(change,
			event_instance_health(change->model, instance));
	if (health != HEALTH_ABSENT)
		change_add(change, event_health(change->model, instance,
					   health == HEALTH_ALIVE));
}

/* From TASK_STAGING to a healthy TASK_RUNNING. */
static void instance_live(
	struct change *change, struct app *app, struct instance *instance)
{
	if (since(change, VERSION(1, 8, 0))) {
		add_condition(change, instance, "Scheduled");
		add_condition(change, instance, "Provisioned");
	} else {
		add_condition(change, instance, "Created");
		state_set(change, app, instance, TASK_STAGING);
	}
	if (change->staging)
		return;
	instance = instance_pause(change, app, instance);
	if (instance && since(change, VERSION(1, 4, 0))) {
		state_set(change, app, instance, TASK_STARTING);
		instance = instance_pause(change, app, instance);
	}
	if (instance) {
		state_set(change, app, instance, TASK_RUNNING);
		instance = instance_pause(change, app, instance);
	}
	if (instance && !change->unchecked)
		change_health(change, app, instance, -1, HEALTH_ALIVE);
}

int change_start(struct change *change, struct app *app)
{
	struct instance *instance;
	int r = instance_add(change->model, app, &instance);

	if (r == 0)
		instance_live(change, app, instance);
	return r;
}

/* What happens to an instance whose task has ended. */
static int instance_end(struct change *change, struct app *app,
	struct instance *instance, bool replace)
{
	bool stays = change->model->profile.terminal_stays;
	int r;

	if (replace && stays) {
		r = instance_relaunch(change->model, app, instance);
		if (r == 0)
			instance_live(change, app, instance);
		return r;
	}
	if (!(stays && change->linger))
		instance_remove(change->model, app, instance);
	return replace ? change_start(change, app) : 0;
}

int change_kill(struct change *change, struct app *app,
	struct instance *instance, bool replace)
{
	if (since(change, VERSION(1, 4, 0))) {
		state_set(change, app, instance, TASK_KILLING);
		instance = instance_pause(change, app, instance);
		if (!instance)
			return 0;
	}
	state_set(change, app, instance, TASK_KILLED);
	return instance_end(change, app, instance, replace);
}

int change_state(struct change *change, struct app *app,
	struct instance *instance, enum task_state state)
{
	bool stays = change->model->profile.terminal_stays;

	state_set(change, app, instance, state);
	if (state_ended(state) && !stays)
		instance_remove(change->model, app, instance);
	return 0;
}

/* The two ends of a deployment. The step's work is between them. */
struct deployment {
	struct plan plan;
	struct text original, target;
	char group[ISO_SIZE + 256];
};

static void group_of(char *ret, size_t size, const char *id)
{
	const char *slash = strrchr(id, '/');

	if (!slash || slash == id)
		snprintf(ret, size, "/");
	else
		snprintf(ret, size, "%.*s", (int)(slash - id), id);
}

static void deployment_before(struct change *change, struct deployment *d)
{
	memset(d, 0, sizeof(*d));
	if (!change->suppress && hub_heavy(change->hub))
		group_write(change->model, "/", true, false, &d->original);
}

static void deployment_begin(struct change *change, struct deployment *d,
	struct app *app, bool deleted)
{
	const struct definition *now = app->definition;
	char uri[300];

	uuid_write(d->plan.id);
	d->plan.app_id = now->id;
	memcpy(d->plan.version, now->version, ISO_SIZE);
	if (d->original.len) {
		group_write(change->model, "/", true, false, &d->target);
		d->plan.original = &d->original;
		d->plan.target = &d->target;
	}
	memcpy(app->deployment, d->plan.id, sizeof(app->deployment));
	app->stale = true;
	group_of(d->group, sizeof(d->group), now->id);
	snprintf(uri, sizeof(uri), "/v2/apps%s", now->id);
	change_add(change, event_api_post(now, uri, deleted));
	change_add(change, event_group(d->group, now->version));
	change_add(change, event_deployment(change->model, "deployment_info",
				   &d->plan, 0));
}

static void deployment_step(
	struct change *change, struct deployment *d, size_t step)
{
	change_add(change, event_deployment(change->model,
				   "deployment_step_success", &d->plan, step));
	if (step + 1 < d->plan.action_count)
		change_add(change,
			event_deployment(change->model, "deployment_info",
				&d->plan, step + 1));
}

static void deployment_end(
	struct change *change, struct deployment *d, struct app *app)
{
	change_add(change, event_deployment(change->model,
				   "deployment_success", &d->plan, 0));
	*app->deployment = '\0';
	app->stale = true;
	text_done(&d->original);
	text_done(&d->target);
}

static void add_checks(struct change *change, const struct definition *now)
{
	struct json_object *checks = json_path(now->posted, "healthChecks");
	size_t i;

	for (i = 0; i < now->check_count; i++)
		change_add(change, event_add_check(now,
					   json_object_array_get_idx(checks,
						   i)));
}

static size_t live_count(const struct app *app)
{
	size_t count = 0, i;

	for (i = 0; i < app->instance_count; i++)
		count += !state_ended(app->instances[i]->state);
	return count;
}

/* More or fewer instances, until there are as many as are wanted. */
static int instances_fit(struct change *change, struct app *app)
{
	size_t wanted = (size_t)app->definition->instances;
	int r = 0;

	while (r == 0 && live_count(app) < wanted)
		r = change_start(change, app);
	while (r == 0 && app->instance_count > wanted)
		r = change_kill(change, app,
			app->instances[app->instance_count - 1], false);
	return r;
}

/* Every instance that has another version makes room for a new one. */
static int instances_roll(struct change *change, struct app *app, bool all)
{
	size_t count = app->instance_count;
	size_t wanted = (size_t)app->definition->instances;
	struct instance *old;
	size_t i, kept = 0;
	int r = 0;

	for (i = 0; i < count && kept < app->instance_count && r == 0; i++) {
		old = app->instances[kept];
		if (!all && old->definition == app->definition) {
			kept++;
			continue;
		}
		if (i < wanted)
			r = change_start(change, app);
		/* a pause may have moved them */
		if (r == 0 && kept < app->instance_count)
			r = change_kill(change, app, app->instances[kept],
				false);
	}
	return r;
}

static int app_create(struct change *change, struct definition *definition)
{
	struct deployment d;
	struct app *app;
	int r;

	deployment_before(change, &d);
	r = model_add(change->model, definition, &app);
	if (r < 0)
		return r;
	d.plan.actions[0] = ACTION_START;
	d.plan.actions[1] = ACTION_SCALE;
	d.plan.action_count = 2;
	deployment_begin(change, &d, app, false);
	add_checks(change, definition);
	deployment_step(change, &d, 0);
	change_pause(change);
	r = instances_fit(change, app);
	deployment_step(change, &d, 1);
	deployment_end(change, &d, app);
	return r;
}

static int app_update(struct change *change, struct app *app,
	struct definition *definition, enum action action, bool keep)
{
	struct deployment d;
	int r;

	deployment_before(change, &d);
	r = app_define(app, definition);
	if (r < 0)
		return r;
	memcpy(change->model->version, definition->version, ISO_SIZE);
	d.plan.actions[0] = action;
	d.plan.action_count = 1;
	deployment_begin(change, &d, app, false);
	if (action == ACTION_RESTART)
		add_checks(change, definition);
	change_pause(change);
	if (action == ACTION_RESTART && !keep)
		r = instances_roll(change, app, false);
	if (r == 0 && !keep)
		r = instances_fit(change, app);
	deployment_step(change, &d, 0);
	deployment_end(change, &d, app);
	return r;
}

int change_app(struct change *change, struct json_object *posted, bool keep)
{
	const char *id = json_object_get_string(json_path(posted, "id"));
	struct model *model = change->model;
	struct definition *definition;
	struct app *app;
	int r;

	if (!id)
		return -EINVAL;
	app = model_find(model, id);
	if (app && *app->deployment)
		return -EBUSY;
	r = definition_new(posted, app ? app->definition : NULL,
		&model->profile, &model->pool, &definition);
	if (r < 0)
		return r;
	if (!app)
		return app_create(change, definition);
	return app_update(change, app, definition, ACTION_RESTART, keep);
}

int change_scale(struct change *change, struct app *app, int instances)
{
	struct model *model = change->model;
	struct definition *definition;
	int r;

	if (*app->deployment)
		return -EBUSY;
	r = definition_scale(app->definition, instances, &model->profile,
		&model->pool, &definition);
	if (r < 0)
		return r;
	return app_update(change, app, definition, ACTION_SCALE, false);
}

int change_deploy(struct change *change, struct app *app)
{
	if (*app->deployment)
		return -EBUSY;
	return change_app(change, app->definition->posted, false);
}

int change_delete(struct change *change, struct app *app)
{
	bool early = since(change, VERSION(0, 11, 0));
	CLEANUP(app_free) struct app *gone = app;
	struct deployment d;
	int r = 0;

	if (*app->deployment) {
		gone = NULL;
		return -EBUSY;
	}
	deployment_before(change, &d);
	/* from 0.11 it is not listed while its tasks are still dying */
	if (early)
		model_detach(change->model, app);
	d.plan.actions[0] = ACTION_STOP;
	d.plan.action_count = 1;
	deployment_begin(change, &d, app, true);
	change_pause(change);
	while (app->instance_count && r == 0)
		r = change_kill(change, app,
			app->instances[app->instance_count - 1], false);
	if (app->definition->check_count)
		change_add(change, event_app("remove_health_check_event",
					   app->definition->id));
	change_add(change,
		event_app("app_terminated_event", app->definition->id));
	deployment_step(change, &d, 0);
	deployment_end(change, &d, app);
	if (!early)
		model_detach(change->model, app);
	return r;
}
