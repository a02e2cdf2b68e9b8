/* SPDX-License-Identifier: MIT */
#include "fs/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

/* Set before threads start, then constant. */
static enum log_level lowest = LOG_LEVEL_INFO;
static enum log_target destination = LOG_TARGET_STDERR;

static const struct {
	int priority;
	const char *word;
} levels[] = {
	[LOG_LEVEL_DEBUG] = {LOG_DEBUG, ""},
	[LOG_LEVEL_INFO] = {LOG_INFO, ""},
	[LOG_LEVEL_WARN] = {LOG_WARNING, "warning: "},
	[LOG_LEVEL_ERROR] = {LOG_ERR, "error: "},
};

void log_open(enum log_level level, enum log_target target)
{
	log_close();
	lowest = level;
	destination = target;
	/* NDELAY: connected before a chroot or a full descriptor table. */
	if (target == LOG_TARGET_SYSLOG)
		openlog("mmsdfs", LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

void log_close(void)
{
	if (destination == LOG_TARGET_SYSLOG)
		closelog();
	destination = LOG_TARGET_STDERR;
}

bool log_wants(enum log_level level)
{
	return level >= lowest;
}

/* C0, DEL, and C1 in UTF-8: a terminal obeys all of them. */
static void line_clean(char *line)
{
	for (unsigned char *c = (unsigned char *)line; *c; c++) {
		if (*c < ' ' || *c == 0x7f)
			*c = '?';
		if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)
			c[0] = c[1] = '?';
	}
}

/* What does not get through is lost: there is nobody left to tell. */
static void line_write(const char *line, size_t length)
{
	ssize_t written;

	do
		written = write(STDERR_FILENO, line, length);
	while (written < 0 && errno == EINTR);
}

/* Where text begins in line, which gets "mmsdfs: " and the level's word. */
static size_t line_begin(char *line, size_t size, enum log_level level)
{
	return (size_t)snprintf(line, size, "mmsdfs: %s", levels[level].word);
}

void log_write(enum log_level level, const char *format, ...)
{
	char line[LOG_LINE_MAX];
	size_t begin, length;
	int saved = errno;
	va_list arguments;
	int r;

	begin = line_begin(line, sizeof(line), level);
	va_start(arguments, format);
	r = vsnprintf(line + begin, sizeof(line) - begin, format, arguments);
	va_end(arguments);

	if (r < 0)
		line[begin] = '\0';
	length = strlen(line);
	if (r > 0 && (size_t)r >= sizeof(line) - begin)
		memcpy(line + length - 3, "...", 3);
	line_clean(line + begin);

	if (destination == LOG_TARGET_SYSLOG) {
		syslog(levels[level].priority, "%s", line + strlen("mmsdfs: "));
	} else {
		line[length] = '\n'; /* where its '\0' was */
		line_write(line, length + 1);
	}
	errno = saved;
}
