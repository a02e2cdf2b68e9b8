/* SPDX-License-Identifier: MIT */
#include "fs/notifier.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fs/confine.h"
#include "fs/ops.h"

/* root is -1 where the mount is reached by its path, anew each time. */
struct notifier {
	int root;
	const char *path;
};

/* The mount's root: kept, or opened for this request so as not to pin it. */
static int root_open(const struct notifier *notifier)
{
	int fd;

	if (notifier->root >= 0)
		return notifier->root;
	fd = open(notifier->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static void root_close(const struct notifier *notifier, int fd)
{
	if (fd != notifier->root)
		close(fd);
}

/* F4: only a truncate to the present size harms no reader. */
static int touch(int root, const char *path)
{
	CLEANUP(close) int fd = -1;
	struct stat now;

	fd = openat(root, path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &now) < 0)
		return -errno;
	return ftruncate(fd, now.st_size) < 0 ? -errno : 0;
}

static int create(int root, const char *path)
{
	/* It may be there by now, as it had waited too long: then this is all
	 * that its watchers hear. */
	if (mknodat(root, path, S_IFREG | 0644, 0) < 0 && errno != EEXIST)
		return -errno;
	return touch(root, path);
}

static void alias_path(uint64_t number, char ret[NOTIFIER_PATH_MAX])
{
	snprintf(ret, NOTIFIER_PATH_MAX, ALIAS_NAME "/%llu",
		(unsigned long long)number);
}

static int rename_onto(int root, uint64_t number, const char *path)
{
	char alias[NOTIFIER_PATH_MAX];

	alias_path(number, alias);
	return renameat(root, alias, root, path) < 0 ? -errno : 0;
}

/* A version that the kernel forgot meanwhile is nobody's loss. */
static int each_old(int root, const struct notifier_request *request)
{
	char alias[NOTIFIER_PATH_MAX];
	int first = 0;

	for (uint32_t i = 0; i < request->count; i++) {
		int r;

		alias_path(request->numbers[i], alias);
		if (request->verb == NOTIFIER_TOUCH_OLD)
			r = touch(root, alias);
		else
			r = unlinkat(root, alias, 0) < 0 ? -errno : 0;
		if (r < 0 && r != -ENOENT && first == 0)
			first = r;
	}
	return first;
}

static int obey(int root, const struct notifier_request *request)
{
	switch ((enum notifier_verb)request->verb) {
	case NOTIFIER_HELLO:
		return 0;
	case NOTIFIER_TOUCH:
		return touch(root, request->path);
	case NOTIFIER_CREATE:
		return create(root, request->path);
	case NOTIFIER_MKDIR:
		return mkdirat(root, request->path, 0755) < 0 ? -errno : 0;
	case NOTIFIER_RENAME:
		return rename_onto(root, request->numbers[0], request->path);
	case NOTIFIER_REMOVE:
		return unlinkat(root, request->path, 0) < 0 ? -errno : 0;
	case NOTIFIER_TOUCH_OLD:
	case NOTIFIER_REMOVE_OLD:
		return each_old(root, request);
	}
	return -EINVAL;
}

static int serve(const struct notifier *notifier)
{
	for (;;) {
		struct notifier_request request;
		struct notifier_reply reply;
		ssize_t size;
		int root;

		size = recv(NOTIFIER_SOCKET_FD, &request, sizeof(request), 0);
		if (size < 0 && errno == EINTR)
			continue;
		if (size != sizeof(request)
			|| request.count > OLD_VERSIONS_MAX)
			return size == 0 ? 0 : 1;
		request.path[NOTIFIER_PATH_MAX - 1] = '\0';

		root = root_open(notifier);
		reply.error = root < 0 ? root : obey(root, &request);
		if (root >= 0)
			root_close(notifier, root);
		if (send(NOTIFIER_SOCKET_FD, &reply, sizeof(reply),
			    MSG_NOSIGNAL)
			!= sizeof(reply))
			return 0;
	}
}

static int write_file(const char *path, const char *text)
{
	CLEANUP(close) int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

/*
 * A user's own mount: with a copy of it in a mount namespace of ours, what we
 * have open never makes the user's umount busy (F15).
 */
static int enter_namespace(void)
{
	char map[64];
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int r;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -errno;
	write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "%u %u 1", uid, uid);
	r = write_file("/proc/self/uid_map", map);
	if (r < 0)
		return r;
	snprintf(map, sizeof(map), "%u %u 1", gid, gid);
	r = write_file("/proc/self/gid_map", map);
	if (r < 0)
		return r;
	return mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ? -errno : 0;
}

/*
 * All that is left of root: the files of the mount may belong to another user
 * (--uid), so permission to write them is kept, and nothing else.
 */
static int drop_rights(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct keep[2] = {{0}, {0}};
	struct rlimit files = {16, 16}, core = {0, 0};

	keep[0].effective = keep[0].permitted = 1u << CAP_DAC_OVERRIDE;
	if (syscall(SYS_capset, &head, keep) < 0) {
		keep[0].effective = keep[0].permitted = 0;
		if (syscall(SYS_capset, &head, keep) < 0)
			return -errno;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	setrlimit(RLIMIT_NOFILE, &files);
	setrlimit(RLIMIT_CORE, &core);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	return 0;
}

/* Signals that a terminal or a service manager sends are for the daemon. */
static void ignore_signals(void)
{
	static const int ignored[] = {SIGHUP, SIGINT, SIGTERM, SIGPIPE,
		SIGQUIT, SIGUSR1, SIGUSR2, SIGTSTP, SIGTTIN, SIGTTOU};

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
}

int notifier_main(int argc, char **argv)
{
	struct notifier notifier = {.root = -1};
	int reach;

	if (argc != 3)
		return 2;
	reach = argv[1][0] - '0';
	notifier.path = argv[2];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "mmsdfs-notifier");
	ignore_signals();
	close_range(reach == REACH_CLONE ? NOTIFIER_ROOT_FD + 1
					 : NOTIFIER_ROOT_FD,
		~0U, 0);

	if (reach == REACH_CLONE)
		notifier.root = NOTIFIER_ROOT_FD;
	if (reach == REACH_NAMESPACE && enter_namespace() == 0)
		notifier.root = open(
			notifier.path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (chdir("/") < 0 || drop_rights() < 0 || confine_notifier() < 0)
		return 1;
	return serve(&notifier);
}
