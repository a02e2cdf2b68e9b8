/* SPDX-License-Identifier: MIT */
#ifndef FS_TELLER_QUEUE_H
#define FS_TELLER_QUEUE_H

/*
 * The names that wait to be told, each once, and the one that is being told.
 * Plain memory: whoever has it calls all of this under a lock of his own.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct teller_item {
	struct teller_item *next;
	uint64_t number; /* of the directory */
	int64_t since;   /* monotonic milliseconds */
	bool quiet;
	bool noted; /* it was overdue, and somebody saw to it */
	char name[];
};

struct teller_queue {
	struct teller_item *first, **last;
	void *names; /* the same items, for tfind() */
	struct teller_item *busy; /* is being told; NULL: none is */
	int64_t busy_since;
};

void teller_queue_init(struct teller_queue *queue);
void teller_queue_done(struct teller_queue *queue);

/* NULL: no memory. To be called without the lock. */
struct teller_item *teller_item_new(
	uint64_t number, const char *name, bool quiet);

/*
 * Takes over item. False: the name waits already; it is quiet on if both are.
 */
bool teller_queue_put(struct teller_queue *queue, struct teller_item *item);

/*
 * The first, which is busy from now on; NULL: none waits. Borrowed until
 * teller_queue_told(), and constant but for noted.
 */
struct teller_item *teller_queue_take(struct teller_queue *queue);
/* Frees what is busy. */
void teller_queue_told(struct teller_queue *queue);

bool teller_queue_is_idle(const struct teller_queue *queue);

/* What was being told for so long; 0: nothing was. */
int64_t teller_queue_stuck(
	const struct teller_queue *queue, int least_ms, uint64_t *ret_number);

enum { OVERDUE_MAX = 32 };

/* Names that have waited too long; copies. */
struct teller_overdue {
	struct {
		uint64_t number;
		char name[256];
	} items[OVERDUE_MAX];
	size_t count;
};

/*
 * Those that have waited for patience_ms and were not noted yet. True: others
 * wait that will be overdue. When ret is full it is to be called again.
 */
bool teller_queue_overdue(struct teller_queue *queue, int patience_ms,
	struct teller_overdue *ret);

#endif
