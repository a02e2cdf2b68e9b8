/* SPDX-License-Identifier: MIT */
#ifndef RENDER_TABLE_H
#define RENDER_TABLE_H

/*
 * A hash table of things that carry their own link. It owns none of them.
 * The first member of such a thing is its struct table_link; what sits in one
 * bucket is told apart by the caller. Plain memory of one thread.
 */

#include <stddef.h>
#include <stdint.h>

struct table_link {
	struct table_link *next;
	uint64_t hash;
};

struct table {
	struct table_link **buckets;
	size_t size; /* a power of two, or 0 */
	size_t count;
};

/* Zeroed memory is an empty table. */
void table_done(struct table *table);

/* To begin with: 0. Two texts: text_hash(text_hash(0, a), b). */
uint64_t text_hash(uint64_t hash, const char *text);

/* -ENOMEM only for the very first buckets. */
int table_add(struct table *table, struct table_link *link, uint64_t hash);
void table_remove(struct table *table, struct table_link *link);

/* The first, and the next, with that hash; NULL: no more. */
struct table_link *table_first(const struct table *table, uint64_t hash);
struct table_link *table_more(const struct table_link *link);

/*
 * Any link in bucket *at or behind it, NULL at the end; to walk the whole
 * table, start at 0, follow ->next, then add one to *at.
 */
struct table_link *table_walk(const struct table *table, size_t *at);

#endif
