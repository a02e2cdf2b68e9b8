/* SPDX-License-Identifier: MIT */
#ifndef FS_MIRROR_H
#define FS_MIRROR_H

/*
 * The outlet of mmsdfs export: a thread that keeps the published tree as real
 * files below a directory. A file is written elsewhere, synced, and renamed
 * into its place, so that a reader sees a whole version; one whose bytes are
 * there already is not touched. What fails is tried again each second, with
 * its newest version; until then what was there stays.
 *
 * Only what is in the manifest (fs/manifest.h) is ever replaced or removed. A
 * name that somebody else has is left to him, and waits.
 */

#include <sys/types.h>

#include "fetch/why.h"
#include "fs/outlet.h"
#include "fs/published.h"

struct mirror_settings {
	const char *path; /* absolute; outlives the mirror */
	struct published *published;
	uid_t uid; /* owner of all that it makes */
	gid_t gid;
	mode_t umask;
	outlet_told *told; /* of all but the quiet ones; NULL: nobody asks */
	void *told_context;
};

struct mirror;

extern const struct outlet_kind mirror_outlet;

/*
 * What can be known to be wrong with path before anything is started: it is
 * missing, cannot be written, or another mmsdfs exports there (-EBUSY).
 */
int mirror_check(const char *path, struct why *why);

/* An mmsdfs exports there now. False also when path cannot be looked at. */
bool mirror_runs_at(const char *path);
/* One has exported there, now or before. */
bool mirror_was_at(const char *path);

/* Takes the directory for itself and starts the thread. Errors as above. */
int mirror_new(const struct mirror_settings *settings, struct mirror **ret,
	struct why *why);

struct mirror_count {
	uint64_t written; /* files that were made or replaced */
	uint64_t removed;
	uint64_t failures;
	uint64_t waiting; /* files that are not as they should be */
	int64_t since;	  /* unix milliseconds, since when; 0: none */
	char why[192];	  /* of the last failure; "": none wait */
};

struct mirror_count mirror_count(struct mirror *mirror);

#endif
