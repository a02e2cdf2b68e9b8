/* SPDX-License-Identifier: MIT */
#ifndef FETCH_DIRTY_H
#define FETCH_DIRTY_H

/*
 * Which apps of one Marathon are to be read again, and which were changed
 * since an answer was asked for: an answer that was requested before an event
 * cannot undo it (DESIGN 3.4). Plain memory of one thread; times are
 * milliseconds that never go back.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fetch/cleanup.h"

/* One app. It is the table's; who reads it may set reading and asked. */
struct dirty {
	char *id;
	uint64_t changed; /* the stamp of the last change, 0: none */
	uint64_t wanted;  /* the stamp when it was last wanted */
	uint64_t asked;   /* the stamp when its read began */
	int64_t due;      /* when it is to be read; -1: it is not */
	void *reading;    /* of who reads it; NULL: nobody does */
	bool sick;        /* it is read for a check that failed */
	struct dirty *before, *next; /* by due */
	struct dirty *all_next;
};

struct dirty_table;

int dirty_table_new(struct dirty_table **ret);
void dirty_table_free(struct dirty_table *table);
CLEANUP_DEFINE(struct dirty_table *, dirty_table_free)

/* The stamp of now; each change and each wish moves it. */
uint64_t dirty_stamp(const struct dirty_table *table);

/* The app was changed otherwise than by a list. *ret may be NULL. -ENOMEM. */
int dirty_change(
	struct dirty_table *table, const char *id, struct dirty **ret);

/* It is to be read at due, or before if it already was. -ENOMEM. */
int dirty_want(struct dirty_table *table, const char *id, int64_t due);

/* Likewise, for a check that failed. */
int dirty_want_sick(struct dirty_table *table, const char *id, int64_t due);

/* Some app is still to be read, or being read, for a check that failed. */
bool dirty_any_sick(struct dirty_table *table);

/* NULL: nothing is known of it. Borrowed. */
struct dirty *dirty_find(struct dirty_table *table, const char *id);

/* It is not to be read any more, until it is wanted again. */
void dirty_unwant(struct dirty_table *table, struct dirty *dirty);

/* The next that is to be read and that nobody reads; NULL: none. Borrowed. */
struct dirty *dirty_next(struct dirty_table *table);

/* How many are to be read. */
size_t dirty_wanted(const struct dirty_table *table);

/*
 * Calls visit for each app that was changed after stamp. Stops at, and
 * returns, the first negative answer.
 */
int dirty_changed_since(struct dirty_table *table, uint64_t stamp,
	int (*visit)(void *context, const char *id), void *context);

/*
 * Forgets the apps that are neither wanted nor read and were not changed after
 * stamp: the oldest answer that is still under way was asked for then.
 */
void dirty_prune(struct dirty_table *table, uint64_t stamp);

/* A list that was asked for at stamp says all that was wanted before. */
void dirty_unwant_before(struct dirty_table *table, uint64_t stamp);

#endif
