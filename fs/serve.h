/* SPDX-License-Identifier: MIT */
#ifndef FS_SERVE_H
#define FS_SERVE_H

/*
 * The mount as a process: everything started in order, waited for, and ended
 * in the reverse order.
 */

#include "fs/daemon.h"
#include "fs/options.h"

/* After daemon_start(). Returns the exit status; reports to daemon. */
int serve(const struct options *options, struct daemon *daemon);

#endif
