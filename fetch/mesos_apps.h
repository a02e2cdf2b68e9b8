/* SPDX-License-Identifier: MIT */
#ifndef FETCH_MESOS_APPS_H
#define FETCH_MESOS_APPS_H

/*
 * The tasks of one state, and who leads, become the apps of a catalog: tasks of
 * one id are the instances of one app, judged by health.h. Its ports and labels
 * are those of the task with most ports. How many instances are wanted nobody
 * says: a task that is missing is not one that was scaled down.
 */

#include "fetch/mesos_state.h"

struct mesos_apps_settings {
	const struct app_reader *reader; /* borrowed for the call, as all is */
	const struct catalog *known;     /* nothing but this source; NULL */
	const char *domain;              /* of who leads; NULL: none */
};

/*
 * *ret is a new reference; what did not change is the app that was known.
 * -ENOMEM, -E2BIG with words.
 */
int mesos_apps_make(const struct mesos_apps_settings *settings,
	const struct mesos_tasks *tasks, const struct mesos_master *master,
	struct catalog **ret, struct why *why);

#endif
