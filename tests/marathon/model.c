/* SPDX-License-Identifier: MIT */
#include "tests/marathon/model.h"

#include <errno.h>
#include <string.h>

enum { HOST_PORT_MIN = 31000, HOST_PORT_END = 61000 };

static int host_add(struct model *model, const char *name, size_t len)
{
	struct host *hosts = reallocarray(
		model->hosts, model->host_count + 1, sizeof(*hosts));
	struct host *host;

	if (!hosts)
		return -ENOMEM;
	model->hosts = hosts;
	host = &hosts[model->host_count];
	memset(host, 0, sizeof(*host));
	host->name = strndup(name, len);
	if (asprintf(&host->agent, "4fb620fa-ba8d-4eb0-8ae3-f2912aaf015c-S%zu",
		    model->host_count) < 0)
		host->agent = NULL;
	host->next_port = HOST_PORT_MIN;
	model->host_count++;
	return host->name && host->agent ? 0 : -ENOMEM;
}

static int hosts_init(struct model *model, const char *hosts)
{
	char name[16];
	size_t len;
	int r = 0;
	int i;

	for (i = 1; !hosts && i < 10 && r == 0; i++) {
		snprintf(name, sizeof(name), "agent-%d", i);
		r = host_add(model, name, strlen(name));
	}
	while (hosts && *hosts && r == 0 && model->host_count < HOSTS_MAX) {
		len = strcspn(hosts, ",");
		if (len)
			r = host_add(model, hosts, len);
		hosts += len + (hosts[len] == ',');
	}
	if (r == 0 && !model->host_count)
		return -EINVAL;
	return r;
}

int model_init(struct model *model, const char *profile, const char *hosts)
{
	int r;

	memset(model, 0, sizeof(*model));
	pthread_mutex_init(&model->lock, NULL);
	iso_write(model->version, now_unique_ms());
	r = profile_find(profile, &model->profile);
	if (r < 0)
		return r;
	return hosts_init(model, hosts);
}

static void failure_done(struct failure *failure)
{
	free(failure->task_id);
	free(failure->host);
	free(failure->agent);
}

static void instance_free(struct instance *instance)
{
	if (!instance)
		return;
	free(instance->task_id);
	free(instance->instance_id);
	free(instance->host_shown);
	free(instance->ports);
	definition_unref(instance->definition);
	free(instance);
}
CLEANUP_DEFINE(struct instance *, instance_free)

void app_free(struct app *app)
{
	size_t i;

	if (!app)
		return;
	for (i = 0; i < app->instance_count; i++)
		instance_free(app->instances[i]);
	free(app->instances);
	for (i = 0; i < app->history_count; i++)
		definition_unref(app->history[i]);
	free(app->history);
	failure_done(&app->failure);
	text_done(&app->counts);
	text_done(&app->tasks);
	free(app->moving);
	free(app);
}

void model_done(struct model *model)
{
	size_t i;

	for (i = 0; i < model->app_count; i++)
		app_free(model->apps[i]);
	free(model->apps);
	for (i = 0; i < model->pod_count; i++)
		json_object_put(model->pods[i]);
	free(model->pods);
	for (i = 0; i < model->host_count; i++) {
		free(model->hosts[i].name);
		free(model->hosts[i].agent);
	}
	free(model->hosts);
	pthread_mutex_destroy(&model->lock);
}

void model_read(struct model *model)
{
	iso_write(model->read_at, now_unique_ms());
}

