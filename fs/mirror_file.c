/* SPDX-License-Identifier: MIT */
#include "fs/mirror_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/replace.h"

/*
 * In the root, so that whoever watches a directory of files hears of nothing
 * but the renames.
 */
struct temporary {
	char name[32];
};

static struct temporary temporary_of(unsigned number)
{
	struct temporary temporary;

	snprintf(temporary.name, sizeof(temporary.name), ".mmsdfs.new%u",
		number);
	return temporary;
}

static void remove_temporary(const struct mirror_files *files, unsigned number)
{
	unlinkat(files->root, temporary_of(number).name, 0);
}

int mirror_root_open(const char *path, int *ret, struct why *why)
{
	CLEANUP(close) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return why_set(why, -ENOENT,
			"%s: no such directory; create it first", path);
	if (fd < 0)
		return why_set(why, -errno, "%s: %s", path, strerror(errno));
	if (faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) < 0)
		return why_set(why, -errno, "%s: cannot be written: %s", path,
			strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK
			? why_set(why, -EBUSY,
				  "%s: another mmsdfs exports there", path)
			: why_set(why, -errno, "%s: cannot be locked: %s", path,
				  strerror(errno));
	*ret = take_fd(&fd);
	return 0;
}

int mirror_files_init(
	struct mirror_files *files, const char *path, struct why *why)
{
	struct why words = {""};
	int r;

	r = mirror_root_open(path, &files->root, why);
	if (r < 0)
		return r;
	for (unsigned i = 0; i < MIRROR_BATCH; i++)
		remove_temporary(files, i);
	r = manifest_new(files->root, &files->manifest, &words);
	return r < 0 ? why_set(why, r, "%s/%s", path, words.text) : 0;
}

void mirror_files_done(struct mirror_files *files)
{
	manifest_free(files->manifest);
	if (files->root >= 0)
		close(files->root);
}

/* A link would lead out of what is ours. */
static int open_directory(const struct mirror_files *files, const char *name)
{
	int fd = openat(files->root, *name ? name : ".",
		O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int give_away(const struct mirror_files *files, int fd)
{
	if (files->uid == geteuid() && files->gid == getegid())
		return 0;
	return fchown(fd, files->uid, files->gid) < 0 ? -errno : 0;
}

int mirror_mkdir(const struct mirror_files *files, const char *name)
{
	CLEANUP(close) int fd = -1;
	bool made = mkdirat(files->root, name, 0700) == 0;

	if (!made && errno != EEXIST)
		return -errno;
	fd = open_directory(files, name);
	if (fd < 0 || !made)
		return fd < 0 ? fd : 0;
	if (fchmod(fd, 0755 & ~files->umask) < 0)
		return -errno;
	return give_away(files, fd);
}

int mirror_path(
	const char *directory, const char *name, char ret[MANIFEST_PATH_SIZE])
{
	int length = snprintf(ret, MANIFEST_PATH_SIZE, "%s%s%s", directory,
		*directory ? "/" : "", name);

	return length < MANIFEST_PATH_SIZE - 2 ? 0 : -ENAMETOOLONG;
}

static bool is_there(const struct mirror_files *files, const char *path)
{
	struct stat now;

	return fstatat(files->root, path, &now, AT_SYMLINK_NOFOLLOW) == 0;
}

bool mirror_is_taken(const struct mirror_files *files, const char *path)
{
	return !manifest_has(files->manifest, path) && is_there(files, path);
}

static bool has_bytes(int directory, const struct mirror_file *file)
{
	CLEANUP(close)
	int fd = openat(directory, file->name,
		O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	return fd >= 0 && replace_is_same(fd, file->bytes, file->size);
}

static int fill_temporary(const struct mirror_files *files,
	const struct mirror_file *file, const char *temporary)
{
	CLEANUP(close)
	int fd = openat(files->root, temporary,
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int r;

	if (fd < 0)
		return -errno;
	r = replace_write(fd, file->bytes, file->size);
	if (r == 0)
		r = give_away(files, fd);
	if (r == 0 && fchmod(fd, 0644 & ~files->umask) < 0)
		r = -errno;
	return r;
}

int mirror_prepare(struct mirror_files *files, const struct mirror_file *file,
	unsigned number)
{
	CLEANUP(close) int directory = open_directory(files, file->directory);
	char path[MANIFEST_PATH_SIZE];
	int r;

	r = mirror_path(file->directory, file->name, path);
	if (r < 0 || directory < 0)
		return r < 0 ? r : directory;
	if (mirror_is_taken(files, path))
		return -EEXIST;
	if (has_bytes(directory, file))
		return 0;
	r = fill_temporary(files, file, temporary_of(number).name);
	if (r < 0)
		remove_temporary(files, number);
	return r < 0 ? r : 1;
}

int mirror_sync(const struct mirror_files *files, unsigned number)
{
	CLEANUP(close)
	int fd = openat(files->root, temporary_of(number).name,
		O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int r = fd < 0 || fsync(fd) < 0 ? -errno : 0;

	if (r < 0)
		remove_temporary(files, number);
	return r;
}

int mirror_sync_all(const struct mirror_files *files)
{
	return syncfs(files->root) < 0 ? -errno : 0;
}

/* A name that is free stays free for whoever takes it before us: -EEXIST. */
static int move_to_free(const struct mirror_files *files, const char *temporary,
	int directory, const char *name)
{
	if (renameat2(files->root, temporary, directory, name,
		    RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	/* Not every file system can do that. */
	if (linkat(files->root, temporary, directory, name, 0) < 0)
		return -errno;
	unlinkat(files->root, temporary, 0);
	return 0;
}

static int move(const struct mirror_files *files, unsigned number,
	const struct mirror_file *file, bool free_name)
{
	CLEANUP(close) int directory = open_directory(files, file->directory);
	struct temporary temporary = temporary_of(number);

	if (directory < 0)
		return directory;
	if (free_name)
		return move_to_free(
			files, temporary.name, directory, file->name);
	return renameat(files->root, temporary.name, directory, file->name) < 0
		? -errno
		: 0;
}

int mirror_commit(struct mirror_files *files, const struct mirror_file *file,
	unsigned number)
{
	char path[MANIFEST_PATH_SIZE];
	const char *const paths[] = {path};
	bool there = false;
	int r;

	r = mirror_path(file->directory, file->name, path);
	if (r == 0) {
		there = is_there(files, path);
		r = manifest_add(files->manifest, paths, 1);
	}
	if (r == 0)
		r = move(files, number, file, !there);
	if (r == 0)
		return 1;
	remove_temporary(files, number);
	if (!there)
		manifest_drop(files->manifest, path);
	return r;
}

int mirror_remove(struct mirror_files *files, const char *path)
{
	int r = 1;

	if (!manifest_has(files->manifest, path))
		return 0;
	if (unlinkat(files->root, path, 0) < 0)
		r = errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	if (r >= 0)
		manifest_drop(files->manifest, path);
	return r;
}
