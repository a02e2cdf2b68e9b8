/* SPDX-License-Identifier: MIT */
#define FUSE_USE_VERSION 312

#include "fs/teller_impl.h"

#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The thread sanitizer knows of one table of descriptors for all threads. */
#if defined(__SANITIZE_THREAD__)
#define ONE_TABLE true
#elif defined(__has_feature)
#define ONE_TABLE __has_feature(thread_sanitizer)
#else
#define ONE_TABLE false
#endif

static int fd_order(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/*
 * What other threads close is to be closed: a port is free, and a pipe ends,
 * when nobody has it open.
 */
static void close_all_but(int *kept, size_t count)
{
	unsigned first = STDERR_FILENO + 1;

	qsort(kept, count, sizeof(*kept), fd_order);
	for (size_t i = 0; i < count; i++) {
		unsigned fd = (unsigned)kept[i];

		if (kept[i] < (int)first)
			continue;
		if (fd > first)
			close_range(first, fd - 1, 0);
		first = fd + 1;
	}
	close_range(first, ~0U, 0);
}

/*
 * From here on the thread has descriptors of its own, those it uses and no
 * others, and in the place of the session's device a second one of the same
 * connection. After a SIGKILL it may wait in the kernel for a directory that is
 * locked by whoever asked a worker which is dead: the kernel then closes the
 * workers' device, which ends what they had read (fuse_dev_release), and both
 * go on. With one device for all it stays open as long as this thread waits,
 * and that is for ever. (What nobody had read waits until its asker is killed.)
 *
 * Without close_range (Linux before 5.9) all is shared.
 */
void teller_descriptors_own(const struct teller_settings *settings)
{
	int session = fuse_session_fd(settings->session);
	int kept[] = {session, settings->clone_fd, settings->told_fd};
	uint32_t first = (uint32_t)session;
	int own;

	/* There is no such descriptor: it only says whether it is known. */
	if (ONE_TABLE || close_range(~0U, ~0U, 0) < 0
		|| unshare(CLONE_FILES) < 0)
		return;
	own = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (own >= 0 && ioctl(own, FUSE_DEV_IOC_CLONE, &first) == 0)
		dup3(own, session, O_CLOEXEC);
	/* As for the notifier. */
	dup2(STDOUT_FILENO, STDERR_FILENO);
	close_all_but(kept, sizeof(kept) / sizeof(kept[0]));
}
