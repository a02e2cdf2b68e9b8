/* SPDX-License-Identifier: MIT */
#ifndef FS_TELLER_H
#define FS_TELLER_H

/*
 * The thread that tells the kernel, and through it all watchers, what was
 * published: publish first, then tell (DESIGN 2, rules 3 and 4). It works
 * through a queue of names, reads off the tree what is to be told of each, and
 * may block on the kernel's locks; nobody waits for it.
 *
 * Why invalidation alone is not enough: no FUSE notification raises an inotify
 * event (F1). So each change is "invalidate the name, then poke it": a system
 * call of the notifier process through the mount, which does.
 */

#include <stdbool.h>
#include <stdint.h>

#include "fetch/why.h"
#include "fs/notifier.h"
#include "fs/ops.h"
#include "fs/outlet.h"

enum notify_mode { NOTIFY_MODIFY, NOTIFY_RENAME, NOTIFY_OFF };

/*
 * A pending name that was not told in time is published without its own event;
 * with NOTIFY_RENAME, where an older version is there to be seen, only after
 * STUCK_MS.
 */
enum { PENDING_MS = 100, STUCK_MS = 1000 };

struct fuse_session;
struct teller;

struct teller_settings {
	struct ops *ops;
	struct fuse_session *session;
	const char *path; /* of the mount; outlives the teller */
	int clone_fd;     /* REACH_CLONE; borrowed */
	enum notifier_reach reach;
	enum notify_mode mode;
	bool aliases; /* false: old versions are not told (tests only) */
	outlet_told *told; /* of all but the quiet ones; NULL: nobody asks */
	void *told_context;
	int told_fd; /* told uses no other descriptor; -1: none */
};

/* Its outlet is a teller. */
extern const struct outlet_kind teller_outlet;

/* Starts the thread, which starts the notifier. */
int teller_new(const struct teller_settings *settings, struct teller **ret);

struct teller_count {
	uint64_t told;     /* names, but for the quiet ones */
	uint64_t silent;   /* names that were published without events */
	uint64_t restarts; /* of the notifier */
	uint64_t failed;   /* pokes that the kernel refused */
	int64_t stuck_since; /* unix milliseconds; 0: not stuck */
	char stuck_in[64];   /* the directory */
	pid_t notifier;
};

struct teller_count teller_count(struct teller *teller);

#endif
