/* SPDX-License-Identifier: MIT */
#include "fs/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "fs/replace.h"

#define NEW_NAME MANIFEST_NAME ".new"

/* One file of ours, in two ways to find it. */
struct owned {
	struct owned *next, **at; /* the list of all */
	char path[];
};

struct manifest {
	int directory;
	size_t gone; /* lines of files that are there no more */
	struct owned *all;
	void *paths; /* of the same, for tfind() */
};

static int owned_order(const void *a, const void *b)
{
	const struct owned *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static struct owned *owned_new(const char *path)
{
	size_t size = strlen(path) + 1;
	struct owned *owned = malloc(sizeof(*owned) + size);

	if (owned)
		memcpy(owned->path, path, size);
	return owned;
}

static struct owned *find(const struct manifest *manifest, const char *path)
{
	CLEANUP(free) struct owned *key = owned_new(path);
	struct owned **found =
		key ? tfind(key, &manifest->paths, owned_order) : NULL;

	return found ? *found : NULL;
}

/* Takes over owned. */
static int enter(struct manifest *manifest, struct owned *owned)
{
	struct owned **found = tsearch(owned, &manifest->paths, owned_order);

	if (!found || *found != owned) {
		free(owned);
		return found ? 0 : -ENOMEM;
	}
	owned->next = manifest->all;
	owned->at = &manifest->all;
	if (owned->next)
		owned->next->at = &owned->next;
	manifest->all = owned;
	return 0;
}

static void leave(struct manifest *manifest, struct owned *owned)
{
	tdelete(owned, &manifest->paths, owned_order);
	*owned->at = owned->next;
	if (owned->next)
		owned->next->at = owned->at;
	free(owned);
}

static bool is_name(const char *text, size_t length)
{
	return length > 0 && length < 256 && text[0] != '/' &&
		!(length == 1 && text[0] == '.') &&
		!(length == 2 && text[0] == '.' && text[1] == '.');
}

/* What somebody else may have written leads nowhere else than here. */
static bool is_path(const char *path)
{
	const char *slash = strchr(path, '/');

	if (!slash)
		return is_name(path, strlen(path));
	return is_name(path, (size_t)(slash - path)) &&
		is_name(slash + 1, strlen(slash + 1)) &&
		!strchr(slash + 1, '/');
}

/* Cuts the line's end off; a last line without one was never finished. */
static int take_line(struct manifest *manifest, char *line, size_t length)
{
	struct owned *owned;

	if (length < 3 || line[length - 1] != '\n' ||
		length > MANIFEST_PATH_SIZE)
		return 0;
	line[length - 1] = '\0';
	if (!is_path(line + 1))
		return 0;
	owned = find(manifest, line + 1);
	if (line[0] == '-' && owned)
		leave(manifest, owned);
	if (line[0] != '+' || owned)
		return 0;
	owned = owned_new(line + 1);
	return owned ? enter(manifest, owned) : -ENOMEM;
}

static int load(struct manifest *manifest)
{
	CLEANUP(fclose) FILE *file = NULL;
	CLEANUP(free) char *line = NULL;
	size_t space = 0;
	ssize_t length;
	int fd, r = 0;

	fd = openat(manifest->directory, MANIFEST_NAME,
		O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	file = fdopen(fd, "r");
	if (!file) {
		close(fd);
		return -ENOMEM;
	}
	while (r == 0 && (length = getline(&line, &space, file)) > 0)
		r = take_line(manifest, line, (size_t)length);
	return r == 0 && ferror(file) ? -EIO : r;
}

/* Of a name that is free by now, the next file may be anybody's. */
static void forget_the_gone(struct manifest *manifest)
{
	struct owned *next;
	struct stat now;

	for (struct owned *owned = manifest->all; owned; owned = next) {
		next = owned->next;
		if (fstatat(manifest->directory, owned->path, &now,
			    AT_SYMLINK_NOFOLLOW) < 0 &&
			(errno == ENOENT || errno == ENOTDIR))
			leave(manifest, owned);
	}
}

/* *ret is allocated: a line for each that list returns. */
static int lines_of(struct manifest *manifest, char **ret, size_t *ret_length)
{
	FILE *out = open_memstream(ret, ret_length);

	if (!out)
		return -ENOMEM;
	for (struct owned *owned = manifest->all; owned; owned = owned->next)
		fprintf(out, "+%s\n", owned->path);
	if (fclose(out) == 0)
		return 0;
	free(take_ptr(ret));
	return -ENOMEM;
}

/* Without it the lines of all that ever came and went would stay. */
static int write_anew(struct manifest *manifest)
{
	CLEANUP(free) char *lines = NULL;
	CLEANUP(close) int fd = -1;
	size_t length = 0;
	int r;

	r = lines_of(manifest, &lines, &length);
	if (r < 0)
		return r;
	unlinkat(manifest->directory, NEW_NAME, 0);
	fd = openat(manifest->directory, NEW_NAME,
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	r = replace_write(fd, lines, length);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (r == 0 &&
		renameat(manifest->directory, NEW_NAME, manifest->directory,
			MANIFEST_NAME) < 0)
		r = -errno;
	if (r < 0) {
		unlinkat(manifest->directory, NEW_NAME, 0);
		return r;
	}
	return 0;
}

int manifest_new(int directory, struct manifest **ret, struct why *why)
{
	CLEANUP(manifest_free) struct manifest *manifest = NULL;
	int r;

	manifest = calloc(1, sizeof(*manifest));
	if (!manifest)
		return why_set(why, -ENOMEM, "out of memory");
	manifest->directory = directory;
	r = load(manifest);
	if (r == 0)
		forget_the_gone(manifest);
	if (r == 0)
		r = write_anew(manifest);
	/* With a full disk the old one is gone on with. */
	if (r < 0 && r != -ENOSPC && r != -EDQUOT)
		return why_set(why, r, "%s: %s", MANIFEST_NAME, strerror(-r));
	*ret = take_ptr(&manifest);
	return 0;
}

void manifest_free(struct manifest *manifest)
{
	if (!manifest)
		return;
	while (manifest->all)
		leave(manifest, manifest->all);
	free(manifest);
}

bool manifest_has(const struct manifest *manifest, const char *path)
{
	return find(manifest, path) != NULL;
}

/* Not kept open: that would hold up who wants the file system read-only. */
static int open_to_append(struct manifest *manifest, int *ret)
{
	int r;

	*ret = openat(manifest->directory, MANIFEST_NAME,
		O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (*ret >= 0 || errno != ENOENT)
		return *ret < 0 ? -errno : 0;
	r = write_anew(manifest);
	if (r < 0)
		return r;
	*ret = openat(manifest->directory, MANIFEST_NAME,
		O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
	return *ret < 0 ? -errno : 0;
}

/* Half a line would spoil the next one. */
static int append(struct manifest *manifest, const char *lines, size_t length,
	bool synced)
{
	CLEANUP(close) int fd = -1;
	off_t before;
	int r;

	r = open_to_append(manifest, &fd);
	if (r < 0)
		return r;
	before = lseek(fd, 0, SEEK_END);
	if (before < 0)
		return -errno;
	r = replace_write(fd, lines, length);
	if (r < 0 && ftruncate(fd, before) < 0)
		return -errno;
	if (r == 0 && synced && fdatasync(fd) < 0)
		r = -errno;
	return r;
}

/* What can fail without a trace comes first. */
static int enter_all(
	struct manifest *manifest, struct owned **owned, size_t count)
{
	int r = 0;

	for (size_t i = 0; i < count; i++)
		if (r == 0)
			r = enter(manifest, take_ptr(&owned[i]));
	return r;
}

int manifest_add(
	struct manifest *manifest, const char *const *paths, size_t count)
{
	CLEANUP(free) struct owned **owned = calloc(count, sizeof(*owned));
	CLEANUP(free) char *lines = NULL;
	size_t length = 0, made = 0;
	FILE *out = open_memstream(&lines, &length);
	int r = owned && out ? 0 : -ENOMEM;

	for (size_t i = 0; i < count && r == 0; i++) {
		if (manifest_has(manifest, paths[i]))
			continue;
		owned[made] = owned_new(paths[i]);
		r = owned[made] ? 0 : -ENOMEM;
		made += r == 0;
		fprintf(out, "+%s\n", paths[i]);
	}
	if (out && fclose(out) != 0)
		r = -ENOMEM;
	if (r == 0 && length > 0)
		r = append(manifest, lines, length, true);
	if (r == 0)
		r = enter_all(manifest, owned, made);
	for (size_t i = 0; i < made; i++)
		free(owned[i]);
	return r;
}

void manifest_drop(struct manifest *manifest, const char *path)
{
	struct owned *owned = find(manifest, path);
	char line[MANIFEST_PATH_SIZE + 2];

	if (!owned)
		return;
	/* Unwritten it is forgotten at the next start: the file is gone. */
	snprintf(line, sizeof(line), "-%s\n", path);
	append(manifest, line, strlen(line), false);
	leave(manifest, owned);
	if (++manifest->gone >= MANIFEST_GONE_MAX && write_anew(manifest) == 0)
		manifest->gone = 0;
}

void manifest_each(
	struct manifest *manifest, manifest_visit *visit, void *context)
{
	struct owned *next;

	for (struct owned *owned = manifest->all; owned; owned = next) {
		next = owned->next;
		visit(context, owned->path);
	}
}
