/* SPDX-License-Identifier: MIT */
#ifndef FS_JUDGED_H
#define FS_JUDGED_H

/*
 * What is made of one catalog, judged to the end, as a mount would show it: for
 * commands that look once. One thread.
 */

#include "fs/gate.h"
#include "fs/options.h"
#include "fs/view_files.h"

struct judged {
	struct gate *gate;
	int woken; /* eventfd */
};

/*
 * maker is an index of view_makers. Negative errno: nothing is to be shown, and
 * why says why not. judged_done() in any case; until then the gate has texts
 * and problems, if it is not NULL.
 */
int judged_make(const struct options *options, const struct view_files *files,
	int maker, struct catalog *catalog, struct judged *ret,
	struct why *why);
void judged_done(struct judged *judged);

#endif
