/* SPDX-License-Identifier: MIT */
#ifndef FS_DAEMON_H
#define FS_DAEMON_H

/*
 * Going to the background, and telling whoever started us how it went: the
 * command that was typed returns when the mount is ready, or with the error.
 * Before any thread and before curl: both must be born in the process that
 * uses them.
 */

#include <stdbool.h>

struct daemon {
	int report; /* the other end is the process that was typed; -1 */
	bool background;
};

/*
 * In the child (or in front): 0, and *ret is filled. In the process that was
 * typed: 1 when the child has reported, and *ret_status is what to exit with.
 * Negative errno: nothing was started.
 */
int daemon_start(bool foreground, struct daemon *ret, int *ret_status);

/* Ready: the command returns 0, systemd hears READY=1. */
void daemon_ready(struct daemon *daemon);

/* Not: the command prints text (one line) and returns status. */
void daemon_failed(struct daemon *daemon, int status, const char *text);

/* For systemd: the configuration is read again; that has ended. */
void daemon_reloading(void);
void daemon_reloaded(void);

/* For systemd: the process is ending. */
void daemon_stopping(void);

#endif
