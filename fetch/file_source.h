/* SPDX-License-Identifier: MIT */
#ifndef FETCH_FILE_SOURCE_H
#define FETCH_FILE_SOURCE_H

/*
 * --marathon=file:PATH: a saved reply of /v2/apps?embed=apps.tasks, read again
 * whenever the file changes (inotify on its directory, so that it may come
 * late, be replaced, or be gone for a while). A file that is bad, or gone,
 * changes nothing but the report. No shrink guard: who edits a file means it.
 */

#include "fetch/app_json.h"

struct file_source;

/* reader is copied, what it points to is borrowed; path is absolute. */
int file_source_new(const char *path, const struct app_reader *reader,
	struct file_source **ret, struct why *why);
void file_source_free(struct file_source *source);

/* To be polled for reading. Borrowed. */
int file_source_fd(const struct file_source *source);

/* Reads what there is to read; 1 when catalog or report changed, 0 if not. */
int file_source_turn(struct file_source *source);

/* It is to be read at the next turn, changed or not. */
void file_source_refresh(struct file_source *source);

/* Borrowed until the next turn; NULL before the first good file. */
struct catalog *file_source_catalog(const struct file_source *source);
const struct source_report *file_source_report(
	const struct file_source *source);

#endif
