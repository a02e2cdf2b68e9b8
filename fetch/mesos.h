/* SPDX-License-Identifier: MIT */
#ifndef FETCH_MESOS_H
#define FETCH_MESOS_H

/*
 * The masters of one Mesos cluster: who leads, as the app /mesos-master, and
 * the tasks of frameworks, if they are wanted. There is no stream: the leader
 * is asked at each interval.
 *
 * With tasks its whole state is read, in pieces as it arrives. Without, a
 * master is only asked where it would redirect to (/master/redirect), which
 * costs it nothing; the state is read, as far as to the name of the leader, when
 * that is another place than before.
 */

#include "fetch/belief.h"
#include "fetch/fetch.h"
#include "fetch/http.h"
#include "fetch/mesos_state.h"

struct mesos_settings {
	struct http *http;         /* borrowed: outlives the source */
	struct identity *identity; /* likewise; NULL: nobody */
	const char *urls;          /* of the masters, by commas; copied */
	struct app_reader reader;  /* what it points to is borrowed */
	struct belief_settings belief; /* likewise */
	const struct mesos_wishes *wishes; /* copied; texts too */
};

struct mesos;

/* Asks for nothing yet. -ENOMEM, -EINVAL with words. */
int mesos_new(const struct mesos_settings *settings, struct mesos **ret,
	struct why *why);
void mesos_free(struct mesos *mesos);

/* As of every source: fetch/source.h. */
bool mesos_turn(struct mesos *mesos, int64_t now);
int64_t mesos_deadline(const struct mesos *mesos);
void mesos_refresh(struct mesos *mesos);

/* Borrowed: lives as long as it does. */
struct belief *mesos_belief(const struct mesos *mesos);
struct catalog *mesos_catalog(const struct mesos *mesos);
const struct source_report *mesos_report(const struct mesos *mesos);

#endif
