/* SPDX-License-Identifier: MIT */
#ifndef FETCH_MARATHON_H
#define FETCH_MARATHON_H

/*
 * One cluster's Marathon, 0.8 to 1.11: the list, the event stream or callbacks,
 * single apps that events name, and what of all that is believed (DESIGN 3). One thread;
 * everything happens in callbacks of http and in marathon_turn().
 *
 * Two catalogs: the claim is what Marathon says, with the events that came
 * since; the shown is what the shrink guard lets through.
 */

#include "fetch/app_json.h"
#include "fetch/belief.h"
#include "fetch/callback.h"
#include "fetch/http.h"

struct marathon_settings {
	struct http *http; /* borrowed: outlives the marathon */
	struct identity *identity; /* likewise; NULL: nobody */
	const char *urls;  /* replicas of one cluster, by commas; copied */
	struct app_reader reader; /* what it points to is borrowed */
	struct belief_settings belief; /* likewise */
	int64_t refresh_ms;       /* between full reads, with events */
	int64_t poll_ms;          /* between full reads, without */
	struct callback_settings callback; /* copied */
	bool follows; /* on another, that may hold the port for callbacks */
};

struct marathon;

/*
 * Asks for nothing yet, but listens where there is a URL for callbacks: a
 * negative errno with words.
 */
int marathon_new(const struct marathon_settings *settings,
	struct marathon **ret, struct why *why);
/*
 * Takes back the URL for callbacks, if Marathon has it: may turn http for
 * CALLBACK_LEAVE_MS.
 */
void marathon_free(struct marathon *marathon);

/*
 * Begins what is due at now (clock_now_ms()), and passes on what has come.
 * True when the catalog or the report may have changed since the last call.
 */
bool marathon_turn(struct marathon *marathon, int64_t now);

/* When the next turn is due at the latest, in the time of marathon_turn(). */
int64_t marathon_deadline(const struct marathon *marathon);

/* Of who listens for callbacks, to be polled for reading; -1: nobody. */
int marathon_fd(const struct marathon *marathon);

/* The list is to be read at the next turn. */
void marathon_refresh(struct marathon *marathon);

/* Borrowed: lives as long as the marathon. */
struct belief *marathon_belief(const struct marathon *marathon);

/* Borrowed until the next turn; NULL before there is anything to show. */
struct catalog *marathon_catalog(const struct marathon *marathon);
const struct source_report *marathon_report(const struct marathon *marathon);

#endif
