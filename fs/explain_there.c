/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/explain_impl.h"

enum { FILE_MAX = 1 << 20 };

/* *ret is allocated, with a NUL behind it. 1: there is no such file. */
static int read_there(const char *mountpoint, const char *name, char **ret)
{
	CLEANUP(fclose) FILE *file = NULL;
	CLEANUP(free) char *path = NULL;
	CLEANUP(free) char *text = calloc(1, FILE_MAX + 1);

	if (asprintf(&path, "%s/services/%s", mountpoint, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	if (!text)
		return -ENOMEM;
	file = fopen(path, "re");
	if (!file)
		return 1;
	if (fread(text, 1, FILE_MAX, file) == 0 && ferror(file))
		return 1;
	*ret = take_ptr(&text);
	return 0;
}

static bool has_line(const char *text, const char *line, size_t length)
{
	while (*text) {
		size_t here = strcspn(text, "\n");

		if (here == length && memcmp(text, line, length) == 0)
			return true;
		text += here + (text[here] == '\n');
	}
	return false;
}

/* *ret is allocated: the lines of a that b has not. */
static int lines_without(const char *a, const char *b, const char **ret)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return -ENOMEM;
	while (*a) {
		size_t length = strcspn(a, "\n");

		if (!has_line(b, a, length))
			fprintf(out, "%s%.*s", ftell(out) > 0 ? " " : "",
				(int)length, a);
		a += length + (a[length] == '\n');
	}
	if (fclose(out) != 0) {
		free(text);
		return -ENOMEM;
	}
	*ret = text;
	return 0;
}

int explain_there(const char *mountpoint, const char *text, size_t length,
	struct explain_file *file)
{
	CLEANUP(free) char *there = NULL;
	int r;

	r = read_there(mountpoint, file->name, &there);
	if (r != 0) {
		file->there = THERE_MISSING;
		return r < 0 ? r : 0;
	}
	file->there = strlen(there) == length && strcmp(there, text) == 0
		? THERE_SAME
		: THERE_OTHER;
	if (file->there == THERE_SAME)
		return 0;
	r = lines_without(text, there, &file->only_here);
	if (r == 0)
		r = lines_without(there, text, &file->only_there);
	return r;
}
