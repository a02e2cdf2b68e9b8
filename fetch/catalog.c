/* SPDX-License-Identifier: MIT */
#include "fetch/catalog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/sorted.h"

struct catalog {
	uint32_t references; /* atomic */
	struct sorted *apps; /* NULL: none */
	size_t serving;
};

int app_key_compare(const struct app_key *a, const struct app_key *b)
{
	int order = strcmp(a->id, b->id);

	return order ? order : strcmp(a->source, b->source);
}

static const void *item_key(const void *item)
{
	return &((const struct app *)item)->key;
}

static int item_compare(const void *a, const void *b)
{
	return app_key_compare(a, b);
}

static void item_ref(void *item)
{
	app_ref(item);
}

static void item_unref(void *item)
{
	app_unref(item);
}

static const struct sorted_ops app_ops = {
	.key = item_key,
	.compare = item_compare,
	.ref = item_ref,
	.unref = item_unref,
};

static int change_order(const void *a, const void *b)
{
	const struct catalog_change *x = a, *y = b;

	return app_key_compare(&x->key, &y->key);
}

static int edit_apps(struct catalog *catalog, const struct catalog *before,
	const struct catalog_change *changes, size_t count)
{
	CLEANUP(free) struct sorted_change *edits = NULL;
	int r;

	edits = calloc(count ? count : 1, sizeof(*edits));
	if (!edits)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct app *old = before
			? catalog_find(before, &changes[i].key)
			: NULL;

		edits[i].key = &changes[i].key;
		edits[i].item = changes[i].app;
		catalog->serving -= old ? old->serving_count : 0;
		catalog->serving +=
			changes[i].app ? changes[i].app->serving_count : 0;
	}
	r = sorted_edit(before ? before->apps : NULL, &app_ops, edits, count,
		&catalog->apps);
	if (r < 0)
		return r;
	return sorted_count(catalog->apps) > APPS_MAX ? -E2BIG : 0;
}

int catalog_edit(const struct catalog *before, struct catalog_change *changes,
	size_t count, struct catalog **ret)
{
	struct catalog *catalog;
	int r;

	catalog = calloc(1, sizeof(*catalog));
	if (!catalog)
		return -ENOMEM;
	catalog->references = 1;
	catalog->serving = before ? before->serving : 0;

	if (count > 1)
		qsort(changes, count, sizeof(*changes), change_order);
	r = edit_apps(catalog, before, changes, count);
	if (r < 0) {
		catalog_unref(catalog);
		return r;
	}
	*ret = catalog;
	return 0;
}

struct catalog *catalog_ref(struct catalog *catalog)
{
	if (catalog)
		__atomic_add_fetch(&catalog->references, 1, __ATOMIC_RELAXED);
	return catalog;
}

void catalog_unref(struct catalog *catalog)
{
	if (!catalog
		|| __atomic_sub_fetch(&catalog->references, 1, __ATOMIC_ACQ_REL)
			> 0)
		return;
	sorted_unref(catalog->apps);
	free(catalog);
}

size_t catalog_app_count(const struct catalog *catalog)
{
	return catalog ? sorted_count(catalog->apps) : 0;
}

size_t catalog_serving_count(const struct catalog *catalog)
{
	return catalog ? catalog->serving : 0;
}

struct app *catalog_find(
	const struct catalog *catalog, const struct app_key *key)
{
	return catalog ? sorted_find(catalog->apps, key) : NULL;
}

struct app *catalog_next(
	const struct catalog *catalog, struct catalog_cursor *cursor)
{
	struct sorted_cursor at = {cursor->chunk, cursor->item};
	struct app *app;

	app = catalog ? sorted_next(catalog->apps, &at) : NULL;
	*cursor = (struct catalog_cursor){at.chunk, at.item};
	return app;
}

struct diff {
	int (*change)(void *context, struct app *before, struct app *after);
	void *context;
};

static int diff_item(void *context, void *before, void *after)
{
	struct diff *diff = context;

	return diff->change(diff->context, before, after);
}

int catalog_diff(const struct catalog *before, const struct catalog *after,
	int (*change)(void *context, struct app *before, struct app *after),
	void *context)
{
	struct diff diff = {change, context};

	return sorted_diff(before ? before->apps : NULL,
		after ? after->apps : NULL, diff_item, &diff);
}
