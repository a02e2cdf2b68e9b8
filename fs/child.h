/* SPDX-License-Identifier: MIT */
#ifndef FS_CHILD_H
#define FS_CHILD_H

/*
 * A command that runs: a process and its process group. It gets no descriptor
 * of ours but /dev/null, where its output goes, and the files that it is to
 * have; no blocked and no ignored signal, and / as its directory, so that it pins no mount. Plain memory of
 * one thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct child {
	pid_t pid; /* 0: nothing runs */
	int fd;	   /* a pidfd, readable when it has ended; -1: none was had */
};

#define CHILD_NONE \
	(struct child) \
	{ \
		0, -1 \
	}

/* All borrowed for the call. */
struct child_settings {
	const char *program;	  /* found in $PATH, if there is no '/' in it */
	char *const *words;	  /* ended by NULL */
	char *const *environment; /* ended by NULL */
	int output;  /* becomes its stdout and stderr; -1: they stay */
	const int *files; /* become its 3, 4, ...: of higher numbers */
	size_t file_count;
	pid_t group; /* 0: one of its own */
};

/* Negative errno, that of the execve() too: nothing runs. */
int child_start(struct child *child, const struct child_settings *settings);

/* It has ended, and is still to be reaped: its group keeps its number. */
bool child_has_ended(const struct child *child);

/*
 * Waits for its end, and releases it. Returns its status as waitpid(2) gives
 * it, or a negative errno: somebody else has reaped it.
 */
int child_reap(struct child *child);

/* To all of its group; only with a group of its own, before child_reap(). */
void child_signal(const struct child *child, int signal);

/* "exit status 1", "killed by SIGKILL": a status in words. */
void child_words(int status, char *text, size_t size);

#endif
