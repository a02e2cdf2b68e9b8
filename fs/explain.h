/* SPDX-License-Identifier: MIT */
#ifndef FS_EXPLAIN_H
#define FS_EXPLAIN_H

/*
 * mmsdfs explain: why an app, or the app of a task, is or is not in each view.
 * The sources are asked as render asks them, without --groups, which is then
 * judged here. With a MOUNTPOINT, what is shown there is held against it.
 * Returns the exit status.
 */

#include "fs/options.h"

int explain(const struct options *options);

#endif
