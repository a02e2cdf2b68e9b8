/* SPDX-License-Identifier: MIT */
#include "fetch/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

struct secret {
	char *path;
	char *text;
	struct stat seen; /* the file as it was when it was read */
};

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev
		&& a->st_size == b->st_size
		&& a->st_mtim.tv_sec == b->st_mtim.tv_sec
		&& a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int check_line(const char *path, char *text, size_t length,
	struct why *why)
{
	size_t end = strcspn(text, "\r\n");

	if (strlen(text) != length)
		return why_set(why, -EINVAL, "%s: holds a NUL", path);
	text[end] = '\0';
	if (end == 0)
		return why_set(why, -EINVAL, "%s: its first line is empty",
			path);
	for (size_t i = 0; i < end; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return why_set(why, -EINVAL,
				"%s: holds a control character", path);
	return 0;
}

static int read_line(struct secret *secret, int fd, struct why *why)
{
	CLEANUP(free) char *text = calloc(1, SECRET_FILE_MAX + 1);
	size_t length = 0;
	ssize_t size = 1;
	int r;

	if (!text)
		return why_set(why, -ENOMEM, "out of memory");
	while (size > 0 && length < SECRET_FILE_MAX) {
		size = read(fd, text + length, SECRET_FILE_MAX - length);
		if (size < 0)
			return why_set(why, -errno, "%s: %s", secret->path,
				strerror(errno));
		length += (size_t)size;
	}
	if (length == SECRET_FILE_MAX)
		return why_set(why, -EINVAL, "%s: more than %d KB",
			secret->path, SECRET_FILE_MAX >> 10);
	r = check_line(secret->path, text, length, why);
	if (r < 0)
		return r;
	if (secret->text)
		explicit_bzero(secret->text, strlen(secret->text));
	free(secret->text);
	secret->text = take_ptr(&text);
	return 0;
}

int secret_refresh(struct secret *secret, struct why *why)
{
	CLEANUP(close) int fd = -1;
	struct stat now;
	int r;

	fd = open(secret->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &now) < 0)
		return why_set(why, -errno, "%s: %s", secret->path,
			strerror(errno));
	if (secret->text && same_file(&now, &secret->seen))
		return 0;
	r = read_line(secret, fd, why);
	if (r == 0)
		secret->seen = now;
	return r;
}

int secret_new(const char *path, struct secret **ret, struct why *why)
{
	CLEANUP(secret_free) struct secret *secret = calloc(1, sizeof(*secret));
	int r;

	if (!secret)
		return why_set(why, -ENOMEM, "out of memory");
	secret->path = strdup(path);
	if (!secret->path)
		return why_set(why, -ENOMEM, "out of memory");
	r = secret_refresh(secret, why);
	if (r < 0)
		return r;
	*ret = take_ptr(&secret);
	return 0;
}

void secret_free(struct secret *secret)
{
	if (!secret)
		return;
	if (secret->text)
		explicit_bzero(secret->text, strlen(secret->text));
	free(secret->text);
	free(secret->path);
	free(secret);
}

const char *secret_text(const struct secret *secret)
{
	return secret->text;
}
