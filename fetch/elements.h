/* SPDX-License-Identifier: MIT */
#ifndef FETCH_ELEMENTS_H
#define FETCH_ELEMENTS_H

/*
 * Cuts a JSON document, as it arrives, into the objects at one depth and the
 * rest, in which a 0 stands for each of them, so that a big list is never one
 * tree in memory (DESIGN 3.10). It knows strings and brackets alone: whether
 * the pieces are JSON is for who parses them. Pure; one user.
 */

#include <stddef.h>

#include "fetch/cleanup.h"
#include "fetch/why.h"

enum {
	ELEMENT_MAX = 64 << 20,     /* bytes of one object */
	ELEMENTS_REST_MAX = 8 << 20, /* of all that is between them */
	ELEMENTS_DEPTH_MAX = 256,
};

struct elements;

/* One object, from its '{' to its '}'; borrowed for the call. */
typedef int elements_each(void *context, const char *bytes, size_t length,
	struct why *why);

/* depth: how many brackets are open inside of such an object. */
int elements_new(unsigned depth, elements_each *each, void *context,
	struct elements **ret);
void elements_free(struct elements *elements);
CLEANUP_DEFINE(struct elements *, elements_free)

/*
 * Any cut into pieces gives the same. -EBADMSG for brackets that cannot be,
 * -E2BIG over a ceiling, both with words; -ENOMEM; or what each gave.
 */
int elements_feed(struct elements *elements, const char *bytes, size_t length,
	struct why *why);

/* How many there were. */
size_t elements_count(const struct elements *elements);

/* Borrowed until the next call, with a NUL behind. */
const char *elements_rest(const struct elements *elements, size_t *ret_length);

#endif
