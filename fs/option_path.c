/* SPDX-License-Identifier: MIT */
#include "fs/option_path.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *paths_begin; /* NULL: at the current directory */

void option_paths_begin(const char *directory)
{
	paths_begin = directory;
}

int option_path_absolute(const char *path, char **ret, struct why *why)
{
	char directory[PATH_MAX] = "";
	size_t length;
	int written, r;
	bool joint;
	char *made;

	while (path[0] == '.' && path[1] == '/')
		path += 2 + strspn(path + 2, "/");
	if (path[0] != '/' && paths_begin)
		snprintf(directory, sizeof(directory), "%s", paths_begin);
	else if (path[0] != '/' && !getcwd(directory, sizeof(directory))) {
		r = -errno;
		return why_set(why, r,
			"a relative path, and the current directory: %s",
			strerror(-r));
	}
	if (strcmp(path, ".") == 0)
		path = "";

	/* The root ends with its slash already. */
	joint = path[0] != '\0' && path[0] != '/' && directory[1] != '\0';
	written = asprintf(&made, "%s%s%s", directory, joint ? "/" : "", path);
	if (written < 0)
		return -ENOMEM;
	length = (size_t)written;
	while (length > 1 && made[length - 1] == '/')
		made[--length] = '\0';
	if (length >= PATH_MAX) {
		free(made);
		return why_set(why, -ENAMETOOLONG, "the path is too long");
	}
	*ret = made;
	return 0;
}
