/* SPDX-License-Identifier: MIT */
/*
 * A consumer: watches a file, or a directory, with inotify, and at each MODIFY
 * reads the file by its name, as every consumer of the mount does.
 *
 *	watch file|dir DIRECTORY NAME COUNT
 *
 * Prints "ready" when the watch is set, then one line for each event that
 * brought new content: the first line of the file. It ends with 0 after COUNT
 * new contents, and with 1 when an event came and the content was not newer,
 * when mtime did not rise strictly, or when a read was not whole.
 *
 *	watch crowd DIRECTORY NAME COUNT
 *
 * COUNT times over: set a watch on the file, say "ready", wait for one event,
 * read, take the watch away.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[4096];

struct content {
	char line[256];
	struct timespec mtime;
};

static bool read_content(struct content *ret)
{
	struct stat now;
	ssize_t size;
	char *end;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &now) < 0)
		return false;
	size = read(fd, ret->line, sizeof(ret->line) - 1);
	close(fd);
	if (size < 0)
		return false;
	ret->line[size] = '\0';
	end = strchr(ret->line, '\n');
	if (end)
		*end = '\0';
	ret->mtime = now.st_mtim;
	return true;
}

static bool is_later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec
				      : a->tv_nsec > b->tv_nsec;
}

/* Waits for a MODIFY of name ("" for a file watch). */
static void wait_for_modify(int fd, const char *name)
{
	static char buffer[65536]
		__attribute__((aligned(__alignof__(struct inotify_event))));

	for (;;) {
		ssize_t size = read(fd, buffer, sizeof(buffer));
		ssize_t at = 0;
		bool found = false;

		if (size <= 0) {
			perror("inotify");
			exit(1);
		}
		while (at < size) {
			struct inotify_event *event =
				(struct inotify_event *)(buffer + at);

			if (event->mask & IN_MODIFY
				&& (!*name
					|| (event->len
						&& strcmp(event->name, name)
							== 0)))
				found = true;
			at += (ssize_t)(sizeof(*event) + event->len);
		}
		if (found)
			return;
	}
}

static int follow(int fd, const char *name, long count)
{
	struct content before, now;

	if (!read_content(&before))
		return 1;
	puts("ready");
	for (long i = 0; i < count;) {
		wait_for_modify(fd, name);
		if (!read_content(&now)) {
			printf("unreadable: %s\n", strerror(errno));
			return 1;
		}
		if (strcmp(now.line, before.line) == 0)
			continue; /* two events were read after one change */
		if (!is_later(&now.mtime, &before.mtime)) {
			printf("mtime did not rise\n");
			return 1;
		}
		puts(now.line);
		before = now;
		i++;
	}
	return 0;
}

static int crowd(long count)
{
	struct content now;

	for (long i = 0; i < count; i++) {
		int fd = inotify_init1(IN_CLOEXEC);

		if (fd < 0 || inotify_add_watch(fd, path, IN_ALL_EVENTS) < 0)
			return 1;
		puts("ready");
		wait_for_modify(fd, "");
		if (!read_content(&now))
			return 1;
		close(fd);
	}
	puts("done");
	return 0;
}

int main(int argc, char **argv)
{
	bool by_file, one_by_one;
	int fd;

	if (argc != 5)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	snprintf(path, sizeof(path), "%s/%s", argv[2], argv[3]);
	one_by_one = strcmp(argv[1], "crowd") == 0;
	by_file = strcmp(argv[1], "file") == 0;
	if (one_by_one)
		return crowd(strtol(argv[4], NULL, 10));
	fd = inotify_init1(IN_CLOEXEC);
	if (fd < 0
		|| inotify_add_watch(fd, by_file ? path : argv[2],
			   IN_ALL_EVENTS)
			< 0) {
		perror("inotify");
		return 1;
	}
	return follow(fd, by_file ? "" : argv[3], strtol(argv[4], NULL, 10));
}
