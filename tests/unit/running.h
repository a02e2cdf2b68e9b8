/* SPDX-License-Identifier: MIT */
#ifndef TESTS_RUNNING_H
#define TESTS_RUNNING_H

/*
 * A real haproxy in a directory of its own, and HTTP servers for it on ports
 * of 127.0.0.1. Both end with the test, however that ends. The program's first
 * argument is haproxy.
 */

#include <pthread.h>
#include <stdint.h>
#include <sys/types.h>

#include "fs/haproxy_known.h"
#include "fs/haproxy_runtime.h"

enum { RUNNING_CLIENTS_MAX = 64 };

/* Answers every request with its port. */
struct origin {
	uint16_t port;
	int listener, stop[2];
	pthread_t thread;
};

void origin_start(struct origin *origin);
void origin_stop(struct origin *origin);

/* Where the frontend of running_start() listens. */
#define RUNNING_FRONT "f.sock"

struct running {
	char directory[32];
	char socket[64]; /* the runtime API */
	char front[64];  /* of backend "one" */
	pid_t pid;
};

/*
 * Starts haproxy with a frontend to backend "one", in mode, and the rest of
 * the configuration, and waits until it answers.
 */
void running_start(struct running *running, const char *mode, const char *rest);
/* Starts the next with "-sf", and waits until it answers; returns the old. */
pid_t running_reload(
	struct running *running, const char *mode, const char *rest);
void running_kill(struct running *running);
/* Kills it and removes the directory. */
void running_stop(struct running *running);

/* The answer to one command; the caller frees it. */
char *running_ask(const struct running *running, const char *command);

/* The backend as haproxy shows it, limits too; to be freed by known_done(). */
struct known_backend *running_look(const struct running *running,
	struct known *known, const char *backend);
/*
 * Whether the server is there as "address:port weight admin maxconn"; expected
 * NULL: whether it is not there.
 */
void running_expect(const struct running *running, const char *backend,
	const char *server, const char *expected);

/* A client of the frontend. Each request tells the port of who answered. */
int client_open(const struct running *running);
bool client_send(int client); /* a request; false: closed */
uint16_t client_get(int client);
/* That of a new connection; 0: nobody answers. */
uint16_t client_get_once(const struct running *running);

struct haproxy_runtime *runtime_of(const struct running *running);

#endif
