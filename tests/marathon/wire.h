/* SPDX-License-Identifier: MIT */
#ifndef MARATHON_WIRE_H
#define MARATHON_WIRE_H

/*
 * The two ends of a connection, plain or TLS. One thread reads and writes;
 * another may only wire_cut() it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

struct tls; /* certificate and key of the server */

struct wire {
	int fd;
	void *session; /* NULL: plain */
};

int tls_new(const char *cert, const char *key, struct tls **ret);
void tls_free(struct tls *tls);

/* Shakes hands if tls is not NULL. Owns fd, also on failure. */
int wire_init(struct wire *wire, int fd, struct tls *tls);
/* Sends what is pending, then closes. */
void wire_done(struct wire *wire);
/* The peer will see a reset. wire_done() is still to be called. */
void wire_reset(struct wire *wire);
/* Wakes a thread that reads or writes; any thread. */
void wire_cut(struct wire *wire);

/* 0 at the end; -EAGAIN after the socket's receive timeout. */
ssize_t wire_read(struct wire *wire, void *data, size_t size);
/* All of it, or -errno. */
int wire_write(struct wire *wire, const void *data, size_t len);
/* The same; changes the vector. */
int wire_write_vector(struct wire *wire, struct iovec *vector, size_t count);
/* Bytes that were read from the socket but not yet given out. */
bool wire_pending(struct wire *wire);

#endif
