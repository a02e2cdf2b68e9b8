/* SPDX-License-Identifier: MIT */
#ifndef FS_MANIFEST_H
#define FS_MANIFEST_H

/*
 * Which files of a directory are ours: MANIFEST_NAME in there has a line for
 * each that was made ("+services/a.instances") or removed ("-..."). A file is
 * entered before it is made, so that whatever ends us, a file that is not in
 * there is somebody else's. Plain memory of one thread.
 */

#include <stdbool.h>
#include <stddef.h>

#include "fetch/cleanup.h"
#include "fetch/why.h"

#define MANIFEST_NAME ".mmsdfs.export"

/* Of a path: "NAME" or "DIRECTORY/NAME". */
enum { MANIFEST_PATH_SIZE = 512 };

/* So many files that have gone may have lines; then it is written anew. */
enum { MANIFEST_GONE_MAX = 10000 };

struct manifest;

/*
 * directory is borrowed: it outlives the manifest. Reads what an earlier run
 * has left, without what is not there any more, and writes that anew. Lines
 * that no mmsdfs writes are skipped. -errno with words.
 */
int manifest_new(int directory, struct manifest **ret, struct why *why);
void manifest_free(struct manifest *manifest);
CLEANUP_DEFINE(struct manifest *, manifest_free)

bool manifest_has(const struct manifest *manifest, const char *path);

/*
 * All of them, in one step; on the disk when it returns. What is in there
 * already is left out. -errno: none is.
 */
int manifest_add(
	struct manifest *manifest, const char *const *paths, size_t count);

/* It was removed, or never made after all. */
void manifest_drop(struct manifest *manifest, const char *path);

/*
 * Calls visit for each, in no order; it may drop that one. Stops never.
 */
typedef void manifest_visit(void *context, const char *path);
void manifest_each(
	struct manifest *manifest, manifest_visit *visit, void *context);

#endif
