/* SPDX-License-Identifier: MIT */
#ifndef FETCH_SORTED_H
#define FETCH_SORTED_H

/*
 * A sorted array that never changes. An edit gives a new one that shares
 * every untouched chunk with the old, so that changing one of 10 000 items
 * copies about a hundred chunk pointers and one chunk, not 10 000 references.
 *
 * It is the shape of the catalog (apps by id) and of a directory (files by
 * name). Immutable after sorted_edit(), counted, so any thread may read one
 * it holds a reference to.
 */

#include <stdbool.h>
#include <stddef.h>

struct sorted;

/* How to handle the items; one constant table for each kind of item. */
struct sorted_ops {
	const void *(*key)(const void *item);
	int (*compare)(const void *key_a, const void *key_b);
	void (*ref)(void *item);
	void (*unref)(void *item);
};

/* item NULL: the key is to be removed, if it is there. */
struct sorted_change {
	const void *key;
	void *item;
};

/*
 * Returns a new reference to old with the changes made. changes are sorted by
 * key, no key twice; items and keys are borrowed for the call (the array takes
 * references of its own). old NULL is the empty array, and *ret is NULL when
 * nothing is left. -ENOMEM.
 */
int sorted_edit(const struct sorted *old, const struct sorted_ops *ops,
	const struct sorted_change *changes, size_t count, struct sorted **ret);

struct sorted *sorted_ref(struct sorted *sorted);
void sorted_unref(struct sorted *sorted);

size_t sorted_count(const struct sorted *sorted);

/* Borrowed: valid while the array lives. NULL: not there. */
void *sorted_find(const struct sorted *sorted, const void *key);

/* A position; zeroed it stands before the first item. */
struct sorted_cursor {
	size_t chunk, item;
};

/* The next item (borrowed: valid while the array lives), NULL at the end. */
void *sorted_next(const struct sorted *sorted, struct sorted_cursor *cursor);

/*
 * Calls change for each key at which the arrays hold different items (by
 * address), in order of keys; the missing side is NULL. Costs what differs
 * plus one comparison a chunk. Stops at, and returns, the first non-zero
 * answer.
 */
int sorted_diff(const struct sorted *before, const struct sorted *after,
	int (*change)(void *context, void *before, void *after), void *context);

#endif
