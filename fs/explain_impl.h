/* SPDX-License-Identifier: MIT */
#ifndef FS_EXPLAIN_IMPL_H
#define FS_EXPLAIN_IMPL_H

/* What explain*.c share; for nobody else. */

#include "fetch/groups.h"
#include "fs/asked.h"
#include "fs/judged.h"
#include "render/explain.h"
#include "render/names.h"

enum { TARGETS_MAX = 2 * SOURCES_MAX, NEAREST_MAX = 3 };

/* An app that is asked about. */
struct target {
	struct app *app;  /* borrowed from the catalog */
	const char *task; /* that was asked for; NULL: the app itself was */
};

/*
 * explain_find.c: the apps of that id (with or without the slash in front, or
 * as its files are called), else those with a task of that id. Returns their
 * count.
 */
size_t explain_find(const struct catalog *catalog, const char *what,
	struct target ret[TARGETS_MAX]);

/* Ids that what may have been meant to be, the nearest first. Borrowed. */
size_t explain_nearest(const struct catalog *catalog, const char *what,
	const char *ret[NEAREST_MAX]);

/* explain_lines.c: a list that grows. */
struct lines {
	struct explain_line *items;
	size_t count, space;
};

/*
 * Adds what is of app in the main file of the maker that gate is of, whose text
 * is borrowed. -ENOMEM.
 */
int explain_lines(struct gate *gate, const char *view, const char *text,
	size_t length, const struct app *app, struct lines *lines);

/*
 * explain_there.c: holds text, of length bytes, against the file of that name
 * at mountpoint. only_here and only_there are allocated. -ENOMEM.
 */
int explain_there(const char *mountpoint, const char *text, size_t length,
	struct explain_file *file);

#endif
