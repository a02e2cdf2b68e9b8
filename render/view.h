/* SPDX-License-Identifier: MIT */
#ifndef RENDER_VIEW_H
#define RENDER_VIEW_H

/*
 * The files beside services/, as rows of one table, and who makes them. A new
 * view is a renderer and a row.
 */

#include <sys/uio.h>

#include "render/haproxy.h"
#include "render/status.h"

/* Texts are borrowed for the life of the caches. */
struct view_settings {
	struct haproxy_settings haproxy;
};

/*
 * The servers of one backend, as the lines of the configuration. Texts are not
 * ended by a NUL, and valid for the call. Not 0: no more are wanted.
 */
typedef int view_backend(void *context, const char *name, size_t name_length,
	const struct iovec *lines, size_t count);

/*
 * Makes files that belong together from a catalog. What it keeps between two
 * renderings is its cache, plain memory of one thread; only what is different
 * from the catalog before is made anew.
 */
struct view_maker {
	const char *name; /* of its main file */
	int (*cache_new)(const struct view_settings *settings, void **ret);
	void (*cache_free)(void *cache);
	/* What is shown next. -ENOMEM: the next call does it. */
	int (*take)(void *cache, struct catalog *catalog);
	/* *ret_text (allocated) NULL: there is no such file. -ENOMEM. */
	int (*text)(const void *cache, int file, char **ret_text,
		size_t *ret_length);
	/* Filled anew: who is left out, and why. */
	void (*problems)(const void *cache, struct problems *problems);
	/*
	 * Whether two forms of an app differ in no more than servers; NULL is
	 * one that is not there. A negative errno: not known.
	 */
	int (*same_structure)(const struct view_settings *settings,
		struct app *a, struct app *b);
	/*
	 * Calls found for each backend (all), or for those whose servers may
	 * be others than at the last call. Returns what stopped it, or 0.
	 */
	int (*backends)(void *cache, bool all, view_backend *found,
		void *context);
	/* Whose a line (from 1) of the main file is; NULL: nobody's alone. */
	const struct app *(*line_owner)(const void *cache, size_t line);
};

enum { MAKERS = 1 };
extern const struct view_maker view_makers[MAKERS];

struct view {
	const char *name;
	const char *directory; /* NULL: the root */
	/* Either a maker (of view_makers) and its file, */
	int maker, file; /* maker -1: none */
	/* or made of the status, at most once a second. -ENOMEM. */
	int (*render)(const struct status *status, char **ret_text,
		size_t *ret_length);
};

enum { VIEWS = 5 };
extern const struct view views[VIEWS];

/* By its path: "haproxy/app2backend.map". NULL: there is none of that name. */
const struct view *view_find(const char *path);

#endif
