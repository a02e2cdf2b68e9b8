/* SPDX-License-Identifier: MIT */
#ifndef FS_REPLACE_H
#define FS_REPLACE_H

/*
 * Files that are never seen half written: the bytes are complete and on the
 * disk under another name before they take the place of what was there.
 */

#include <stdbool.h>
#include <stddef.h>

#include "fetch/why.h"

/*
 * Makes the file at path hold the bytes. 1: it was replaced, or made; 0: it
 * held them already, and was left alone. A symbolic link is followed to where
 * it leads and stays; an existing file keeps its mode and owner, a new one gets
 * 0666 without the umask. Negative errno, with words: all is as it was.
 *
 * The temporary file is ".NAME.mmsdfs" beside it, the same each time, so that
 * none pile up; while somebody else is writing it, -EBUSY.
 */
int replace_file(
	const char *path, const char *bytes, size_t size, struct why *why);

/* All of it, or negative errno. */
int replace_write(int fd, const char *bytes, size_t size);

/* fd, at its start, is a regular file of just these bytes. */
bool replace_is_same(int fd, const char *bytes, size_t size);

#endif
