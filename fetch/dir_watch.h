/* SPDX-License-Identifier: MIT */
#ifndef FETCH_DIR_WATCH_H
#define FETCH_DIR_WATCH_H

/*
 * A directory by its path, and what inotify tells of it: of the files in it,
 * and whether the path means another directory now. For the latter the
 * directory around it is watched, too, so that it may come late, or go and come
 * back. One user.
 */

#include <stdbool.h>

#include "fetch/cleanup.h"
#include "fetch/why.h"

struct dir_watch;

/* path is absolute, and copied. Nothing is watched yet. */
int dir_watch_new(
	const char *path, struct dir_watch **ret, struct why *why);
void dir_watch_free(struct dir_watch *watch);
CLEANUP_DEFINE(struct dir_watch *, dir_watch_free)

/* To be polled for reading. Borrowed. */
int dir_watch_fd(const struct dir_watch *watch);

/*
 * Watches what the path means now. 1: that is another directory than before;
 * 0: the same. The errno, with words, when it is none; what was watched is not
 * any more then.
 */
int dir_watch_attach(struct dir_watch *watch, struct why *why);

bool dir_watch_is_attached(const struct dir_watch *watch);

enum dir_event {
	DIR_WRITTEN, /* a file was closed by a writer, or moved here */
	DIR_MADE,    /* a name is new: a link, or somebody begins to write */
	DIR_GONE,    /* a name is no more */
	DIR_TOUCHED, /* who may read it, or its times */
	DIR_MOVED,   /* the path may mean another directory; name is "" */
	DIR_MISSED,  /* some events were lost; name is "" */
};

/* Calls event for all that wait, name being borrowed. */
void dir_watch_drain(struct dir_watch *watch,
	void (*event)(void *context, enum dir_event what, const char *name),
	void *context);

#endif
