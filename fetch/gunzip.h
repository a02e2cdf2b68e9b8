/* SPDX-License-Identifier: MIT */
#ifndef FETCH_GUNZIP_H
#define FETCH_GUNZIP_H

/*
 * Decodes gzip in pieces of one size, and never a piece before it is asked for:
 * who stops asking has not paid for what a few bytes may blow up to. One user.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "fetch/cleanup.h"

enum { GUNZIP_PIECE = 32 << 10 };

struct gunzip;

int gunzip_new(struct gunzip **ret);
void gunzip_free(struct gunzip *gunzip);
CLEANUP_DEFINE(struct gunzip *, gunzip_free)

/*
 * The length of the next piece, which *ret_piece is set to (borrowed until the
 * next call); 0: it needs more bytes than these. *bytes and *length are moved
 * behind what was taken. -EPROTO: this is not gzip. -ENOMEM.
 */
ssize_t gunzip_next(struct gunzip *gunzip, const char **bytes, size_t *length,
	const char **ret_piece);

/* Whether it may end here: nothing came, or all of it. */
bool gunzip_is_complete(const struct gunzip *gunzip);

#endif
