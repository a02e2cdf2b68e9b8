/* SPDX-License-Identifier: MIT */
#ifndef FS_HAPROXY_KNOWN_H
#define FS_HAPROXY_KNOWN_H

/*
 * What is known of a running haproxy: the process, and the servers of the
 * backends we looked at, as "show info", "show servers state B" and
 * "show stat B 4 -1" tell it. Plain memory of one thread.
 *
 * "show servers state" tells nothing of maxconn and cookies, "show stat" does,
 * at five times the cost (0.3 ms for ten servers). Neither tells the other
 * options of a server (inter, fall, ...).
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bits of known_server.admin. 4, "disabled in the configuration", says nothing
 * of now: "state ready" leaves it. */
enum { KNOWN_MAINT = 0x01, KNOWN_DRAIN = 0x08 };
/* Bits of known_server.check. */
enum { KNOWN_CHECK_CONFIGURED = 0x02, KNOWN_CHECK_ENABLED = 0x04 };

/* Which process answered. Zeroed: none. */
struct known_process {
	uint64_t pid;
	uint64_t started;     /* unix seconds; 0: it does not say */
	uint64_t connections; /* since it started, as it counts them */
	uint32_t version;     /* 206 is 2.6; 0: not understood */
	uint32_t processes;   /* that share the socket */
	bool stopping;
};

struct known_server {
	char *name;
	char *fqdn;    /* "-": the configuration has a number */
	char *address; /* "-": not resolved */
	uint32_t port, id, weight;
	uint32_t admin, check;
	uint32_t check_port;
	bool tls;
	bool has_limit;   /* "show stat" was read */
	uint32_t maxconn; /* 0: none */
	char *cookie;     /* "": none */
	/* Ours, not from haproxy: */
	char *options; /* haproxy_words_options() it was made with; NULL: not
	                  known */
	char *words;   /* that gave them, with the defaults; NULL: look again */
	bool moved;    /* its address was set: the name says nothing */
	bool seen;     /* in what is being read or compared */
	int64_t delete_at;    /* when to try next; 0: it does not wait */
	int64_t delete_pause; /* between tries, ms */
	int64_t gone_at;      /* since when it waits */
	bool shut;            /* its connections were ended */
};

struct known_backend {
	char *name;
	char *defaults; /* that words of servers went with; NULL: none */
	struct known_server *servers;
	size_t count, space;
	bool is_read; /* else nothing of the servers is true */
	bool limits;  /* "show stat" is wanted too */
	bool limits_are_read;
	bool missing;  /* haproxy does not have it */
	bool settled;  /* found as wanted in this call */
	unsigned told; /* how often in this call it was told to change */
	char *refusal; /* the first in this call, in haproxy's words; NULL */
};

/* By name. Zeroed it is empty. */
struct known {
	struct known_backend **backends;
	size_t count, space;
	struct known_process process;
};

/* Forgets everything. */
void known_done(struct known *known);

/* A new call begins: nothing was found, told or refused. */
void known_begin(struct known *known);

/* Borrowed: valid until known_done(). It is made if it is not there. -ENOMEM.
 */
int known_backend_get(
	struct known *known, const char *name, struct known_backend **ret);

/*
 * Searches from *hint (zero to begin with) on and leaves behind what it found
 * there, so that lists in the same order cost one comparison each. Borrowed:
 * valid until the backend changes; NULL: not there.
 */
struct known_server *known_server_find(
	const struct known_backend *backend, const char *name, size_t *hint);

void known_server_drop(
	struct known_backend *backend, struct known_server *server);

/* Of the answer to "show info". -EBADMSG: it is none. */
int known_process_read(const char *answer, struct known_process *ret);

/*
 * Whether both are one process. Pids repeat in containers, so that the start
 * (older versions do not tell it) and the count of connections, which never
 * falls, are looked at too.
 */
bool known_process_same(
	const struct known_process *before, const struct known_process *now);

/*
 * Takes over what "show servers state" says; servers that are not in it are
 * dropped, what is ours of the others is kept. An answer that is no such
 * listing makes the backend "missing". -ENOMEM, -EBADMSG (a listing, but not
 * one we can read).
 */
int known_state_read(struct known_backend *backend, const char *answer);

/* Takes over limits and cookies from "show stat". -ENOMEM, -EBADMSG. */
int known_stat_read(struct known_backend *backend, const char *answer);

#endif
