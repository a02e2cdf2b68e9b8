/* SPDX-License-Identifier: MIT */
#ifndef FETCH_MESOS_TASKS_H
#define FETCH_MESOS_TASKS_H

/*
 * The tasks of one state, each made into an app of its own (mesos_json.h), and
 * what the bytes of each hash to: with the next state, one whose bytes are the
 * same is not parsed again. One user.
 */

#include "fetch/catalog.h"

enum { MESOS_TASKS_MAX = 500000 };

struct mesos_tasks;

int mesos_tasks_new(struct mesos_tasks **ret);
void mesos_tasks_free(struct mesos_tasks *tasks);
CLEANUP_DEFINE(struct mesos_tasks *, mesos_tasks_free)

/*
 * The next task; app (taken over, also on failure) is NULL when it is not to
 * be shown. -ENOMEM, -E2BIG.
 */
int mesos_tasks_add(
	struct mesos_tasks *tasks, uint64_t print, struct app *app);

/*
 * True when a task of that print is known; *ret is then its app (borrowed) or
 * NULL. The one at place at is looked at first: the order seldom changes.
 */
bool mesos_tasks_find(const struct mesos_tasks *tasks, uint64_t print,
	size_t at, struct app **ret);

size_t mesos_tasks_count(const struct mesos_tasks *tasks);
/* Borrowed; NULL: that task is not to be shown. */
struct app *mesos_tasks_app(const struct mesos_tasks *tasks, size_t at);

/* The same tasks, by their prints, in the same order. a may be NULL. */
bool mesos_tasks_same(const struct mesos_tasks *a, const struct mesos_tasks *b);

/* No more come: what finds them by their print is made. -ENOMEM. */
int mesos_tasks_finish(struct mesos_tasks *tasks);

/* A task that is said to have ended. -ENOMEM. */
int mesos_tasks_add_ended(struct mesos_tasks *tasks, const char *id);
/* Whether one of that id was; mesos_tasks_finish() comes before. */
bool mesos_tasks_ended(const struct mesos_tasks *tasks, const char *id);

#endif
