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

/*
 * The first member of every source. What is common to all of them is here, so
 * that a kind has only what it does otherwise.
 */
struct source {
	const struct source_kind *kind;
	struct source_report report;
	struct belief *belief; /* NULL: it believes all that it reads */
	bool news; /* for source_turn(): catalog or report may have changed */
};

struct source_kind {
	const char *prefix; /* of the address that the user gives */
	int (*new)(const struct source_context *context, struct source **ret,
		struct why *why);
	void (*free)(struct source *source);
	/* Does what is due. */
	void (*turn)(struct source *source, int64_t now);
	/* Of the next turn, in its time; INT64_MAX: none. */
	int64_t (*deadline)(const struct source *source);
	/* To be polled for reading, -1: none; NULL: all it has is http's. */
	int (*fd)(const struct source *source);
	/* Everything is to be read at the next turn. */
	void (*refresh)(struct source *source);
	/* NULL: what is believed. Else there is no belief. */
	struct catalog *(*catalog)(const struct source *source);
};

/* The kind is that of the address: -ENOMEM, -EINVAL and others with words. */
int source_new(const struct source_context *context, struct source **ret,
	struct why *why);
void source_free(struct source *source);
/* Does what is due; true when catalog or report may have changed. */
bool source_turn(struct source *source, int64_t now);
int64_t source_deadline(const struct source *source);
/* To be polled for reading; -1: none. */
int source_fd(const struct source *source);
void source_refresh(struct source *source);
/* Borrowed until the next turn; NULL before there is anything to show. */
struct catalog *source_catalog(const struct source *source);

/*
 * For the kinds. The beginning, with all that is zero: kind, name, belief.
 * -ENOMEM. Its belief is to be freed at the end.
 */
int source_begin(struct source *source, const struct source_kind *kind,
	const struct source_context *context);
/* Where it is, for the report. */
void source_is_at(struct source *source, const char *url);
/* What was left out of the last answer: how many apps, why the first. */
void source_leaves_out(
	struct source *source, uint64_t count, const struct why *first);
/* What is wrong now, and since when; "" for nothing. */
void source_say(struct source *source, const char *why);

#endif
