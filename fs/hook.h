/* SPDX-License-Identifier: MIT */
#ifndef FS_HOOK_H
#define FS_HOOK_H

/*
 * One command that is run when one view has changed: when it is due, what
 * became of it, when it is tried again. At most one run at a time; a change
 * while one is under way, or within the interval, makes exactly one more, with
 * the newest state. A run that fails is tried again, for ever, with a growing
 * delay. Plain memory of the thread of fs/hooks.c.
 */

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "fs/child.h"
#include "fs/words.h"
#include "fs/output.h"
#include "render/status.h"

struct hook_settings {
	const char *view;  /* a name of the table of views, or "services" */
	const char *shown; /* the command, as the status names it */
	const char *path;  /* of what has changed, on the mount */
	struct words command;
	const char *program; /* NULL: the command's first word */
	struct words first;  /* until a run has succeeded; no words: command */

	/* Of --haproxy: it is kept running. NULL: nothing is. */
	const char *pidfile;
	const char *haproxy;

	unsigned timeout_ms;
	unsigned interval_ms; /* between the beginnings of two runs */
};

struct hook {
	struct hook_settings settings; /* borrowed; constant */
	struct status_hook report;
	struct output output;

	uint64_t generation; /* the newest that was published */
	bool wanted;	     /* no run has begun with it */
	bool begun;	     /* a first run was tried */
	bool succeeded;
	int64_t begun_at;
	int64_t retry_at; /* 0: no need */
	int64_t delay;	  /* before the next retry but one */

	struct child child;
	int64_t term_at; /* of the child: its time is over */
	int64_t kill_at; /* 0: it was not asked to end */
	bool late;	 /* it was asked because of the time limit */

	/* The haproxy that runs, and is not our child. */
	struct {
		pid_t pid; /* 0: none is known */
		int fd;	   /* its pidfd; -1: none was had */
	} haproxy;
	int64_t death_delay; /* before the start after the next death */
};

/* -errno; hook_done() is to be called in any case. */
int hook_init(struct hook *hook, const struct hook_settings *settings);
/* Nothing of it may run any more; see hook_end(). */
void hook_done(struct hook *hook);

/* A version was published that readers now see. */
void hook_change(struct hook *hook, uint64_t generation);

/* A run is under way, or will begin as soon as the interval lets it. */
bool hook_is_busy(const struct hook *hook);

/* Does what is due. Returns the milliseconds until there is more, or -1. */
int hook_turn(struct hook *hook);

enum { HOOK_POLLS = 3 };
void hook_poll(const struct hook *hook, struct pollfd ret[HOOK_POLLS]);

/*
 * No run begins any more, and the one under way is ended: false as long as it
 * is not. What manages haproxy is given some time to come to its end.
 */
bool hook_end(struct hook *hook);

#endif
