/* SPDX-License-Identifier: MIT */
#include "fs/haproxy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fetch/cleanup.h"

/* The kernel cuts the name of a process to so many characters. */
enum { COMM_MAX = 15, ARGUMENTS_SIZE = 16384 };

/* "123 (name) S ...": name may hold anything, so its end is the last ')'. */
static bool stat_read(pid_t pid, char comm[COMM_MAX + 1], char *ret_state)
{
	CLEANUP(fclose) FILE *file = NULL;
	char path[64], text[512], *from, *to;
	size_t length;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	length = fread(text, 1, sizeof(text) - 1, file);
	text[length] = '\0';
	from = strchr(text, '(');
	to = strrchr(text, ')');
	if (!from || !to || to < from || to[1] != ' ' || !to[2])
		return false;
	*to = '\0';
	snprintf(comm, COMM_MAX + 1, "%s", from + 1);
	*ret_state = to[2];
	return true;
}

bool haproxy_lives(pid_t pid, const char *program)
{
	const char *slash = strrchr(program, '/');
	const char *name = slash ? slash + 1 : program;
	char comm[COMM_MAX + 1], state;

	if (pid <= 1 || !stat_read(pid, comm, &state))
		return false;
	if (state == 'Z' || state == 'X')
		return false;
	return strcmp(comm, "haproxy") == 0 ||
		strncmp(comm, name, COMM_MAX) == 0;
}

size_t haproxy_pids(
	const char *pidfile, const char *program, pid_t ret[HAPROXY_PIDS_MAX])
{
	CLEANUP(fclose) FILE *file = fopen(pidfile, "re");
	size_t count = 0;
	int pid;

	while (file && count < HAPROXY_PIDS_MAX &&
		fscanf(file, "%d", &pid) == 1)
		if (haproxy_lives(pid, program))
			ret[count++] = pid;
	return count;
}

/* All of its arguments, each with its '\0'. Returns their size, 0 for none. */
static size_t arguments_read(pid_t pid, char text[ARGUMENTS_SIZE])
{
	CLEANUP(fclose) FILE *file = NULL;
	char path[64];
	size_t length;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	length = fread(text, 1, ARGUMENTS_SIZE - 1, file);
	text[length] = '\0';
	return length;
}

bool haproxy_is_master(pid_t pid, const char *configuration)
{
	char text[ARGUMENTS_SIZE];
	size_t length = arguments_read(pid, text);
	bool master = false, ours = false;

	for (size_t at = 0; at < length; at += strlen(text + at) + 1) {
		const char *word = text + at;

		master = master || strcmp(word, "-W") == 0 ||
			strcmp(word, "-Ws") == 0;
		ours = ours || strcmp(word, configuration) == 0;
	}
	return master && ours;
}

/* 0, or why it cannot be executed: -EACCES for a directory, too. */
static int check_program(const char *path)
{
	struct stat now;

	if (stat(path, &now) < 0)
		return -errno;
	if (!S_ISREG(now.st_mode))
		return -EACCES;
	return access(path, X_OK) < 0 ? -errno : 0;
}

/* Takes a directory's length bytes; NULL: no memory, or no such program. */
static char *program_in(
	const char *directory, size_t length, const char *program)
{
	char *path;

	if (asprintf(&path, "%.*s/%s", (int)length, directory, program) < 0)
		return NULL;
	if (check_program(path) == 0)
		return path;
	free(path);
	return NULL;
}

int haproxy_find(const char *program, char **ret, struct why *why)
{
	const char *path = getenv("PATH");
	char *found = NULL;
	int r;

	if (strchr(program, '/')) {
		r = check_program(program);
		if (r < 0)
			return why_set(why, r, "--haproxy-bin %s: %s", program,
				strerror(-r));
		found = strdup(program);
		*ret = found;
		return found ? 0 : why_set(why, -ENOMEM, "out of memory");
	}
	while (path && *path && !found) {
		size_t length = strcspn(path, ":");

		if (*path == '/')
			found = program_in(path, length, program);
		path += length;
		path += *path == ':';
	}
	if (!found)
		found = program_in("/usr/sbin", strlen("/usr/sbin"), program);
	if (!found)
		return why_set(why, -ENOENT,
			"--haproxy-bin %s: not found in $PATH nor in /usr/sbin",
			program);
	*ret = found;
	return 0;
}

static int make_directory(const char *pidfile, struct why *why)
{
	CLEANUP(free) char *directory = strdup(pidfile);
	char *slash = directory ? strrchr(directory, '/') : NULL;

	if (!slash)
		return why_set(why, -ENOMEM, "out of memory");
	*slash = '\0';
	if (slash == directory || mkdir(directory, 0755) == 0 ||
		errno == EEXIST)
		return 0;
	return why_set(why, -errno, "--haproxy-pidfile %s: %s: %s", pidfile,
		directory, strerror(errno));
}

int haproxy_claim(const char *pidfile, int *ret, struct why *why)
{
	CLEANUP(free) char *path = NULL;
	CLEANUP(close) int fd = -1;
	int r;

	r = make_directory(pidfile, why);
	if (r < 0)
		return r;
	if (asprintf(&path, "%s.lock", pidfile) < 0) {
		path = NULL;
		return why_set(why, -ENOMEM, "out of memory");
	}
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return why_set(why, -errno, "%s: %s", path, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return why_set(why, -EBUSY,
			"--haproxy-pidfile %s: another mmsdfs manages that "
			"haproxy",
			pidfile);
	*ret = take_fd(&fd);
	return 0;
}
