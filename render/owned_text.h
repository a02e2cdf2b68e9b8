/* SPDX-License-Identifier: MIT */
#ifndef RENDER_OWNED_TEXT_H
#define RENDER_OWNED_TEXT_H

/*
 * A text that knows whose each of its lines is: who is to be left out when
 * HAProxy refuses one. It is written as any text, and what was written is then
 * given to its owner, a number that means something to the caller. Plain memory
 * of one thread.
 */

#include <stdint.h>

#include "render/text.h"

#define OWNER_NONE UINT32_MAX /* nobody's alone */

/* Zeroed memory is an empty one. */
struct owned_text {
	struct text text; /* failed also when there was no memory for owners */
	struct owned_end *ends;
	size_t end_count, end_space;
};

/* What was written since the last call is owner's. */
void owned_text_give(struct owned_text *owned, uint32_t owner);

/* Whose the byte at that place is. */
uint32_t owned_text_owner(const struct owned_text *owned, size_t at);

void owned_text_done(struct owned_text *owned);

#endif
