/* SPDX-License-Identifier: MIT */
#include "fs/reloader.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fetch/cleanup.h"
#include "fs/child.h"
#include "fs/words.h"
#include "fs/haproxy.h"

enum { LOOK_MS = 20, START_MS = 2000, CHILDREN_SIZE = 4096 };

static volatile sig_atomic_t ended;

static void on_term(int signal)
{
	(void)signal;
	ended = 1;
}

struct reloader {
	char *program, *pidfile, *socket;
	char *configuration;
	enum haproxy_mode mode;
	bool retry; /* the last try failed */
	pid_t old[HAPROXY_PIDS_MAX];
	size_t old_count;
};

__attribute__((format(printf, 1, 2))) static int complain(
	const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return -EIO;
}

/* In our own group, so that the time limit reaches it. 0 for exit status 0. */
static int run(char *const *words, const char *what)
{
	struct child_settings settings = {
		.program = words[0],
		.words = words,
		.environment = environ,
		.output = -1,
		.group = getpgrp(),
	};
	struct child child;
	char text[64];
	int r, status;

	r = child_start(&child, &settings);
	if (r < 0)
		return complain(
			"%s: cannot be executed: %s", what, strerror(-r));
	status = child_reap(&child);
	if (status == 0)
		return 0;
	child_words(status, text, sizeof(text));
	return complain("%s: %s", what, text);
}

/* Whatever becomes of it, the state of the cluster goes on. */
static void run_around(const char *text, const char *when)
{
	struct words command;
	char *words[WORDS_MAX + 2];
	char what[64];
	size_t count = 0;
	struct why why;

	if (!*text)
		return;
	if (words_parse(text, &command, &why) < 0) {
		complain("%s", why.text);
		return;
	}
	for (; command.list[count]; count++)
		words[count] = command.list[count];
	words[count++] = (char *)(uintptr_t)when;
	words[count] = NULL;
	snprintf(what, sizeof(what), "--haproxy-%s-cmd", when);
	run(words, what);
	words_done(&command);
}

/*
 * The old process hands over its listeners, so that no connection is refused
 * meanwhile. One that has no such socket would only make the new one fail.
 */
static bool hands_over(const struct reloader *reloader)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	CLEANUP(close) int fd = -1;

	if (!*reloader->socket || reloader->old_count == 0 || reloader->retry ||
		strlen(reloader->socket) >= sizeof(address.sun_path))
		return false;
	memcpy(address.sun_path, reloader->socket,
		strlen(reloader->socket) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return fd >= 0 &&
		connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
}

/* Also what is no haproxy of ours to reload is replaced, not joined. */
static int start_new(struct reloader *reloader)
{
	char word_master[] = "-W", word_daemon[] = "-D", word_pid[] = "-p",
	     word_file[] = "-f", word_take[] = "-x", word_finish[] = "-sf";
	char *words[HAPROXY_PIDS_MAX + 16];
	char numbers[HAPROXY_PIDS_MAX][16];
	size_t count = 0;

	words[count++] = reloader->program;
	if (reloader->mode == HAPROXY_MASTER_WORKER)
		words[count++] = word_master;
	words[count++] = word_daemon;
	words[count++] = word_pid;
	words[count++] = reloader->pidfile;
	words[count++] = word_file;
	words[count++] = reloader->configuration;
	if (hands_over(reloader)) {
		words[count++] = word_take;
		words[count++] = reloader->socket;
	}
	if (reloader->old_count > 0)
		words[count++] = word_finish;
	for (size_t i = 0; i < reloader->old_count; i++) {
		snprintf(numbers[i], sizeof(numbers[i]), "%d",
			(int)reloader->old[i]);
		words[count++] = numbers[i];
	}
	words[count] = NULL;
	return run(words, reloader->program);
}

/* There is nothing here that could be waited for. */
static void look_again(void)
{
	struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};

	nanosleep(&pause, NULL);
}

static bool is_old(const struct reloader *reloader, pid_t pid)
{
	for (size_t i = 0; i < reloader->old_count; i++)
		if (reloader->old[i] == pid)
			return true;
	return false;
}

static bool has_new(const struct reloader *reloader)
{
	pid_t now[HAPROXY_PIDS_MAX];
	size_t count;

	count = haproxy_pids(reloader->pidfile, reloader->program, now);
	return count > 0 && !is_old(reloader, now[0]);
}

/*
 * A new process that finds its ports taken has the old one let go of them
 * (SIGTTOU), and give them back when it gives up; but not when it is ended
 * meanwhile. Who listens already is not disturbed.
 */
static void resume_old(const struct reloader *reloader)
{
	for (size_t i = 0; i < reloader->old_count; i++)
		if (reloader->mode == HAPROXY_DAEMON &&
			haproxy_lives(reloader->old[i], reloader->program))
			kill(reloader->old[i], SIGTTIN);
}

