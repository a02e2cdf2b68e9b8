/* SPDX-License-Identifier: MIT */
#ifndef FETCH_CATALOG_H
#define FETCH_CATALOG_H

/*
 * What the sources know: apps, their ports, their instances and how these do.
 * The one structure that renderers may see of fetch/.
 *
 * A catalog and an app are immutable after they are made, counted, and may be
 * read by every thread that holds a reference. An app is one block of memory
 * with all its strings inside. A new catalog shares every app that did not
 * change with the one before: "the same app" is "the same address".
 *
 * catalog.c has the catalog, app.c what can be asked of an app, app_pack.c how
 * one is made.
 *
 * Text comes from outside: ids, labels and hosts may hold any byte but NUL.
 * What writes it into a file quotes it for that format.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fetch/cleanup.h"
#include "fetch/why.h"

/* Ceilings on what a source may give; beyond them an answer is refused. */
enum {
	APPS_MAX = 200000,
	INSTANCES_MAX = 20000, /* of one app */
	PORTS_MAX = 256,       /* of one app */
	LABELS_MAX = 4096,     /* of one app or port */
	NAME_LEN_MAX = 4096,   /* an app id, a host, a task id, in bytes */
};

enum port_protocol { PORT_TCP = 1, PORT_UDP = 2 };

struct label {
	const char *key;
	const char *value;
};

/* One port of an app, by its index in the definition. */
struct port {
	const char *name;           /* NULL: it has none */
	const struct label *labels; /* sorted by key */
	uint32_t label_count;
	uint16_t service_port;   /* 0: none */
	uint16_t container_port; /* 0: none, or the same as the host port */
	uint8_t protocols;       /* enum port_protocol, or-ed */
	bool unserved;           /* nobody gives it a service port, or misses it */
	bool hidden;             /* --groups leaves it out of every view */
};

enum check_protocol {
	CHECK_HTTP,
	CHECK_HTTPS,
	CHECK_TCP,
	CHECK_COMMAND,
	CHECK_MESOS_HTTP,
	CHECK_MESOS_HTTPS,
	CHECK_MESOS_TCP,
	CHECK_UNKNOWN,
};

struct check {
	enum check_protocol protocol;
	const char *path;  /* NULL: none given */
	int32_t port_index; /* -1: none given */
	uint16_t port;      /* a fixed port instead of an index; 0: none */
	uint32_t interval_seconds;
	uint32_t timeout_seconds;
	uint32_t max_failures;
};

/* Where one port of an instance is reached. */
struct endpoint {
	const char *host; /* name, IPv4 or IPv6 without brackets */
	uint16_t port;    /* 0: not reachable (yet), to be left out */
};

/* Why an instance is, or is not, given to clients. */
enum instance_state {
	INSTANCE_SERVING,
	INSTANCE_WAITING,     /* runs, but no health check has passed yet */
	INSTANCE_UNHEALTHY,   /* a health check fails */
	INSTANCE_STARTING,    /* staging, starting, or not launched yet */
	INSTANCE_KILLING,     /* is being stopped */
	INSTANCE_UNREACHABLE, /* lost from sight, and --unreachable=drop */
	INSTANCE_ENDED,       /* a terminal state that is still listed */
};

enum instance_health { HEALTH_UNKNOWN, HEALTH_ALIVE, HEALTH_DEAD };

struct instance {
	const char *id;      /* task id */
	const char *host;    /* the agent's name */
	const char *version; /* of the app, when it was started; NULL: unknown */
	const char *started; /* ISO time; NULL: unknown */
	const struct endpoint *endpoints; /* port_count of the app, by index */
	const char *ip;      /* its own first address; NULL: none known */
	const char *address; /* of host, as it was looked up; NULL: host is one
				itself, or none is known */
	uint8_t state;       /* enum instance_state */
	uint8_t health;      /* enum instance_health: the last known */
	bool lost;           /* serving, but Marathon has lost sight of it */
	bool looking;        /* host is a name, and soon known or given up */
};

enum app_network { NETWORK_HOST, NETWORK_BRIDGE, NETWORK_CONTAINER };

struct app_key {
	const char *id;     /* "/developer/trapni/php" */
	const char *source; /* "marathon", or the name the user gave it */
};

/* Of all apps of one source. */
struct app_origin {
	const char *source;
	uint8_t rank; /* the lower goes before, where two want the same */
};

struct app {
	struct app_key key;
	const char *version;        /* NULL: unknown */
	const char *scaled; /* ISO time; only of apps of a deployment group */
	const struct label *labels; /* sorted by key */
	const struct label *env;    /* only HAPROXY_*; sorted by key */
	const struct port *ports;
	const struct check *checks;
	const struct instance *instances; /* sorted by host, first port, id */
	uint32_t label_count;
	uint32_t env_count;
	uint32_t port_count;
	uint32_t check_count;
	uint32_t instance_count;
	uint32_t serving_count; /* of them in INSTANCE_SERVING */
	uint32_t target;        /* instances that are wanted */
	uint8_t network;        /* enum app_network */
	uint8_t rank;           /* of its origin */
	uint64_t fingerprint;   /* of the source's bytes; 0: must be re-read */
	uint32_t references;    /* atomic; app_ref() and app_unref() only */
};

