/* SPDX-License-Identifier: MIT */
#include "fetch/dir_watch.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>

#define FILE_EVENTS                                                            \
	(IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE  \
		| IN_ATTRIB)
#define AROUND_EVENTS (IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE)

struct dir_watch {
	char *path;
	char *around; /* the directory around it */
	const char *name; /* in there; part of path */
	int fd;
	int self, outer; /* watches; -1: none */
};

static int split_path(struct dir_watch *watch, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t length = (size_t)(slash - path);

	watch->path = strdup(path);
	watch->around = strndup(path, length ? length : 1);
	if (!watch->path || !watch->around)
		return -ENOMEM;
	watch->name = watch->path + length + 1;
	return 0;
}

int dir_watch_new(const char *path, struct dir_watch **ret, struct why *why)
{
	CLEANUP(dir_watch_free) struct dir_watch *watch = NULL;

	watch = calloc(1, sizeof(*watch));
	if (!watch)
		return why_set(why, -ENOMEM, "out of memory");
	watch->fd = watch->self = watch->outer = -1;
	if (split_path(watch, path) < 0)
		return why_set(why, -ENOMEM, "out of memory");
	watch->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (watch->fd < 0)
		return why_set(why, -errno, "inotify: %s", strerror(errno));
	*ret = take_ptr(&watch);
	return 0;
}

void dir_watch_free(struct dir_watch *watch)
{
	if (!watch)
		return;
	if (watch->fd >= 0)
		close(watch->fd);
	free(watch->path);
	free(watch->around);
	free(watch);
}

int dir_watch_fd(const struct dir_watch *watch)
{
	return watch->fd;
}

bool dir_watch_is_attached(const struct dir_watch *watch)
{
	return watch->self >= 0;
}

static void forget_watch(struct dir_watch *watch, int which)
{
	if (which >= 0)
		inotify_rm_watch(watch->fd, which);
}

/* It may be the same as the directory itself: "/", or a link to ".". */
static void watch_around(struct dir_watch *watch)
{
	int before = watch->outer;

	watch->outer = inotify_add_watch(watch->fd, watch->around,
		AROUND_EVENTS | IN_ONLYDIR | IN_MASK_ADD);
	if (before != watch->outer && before != watch->self)
		forget_watch(watch, before);
}

/* The kernel gives one directory one number, as long as it is watched. */
int dir_watch_attach(struct dir_watch *watch, struct why *why)
{
	int before = watch->self, r = 0;

	watch_around(watch);
	watch->self = inotify_add_watch(watch->fd, watch->path,
		FILE_EVENTS | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR
			| IN_MASK_ADD);
	if (watch->self < 0) {
		watch->self = -1;
		r = why_set(why, -errno, "%s: %s", watch->path,
			strerror(errno));
	}
	if (before != watch->self && before != watch->outer)
		forget_watch(watch, before);
	return r < 0 ? r : before != watch->self;
}

static enum dir_event kind_of(uint32_t mask)
{
	if (mask & (IN_DELETE | IN_MOVED_FROM))
		return DIR_GONE;
	if (mask & (IN_CLOSE_WRITE | IN_MOVED_TO))
		return DIR_WRITTEN;
	return mask & IN_CREATE ? DIR_MADE : DIR_TOUCHED;
}

/* What of an event is of the path, and not of what is in it. */
static bool is_of_path(
	struct dir_watch *watch, const struct inotify_event *event)
{
	if (event->wd == watch->outer && event->len > 0
		&& strcmp(event->name, watch->name) == 0)
		return true;
	if (event->wd == watch->outer && event->mask & IN_IGNORED)
		watch->outer = -1;
	if (event->wd != watch->self || event->len > 0)
		return false;
	if (event->mask & IN_IGNORED)
		watch->self = -1;
	return event->mask
		& (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT
			| IN_ATTRIB);
}

void dir_watch_drain(struct dir_watch *watch,
	void (*event)(void *context, enum dir_event what, const char *name),
	void *context)
{
	char buffer[4096 + NAME_MAX]
		__attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t size;

	while ((size = read(watch->fd, buffer, sizeof(buffer))) > 0) {
		const struct inotify_event *e;

		for (char *at = buffer; at < buffer + size;
			at += sizeof(*e) + e->len) {
			e = (const struct inotify_event *)(void *)at;
			if (e->mask & IN_Q_OVERFLOW)
				event(context, DIR_MISSED, "");
			else if (is_of_path(watch, e))
				event(context, DIR_MOVED, "");
			else if (e->wd == watch->self && e->len > 0)
				event(context, kind_of(e->mask), e->name);
		}
	}
}
