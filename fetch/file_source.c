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
	char *path;
	char *name; /* in its directory; part of path */
	struct app_reader reader;
	struct list_memory *memory;
	struct catalog *catalog; /* NULL: none yet */
	struct source_report report;
	int watch; /* inotify */
	bool read; /* at the next turn */
};

static int watch_directory(struct file_source *source, struct why *why)
{
	CLEANUP(free) char *copy = strdup(source->path);
	const char *directory;

	if (!copy)
		return why_set(why, -ENOMEM, "out of memory");
	directory = dirname(copy);
	source->watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (source->watch < 0)
		return why_set(why, -errno, "inotify: %s", strerror(errno));
	if (inotify_add_watch(source->watch, directory,
		    IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR)
		< 0)
		return why_set(why, -errno, "%s: %s", directory,
			strerror(errno));
	return 0;
}

int file_source_new(const char *path, const struct app_reader *reader,
	struct file_source **ret, struct why *why)
{
	struct file_source *source;
	int r;

	source = calloc(1, sizeof(*source));
	if (!source)
		return why_set(why, -ENOMEM, "out of memory");
	source->watch = -1;
	source->read = true;
	source->reader = *reader;
	source->path = strdup(path);
	r = source->path ? list_memory_new(&source->memory) : -ENOMEM;
	if (r == 0)
		r = watch_directory(source, why);
	else
		why_set(why, r, "out of memory");
	if (r < 0) {
		file_source_free(source);
		return r;
	}
	source->name = strrchr(source->path, '/') + 1;
	source->reader.memory = source->memory;
	snprintf(source->report.name, sizeof(source->report.name), "%s",
		reader->source);
	snprintf(source->report.url, sizeof(source->report.url), "file:%s",
		path);
	*ret = source;
	return 0;
}

void file_source_free(struct file_source *source)
{
	if (!source)
		return;
	if (source->watch >= 0)
		close(source->watch);
	catalog_unref(source->catalog);
	list_memory_free(source->memory);
	free(source->path);
	free(source);
}

int file_source_fd(const struct file_source *source)
{
	return source->watch;
}

/* Whether any of the events that wait is of our file. */
static bool drain_events(struct file_source *source)
{
	char buffer[4096 + NAME_MAX]
		__attribute__((aligned(__alignof__(struct inotify_event))));
	bool ours = false;
	ssize_t size;

	while ((size = read(source->watch, buffer, sizeof(buffer))) > 0) {
		const struct inotify_event *event;

		for (char *at = buffer; at < buffer + size;
			at += sizeof(*event) + event->len) {
			event = (const struct inotify_event *)(void *)at;
			/* After an overflow there is no name: it may be ours. */
			ours = ours || event->len == 0
				|| strcmp(event->name, source->name) == 0;
		}
	}
	return ours;
}

static int feed_file(struct file_source *source, struct list *list,
	struct why *why)
{
	CLEANUP(close) int fd = -1;
	char piece[PIECE];
	ssize_t size;

	fd = open(source->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return why_set(why, -errno, "%s: %s", source->path,
			strerror(errno));
	while ((size = read(fd, piece, sizeof(piece))) > 0) {
		int r = list_feed(list, piece, (size_t)size, why);

		if (r < 0)
			return r;
		source->report.bytes += (uint64_t)size;
	}
	return size < 0 ? why_set(why, -errno, "%s: %s", source->path,
				  strerror(errno))
			: 0;
}

static int read_file(struct file_source *source, struct why *why)
{
	CLEANUP(list_free) struct list *list = NULL;
	struct catalog *catalog = NULL;
	struct why first_bad = {""};
	size_t bad = 0;
	int r;

	source->reader.first = !source->catalog;
	r = list_new(&source->reader, source->catalog, &list);
	if (r < 0)
		return why_set(why, r, "out of memory");
	r = feed_file(source, list, why);
	if (r == 0)
		r = list_end(list, &catalog, &bad, &first_bad, why);
	if (r < 0)
		return r;
	catalog_unref(source->catalog);
	source->catalog = catalog;
	source->report.bad_apps = bad;
	snprintf(source->report.bad_app_why,
		sizeof(source->report.bad_app_why), "%s",
		bad ? first_bad.text : "");
	return 0;
}

static void note_result(struct file_source *source, int r, const struct why *why)
{
	struct source_report *report = &source->report;

	if (r == 0) {
		report->complete = true;
		report->stale = false;
		report->full_reads++;
		report->last_answer = clock_unix_ms();
		report->why[0] = '\0';
		report->since = 0;
		return;
	}
	report->failures++;
	report->stale = report->complete;
	if (!report->why[0])
		report->since = clock_unix_ms();
	snprintf(report->why, sizeof(report->why), "%s", why->text);
}

int file_source_turn(struct file_source *source)
{
	struct why why = {""};
	int r;

	if (drain_events(source))
		source->read = true;
	if (!source->read)
		return 0;
	source->read = false;
	r = read_file(source, &why);
	note_result(source, r, &why);
	return 1;
}

void file_source_refresh(struct file_source *source)
{
	source->read = true;
}

struct catalog *file_source_catalog(const struct file_source *source)
{
	return source->catalog;
}

const struct source_report *file_source_report(const struct file_source *source)
{
	return &source->report;
}
