/* SPDX-License-Identifier: MIT */
#ifndef FS_ONCE_H
#define FS_ONCE_H

/* The commands that look once and end. Each returns the exit status. */

#include "fs/options.h"

/*
 * mmsdfs render VIEW: the file of that path in the tree, to stdout or, with
 * --if-changed, in the place of what holds anything else.
 */
int once_render(const struct options *options);

/* mmsdfs status MOUNTPOINT: its status.json in a few lines for a person. */
int once_status(const struct options *options);

#endif
