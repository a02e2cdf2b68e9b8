/* SPDX-License-Identifier: MIT */
#define FUSE_USE_VERSION 312

#include "fs/mount.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fetch/cleanup.h"

enum { FUSE_MAGIC = 0x65735546, SAFE_FD = 16, DEAD_MOUNTS_MAX = 16 };

static int is_empty(const char *path, bool *ret)
{
	DIR *directory = opendir(path);
	struct dirent *entry;

	if (!directory)
		return -errno;
	*ret = true;
	while (*ret && (entry = readdir(directory)))
		*ret = strcmp(entry->d_name, ".") == 0
			|| strcmp(entry->d_name, "..") == 0;
	closedir(directory);
	return 0;
}

/* A user undoes a mount of his own with the helper that made it. */
static int fusermount_detach(const char *path)
{
	char program[] = "fusermount3", unmount[] = "-uz", end[] = "--";
	char *argv[] = {program, unmount, end, (char *)(uintptr_t)path, NULL};
	int status;
	pid_t pid;

	if (posix_spawnp(&pid, program, NULL, NULL, argv, environ) != 0)
		return -ENOENT;
	if (waitpid(pid, &status, 0) != pid)
		return -errno;
	return status == 0 ? 0 : -EPERM;
}

static int detach(const char *path)
{
	if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		return 0;
	return geteuid() == 0 ? -errno : fusermount_detach(path);
}

/*
 * F11: after a crash the mount stays, dead, until somebody takes over. The
 * kernel may still know the attributes of its root, but statfs always asks.
 */
static int stat_alive(const char *path, struct stat *ret, struct why *why)
{
	struct statfs ignored;

	for (int i = 0; i < DEAD_MOUNTS_MAX; i++) {
		if (stat(path, ret) == 0 && statfs(path, &ignored) == 0)
			return 0;
		if (errno == ENOENT)
			return why_set(why, -ENOENT,
				"%s: no such directory; create it first", path);
		if (errno != ENOTCONN)
			return why_set(why, -errno, "%s: %s", path,
				strerror(errno));
		if (detach(path) < 0)
			break;
	}
	return why_set(why, -ENOTCONN,
		"%s: a dead mount is in the way; umount it first", path);
}

int mount_check(const char *path, struct why *why)
{
	struct statfs file_system;
	struct stat now;
	bool empty = true;
	int r;

	r = stat_alive(path, &now, why);
	if (r < 0)
		return r;
	if (!S_ISDIR(now.st_mode))
		return why_set(why, -ENOTDIR, "%s: not a directory", path);
	if (now.st_ino == FUSE_ROOT_ID && statfs(path, &file_system) == 0
		&& file_system.f_type == FUSE_MAGIC)
		return why_set(why, -EBUSY,
			"%s: already mounted; umount it first", path);
	r = is_empty(path, &empty);
	if (r < 0)
		return why_set(why, r, "%s: %s", path, strerror(-r));
	if (!empty)
		return why_set(why, -ENOTEMPTY,
			"%s: not empty; to switch from mmsd, stop mmsd and "
			"empty the directory, or mount elsewhere",
			path);
	return 0;
}

static int set(int context, const char *key, const char *value)
{
	return fsconfig(context, FSCONFIG_SET_STRING, key, value, 0) < 0
		? -errno
		: 0;
}

static int set_flag(int context, const char *key)
{
	return fsconfig(context, FSCONFIG_SET_FLAG, key, NULL, 0) < 0 ? -errno
								       : 0;
}

