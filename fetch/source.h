/* SPDX-License-Identifier: MIT */
#ifndef FETCH_SOURCE_H
#define FETCH_SOURCE_H

/*
 * What kinds of sources there are, as rows of one table. A new source is a
 * file and a row.
 */

#include "fetch/app_json.h"
#include "fetch/belief.h"
#include "fetch/fetch.h"
#include "fetch/http.h"

/* What every source is made with. Borrowed; it outlives the source. */
struct source_context {
	const struct fetch_settings *settings;  /* for the call alone */
	const struct source_settings *source;   /* for the call alone */
	struct app_reader reader;      /* to be copied */
	struct belief_settings belief; /* to be copied */
	struct identity *identity;
	struct http *http;
};

struct source_kind {
	const char *prefix; /* of the address that the user gives */
	int (*new)(const struct source_context *context, void **ret,
		struct why *why);
	void (*free)(void *source);
	/* Does what is due; true when catalog or report may have changed. */
	bool (*turn)(void *source, int64_t now);
	/* Of the next turn, in its time; INT64_MAX: none. */
	int64_t (*deadline)(const void *source);
	/* To be polled for reading; -1: none. */
	int (*fd)(const void *source);
	void (*refresh)(void *source);
	/* What it believes, borrowed; NULL: it believes all that it reads. */
	struct belief *(*belief)(const void *source);
	/* Borrowed until the next turn. */
	struct catalog *(*catalog)(const void *source);
	const struct source_report *(*report)(const void *source);
};

/* Never NULL: what has no prefix of its own is a Marathon. */
const struct source_kind *source_kind_of(const char *address);

#endif
