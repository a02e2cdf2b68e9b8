/* SPDX-License-Identifier: MIT */
/*
 * How long a version takes from live_put() to a program that was woken by
 * inotify and has read the file, with FILES files in the directory; and what
 * it costs in processor time, notifier included.
 *
 *	bench-tell MOUNTPOINT FILES CHANGES
 */
#include "fs/live.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { SERVICES = 3, CHANGES_MAX = 100000 };

static int64_t *seen; /* shared: when version i had been read, ns */

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void reader(const char *mountpoint, long changes, int ready)
{
	char directory[4096], path[4096 + 32], buffer[65536], line[64];
	int fd = inotify_init1(IN_CLOEXEC);
	long newest = 0;

	snprintf(directory, sizeof(directory), "%s/services", mountpoint);
	snprintf(path, sizeof(path), "%s/app-00000.instances", directory);
	if (inotify_add_watch(fd, directory, IN_MODIFY) < 0
		|| write(ready, "x", 1) != 1)
		_exit(1);
	while (newest < changes) {
		int file;
		ssize_t n;

		if (read(fd, buffer, sizeof(buffer)) <= 0)
			_exit(1);
		file = open(path, O_RDONLY | O_CLOEXEC);
		n = read(file, line, sizeof(line) - 1);
		close(file);
		if (n <= 0)
			_exit(1);
		line[n] = '\0';
		newest = strtol(line, NULL, 10);
		__atomic_store_n(&seen[newest], now_ns(), __ATOMIC_RELEASE);
	}
	_exit(0);
}

static void put(struct live *live, long file, long version)
{
	char name[64], text[64];
	struct live_file item = {.name = name};

	snprintf(name, sizeof(name), "app-%05ld.instances", file);
	item.size = (size_t)snprintf(text, sizeof(text), "%ld\n", version);
	item.bytes = strdup(text);
	live_put(live, SERVICES, &item, 1, false);
}

static int order(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static double cpu_seconds(int who)
{
	struct rusage usage;

	getrusage(who, &usage);
	return (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec
		+ (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
		/ 1e6;
}

int main(int argc, char **argv)
{
	struct live_settings settings = {.fsname = "bench", .allow_other = true,
		.aliases = true};
	struct live *live = NULL;
	struct why why;
	long files, changes;
	int64_t *took;
	int ready[2];
	double cpu;
	char c;

	if (strcmp(argv[0], NOTIFIER_WORD) == 0)
		return notifier_main(argc, argv);
	if (argc != 4)
		return 2;
	settings.path = argv[1];
	files = strtol(argv[2], NULL, 10);
	changes = strtol(argv[3], NULL, 10);
	seen = mmap(NULL, CHANGES_MAX * sizeof(*seen), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	took = calloc((size_t)changes + 1, sizeof(*took));
	if (live_new(&settings, &live, &why) < 0) {
		fprintf(stderr, "%s\n", why.text);
		return 77;
	}
	live_mkdir(live, SERVICES, "services");
	for (long i = 0; i < files; i++)
		put(live, i, 0);
	live_show_dir(live, "services");
	while (!live_is_idle(live))
		usleep(1000);
	if (pipe(ready) < 0)
		return 1;
	if (fork() == 0) {
		close_range(ready[1] + 1, ~0U, 0);
		reader(argv[1], changes, ready[1]);
	}
	if (read(ready[0], &c, 1) != 1)
		return 1;
	cpu = cpu_seconds(RUSAGE_SELF);
	for (long i = 1; i <= changes; i++) {
		int64_t start = now_ns();

		put(live, 0, i);
		while (!__atomic_load_n(&seen[i], __ATOMIC_ACQUIRE))
			usleep(200);
		took[i - 1] = seen[i] - start;
	}
	cpu = cpu_seconds(RUSAGE_SELF) - cpu;
	qsort(took, (size_t)changes, sizeof(*took), order);
	printf("%6ld files: median %.3f ms, p99 %.3f ms, cpu of the daemon "
	       "%.3f ms a change (with 5 polls a ms of the bench itself)\n",
		files, (double)took[changes / 2] / 1e6,
		(double)took[changes * 99 / 100] / 1e6,
		cpu * 1e3 / (double)changes);
	live_free(live);
	return 0;
}
