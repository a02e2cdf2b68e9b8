/* SPDX-License-Identifier: MIT */
#ifndef FETCH_LOOKUP_H
#define FETCH_LOOKUP_H

/*
 * The addresses of one name, asked of the machine's resolver: /etc/hosts and
 * the servers of resolv.conf, as that is now. Asynchronous, without a thread;
 * the only place that knows c-ares. One user.
 */

#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fetch/cleanup.h"

enum {
	LOOKUP_TRY_MS = 1000,  /* how long a server may take, at first */
	LOOKUP_TRIES = 3,      /* of each server */
	LOOKUP_ADDRESSES = 32, /* more of one name are left out */
	LOOKUP_SOCKETS = 16,
};

struct lookup_answer {
	int error; /* 0; -ECANCELED: ask again; -ENOMEM, -EHOSTUNREACH */
	const char *words; /* what is wrong, constant */
	int64_t ttl; /* seconds; 0: none is said */
	size_t count; /* at least one without an error */
	char addresses[LOOKUP_ADDRESSES][INET6_ADDRSTRLEN];
};

struct lookup;

/*
 * resolv_conf is borrowed; NULL: the system's. Nothing of it is read before the
 * first name is asked for, so that it may be made before fork. -ENOMEM.
 */
int lookup_new(const char *resolv_conf, struct lookup **ret);
/* Calls done of all that is under way, with -ECANCELED. */
void lookup_free(struct lookup *lookup);
CLEANUP_DEFINE(struct lookup *, lookup_free)

/*
 * Asks for a name: the IPv4 addresses, or if there are none the IPv6 addresses,
 * in the order of the answer. done is called exactly once, perhaps at once.
 */
void lookup_begin(struct lookup *lookup, const char *name,
	void (*done)(void *context, const struct lookup_answer *answer),
	void *context);

/*
 * Looks whether resolv.conf is another: true when it is, and all that was under
 * way has been cancelled.
 */
bool lookup_renew(struct lookup *lookup);

/* Takes the answers that are there, and gives up what took too long. */
void lookup_turn(struct lookup *lookup);

/* When lookup_turn() has to do without an answer; INT64_MAX: never. */
int64_t lookup_deadline(struct lookup *lookup, int64_t now);

/* What is to be polled, at most max; returns how many. */
size_t lookup_polls(
	const struct lookup *lookup, struct pollfd *ret, size_t max);

#endif
