/* SPDX-License-Identifier: MIT */
#ifndef FETCH_STATE_H
#define FETCH_STATE_H

/*
 * The last good catalog of a source on disk (--state-dir), as
 * DIR/SOURCE.state: one line that says what follows and its checksum, then one
 * app a line, as JSON. Replaced as a whole; a damaged file is refused.
 */

#include "fetch/catalog.h"

enum { STATE_BYTES_MAX = 256 << 20 };

/*
 * Writes the apps of source. now: unix milliseconds. Waits for the disk. On
 * failure the old file stays, and why says what is wrong.
 */
int state_save(const char *dir, const struct catalog *catalog,
	const char *source, int64_t now, struct why *why);

/*
 * *ret is a new reference; its apps have no fingerprint. -ENOENT: there is
 * none; -EBADMSG with words: it is damaged, of another version or too big.
 */
int state_load(const char *dir, const struct app_origin *origin,
	struct catalog **ret, int64_t *ret_saved, struct why *why);

#endif
