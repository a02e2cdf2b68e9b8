/* SPDX-License-Identifier: MIT */
#include "fetch/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

struct secret {
	char *path;
	enum secret_kind kind;
	char *text;
};

static void forget(char *text, size_t length)
{
	if (text)
		explicit_bzero(text, length);
	free(text);
}

/* The length of the first line, which is good then. */
static ssize_t check_line(const struct secret *secret, const char *text,
	size_t length, struct why *why)
{
	const char *path = secret->path;
	size_t end = 0;

	if (memchr(text, '\0', length))
		return why_set(why, -EINVAL, "%s: holds a NUL", path);
	while (end < length && text[end] != '\r' && text[end] != '\n')
		end++;
	if (end == 0)
		return why_set(why, -EINVAL, "%s: its first line is empty",
			path);
	for (size_t i = 0; i < end; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return why_set(why, -EINVAL,
				"%s: holds a control character", path);
	if (secret->kind == SECRET_USER && !memchr(text, ':', end))
		return why_set(why, -EINVAL,
			"%s: its first line is not user:password", path);
	return (ssize_t)end;
}

/* All of the file, up to size; the length, or the errno of the file. */
static ssize_t read_all(int fd, char *text, size_t size)
{
	size_t length = 0;
	ssize_t n = 1;

	while (n != 0 && length < size) {
		n = read(fd, text + length, size - length);
		if (n < 0 && errno != EINTR)
			return -errno;
		length += n > 0 ? (size_t)n : 0;
	}
	return (ssize_t)length;
}

static int take_line(struct secret *secret, int fd, char *buffer,
	struct why *why)
{
	ssize_t length = read_all(fd, buffer, SECRET_FILE_MAX);
	char *text;

	if (length < 0)
		return why_set(why, (int)length, "%s: %s", secret->path,
			strerror((int)-length));
	if (length == SECRET_FILE_MAX)
		return why_set(why, -EINVAL, "%s: more than %d KB",
			secret->path, SECRET_FILE_MAX >> 10);
	length = check_line(secret, buffer, (size_t)length, why);
	if (length < 0)
		return (int)length;
	text = strndup(buffer, (size_t)length);
	if (!text)
		return why_set(why, -ENOMEM, "out of memory");
	forget(secret->text, secret->text ? strlen(secret->text) : 0);
	secret->text = text;
	return 0;
}

int secret_refresh(struct secret *secret, struct why *why)
{
	CLEANUP(close) int fd = -1;
	char *buffer;
	int r;

	fd = open(secret->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return why_set(why, -errno, "%s: %s", secret->path,
			strerror(errno));
	buffer = malloc(SECRET_FILE_MAX);
	if (!buffer)
		return why_set(why, -ENOMEM, "out of memory");
	r = take_line(secret, fd, buffer, why);
	forget(buffer, SECRET_FILE_MAX);
	return r;
}

int secret_new(const char *path, enum secret_kind kind, struct secret **ret,
	struct why *why)
{
	CLEANUP(secret_free) struct secret *secret = calloc(1, sizeof(*secret));
	int r;

	if (!secret)
		return why_set(why, -ENOMEM, "out of memory");
	secret->kind = kind;
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
	forget(secret->text, secret->text ? strlen(secret->text) : 0);
	free(secret->path);
	free(secret);
}

const char *secret_text(const struct secret *secret)
{
	return secret->text;
}
