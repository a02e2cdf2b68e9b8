/* SPDX-License-Identifier: MIT */
#ifndef FETCH_HOSTS_H
#define FETCH_HOSTS_H

/*
 * The addresses of agents that are known by a name, put into the catalog. They
 * are asked for beside all else: nothing waits for them, and what was known
 * stays through every failure. One user, no thread.
 *
 * Asked for is each name at which an instance has an endpoint, as long as there
 * is one. IPv4 goes before IPv6; of several addresses the one that is known
 * stays while it is among them, else the first is taken. A name is looked up
 * again when its time to live is over, within bounds. One that fails, and be it
 * that it is gone from its zone, keeps its last address, and is tried again
 * after a second, two, and so on up to a minute.
 */

#include <poll.h>

#include "fetch/catalog.h"

enum {
	HOSTS_FIRST_MS = 1000, /* how long a first lookup is "looking" */
	HOSTS_BATCH_MS = 100,  /* answers are told together */
	HOSTS_KEPT_MS = 600000, /* what is remembered waits for its user */
	HOST_LOOKUPS_MAX = 32, /* under way */
	HOSTS_POLLS_MAX = 16,
};

/* Times in milliseconds. */
struct hosts_settings {
	bool off;                /* no name has an address */
	const char *resolv_conf; /* borrowed; NULL: the system's */
	int64_t check_ms;        /* between two looks at it */
	int64_t again_ms;        /* where an answer has no time to live */
	int64_t again_min_ms, again_max_ms; /* bounds, where it has */
	int64_t retry_ms, retry_max_ms; /* after the first failure; the most */
};

extern const struct hosts_settings hosts_defaults;

struct hosts;

/* Copies the settings. -ENOMEM. May be made before fork, but not used. */
int hosts_new(const struct hosts_settings *settings, struct hosts **ret);
void hosts_free(struct hosts *hosts);
CLEANUP_DEFINE(struct hosts *, hosts_free)

/*
 * What was known of hosts before a restart: the addresses in a catalog from
 * disk are the last ones known of its hosts. Best effort.
 */
void hosts_remember(struct hosts *hosts, const struct catalog *restored);

/*
 * all is what the sources say (borrowed; a reference is kept). *ret is a new
 * reference to the same with the addresses that are known: it shares every app
 * that needs none, and every app with the call before that did not change.
 * Costs what differs from the call before; and when an address has changed
 * since, a look at all instances. -ENOMEM: nothing has changed.
 */
int hosts_take(struct hosts *hosts, struct catalog *all, int64_t now,
	struct catalog **ret);

/*
 * Takes answers, gives up, begins lookups. True when the catalog is to be taken
 * again, or the report is another.
 */
bool hosts_turn(struct hosts *hosts, int64_t now);

/* Of the next turn; INT64_MAX: none. */
int64_t hosts_deadline(const struct hosts *hosts, int64_t now);

/* To be polled, at most max (HOSTS_POLLS_MAX are enough); returns how many. A
 * turn looks at all of them. */
size_t hosts_polls(const struct hosts *hosts, struct pollfd *ret, size_t max);

/* Whether an instance of the last catalog taken is "looking", or would not be
 * if it were taken again. */
bool hosts_looking(const struct hosts *hosts);

void hosts_report(const struct hosts *hosts, struct hosts_report *ret);

#endif
