/* SPDX-License-Identifier: MIT */
#ifndef FS_CHECKUP_H
#define FS_CHECKUP_H

/*
 * mmsdfs check: whether a mount with these options would work, and if not, what
 * is to be done. A line on stdout for each item; nothing is changed. Returns
 * the exit status.
 */

#include "fs/options.h"

int checkup(const struct options *options);

#endif
