/* SPDX-License-Identifier: MIT */
#ifndef FS_HOOKS_H
#define FS_HOOKS_H

/*
 * The thread that runs commands when views have changed. It waits for changes,
 * for the ends of its children and for time to pass, and for nothing else, so
 * that one hook never holds up another; nobody ever waits for it.
 *
 * A command reads the files through our own mount. So a change counts when the
 * teller has told it, not when it is published: until then an open may still
 * give the version before.
 */

#include "fs/hook_settings.h"
#include "render/status.h"

struct hooks;

/*
 * Starts the thread. settings are borrowed: valid while the hooks live.
 * -EBUSY: the haproxy has another master; -errno.
 */
int hooks_new(const struct hooks_settings *settings, struct hooks **ret,
	struct why *why);

/*
 * Ends the thread and what it runs; a haproxy that it has started goes on. The
 * functions below may still be called. Returns false when the thread hangs in
 * the kernel (a program on a file system that is gone): nothing it uses may be
 * freed then.
 */
bool hooks_stop(struct hooks *hooks);
/* After hooks_stop(), if that has not returned false. */
void hooks_free(struct hooks *hooks);

/* An outlet_told, with the hooks (not NULL) for context. */
void hooks_told(
	void *context, uint64_t directory, const char *name, uint64_t number);

/* The one descriptor that hooks_told() uses; -1 for NULL. */
int hooks_fd(const struct hooks *hooks);

/*
 * From any thread: HAProxy has to be reloaded, with the version of haproxy.cfg
 * that has this number (0: the one that is told) or a newer one.
 */
void hooks_need(struct hooks *hooks, uint64_t number);

/*
 * The same, because HAProxy cannot be reached: false, and nothing is done,
 * while it is being started or reloaded, or is about to be.
 */
bool hooks_revive(struct hooks *hooks, uint64_t number);

/* From any thread: the services directory is there, as a whole. */
void hooks_services_shown(struct hooks *hooks);

/* From any thread: how they do. Returns their count; 0 for NULL. */
size_t hooks_report(struct hooks *hooks, struct status_hook ret[HOOKS_MAX]);

#endif
