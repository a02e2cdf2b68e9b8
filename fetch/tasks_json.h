/* SPDX-License-Identifier: MIT */
#ifndef FETCH_TASKS_JSON_H
#define FETCH_TASKS_JSON_H

/*
 * The tasks of an app, as its reply embeds them, become the instances of the
 * draft, judged by health.h (marathon-api.md 4).
 */

#include "fetch/app_json.h"
#include "fetch/ports_json.h"

struct tasks_context {
	const struct app_reader *reader;
	const struct app *before; /* NULL: the app is new */
	const struct networking *networking;
};

/*
 * tasks is an array. Sets instances of the draft, whose head is complete; they
 * are the arena's, their text is borrowed from tasks and from before. Of tasks
 * with one id the first counts; one without a host that can be connected to
 * is left out. -EBADMSG with words, -ENOMEM.
 */
int tasks_from_json(struct json_object *tasks,
	const struct tasks_context *context, struct arena *arena,
	struct app *draft, struct why *why);

/*
 * What a Mesos state ("TASK_RUNNING") means. One that nobody knows is out of
 * sight: it neither adds an instance that never ran nor removes one.
 */
enum task_state task_state_of(const char *mesos);

#endif
