/* SPDX-License-Identifier: MIT */
#ifndef FETCH_MATCH_H
#define FETCH_MATCH_H

/* Which instances of two versions of an app are the same task. */

#include "fetch/arena.h"
#include "fetch/catalog.h"

/*
 * *ret is the arena's: for each instance of a (NULL: none) the instance of b
 * with its id, or NULL. -ENOMEM.
 */
int match_instances(const struct app *a, const struct app *b,
	struct arena *arena, const struct instance ***ret);

#endif
