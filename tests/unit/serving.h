/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SERVING_H
#define TESTS_SERVING_H

/*
 * An HTTP server of a test, that can do all that a good one would not. Each
 * connection has a thread; all have ended when serving_stop() returns.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum { SERVING_MAX = 256 };

struct served {
	struct serving *serving;
	int fd;
	pthread_t thread;
	char request[8192]; /* the head of what is asked */
};

struct serving {
	uint16_t port;
	int listener;
	pthread_t thread;
	/* Answers one request. true: another may come. */
	bool (*serve)(struct served *served);
	void *context; /* the test's own */
	pthread_mutex_t lock;
	unsigned requests;                  /* by lock */
	unsigned connections;               /* by lock */
	struct served served[SERVING_MAX];  /* by lock: their descriptors */
};

/* family: AF_INET or AF_INET6, both the loopback. false: there is none. */
bool serving_start(struct serving *serving, int family,
	bool (*serve)(struct served *served));
void serving_stop(struct serving *serving);

unsigned serving_requests(struct serving *serving);
unsigned serving_connections(struct serving *serving);

/* false: the client has gone. */
bool served_send(struct served *served, const void *bytes, size_t length);
__attribute__((format(printf, 2, 3))) bool served_say(
	struct served *served, const char *format, ...);
/* A complete answer with Content-Length. */
bool served_answer(struct served *served, const char *status, const char *body);
/* Until the client has gone. */
void served_wait(struct served *served);
/* Whether a header stands in the request, as "Name: value". */
bool served_has(const struct served *served, const char *line);
/* Whether the request is for that path. */
bool served_is(const struct served *served, const char *path);

#endif