/*
 * Packs a copy of draft, with all it points to, into one block. The draft may
 * be in any order and its counts of serving instances are ignored: labels,
 * env and instances are sorted here, serving_count is computed. *ret is a new
 * reference. -ENOMEM, -E2BIG over a ceiling (why says which).
 */
int app_pack(const struct app *draft, struct app **ret, struct why *why);

/*
 * A draft that says the same, for app_pack(); all it points to is borrowed. To
 * be used instead of "draft = *app", since the count of references belongs to
 * other threads.
 */
struct app app_draft(const struct app *app);

struct app *app_ref(struct app *app);
void app_unref(struct app *app);
CLEANUP_DEFINE(struct app *, app_unref)

/* Borrowed: valid while the labels live. NULL: not there. */
const char *label_find(
	const struct label *labels, uint32_t count, const char *key);
const char *app_label(const struct app *app, const char *key);
const char *port_label(const struct port *port, const char *key);

/* Borrowed: valid while app lives. NULL: not there. */
const struct instance *app_instance(const struct app *app, const char *id);

/* The same to whoever reads: everything but the fingerprint. */
bool app_same(const struct app *a, const struct app *b);

struct catalog;

/* One edit. app NULL removes key; else app (borrowed) replaces its key. */
struct catalog_change {
	struct app_key key;
	struct app *app;
};

/*
 * *ret is a new reference to before (NULL: the empty catalog) with the changes
 * made; changes are sorted in place. -ENOMEM, -E2BIG over APPS_MAX.
 */
int catalog_edit(const struct catalog *before, struct catalog_change *changes,
	size_t count, struct catalog **ret);

struct catalog *catalog_ref(struct catalog *catalog);
void catalog_unref(struct catalog *catalog);
CLEANUP_DEFINE(struct catalog *, catalog_unref)

size_t catalog_app_count(const struct catalog *catalog);
/* In INSTANCE_SERVING, of all apps. */
size_t catalog_serving_count(const struct catalog *catalog);

/* Order of keys: by id, then by source. */
int app_key_compare(const struct app_key *a, const struct app_key *b);

/* Who goes before where two want the same: by rank, then by key. */
int app_precedence(const struct app *a, const struct app *b);

/* Borrowed: valid while the catalog lives. NULL: not there. */
struct app *catalog_find(
	const struct catalog *catalog, const struct app_key *key);

/* A position; zeroed it stands before the first app. */
struct catalog_cursor {
	size_t chunk, item;
};

/* The next app in order of keys (borrowed), NULL at the end. */
struct app *catalog_next(
	const struct catalog *catalog, struct catalog_cursor *cursor);

/*
 * Calls change for each key with another app (by address) in the two catalogs;
 * the missing side is NULL. Costs what differs. Stops at, and returns, the
 * first non-zero answer. Either catalog may be NULL: empty.
 */
int catalog_diff(const struct catalog *before, const struct catalog *after,
	int (*change)(void *context, struct app *before, struct app *after),
	void *context);

enum { SOURCES_MAX = 16 };

/*
 * How one source does, for status and metrics: points in time and counters,
 * never ages, so that nothing changes while nothing happens. Times are unix
 * milliseconds, 0 for never. A plain value: it is copied between threads.
 */
struct source_report {
	char name[64];           /* as in app_key.source */
	char url[256];           /* now in use, without credentials */
	char leader[256];        /* host:port, "" unknown */
	char version[32];        /* of the server, "" unknown */
	bool complete;           /* there has been a first complete answer */
	bool stale;              /* shows what was known before a failure */
	bool streaming;          /* attached to the event stream */
	char why[512];           /* what is wrong now, "" nothing */
	int64_t since;           /* since when, 0 when nothing is wrong */
	char warning[512];       /* what of its secrets is done without, "" */
	char exposed[256];       /* a secret that everybody can read, "" */
	int64_t last_answer;     /* last complete list */
	int64_t last_attach;     /* last attach to a stream */
	int64_t last_event;      /* last event that named an app */
	int64_t restored;        /* time of the state from disk still served */
	uint64_t full_reads;     /* complete lists */
	uint64_t app_reads;      /* single apps that were read */
	uint64_t failures;       /* requests that gave nothing usable */
	uint64_t attaches;       /* streams attached to */
	uint64_t events;         /* events read */
	uint64_t bytes;          /* of bodies */
	uint64_t bad_apps;       /* apps of the last list that were left out */
	char bad_app_why[256];   /* the first of them, and why */
	bool callbacks;          /* events come to us by callback */
	uint64_t callbacks_taken;
	uint64_t callbacks_refused;
	char callback_refused_why[256]; /* the last of them */
	uint64_t held;           /* instances the shrink guard keeps */
	int64_t held_since;
};

/*
 * How the names of agents do, for status and metrics, as source_report.
 */
struct hosts_report {
	bool on;            /* names are looked up */
	uint64_t known;     /* names with an address */
	uint64_t failing;   /* of them: the address is the last one known */
	uint64_t missing;   /* names without an address */
	uint64_t beyond;    /* instances whose names were too many */
	char name[256];     /* the one that waits longest, "" none does */
	char why[128];      /* what is wrong with it */
	int64_t since;      /* since when */
	uint64_t lookups;   /* that have ended */
	uint64_t failures;  /* of them */
};

#endif
