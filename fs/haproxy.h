/* SPDX-License-Identifier: MIT */
#ifndef FS_HAPROXY_H
#define FS_HAPROXY_H

/*
 * The haproxy of a pidfile: which processes it is, and whether they are one at
 * all. A pidfile outlives what it names, so no number out of it is believed,
 * or signalled, before /proc has said that it is a haproxy that lives.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "fetch/why.h"

enum haproxy_mode { HAPROXY_DAEMON, HAPROXY_MASTER_WORKER };

/* haproxy before 2.5 may have several processes. */
enum { HAPROXY_PIDS_MAX = 64 };

/* Lives, and is called haproxy or as the program is. */
bool haproxy_lives(pid_t pid, const char *program);

/* Those of pidfile that are; returns their count. */
size_t haproxy_pids(
	const char *pidfile, const char *program, pid_t ret[HAPROXY_PIDS_MAX]);

/* A master that was started on this configuration, and so can be reloaded. */
bool haproxy_is_master(pid_t pid, const char *configuration);

/*
 * *ret is the path of the program, for the caller to free: what has no slash
 * is looked for in $PATH and /usr/sbin. -ENOENT, -EACCES.
 */
int haproxy_find(const char *program, char **ret, struct why *why);

/*
 * The first line of what haproxy -v prints. -ETIMEDOUT; -ENODATA: nothing; the
 * errors of starting it.
 */
int haproxy_version(const char *program, char *ret, size_t size);

/*
 * The pidfile is ours alone until the descriptor (*ret, the caller's) is
 * closed. Makes its directory if that is missing. -EBUSY: another mmsdfs has
 * it; -errno.
 */
int haproxy_claim(const char *pidfile, int *ret, struct why *why);

#endif
