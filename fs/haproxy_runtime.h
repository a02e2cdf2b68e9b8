/* SPDX-License-Identifier: MIT */
#ifndef FS_HAPROXY_RUNTIME_H
#define FS_HAPROXY_RUNTIME_H

/*
 * Makes the servers of a running haproxy those of the configuration, without
 * a reload: addresses, weights, limits, drained or not, new ones, gone ones.
 * Plain memory of one thread, which waits for the socket with a deadline.
 *
 * What we are sure of was read back. What haproxy does not tell (inter, fall
 * and the like) is taken for what the first configuration after haproxy
 * started says: so hand over first what haproxy was started with. Everything
 * outside of server lines is the caller's to compare.
 *
 * Facts, tried with 2.6.12:
 * - One change (connect, "show info", set, "show servers state B") takes
 *   0.2 ms at 1 000 backends of 10 when its backend alone is handed over, 1.2
 *   ms when all are; the first look at all of them 70 ms.
 * - "add server" wants a dynamic algorithm: roundrobin, leastconn, first,
 *   random and consistent hashes; static-rr and map-based hashes refuse it,
 *   and any other weight than the first ("del server" they take). It gives a
 *   server in maintenance whose check is off. haproxy_words.h has its words.
 * - A server that was added with "check" gets clients from "enable server" on,
 *   before its first check.
 * - A server that its checks called down stays so at a new address, until two
 *   checks have passed: "set server health up" ends that. Leaving maintenance
 *   does too.
 * - "set server addr" takes numbers only, also for a server whose line has a
 *   name; a server that was added with a name stays without an address.
 * - "del server" wants maintenance; also servers of the configuration can go,
 *   unless something names them (track, use-server). Until the last connection
 *   has ended it refuses; idle ones, kept for reuse, end with maintenance.
 * - A reload (-sf) closes the connections to the socket of the old process.
 * - Before 2.4 no server can be added; in 2.4 only in the experimental mode,
 *   which we ask for before 2.6. (Read, not tried.)
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fetch/cleanup.h"
#include "fetch/why.h"

/* One server as the configuration has it. Borrowed text. */
struct runtime_server {
	const char *name;
	const char *host; /* a number; a name only where it stays */
	uint16_t port;
	uint32_t id;      /* 0: any */
	uint32_t weight;  /* 0 to 256 */
	uint32_t maxconn; /* 0: no limit */
	bool drained;     /* keeps its connections, gets no new client */
	/*
	 * All behind the address: "check inter 10s fall 3 weight 128". Of id,
	 * weight, maxconn and disabled the fields above count.
	 */
	const char *words;
};

struct runtime_backend {
	const char *name;
	const char *defaults; /* of its "default-server"; NULL: none */
	const struct runtime_server *servers;
	size_t count;
};

/* Texts are borrowed while the haproxy_runtime lives. */
struct runtime_settings {
	const char *socket; /* a path, or abns@NAME; level admin */
	int timeout_ms;     /* for one exchange, of up to 256 changes or so */
	bool shutdown;      /* end the connections of servers that go at once */
	int shutdown_ms;    /* or so long after that, at a tick; 0: never */
};

struct haproxy_runtime;

/* Connects nowhere yet. */
int haproxy_runtime_new(
	const struct runtime_settings *settings, struct haproxy_runtime **ret);
void haproxy_runtime_free(struct haproxy_runtime *runtime);
CLEANUP_DEFINE(struct haproxy_runtime *, haproxy_runtime_free)

/*
 * Makes these backends of the running haproxy equal to what is given; others
 * are left alone, and so it is enough to hand over what changed. Compares with
 * what was last read, and with haproxy itself for a backend that is new to us,
 * and for all when haproxy was started anew. What others do at the socket is
 * noticed when the backend is read again, with its next change, and undone.
 *
 * 0: done, and read back. 1: why says what needs a reload (a backend that
 * haproxy does not have, an option that cannot change, a refusal); what could
 * be changed is changed. Negative: the socket is in trouble (-ENOENT,
 * -ECONNREFUSED, -ECONNRESET, -ETIMEDOUT, -EMSGSIZE, -EPROTO when it is none
 * of haproxy, -EAGAIN when haproxy is stopping or starts again and again) or
 * -ENOMEM; the next call compares everything anew.
 *
 * A server that is not wanted gets no client from now on, and goes when its
 * last connection has ended: see haproxy_runtime_tick().
 */
int haproxy_runtime_apply(struct haproxy_runtime *runtime,
	const struct runtime_backend *backends, size_t count, struct why *why);

/*
 * To be called about once a second. Tries again to delete the servers that
 * wait in maintenance, each after 1, 2, 4 ... 60 s, and looks whether haproxy
 * is still the same process. 1: it is not, hand everything to
 * haproxy_runtime_apply(). Negative as there.
 */
int haproxy_runtime_tick(struct haproxy_runtime *runtime, struct why *why);

/* How many servers wait in maintenance to be deleted. */
size_t haproxy_runtime_waiting(const struct haproxy_runtime *runtime);

#endif
