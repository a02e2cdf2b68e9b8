/* SPDX-License-Identifier: MIT */
#ifndef FETCH_TLS_H
#define FETCH_TLS_H

/*
 * The PEM files that the TLS connections of one source are made with: whom we
 * believe, and who we are. They are read again before each use; what is there
 * then counts only when it fits together, because files are replaced one after
 * the other. One user.
 */

#include <stdbool.h>

#include "fetch/cleanup.h"
#include "fetch/why.h"

enum tls_part {
	TLS_AUTHORITIES,
	TLS_CERTIFICATE,
	TLS_KEY,
	TLS_PASS, /* of the key */
	TLS_PARTS,
};

struct tls;

/*
 * paths: NULL for what there is not; copied. A key that has no file of its own
 * is in that of the certificate. -EINVAL, or the errno of a file, with words.
 */
int tls_new(const char *const paths[TLS_PARTS], struct tls **ret,
	struct why *why);
void tls_free(struct tls *tls);
CLEANUP_DEFINE(struct tls *, tls_free)

/* Reads all again. On failure the last good ones stay, all of them. */
int tls_refresh(struct tls *tls, struct why *why);

/* Borrowed until the next tls_refresh(); NULL: there is none. */
const char *tls_text(const struct tls *tls, enum tls_part part);

/* Where that stands. Borrowed: valid while tls lives; NULL: there is none. */
const char *tls_path(const struct tls *tls, enum tls_part part);

/* Such a file that everybody can read, and should not; borrowed; or NULL. */
const char *tls_exposed(const struct tls *tls);

#endif
