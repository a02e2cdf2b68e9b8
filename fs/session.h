/* SPDX-License-Identifier: MIT */
#ifndef FS_SESSION_H
#define FS_SESSION_H

/*
 * The FUSE session and its workers: threads that take a request from the
 * kernel and answer it from memory. At least two, because a notification can
 * make the kernel ask while it holds a lock (DESIGN 2, F9).
 */

#include <stdbool.h>

#include "fetch/why.h"
#include "fs/ops.h"

enum { SESSION_WORKERS = 4 };

struct fuse_session;
struct session;

/*
 * allow_other and fsname matter only where libfuse mounts by itself; ops
 * outlives the session.
 */
int session_new(struct ops *ops, bool allow_other, const char *fsname,
	struct session **ret, struct why *why);

/* Borrowed: valid while the session lives. */
struct fuse_session *session_fuse(struct session *session);

/* Starts the workers; the mount has been prepared. */
int session_start(struct session *session);

/*
 * Readable once the kernel has ended the session (unmounted, aborted).
 * Borrowed: valid while the session lives.
 */
int session_ended_fd(const struct session *session);

/* Ends the workers. */
void session_stop(struct session *session);

/* After session_stop() and mount_undo(). */
void session_free(struct session *session);

#endif
