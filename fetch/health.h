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

/*
 * The verdict of the mode over the results of one instance: HEALTH_UNKNOWN
 * when there are none, or (HEALTH_ALL) not yet one of each check.
 */
enum instance_health health_of_results(const struct health_policy *policy,
	uint32_t check_count, uint32_t alive, uint32_t dead);

/* What is known of one instance beside its draft. */
struct health_input {
	enum task_state task;          /* what the source says now */
	const struct instance *before; /* as it was judged; NULL: it is new */
};

/*
 * Sets state, health and lost of each of the draft's instances, whose health
 * holds the verdict of its results on entry; inputs[i] goes with instances[i],
 * which is draft->instances, writable. first: nothing at all was known before
 * of this source.
 *
 * A failed check takes an instance out, a passed one puts it in. Without a
 * result it stays as it was: in, out, or waiting for its first pass; a new one
 * waits. Only at the very first read of a source an app of which no instance
 * has a result shows all that run. Where the app has no checks, an instance
 * without results is given to clients as soon as it runs, also one that had
 * failed the checks of an older version; one that still fails such a check
 * stays out. One that had no checks and now should have keeps serving until a
 * check fails.
 *
 * What is lost from sight is judged like what runs, unless it never ran, or
 * was on its way out.
 */
void health_judge(const struct health_policy *policy, bool first,
	const struct app *draft, const struct health_input *inputs,
	struct instance *instances);

#endif
