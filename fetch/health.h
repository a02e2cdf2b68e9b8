/* SPDX-License-Identifier: MIT */
#ifndef FETCH_HEALTH_H
#define FETCH_HEALTH_H

/*
 * Which instances are given to clients (DESIGN 3.4 and 3.5). Pure.
 *
 * Results that are absent mean unknown, not dead: after a change of leader all
 * are absent, and treating that as dead has emptied many load balancers.
 */

#include "fetch/catalog.h"

enum health_mode { HEALTH_KNOWN, HEALTH_ANY, HEALTH_ALL, HEALTH_IGNORE };

struct health_policy {
	enum health_mode mode;
	bool drop_unreachable; /* --unreachable=drop */
};

/* What a source says of one instance, before judgement. */
enum task_state {
	TASK_STARTING, /* staging, starting, not launched */
	TASK_RUNNING,
	TASK_KILLING,
	TASK_LOST,  /* lost or unreachable: out of sight, perhaps alive */
	TASK_ENDED, /* a terminal state */
};

/* The verdict of the mode over the results of one instance. */
enum instance_health health_of_results(const struct health_policy *policy,
	uint32_t check_count, uint32_t alive, uint32_t dead);

/*
 * Sets state, health and lost of each of the draft's instances, of which
 * tasks[i] is what the source says, given what was known before (NULL: the app
 * is new). first: nothing at all was known before of this source.
 */
void health_judge(const struct health_policy *policy, const struct app *before,
	bool first, const enum task_state *tasks, struct instance *instances,
	const struct app *draft);

#endif
