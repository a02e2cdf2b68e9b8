/* SPDX-License-Identifier: MIT */
#include "fetch/merge.h"

#include <errno.h>
#include <stdlib.h>

struct changes {
	struct catalog_change *items; /* borrowed from the two catalogs */
	size_t count, space;
};

static int add_change(void *context, struct app *before, struct app *after)
{
	struct changes *changes = context;
	struct catalog_change *larger;
	size_t space = changes->space ? changes->space * 2 : 16;

	if (changes->count == changes->space) {
		larger = reallocarray(changes->items, space, sizeof(*larger));
		if (!larger)
			return -ENOMEM;
		changes->items = larger;
		changes->space = space;
	}
	changes->items[changes->count++] = (struct catalog_change){
		.key = after ? after->key : before->key, .app = after};
	return 0;
}

int merge_source(struct catalog *all, const struct catalog *before,
	const struct catalog *after, struct catalog **ret)
{
	struct changes changes = {NULL, 0, 0};
	int r;

	r = catalog_diff(before, after, add_change, &changes);
	if (r == 0)
		r = catalog_edit(all, changes.items, changes.count, ret);
	free(changes.items);
	return r;
}
