/* SPDX-License-Identifier: MIT */
#ifndef MARATHON_CALLBACK_H
#define MARATHON_CALLBACK_H

/*
 * /v2/eventSubscriptions of Marathon to 1.4: events are POSTed to the URLs
 * that asked for them, one at a time by a thread of its own, but in no order:
 * Marathon has four connections to each. A call that fails (no 2xx, or none
 * within 10 s) is never repeated, and from 0.9 on its URL is left out for 2^n
 * seconds after the nth failure in a row, while its events are lost. URLs are
 * kept over a restart.
 */

#include "tests/marathon/stream.h"

enum { CALLBACKS_MAX = 16 };

struct callbacks {
	pthread_mutex_t lock; /* a leaf */
	pthread_cond_t work;
	pthread_t thread;
	bool on; /* --event-subscriber */
	bool started;
	bool stop; /* by lock, as all below */
	bool backs_off;
	struct callback {
		char *url;
		unsigned failures; /* in a row */
		int64_t not_before_ns;
	} items[CALLBACKS_MAX];
	size_t count;
	struct event **queue;
	size_t queue_count;
	uint64_t delivered, failed, skipped;
};

int callbacks_start(struct callbacks *callbacks, struct hub *hub);
void callbacks_stop(struct callbacks *callbacks, struct hub *hub);
/* All of them: ZooKeeper has lost them. */
void callbacks_forget(struct callbacks *callbacks);
/* backs_off: as this version does. -E2BIG. */
int callbacks_add(
	struct callbacks *callbacks, const char *url, bool backs_off);
void callbacks_remove(struct callbacks *callbacks, const char *url);
/* {"callbackUrls":[...]} */
void callbacks_write(struct callbacks *callbacks, struct text *text);

#endif
