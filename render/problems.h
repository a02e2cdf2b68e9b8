/* SPDX-License-Identifier: MIT */
#ifndef RENDER_PROBLEMS_H
#define RENDER_PROBLEMS_H

/*
 * What a view could not show, and why: one bad app is left out with a reason,
 * everybody else is shown. A growing list in plain memory, bounded; beyond
 * PROBLEMS_MAX (or without memory) problems are only counted.
 */

#include "fetch/catalog.h"

enum { PROBLEMS_MAX = 1000 };

struct problem {
	struct app_key key; /* owned, together with text: one block */
	const char *view;   /* a constant: the name of the view */
	const char *text;   /* one line, no full stop */
};

/* Zeroed memory is an empty list. */
struct problems {
	struct problem *items;
	size_t count;
	size_t left_out; /* more than were kept */
};

/* Takes a copy of key and text; view must be a constant. problems may be NULL:
 * nobody wants to know. */
__attribute__((format(printf, 4, 5))) void problems_add(
	struct problems *problems, const struct app_key *key, const char *view,
	const char *format, ...);

/* Another app in words for the reader of key. */
struct app_words {
	char text[512]; /* its id; with its source, where that is another */
};

struct app_words app_words(
	const struct app_key *other, const struct app_key *key);

/* Adds copies of all that is in from. */
void problems_append(struct problems *problems, const struct problems *from);

/* Drops what is known of that app in that view, before it is drawn anew. */
void problems_forget(struct problems *problems, const struct app_key *key,
	const char *view);

bool problems_same(const struct problems *a, const struct problems *b);

/* Empty again; the list may be used further. */
void problems_done(struct problems *problems);

#endif
