/* SPDX-License-Identifier: MIT */
#ifndef FS_EXTRA_FILES_H
#define FS_EXTRA_FILES_H

/*
 * Reads a directory of proxym's settings: <id>_<port>.yml with the keys
 * domains (a list), config and protocol.
 */

#include "fetch/why.h"
#include "render/haproxy_extra.h"

/* -EINVAL and the errors of files: why names the file, and what is wrong. */
int extra_files_read(
	const char *directory, struct haproxy_extras *ret, struct why *why);
/* Also for a zeroed one. */
void extra_files_done(struct haproxy_extras *extras);

#endif
