/* SPDX-License-Identifier: MIT */
#ifndef FETCH_SECRET_H
#define FETCH_SECRET_H

/*
 * A password, a token or a key in a file, read again before each use. The
 * file's times do not say whether it has changed: two writes in one tick of a
 * file system's clock look the same. What it holds never gets into words.
 * One user.
 */

#include <stdbool.h>

#include "fetch/cleanup.h"
#include "fetch/why.h"

enum { SECRET_FILE_MAX = 64 << 10, SECRET_WHOLE_MAX = 1 << 20 };

enum secret_kind {
	SECRET_USER,  /* the first line: user:password */
	SECRET_TOKEN, /* the first line */
	SECRET_WHOLE, /* all of it: PEM, JSON */
};

struct secret;

/* Reads it. The errno of the file, or -EINVAL, with words that name it. */
int secret_new(const char *path, enum secret_kind kind, struct secret **ret,
	struct why *why);
void secret_free(struct secret *secret);
CLEANUP_DEFINE(struct secret *, secret_free)

/*
 * Reads the file again: 1 when it holds something else than before. On failure
 * the last good one stays, and why says what is wrong.
 */
int secret_refresh(struct secret *secret, struct why *why);

/* Borrowed until the next secret_refresh(). */
const char *secret_text(const struct secret *secret);

/* Borrowed: valid while the secret lives. */
const char *secret_path(const struct secret *secret);

/* Everybody on this machine could read the file when it was read last. */
bool secret_is_exposed(const struct secret *secret);

/* Overwrites and frees text; NULL is fine. */
void secret_forget(char *text);
CLEANUP_DEFINE(char *, secret_forget)

#endif
