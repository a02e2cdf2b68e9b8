/* SPDX-License-Identifier: MIT */
#ifndef FS_RENDERER_H
#define FS_RENDERER_H

/*
 * The thread of the big views: takes the newest catalog, renders what is made
 * of it, and publishes it; skips what came and went meanwhile. It also keeps
 * status.json and metrics.prom, at most once a second: a change of state raises
 * events, counters alone are published without (DESIGN 2, rule 8).
 */

#include "fs/gate.h"
#include "fs/hooks.h"
#include "fs/live.h"
#include "fs/mailbox.h"
#include "fs/runtime.h"

struct renderer_settings {
	struct live *live;
	struct mailbox *mailbox;
	struct hooks *hooks; /* NULL: there are none */
	struct runtime *runtime; /* NULL: there is none */
	const char *mountpoint;
};

struct renderer;

/*
 * Publishes a first status and starts the thread. setup is borrowed; a newer
 * one comes by the mailbox, and is in effect when HAProxy has accepted it.
 */
int renderer_new(const struct renderer_settings *settings,
	struct setup *setup, struct renderer **ret);
/* Ends the thread. */
void renderer_free(struct renderer *renderer);

/* Readable once the views of the first catalog are there. Borrowed. */
int renderer_first_fd(const struct renderer *renderer);

#endif
