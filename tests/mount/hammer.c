/* SPDX-License-Identifier: MIT */
/*
 * Readers against a publisher, on a real mount (DESIGN 2, F5 and F6): every
 * read must be exactly one known version.
 *
 * A version's bytes follow from its generation: a first line that says
 * generation and length, and then a pattern of the generation. So a reader can
 * tell by itself whether what it got is whole, and whether time ran backwards.
 *
 *	hammer MOUNTPOINT CHANGES	0: all was well
 *
 * HAMMER_SHARE_INODE=1 is the twin that must fail: it overwrites plain files in
 * place at MOUNTPOINT, which is what one inode for all versions means.
 */
#include "fs/live.h"

#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { SERVICES = 3, BIG = 2 << 20, NAMES = 50 };

/* Shared with the readers. */
struct board {
	unsigned long published; /* atomic: newest generation */
	unsigned long reads[8];  /* atomic, by kind */
	unsigned long bad;       /* atomic */
	int stop;                /* atomic */
};

static struct board *board;
static const char *mountpoint;
static bool shares_inode;

static size_t size_of(unsigned long generation, bool big)
{
	return (big ? BIG : 40) + generation * 7 % 97;
}

static char *make_version(unsigned long generation, bool big, size_t *ret_size)
{
	size_t size = size_of(generation, big);
	char *bytes = malloc(size + 64);
	size_t head;

	head = (size_t)snprintf(bytes, 64, "%lu %zu\n", generation, size);
	memset(bytes + head, 'a' + (int)(generation % 26), size - head);
	bytes[size - 1] = '\n';
	*ret_size = size;
	return bytes;
}

static void complain(const char *how, const char *what, size_t length)
{
	__atomic_add_fetch(&board->bad, 1, __ATOMIC_RELAXED);
	fprintf(stderr, "%s: %s (%zu bytes)\n", how, what, length);
}

/* Is it exactly one version, and not older than one seen before? */
static void verify(const char *how, const char *bytes, size_t length,
	unsigned long *newest)
{
	char head[64] = ""; /* a mapping has no NUL behind it */
	unsigned long generation;
	const char *body;
	size_t size;

	memcpy(head, bytes, length < sizeof(head) ? length : sizeof(head) - 1);
	if (length < 4
		|| sscanf(head, "%lu %zu\n", &generation, &size) != 2) {
		complain(how, "no version at all", length);
		return;
	}
	body = memchr(bytes, '\n', length);
	if (size != length || !body || bytes[length - 1] != '\n') {
		complain(how, "short or long", length);
		return;
	}
	for (body++; body < bytes + length - 1; body++)
		if (*body != 'a' + (int)(generation % 26)) {
			complain(how, "torn", length);
			return;
		}
	if (generation < *newest)
		complain(how, "older than what was read before", length);
	*newest = generation;
}

static void read_whole(int fd, char *buffer, unsigned long *newest)
{
	size_t length = 0;
	ssize_t n;

	while ((n = read(fd, buffer + length, BIG + 4096 - length)) > 0)
		length += (size_t)n;
	verify("whole", buffer, length, newest);
}

static void read_pieces(int fd, char *buffer, unsigned long *newest)
{
	struct stat before, after;
	size_t length = 0, piece;
	ssize_t n;

	fstat(fd, &before);
	piece = before.st_size > 100000 ? 37 * 1000 : 37;
	while ((n = read(fd, buffer + length, piece)) > 0)
		length += (size_t)n;
	fstat(fd, &after);
	if (before.st_size != after.st_size || (size_t)after.st_size != length)
		complain("pieces", "fstat and read differ", length);
	verify("pieces", buffer, length, newest);
}

static void read_mapped(int fd, char *buffer, unsigned long *newest)
{
	struct stat now;
	char *map;

	(void)buffer;
	fstat(fd, &now);
	map = mmap(NULL, (size_t)now.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		complain("mmap", strerror(errno), 0);
		return;
	}
	verify("mmap", map, (size_t)now.st_size, newest);
	munmap(map, (size_t)now.st_size);
}

static void read_sendfile(int fd, char *buffer, unsigned long *newest)
{
	int memory = memfd_create("copy", MFD_CLOEXEC);
	struct stat now;
	off_t at = 0;

	fstat(fd, &now);
	while (at < now.st_size)
		if (sendfile(memory, fd, &at, (size_t)(now.st_size - at)) <= 0)
			break;
	if (pread(memory, buffer, BIG + 4096, 0) != at)
		complain("sendfile", "short copy", (size_t)at);
	verify("sendfile", buffer, (size_t)at, newest);
	close(memory);
}

static void (*const ways[])(int, char *, unsigned long *) = {
	read_whole, read_pieces, read_mapped, read_sendfile};

static void reader(int way, const char *name)
{
	char path[4096], *buffer = malloc(BIG + 4096);
	unsigned long newest = 0;

	close_range(3, ~0U, 0); /* /dev/fuse is not ours */
	snprintf(path, sizeof(path), "%s/%s", mountpoint, name);
	while (!__atomic_load_n(&board->stop, __ATOMIC_ACQUIRE)) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0) {
			complain("open", strerror(errno), 0);
			break;
		}
		ways[way](fd, buffer, &newest);
		close(fd);
		__atomic_add_fetch(&board->reads[way], 1, __ATOMIC_RELAXED);
	}
	free(buffer);
	_exit(0);
}

