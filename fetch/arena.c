/* SPDX-License-Identifier: MIT */
#include "fetch/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_BLOCK = 32 << 10, ARENA_ALIGN = 16 };

struct arena_block {
	struct arena_block *next;
	size_t space;
	_Alignas(ARENA_ALIGN) char bytes[];
};

void *arena_take(struct arena *arena, size_t count, size_t size)
{
	size_t need, space;
	char *taken;

	if (size && count > (SIZE_MAX / 2) / size)
		return NULL;
	need = (count * size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
	if (!arena->blocks || need > arena->blocks->space - arena->used) {
		struct arena_block *block;

		space = need > ARENA_BLOCK ? need : ARENA_BLOCK;
		block = malloc(sizeof(*block) + space);
		if (!block)
			return NULL;
		block->next = arena->blocks;
		block->space = space;
		arena->blocks = block;
		arena->used = 0;
	}
	taken = arena->blocks->bytes + arena->used;
	arena->used += need;
	return memset(taken, 0, need);
}

static void free_blocks(struct arena_block *block)
{
	while (block) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
}

void arena_reset(struct arena *arena)
{
	arena->used = 0;
	if (!arena->blocks)
		return;
	free_blocks(arena->blocks->next);
	arena->blocks->next = NULL;
	/* One giant app is no reason to hold its memory from then on. */
	if (arena->blocks->space > ARENA_BLOCK)
		arena_done(arena);
}

void arena_done(struct arena *arena)
{
	free_blocks(arena->blocks);
	*arena = (struct arena){NULL, 0};
}
