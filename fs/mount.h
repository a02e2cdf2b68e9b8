/* SPDX-License-Identifier: MIT */
#ifndef FS_MOUNT_H
#define FS_MOUNT_H

/*
 * Making, watching and undoing the mount.
 *
 * As root the visible mount is read-only per mount, from its first moment, and
 * a detached read-write clone of it is kept for the notifier: the VFS then
 * refuses everybody else before we are asked, shared writable mmap included
 * (DESIGN 2, F13). Otherwise libfuse mounts (fusermount3 for a user), and the
 * check of pids in fs/ops is the guard.
 */

#include <stdbool.h>
#include <stdint.h>

#include "fetch/why.h"
#include "fs/notifier.h"

struct fuse_session;

struct mount_settings {
	const char *path;    /* absolute, free of symlinks */
	bool allow_other;
	const char *fsname;  /* what /proc/mounts shows as the source */
};

struct mount {
	struct mount_settings settings;
	int tree_fd;  /* our own mount, before it is attached; -1 */
	int clone_fd; /* the notifier's; -1: there is none */
	int device_fd; /* /dev/fuse, before the session has it; -1 */
	enum notifier_reach reach;
	bool attached;
	uint64_t id; /* of the visible mount, as in mountinfo; 0: unknown */
};

/*
 * Refuses a path that is missing, no directory, not empty, or mounted already
 * by a living mmsdfs; detaches a dead mount of an earlier run. -EINVAL and the
 * like with words.
 */
int mount_check(const char *path, struct why *why);

/*
 * First half: everything but becoming visible. As root with a kernel that can
 * (5.12), mount->device_fd is then to be given to the session by
 * mount_give(); otherwise nothing happens until mount_attach().
 */
int mount_prepare(const struct mount_settings *settings, struct mount *ret,
	struct why *why);

/* The session takes over device_fd, or mounts by itself at mount_attach(). */
int mount_give(
	struct mount *mount, struct fuse_session *session, struct why *why);

/* Second half: now readers can see it. */
int mount_attach(
	struct mount *mount, struct fuse_session *session, struct why *why);

/* Whether the visible mount is still there (reads /proc/self/mountinfo). */
bool mount_is_attached(const struct mount *mount);

/* Undoes everything; a busy mount is detached lazily. */
void mount_undo(struct mount *mount, struct fuse_session *session);

/* A read-only view of from (inside our mount) at another path; root only. */
int mount_bind(const char *from, const char *to, struct why *why);
void mount_unbind(const char *path);

#endif
