/* SPDX-License-Identifier: MIT */
#ifndef FS_OPTION_IDENTITY_H
#define FS_OPTION_IDENTITY_H

/* Who we are to each cluster: options that are sound, but not together. */

#include "fetch/why.h"
#include "fs/options.h"

/* -EINVAL: why has the one line. */
int option_identities_check(const struct options *options, struct why *why);

#endif
