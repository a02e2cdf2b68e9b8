/* SPDX-License-Identifier: MIT */
#ifndef FS_SERVE_H
#define FS_SERVE_H

/*
 * The mount as a process: everything started in order, waited for, and ended
 * in the reverse order.
 */

#include "fs/daemon.h"
#include "fs/setup.h"

/*
 * What can be known to be wrong before anything is started: files that cannot
 * be read, groups that cannot be understood.
 */
int serve_check(const struct options *options, struct why *why);

/*
 * After daemon_start(). Returns the exit status; reports to daemon. setup is
 * borrowed; SIGHUP reads words again.
 */
int serve(struct setup *setup, const struct setup_words *words,
	struct daemon *daemon);

#endif
