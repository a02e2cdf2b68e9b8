/* SPDX-License-Identifier: MIT */
#ifndef FS_NOTIFIER_HANDLE_H
#define FS_NOTIFIER_HANDLE_H

/*
 * Our end of the notifier process. Used by the teller thread alone: the
 * process dies with the thread that started it (F16).
 */

#include "fs/notifier.h"
#include "fs/ops.h"

enum { NOTIFIER_SILENT_MS = 1000 }; /* no reply for so long: start it anew */

struct notifier_handle {
	struct ops *ops;  /* is told which pid may change things */
	const char *path; /* of the mount */
	int clone_fd;     /* REACH_CLONE; borrowed */
	enum notifier_reach reach;
	int socket; /* -1: not running */
	pid_t pid;
	pid_t dying; /* killed, not reaped yet; 0: none */
};

/* Starts the process and waits for its first word. -errno, -ETIMEDOUT. */
int notifier_start(struct notifier_handle *handle);

/*
 * One request and its reply. What the notifier's system call gave is in
 * *ret_error. Negative when the process itself failed (-EPIPE, -ETIMEDOUT):
 * it is stopped then.
 */
int notifier_ask(struct notifier_handle *handle,
	const struct notifier_request *request, int *ret_error);

/* Kills it, and reaps it as far as that goes without waiting. */
void notifier_stop(struct notifier_handle *handle);

/* Waits a while for the process that was stopped; false: it still hangs. */
bool notifier_reap(struct notifier_handle *handle);

#endif
