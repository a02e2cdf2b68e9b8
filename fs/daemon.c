/* SPDX-License-Identifier: MIT */
#include "fs/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fetch/cleanup.h"

/* One message through the pipe, shorter than PIPE_BUF: it comes whole. */
struct report {
	int status;
	char text[1024];
};

/* The parent's part: what the child says, or that it died without a word. */
static int wait_for_report(int fd, pid_t child)
{
	struct report report;
	ssize_t size;
	int status;

	do {
		size = read(fd, &report, sizeof(report));
	} while (size < 0 && errno == EINTR);
	if (size == sizeof(report)) {
		report.text[sizeof(report.text) - 1] = '\0';
		if (report.text[0])
			fprintf(stderr, "mmsdfs: %s\n", report.text);
		return report.status;
	}
	if (waitpid(child, &status, 0) == child && WIFEXITED(status)
		&& WEXITSTATUS(status) != 0)
		return WEXITSTATUS(status);
	fprintf(stderr, "mmsdfs: ended before it was ready\n");
	return 1;
}

static int leave_terminal(void)
{
	CLEANUP(close) int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || setsid() < 0 || chdir("/") < 0)
		return -errno;
	/* stderr stays until we are ready, for whoever watches the start. */
	if (dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		return -errno;
	return 0;
}

int daemon_start(bool foreground, struct daemon *ret, int *ret_status)
{
	int ends[2];
	pid_t child;

	*ret = (struct daemon){.report = -1, .background = !foreground};
	if (foreground)
		return 0;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	fflush(NULL);
	child = fork();
	if (child != 0) {
		int error = errno;

		close(ends[1]);
		if (child > 0)
			*ret_status = wait_for_report(ends[0], child);
		close(ends[0]);
		return child < 0 ? -error : 1;
	}
	close(ends[0]);
	ret->report = ends[1];
	return leave_terminal();
}

/* The protocol of sd_notify(3): a datagram to the socket of the environment. */
static void tell_systemd(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	CLEANUP(close) int fd = -1;
	size_t length = path ? strlen(path) : 0;

	if (length < 2 || length >= sizeof(address.sun_path)
		|| (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(address.sun_path, path, length);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	sendto(fd, state, strlen(state), MSG_NOSIGNAL,
		(struct sockaddr *)&address,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
}

static void send_report(struct daemon *daemon, int status, const char *text)
{
	struct report report = {.status = status};

	snprintf(report.text, sizeof(report.text), "%s", text);
	if (daemon->report < 0)
		return;
	if (write(daemon->report, &report, sizeof(report)) < 0)
		fprintf(stderr, "mmsdfs: %s\n", text); /* nobody waits */
	close(daemon->report);
	daemon->report = -1;
}

void daemon_ready(struct daemon *daemon)
{
	int null;

	send_report(daemon, 0, "");
	tell_systemd("READY=1");
	if (!daemon->background)
		return;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, STDERR_FILENO);
		close(null);
	}
}

void daemon_failed(struct daemon *daemon, int status, const char *text)
{
	if (daemon->background)
		send_report(daemon, status, text);
	else
		fprintf(stderr, "mmsdfs: %s\n", text);
}

/* Type=notify-reload wants to know the moment, so that it can tell them apart. */
void daemon_reloading(void)
{
	struct timespec now;
	char text[64];

	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld",
		(long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	tell_systemd(text);
}

void daemon_reloaded(void)
{
	tell_systemd("READY=1");
}

void daemon_stopping(void)
{
	tell_systemd("STOPPING=1");
}
