/* SPDX-License-Identifier: MIT */
#ifndef FS_OPTION_PATH_H
#define FS_OPTION_PATH_H

/* Paths that are given relative. */

#include "fetch/why.h"

/*
 * *ret is path from the root, for the caller to free, without "./" in front
 * and '/' behind; symbolic links and ".." stay. -EINVAL, -ENAMETOOLONG.
 */
int option_path_absolute(const char *path, char **ret, struct why *why);

/*
 * Where relative paths begin from now on, instead of the current directory,
 * which goes away with the terminal. Once, before threads; borrowed.
 */
void option_paths_begin(const char *directory);

#endif
