/* SPDX-License-Identifier: MIT */
#include "render/names.h"

#include <errno.h>
#include <string.h>

#include "render/names_impl.h"

uint64_t key_hash(const struct app_key *key)
{
	return text_hash(text_hash(0, key->id), key->source);
}

struct named *named_find(const struct names *names, const struct app_key *key)
{
	struct table_link *link = table_first(&names->apps, key_hash(key));

	for (; link; link = table_more(link)) {
		struct named *named = (struct named *)link;

		if (app_key_compare(&named->app->key, key) == 0)
			return named;
	}
	return NULL;
}

struct file *file_find(const struct names *names, const char *name)
{
	struct table_link *link =
		table_first(&names->files, text_hash(0, name));

	for (; link; link = table_more(link)) {
		struct file *file = (struct file *)link;

		if (strcmp(file->name, name) == 0)
			return file;
	}
	return NULL;
}

int names_new(enum names_style style, struct names **ret)
{
	struct names *names = calloc(1, sizeof(*names));

	if (!names)
		return -ENOMEM;
	names->style = style;
	*ret = names;
	return 0;
}

static void named_free(struct named *named)
{
	app_unref(named->app);
	free(named->ports);
	free(named);
}

/* free_link is called for each, and the table is done. */
static void free_all(
	struct table *table, void (*free_link)(struct table_link *link))
{
	for (size_t at = 0; table_walk(table, &at); at++)
		while (table->buckets[at]) {
			struct table_link *link = table->buckets[at];

			table->buckets[at] = link->next;
			free_link(link);
		}
	table_done(table);
}

static void free_file_link(struct table_link *link)
{
	free((struct file *)link);
}

static void free_named_link(struct table_link *link)
{
	named_free((struct named *)link);
}

static void free_memory_link(struct table_link *link)
{
	free((struct memory *)link);
}

void memories_free(struct names *names)
{
	free_all(&names->memories, free_memory_link);
}

void names_free(struct names *names)
{
	if (!names)
		return;
	free_all(&names->files, free_file_link);
	free_all(&names->apps, free_named_link);
	memories_free(names);
	catalog_unref(names->last);
	free(names->touched);
	free(names->claims);
	free(names->edits);
	free(names);
}

/* What the last update said has been heard. */
static void forget_touched(struct names *names)
{
	for (size_t i = 0; i < names->touched_count; i++) {
		struct file *file = names->touched[i];

		file->touched = false;
		file->published = file->owner && !file->hidden;
		if (!file->owner) {
			table_remove(&names->files, &file->link);
			free(file);
		}
	}
	names->touched_count = 0;
}

static int named_new(
	struct names *names, struct app *app, struct named **ret)
{
	struct named *named = calloc(1, sizeof(*named));

	if (!named)
		return -ENOMEM;
	if (table_add(&names->apps, &named->link, key_hash(&app->key)) < 0) {
		free(named);
		return -ENOMEM;
	}
	named->app = app_ref(app);
	*ret = named;
	return 0;
}

static int app_gone(struct names *names, struct named *named)
{
	int r;

	r = own_release(names, named);
	if (r == 0)
		r = ports_release(names, named);
	if (r < 0)
		return r;
	named->waiting = false;
	named->form = STEM_DOTS;
	uneasy_set(names, named);
	table_remove(&names->apps, &named->link);
	named_free(named);
	return 0;
}

static int claim_later(struct names *names, struct named *named)
{
	if (named->claiming)
		return 0;
	if (names->claim_count == names->claim_room) {
		size_t room = names->claim_room ? names->claim_room * 2 : 16;
		struct named **claims = realloc(
			names->claims, room * sizeof(struct named *));

		if (!claims)
			return -ENOMEM;
		names->claims = claims;
		names->claim_room = room;
	}
	named->claiming = true;
	names->claims[names->claim_count++] = named;
	return 0;
}

static int app_there(struct names *names, struct named *named, struct app *app)
{
	int r;

	app_unref(named->app);
	named->app = app_ref(app);
	if (app->port_count == 0) {
		r = own_release(names, named);
		if (r < 0)
			return r;
		named->form = STEM_DOTS;
	}
	if (named->own) {
		named->own->hidden = app->ports[0].hidden;
		r = file_touch(names, named->own);
		if (r < 0)
			return r;
	}
	r = ports_keep(names, named);
	return r < 0 ? r : claim_later(names, named);
}

static int on_change(void *context, struct app *before, struct app *after)
{
	struct names *names = context;
	struct named *named =
		named_find(names, after ? &after->key : &before->key);
	int r;

	if (!after)
		return named ? app_gone(names, named) : 0;
	if (!named) {
		r = named_new(names, after, &named);
		if (r < 0)
			return r;
	}
	return app_there(names, named, after);
}

/* After a failure half way nothing but the catalog says who is there. */
static int drop_strangers(struct names *names, const struct catalog *catalog)
{
	for (size_t at = 0; table_walk(&names->apps, &at); at++) {
		struct table_link *link = names->apps.buckets[at];

		while (link) {
			struct named *named = (struct named *)link;

			link = link->next;
			if (!catalog_find(catalog, &named->app->key)
				&& app_gone(names, named) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

static int claim_waiting(struct names *names)
{
	struct named *named = names->uneasy;
	int r = 0;

	for (; named && r == 0; named = named->uneasy_next)
		if (named->waiting)
			r = claim_later(names, named);
	return r;
}

static void claims_drop(struct names *names)
{
	for (size_t i = 0; i < names->claim_count; i++)
		names->claims[i]->claiming = false;
	names->claim_count = 0;
}

static int update(struct names *names, struct catalog *catalog)
{
	int r = 0;

	if (names->torn)
		r = drop_strangers(names, catalog);
	if (r == 0)
		r = catalog_diff(names->torn ? NULL : names->last, catalog,
			on_change, names);
	if (r == 0 && names->released)
		r = claim_waiting(names);
	if (r == 0)
		r = claims_settle(names);
	claims_drop(names);
	return r;
}

static int make_edits(struct names *names, size_t *ret_count)
{
	size_t count = 0;

	free(names->edits);
	names->edits = calloc(
		names->touched_count + 1, sizeof(struct names_edit));
	if (!names->edits)
		return -ENOMEM;
	for (size_t i = 0; i < names->touched_count; i++) {
		const struct file *file = names->touched[i];
		bool shown = file->owner && !file->hidden;

		if (shown || file->published)
			names->edits[count++] = (struct names_edit){file->name,
				shown ? file->owner->app : NULL,
				file->port_index};
	}
	*ret_count = count;
	return 0;
}

int names_update(struct names *names, struct catalog *catalog,
	const struct names_edit **ret, size_t *ret_count)
{
	size_t count = 0;
	int r;

	if (!names->torn) {
		forget_touched(names);
		names->released = false;
	}
	r = update(names, catalog);
	if (r == 0)
		r = make_edits(names, &count);
	names->torn = r < 0;
	if (r < 0)
		return r;

	memories_free(names);
	catalog_unref(names->last);
	names->last = catalog_ref(catalog);
	*ret = names->edits;
	*ret_count = count;
	return 0;
}

const char *names_own_file(const struct names *names, const struct app_key *key)
{
	const struct named *named = named_find(names, key);

	return named && named->own ? named->own->name : NULL;
}
