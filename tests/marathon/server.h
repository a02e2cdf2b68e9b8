/* SPDX-License-Identifier: MIT */
#ifndef MARATHON_SERVER_H
#define MARATHON_SERVER_H

/*
 * The process: one model, its hub of streams, and the nodes through which
 * both are seen. A thread accepts for each node, a thread serves each
 * connection.
 */

#include "tests/marathon/callback.h"
#include "tests/marathon/change.h"
#include "tests/marathon/fault.h"
#include "tests/marathon/http.h"
#include "tests/marathon/stream.h"

enum { NODES_MAX = 64, LOG_PATHS_MAX = 64, LOG_SECRETS_MAX = 32 };

struct server;

struct node {
	struct server *server; /* all set before start, then constant */
	unsigned index;
	int fd;
	char name[280]; /* host:port */
	pthread_t thread;
	bool started;
	bool refusing; /* by server->lock: the socket does not listen */
};

enum auth { AUTH_NONE, AUTH_BASIC, AUTH_TOKEN };

struct access {
	enum auth kind;       /* constant */
	char *expected;       /* by server->lock: the value of Authorization */
	bool expired;         /* by server->lock, as all below */
	bool forbid_stream;   /* 403 for /v2/events */
	bool forbid;          /* 403 for all */
	char filter[256];     /* only apps below this id are shown */
};

struct log_path {
	char path[64];
	uint64_t count;
};

/* What a client said of itself, and to which node. */
struct log_secret {
	unsigned node;
	char authorization[1024];
};

/* What the clients did. */
struct request_log {
	struct log_secret secrets[LOG_SECRETS_MAX];
	size_t secret_count;
	struct log_path paths[LOG_PATHS_MAX];
	size_t path_count;
	uint64_t requests;
	uint64_t lists;
	uint64_t single_apps;
	uint64_t task_lists;
	uint64_t authorized;
	uint64_t connections;
};

struct storm {
	pthread_t thread;
	bool started;
	uint64_t wanted, done;
	unsigned rate;
	bool stop;
	int64_t began_ns, ended_ns;
};

struct server {
	struct model model;
	struct hub hub;
	struct faults faults;
	struct callbacks callbacks;
	struct access access;
	struct tls *tls; /* NULL: plain */
	struct node nodes[NODES_MAX];
	unsigned node_count;
	pthread_mutex_t lock; /* never under the model's or the hub's */
	pthread_cond_t idle;  /* the last connection has ended */
	struct connection *connections; /* by lock, as all below */
	unsigned connection_count;
	bool stopping;
	int leader; /* node, -1: none */
	bool leader_unreachable;
	unsigned no_leader_hold_ms;
	bool standby_empty; /* a 0.8 standby's own state: nothing */
	struct request_log log;
	struct storm storm;
};

/* "host:port", port 0 is any. Listens. -errno. */
int server_listen(struct server *server, const char *address);
int server_start(struct server *server);
/* Closes what is open and waits for all threads. */
void server_stop(struct server *server);

/* The end of a connection; by its own thread. */
void server_forget(struct connection *connection);

/* Nodes: -1 is every node. */
void node_refuse(struct server *server, int node, bool refuse);
/* All its connections but one (NULL: all). */
void node_cut(struct server *server, int node, const struct wire *but);

/* What every node but the control path answers through. */
void api_serve(struct request *request, struct reply *reply);
/* The apps' part of it; false: not its business. */
bool api_apps_serve(struct request *request, struct reply *reply);
void control_serve(struct request *request, struct reply *reply);
/* Changes of the model and the events; false: no such path. */
bool control_change_serve(struct request *request, struct reply *reply);
/* 0, or the status of the refusal that is now in reply. */
int access_check(struct request *request, struct reply *reply);
int access_init(struct access *access, const char *option);
/* Another token is good from now on. -ENOMEM. */
int access_set_token(struct server *server, const char *token);
bool access_shows(const struct access *access, const char *id);

/* Every expected endpoint; oracle.c. */
void oracle_write(struct model *model, const char *format, struct text *text);
int storm_start(struct server *server, uint64_t events, unsigned rate);
void storm_stop(struct server *server);
/* N apps of a realistic size with K instances each; generate.c. */
int generate(struct change *change, unsigned apps, unsigned instances);
/* A file, or all *.json of a directory. */
int load(struct change *change, const char *path);

/* Whether a selector matches labels (NULL: none); -EINVAL: cannot parse. */
int selector_match(const char *selector, struct json_object *labels);

#endif
