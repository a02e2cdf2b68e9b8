/* SPDX-License-Identifier: MIT */
#ifndef RENDER_HAPROXY_SEGMENTS_H
#define RENDER_HAPROXY_SEGMENTS_H

/*
 * The texts of all ports that are shown, in the order of haproxy.cfg. A part of
 * a section knows its places among them, so that a section whose servers are
 * others takes those of the one before, and what is left is to copy. Texts are
 * borrowed from sections. Plain memory of one thread. Used by haproxy.c alone.
 */

#include "render/haproxy_section.h"

/* Zeroed memory has none. */
struct segments {
	struct segment *all;
	size_t count, space;
	size_t length; /* of all texts */
};

void segments_done(struct segments *segments);

/* Behind all others. The part has no place for that piece yet. -ENOMEM. */
int segments_add(struct segments *segments,
	const struct haproxy_section *section, struct haproxy_part *part,
	enum haproxy_piece piece);

/*
 * The parts of section get the places that those of before have, and are shown
 * like them; it has the structure of before, which may be freed then.
 */
void segments_replace(struct segments *segments,
	const struct haproxy_section *before, struct haproxy_section *section);

/* The section has no places, until it is added. */
void segments_forget(struct haproxy_section *section);

/* Returns the end of what it has copied: segments->length bytes. */
char *segments_copy(const struct segments *segments, char *to);

/* Whose the line (from 0) is. NULL: there are not so many. */
const struct haproxy_section *segments_line_owner(
	const struct segments *segments, size_t line);

#endif
