/* SPDX-License-Identifier: MIT */
#ifndef MARATHON_CHANGE_H
#define MARATHON_CHANGE_H

/*
 * Changes as they happen in a cluster: the model moves, and the events that
 * the profile's Marathon sends for it go to the hub, in its order. Every
 * change_*() is called with the model's lock held; with a pace it lets go of
 * it between its steps.
 */

#include "tests/marathon/stream.h"

struct change {
	struct model *model;
	struct hub *hub;
	bool suppress;  /* lost events */
	bool duplicate; /* each twice */
	bool shuffle;
	unsigned delay_ms; /* of the events behind the state */
	unsigned pace_ms;  /* between steps */
	bool linger;       /* 1.8+: ended tasks stay listed */
	bool staging;      /* new instances stay TASK_STAGING */
	bool unchecked;    /* and new ones have no health results yet */
	/* what came of it */
	struct event **events; /* not yet published */
	size_t event_count;
	struct event *first; /* published */
	int64_t at;
};

/* Hands what has been gathered to the hub. */
void change_publish(struct change *change);
/* Publishes what is left and notes when it reached the first wire; without
 * the model's lock. */
void change_done(struct change *change);
/* The same without waiting. */
void change_flush(struct change *change);

/* Creates or updates. keep: instances of the former version stay. */
int change_app(struct change *change, struct json_object *posted, bool keep);
int change_delete(struct change *change, struct app *app);
int change_scale(struct change *change, struct app *app, int instances);
int change_deploy(struct change *change, struct app *app);
/* The instance is gone afterwards, or its successor runs. */
int change_kill(struct change *change, struct app *app,
	struct instance *instance, bool replace);
int change_start(struct change *change, struct app *app);
int change_state(struct change *change, struct app *app,
	struct instance *instance, enum task_state state);
void change_health(struct change *change, struct app *app,
	struct instance *instance, int check, enum health health);
/* Takes over the event; NULL is fine. */
void change_add(struct change *change, struct event *event);

#endif
