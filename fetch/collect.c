/* SPDX-License-Identifier: MIT */
#include "fetch/collect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A set of fingerprints. */
struct prints {
	uint64_t *slots; /* 0: empty */
	size_t count, space;
};

struct list_memory {
	struct prints hidden;
};

/* An app of before, to be found by its fingerprint or its id. */
struct known {
	struct app *app; /* borrowed from before */
	bool same;       /* the list has it, unchanged */
	bool changed;    /* there is a change for it */
	bool bad;        /* the list has it, unreadable */
};

/* By fingerprint. */
struct print_slot {
	uint64_t print; /* 0: empty */
	size_t index;   /* of known */
};

struct collect {
	const struct app_reader *reader;
	const struct catalog *before;
	struct app_parser *parser;
	char *trimmed;
	size_t trimmed_space;

	struct known *known; /* in order of keys */
	size_t known_count;
	struct print_slot *slots;
	size_t slot_mask;
	struct known *asked; /* the app before of what is being parsed */
	bool named;          /* what is being parsed has an id */
	bool nameless;       /* a bad app had none */

	struct catalog_change *changes; /* each app is a reference */
	size_t change_count, change_space;
	struct prints hidden;
	size_t app_count, bad;
	struct why first_bad;
};

static uint64_t *prints_slot(const struct prints *prints, uint64_t print)
{
	size_t at = (size_t)print;

	for (;; at++) {
		uint64_t *slot = &prints->slots[at & (prints->space - 1)];

		if (*slot == 0 || *slot == print)
			return slot;
	}
}

static bool prints_has(const struct prints *prints, uint64_t print)
{
	return prints->count > 0 && *prints_slot(prints, print) == print;
}

static int prints_add(struct prints *prints, uint64_t print)
{
	struct prints larger = {.space = prints->space * 2};
	uint64_t *slot;

	if (prints->count * 2 >= prints->space) {
		larger.space = larger.space ? larger.space : 64;
		larger.slots = calloc(larger.space, sizeof(*larger.slots));
		if (!larger.slots)
			return -ENOMEM;
		for (size_t i = 0; i < prints->space; i++)
			if (prints->slots[i])
				*prints_slot(&larger, prints->slots[i]) =
					prints->slots[i];
		free(prints->slots);
		prints->slots = larger.slots;
		prints->space = larger.space;
	}
	slot = prints_slot(prints, print);
	prints->count += *slot == 0;
	*slot = print;
	return 0;
}

int list_memory_new(struct list_memory **ret)
{
	struct list_memory *memory = calloc(1, sizeof(*memory));

	if (!memory)
		return -ENOMEM;
	*ret = memory;
	return 0;
}

void list_memory_free(struct list_memory *memory)
{
	if (!memory)
		return;
	free(memory->hidden.slots);
	free(memory);
}

static void remember_print(struct collect *c, uint64_t print, size_t index)
{
	size_t at = (size_t)print;

	if (print == 0)
		return;
	while (c->slots[at & c->slot_mask].print)
		at++;
	c->slots[at & c->slot_mask] = (struct print_slot){print, index};
}

static struct known *find_print(const struct collect *c, uint64_t print)
{
	for (size_t at = (size_t)print;; at++) {
		const struct print_slot *slot = &c->slots[at & c->slot_mask];

		if (slot->print == 0)
			return NULL;
		if (slot->print == print)
			return &c->known[slot->index];
	}
}

static int remember_before(struct collect *c)
{
	size_t count = catalog_app_count(c->before), slots = 16;
	struct catalog_cursor cursor = {0, 0};
	struct app *app;

	while (slots < count * 2)
		slots *= 2;
	c->slot_mask = slots - 1;
	c->slots = calloc(slots, sizeof(*c->slots));
	c->known = calloc(count + 1, sizeof(*c->known));
	if (!c->slots || !c->known)
		return -ENOMEM;
	while ((app = catalog_next(c->before, &cursor))) {
		if (strcmp(app->key.source, c->reader->source) != 0)
			continue;
		c->known[c->known_count].app = app;
		remember_print(c, app->fingerprint, c->known_count++);
	}
	return 0;
}

int collect_new(const struct app_reader *reader, const struct catalog *before,
	struct collect **ret)
{
	CLEANUP(collect_free) struct collect *c = NULL;
	int r;

	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->reader = reader;
	c->before = before;
	r = app_parser_new(reader, &c->parser);
	if (r < 0)
		return r;
	r = remember_before(c);
	if (r < 0)
		return r;
	*ret = take_ptr(&c);
	return 0;
}

void collect_free(struct collect *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->change_count; i++)
		app_unref(c->changes[i].app);
	free(c->changes);
	free(c->hidden.slots);
	free(c->known);
	free(c->slots);
	free(c->trimmed);
	app_parser_free(c->parser);
	free(c);
}

