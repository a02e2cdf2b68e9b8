/* SPDX-License-Identifier: MIT */
#ifndef FS_MIRROR_FILE_H
#define FS_MIRROR_FILE_H

/*
 * One directory of an export, and one file in it made, replaced or removed.
 * Used by mirror.c alone, in its thread.
 */

#include <sys/types.h>

#include "fetch/why.h"
#include "fs/manifest.h"

struct mirror_files {
	int root; /* locked while it is open */
	struct manifest *manifest;
	uid_t uid;
	gid_t gid;
	mode_t umask;
};

/* A file as it is to be. */
struct mirror_file {
	const char *directory; /* below the root; "" is the root itself */
	const char *name;
	const char *bytes;
	size_t size;
};

/* So many can be prepared at once, each with another number below. */
enum { MIRROR_BATCH = 256 };

/*
 * Opens path and locks it: -EBUSY when another has it. What is wrong comes with
 * words.
 */
int mirror_root_open(const char *path, int *ret, struct why *why);

/* ret is to be released by mirror_files_done() in any case. */
int mirror_files_init(
	struct mirror_files *files, const char *path, struct why *why);
void mirror_files_done(struct mirror_files *files);

/* A directory below the root; it may be there already. */
int mirror_mkdir(const struct mirror_files *files, const char *name);

/* *ret is the path of a file as the manifest has it. -ENAMETOOLONG. */
int mirror_path(
	const char *directory, const char *name, char ret[MANIFEST_PATH_SIZE]);

/*
 * The bytes are written, but not in their place: that is for mirror_commit(),
 * when they have been synced. 1: so it is; 0: they are in their place already.
 * -EEXIST: somebody else has the name, and keeps it.
 */
int mirror_prepare(struct mirror_files *files, const struct mirror_file *file,
	unsigned number);
/* What is prepared outlives a loss of power: one file, or all of a batch. */
int mirror_sync(const struct mirror_files *files, unsigned number);
int mirror_sync_all(const struct mirror_files *files);
/* 1. On failure what was there is there, and what was prepared is gone. */
int mirror_commit(struct mirror_files *files, const struct mirror_file *file,
	unsigned number);

/* 1: removed; 0: there was nothing of ours. */
int mirror_remove(struct mirror_files *files, const char *path);

/* There is something of that name that is not ours. */
bool mirror_is_taken(const struct mirror_files *files, const char *path);

#endif
