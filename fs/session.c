/* SPDX-License-Identifier: MIT */
#define FUSE_USE_VERSION 312

#include "fs/session.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "fetch/clock.h"

struct session {
	struct fuse_session *fuse;
	int ended; /* eventfd */
	pthread_t workers[SESSION_WORKERS];
	int started; /* of them */
	bool stop;   /* atomic */
};

/* Only there to interrupt a worker that waits in read(2). */
static void on_kick(int signal_number)
{
	(void)signal_number;
}

static const int KICK = SIGUSR2;

static int parse_options(
	struct fuse_args *args, bool allow_other, const char *fsname)
{
	char text[512];

	/* systemd unmounts what has the default fsname (bazil/fuse 89). */
	snprintf(text, sizeof(text),
		"-ofsname=%s,subtype=mmsdfs,default_permissions,nosuid,nodev%s",
		fsname, allow_other ? ",allow_other" : "");
	if (fuse_opt_add_arg(args, "mmsdfs") != 0
		|| fuse_opt_add_arg(args, text) != 0)
		return -ENOMEM;
	return 0;
}

int session_new(struct ops *ops, bool allow_other, const char *fsname,
	struct session **ret, struct why *why)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	struct session *session;
	int r;

	session = calloc(1, sizeof(*session));
	if (!session)
		return why_set(why, -ENOMEM, "out of memory");
	session->ended = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = session->ended < 0 ? -errno
			       : parse_options(&args, allow_other, fsname);
	if (r == 0)
		session->fuse = fuse_session_new(
			&args, &ops_table, sizeof(ops_table), ops);
	fuse_opt_free_args(&args);
	if (!session->fuse) {
		session_free(session);
		return why_set(why, r < 0 ? r : -EINVAL,
			"cannot make a FUSE session");
	}
	*ret = session;
	return 0;
}

struct fuse_session *session_fuse(struct session *session)
{
	return session->fuse;
}

int session_ended_fd(const struct session *session)
{
	return session->ended;
}

static void *worker_run(void *argument)
{
	struct session *session = argument;
	struct fuse_buf buffer = {.mem = NULL};

	while (!__atomic_load_n(&session->stop, __ATOMIC_ACQUIRE)) {
		int r = fuse_session_receive_buf(session->fuse, &buffer);

		if (r == -EINTR || r == -EAGAIN)
			continue;
		if (r <= 0)
			break;
		fuse_session_process_buf(session->fuse, &buffer);
	}
	free(buffer.mem);
	eventfd_write(session->ended, 1);
	return NULL;
}

int session_start(struct session *session)
{
	struct sigaction kick = {.sa_handler = on_kick};

	/* Without SA_RESTART: read(2) is to return. */
	sigaction(KICK, &kick, NULL);
	for (int i = 0; i < SESSION_WORKERS; i++) {
		int r = -pthread_create(
			&session->workers[i], NULL, worker_run, session);

		if (r < 0 && i < 2)
			return r;
		if (r < 0)
			break;
		session->started++;
	}
	return 0;
}

/*
 * A worker may be just before its read(2) when it is kicked: kicked again
 * until it has ended.
 */
static void join_worker(pthread_t worker)
{
	struct timespec soon;

	do {
		pthread_kill(worker, KICK);
		clock_gettime(CLOCK_REALTIME, &soon);
		soon.tv_nsec += 10 * 1000000;
		if (soon.tv_nsec >= 1000000000) {
			soon.tv_nsec -= 1000000000;
			soon.tv_sec++;
		}
	} while (pthread_timedjoin_np(worker, NULL, &soon) != 0);
}

void session_stop(struct session *session)
{
	if (!session)
		return;
	__atomic_store_n(&session->stop, true, __ATOMIC_RELEASE);
	for (int i = 0; i < session->started; i++)
		join_worker(session->workers[i]);
	session->started = 0;
}

void session_free(struct session *session)
{
	if (!session)
		return;
	if (session->fuse)
		fuse_session_destroy(session->fuse);
	if (session->ended >= 0)
		close(session->ended);
	free(session);
}
