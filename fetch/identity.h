/* SPDX-License-Identifier: MIT */
#ifndef FETCH_IDENTITY_H
#define FETCH_IDENTITY_H

/*
 * Who we are to the servers of one source, and whom of them we believe. Each
 * source has its own: no server is shown what is meant for another. The files
 * are read again before each use.
 */

#include <stdbool.h>

#include "fetch/cleanup.h"
#include "fetch/why.h"

struct identity_settings {
	const char *ca_file;    /* NULL: the system's */
	bool insecure;          /* do not verify certificates */
	const char *user_file;  /* holds user:password; NULL: none */
	const char *token_file; /* holds a token; NULL: none */
};

struct identity;

/*
 * Checks and copies the settings: -EINVAL (or the errno of the file) with words
 * for a CA or secret file that cannot be read or understood.
 */
int identity_new(const struct identity_settings *settings,
	struct identity **ret, struct why *why);
/* No request may use it any more. */
void identity_free(struct identity *identity);
CLEANUP_DEFINE(struct identity *, identity_free)

/*
 * user:password, read anew, for servers that take it otherwise than in a head
 * (http.h: authorization). Borrowed until the next use; NULL: there is none.
 */
const char *identity_user(struct identity *identity);

#endif
