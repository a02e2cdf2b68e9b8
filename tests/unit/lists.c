/* SPDX-License-Identifier: MIT */
#include "tests/unit/lists.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/reading.h"

static int feed_pieces(
	struct list *list, const char *text, size_t piece, struct why *why)
{
	size_t length = strlen(text);
	int r = 0;

	for (size_t at = 0; at < length && r == 0; at += piece)
		r = list_feed(list, text + at,
			length - at < piece ? length - at : piece, why);
	return r;
}

struct list_result read_list_as(const struct app_reader *reader,
	const struct catalog *before, const char *text, size_t piece)
{
	CLEANUP(list_free) struct list *list = NULL;
	CLEANUP(free) char *json = quoted(text);
	struct list_result result = {0};
	int fed;

	assert(list_new(reader, before, &list) == 0);
	fed = feed_pieces(list, json, piece, &result.why);
	result.error = list_end(list, &result.catalog, &result.bad,
		&result.first_bad, &result.why);
	assert(fed == 0 || fed == result.error);
	assert(!result.error == !result.why.text[0]);
	assert(!result.error == !!result.catalog);
	assert(!result.bad == !result.first_bad.text[0]);
	return result;
}

struct catalog *list_with_bad(
	const struct catalog *before, const char *text, size_t bad)
{
	static const struct app_reader reader = {.source = "marathon"};
	struct list_result result;

	result = read_list_as(&reader, before, text, 4096);
	if (result.error || result.bad != bad)
		printf("%s\n%d %s, %zu bad: %s\n", text, result.error,
			result.why.text, result.bad, result.first_bad.text);
	assert(result.error == 0 && result.bad == bad);
	return result.catalog;
}

struct catalog *list_of(const struct catalog *before, const char *text)
{
	return list_with_bad(before, text, 0);
}

struct app *find_app(const struct catalog *catalog, const char *id)
{
	const struct app_key key = {id, "marathon"};

	return catalog_find(catalog, &key);
}

static int differs(void *context, struct app *a, struct app *b)
{
	(void)context;
	return !a || !b || !app_same(a, b);
}

bool same_catalogs(const struct catalog *a, const struct catalog *b)
{
	return catalog_diff(a, b, differs, NULL) == 0;
}
