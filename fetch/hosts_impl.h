/* SPDX-License-Identifier: MIT */
#ifndef FETCH_HOSTS_IMPL_H
#define FETCH_HOSTS_IMPL_H

/*
 * What hosts.c and hosts_take.c share; for nobody else. The first asks for
 * names, the second puts what is known of them into a catalog.
 */

#include "fetch/host_table.h"
#include "fetch/hosts.h"
#include "fetch/lookup.h"

#define NEVER INT64_MAX

/* A lookup that is under way, and for whom. */
struct host_asking {
	struct hosts *hosts;
	struct host *host; /* NULL: nobody wants it any more */
	bool used;
};

struct hosts {
	struct hosts_settings settings;
	struct lookup *lookup;
	struct host_table table;
	struct host_asking asking[HOST_LOOKUPS_MAX];
	size_t asking_count;
	int64_t now;       /* of this turn */
	int64_t kept_until; /* what nobody uses; NEVER: there is none */
	int64_t check_at;  /* resolv.conf, while something fails */
	int64_t tell_at;   /* NEVER: there is nothing to tell */
	bool moved;        /* the catalog is to be taken again */
	uint64_t lookups, failures, beyond;

	struct catalog *all;   /* as it was taken last */
	struct catalog *named; /* what was made of it */
};

/* hosts.c: one more, or one less, instance is on that host. */
void hosts_use(struct hosts *hosts, struct host *host, int64_t now);
void hosts_drop(struct hosts *hosts, struct host *host);

#endif