/* The first app that is not before id. */
static size_t app_place(const struct model *model, const char *id)
{
	size_t low = 0, high = model->app_count, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (strcmp(model->apps[middle]->definition->id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct app *model_find(struct model *model, const char *id)
{
	CLEANUP(free) char *absolute = NULL;
	size_t place;

	if (*id != '/') {
		if (asprintf(&absolute, "/%s", id) < 0)
			return NULL;
		id = absolute;
	}
	place = app_place(model, id);
	if (place == model->app_count ||
		strcmp(model->apps[place]->definition->id, id) != 0)
		return NULL;
	return model->apps[place];
}

int app_define(struct app *app, struct definition *definition)
{
	struct definition **history = reallocarray(
		app->history, app->history_count + 1, sizeof(*history));

	if (!history) {
		definition_unref(definition);
		return -ENOMEM;
	}
	app->history = history;
	history[app->history_count++] = definition;
	app->definition = definition;
	app->stale = true;
	return 0;
}

static int model_grow(struct model *model)
{
	size_t size = model->app_size ? model->app_size * 2 : 64;
	struct app **apps;

	if (model->app_count < model->app_size)
		return 0;
	apps = reallocarray(model->apps, size, sizeof(*apps));
	if (!apps)
		return -ENOMEM;
	model->apps = apps;
	model->app_size = size;
	return 0;
}

int model_add(struct model *model, struct definition *definition,
	struct app **ret)
{
	struct app *app = NULL;
	size_t place;
	int r;

	if (model_find(model, definition->id))
		r = -EEXIST;
	else
		r = model_grow(model);
	if (r == 0 && !(app = calloc(1, sizeof(*app))))
		r = -ENOMEM;
	if (r < 0) {
		definition_unref(definition);
		return r;
	}
	r = app_define(app, definition);
	if (r < 0) {
		app_free(app);
		return r;
	}
	place = app_place(model, definition->id);
	memmove(model->apps + place + 1, model->apps + place,
		(model->app_count - place) * sizeof(*model->apps));
	model->apps[place] = app;
	model->app_count++;
	memcpy(model->version, definition->version, ISO_SIZE);
	*ret = app;
	return 0;
}

static void instance_ports_free(struct instance *instance)
{
	size_t i;

	for (i = 0; i < instance->port_count; i++)
		instance->host->used[instance->ports[i] / 8] &=
			(unsigned char)~(1U << instance->ports[i] % 8);
	instance->port_count = 0;
}

void model_detach(struct model *model, struct app *app)
{
	size_t place = app_place(model, app->definition->id);
	size_t i;

	for (i = 0; i < app->instance_count; i++)
		instance_ports_free(app->instances[i]);
	for (i = 0; i < app->definition->port_count; i++)
		model->pool.used[app->definition->ports[i].service_port &
				 0xffff] = 0;
	model->app_count--;
	memmove(model->apps + place, model->apps + place + 1,
		(model->app_count - place) * sizeof(*model->apps));
	iso_write(model->version, now_unique_ms());
}

static int app_convert(struct model *model, struct app *app)
{
	struct definition *next;
	size_t i, j;
	int r;

	for (i = 0; i < app->history_count; i++) {
		r = definition_convert(app->history[i], &model->profile,
			&model->pool, &next);
		if (r < 0)
			return r;
		for (j = 0; j < app->instance_count; j++) {
			if (app->instances[j]->definition != app->history[i])
				continue;
			definition_unref(app->instances[j]->definition);
			app->instances[j]->definition = definition_ref(next);
		}
		definition_unref(app->history[i]);
		app->history[i] = next;
		app->definition = next;
	}
	app->stale = true;
	return 0;
}

int model_convert(struct model *model, const char *profile)
{
	size_t i;
	int r = profile_find(profile, &model->profile);

	for (i = 0; i < model->app_count && r == 0; i++)
		r = app_convert(model, model->apps[i]);
	return r;
}

static int host_port_take(struct host *host, int wanted)
{
	int tries = HOST_PORT_END - HOST_PORT_MIN;
	int port = wanted;

	while (!wanted && tries--) {
		port = host->next_port++;
		if (host->next_port == HOST_PORT_END)
			host->next_port = HOST_PORT_MIN;
		if (!(host->used[port / 8] & 1U << port % 8))
			break;
	}
	host->used[port / 8] |= (unsigned char)(1U << port % 8);
	return port;
}

/* One host port for each port that has one, as computePortAssignments does. */
static int instance_ports_take(struct instance *instance)
{
	const struct definition *d = instance->definition;
	size_t i;

	free(instance->ports);
	instance->port_count = 0;
	instance->ports = calloc(
		d->port_count ? d->port_count : 1, sizeof(*instance->ports));
	if (!instance->ports)
		return -ENOMEM;
	for (i = 0; i < d->port_count; i++)
		if (d->ports[i].host_port != HOST_PORT_NONE)
			instance->ports[instance->port_count++] =
				host_port_take(instance->host,
					d->ports[i].host_port);
	return 0;
}

void instance_ports_set(struct instance *instance, const char *list)
{
	size_t i;

	for (i = 0; i < instance->port_count && *list; i++) {
		instance->ports[i] = (int)strtol(list, NULL, 10) & 0xffff;
		list += strcspn(list, ",");
		list += *list == ',';
	}
}

/* "/a/b" -> "a_b" */
static char *safe_id(const char *id)
{
	char *safe = strdup(id + (*id == '/'));
	char *s;

	for (s = safe; s && *s; s++)
		if (*s == '/')
			*s = '_';
	return safe;
}

static int instance_name(
	struct instance *instance, const struct profile *profile)
{
	CLEANUP(free) char *safe = safe_id(instance->definition->id);
	const char *uuid = instance->uuid;
	int r, s;

	free(take_ptr(&instance->task_id));
	free(take_ptr(&instance->instance_id));
	if (!safe)
		return -ENOMEM;
	if (profile->task_ids == TASK_ID_INSTANCE) {
		r = asprintf(&instance->task_id, "%s.instance-%s._app.%u",
			safe, uuid, instance->incarnation);
		s = asprintf(
			&instance->instance_id, "%s.instance-%s", safe, uuid);
	} else {
		r = asprintf(&instance->task_id, "%s.%s", safe, uuid);
		s = asprintf(
			&instance->instance_id, "%s.marathon-%s", safe, uuid);
	}
	return r < 0 || s < 0 ? -ENOMEM : 0;
}

static int instance_start(struct model *model, struct app *app,
	struct instance *instance)
{
	unsigned ip = model->next_ip++;
	int r;

	instance->incarnation++;
	definition_unref(instance->definition);
	instance->definition = definition_ref(app->definition);
	instance->host = &model->hosts[model->next_host++ % model->host_count];
	instance->state = TASK_STAGING;
	instance->staged_at = now_ms();
	instance->started_at = 0;
	memset(instance->health, 0, sizeof(instance->health));
	instance->was_good = false;
	snprintf(instance->ip, sizeof(instance->ip), "%s%u.%u",
		app->definition->network == NETWORK_CONTAINER ? "9.0."
							       : "172.17.",
		ip >> 8 & 255, ip & 255);
	r = instance_name(instance, &model->profile);
	if (r < 0)
		return r;
	app->stale = true;
	return instance_ports_take(instance);
}

int instance_add(struct model *model, struct app *app, struct instance **ret)
{
	CLEANUP(instance_free) struct instance *instance = NULL;
	struct instance **list;
	int r;

	list = reallocarray(
		app->instances, app->instance_count + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	app->instances = list;
	instance = calloc(1, sizeof(*instance));
	if (!instance)
		return -ENOMEM;
	uuid_write(instance->uuid);
	r = instance_start(model, app, instance);
	if (r < 0)
		return r;
	*ret = instance;
	list[app->instance_count++] = take_ptr(&instance);
	return 0;
}

int instance_relaunch(struct model *model, struct app *app,
	struct instance *instance)
{
	instance_ports_free(instance);
	return instance_start(model, app, instance);
}

void instance_remove(
	struct model *model, struct app *app, struct instance *instance)
{
	size_t i = 0;

	(void)model;
	while (i < app->instance_count && app->instances[i] != instance)
		i++;
	if (i == app->instance_count)
		return;
	app->instance_count--;
	memmove(app->instances + i, app->instances + i + 1,
		(app->instance_count - i) * sizeof(*app->instances));
	app->stale = true;
	instance_ports_free(instance);
	instance_free(instance);
}

struct instance *instance_find(struct app *app, const char *id)
{
	struct instance *instance;
	unsigned long number;
	char *end;
	size_t i;

	for (i = 0; i < app->instance_count; i++) {
		instance = app->instances[i];
		if (strcmp(instance->task_id, id) == 0 ||
			strcmp(instance->instance_id, id) == 0)
			return instance;
	}
	number = strtoul(id, &end, 10);
	if (end == id || *end || number >= app->instance_count)
		return NULL;
	return app->instances[number];
}

bool instance_active(const struct instance *instance)
{
	return instance->state < TASK_UNREACHABLE_INACTIVE;
}

void instance_health_set(struct instance *instance, int check, enum health to)
{
	unsigned count = instance->definition->check_count;
	unsigned i;

	for (i = 0; i < count && i < CHECKS_MAX; i++)
		if (check < 0 || i == (unsigned)check)
			instance->health[i] = to;
	if (instance_health(instance) != HEALTH_ABSENT)
		instance->was_good = instance_health(instance) == HEALTH_ALIVE;
}

enum health instance_health(const struct instance *instance)
{
	unsigned count = instance->definition->check_count;
	enum health health = HEALTH_ABSENT;
	unsigned i;

	for (i = 0; i < count && i < CHECKS_MAX; i++) {
		if (instance->health[i] == HEALTH_DEAD)
			return HEALTH_DEAD;
		if (instance->health[i] == HEALTH_ALIVE)
			health = HEALTH_ALIVE;
	}
	return health;
}
