/* SPDX-License-Identifier: MIT */
#ifndef FETCH_ARENA_H
#define FETCH_ARENA_H

/*
 * Memory for what lives as long as one parse: taken piece by piece, forgotten
 * all at once, and used again for the next one. One user.
 */

#include <stddef.h>

struct arena_block;

/* Zeroed it is empty. */
struct arena {
	struct arena_block *blocks;
	size_t used; /* of the newest block */
};

/* Zeroed and aligned for anything; NULL when out of memory. */
void *arena_take(struct arena *arena, size_t count, size_t size);

/* Forgets all that was taken; keeps the newest block for what comes. */
void arena_reset(struct arena *arena);
void arena_done(struct arena *arena);

#endif