static int reserve_change(struct collect *c)
{
	size_t space = c->change_space ? c->change_space * 2 : 64;
	struct catalog_change *larger;

	if (c->change_count < c->change_space)
		return 0;
	larger = realloc(c->changes, space * sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	c->changes = larger;
	c->change_space = space;
	return 0;
}

/* The app before with this id. */
static const struct app *ask_known(void *context, const char *id)
{
	struct collect *c = context;
	size_t low = 0, high = c->known_count;

	c->named = true;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(c->known[middle].app->key.id, id);

		if (order == 0) {
			c->asked = &c->known[middle];
			return c->asked->app;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static void count_bad(struct collect *c, const struct why *why)
{
	if (c->bad++ == 0)
		c->first_bad = *why;
}

static int take_bad(struct collect *c, const struct why *why)
{
	count_bad(c, why);
	if (c->asked)
		c->asked->bad = true;
	if (!c->named)
		c->nameless = true;
	return 0;
}

static int add_change(struct collect *c, struct app *taken)
{
	int r;

	r = reserve_change(c);
	if (r < 0) {
		app_unref(taken);
		return r;
	}
	c->changes[c->change_count++] =
		(struct catalog_change){taken->key, taken};
	return 0;
}

static int trim(struct collect *c, struct app_text *text)
{
	if (c->trimmed_space < text->length) {
		free(c->trimmed);
		c->trimmed_space = 0;
		c->trimmed = malloc(text->length * 2);
		if (!c->trimmed)
			return -ENOMEM;
		c->trimmed_space = text->length * 2;
	}
	text->length = skim_trim(text->bytes, text->length, c->trimmed);
	text->bytes = c->trimmed;
	return 0;
}

/* What was known of the app counts as one more listing of it. */
static int add_known(struct collect *c, struct known *known)
{
	known->same = false;
	known->changed = true;
	return add_change(c, app_ref(known->app));
}

static int add_app(struct collect *c, struct app *taken)
{
	struct known *known = c->asked;
	int r;

	r = add_change(c, taken);
	if (r < 0 || !known)
		return r;
	if (known->same)
		return add_known(c, known);
	known->changed = true;
	return 0;
}

/* An app that is not as it was. */
static int parse_app(
	struct collect *c, struct app_text *text, struct why *why)
{
	struct app *app = NULL;
	int r;

	r = trim(c, text);
	if (r < 0)
		return r;
	c->asked = NULL;
	c->named = false;
	r = app_parse(c->parser, text, ask_known, c, &app, why);
	if (r == -EBADMSG)
		return take_bad(c, why);
	if (r == -EPROTO)
		return -EBADMSG;
	if (r < 0)
		return r;
	return app ? add_app(c, app)
		   : prints_add(&c->hidden, text->fingerprint);
}

static int take_same(struct collect *c, struct known *known)
{
	struct why why;

	if (known->changed)
		return add_known(c, known);
	if (known->same) {
		why_set(&why, 0, "%.200s: listed twice", known->app->key.id);
		count_bad(c, &why);
	}
	known->same = true;
	return 0;
}

int collect_app(struct collect *c, const struct skim *skim, const char *bytes,
	struct why *why)
{
	struct app_text text = {.bytes = bytes, .length = skim->end};
	struct known *known;

	if (++c->app_count > APPS_MAX)
		return why_set(why, -E2BIG, "more than %d apps", APPS_MAX);
	text.fingerprint = skim_fingerprint(skim, bytes);
	known = find_print(c, text.fingerprint);
	if (known)
		return take_same(c, known);
	if (c->reader->memory
		&& prints_has(&c->reader->memory->hidden, text.fingerprint))
		return prints_add(&c->hidden, text.fingerprint);
	return parse_app(c, &text, why);
}

/* Of two listings of an app the newer version counts. */
static bool is_newer(const struct app *app, const struct app *than)
{
	int order = strcmp(app->version ? app->version : "",
		than->version ? than->version : "");

	return order ? order > 0 : app->fingerprint > than->fingerprint;
}

static int change_order(const void *a, const void *b)
{
	const struct catalog_change *x = a, *y = b;

	return app_key_compare(&x->key, &y->key);
}

static void drop_twin(struct collect *c, size_t index)
{
	struct catalog_change *older = &c->changes[index - 1];
	struct catalog_change *newer = &c->changes[index];
	struct catalog_change swap = *older;
	struct why why;

	if (is_newer(older->app, newer->app)) {
		*older = *newer;
		*newer = swap;
	}
	why_set(&why, 0, "%.200s: listed twice", newer->key.id);
	count_bad(c, &why);
	app_unref(older->app);
	older->app = NULL;
}

static void drop_twins(struct collect *c)
{
	size_t kept = 0;

	if (c->change_count > 1)
		qsort(c->changes, c->change_count, sizeof(*c->changes),
			change_order);
	for (size_t i = 1; i < c->change_count; i++)
		if (change_order(&c->changes[i - 1], &c->changes[i]) == 0)
			drop_twin(c, i);
	for (size_t i = 0; i < c->change_count; i++)
		if (c->changes[i].app)
			c->changes[kept++] = c->changes[i];
	c->change_count = kept;
}

static int add_removals(struct collect *c)
{
	int r;

	for (size_t i = 0; i < c->known_count && !c->nameless; i++) {
		const struct known *known = &c->known[i];

		if (known->same || known->changed || known->bad)
			continue;
		r = reserve_change(c);
		if (r < 0)
			return r;
		c->changes[c->change_count++] =
			(struct catalog_change){known->app->key, NULL};
	}
	return 0;
}

static void keep_hidden(struct collect *c)
{
	struct prints old;

	if (!c->reader->memory)
		return;
	old = c->reader->memory->hidden;
	c->reader->memory->hidden = c->hidden;
	c->hidden = old;
}

int collect_end(struct collect *c, struct catalog **ret, size_t *ret_bad,
	struct why *first_bad, struct why *why)
{
	int r;

	drop_twins(c);
	r = add_removals(c);
	if (r < 0)
		return why_set(why, r, "out of memory");
	r = catalog_edit(c->before, c->changes, c->change_count, ret);
	if (r < 0)
		return why_set(why, r,
			r == -E2BIG ? "too many apps" : "out of memory");
	keep_hidden(c);
	*ret_bad = c->bad;
	if (c->bad > 0 && first_bad)
		*first_bad = c->first_bad;
	return 0;
}
