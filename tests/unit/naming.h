/* SPDX-License-Identifier: MIT */
#ifndef TESTS_NAMING_H
#define TESTS_NAMING_H

/*
 * Name servers of a test: the process has a network and an /etc/resolv.conf and
 * /etc/hosts of its own, and real dnsmasqs on its loopback.
 */

#include <stdbool.h>

#include "fetch/catalog.h"
#include "fetch/hosts.h"
#include "tests/unit/maker.h"

enum { NAMING_TTL_MS = 5000 }; /* of what servers say */

/*
 * Once; ends the program with 77 where it may not be. program is dnsmasq; in
 * resolv.conf stands 127.0.0.1.
 */
void naming_begin(const char *program);

/* All of the file, in place of what was in it. */
void naming_resolv_conf(const char *text);
void naming_etc_hosts(const char *text);

/*
 * What each server says: lines as in /etc/hosts, of names that end in ".test".
 * Such a name that is not among them does not exist. Servers that run read it
 * soon.
 */
void naming_zone(const char *text);

/* A server at 127.0.0.LAST that answers when this returns. */
void naming_start(unsigned last);
void naming_stop(unsigned last);

/* A socket at 127.0.0.LAST to which names are asked in vain. */
int naming_silence(unsigned last);

/* A cluster of which the names are looked up. */
struct naming {
	struct hosts *hosts;
	struct catalog *all, *named;
	int64_t ahead; /* of the clock: ms that were skipped */
};

int64_t naming_now(const struct naming *naming);

/* Quick settings, in place of those of life. */
extern const struct hosts_settings naming_quick;

/* all is a catalog that is taken over. */
void naming_open(struct naming *naming, const struct hosts_settings *settings,
	struct catalog *all);
/* Another one. */
void naming_take(struct naming *naming, struct catalog *all);
void naming_close(struct naming *naming);

/* Turns, and takes the catalog when it is told to, until it is so. */
void naming_until(struct naming *naming,
	bool (*is_so)(struct naming *naming, const void *what),
	const void *what);

/* Until the first instance of /app has the address; NULL: none. */
void naming_until_address(struct naming *naming, const char *address);

/* Until that many have no address, and fail. */
void naming_until_report(
	struct naming *naming, uint64_t missing, uint64_t failing);

/* Until that many more lookups have ended. */
void naming_until_lookups(struct naming *naming, uint64_t more);

struct hosts_report naming_report(const struct naming *naming);

/* The n-th instance of an app; borrowed. */
const struct instance *naming_instance(
	const struct naming *naming, const char *id, uint32_t n);

/* An app with one instance on each of the hosts, by blanks. */
void naming_app(struct catalog **catalog, const char *id, const char *hosts);

#endif
