/* SPDX-License-Identifier: MIT */
#ifndef FETCH_SECRET_H
#define FETCH_SECRET_H

/*
 * A password or token in a file: the first line, read again before each use.
 * The file's times do not say whether it has changed: two writes in one tick of
 * a file system's clock look the same. What it holds never gets into words.
 * One user.
 */

#include "fetch/cleanup.h"
#include "fetch/why.h"

enum { SECRET_FILE_MAX = 64 << 10 };

enum secret_kind {
	SECRET_USER, /* user:password */
	SECRET_TOKEN,
};

struct secret;

/* Reads it. The errno of the file, or -EINVAL, with words that name it. */
int secret_new(const char *path, enum secret_kind kind, struct secret **ret,
	struct why *why);
void secret_free(struct secret *secret);
CLEANUP_DEFINE(struct secret *, secret_free)

/*
 * Reads the file again. On failure the last good one stays, and why says what
 * is wrong.
 */
int secret_refresh(struct secret *secret, struct why *why);

/* Borrowed until the next secret_refresh(). */
const char *secret_text(const struct secret *secret);

#endif
