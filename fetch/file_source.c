/* SPDX-License-Identifier: MIT */
#include "fetch/file_source.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>

#include "fetch/clock.h"
#include "fetch/list.h"

enum { PIECE = 64 << 10 };

struct file_source {
	struct source source; /* its first member */
	char *path;
	char *name; /* in its directory; part of path */
	struct app_reader reader;
	struct list_memory *memory;
	struct catalog *catalog; /* NULL: none yet */
	int watch; /* inotify */
	bool read; /* at the next turn */
};

static int watch_directory(struct file_source *file, struct why *why)
{
	CLEANUP(free) char *copy = strdup(file->path);
	const char *directory;

	if (!copy)
		return why_set(why, -ENOMEM, "out of memory");
	directory = dirname(copy);
	file->watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (file->watch < 0)
		return why_set(why, -errno, "inotify: %s", strerror(errno));
	if (inotify_add_watch(file->watch, directory,
		    IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR)
		< 0)
		return why_set(why, -errno, "%s: %s", directory,
			strerror(errno));
	return 0;
}

static void file_free(struct source *source)
{
	struct file_source *file = (void *)source;

	if (file->watch >= 0)
		close(file->watch);
	catalog_unref(file->catalog);
	list_memory_free(file->memory);
	free(file->path);
	free(file);
}

static int begin(struct file_source *file, const struct source_context *context,
	const char *path, struct why *why)
{
	int r;

	file->watch = -1;
	file->read = true;
	file->path = strdup(path);
	r = file->path ? list_memory_new(&file->memory) : -ENOMEM;
	if (r == 0)
		r = source_begin(&file->source, &file_source, context);
	return r < 0 ? why_set(why, r, "out of memory")
		     : watch_directory(file, why);
}

static int file_new(const struct source_context *context, struct source **ret,
	struct why *why)
{
	const char *path =
		context->source->address + strlen(file_source.prefix);
	struct file_source *file;
	int r;

	if (strchr(path, ','))
		return why_set(why, -EINVAL,
			"marathon: one file, not several: %s", path);
	/* A file may go later; at the start it is a mistake. */
	if (access(path, R_OK) < 0)
		return why_set(why, -errno, "%s: %s", path, strerror(errno));
	file = calloc(1, sizeof(*file));
	if (!file)
		return why_set(why, -ENOMEM, "out of memory");
	r = begin(file, context, path, why);
	if (r < 0) {
		file_free(&file->source);
		return r;
	}
	file->name = strrchr(file->path, '/') + 1;
	file->reader = context->reader;
	file->reader.memory = file->memory;
	source_is_at(&file->source, context->source->address);
	*ret = &file->source;
	return 0;
}

/* Whether any of the events that wait is of our file. */
static bool drain_events(struct file_source *file)
{
	char buffer[4096 + NAME_MAX]
		__attribute__((aligned(__alignof__(struct inotify_event))));
	bool ours = false;
	ssize_t size;

	while ((size = read(file->watch, buffer, sizeof(buffer))) > 0) {
		const struct inotify_event *event;

		for (char *at = buffer; at < buffer + size;
			at += sizeof(*event) + event->len) {
			event = (const struct inotify_event *)(void *)at;
			/* After an overflow there is no name: it may be ours. */
			ours = ours || event->len == 0
				|| strcmp(event->name, file->name) == 0;
		}
	}
	return ours;
}

static int feed_file(struct file_source *file, struct list *list,
	struct why *why)
{
	CLEANUP(close) int fd = -1;
	char piece[PIECE];
	ssize_t size;

	fd = open(file->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return why_set(why, -errno, "%s: %s", file->path,
			strerror(errno));
	while ((size = read(fd, piece, sizeof(piece))) > 0) {
		int r = list_feed(list, piece, (size_t)size, why);

		if (r < 0)
			return r;
		file->source.report.bytes += (uint64_t)size;
	}
	return size < 0 ? why_set(why, -errno, "%s: %s", file->path,
				  strerror(errno))
			: 0;
}

static int read_file(struct file_source *file, struct why *why)
{
	CLEANUP(list_free) struct list *list = NULL;
	struct catalog *catalog = NULL;
	struct why first_bad = {""};
	size_t bad = 0;
	int r;

	file->reader.first = !file->catalog;
	r = list_new(&file->reader, file->catalog, &list);
	if (r < 0)
		return why_set(why, r, "out of memory");
	r = feed_file(file, list, why);
	if (r == 0)
		r = list_end(list, &catalog, &bad, &first_bad, why);
	if (r < 0)
		return r;
	catalog_unref(file->catalog);
	file->catalog = catalog;
	source_leaves_out(&file->source, bad, &first_bad);
	return 0;
}

static void note_result(struct file_source *file, int r, const struct why *why)
{
	struct source_report *report = &file->source.report;

	if (r == 0) {
		report->complete = true;
		report->stale = false;
		report->full_reads++;
		report->last_answer = clock_unix_ms();
	} else {
		report->failures++;
		report->stale = report->complete;
	}
	source_say(&file->source, r == 0 ? "" : why->text);
}

static void file_turn(struct source *source, int64_t now)
{
	struct file_source *file = (void *)source;
	struct why why = {""};
	int r;

	(void)now;
	if (drain_events(file))
		file->read = true;
	if (!file->read)
		return;
	file->read = false;
	r = read_file(file, &why);
	note_result(file, r, &why);
}

static int64_t file_deadline(const struct source *source)
{
	(void)source;
	return INT64_MAX;
}

static int file_fd(const struct source *source)
{
	const struct file_source *file = (const void *)source;

	return file->watch;
}

static void file_refresh(struct source *source)
{
	struct file_source *file = (void *)source;

	file->read = true;
}

static struct catalog *file_catalog(const struct source *source)
{
	const struct file_source *file = (const void *)source;

	return file->catalog;
}

const struct source_kind file_source = {
	.prefix = "file:",
	.new = file_new,
	.free = file_free,
	.turn = file_turn,
	.deadline = file_deadline,
	.fd = file_fd,
	.refresh = file_refresh,
	.catalog = file_catalog,
};
