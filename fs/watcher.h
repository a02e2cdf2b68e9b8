/* SPDX-License-Identifier: MIT */
#ifndef FS_WATCHER_H
#define FS_WATCHER_H

/*
 * The thread that runs the sources, publishes the instances files of what
 * changed before anything big is begun, and hands each catalog on to the
 * renderer. The only writer of the catalog.
 */

#include "fetch/fetch.h"
#include "fs/live.h"
#include "fs/mailbox.h"
#include "fs/services.h"

enum { DIR_SERVICES = 3, DIR_HAPROXY = 4 };

struct watcher_settings {
	struct live *live;
	struct mailbox *mailbox;     /* to the renderer */
	struct mailbox *keep;        /* to the keeper; NULL: there is none */
	uint64_t services_dir;       /* DIR_SERVICES, or DIR_ROOT */
	struct services *services;   /* the watcher's from now on */
};

struct watcher;

/* Starts the thread; takes over fetch unless it fails. */
int watcher_new(const struct watcher_settings *settings, struct fetch *fetch,
	struct watcher **ret);
/* Ends it; services is the caller's again. */
void watcher_free(struct watcher *watcher);

/*
 * From any thread: fetch, which is taken over, is to be followed instead, as
 * soon as it has something to show. Until then all goes on as before.
 */
void watcher_replace(struct watcher *watcher, struct fetch *fetch);

/* From any thread: read the sources again now. */
void watcher_refresh(struct watcher *watcher);

/*
 * Readable once the first complete catalog has been put into the services
 * directory. Borrowed: valid while the watcher lives.
 */
int watcher_first_fd(const struct watcher *watcher);

/* What the first answer is waited for: the sources and their reasons. */
void watcher_why(struct watcher *watcher, struct why *ret);

#endif
