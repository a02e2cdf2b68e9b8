/* SPDX-License-Identifier: MIT */
#ifndef FS_LOG_H
#define FS_LOG_H

/*
 * What the process says to its operator, one line each: to stderr as
 * "mmsdfs: ...", or to syslog(3). Any thread may log; a line to stderr is one
 * write(2), so that lines do not mix, and no lock of ours is held. syslog(3)
 * has a lock of its own: what answers the kernel does not log.
 *
 * The one state of this module is set by log_open() before threads start, and
 * constant from then on. Before it, lines from info up go to stderr.
 */

#include <stdbool.h>

/* A line, its "mmsdfs: " and its line end are never longer; more is cut. */
enum { LOG_LINE_MAX = 1024 };

enum log_level {
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_INFO,
	LOG_LEVEL_WARN,
	LOG_LEVEL_ERROR,
};

enum log_target { LOG_TARGET_STDERR, LOG_TARGET_SYSLOG };

/* May be called again, as long as there is one thread. */
void log_open(enum log_level level, enum log_target target);
void log_close(void);

/* Would a line of this level be shown? */
bool log_wants(enum log_level level);

/*
 * Text from sources may hold anything: control characters are shown as '?'.
 * Keeps errno.
 */
__attribute__((format(printf, 2, 3))) void log_write(
	enum log_level level, const char *format, ...);

#define log_at(level, ...) \
	do { \
		if (log_wants(level)) \
			log_write(level, __VA_ARGS__); \
	} while (0)

#define log_debug(...) log_at(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...) log_at(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warn(...) log_at(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_error(...) log_at(LOG_LEVEL_ERROR, __VA_ARGS__)

#endif
