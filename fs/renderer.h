/* SPDX-License-Identifier: MIT */
#ifndef FS_RENDERER_H
#define FS_RENDERER_H

/*
 * The thread of the big views: takes the newest catalog, renders haproxy.cfg,
 * and publishes it; skips what came and went meanwhile. It also keeps
 * status.json and metrics.prom, at most once a second: a change of state raises
 * events, counters alone are published without (DESIGN 2, rule 8).
 */

#include "fs/live.h"
#include "fs/mailbox.h"
#include "fs/services.h"
#include "render/haproxy.h"

struct renderer_settings {
	struct live *live;
	struct mailbox *mailbox;
	const char *mountpoint;
	struct haproxy_settings haproxy;
	bool views; /* false: the mount is the services directory alone */
};

struct renderer;

/* Publishes a first status and starts the thread. */
int renderer_new(
	const struct renderer_settings *settings, struct renderer **ret);
void renderer_free(struct renderer *renderer);

/*
 * From the watcher: what is wrong with names now; takes over what problems
 * holds.
 */
void renderer_names(struct renderer *renderer, struct problems *problems);

/* Readable once the views of the first catalog are there. Borrowed. */
int renderer_first_fd(const struct renderer *renderer);

#endif
