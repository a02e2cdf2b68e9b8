/* SPDX-License-Identifier: MIT */
#ifndef FS_LIVE_H
#define FS_LIVE_H

/*
 * The running mount as one thing: node table, published tree, session, mount
 * and teller, started and ended in the right order; or an export, which has a
 * mirror in the place of the last three. Who has bytes to show calls
 * live_put(); all else follows from that.
 */

#include <poll.h>

#include "fetch/why.h"
#include "fs/mirror.h"
#include "fs/mount.h"
#include "fs/teller.h"

struct live_settings {
	const char *path; /* absolute */
	bool export; /* real files there, and no mount: what follows till uid
			is not looked at */
	const char *fsname;
	bool allow_other;
	bool late; /* attach only at live_attach() */
	uid_t uid;
	gid_t gid;
	mode_t umask;
	enum notify_mode mode;
	bool aliases;
	outlet_told *told; /* see fs/outlet.h */
	void *told_context;
	int told_fd; /* told uses no other descriptor; -1: none */
};

struct live;

/*
 * Mounts, unless late, and starts all threads. After daemonising. On failure
 * nothing is left mounted.
 */
int live_new(const struct live_settings *settings, struct live **ret,
	struct why *why);

/* Makes a late mount visible. */
int live_attach(struct live *live, struct why *why);

/*
 * Unmounts, ends all threads and frees everything. Returns false when a thread
 * hangs in the kernel: the caller ends the process without waiting for it.
 */
bool live_free(struct live *live);

/* A directory of this number below the root, hidden until live_show_dir(). */
int live_mkdir(struct live *live, uint64_t number, const char *name);
void live_show_dir(struct live *live, const char *name);

/* One file of one directory. bytes NULL: the file goes. */
struct live_file {
	const char *name;
	char *bytes; /* taken over, also on failure */
	size_t size;
	uint64_t number; /* set by live_put(): of its version; 0: as before */
};

/*
 * Shows the files (sorted in place by name) as they are now, in one step. Bytes
 * that are as before change nothing and raise nothing. quiet: no events. One
 * thread for each name. -ENOMEM: nothing was shown.
 */
int live_put(struct live *live, uint64_t number, struct live_file *files,
	size_t count, bool quiet);

/* All that is to be there has been put; see fs/outlet.h. */
void live_complete(struct live *live);

/* Somebody wants to be sure that all is as it should be. */
void live_again(struct live *live);

/* Publishes what the outlet leaves waiting; see fs/outlet.h. */
int live_overdue(struct live *live);

struct live_count {
	struct nodes_count nodes;
	struct teller_count teller;
	struct mirror_count mirror;
	uint64_t published;
	enum notifier_reach reach;
};

struct live_count live_count(struct live *live);

/* All that was put has been told. */
bool live_is_idle(struct live *live);

/*
 * The mount has gone (umount, fusermount3 -u, abort); an export never does. To
 * be asked again when one of the descriptors of live_poll() has something.
 */
bool live_is_gone(struct live *live);
enum { LIVE_POLLS = 2 };
void live_poll(struct live *live, struct pollfd ret[LIVE_POLLS]);

#endif
