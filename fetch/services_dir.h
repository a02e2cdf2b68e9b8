/* SPDX-License-Identifier: MIT */
#ifndef FETCH_SERVICES_DIR_H
#define FETCH_SERVICES_DIR_H

/*
 * --services-dir: services in JSON files of a directory, as proxym has them
 * (service_json.h), followed with inotify. One file changed is one file read.
 *
 * Who writes a file means it: what it says counts at once, and a file that was
 * removed takes its services with it after REMOVE_MS, in which who replaces it
 * in two steps may finish. Everything else that is missing (the directory is
 * another one, or empty all at once) passes the shrink guard. A file that is
 * bad keeps its last good version, a directory that cannot be read all of it.
 * Of two files with the same id that with the smaller name has it.
 */

#include "fetch/app_json.h"
#include "fetch/belief.h"

struct services_dir_settings {
	const char *path;         /* absolute; copied */
	struct app_reader reader; /* what it points to is borrowed */
	struct belief_settings belief; /* likewise */
	int64_t refresh_ms;       /* between looks at all of it */
	int64_t poll_ms;          /* the same, while there is none */
};

struct services_dir;

/* The directory may come later. -ENOMEM, or the errno of inotify. */
int services_dir_new(const struct services_dir_settings *settings,
	struct services_dir **ret, struct why *why);
void services_dir_free(struct services_dir *dir);

/* As of every source: fetch/source.h. */
bool services_dir_turn(struct services_dir *dir, int64_t now);
int64_t services_dir_deadline(const struct services_dir *dir);
int services_dir_fd(const struct services_dir *dir);
void services_dir_refresh(struct services_dir *dir);

/* Borrowed: lives as long as it does. */
struct belief *services_dir_belief(const struct services_dir *dir);
struct catalog *services_dir_catalog(const struct services_dir *dir);
const struct source_report *services_dir_report(
	const struct services_dir *dir);

#endif
