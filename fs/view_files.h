/* SPDX-License-Identifier: MIT */
#ifndef FS_VIEW_FILES_H
#define FS_VIEW_FILES_H

/*
 * What views are to be made with: the options, and the files they name
 * (templates, the tail), read once at the start, so that what is wrong with
 * them is said there and then. Constant after it is made.
 */

#include "fs/options.h"
#include "render/view.h"

struct view_files {
	struct view_settings settings; /* of options, and of what follows */
	struct templates *templates;
	struct haproxy_extras extras;
	char *tail;
	char *map_dir;
	char *map_paths[2]; /* of the maps in it */
	char **warnings; /* one line each */
	size_t warning_count;
};

/*
 * Templates are HAPROXY_<NAME> in the environment, with "\n" for a line break,
 * or a file of that name. options are borrowed for the life of *ret. -EINVAL
 * and the errors of files: why has the line to show.
 */
int view_files_new(const struct options *options, char **envp,
	struct view_files **ret, struct why *why);
void view_files_free(struct view_files *files);
CLEANUP_DEFINE(struct view_files *, view_files_free)

#endif
