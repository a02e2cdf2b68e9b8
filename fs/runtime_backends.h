/* SPDX-License-Identifier: MIT */
#ifndef FS_RUNTIME_BACKENDS_H
#define FS_RUNTIME_BACKENDS_H

/*
 * The server lines of all backends in the newest haproxy.cfg, and of which of
 * them HAProxy was not told yet. Plain memory of the runtime's thread; lines on
 * their way to it are made by whoever has them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#include "fs/haproxy_runtime.h"
#include "render/table.h"

/* The lines of one backend: one block, for free(). */
struct backend_lines;

/* Copies. NULL: no memory. */
struct backend_lines *backend_lines_new(const char *name, size_t name_length,
	const struct iovec *lines, size_t count);

/* Zeroed it is empty. */
struct runtime_backends {
	struct table table;
};

void runtime_backends_done(struct runtime_backends *backends);

/* Takes over the items, not their array. all: there are no others any more. */
void runtime_backends_take(struct runtime_backends *backends,
	struct backend_lines *const *items, size_t count, bool all);

/* HAProxy is as these say. */
void runtime_backends_told(struct runtime_backends *backends);

/* What is to be compared; borrows from the runtime_backends. */
struct runtime_wanted {
	struct runtime_backend *backends;
	size_t count;
	bool strange; /* there is a line that we do not understand */
	struct server_lines *lines; /* that the backends borrow from */
	size_t space;
};

/*
 * What HAProxy was not told yet, or all there is; ret was zeroed, and is to be
 * released whatever is returned. defaults is borrowed. -ENOMEM.
 */
int runtime_backends_want(const struct runtime_backends *backends, bool all,
	const char *defaults, struct runtime_wanted *ret);
void runtime_wanted_done(struct runtime_wanted *wanted);

#endif
