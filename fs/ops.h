/* SPDX-License-Identifier: MIT */
#ifndef FS_OPS_H
#define FS_OPS_H

/*
 * The answers to FUSE requests, all from memory: the published tree and the
 * node table. No handler waits for the network, a renderer, or a lock that is
 * held over a system call (DESIGN 2, rule 7). Called by session workers.
 *
 * Nobody but the notifier can change anything: its mknod, mkdir, rename and
 * unlink make happen what the tree has waiting, its truncate to the same size
 * changes nothing and raises the events. All others get EROFS, and ENOENT for
 * the alias directory.
 */

#include <sys/types.h>

#include "fs/published.h"

struct fuse_lowlevel_ops;

/* In the alias directory a node is reached by its number, for the notifier. */
enum { DIR_ALIAS = 2, DIR_FIRST = 3 };
#define ALIAS_NAME ".mmsdfs"

struct ops {
	struct nodes *nodes;
	struct published *published;
	uid_t uid; /* owner of all files */
	gid_t gid;
	mode_t umask;
	pid_t notifier; /* atomic; 0: there is none, nobody matches */
};

/* Its user data is a struct ops, which outlives the session. */
extern const struct fuse_lowlevel_ops ops_table;

#endif
