/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fetch/services_dir_impl.h"

static void want(struct services_dir *dir, const char *name)
{
	struct service_file *file;

	if (service_files_take(&dir->files, name, &file) < 0) {
		/* A look at all of it says what is the matter. */
		dir->scan_at = dir->now + RETRY_MS;
		return;
	}
	file->wanted = true;
	file->gone = false;
	services_dir_work(dir);
}

/* A link is there at once; what is written is waited for. */
static void note_made(struct services_dir *dir, const char *name)
{
	struct service_file *file = service_files_find(&dir->files, name);
	CLEANUP(free) char *path = NULL;
	struct stat made;

	if (file)
		file->gone = false;
	if (asprintf(&path, "%s/%s", dir->path, name) < 0) {
		path = NULL;
		return;
	}
	if (lstat(path, &made) == 0
		&& (S_ISLNK(made.st_mode) || made.st_nlink > 1))
		want(dir, name);
}

static void note_gone(struct services_dir *dir, const char *name)
{
	struct service_file *file = service_files_find(&dir->files, name);

	if (!file)
		return;
	file->gone = true;
	file->wanted = false;
	if (dir->gone_at == NEVER)
		dir->gone_since = dir->now;
	dir->gone_at = dir->now + REMOVE_MS;
	if (dir->gone_at > dir->gone_since + REMOVE_MAX_MS)
		dir->gone_at = dir->gone_since + REMOVE_MAX_MS;
}

static void note_file(
	struct services_dir *dir, enum dir_event what, const char *name)
{
	const struct service_file *file;

	dir->source.report.events++;
	dir->source.report.last_event = clock_unix_ms();
	dir->source.news = true;
	switch (what) {
	case DIR_WRITTEN:
		want(dir, name);
		return;
	case DIR_MADE:
		note_made(dir, name);
		return;
	case DIR_GONE:
		note_gone(dir, name);
		return;
	case DIR_TOUCHED:
		/* It may be that it can be read now. */
		file = service_files_find(&dir->files, name);
		if (file && file->why.text[0])
			want(dir, name);
		return;
	case DIR_MOVED:
	case DIR_MISSED:
		return;
	}
}

static void on_event(void *context, enum dir_event what, const char *name)
{
	struct services_dir *dir = context;

	if (what == DIR_MISSED)
		dir->anew = true;
	if (what == DIR_MISSED || what == DIR_MOVED) {
		dir->scanning = false;
		dir->scan_at = dir->now;
		return;
	}
	if (service_file_is_name(name))
		note_file(dir, what, name);
	else if (strncmp(name, "..", 2) == 0)
		/* "..data", through which all links of a ConfigMap go */
		dir->scan_at = dir->now;
}

void services_dir_listen(struct services_dir *dir)
{
	dir_watch_drain(dir->watch, on_event, dir);
}

int services_dir_attach(struct services_dir *dir, struct why *why)
{
	int r = dir_watch_attach(dir->watch, why);

	if (r == 0)
		return 0;
	dir->gone_at = NEVER;
	for (size_t i = 0; i < dir->files.count; i++)
		dir->files.items[i]->gone = false;
	return r;
}

/* One name of a listing. */
static int see_name(struct services_dir *dir, int fd, const char *name)
{
	struct service_file *file;
	struct stat now;
	int r;

	if (!service_file_is_name(name))
		return 0;
	r = service_files_take(&dir->files, name, &file);
	if (r < 0)
		return r;
	file->listed = true;
	if (dir->anew || fstatat(fd, name, &now, 0) < 0
		|| service_file_differs(file, &now))
		file->wanted = true;
	return 0;
}

static int list_names(struct services_dir *dir, DIR *listing, struct why *why)
{
	const struct dirent *entry;
	int r = 0;

	for (size_t i = 0; i < dir->files.count; i++)
		dir->files.items[i]->listed = false;
	while (r == 0 && (errno = 0, entry = readdir(listing)))
		r = see_name(dir, dirfd(listing), entry->d_name);
	if (r == -E2BIG)
		return why_set(why, r, "%s: more than %d files", dir->path,
			SERVICE_FILES_MAX);
	if (r == 0 && errno)
		return why_set(why, -errno, "%s: %s", dir->path,
			strerror(errno));
	return r < 0 ? why_set(why, r, "out of memory") : 0;
}

/*
 * A name that is missing and that no event has told of: the events that wait
 * are read behind the listing, so it is not that one is still to come.
 */
static void drop_unlisted(struct services_dir *dir)
{
	services_dir_listen(dir);
	for (size_t i = dir->files.count; i > 0; i--) {
		struct service_file *file = dir->files.items[i - 1];

		if (!file->listed && !file->gone && !file->wanted)
			service_files_drop(&dir->files, file);
	}
}

int services_dir_scan(struct services_dir *dir, struct why *why)
{
	DIR *listing;
	int r;

	r = services_dir_attach(dir, why);
	if (r < 0)
		return r;
	listing = opendir(dir->path);
	if (!listing)
		return why_set(why, -errno, "%s: %s", dir->path,
			strerror(errno));
	r = list_names(dir, listing, why);
	closedir(listing);
	if (r < 0)
		return r;
	dir->anew = false;
	drop_unlisted(dir);
	return 0;
}
