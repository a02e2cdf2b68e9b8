/* SPDX-License-Identifier: MIT */
#ifndef FETCH_FETCH_H
#define FETCH_FETCH_H

/*
 * All sources together, run by one thread (the watcher) in one loop: one curl
 * multi handle, timers, files. It starts no thread, logs nothing, and keeps
 * what is known through every failure.
 */

#include "fetch/callback.h"
#include "fetch/catalog.h"
#include "fetch/groups.h"
#include "fetch/health.h"
#include "fetch/identity.h"

struct source_settings {
	const char *name;    /* of app_key.source, unlike all others */
	const char *address; /* as source.c knows it: "http://a:8080,..." */
	struct identity_settings identity;
	struct callback_settings callback; /* of a Marathon */
};

/* What is shown of Mesos clusters. */
struct mesos_wishes {
	bool tasks;             /* and not only the leading master */
	const char *frameworks; /* globs by commas, of their names; NULL: all */
	const char *others;     /* but these; NULL: none */
	const char *domain;     /* of the leading master; NULL: none */
	int64_t poll_ms;        /* between two questions */
};

struct fetch_settings {
	/* In their order of precedence: see app_origin.rank. */
	const struct source_settings *sources;
	size_t source_count; /* 1 to SOURCES_MAX */
	int64_t partial_ms; /* see fetch_catalog(); negative: never */
	const char *state_dir; /* NULL: none */
	int64_t refresh_ms;     /* between full reads, with a stream */
	int64_t poll_ms;        /* between full reads, where there is none */
	struct mesos_wishes mesos;
	int64_t settle_ms;      /* additions are gathered so long; 0: none */
	int64_t shrink_hold_ms;
	int shrink_percent; /* negative: off */
	struct health_policy health;
	bool follows;       /* on another that still runs: see fetch_new() */
	const char *groups; /* "*": all */
	enum groups_by groups_by;
	bool resolve_hosts; /* the names of agents are looked up */
};

struct fetch;

/*
 * Checks the settings (which are copied) and starts nothing yet, but listens
 * for callbacks; where follows says so, a port that is taken is waited for.
 * After fork: curl and the resolvers must be born in the process that uses
 * them.
 */
int fetch_new(const struct fetch_settings *settings, struct fetch **ret,
	struct why *why);
/* A Marathon that has our URL for callbacks is told: see marathon_free(). */
void fetch_free(struct fetch *fetch);
CLEANUP_DEFINE(struct fetch *, fetch_free)

/*
 * One turn: waits at most timeout_ms (-1: for ever) for something to do, does
 * it, and returns 1 when the catalog or a report may have changed, 0 when not.
 * A big list is taken in steps of 2 ms, one a turn, so that events get their
 * turn. Negative only for what cannot be gone on from (-ENOMEM is gone on
 * from).
 */
int fetch_turn(struct fetch *fetch, int timeout_ms);

/* From any thread: fetch_turn() returns soon. */
void fetch_wake(struct fetch *fetch);

/* Reads the list now, as after --refresh-interval. */
void fetch_refresh(struct fetch *fetch);

/*
 * What another fetch showed, which this one is to replace (borrowed for the
 * call): of a source that does not answer it is what is known.
 */
void fetch_remember(struct fetch *fetch, const struct catalog *known);

/*
 * Returns a new reference to what is to be shown, NULL before each source has
 * given its first complete answer (or restored state). One that does not is
 * waited for no longer than partial_ms; the others are then shown without it.
 */
struct catalog *fetch_catalog(struct fetch *fetch);

/*
 * In the first second of the first catalog, at most: the names of some hosts in
 * it may soon have an address.
 */
bool fetch_looking(const struct fetch *fetch);

/* Copies. How these names do. */
void fetch_hosts(const struct fetch *fetch, struct hosts_report *ret);

/* Borrowed until the next turn. */
const struct source_report *fetch_reports(
	struct fetch *fetch, size_t *ret_count);

#endif
