/* SPDX-License-Identifier: MIT */
#ifndef FETCH_SERVICES_DIR_IMPL_H
#define FETCH_SERVICES_DIR_IMPL_H

/*
 * What services_dir.c and its part share; for nobody else. The part is what
 * inotify and a look at the directory tell of the files
 * (services_dir_look.c): it marks those that are to be read, or have gone.
 */

#include "fetch/clock.h"
#include "fetch/dir_watch.h"
#include "fetch/service_claim.h"
#include "fetch/services_dir.h"

#define NEVER INT64_MAX

enum {
	READ_MS = 2,    /* of files in one turn */
	REMOVE_MS = 100, /* of quiet before removed files count, but at most */
	REMOVE_MAX_MS = 1000,
	RETRY_MS = 200, /* without memory */
};

struct services_dir {
	struct source source; /* its first member */
	char *path;
	struct app_reader reader;
	int64_t refresh_ms; /* between looks at all of it */
	int64_t poll_ms;    /* the same, while there is none */
	struct dir_watch *watch;
	struct service_files files;
	struct catalog *spared; /* of an earlier run; NULL: nothing */
	struct why why; /* what is wrong with the directory; "" nothing */

	int64_t now;  /* of this turn */
	int64_t scan_at; /* when all of it is looked at */
	int64_t work_at; /* when files are read and claimed; NEVER: none is */
	int64_t gone_at, gone_since; /* when removed files count; NEVER */
	bool scanning; /* files of a scan are still to be read */
	bool anew;     /* the next scan reads what looks the same, too */
	bool changed;  /* the files are not what is claimed */
};

/* There is something to be read or claimed at the next turn. */
static inline void services_dir_work(struct services_dir *dir)
{
	if (dir->work_at == NEVER)
		dir->work_at = dir->now;
}

/* Takes in what inotify has. */
void services_dir_listen(struct services_dir *dir);

/* As dir_watch_attach(). Files of another directory were not removed. */
int services_dir_attach(struct services_dir *dir, struct why *why);

/* Looks at all names. The errno, with words. */
int services_dir_scan(struct services_dir *dir, struct why *why);

#endif
