/* SPDX-License-Identifier: MIT */
#ifndef FS_RUNTIME_H
#define FS_RUNTIME_H

/*
 * The thread that tells a running HAProxy of changes of servers through its
 * socket, so that nothing is reloaded for them; and that has it reloaded for
 * all else, or when it cannot be told. It keeps the servers of the newest
 * configuration, to bring a HAProxy that was started anew up to them.
 */

#include <stdint.h>
#include <sys/uio.h>

#include "fs/hooks.h"
#include "render/status.h"

/* Texts are borrowed for its life. */
struct runtime_thread_settings {
	const char *socket;
	const char *defaults; /* of "default-server"; NULL: not known */
	unsigned drain_ms;    /* then connections of what goes end; 0: never */
	struct hooks *hooks;  /* NULL: nobody can reload */
};

struct runtime;

/* What is new in one version of haproxy.cfg. */
struct runtime_update;

/*
 * Zeroed answers of the allocator are -ENOMEM; the update is then to be freed
 * and another one, with everything, handed over later.
 */
int runtime_update_new(struct runtime_update **ret);
void runtime_update_free(struct runtime_update *update);
CLEANUP_DEFINE(struct runtime_update *, runtime_update_free)
/* A view_backend: copies. */
int runtime_update_add(void *context, const char *name, size_t name_length,
	const struct iovec *lines, size_t count);

int runtime_new(const struct runtime_thread_settings *settings,
	struct runtime **ret);
void runtime_free(struct runtime *runtime);

/*
 * From the renderer. Takes over update. all: it has every backend there is.
 * number is that of the version of haproxy.cfg (0: of none), structure that of
 * gate_structure().
 */
void runtime_put(struct runtime *runtime, struct runtime_update *update,
	bool all, uint64_t number, uint64_t structure);

/* From any thread. NULL: all is 0. */
struct status_runtime runtime_report(struct runtime *runtime);

#endif
