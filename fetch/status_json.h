/* SPDX-License-Identifier: MIT */
#ifndef FETCH_STATUS_JSON_H
#define FETCH_STATUS_JSON_H

/* Reads the status.json of a mount, for the command status. */

#include <stdint.h>
#include <stdio.h>

#include "fetch/why.h"

/*
 * Writes the state in a few lines that a person reads. now: unix milliseconds,
 * for "42 s ago". -ENOENT and the like with words when there is no mount of
 * ours; -EBADMSG.
 */
int status_show(
	const char *mountpoint, int64_t now, FILE *out, struct why *why);

/*
 * The instances of a source that the shrink guard of that mount keeps; -1: that
 * cannot be had.
 */
int64_t status_held(const char *mountpoint, const char *source);

#endif
