/* SPDX-License-Identifier: MIT */
#ifndef MARATHON_CALLBACK_H
#define MARATHON_CALLBACK_H

/*
 * /v2/eventSubscriptions of Marathon to 1.4: events are POSTed to the URLs
 * that asked for them, one by one, by a thread of its own.
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
	char *urls[CALLBACKS_MAX];
	size_t url_count;
	struct event **queue;
	size_t queue_count;
	uint64_t delivered, failed;
};

int callbacks_start(struct callbacks *callbacks, struct hub *hub);
void callbacks_stop(struct callbacks *callbacks, struct hub *hub);
int callbacks_add(struct callbacks *callbacks, const char *url);
void callbacks_remove(struct callbacks *callbacks, const char *url);
/* {"callbackUrls":[...]} */
void callbacks_write(struct callbacks *callbacks, struct text *text);

#endif
