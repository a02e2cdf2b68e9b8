/* SPDX-License-Identifier: MIT */
#ifndef RENDER_HAPROXY_UPDATES_H
#define RENDER_HAPROXY_UPDATES_H

/*
 * The backends whose servers may be others than when they were last asked for:
 * what a running HAProxy can be told without a reload. Plain memory of one
 * thread. Used by haproxy.c alone.
 */

#include "render/haproxy_claims.h"

/* Zeroed memory has none. */
struct updates {
	uint32_t *claims;
	size_t count, space;
	bool all; /* all were made anew, or there was no memory */
};

void updates_done(struct updates *updates);

/* The servers of the claim were replaced, CLAIM_NONE: nobody's. */
void updates_note(struct updates *updates,
	const struct haproxy_claims *claims, uint32_t claim);
void updates_note_all(struct updates *updates);

/*
 * Calls found for those that were noted, or for all. There are none after that,
 * unless the result, which is the first of found that is not 0, or -ENOMEM,
 * says that it was stopped.
 */
int updates_give(struct updates *updates, const struct haproxy_claims *claims,
	struct haproxy_section **sections, bool all, haproxy_backend *found,
	void *context);

#endif
