/* SPDX-License-Identifier: MIT */
#ifndef MARATHON_FAULT_H
#define MARATHON_FAULT_H

/*
 * Answers as they should not be. A fault is set by /control/fault and hits
 * the requests that match it, until it is used up or cleared.
 */

#include <pthread.h>
#include <stdint.h>

#include "tests/marathon/http.h"

enum fault_kind {
	FAULT_HANG,        /* no answer, ever */
	FAULT_CLOSE,       /* the connection ends instead */
	FAULT_RESET,       /* after value bytes of the reply */
	FAULT_DELAY_HEAD,  /* value: ms */
	FAULT_DELAY_BODY,
	FAULT_TRICKLE,     /* a byte each value ms */
	FAULT_STALL,       /* in the middle of the body, for value ms */
	FAULT_STATUS,      /* value, with HTML */
	FAULT_HTML,        /* 200 with HTML */
	FAULT_EMPTY,       /* 200 with nothing */
	FAULT_JSON,        /* 200 with the body that was given */
	FAULT_EMPTY_LIST,  /* {"apps":[]}, {"tasks":[]} */
	FAULT_CUT_LIST,    /* the first 1/value of the apps */
	FAULT_TRUNCATE,    /* value bytes of the body */
	FAULT_GARBAGE,     /* behind the body */
	FAULT_HUGE,        /* value bytes of body, 0: no end */
	FAULT_GZIP_CRC,
	FAULT_GZIP_CUT,
	FAULT_LOOP,        /* redirects to itself */
	FAULT_AWAY,        /* redirects to a host that has no address */
	FAULT_KINDS,
};

enum fault_framing { FRAME_LENGTH, FRAME_CHUNKED, FRAME_CLOSE };

struct fault {
	struct fault *next;
	unsigned references;
	enum fault_kind kind;
	char path[256]; /* prefix */
	int node;       /* -1: all */
	bool forever;
	unsigned long left;
	int64_t value;
	enum fault_framing framing;
	bool framing_set;
	struct text body;
};

struct faults {
	pthread_mutex_t lock; /* a leaf */
	struct fault *list;
	uint64_t hits;
};

void faults_init(struct faults *faults);
void faults_clear(struct faults *faults);

/* Reads kind, value, path, node, count from the request. -EINVAL. */
int fault_set(struct faults *faults, const struct request *request);
/* The fault that hits this request, as a new reference, or NULL. */
const struct fault *fault_take(
	struct faults *faults, const struct request *request);
void fault_unref(struct faults *faults, const struct fault *fault);

static inline bool fault_is(const struct fault *fault, enum fault_kind kind)
{
	return fault && fault->kind == kind;
}

/* Answers in the place of the API. False: the API is to answer. */
bool fault_reply(struct request *request, struct reply *reply);

#endif
