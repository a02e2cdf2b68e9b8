/* SPDX-License-Identifier: MIT */
#include "fetch/service_claim.h"

#include <errno.h>
#include <string.h>

struct item {
	struct app *app;
	const struct service_file *file;
	size_t order; /* of the file */
};

struct claiming {
	struct item *items;
	size_t count;
	const struct catalog *spared;
	struct service_claim *claim;
};

/* A file that is on its way out has its ids only as long as no other has. */
static int by_right(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int order = strcmp(x->app->key.id, y->app->key.id);

	if (order == 0)
		order = (int)x->file->gone - (int)y->file->gone;
	if (order == 0)
		order = x->order < y->order ? -1 : x->order > y->order;
	return order;
}

static int list_items(
	const struct service_files *files, struct claiming *claiming)
{
	size_t count = 0;

	for (size_t i = 0; i < files->count; i++)
		count += files->items[i]->list.count;
	claiming->items = calloc(count ? count : 1, sizeof(struct item));
	if (!claiming->items)
		return -ENOMEM;
	for (size_t i = 0; i < files->count; i++) {
		const struct service_file *file = files->items[i];

		for (size_t k = 0; k < file->list.count; k++)
			claiming->items[claiming->count++] =
				(struct item){file->list.apps[k], file, i};
	}
	if (count > 1)
		qsort(claiming->items, count, sizeof(struct item), by_right);
	return 0;
}

/* The first words, by the order of the files. */
struct worst {
	size_t order, bad;
	struct why *why;
};

static void note_bad(struct worst *worst, size_t order, const char *words)
{
	worst->bad++;
	if (order >= worst->order)
		return;
	worst->order = order;
	why_set(worst->why, 0, "%s", words);
}

static void note_files(const struct service_files *files, struct worst *worst)
{
	for (size_t i = 0; i < files->count; i++)
		if (files->items[i]->why.text[0] && !files->items[i]->gone)
			note_bad(worst, i, files->items[i]->why.text);
}

/* Leaves one item for each id. */
static void drop_seconds(struct claiming *claiming, struct worst *worst)
{
	struct item *items = claiming->items;
	size_t kept = 0;
	struct why words;

	for (size_t i = 0; i < claiming->count; i++) {
		const struct item *item = &items[i];

		if (kept == 0
			|| strcmp(items[kept - 1].app->key.id,
				   item->app->key.id)
				!= 0) {
			items[kept++] = *item;
			continue;
		}
		if (item->file->gone)
			continue;
		why_set(&words, 0, "%.100s: %.200s is in %.100s, too",
			item->file->name, item->app->key.id,
			items[kept - 1].file->name);
		note_bad(worst, item->order, words.text);
	}
	claiming->count = kept;
}

static void add_change(
	struct service_claim *claim, const struct app *of, struct app *app)
{
	claim->changes[claim->count++] =
		(struct catalog_change){.key = of->key, .app = app};
}

static bool is_spared(
	const struct claiming *claiming, const struct app_key *key)
{
	return claiming->spared && catalog_find(claiming->spared, key);
}

/* Both are in order of ids. */
static void compare(
	struct claiming *claiming, const struct catalog *known)
{
	struct service_claim *claim = claiming->claim;
	struct catalog_cursor cursor = {0, 0};
	struct app *app = known ? catalog_next(known, &cursor) : NULL;

	for (size_t i = 0; i < claiming->count; i++) {
		struct app *now = claiming->items[i].app;

		for (; app && strcmp(app->key.id, now->key.id) < 0;
			app = catalog_next(known, &cursor))
			if (!is_spared(claiming, &app->key))
				add_change(claim, app, NULL);
		if (!app || strcmp(app->key.id, now->key.id) != 0) {
			add_change(claim, now, now);
			continue;
		}
		if (app != now && !app_same(app, now))
			add_change(claim, now, now);
		app = catalog_next(known, &cursor);
	}
	for (; app; app = catalog_next(known, &cursor))
		if (!is_spared(claiming, &app->key))
			add_change(claim, app, NULL);
}

int service_claim_make(const struct service_files *files,
	const struct catalog *known, const struct catalog *spared,
	struct service_claim *ret)
{
	struct claiming claiming = {.spared = spared, .claim = ret};
	struct worst worst = {.order = SIZE_MAX, .why = &ret->first_bad};
	size_t most;
	int r;

	*ret = (struct service_claim){.changes = NULL};
	r = list_items(files, &claiming);
	if (r < 0)
		return r;
	most = claiming.count + (known ? catalog_app_count(known) : 0);
	ret->changes = calloc(most ? most : 1, sizeof(*ret->changes));
	if (ret->changes) {
		note_files(files, &worst);
		drop_seconds(&claiming, &worst);
		compare(&claiming, known);
		ret->bad = worst.bad;
	}
	free(claiming.items);
	return ret->changes ? 0 : -ENOMEM;
}

void service_claim_done(struct service_claim *claim)
{
	free(claim->changes);
	*claim = (struct service_claim){.changes = NULL};
}