/* Each unchanged name exactly once, whatever happens beside it. */
static void lister(void)
{
	char path[4096];

	close_range(3, ~0U, 0);
	snprintf(path, sizeof(path), "%s/services", mountpoint);
	while (!__atomic_load_n(&board->stop, __ATOMIC_ACQUIRE)) {
		int seen[NAMES] = {0}, small = 0;
		DIR *directory = opendir(path);
		struct dirent *entry;

		while (directory && (entry = readdir(directory))) {
			int number;

			if (sscanf(entry->d_name, "still-%d.", &number) == 1)
				seen[number]++;
			small += strcmp(entry->d_name, "small.instances") == 0;
		}
		closedir(directory);
		for (int i = 0; i < NAMES; i++)
			if (seen[i] != 1)
				complain("ls", "a name not exactly once",
					(size_t)i);
		if (small != 1)
			complain("ls", "the changing name not once", 0);
		__atomic_add_fetch(&board->reads[4], 1, __ATOMIC_RELAXED);
	}
	_exit(0);
}

static void put(struct live *live, uint64_t number, const char *name,
	unsigned long generation, bool big)
{
	struct live_file file = {.name = name};
	char path[4096];
	int fd;

	file.bytes = make_version(generation, big, &file.size);
	if (!shares_inode) {
		if (live_put(live, number, &file, 1, false) < 0)
			abort();
		return;
	}
	snprintf(path, sizeof(path), "%s/%s%s", mountpoint,
		number == SERVICES ? "services/" : "", name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0 || write(fd, file.bytes, file.size) < 0)
		abort();
	close(fd);
	free(file.bytes);
}

static void put_still(struct live *live)
{
	for (int i = 0; i < NAMES; i++) {
		char name[64];

		snprintf(name, sizeof(name), "still-%02d.instances", i);
		put(live, SERVICES, name, 1, false);
	}
}

/* Comes and goes beside the names that stay. */
static void put_passing(struct live *live, unsigned long generation)
{
	char name[64];
	struct live_file gone = {.name = name};

	snprintf(name, sizeof(name), "passing-%lu.instances", generation % 20);
	if (shares_inode)
		return;
	if (generation % 2)
		live_put(live, SERVICES, &gone, 1, false);
	else
		put(live, SERVICES, name, generation, false);
}

static void wait_until_idle(struct live *live)
{
	while (live && !live_is_idle(live)) {
		live_overdue(live);
		usleep(1000);
	}
}

static int start_readers(pid_t *readers)
{
	int count = 0;

	for (int way = 0; way < 4; way++)
		for (int big = 0; big < 2; big++) {
			readers[count] = fork();
			if (readers[count] == 0)
				reader(way, big ? "big.cfg"
						: "services/small.instances");
			count++;
		}
	readers[count] = fork();
	if (readers[count] == 0)
		lister();
	return count + 1;
}

static void hammer(struct live *live, unsigned long changes)
{
	for (unsigned long i = 2; i < changes + 2; i++) {
		put(live, SERVICES, "small.instances", i, false);
		if (i % 2 == 0)
			put(live, DIR_ROOT, "big.cfg", i, true);
		if (i % 7 == 0)
			put_passing(live, i / 7);
		/* As fast as it is told, so that each change is one. */
		while (live && !live_is_idle(live))
			usleep(50);
		if (live)
			live_overdue(live);
	}
}

static struct live *start_live(void)
{
	struct live_settings settings = {
		.path = mountpoint,
		.fsname = "hammer",
		.allow_other = geteuid() == 0,
		.uid = geteuid(),
		.gid = getegid(),
		.aliases = true,
	};
	struct live *live = NULL;
	struct why why;

	if (shares_inode) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/services", mountpoint);
		mkdir(path, 0755);
		return NULL;
	}
	if (live_new(&settings, &live, &why) < 0) {
		fprintf(stderr, "%s\n", why.text);
		exit(77);
	}
	live_mkdir(live, SERVICES, "services");
	return live;
}

static int report(unsigned long changes)
{
	printf("%lu changes; reads: %lu whole, %lu pieces, %lu mmap, "
	       "%lu sendfile, %lu listings; %lu bad\n",
		changes, board->reads[0], board->reads[1], board->reads[2],
		board->reads[3], board->reads[4], board->bad);
	for (int i = 0; i < 5; i++)
		if (board->reads[i] < 10) {
			fprintf(stderr, "too few reads to mean anything\n");
			return 1;
		}
	return board->bad ? 1 : 0;
}

int main(int argc, char **argv)
{
	unsigned long changes;
	struct live *live;
	pid_t readers[16];
	int count;

	if (strcmp(argv[0], NOTIFIER_WORD) == 0)
		return notifier_main(argc, argv);
	if (argc != 3)
		return 2;
	mountpoint = argv[1];
	changes = strtoul(argv[2], NULL, 10);
	shares_inode = getenv("HAMMER_SHARE_INODE") != NULL;
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	live = start_live();
	put(live, SERVICES, "small.instances", 1, false);
	put_still(live);
	if (live)
		live_show_dir(live, "services");
	put(live, DIR_ROOT, "big.cfg", 1, true);
	wait_until_idle(live);

	count = start_readers(readers);
	hammer(live, changes);
	wait_until_idle(live);
	__atomic_store_n(&board->stop, 1, __ATOMIC_RELEASE);
	for (int i = 0; i < count; i++)
		waitpid(readers[i], NULL, 0);
	if (live) {
		struct live_count c = live_count(live);

		printf("told %lu, silent %lu, restarts %lu, failed %lu, "
		       "nodes live %lu held %lu, reach %d\n",
			c.teller.told, c.teller.silent, c.teller.restarts,
			c.teller.failed, c.nodes.live, c.nodes.held, c.reach);
	}
	if (!live_free(live))
		return 1;
	return report(changes);
}
