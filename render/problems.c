/* SPDX-License-Identifier: MIT */
#include "render/problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char *copy_text(char **at, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = *at;

	memcpy(copy, text, size);
	*at += size;
	return copy;
}

/* The id is the start of the block that holds all three texts. */
static void keep(struct problems *problems, const struct app_key *key,
	const char *view, const char *text)
{
	struct problem *items, *item;
	char *block;

	items = problems->count < PROBLEMS_MAX
		? realloc(problems->items,
			  (problems->count + 1) * sizeof(*items))
		: NULL;
	problems->items = items ? items : problems->items;
	block = items ? malloc(strlen(key->id) + strlen(key->source)
				  + strlen(text) + 3)
		      : NULL;
	if (!block) {
		problems->left_out++;
		return;
	}
	item = &items[problems->count++];
	item->key.id = copy_text(&block, key->id);
	item->key.source = copy_text(&block, key->source);
	item->text = copy_text(&block, text);
	item->view = view;
}

void problems_add(struct problems *problems, const struct app_key *key,
	const char *view, const char *format, ...)
{
	char text[512];
	va_list arguments;

	if (!problems)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	keep(problems, key, view, text);
}

struct app_words app_words(
	const struct app_key *other, const struct app_key *key)
{
	bool same = strcmp(other->source, key->source) == 0;
	struct app_words words;

	snprintf(words.text, sizeof(words.text), "%.400s%s%.64s", other->id,
		same ? "" : " of ", same ? "" : other->source);
	return words;
}

void problems_append(struct problems *problems, const struct problems *from)
{
	if (!problems)
		return;
	for (size_t i = 0; i < from->count; i++)
		keep(problems, &from->items[i].key, from->items[i].view,
			from->items[i].text);
	problems->left_out += from->left_out;
}

static void problem_free(struct problem *problem)
{
	free((void *)(uintptr_t)problem->key.id);
}

void problems_forget(struct problems *problems, const struct app_key *key,
	const char *view)
{
	size_t kept = 0;

	for (size_t i = 0; i < problems->count; i++) {
		struct problem *item = &problems->items[i];

		if (strcmp(item->view, view) == 0
			&& app_key_compare(&item->key, key) == 0)
			problem_free(item);
		else
			problems->items[kept++] = *item;
	}
	problems->count = kept;
}

bool problems_same(const struct problems *a, const struct problems *b)
{
	if (a->count != b->count || a->left_out != b->left_out)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (app_key_compare(&a->items[i].key, &b->items[i].key) != 0
			|| strcmp(a->items[i].view, b->items[i].view) != 0
			|| strcmp(a->items[i].text, b->items[i].text) != 0)
			return false;
	return true;
}

void problems_done(struct problems *problems)
{
	for (size_t i = 0; i < problems->count; i++)
		problem_free(&problems->items[i]);
	free(problems->items);
	*problems = (struct problems){0};
}
