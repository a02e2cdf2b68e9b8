/* SPDX-License-Identifier: MIT */
#ifndef FETCH_MESOS_IMPL_H
#define FETCH_MESOS_IMPL_H

/*
 * What mesos.c and its part share; for nobody else. The part is the two
 * questions, and what is made of their answers (mesos_ask.c).
 */

#include "fetch/clock.h"
#include "fetch/http_words.h"
#include "fetch/mesos.h"
#include "fetch/mesos_state.h"
#include "fetch/replicas.h"

struct mesos {
	struct source source; /* its first member */
	struct http *http;
	struct identity *identity;
	struct app_reader reader;
	char *frameworks, *others, *domain;
	bool tasks_wanted;
	int64_t poll_ms;

	struct replicas *replicas;
	struct mesos_tasks *tasks; /* of the last state; NULL: none yet */
	struct why why; /* "" nothing is wrong */

	struct http_request *request; /* NULL: none is under way */
	struct mesos_state *state;    /* what is being read of it */
	size_t path;
	char direct[270]; /* a leader that was not configured; "" none */
	unsigned hops;    /* to it, without an answer */
	char pointed[256]; /* where /master/redirect led; "" unknown */
	bool poll_leader; /* the next question is only who leads */
	int64_t now, at, began;
	uint64_t bytes;
	unsigned failures; /* in a row */
	bool again; /* what is being read is too old */
};

/* A question, and no usable answer: the next master's turn, later. */
void mesos_failed(struct mesos *mesos, const struct why *why);
/* All is well: when the next question is due. */
void mesos_answered(struct mesos *mesos);

/* mesos_ask.c: the errno with words, and nothing is under way. */
int mesos_ask_state(struct mesos *mesos, struct why *why);
int mesos_ask_leader(struct mesos *mesos, struct why *why);

#endif
