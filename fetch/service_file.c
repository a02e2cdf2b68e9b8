/* SPDX-License-Identifier: MIT */
#include "fetch/service_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "fetch/skim.h"

#define SUFFIX ".json"

static void file_free(struct service_file *file)
{
	if (!file)
		return;
	service_list_done(&file->list);
	free(file->name);
	free(file);
}

void service_files_done(struct service_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		file_free(files->items[i]);
	free(files->items);
	*files = (struct service_files){NULL, 0, 0};
}

/* What editors and copying programs keep beside a file is called otherwise. */
bool service_file_is_name(const char *name)
{
	size_t length = strlen(name), suffix = sizeof(SUFFIX) - 1;

	return name[0] != '.' && length > suffix
		&& strcmp(name + length - suffix, SUFFIX) == 0;
}

/* Where it is, or would be. */
static size_t index_of(
	const struct service_files *files, const char *name, bool *ret_found)
{
	size_t from = 0, to = files->count;

	*ret_found = false;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = strcmp(files->items[middle]->name, name);

		if (order == 0) {
			*ret_found = true;
			return middle;
		}
		if (order < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

struct service_file *service_files_find(
	const struct service_files *files, const char *name)
{
	bool found;
	size_t at = index_of(files, name, &found);

	return found ? files->items[at] : NULL;
}

static int make_room(struct service_files *files)
{
	size_t space = files->space ? files->space * 2 : 64;
	struct service_file **larger;

	if (files->count == SERVICE_FILES_MAX)
		return -E2BIG;
	if (files->count < files->space)
		return 0;
	larger = reallocarray(files->items, space, sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	files->items = larger;
	files->space = space;
	return 0;
}

int service_files_take(struct service_files *files, const char *name,
	struct service_file **ret)
{
	bool found;
	size_t at = index_of(files, name, &found);
	struct service_file *file;
	int r;

	if (found) {
		*ret = files->items[at];
		return 0;
	}
	r = make_room(files);
	if (r < 0)
		return r;
	file = calloc(1, sizeof(*file));
	if (file)
		file->name = strdup(name);
	if (!file || !file->name) {
		file_free(file);
		return -ENOMEM;
	}
	memmove(files->items + at + 1, files->items + at,
		(files->count - at) * sizeof(*files->items));
	files->items[at] = file;
	files->count++;
	*ret = file;
	return 0;
}

void service_files_drop(struct service_files *files, struct service_file *file)
{
	bool found;
	size_t at = index_of(files, file->name, &found);

	if (!found)
		return;
	files->count--;
	memmove(files->items + at, files->items + at + 1,
		(files->count - at) * sizeof(*files->items));
	file_free(file);
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool service_file_differs(
	const struct service_file *file, const struct stat *now)
{
	return file->device != now->st_dev || file->inode != now->st_ino
		|| file->size != now->st_size
		|| !same_time(&file->modified, &now->st_mtim)
		|| !same_time(&file->changed, &now->st_ctim);
}

static void note_version(struct service_file *file, const struct stat *now)
{
	file->device = now->st_dev;
	file->inode = now->st_ino;
	file->size = now->st_size;
	file->modified = now->st_mtim;
	file->changed = now->st_ctim;
}

static int read_bytes(int fd, char *text, size_t *ret_length, struct why *why)
{
	size_t length = 0;
	ssize_t size;

	while ((size = read(fd, text + length, SERVICE_FILE_MAX + 1 - length))
		> 0) {
		length += (size_t)size;
		if (length > SERVICE_FILE_MAX)
			return why_set(why, -E2BIG, "more than %d KB",
				SERVICE_FILE_MAX >> 10);
	}
	if (size < 0)
		return why_set(why, -errno, "%s", strerror(errno));
	*ret_length = length;
	return 0;
}

/* Its bytes, for the caller to free. A pipe is nothing to wait for. */
static int read_version(struct service_file *file, const char *directory,
	char **ret, size_t *ret_length, struct why *why)
{
	CLEANUP(close) int fd = -1;
	CLEANUP(free) char *path = NULL;
	struct stat now;
	int r;

	if (asprintf(&path, "%s/%s", directory, file->name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &now) < 0) {
		r = -errno;
		/* A link that leads nowhere is there all the same. */
		if (r == -ENOENT && lstat(path, &now) < 0)
			return -ENOENT;
		return why_set(why, -EBADMSG, "%s", strerror(-r));
	}
	note_version(file, &now);
	if (!S_ISREG(now.st_mode))
		return why_set(why, -EBADMSG, "is no file");
	*ret = malloc(SERVICE_FILE_MAX + 1);
	if (!*ret)
		return -ENOMEM;
	return read_bytes(fd, *ret, ret_length, why);
}

static uint64_t print_of(const char *text, size_t length)
{
	const struct skim whole = {.end = length};

	return skim_fingerprint(&whole, text);
}

/* What is the same as before is the same object. */
static bool keep_same(struct service_list *list, struct service_list *before)
{
	bool same = list->count == before->count;
	size_t i = 0;

	for (size_t k = 0; k < list->count; k++) {
		struct app **app = &list->apps[k];

		while (i < before->count
			&& strcmp(before->apps[i]->key.id, (*app)->key.id) < 0)
			i++;
		if (i == before->count || !app_same(*app, before->apps[i])) {
			same = false;
			continue;
		}
		app_unref(*app);
		*app = app_ref(before->apps[i]);
	}
	return same;
}

static int take_text(struct service_file *file,
	const struct app_reader *reader, const char *text, size_t length,
	struct service_list *before)
{
	uint64_t print = print_of(text, length);
	struct service_list list = {NULL, 0};
	struct why why = {""};
	bool same;
	int r;

	if (print == file->print)
		return 0;
	r = services_from_json(reader, file->name, text, length, &list, &why);
	if (r == -ENOMEM)
		return r;
	file->print = print;
	file->why = why;
	if (r < 0)
		return 0;
	same = keep_same(&list, &file->list) && file->good;
	*before = file->list;
	file->list = list;
	file->good = true;
	return same ? 0 : 1;
}

int service_file_read(struct service_file *file, const char *directory,
	const struct app_reader *reader, struct service_list *before)
{
	CLEANUP(free) char *text = NULL;
	struct why why = {""};
	size_t length = 0;
	int r;

	r = read_version(file, directory, &text, &length, &why);
	if (r == 0)
		return take_text(file, reader, text, length, before);
	if (r == -ENOENT || r == -ENOMEM)
		return r;
	file->print = 0;
	why_set(&file->why, 0, "%.100s: %.100s", file->name, why.text);
	return 0;
}
