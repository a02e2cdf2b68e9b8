/* SPDX-License-Identifier: MIT */
#ifndef FS_TELLER_IMPL_H
#define FS_TELLER_IMPL_H

/*
 * What teller.c and its parts share; for nobody else. teller.c has the thread,
 * the lock and the queue (teller_queue.h), teller_news.c tells one name,
 * teller_descriptors.c gives the thread descriptors of its own.
 */

#include <pthread.h>

#include "fs/notifier_handle.h"
#include "fs/teller.h"
#include "fs/teller_queue.h"

struct teller {
	struct teller_settings settings; /* set before start, then constant */
	struct notifier_handle notifier; /* teller thread only */
	int64_t no_start_before;         /* teller thread only */

	pthread_mutex_t lock; /* a leaf */
	pthread_cond_t changed;
	struct teller_queue queue; /* by lock */
	struct teller_count count; /* by lock */
	bool stop;                 /* by lock */
	pthread_t thread;
};

/* The lock is teller.c's own. counter is one of teller->count. */
void teller_count_up(struct teller *teller, uint64_t *counter);
/* Which notifier runs now. */
void teller_count_notifier(struct teller *teller);

/*
 * teller_news.c: invalidates the name and pokes it, as what has become of it
 * demands; in the teller's thread. What the notifier cannot do is published
 * without events, so that it cannot fail.
 */
void teller_news_tell(struct teller *teller, const struct teller_item *item);

/*
 * If the name waits for its event it is published now, and nobody hears of it;
 * false: it does not wait. From any thread.
 */
bool teller_news_settle(
	struct teller *teller, uint64_t number, const char *name);

/* teller_descriptors.c: from here on the calling thread shares none. */
void teller_descriptors_own(const struct teller_settings *settings);

#endif
