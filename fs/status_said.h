/* SPDX-License-Identifier: MIT */
#ifndef FS_STATUS_SAID_H
#define FS_STATUS_SAID_H

/*
 * A status that was shown, with copies of what it points to, to tell whether
 * the next one is another state. But for the catalog, which is not looked at.
 */

#include "fs/hooks.h"
#include "render/view.h"

/* Zeroed nothing was said yet. */
struct status_said {
	struct status status; /* it borrows from what follows */
	struct source_report sources[SOURCES_MAX];
	struct hosts_report names;
	struct status_view views[VIEWS];
	char why[VIEWS][sizeof(struct why)];
	struct status_runtime runtime;
	struct status_export export;
	struct status_hook hooks[HOOKS_MAX];
	struct problems problems;
	struct why config_why;
};

void status_said_done(struct status_said *said);

/* Whether only counters differ. */
bool status_said_already(
	const struct status_said *said, const struct status *status);

/* Copies. */
void status_said_set(struct status_said *said, const struct status *status);

#endif
