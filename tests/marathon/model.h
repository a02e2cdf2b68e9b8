/* SPDX-License-Identifier: MIT */
#ifndef MARATHON_MODEL_H
#define MARATHON_MODEL_H

/*
 * What the imitated Marathon knows: apps, their instances, where these run
 * and how they do. It changes silently; change.h is what makes events of it.
 *
 * Everything is by model->lock, which also covers json-c's counts. It is held
 * while a reply is put together, never while one is sent.
 */

#include <pthread.h>

#include "tests/marathon/definition.h"

enum task_state {
	TASK_STAGING,
	TASK_STARTING,
	TASK_RUNNING,
	TASK_KILLING,
	TASK_LOST,
	TASK_UNREACHABLE,
	TASK_UNREACHABLE_INACTIVE,
	/* the rest is over */
	TASK_FINISHED,
	TASK_FAILED,
	TASK_KILLED,
	TASK_ERROR,
	TASK_DROPPED,
	TASK_GONE,
	TASK_GONE_BY_OPERATOR,
	TASK_UNKNOWN,
	TASK_STATES,
};

struct state_names {
	const char *task;      /* "TASK_RUNNING": Mesos */
	const char *condition; /* "Running": instances, 1.4+ */
};
extern const struct state_names state_names[TASK_STATES];

enum health { HEALTH_ABSENT, HEALTH_ALIVE, HEALTH_DEAD };

enum { CHECKS_MAX = 8, HOSTS_MAX = 1000 };

struct host {
	char *name;
	char *agent;
	int next_port;
	unsigned char used[65536 / 8]; /* host ports, one bit each */
};

struct instance {
	char *task_id;
	char *instance_id;
	char uuid[37];
	unsigned incarnation;
	struct definition *definition; /* it was started with */
	struct host *host;
	char *host_shown; /* NULL: host->name */
	int *ports;
	size_t port_count;
	char ip[46];
	enum task_state state;
	int64_t staged_at;
	int64_t started_at; /* 0: not yet */
	enum health health[CHECKS_MAX];
	bool was_good; /* the last verdict that was not "absent" */
};

struct failure {
	char *task_id;
	char *host;
	char *agent;
	enum task_state state;
	char version[ISO_SIZE];
	char timestamp[ISO_SIZE];
};

struct app {
	struct definition *definition;
	struct definition **history; /* oldest first; the last is current */
	size_t history_count;
	struct instance **instances;
	size_t instance_count;
	struct failure failure; /* task_id NULL: none */
	char deployment[37];    /* "" or the running one */
	/* the text of this app in lists; rebuilt when stale */
	bool stale;
	struct text counts; /* ,"tasksStaged":... ,"deployments":[...] */
	struct text tasks;  /* {task},{task} */
	size_t *moving;     /* where lastSuccess stands in tasks */
	size_t moving_count;
};

struct model {
	pthread_mutex_t lock;
	struct profile profile;
	struct app **apps; /* sorted by id */
	size_t app_count;
	size_t app_size;
	struct host *hosts;
	size_t host_count;
	size_t next_host;
	unsigned next_ip;
	struct port_pool pool;
	struct json_object **pods;
	size_t pod_count;
	char version[ISO_SIZE]; /* of the root group */
	char read_at[ISO_SIZE]; /* when the reply being written was asked for */
};

int model_init(struct model *model, const char *profile, const char *hosts);
void model_done(struct model *model);

/* Begins a reply: health checks that passed have passed again just now. */
void model_read(struct model *model);
/* Borrowed; NULL: no such app. The id may lack the leading slash. */
struct app *model_find(struct model *model, const char *id);
/* A new app without instances; -EEXIST. Takes over definition. */
int model_add(struct model *model, struct definition *definition,
	struct app **ret);
/* Takes the app out; the caller owns it now. */
void model_detach(struct model *model, struct app *app);
void app_free(struct app *app);
CLEANUP_DEFINE(struct app *, app_free)
/* The next version of the app. Takes over definition. */
int app_define(struct app *app, struct definition *definition);
/* Another Marathon under the same apps. */
int model_convert(struct model *model, const char *profile);

/* A new instance, TASK_STAGING, with its host and ports. */
int instance_add(struct model *model, struct app *app, struct instance **ret);
/* 1.8+: the same instance, its next task. */
int instance_relaunch(struct model *model, struct app *app,
	struct instance *instance);
void instance_remove(
	struct model *model, struct app *app, struct instance *instance);
/* By task or instance id, or a number from 0. */
struct instance *instance_find(struct app *app, const char *id);
void instance_ports_set(struct instance *instance, const char *list);
bool instance_active(const struct instance *instance);
/* Remembers verdicts; absent changes nothing in the memory. */
void instance_health_set(struct instance *instance, int check, enum health to);
/* All checks of a kind; HEALTH_ABSENT when any is missing. */
enum health instance_health(const struct instance *instance);

static inline bool state_ended(enum task_state state)
{
	return state >= TASK_FINISHED;
}

/* -EINVAL: no such name. */
int state_find(const char *name, enum task_state *ret);

/* The root group with all its apps; group_json.c. */
void group_write(struct model *model, const char *id, bool apps, bool tasks,
	struct text *text);
/* The app's texts for lists, fresh; task_json.c. */
void app_refresh(struct model *model, struct app *app);
/* The whole object with its tasks (or without); times move on. */
void app_write(struct model *model, struct app *app, bool tasks, bool failure,
	const char *extra, struct text *text);
/* One task; service_ports as in /v2/tasks. */
void task_write(struct model *model, const struct instance *instance,
	bool service_ports, struct text *text);

#endif
