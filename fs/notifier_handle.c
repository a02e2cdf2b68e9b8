/* SPDX-License-Identifier: MIT */
#include "fs/notifier_handle.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Both ends close-on-exec; the child's is given its number in the spawn. */
static int spawn_with(struct notifier_handle *handle,
	posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes,
	int child_end)
{
	char reach[] = {(char)('0' + handle->reach), '\0'};
	char word[] = NOTIFIER_WORD;
	char *argv[] = {word, reach, (char *)(uintptr_t)handle->path, NULL};
	char *environment[] = {NULL};
	sigset_t none;
	int r;

	r = posix_spawn_file_actions_adddup2(
		actions, child_end, NOTIFIER_SOCKET_FD);
	if (r == 0 && handle->reach == REACH_CLONE)
		r = posix_spawn_file_actions_adddup2(
			actions, handle->clone_fd, NOTIFIER_ROOT_FD);
	/* In the background that is /dev/null from the beginning, and who
	 * started us waits for the end of what we say. */
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(
			actions, STDOUT_FILENO, STDERR_FILENO);
	sigemptyset(&none);
	if (r == 0)
		r = posix_spawnattr_setsigmask(attributes, &none);
	if (r == 0)
		r = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK);
	if (r == 0)
		r = posix_spawn(&handle->pid, "/proc/self/exe", actions,
			attributes, argv, environment);
	return -r;
}

/*
 * dup2 in the child must not hit a descriptor that is still to be copied, so
 * what is passed is moved out of the way of the fixed numbers first.
 */
static int spawn(struct notifier_handle *handle, int child_end)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int r;

	r = -posix_spawn_file_actions_init(&actions);
	if (r < 0)
		return r;
	r = -posix_spawnattr_init(&attributes);
	if (r == 0) {
		r = spawn_with(handle, &actions, &attributes, child_end);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&actions);
	return r;
}

int notifier_start(struct notifier_handle *handle)
{
	struct notifier_request hello = {.verb = NOTIFIER_HELLO};
	CLEANUP(close) int ours = -1;
	CLEANUP(close) int theirs = -1;
	CLEANUP(close) int moved = -1;
	int pair[2], error, r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	ours = pair[0];
	theirs = pair[1];
	moved = fcntl(theirs, F_DUPFD_CLOEXEC, NOTIFIER_ROOT_FD + 1);
	if (moved < 0)
		return -errno;
	r = spawn(handle, moved);
	if (r < 0)
		return r;
	handle->socket = take_fd(&ours);
	__atomic_store_n(&handle->ops->notifier, handle->pid, __ATOMIC_RELEASE);
	return notifier_ask(handle, &hello, &error);
}

/* 0 when there is something to read in time. */
static int wait_for_reply(int socket)
{
	struct pollfd poll_socket = {.fd = socket, .events = POLLIN};
	int r;

	do {
		r = poll(&poll_socket, 1, NOTIFIER_SILENT_MS);
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return -errno;
	return r == 0 ? -ETIMEDOUT : 0;
}

static int exchange(struct notifier_handle *handle,
	const struct notifier_request *request, struct notifier_reply *reply)
{
	int r;

	if (handle->socket < 0)
		return -EPIPE;
	if (send(handle->socket, request, sizeof(*request), MSG_NOSIGNAL)
		!= sizeof(*request))
		return -EPIPE;
	r = wait_for_reply(handle->socket);
	if (r < 0)
		return r;
	if (recv(handle->socket, reply, sizeof(*reply), 0) != sizeof(*reply))
		return -EPIPE;
	return 0;
}

int notifier_ask(struct notifier_handle *handle,
	const struct notifier_request *request, int *ret_error)
{
	struct notifier_reply reply;
	int r;

	r = exchange(handle, request, &reply);
	if (r < 0) {
		notifier_stop(handle);
		return r;
	}
	*ret_error = reply.error;
	return 0;
}

static void reap(pid_t *pid)
{
	if (*pid > 0 && waitpid(*pid, NULL, WNOHANG) != 0)
		*pid = 0;
}

/*
 * The pid is taken off the list of those who may change things before it is
 * reaped and can be given to another process (rule 5).
 */
void notifier_stop(struct notifier_handle *handle)
{
	__atomic_store_n(&handle->ops->notifier, 0, __ATOMIC_RELEASE);
	if (handle->socket >= 0)
		close(handle->socket);
	handle->socket = -1;
	/* One that was killed before must not be lost: it is waited for. */
	notifier_reap(handle);
	if (handle->pid > 0) {
		kill(handle->pid, SIGKILL);
		handle->dying = handle->pid;
		handle->pid = 0;
		reap(&handle->dying);
	}
}

bool notifier_reap(struct notifier_handle *handle)
{
	struct pollfd ended = {.events = POLLIN};
	CLEANUP(close) int fd = -1;

	if (handle->dying == 0)
		return true;
	fd = (int)syscall(SYS_pidfd_open, handle->dying, 0);
	ended.fd = fd;
	if (fd >= 0)
		poll(&ended, 1, NOTIFIER_SILENT_MS);
	reap(&handle->dying);
	return handle->dying == 0;
}
