/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fetch/cleanup.h"
#include "fs/child.h"
#include "fs/haproxy.h"

extern char **environ;

enum { ANSWER_MS = 5000, OUTPUT_FD_MIN = 3 };

/* Not for ever: what calls itself haproxy may be anything. */
static int run(const char *program, int output)
{
	char name[] = "haproxy", option[] = "-v";
	char *words[] = {name, option, NULL};
	struct child_settings settings = {
		.program = program,
		.words = words,
		.environment = environ,
		.output = output,
	};
	struct child child;
	struct pollfd ended = {.events = POLLIN};
	int r;

	r = child_start(&child, &settings);
	if (r < 0)
		return r;
	ended.fd = child.fd;
	r = poll(&ended, 1, ANSWER_MS) > 0 ? 0 : -ETIMEDOUT;
	child_signal(&child, SIGKILL);
	child_reap(&child);
	return r;
}

int haproxy_version(const char *program, char *ret, size_t size)
{
	CLEANUP(close) int output = memfd_create("version", MFD_CLOEXEC);
	ssize_t length;
	int r;

	if (output < OUTPUT_FD_MIN)
		return output < 0 ? -errno : -EBADF;
	r = run(program, output);
	if (r < 0)
		return r;
	length = pread(output, ret, size - 1, 0);
	if (length <= 0)
		return -ENODATA;
	ret[length] = '\0';
	ret[strcspn(ret, "\r\n")] = '\0';
	return 0;
}
