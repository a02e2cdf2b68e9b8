/* SPDX-License-Identifier: MIT */
#include "fs/published.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct published {
	pthread_mutex_t lock; /* a leaf: nothing else is locked under it */
	struct dir *tree;     /* by lock */
	uint64_t count;       /* by lock */
};

int published_new(struct dir *first, struct published **ret)
{
	struct published *published;

	published = calloc(1, sizeof(*published));
	if (!published) {
		dir_unref(first);
		return -ENOMEM;
	}
	pthread_mutex_init(&published->lock, NULL);
	published->tree = first;
	*ret = published;
	return 0;
}

void published_free(struct published *published)
{
	if (!published)
		return;
	dir_unref(published->tree);
	pthread_mutex_destroy(&published->lock);
	free(published);
}

/*
 * Load and reference are one step: between them the last reference could go.
 */
struct dir *published_get(struct published *published)
{
	struct dir *tree;

	pthread_mutex_lock(&published->lock);
	tree = dir_ref(published->tree);
	pthread_mutex_unlock(&published->lock);
	return tree;
}

/* Takes over next and gives up expected's place; NULL: somebody was faster. */
static struct dir *exchange(struct published *published,
	const struct dir *expected, struct dir *next)
{
	struct dir *old = NULL;

	pthread_mutex_lock(&published->lock);
	if (published->tree == expected) {
		old = published->tree;
		published->tree = next;
		published->count++;
	}
	pthread_mutex_unlock(&published->lock);
	return old;
}

int published_edit(struct published *published, uint64_t number,
	const struct tree_change *changes, size_t count)
{
	for (;;) {
		CLEANUP(dir_unref) struct dir *before = NULL;
		CLEANUP(dir_unref) struct dir *after = NULL;
		struct dir *old;
		int r;

		before = published_get(published);
		r = tree_edit(before, number, changes, count, &after);
		if (r < 0)
			return r;
		old = exchange(published, before, after);
		if (old) {
			after = NULL;
			dir_unref(old);
			return 0;
		}
	}
}

uint64_t published_count(struct published *published)
{
	uint64_t count;

	pthread_mutex_lock(&published->lock);
	count = published->count;
	pthread_mutex_unlock(&published->lock);
	return count;
}
