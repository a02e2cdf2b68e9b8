/* SPDX-License-Identifier: MIT */
#ifndef FS_RENDERER_IMPL_H
#define FS_RENDERER_IMPL_H

/*
 * What renderer.c and its parts share; for nobody else. The parts: the thread
 * and the views of the catalog (renderer.c), a new configuration beside the one
 * in effect (renderer_trial.c), and the views of the status
 * (renderer_status.c), with what the last one said (status_said.h).
 */

#include <pthread.h>

#include "fs/renderer.h"
#include "fs/status_said.h"

/* One row of the table of makers, as it is now. */
struct made {
	struct gate *gate;
	struct gate *next; /* of a newer setup, on trial; NULL: none */
	struct problems problems;
	bool wanted; /* something may be different */
	bool shown;  /* at least once */
	bool failed; /* it was to be shown, and was not */
	uint64_t told_structure; /* to the runtime; 0: all is to be told */
	int error;   /* of the last time */
};

struct renderer {
	struct renderer_settings settings; /* set before start, then constant */
	pthread_t thread;
	int first; /* eventfd */

	/* Renderer only. */
	struct setup *setup; /* a reference: what the gates are made with */
	struct setup *trial; /* what the gates on trial are; NULL: none */
	struct catalog *catalog;
	struct mail mail; /* the newest reports and problems of names */
	struct made made[MAKERS];
	struct status_view status[VIEWS];
	struct status_said said;
	struct problems problems; /* of all views, for the status */
	int64_t started;
	int64_t status_at;
	bool complete; /* everything has been put once */
};

/* renderer.c: takes over bytes. *ret_number: see live_put(). */
int renderer_put(struct renderer *renderer, const struct view *view,
	char *bytes, size_t size, bool quiet, uint64_t *ret_number);
/* Of the main file of a maker. */
struct status_view *renderer_main_status(struct renderer *renderer, int maker);

/* renderer_trial.c: a gate for each maker; -ENOMEM: some may be there. */
int renderer_make_gates(struct renderer *renderer);
/* Begins with the setup that has come by mail. */
void renderer_trial_begin(struct renderer *renderer);
/* After its checks all of it counts, or nothing. */
void renderer_trial_turn(struct renderer *renderer);
/* Drops what is on trial. */
void renderer_trial_end(struct renderer *renderer);

/* renderer_status.c */
void renderer_put_status(struct renderer *renderer);

#endif
