/* SPDX-License-Identifier: MIT */
#ifndef FS_HOOK_SETTINGS_H
#define FS_HOOK_SETTINGS_H

/*
 * The hooks that the options ask for: --on-change, --haproxy-reload, --haproxy.
 */

#include "fs/hook.h"
#include "fs/options.h"

enum { HOOKS_MAX = 16 };

/* Not a row of the table of views: any file in the services directory. */
#define HOOK_SERVICES "services"

struct hooks_settings {
	struct hook_settings items[HOOKS_MAX];
	/* It reloads HAProxy: with a runtime it is run only when that asks. */
	bool reloads[HOOKS_MAX];
	bool has_runtime;
	size_t count;
	uint64_t services_dir; /* where the instances files are */

	/* What items point into, beside the options. */
	char *paths[HOOKS_MAX];
	char *views[HOOKS_MAX];
	char *haproxy; /* the program */
	char *pidfile;
};

/*
 * Fills ret, for hooks_settings_done(); options are borrowed: valid while it
 * lives. Negative errno: why has the one line to show. Changes nothing on disk.
 */
int hooks_settings_make(const struct options *options,
	struct hooks_settings *ret, struct why *why);

/* Also for a zeroed one. */
void hooks_settings_done(struct hooks_settings *settings);

#endif
