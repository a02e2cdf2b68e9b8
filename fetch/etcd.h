/* SPDX-License-Identifier: MIT */
#ifndef FETCH_ETCD_H
#define FETCH_ETCD_H

/*
 * What registrator keeps in one etcd (registry.h), through the v2 keys API or
 * the JSON gateway of v3: all keys are read once, then each change comes by a
 * watch that begins where the read ended, so that none is missed and one costs
 * what it changes.
 *
 * All is read again at the refresh interval, when the watch ends, and when etcd
 * has forgotten what happened since; each such read is linearizable, so that a
 * member that is cut off from the others answers with a failure instead of old
 * keys, and begins the watch anew, so that one that has died silently is no
 * worse than the interval. A store that is emptied or replaced is left to the
 * shrink guard.
 *
 * A key that somebody deleted is an announced removal; one that nobody renewed
 * is none: its machine, or registrator there, may be cut off from etcd alone.
 * v3 does not tell which it was: a key with a lease then counts as not renewed.
 */

#include "fetch/belief.h"
#include "fetch/http.h"
#include "fetch/registry.h"

struct etcd_settings {
	struct http *http;
	struct identity *identity;
	const char *address; /* etcd_address.h; for the call alone */
	struct registry_reader reader;
	struct belief_settings belief;
	int64_t refresh_ms; /* between full reads, with a watch */
	int64_t poll_ms;    /* between full reads, without */
};

struct etcd;

/* settings are copied; what they point to is borrowed, but for the address. */
int etcd_new(const struct etcd_settings *settings, struct etcd **ret,
	struct why *why);
void etcd_free(struct etcd *etcd);
CLEANUP_DEFINE(struct etcd *, etcd_free)

/* As in struct source_kind. */
bool etcd_turn(struct etcd *etcd, int64_t now);
int64_t etcd_deadline(const struct etcd *etcd);
void etcd_refresh(struct etcd *etcd);
struct belief *etcd_belief(const struct etcd *etcd);
struct catalog *etcd_catalog(const struct etcd *etcd);
const struct source_report *etcd_report(const struct etcd *etcd);

#endif