static int configure(int context, const struct mount_settings *settings,
	int device)
{
	char number[16];
	int r;

	snprintf(number, sizeof(number), "%d", device);
	r = set(context, "source", settings->fsname);
	if (r == 0)
		r = set(context, "subtype", "mmsdfs");
	if (r == 0)
		r = set(context, "fd", number);
	if (r == 0)
		r = set(context, "rootmode", "40755");
	if (r == 0)
		r = set(context, "user_id", "0");
	if (r == 0)
		r = set(context, "group_id", "0");
	if (r == 0)
		r = set_flag(context, "default_permissions");
	if (r == 0 && settings->allow_other)
		r = set_flag(context, "allow_other");
	if (r == 0
		&& fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		r = -errno;
	return r;
}

/* The mount as a descriptor, read-only, attached nowhere yet. */
static int make_tree(struct mount *mount)
{
	CLEANUP(close) int device = -1;
	CLEANUP(close) int context = -1;
	int r;

	device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (device < 0)
		return -errno;
	context = fsopen("fuse", FSOPEN_CLOEXEC);
	if (context < 0)
		return -errno;
	r = configure(context, &mount->settings, device);
	if (r < 0)
		return r;
	mount->tree_fd = fsmount(context, FSMOUNT_CLOEXEC,
		MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV
			| MOUNT_ATTR_NOEXEC);
	if (mount->tree_fd < 0)
		return -errno;
	mount->device_fd = take_fd(&device);
	return 0;
}

int mount_prepare(const struct mount_settings *settings, struct mount *ret,
	struct why *why)
{
	int r;

	*ret = (struct mount){
		.settings = *settings,
		.tree_fd = -1,
		.clone_fd = -1,
		.device_fd = -1,
		.reach = geteuid() == 0 ? REACH_PATH : REACH_NAMESPACE,
	};
	if (access("/dev/fuse", F_OK) < 0)
		return why_set(why, -errno, "/dev/fuse: %s; load the fuse "
			"module, or give the container the device",
			strerror(errno));
	if (geteuid() != 0)
		return 0;
	r = make_tree(ret);
	if (r == 0 || r == -ENOSYS || r == -EINVAL || r == -ENODEV)
		return 0; /* an older kernel: libfuse mounts */
	return why_set(why, r, "cannot mount: %s", strerror(-r));
}

int mount_give(
	struct mount *mount, struct fuse_session *session, struct why *why)
{
	char path[32];

	if (mount->device_fd < 0)
		return 0;
	snprintf(path, sizeof(path), "/dev/fd/%d", mount->device_fd);
	if (fuse_session_mount(session, path) != 0)
		return why_set(why, -EIO, "libfuse refuses its device");
	mount->device_fd = -1; /* the session closes it */
	return 0;
}

/* The notifier's own: a clone that nobody can reach by a path. */
static int make_clone(struct mount *mount)
{
	struct mount_attr writable = {.attr_clr = MOUNT_ATTR_RDONLY};
	CLEANUP(close) int clone = -1;

	clone = open_tree(mount->tree_fd, "",
		AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (clone < 0)
		return -errno;
	if (mount_setattr(clone, "", AT_EMPTY_PATH, &writable,
		    sizeof(writable))
		< 0)
		return -errno;
	/* Above the numbers that the notifier's descriptors are moved to. */
	mount->clone_fd = fcntl(clone, F_DUPFD_CLOEXEC, SAFE_FD);
	return mount->clone_fd < 0 ? -errno : 0;
}

/* The id of the mount that a descriptor is on, 0 when it cannot be told. */
static uint64_t mount_id_of(int fd)
{
	CLEANUP(fclose) FILE *info = NULL;
	char path[64], line[256];
	unsigned long long id;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = fopen(path, "re");
	while (info && fgets(line, sizeof(line), info))
		if (sscanf(line, "mnt_id: %llu", &id) == 1)
			return id;
	return 0;
}

static uint64_t mount_id_at(const char *path)
{
	CLEANUP(close) int fd = open(path, O_PATH | O_CLOEXEC);

	return fd < 0 ? 0 : mount_id_of(fd);
}

static int attach_tree(struct mount *mount, struct why *why)
{
	int r;

	if (move_mount(mount->tree_fd, "", AT_FDCWD, mount->settings.path,
		    MOVE_MOUNT_F_EMPTY_PATH)
		< 0)
		return why_set(why, -errno, "cannot mount at %s: %s",
			mount->settings.path, strerror(errno));
	mount->attached = true;
	mount->id = mount_id_of(mount->tree_fd);
	r = make_clone(mount);
	close(mount->tree_fd);
	mount->tree_fd = -1;
	if (r == 0)
		mount->reach = REACH_CLONE;
	else
		return why_set(why, r, "cannot clone the mount: %s; the "
			"kernel must be 5.12 or later", strerror(-r));
	return 0;
}

int mount_attach(
	struct mount *mount, struct fuse_session *session, struct why *why)
{
	if (mount->tree_fd >= 0)
		return attach_tree(mount, why);
	if (fuse_session_mount(session, mount->settings.path) != 0)
		return why_set(why, -EPERM, "cannot mount at %s (is "
			"fusermount3 there, and may you use it?)",
			mount->settings.path);
	mount->attached = true;
	mount->id = mount_id_at(mount->settings.path);
	return 0;
}

bool mount_is_attached(const struct mount *mount)
{
	CLEANUP(fclose) FILE *info = NULL;
	CLEANUP(free) char *line = NULL;
	size_t space = 0;

	if (!mount->attached)
		return false;
	if (mount->id == 0)
		return true;
	info = fopen("/proc/self/mountinfo", "re");
	if (!info)
		return true;
	while (getline(&line, &space, info) > 0)
		if (strtoull(line, NULL, 10) == mount->id)
			return true;
	return false;
}

static void detach_ours(const struct mount *mount)
{
	const char *path = mount->settings.path;

	if (!mount_is_attached(mount) || mount_id_at(path) != mount->id)
		return;
	if (umount2(path, UMOUNT_NOFOLLOW) < 0)
		umount2(path, UMOUNT_NOFOLLOW | MNT_DETACH);
}

void mount_undo(struct mount *mount, struct fuse_session *session)
{
	if (mount->attached && mount->reach == REACH_CLONE)
		detach_ours(mount);
	else if (mount->attached && session)
		fuse_session_unmount(session);
	mount->attached = false;
	if (mount->clone_fd >= 0)
		close(mount->clone_fd);
	if (mount->tree_fd >= 0)
		close(mount->tree_fd);
	if (mount->device_fd >= 0)
		close(mount->device_fd);
	mount->clone_fd = mount->tree_fd = mount->device_fd = -1;
}

int mount_bind(const char *from, const char *to, struct why *why)
{
	CLEANUP(close) int tree = -1;
	struct mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY};

	tree = open_tree(AT_FDCWD, from, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (tree < 0
		|| mount_setattr(tree, "", AT_EMPTY_PATH, &read_only,
			   sizeof(read_only))
			< 0
		|| move_mount(tree, "", AT_FDCWD, to, MOVE_MOUNT_F_EMPTY_PATH)
			< 0)
		return why_set(why, -errno, "cannot bind %s to %s: %s", from,
			to, strerror(errno));
	return 0;
}

void mount_unbind(const char *path)
{
	if (umount2(path, UMOUNT_NOFOLLOW) < 0)
		umount2(path, UMOUNT_NOFOLLOW | MNT_DETACH);
}
