/* SPDX-License-Identifier: MIT */
#include "fs/gate_refused.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "fetch/clock.h"

enum { AGAIN_MS = 60000 };

static void forgive_all(struct refused_apps *refused)
{
	for (size_t i = 0; i < refused->count; i++)
		app_unref(refused->items[i].app);
	refused->count = 0;
}

void refused_done(struct refused_apps *refused)
{
	forgive_all(refused);
	free(refused->items);
}

static struct refused *find(
	const struct refused_apps *refused, const struct app_key *key)
{
	for (size_t i = 0; i < refused->count; i++)
		if (app_key_compare(&refused->items[i].app->key, key) == 0)
			return &refused->items[i];
	return NULL;
}

bool refused_has(
	const struct refused_apps *refused, const struct app_key *key)
{
	return find(refused, key) != NULL;
}

/* A new one, without an app; NULL: no memory. */
static struct refused *append(struct refused_apps *refused)
{
	struct refused *item;

	if (refused->count == refused->space) {
		size_t space = refused->space ? refused->space * 2 : 16;
		struct refused *larger = reallocarray(
			refused->items, space, sizeof(*larger));

		if (!larger)
			return NULL;
		refused->items = larger;
		refused->space = space;
	}
	item = &refused->items[refused->count++];
	item->app = NULL;
	return item;
}

int refused_add(
	struct refused_apps *refused, struct app *app, const char *words)
{
	struct refused *item = find(refused, &app->key);

	if (!item)
		item = append(refused);
	if (!item)
		return -ENOMEM;
	app_unref(item->app);
	item->app = app_ref(app);
	snprintf(item->words, sizeof(item->words), "%.190s", words);
	refused->forgive = clock_now_ms() + AGAIN_MS;
	return 0;
}

/* 1: it is refused still, as it is now; 0: it is not; or error. */
static int review(struct refused *item, const struct view_maker *maker,
	const struct view_settings *settings, struct app *now)
{
	int r;

	if (now == item->app)
		return 1;
	if (!now)
		return 0;
	r = maker->same_structure(settings, item->app, now);
	if (r <= 0)
		return r;
	app_unref(item->app);
	item->app = app_ref(now);
	return 1;
}

int refused_review(struct refused_apps *refused,
	const struct view_maker *maker, const struct view_settings *settings,
	const struct catalog *catalog)
{
	if (refused->count > 0 && clock_now_ms() >= refused->forgive)
		forgive_all(refused);
	for (size_t i = refused->count; i-- > 0;) {
		struct refused *item = &refused->items[i];
		int r = review(item, maker, settings,
			catalog_find(catalog, &item->app->key));

		if (r < 0)
			return r;
		if (r > 0)
			continue;
		app_unref(item->app);
		*item = refused->items[--refused->count];
	}
	return 0;
}

int64_t refused_patience(const struct refused_apps *refused)
{
	int64_t left = refused->forgive - clock_now_ms();

	if (refused->count == 0)
		return -1;
	return left > 0 ? left : 0;
}
