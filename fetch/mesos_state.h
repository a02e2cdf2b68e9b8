/* SPDX-License-Identifier: MIT */
#ifndef FETCH_MESOS_STATE_H
#define FETCH_MESOS_STATE_H

/*
 * A reply of /master/state, read as it arrives: who leads, and the tasks of the
 * frameworks that are wanted. Agents come before frameworks in it, and the name
 * of a framework before its tasks, in every version. Nothing of it counts
 * before it has ended well. Pure but for malloc.
 */

#include "fetch/app_json.h"
#include "fetch/mesos_tasks.h"

enum { MESOS_AGENTS_MAX = 100000 };

struct mesos_state_settings {
	const struct app_reader *reader; /* borrowed */
	bool tasks;             /* else only who leads is read */
	const char *frameworks; /* as of struct mesos_wishes; borrowed */
	const char *others;     /* likewise */
};

/* "" for what is not said. */
struct mesos_master {
	char place[256];  /* of who answers: host:port */
	char leader[256]; /* of who leads */
	char leader_name[256]; /* the leader's host name */
	char version[32];
};

struct mesos_state;

/* before: the tasks of the last state (borrowed), or NULL. -ENOMEM. */
int mesos_state_new(const struct mesos_state_settings *settings,
	const struct mesos_tasks *before, struct mesos_state **ret);
void mesos_state_free(struct mesos_state *state);
CLEANUP_DEFINE(struct mesos_state *, mesos_state_free)

/*
 * -EBADMSG with words when it is no such document, -E2BIG, -ENOMEM. -ECANCELED:
 * all that is wanted has come (where tasks are not).
 */
int mesos_state_feed(struct mesos_state *state, const char *bytes,
	size_t length, struct why *why);

/* The reply has ended. -EBADMSG with words when it ends too early, or says
 * nothing; -ENOMEM. */
int mesos_state_end(struct mesos_state *state, struct why *why);

/* Borrowed: valid while state lives. */
const struct mesos_master *mesos_state_master(const struct mesos_state *state);

/* Tasks that are bad, and why of the first. */
size_t mesos_state_bad(
	const struct mesos_state *state, struct why *first_bad);

/* Hands over what was read; mesos_state_end() has been 0. */
struct mesos_tasks *mesos_state_take(struct mesos_state *state);

#endif
