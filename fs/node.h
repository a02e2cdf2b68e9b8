/* SPDX-License-Identifier: MIT */
#ifndef FS_NODE_H
#define FS_NODE_H

/*
 * Every version of a file is a node, and a node is an inode of its own: number,
 * bytes, size and mtime never change after node_new(). A name points to its
 * newest node; an older one lives until the kernel has forgotten it (DESIGN 2,
 * rules 1 to 3).
 *
 * This module holds all that the kernel relies on (which nodes live, under
 * which number, how often the kernel looked each up) and nothing else, behind
 * one leaf mutex. All functions may be called from any thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "fetch/cleanup.h"

/* Numbers below are directories; they are never nodes. */
enum { NODE_FIRST = 4096 };

/* At most so many older versions of one name are told of a change. */
enum { OLD_VERSIONS_MAX = 64 };

struct nodes;

struct node {
	uint64_t number;
	const char *bytes; /* size of them */
	size_t size;
	struct timespec mtime;

	/* Private to node.c. */
	struct nodes *table;
	struct series *series; /* all versions of this name */
	struct node *next;     /* in its bucket; by lock */
	struct node *sibling;  /* in its series; by lock */
	uint64_t lookups;      /* by lock */
	uint32_t references;   /* atomic; 1 to 0 only by lock */
};

int nodes_new(struct nodes **ret);
/* All nodes must have been released, but for what the kernel still holds. */
void nodes_free(struct nodes *nodes);

/*
 * Takes over bytes (from malloc, also on failure). before is the version that
 * this one follows, NULL for a new name. mtime is now, and later than that of
 * every node made before. *ret is a new reference.
 */
int node_new(struct nodes *nodes, char *bytes, size_t size,
	const struct node *before, struct node **ret);

struct node *node_ref(struct node *node);
void node_unref(struct node *node);
CLEANUP_DEFINE(struct node *, node_unref)

/* Returns a new reference, NULL when no such node lives. */
struct node *nodes_find(struct nodes *nodes, uint64_t number);

/* The kernel is about to be told of node: it holds it once more. */
void node_looked_up(struct node *node);
/* The kernel forgets count of its lookups; an unknown number is ignored. */
void nodes_forget(struct nodes *nodes, uint64_t number, uint64_t count);

/*
 * The numbers of the versions of node's name, other than node itself, that the
 * kernel still holds: newest first, at most OLD_VERSIONS_MAX of them in
 * ret_numbers. Returns how many there are in all.
 */
size_t node_others(struct node *node, uint64_t ret_numbers[OLD_VERSIONS_MAX]);

struct nodes_count {
	uint64_t live;   /* nodes in memory */
	uint64_t held;   /* of them held by the kernel */
	uint64_t made;   /* since the start */
	uint64_t beyond; /* old versions that were not told: too many */
};

struct nodes_count nodes_count(struct nodes *nodes);

#endif
