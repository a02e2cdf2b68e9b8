/* SPDX-License-Identifier: MIT */
#ifndef FS_NOTIFIER_H
#define FS_NOTIFIER_H

/*
 * The notifier: a process of its own that makes real system calls on the mount
 * so that the kernel tells every watcher (DESIGN 2, F1 to F3). A process,
 * because a thread of the daemon that waits for the daemon's own answer can
 * never be killed; it holds no /dev/fuse.
 *
 * This header is what both ends say to each other over a SOCK_SEQPACKET pair:
 * one request, one reply, in turn.
 */

#include <stdint.h>

#include "fs/node.h"

enum { NOTIFIER_PATH_MAX = 512 };

enum notifier_verb {
	NOTIFIER_HELLO,     /* are you ready? */
	NOTIFIER_TOUCH,     /* truncate path to its size */
	NOTIFIER_CREATE,    /* mknod path, then touch it */
	NOTIFIER_MKDIR,     /* mkdir path */
	NOTIFIER_RENAME,    /* the first number onto path */
	NOTIFIER_REMOVE,    /* unlink path */
	NOTIFIER_TOUCH_OLD, /* touch each number in the alias directory */
	NOTIFIER_REMOVE_OLD, /* unlink each number there */
};

struct notifier_request {
	uint32_t verb; /* enum notifier_verb */
	uint32_t count;
	uint64_t numbers[OLD_VERSIONS_MAX];
	char path[NOTIFIER_PATH_MAX]; /* below the mount, no leading slash */
};

struct notifier_reply {
	int32_t error; /* 0 or negative errno of the first thing that failed */
};

/* How the notifier reaches the mount. */
enum notifier_reach {
	REACH_CLONE,     /* a detached read-write clone, as NOTIFIER_ROOT_FD */
	REACH_NAMESPACE, /* the path, in a user and mount namespace of its own */
	REACH_PATH,      /* the path */
};

/* The descriptors and the first word that the process is started with. */
enum { NOTIFIER_SOCKET_FD = 3, NOTIFIER_ROOT_FD = 4 };
#define NOTIFIER_WORD "notifier-of-mmsdfs"

/*
 * The process: argv is NOTIFIER_WORD, the reach as a number, the mount's path.
 * Returns its exit status when the other end has gone.
 */
int notifier_main(int argc, char **argv);

#endif
