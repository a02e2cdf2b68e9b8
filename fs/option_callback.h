/* SPDX-License-Identifier: MIT */
#ifndef FS_OPTION_CALLBACK_H
#define FS_OPTION_CALLBACK_H

/* The options for callbacks of Marathon, together. Used by fs/options.c. */

#include "fs/options.h"
#include "fs/settings.h"

/*
 * --marathon-callback-host, -port and -endpoint become --marathon-callback.
 * -EINVAL with words that name the option.
 */
int option_callback_apply(struct settings *settings, struct options *options,
	struct why *why);

/* The sources are checked already. -EINVAL, -ENOTSUP with words. */
int option_callback_check(const struct options *options, struct why *why);

#endif
