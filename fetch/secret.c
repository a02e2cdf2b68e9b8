/* SPDX-License-Identifier: MIT */
#include "fetch/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

struct secret {
	char *path;
	enum secret_kind kind;
	bool exposed;
	char *text;
};

static void forget(char *text, size_t length)
{
	if (text)
		explicit_bzero(text, length);
	free(text);
}

void secret_forget(char *text)
{
	forget(text, text ? strlen(text) : 0);
}

static size_t size_max(const struct secret *secret)
{
	return secret->kind == SECRET_WHOLE ? SECRET_WHOLE_MAX
					    : SECRET_FILE_MAX;
}

/* The length of the first line, which is good then. */
static ssize_t check_line(const struct secret *secret, const char *text,
	size_t length, struct why *why)
{
	const char *path = secret->path;
	size_t end = 0;

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

/* The length of what counts of it, which is good then. */
static ssize_t check_text(const struct secret *secret, const char *text,
	size_t length, struct why *why)
{
	if (length == size_max(secret))
		return why_set(why, -EINVAL, "%s: more than %zu KB",
			secret->path, size_max(secret) >> 10);
	if (memchr(text, '\0', length))
		return why_set(why, -EINVAL, "%s: holds a NUL", secret->path);
	if (secret->kind != SECRET_WHOLE)
		return check_line(secret, text, length, why);
	return length ? (ssize_t)length
		      : why_set(why, -EINVAL, "%s: is empty", secret->path);
}

static int take_text(struct secret *secret, const char *buffer, size_t size,
	struct why *why)
{
	ssize_t length = check_text(secret, buffer, size, why);
	char *text;

	if (length < 0)
		return (int)length;
	if (secret->text && strlen(secret->text) == (size_t)length
		&& memcmp(secret->text, buffer, (size_t)length) == 0)
		return 0;
	text = strndup(buffer, (size_t)length);
	if (!text)
		return why_set(why, -ENOMEM, "out of memory");
	secret_forget(secret->text);
	secret->text = text;
	return 1;
}

static int read_text(struct secret *secret, int fd, struct why *why)
{
	char *buffer = malloc(size_max(secret));
	ssize_t length;
	int r;

	if (!buffer)
		return why_set(why, -ENOMEM, "out of memory");
	length = read_all(fd, buffer, size_max(secret));
	r = length < 0 ? why_set(why, (int)length, "%s: %s", secret->path,
				 strerror((int)-length))
		       : take_text(secret, buffer, (size_t)length, why);
	forget(buffer, length > 0 ? (size_t)length : 0);
	return r;
}

int secret_refresh(struct secret *secret, struct why *why)
{
	CLEANUP(close) int fd = -1;
	struct stat about;

	fd = open(secret->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &about) < 0)
		return why_set(why, -errno, "%s: %s", secret->path,
			strerror(errno));
	secret->exposed = S_ISREG(about.st_mode) && about.st_mode & S_IROTH;
	return read_text(secret, fd, why);
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
	secret_forget(secret->text);
	free(secret->path);
	free(secret);
}

const char *secret_text(const struct secret *secret)
{
	return secret->text;
}

const char *secret_path(const struct secret *secret)
{
	return secret->path;
}

bool secret_is_exposed(const struct secret *secret)
{
	return secret->exposed;
}
