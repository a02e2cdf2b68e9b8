/* SPDX-License-Identifier: MIT */
#ifndef FETCH_FILE_SOURCE_H
#define FETCH_FILE_SOURCE_H

/*
 * --marathon=file:PATH: a saved reply of /v2/apps?embed=apps.tasks, read again
 * whenever the file changes (inotify on its directory, so that it may come
 * late, be replaced, or be gone for a while). A file that is bad, or gone,
 * changes nothing but the report. No shrink guard: who edits a file means it.
 */

#include "fetch/source.h"

extern const struct source_kind file_source;

#endif
