/* SPDX-License-Identifier: MIT */
#ifndef RENDER_VIEW_H
#define RENDER_VIEW_H

/*
 * The files beside services/, as rows of one table. A new view is a renderer
 * and a row.
 */

#include "render/haproxy.h"
#include "render/status.h"

/* What views are made from. Borrowed for the call. */
struct view_input {
	struct catalog *catalog;                /* of VIEW_OF_CATALOG */
	const struct haproxy_settings *haproxy; /* of VIEW_OF_CATALOG */
	const struct status *status;            /* of VIEW_OF_STATUS */
};

enum view_of {
	VIEW_OF_CATALOG, /* made when the catalog has changed */
	VIEW_OF_STATUS,  /* made at most once a second */
};

struct view {
	const char *name;
	enum view_of of;
	/* What is kept between two renderings; NULL: nothing is. */
	int (*cache_new)(void **ret);
	void (*cache_free)(void *cache);
	/* problems (may be NULL) is filled anew. -ENOMEM. */
	int (*render)(void *cache, const struct view_input *input,
		struct problems *problems, char **ret_text,
		size_t *ret_length);
};

enum { VIEWS = 3 };
extern const struct view views[VIEWS];

/* NULL: there is none of that name. */
const struct view *view_find(const char *name);

#endif
