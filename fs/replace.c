/* SPDX-License-Identifier: MIT */
#include "fs/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fetch/cleanup.h"

enum { LINKS_MAX = 40, TRIES_MAX = 10, PIECE = 1 << 16 };

/* One replacement; what is not there yet is -1, NULL or zero. */
struct replacement {
	char *path; /* of the file itself, with no link at its end */
	char temporary[NAME_MAX + 1];
	const char *name; /* in path */
	int directory;
	int fd; /* the temporary file, locked */
	bool exists;
	struct stat before;
};

int replace_write(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		size -= (size_t)n;
	}
	return 0;
}

bool replace_is_same(int fd, const char *bytes, size_t size)
{
	CLEANUP(free) char *piece = NULL;
	struct stat now;

	if (fstat(fd, &now) < 0 || !S_ISREG(now.st_mode) ||
		now.st_size != (off_t)size)
		return false;
	piece = malloc(PIECE);
	while (piece && size > 0) {
		ssize_t n = read(fd, piece, size < PIECE ? size : PIECE);

		if (n <= 0 || memcmp(piece, bytes, (size_t)n) != 0)
			return false;
		bytes += n;
		size -= (size_t)n;
	}
	return piece != NULL;
}

/* Where a link at path leads: *path is replaced. 1: there was one. */
static int follow_one(char **path)
{
	char target[PATH_MAX];
	const char *slash = strrchr(*path, '/');
	ssize_t length = readlink(*path, target, sizeof(target) - 1);
	char *next;

	if (length < 0)
		return errno == EINVAL || errno == ENOENT ? 0 : -errno;
	target[length] = '\0';
	if (asprintf(&next, "%.*s%s",
		    *target == '/' || !slash ? 0 : (int)(slash - *path + 1),
		    *path, target) < 0)
		return -ENOMEM;
	free(*path);
	*path = next;
	return 1;
}

/* realpath(3) would refuse a link to what is not there yet. */
static int follow_links(const char *path, char **ret)
{
	CLEANUP(free) char *at = strdup(path);
	int r = at ? 1 : -ENOMEM;

	for (int i = 0; r > 0; i++)
		r = i < LINKS_MAX ? follow_one(&at) : -ELOOP;
	if (r == 0)
		*ret = take_ptr(&at);
	return r;
}

static int open_directory(struct replacement *it)
{
	char *slash = strrchr(it->path, '/');

	it->name = slash ? slash + 1 : it->path;
	if (!*it->name)
		return -EISDIR;
	if (snprintf(it->temporary, sizeof(it->temporary), ".%s.mmsdfs",
		    it->name) >= (int)sizeof(it->temporary))
		return -ENAMETOOLONG;
	if (slash)
		*slash = '\0';
	it->directory = open(!slash ? "."
			: *it->path ? it->path
				    : "/",
		O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (slash)
		*slash = '/';
	return it->directory < 0 ? -errno : 0;
}

/* 1: it has the bytes already. */
static int look_at_it(
	struct replacement *it, const char *bytes, size_t size, struct why *why)
{
	CLEANUP(close) int fd = -1;

	if (fstatat(it->directory, it->name, &it->before, AT_SYMLINK_NOFOLLOW) <
		0)
		return errno == ENOENT ? 0 : -errno;
	it->exists = true;
	if (S_ISDIR(it->before.st_mode))
		return why_set(why, -EISDIR, "%s: is a directory", it->path);
	if (!S_ISREG(it->before.st_mode))
		return why_set(
			why, -EINVAL, "%s: is not a regular file", it->path);
	fd = openat(it->directory, it->name,
		O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	return fd >= 0 && replace_is_same(fd, bytes, size);
}

/*
 * Who died left its lock with it: the file may go. Who holds the lock knows
 * that nobody else takes that name away.
 */
static int remove_stale(const struct replacement *it)
{
	CLEANUP(close)
	int fd = openat(it->directory, it->temporary,
		O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat mine, there;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (fstat(fd, &mine) < 0 ||
		fstatat(it->directory, it->temporary, &there,
			AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (mine.st_ino != there.st_ino || mine.st_dev != there.st_dev)
		return 0;
	return unlinkat(it->directory, it->temporary, 0) < 0 ? -errno : 0;
}

/* 0: it is not ours; somebody was faster. */
static int lock_temporary(const struct replacement *it)
{
	struct stat now;

	if (flock(it->fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? 0 : -errno;
	if (fstat(it->fd, &now) < 0)
		return -errno;
	return now.st_nlink > 0;
}

static int make_temporary(struct replacement *it)
{
	int r = 0;

	for (int i = 0; i < TRIES_MAX && r == 0; i++) {
		it->fd = openat(it->directory, it->temporary,
			O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			it->exists ? 0600 : 0666);
		if (it->fd < 0) {
			r = errno == EEXIST ? remove_stale(it) : -errno;
			continue;
		}
		r = lock_temporary(it);
		if (r <= 0) {
			close(it->fd);
			it->fd = -1;
		}
	}
	return r == 0 ? -EBUSY : r;
}

static int keep_owner(const struct replacement *it)
{
	struct stat now;

	if (!it->exists)
		return 0;
	if (fstat(it->fd, &now) < 0)
		return -errno;
	if ((now.st_uid != it->before.st_uid ||
		    now.st_gid != it->before.st_gid) &&
		fchown(it->fd, it->before.st_uid, it->before.st_gid) < 0)
		return -errno;
	return fchmod(it->fd, it->before.st_mode & 07777) < 0 ? -errno : 0;
}

static int fill_and_rename(
	const struct replacement *it, const char *bytes, size_t size)
{
	int r;

	r = replace_write(it->fd, bytes, size);
	if (r == 0)
		r = keep_owner(it);
	if (r == 0 && fsync(it->fd) < 0)
		r = -errno;
	if (r == 0 &&
		renameat(it->directory, it->temporary, it->directory,
			it->name) < 0)
		r = -errno;
	if (r < 0) {
		unlinkat(it->directory, it->temporary, 0);
		return r;
	}
	/* It is there by now; some file systems cannot sync a directory. */
	fsync(it->directory);
	return 1;
}

static int replace(
	struct replacement *it, const char *bytes, size_t size, struct why *why)
{
	int r;

	r = open_directory(it);
	if (r == 0)
		r = look_at_it(it, bytes, size, why);
	if (r != 0)
		return r > 0 ? 0 : r;
	r = make_temporary(it);
	if (r == -EBUSY)
		return why_set(
			why, r, "%s: another mmsdfs is writing it", it->path);
	return r < 0 ? r : fill_and_rename(it, bytes, size);
}

int replace_file(
	const char *path, const char *bytes, size_t size, struct why *why)
{
	struct replacement it = {.directory = -1, .fd = -1};
	struct why words = {""};
	int r;

	r = follow_links(path, &it.path);
	if (r == 0)
		r = replace(&it, bytes, size, &words);
	if (it.fd >= 0)
		close(it.fd);
	if (it.directory >= 0)
		close(it.directory);
	free(it.path);
	if (r >= 0)
		return r;
	return words.text[0] ? why_set(why, r, "%s", words.text)
			     : why_set(why, r, "%s: %s", path, strerror(-r));
}
