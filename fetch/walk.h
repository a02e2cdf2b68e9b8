/* SPDX-License-Identifier: MIT */
#ifndef FETCH_WALK_H
#define FETCH_WALK_H

/*
 * Walks over a big JSON document as it arrives. Whoever reads it says of each
 * value that begins whether to go into it, to have it whole, or to pass by
 * without a look; a document of tens of megabytes is never in memory. Strings,
 * brackets and what belongs between them are watched; the inside of what is
 * taken is for a parser. Pure but for malloc.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fetch/cleanup.h"
#include "fetch/why.h"

enum {
	WALK_DEPTH_MAX = 8,       /* of containers that are gone into */
	WALK_NEST_MAX = 64,       /* of all others, each */
	WALK_KEY_MAX = 64,        /* a longer key is shown as "" */
	WALK_TAKE_MAX = 16 << 20, /* bytes of what is had whole */
};

enum walk_verdict { WALK_PASS, WALK_TAKE, WALK_ENTER };

struct walk_reader {
	void *context;
	/*
	 * A value begins, at depth 1 for the members of the document itself.
	 * key is NULL for an element of an array. What is neither object nor
	 * array cannot be entered: it is passed by.
	 */
	enum walk_verdict (*value)(
		void *context, unsigned depth, const char *key);
	/* What was to be taken, whole; borrowed. A negative answer ends it. */
	int (*take)(void *context, unsigned depth, const char *bytes,
		size_t length, struct why *why);
};

struct walk;

/* reader is copied. The document is an object. -ENOMEM. */
int walk_new(const struct walk_reader *reader, struct walk **ret);
void walk_free(struct walk *walk);
CLEANUP_DEFINE(struct walk *, walk_free)

/*
 * -EBADMSG with words when it is no such document, -E2BIG, -ENOMEM, or what
 * take() gave; the walk is of no use then.
 */
int walk_feed(struct walk *walk, const char *bytes, size_t length,
	struct why *why);

/* The document has ended well, and nothing is behind it. */
bool walk_is_complete(const struct walk *walk);

#endif
