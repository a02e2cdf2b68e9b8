/* SPDX-License-Identifier: MIT */
#ifndef MARATHON_EVENT_H
#define MARATHON_EVENT_H

/*
 * One event: its type and its JSON. Made under the model's lock; once it is
 * handed to the hub it is shared by all streams and never changes.
 */

#include <stdatomic.h>

#include "tests/marathon/model.h"

struct event {
	atomic_uint references;
	const char *type; /* of eventType; NULL: raw, passes every filter */
	struct text json;
	struct text heavy;         /* with whole plans; empty: as json */
	bool verbatim;             /* no framing at all */
	_Atomic int64_t written_ns; /* on the first stream; 0: not yet */
};

/* What a deployment does, in order. */
enum action {
	ACTION_START,
	ACTION_SCALE,
	ACTION_RESTART,
	ACTION_STOP,
};

struct plan {
	char id[37];
	const char *app_id;
	enum action actions[2];
	size_t action_count;
	char version[ISO_SIZE];
	const struct text *original; /* root groups; NULL: nobody asked */
	const struct text *target;
};

/* An event that begins with {; NULL: no memory. The writers add members. */
struct event *event_new(const char *type);
struct event *event_ref(struct event *event);
void event_unref(struct event *event);
CLEANUP_DEFINE(struct event *, event_unref)

/* All return a new reference, or NULL. */
struct event *event_status(
	const struct model *model, const struct instance *instance);
/* condition NULL: that of the state. */
struct event *event_instance(const struct model *model,
	const struct instance *instance, const char *condition);
struct event *event_instance_health(
	const struct model *model, const struct instance *instance);
struct event *event_health(const struct model *model,
	const struct instance *instance, bool alive);
struct event *event_failed_check(const struct model *model,
	const struct instance *instance, struct json_object *check);
struct event *event_unhealthy_kill(
	const struct model *model, const struct instance *instance);
struct event *event_add_check(
	const struct definition *definition, struct json_object *check);
struct event *event_app(const char *type, const char *app_id);
struct event *event_api_post(
	const struct definition *definition, const char *uri, bool deleted);
struct event *event_group(const char *group, const char *version);
struct event *event_deployment(const struct model *model, const char *type,
	const struct plan *plan, size_t step);
struct event *event_attached(const char *type, const char *address);
struct event *event_subscription(
	const char *type, const char *client, const char *url);
struct event *event_uri(const char *type, const char *uri);
struct event *event_scheduler(const char *type);

#endif
