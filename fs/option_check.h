/* SPDX-License-Identifier: MIT */
#ifndef FS_OPTION_CHECK_H
#define FS_OPTION_CHECK_H

/* Options that are sound each for itself, and may not be together. Pure. */

#include "fetch/why.h"
#include "fs/options.h"

/* -EINVAL: why has the one line. */
int options_check(const struct options *options, struct why *why);

#endif
