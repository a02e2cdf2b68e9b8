/* SPDX-License-Identifier: MIT */
#include "render/owned_text.h"

#include <stdlib.h>

/* Where what is somebody's ends. */
struct owned_end {
	size_t end;
	uint32_t owner;
};

void owned_text_give(struct owned_text *owned, uint32_t owner)
{
	if (owned->end_count == owned->end_space) {
		size_t space = owned->end_space ? owned->end_space * 2 : 64;
		struct owned_end *larger =
			reallocarray(owned->ends, space, sizeof(*larger));

		if (!larger) {
			owned->text.failed = true;
			return;
		}
		owned->ends = larger;
		owned->end_space = space;
	}
	owned->ends[owned->end_count++] =
		(struct owned_end){owned->text.length, owner};
}

uint32_t owned_text_owner(const struct owned_text *owned, size_t at)
{
	for (size_t i = 0; i < owned->end_count; i++)
		if (at < owned->ends[i].end)
			return owned->ends[i].owner;
	return OWNER_NONE;
}

void owned_text_done(struct owned_text *owned)
{
	text_done(&owned->text);
	free(owned->ends);
	*owned = (struct owned_text){.ends = NULL};
}
