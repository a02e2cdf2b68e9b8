/* SPDX-License-Identifier: MIT */
#ifndef FETCH_MESOS_JSON_IMPL_H
#define FETCH_MESOS_JSON_IMPL_H

/*
 * What mesos_json.c and its part share; for nobody else. The part is the ports
 * of a task, and where they are (mesos_ports_json.c).
 */

#include "fetch/mesos_json.h"
#include "fetch/ports_json.h"

/* One task while it is read. */
struct mesos_task {
	struct arena *arena;
	const struct mesos_agent *agent;
	struct json_object *resources, *discovery, *container;
	struct json_object *status; /* the last of those that say it runs */
	struct app draft;           /* its ports are set */
	struct instance instance;   /* its ip and endpoints are set */
	struct why *why;
};

/* -EBADMSG with words, -ENOMEM. */
int mesos_read_ports(struct mesos_task *task);

enum { MESOS_LABELS_MAX = 512 }; /* of one task, or port */

/*
 * Labels in any of the forms of Mesos: [{key, value}], or the same as "labels"
 * of an object; a and b together, of one key that of a. The array is the
 * arena's, its text borrowed. -EBADMSG with words, -ENOMEM.
 */
int mesos_read_labels(struct json_object *a, struct json_object *b,
	struct arena *arena, struct label_list *ret, struct why *why);

/* A member of object, which may be NULL; -EBADMSG when it is another type. */
int mesos_member(struct json_object *object, const char *name,
	enum json_type type, struct json_object **ret, struct why *why);

#endif