/* A master writes its number a moment after the command has returned. */
static int replace(struct reloader *reloader)
{
	int r;

	r = start_new(reloader);
	if (r < 0) {
		resume_old(reloader);
		return r;
	}
	for (int ms = 0; ms < START_MS && !ended; ms += LOOK_MS) {
		if (has_new(reloader))
			return 0;
		look_again();
	}
	return complain("haproxy ended at once: %s names no new one",
		reloader->pidfile);
}

/* Numbers, each with a blank behind it. False: the kernel does not say. */
static bool children_read(pid_t pid, char text[CHILDREN_SIZE])
{
	CLEANUP(fclose) FILE *file = NULL;
	char path[64];
	size_t length = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid,
		(int)pid);
	file = fopen(path, "re");
	if (file)
		length = fread(text, 1, CHILDREN_SIZE - 1, file);
	text[length] = '\0';
	return file != NULL;
}

static bool has_new_child(const char *before, const char *now)
{
	char padded[CHILDREN_SIZE + 2];

	snprintf(padded, sizeof(padded), " %s", before);
	while (*now) {
		size_t length = strcspn(now, " ");
		char number[32];

		snprintf(number, sizeof(number), " %.*s ", (int)length, now);
		if (!strstr(padded, number))
			return true;
		now += length;
		now += strspn(now, " ");
	}
	return false;
}

/* A worker that was not there shows that the master has reloaded. */
static int wait_for_worker(
	const struct reloader *reloader, pid_t master, const char *before)
{
	char now[CHILDREN_SIZE];

	while (!ended) {
		if (!haproxy_lives(master, reloader->program))
			return complain(
				"the master (%d) has ended", (int)master);
		children_read(master, now);
		if (has_new_child(before, now))
			return 0;
		look_again();
	}
	return complain(
		"the master (%d) has started no new worker", (int)master);
}

/* What the master would refuse is told to us, not to it. */
static int check(struct reloader *reloader)
{
	char word_check[] = "-c", word_quiet[] = "-q", word_file[] = "-f";
	char *words[] = {reloader->program, word_check, word_quiet, word_file,
		reloader->configuration, NULL};

	return run(words, "haproxy -c");
}

/* By a pidfd where there is one: the number may have changed hands. */
static int signal_master(const struct reloader *reloader, pid_t master)
{
	CLEANUP(close) int fd = (int)syscall(SYS_pidfd_open, master, 0);

	if (!haproxy_lives(master, reloader->program) ||
		!haproxy_is_master(master, reloader->configuration))
		return -ESRCH;
	if (fd >= 0)
		return syscall(SYS_pidfd_send_signal, fd, SIGUSR2, NULL, 0) < 0
			? -errno
			: 0;
	return kill(master, SIGUSR2) < 0 ? -errno : 0;
}

static int reload_master(struct reloader *reloader, pid_t master)
{
	char before[CHILDREN_SIZE];
	bool told;
	int r;

	r = check(reloader);
	if (r < 0)
		return r;
	told = children_read(master, before);
	r = signal_master(reloader, master);
	if (r < 0)
		return complain(
			"the master (%d): %s", (int)master, strerror(-r));
	/* Without word of its children there is no more to be known. */
	return told ? wait_for_worker(reloader, master, before) : 0;
}

static int apply(struct reloader *reloader)
{
	pid_t first;

	reloader->old_count = haproxy_pids(
		reloader->pidfile, reloader->program, reloader->old);
	first = reloader->old_count ? reloader->old[0] : 0;
	if (reloader->mode == HAPROXY_MASTER_WORKER && first &&
		haproxy_is_master(first, reloader->configuration))
		return reload_master(reloader, first);
	return replace(reloader);
}

int reloader_main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_term};
	const char *reason = getenv("MMSDFS_REASON");
	struct reloader reloader = {
		.configuration = getenv("MMSDFS_PATH"),
		.retry = reason && strcmp(reason, "retry") == 0,
	};
	int r;

	if (argc != RELOADER_WORDS || !reloader.configuration)
		return 1;
	reloader.mode = (enum haproxy_mode)(argv[RELOADER_MODE][0] - '0');
	reloader.program = argv[RELOADER_PROGRAM];
	reloader.pidfile = argv[RELOADER_PIDFILE];
	reloader.socket = argv[RELOADER_SOCKET];
	sigaction(SIGTERM, &action, NULL);
	setvbuf(stderr, NULL, _IOLBF, 0);
	run_around(argv[RELOADER_BEFORE], "before");
	r = ended ? -EINTR : apply(&reloader);
	run_around(argv[RELOADER_AFTER], "after");
	return r < 0 ? 1 : 0;
}
