/* SPDX-License-Identifier: MIT */
#ifndef FETCH_SERVICE_FILE_H
#define FETCH_SERVICE_FILE_H

/*
 * The files of --services-dir as they were last read, in order of their names:
 * of each the services of its last good version, and what is wrong with it now.
 * Memory of one user; only service_file_read() looks at the disk.
 */

#include <stdint.h>
#include <sys/stat.h>

#include "fetch/service_json.h"

enum {
	SERVICE_FILE_MAX = 1 << 20, /* bytes */
	SERVICE_FILES_MAX = 20000,
};

struct service_file {
	char *name;
	struct service_list list; /* of its last good version */
	bool good;                /* there has been one */
	struct why why;           /* what is wrong with it now, "" nothing */
	bool wanted;              /* it is to be read */
	bool listed;              /* the scan that is under way has seen it */
	bool gone;                /* an event says so */
	uint64_t print;           /* of its bytes; 0: unknown */
	/* Of what was last read; zeroed: nothing was. */
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec modified, changed;
};

struct service_files {
	struct service_file **items; /* in order of names */
	size_t count, space;
};

void service_files_done(struct service_files *files);

/* Whether a file of this name is ours to read at all. */
bool service_file_is_name(const char *name);

/* Borrowed; NULL: there is none. */
struct service_file *service_files_find(
	const struct service_files *files, const char *name);

/* The same, made when it is new. -ENOMEM, -E2BIG. */
int service_files_take(struct service_files *files, const char *name,
	struct service_file **ret);

/* It is no more. */
void service_files_drop(struct service_files *files, struct service_file *file);

/* Whether now is another version than the one that was read. */
bool service_file_differs(
	const struct service_file *file, const struct stat *now);

/*
 * Reads it in directory. 1: it has other services now, and before (empty on
 * entry, to be released) holds what it had; 0: it has the same. What is wrong
 * goes to its why, and changes nothing else. -ENOENT: there is no such file;
 * -ENOMEM: it is to be read again.
 */
int service_file_read(struct service_file *file, const char *directory,
	const struct app_reader *reader, struct service_list *before);

#endif
