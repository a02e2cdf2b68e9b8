/* SPDX-License-Identifier: MIT */
#include "fs/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* All that a signal mask or an ignored signal of ours could spoil. */
static int set_attributes(posix_spawnattr_t *attributes, pid_t group)
{
	sigset_t none, all;
	int r;

	sigemptyset(&none);
	sigfillset(&all);
	sigdelset(&all, SIGKILL);
	sigdelset(&all, SIGSTOP);
	r = posix_spawnattr_setsigmask(attributes, &none);
	if (r == 0)
		r = posix_spawnattr_setsigdefault(attributes, &all);
	if (r == 0)
		r = posix_spawnattr_setpgroup(attributes, group);
	if (r == 0)
		r = posix_spawnattr_setflags(attributes,
			POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
				POSIX_SPAWN_SETPGROUP);
	return -r;
}

/*
 * All descriptors of ours are close-on-exec; what we were born with need not
 * be, and is closed where the C library can do it.
 */
static int set_actions(posix_spawn_file_actions_t *actions,
	const struct child_settings *settings)
{
	int output = settings->output;
	int next = STDERR_FILENO + 1;
	int r;

	r = posix_spawn_file_actions_addopen(
		actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (r == 0 && output >= 0)
		r = posix_spawn_file_actions_adddup2(
			actions, output, STDOUT_FILENO);
	if (r == 0 && output >= 0)
		r = posix_spawn_file_actions_adddup2(
			actions, output, STDERR_FILENO);
	for (size_t i = 0; r == 0 && i < settings->file_count; i++)
		r = posix_spawn_file_actions_adddup2(
			actions, settings->files[i], next++);
	if (r == 0)
		r = posix_spawn_file_actions_addchdir_np(actions, "/");
#if defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 34)
	if (r == 0)
		r = posix_spawn_file_actions_addclosefrom_np(actions, next);
#endif
#endif
	return -r;
}

static int spawn(struct child *child, const struct child_settings *settings,
	posix_spawnattr_t *attributes)
{
	posix_spawn_file_actions_t actions;
	int r;

	r = -posix_spawn_file_actions_init(&actions);
	if (r < 0)
		return r;
	r = set_actions(&actions, settings);
	if (r == 0)
		r = -posix_spawnp(&child->pid, settings->program, &actions,
			attributes, settings->words, settings->environment);
	posix_spawn_file_actions_destroy(&actions);
	return r;
}

int child_start(struct child *child, const struct child_settings *settings)
{
	posix_spawnattr_t attributes;
	int r;

	*child = CHILD_NONE;
	r = -posix_spawnattr_init(&attributes);
	if (r < 0)
		return r;
	r = set_attributes(&attributes, settings->group);
	if (r == 0)
		r = spawn(child, settings, &attributes);
	posix_spawnattr_destroy(&attributes);
	if (r < 0) {
		*child = CHILD_NONE;
		return r;
	}
	child->fd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	return 0;
}

bool child_has_ended(const struct child *child)
{
	siginfo_t info = {.si_pid = 0};

	/* An error is an end as well: there is nothing to wait for. */
	return waitid(P_PID, (id_t)child->pid, &info,
		       WEXITED | WNOHANG | WNOWAIT) < 0 ||
		info.si_pid != 0;
}

int child_reap(struct child *child)
{
	int status = 0;
	pid_t pid;

	do {
		pid = waitpid(child->pid, &status, 0);
	} while (pid < 0 && errno == EINTR);
	if (pid < 0)
		status = -errno;
	if (child->fd >= 0)
		close(child->fd);
	*child = CHILD_NONE;
	return status;
}

void child_signal(const struct child *child, int signal)
{
	kill(-child->pid, signal);
}

void child_words(int status, char *text, size_t size)
{
	const char *name;

	if (status < 0) {
		snprintf(text, size, "its end was not seen");
	} else if (WIFEXITED(status)) {
		snprintf(text, size, "exit status %d", WEXITSTATUS(status));
	} else {
		name = sigabbrev_np(WTERMSIG(status));
		snprintf(text, size, "killed by SIG%s", name ? name : "?");
	}
}
