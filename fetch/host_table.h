/* SPDX-License-Identifier: MIT */
#ifndef FETCH_HOST_TABLE_H
#define FETCH_HOST_TABLE_H

/*
 * The names of hosts, each with what is known of it: found by name, kept in a
 * list for each state in which one can be, and in a queue by the time of its
 * next lookup. It owns them. Used by hosts.c alone.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HOSTS_MAX = 100000 };

enum host_state {
	HOST_KEPT,    /* of no instance (yet) */
	HOST_LOOKING, /* the first lookup may take until looking_by */
	HOST_KNOWN,
	HOST_FAILING, /* has its last known address */
	HOST_MISSING, /* has none */
	HOST_STATES,
};

struct host_asking;

struct host {
	char address[INET6_ADDRSTRLEN]; /* "" none is known */
	const char *why;  /* constant: of the last failure */
	int64_t since;    /* unix ms; of FAILING and MISSING */
	int64_t due;      /* the next lookup, while it is queued */
	int64_t looking_by;
	uint32_t references; /* instances */
	uint32_t failures;   /* in a row */
	struct host_asking *asking; /* NULL: no lookup is under way */

	/* host_table.c's own. */
	enum host_state state;
	size_t place; /* in the queue; SIZE_MAX: not in it */
	uint64_t hash;
	struct host *same, *before, *next;
	char name[];
};

/* Zeroed it is empty. */
struct host_table {
	struct host **buckets;
	size_t size; /* a power of two, or 0 */
	size_t count;
	struct {
		struct host *first, *last;
		size_t count;
	} states[HOST_STATES];
	struct host **queue; /* a heap, with room for all */
	size_t queued, room;
};

void host_table_done(struct host_table *table);

/* NULL: not there. */
struct host *host_find(const struct host_table *table, const char *name);

/* A new one, HOST_KEPT and not queued. -E2BIG beyond HOSTS_MAX, -ENOMEM. */
int host_add(struct host_table *table, const char *name, struct host **ret);

/* Frees it. */
void host_remove(struct host_table *table, struct host *host);

/* Puts it behind all that are in that state. */
void host_move(
	struct host_table *table, struct host *host, enum host_state state);

/* Queues it for that time, whether it was queued or not. */
void host_queue(struct host_table *table, struct host *host, int64_t due);
void host_unqueue(struct host_table *table, struct host *host);

/* The one that is due first; NULL: none is queued. */
struct host *host_first(const struct host_table *table);

#endif
