/* SPDX-License-Identifier: MIT */
/*
 * How long a change takes from Marathon's event to a program that was woken by
 * inotify and holds the new file, through all of mmsdfs.
 *
 *	bench-event MARATHON MOUNT APP FILE CHANGES RATE PID NOTIFIER
 *
 * One instance of APP is killed or started CHANGES times through the test
 * Marathon's control path, which answers when it wrote the event (ns on
 * CLOCK_MONOTONIC). FILE is below MOUNT; its directory is watched. RATE 0:
 * one change after the other has arrived, else so many a second. PID and
 * NOTIFIER are the daemon's processes, for their processor time.
 *
 * Prints: median and 99th percentile (ms), processor time a change (ms), and
 * how many of the changes were seen.
 *
 * FILE may be haproxy:SOCKET:BACKEND: then it is the servers in the table of a
 * running HAProxy that are looked at.
 *
 * A reader takes a file as new when its size differs from the last one's: each
 * change adds or takes a line.
 */
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

/* Shared with the reader. */
struct board {
	int64_t count;       /* atomic: contents seen */
	int64_t seen[100000]; /* when, ns */
	int ready;
};

static struct board *board;

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The whole file, as a consumer reads it; its size. */
static off_t read_whole(const char *path)
{
	static char buffer[1 << 20];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t size = 0;
	ssize_t n;

	if (fd < 0)
		return -1;
	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		size += n;
	close(fd);
	return size;
}

static void reader(const char *path)
{
	static char buffer[1 << 16];
	char directory[4096];
	off_t size, last;
	int fd = inotify_init1(IN_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(directory, sizeof(directory), "%s", path);
	if (inotify_add_watch(fd, dirname(directory), IN_MODIFY) < 0)
		_exit(1);
	last = read_whole(path);
	__atomic_store_n(&board->ready, 1, __ATOMIC_RELEASE);
	for (;;) {
		if (read(fd, buffer, sizeof(buffer)) <= 0)
			_exit(1);
		size = read_whole(path);
		if (size == last)
			continue;
		last = size;
		board->seen[board->count] = now_ns();
		__atomic_add_fetch(&board->count, 1, __ATOMIC_RELEASE);
	}
}

/* How many servers of the backend get clients; -1: HAProxy does not say. */
static int ask_haproxy(const char *socket_path, const char *backend)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), count = 0;
	char text[1 << 14], *rest = text, *line;
	size_t length = 0;
	ssize_t n;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s",
		socket_path);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		close(fd);
		return -1;
	}
	dprintf(fd, "show servers state %s\n", backend);
	while (length < sizeof(text) - 1
		&& (n = read(fd, text + length, sizeof(text) - 1 - length)) > 0)
		length += (size_t)n;
	close(fd);
	text[length] = '\0';
	while ((line = strsep(&rest, "\n"))) {
		int admin;

		/* be_id be_name srv_id srv_name addr op_state admin_state */
		if (sscanf(line, "%*d %*s %*d %*s %*s %*d %d", &admin) == 1
			&& !(admin & 1))
			count++;
	}
	return count;
}

/* HAProxy tells nobody: it is asked all the time. */
static void haproxy_reader(const char *socket_path, const char *backend)
{
	int last, count;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	last = ask_haproxy(socket_path, backend);
	__atomic_store_n(&board->ready, 1, __ATOMIC_RELEASE);
	for (;;) {
		usleep(50);
		count = ask_haproxy(socket_path, backend);
		if (count == last || count < 0)
			continue;
		last = count;
		board->seen[board->count] = now_ns();
		__atomic_add_fetch(&board->count, 1, __ATOMIC_RELEASE);
	}
}

struct answer {
	char text[4096];
	size_t length;
};

static size_t take(char *bytes, size_t size, size_t count, void *context)
{
	struct answer *answer = context;
	size_t n = size * count;

	if (answer->length + n < sizeof(answer->text)) {
		memcpy(answer->text + answer->length, bytes, n);
		answer->length += n;
	}
	return size * count;
}

/* POSTs to the control path; when the event was written, ns, 0 on failure. */
static int64_t control(CURL *curl, const char *url)
{
	struct answer answer = {.length = 0};
	const char *at;

	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_POST, 1L);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, 0L);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
	if (curl_easy_perform(curl) != CURLE_OK)
		return 0;
	answer.text[answer.length] = '\0';
	at = strstr(answer.text, "\"at\":");
	return at ? strtoll(at + 5, NULL, 10) : 0;
}

static double cpu_of(const char *pid)
{
	char path[64], text[1024];
	unsigned long user = 0, system = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	file = fopen(path, "r");
	if (file && fgets(text, sizeof(text), file)) {
		char *end = strrchr(text, ')');

		sscanf(end ? end + 2 : text,
			"%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
			&user, &system);
	}
	if (file)
		fclose(file);
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static int order(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static bool wait_for_count(int64_t count)
{
	for (int i = 0; i < 20000; i++) {
		if (__atomic_load_n(&board->count, __ATOMIC_ACQUIRE) >= count)
			return true;
		usleep(500);
	}
	return false;
}

int main(int argc, char **argv)
{
	static int64_t took[100000];
	char kill_url[1024], start_url[1024], path[4096];
	long changes, rate, got = 0;
	int64_t begin;
	double cpu;
	CURL *curl;
	pid_t child;

	if (argc != 9)
		return 2;
	changes = strtol(argv[5], NULL, 10);
	rate = strtol(argv[6], NULL, 10);
	snprintf(path, sizeof(path), "%s/%s", argv[2], argv[4]);
	snprintf(kill_url, sizeof(kill_url), "%s/control/kill?id=%s&count=1",
		argv[1], argv[3]);
	snprintf(start_url, sizeof(start_url), "%s/control/start?id=%s",
		argv[1], argv[3]);
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	child = fork();
	if (child == 0 && strncmp(argv[4], "haproxy:", 8) == 0) {
		char *backend = strrchr(argv[4], ':');

		*backend++ = '\0';
		haproxy_reader(argv[4] + 8, backend);
	}
	if (child == 0)
		reader(path);
	while (!__atomic_load_n(&board->ready, __ATOMIC_ACQUIRE))
		usleep(1000);
	curl = curl_easy_init();
	cpu = cpu_of(argv[7]) + cpu_of(argv[8]);
	begin = now_ns();
	for (long i = 0; i < changes; i++) {
		int64_t before = board->count;
		int64_t at = control(curl, i % 2 ? start_url : kill_url);

		if (at == 0) {
			fprintf(stderr, "bench: the control path failed\n");
			return 1;
		}
		if (wait_for_count(before + 1))
			took[got++] = board->seen[before] - at;
		if (rate) {
			int64_t next = begin + (i + 1) * 1000000000LL / rate;
			int64_t left = next - now_ns();

			if (left > 0)
				usleep((useconds_t)(left / 1000));
		}
	}
	cpu = cpu_of(argv[7]) + cpu_of(argv[8]) - cpu;
	kill(child, SIGKILL);
	curl_easy_cleanup(curl);
	if (got == 0) {
		fprintf(stderr, "bench: nothing arrived\n");
		return 1;
	}
	qsort(took, (size_t)got, sizeof(*took), order);
	printf("%.3f %.3f %.3f %ld\n", (double)took[got / 2] / 1e6,
		(double)took[got * 99 / 100] / 1e6,
		cpu * 1e3 / (double)changes, got);
	return 0;
}
