/* SPDX-License-Identifier: MIT */
#ifndef FS_PUBLISHED_H
#define FS_PUBLISHED_H

/*
 * The one place where threads meet: the tree that readers see now. Session
 * workers call published_get(); whoever has something to publish calls
 * published_edit(). The mutex inside is a leaf and is held only to exchange or
 * to reference a pointer.
 */

#include "fs/tree.h"

struct published;

/* Takes over the caller's reference to first. */
int published_new(struct dir *first, struct published **ret);
void published_free(struct published *published);

/* Returns a new reference. */
struct dir *published_get(struct published *published);

/*
 * Makes the changes (see tree_edit()) to whatever tree is current, once: other
 * threads' edits before and after are kept. Each name has one thread that puts
 * versions of it. -ENOMEM and -ENOENT leave everything as it was.
 */
int published_edit(struct published *published, uint64_t number,
	const struct tree_change *changes, size_t count);

/* Edits since the start. */
uint64_t published_count(struct published *published);

#endif
