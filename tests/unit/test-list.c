/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/list.h"

static const struct app_reader reader = {.source = "marathon"};

/* Two apps; the text in the strings is there to mislead a scanner. */
#define WEB(success)                                                           \
	"{\"id\":\"/web\",\"labels\":{\"a\":\"x\\\"]}{[,\\\\\",\"b\":\"\\u007b\"}," \
	"\"ports\":[10000],\"healthChecks\":[{\"protocol\":\"TCP\"}],"            \
	"\"tasks\":[{\"id\":\"web.1\",\"host\":\"h1\",\"ports\":[1],"             \
	"\"startedAt\":\"x\",\"healthCheckResults\":[{\"alive\":true,"            \
	"\"lastSuccess\":\"" success "\",\"consecutiveFailures\":0}]}]}"
#define DB(port)                                                               \
	"{\"tasks\":[{\"id\":\"db.1\",\"host\":\"h2\",\"ports\":[" port "],"      \
	"\"startedAt\":\"x\"}],\"ports\":[10001],\"id\":\"/db\"}"

static int feed(struct list *list, const char *text, size_t piece,
	struct why *why)
{
	size_t length = strlen(text);
	int r = 0;

	for (size_t at = 0; at < length && r == 0; at += piece)
		r = list_feed(list, text + at,
			length - at < piece ? length - at : piece, why);
	return r;
}

/* What text makes of before, in pieces; NULL when it is refused. */
static struct catalog *read_list(
	struct catalog *before, const char *text, size_t piece, size_t *bad)
{
	CLEANUP(list_free) struct list *list = NULL;
	struct catalog *catalog = NULL;
	struct why why = {""}, first_bad;

	assert(list_new(&reader, before, &list) == 0);
	if (feed(list, text, piece, &why) < 0
		|| list_end(list, &catalog, bad, &first_bad, &why) < 0) {
		assert(why.text[0]);
		return NULL;
	}
	return catalog;
}

static struct app *find(const struct catalog *catalog, const char *id)
{
	struct app_key key = {id, "marathon"};

	return catalog_find(catalog, &key);
}

TEST(any_cut_into_pieces_gives_the_same)
{
	static const char text[] = " {\"x\":[{\"apps\":1}],\"apps\" : [" WEB(
		"t1") " , " DB("2") "] , \"y\":\"]}\" }\n";

	for (size_t piece = 1; piece <= 64; piece++) {
		CLEANUP(catalog_unref) struct catalog *catalog = NULL;
		size_t bad;

		catalog = read_list(NULL, text, piece, &bad);
		assert(catalog && bad == 0);
		assert(catalog_app_count(catalog) == 2);
		assert(catalog_serving_count(catalog) == 2);
		assert(strcmp(app_label(find(catalog, "/web"), "a"),
			       "x\"]}{[,\\")
			== 0);
		assert(strcmp(app_label(find(catalog, "/web"), "b"), "{")
			== 0);
	}
}

TEST(an_app_of_which_only_check_times_moved_is_the_same_app)
{
	CLEANUP(catalog_unref) struct catalog *first = NULL;
	CLEANUP(catalog_unref) struct catalog *second = NULL;
	CLEANUP(catalog_unref) struct catalog *third = NULL;
	size_t bad;

	first = read_list(
		NULL, "{\"apps\":[" WEB("t1") "," DB("2") "]}", 99, &bad);
	second = read_list(
		first, "{\"apps\":[" DB("2") "," WEB("t2") "]}", 7, &bad);
	assert(find(second, "/web") == find(first, "/web"));
	assert(find(second, "/db") == find(first, "/db"));
	third = read_list(
		second, "{\"apps\":[" DB("3") "," WEB("t3") "]}", 7, &bad);
	assert(find(third, "/web") == find(first, "/web"));
	assert(find(third, "/db") != find(first, "/db"));
	assert(find(third, "/db")->instances[0].endpoints[0].port == 3);
}

TEST(an_app_that_is_gone_from_the_list_is_gone)
{
	CLEANUP(catalog_unref) struct catalog *first = NULL;
	CLEANUP(catalog_unref) struct catalog *second = NULL;
	CLEANUP(catalog_unref) struct catalog *empty = NULL;
	size_t bad;

	first = read_list(
		NULL, "{\"apps\":[" WEB("t1") "," DB("2") "]}", 99, &bad);
	second = read_list(first, "{\"apps\":[" DB("2") "]}", 99, &bad);
	assert(second && !find(second, "/web") && find(second, "/db"));
	empty = read_list(second, "{\"apps\":[]}", 99, &bad);
	assert(empty && catalog_app_count(empty) == 0);
}

TEST(a_document_that_is_cut_anywhere_is_refused)
{
	static const char text[] = "{\"apps\":[" WEB("t1") "," DB("2") "]}";
	char cut[sizeof(text)];

	for (size_t length = 0; length < sizeof(text) - 1; length++) {
		size_t bad;

		memcpy(cut, text, length);
		cut[length] = '\0';
		assert(!read_list(NULL, cut, 16, &bad));
	}
}

TEST(what_is_no_list_of_apps_is_refused)
{
	static const char *const refused[] = {"", "pong", "[]", "{}",
		"{\"message\":\"x\"}", "{\"apps\":{}}", "{\"apps\":null}",
		"{\"apps\":[]", "{\"apps\":[]}}", "{\"apps\":[]} x",
		"{\"apps\":[1]}", "{\"apps\":[{]}", "<html></html>",
		"{\"apps\":[{\"id\":\"/a\",\"ports\":[]}]}",
		"{\"apps\":[],\"apps\":[]"};
	size_t bad;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct catalog *catalog = read_list(NULL, refused[i], 5, &bad);

		if (catalog)
			printf("accepted: %s\n", refused[i]);
		assert(!catalog);
	}
}

TEST(a_bad_app_stays_as_it_was_and_harms_nobody)
{
	CLEANUP(catalog_unref) struct catalog *first = NULL;
	CLEANUP(catalog_unref) struct catalog *second = NULL;
	size_t bad;

	first = read_list(
		NULL, "{\"apps\":[" WEB("t1") "," DB("2") "]}", 99, &bad);
	second = read_list(first,
		"{\"apps\":[{\"id\":\"/web\",\"labels\":7,\"tasks\":[]}," DB(
			"3") ",{\"id\":\"/odd\",\"ports\":\"x\",\"tasks\":[]}]}",
		11, &bad);
	assert(second && bad == 2);
	assert(find(second, "/web") == find(first, "/web"));
	assert(find(second, "/db")->instances[0].endpoints[0].port == 3);
	assert(!find(second, "/odd"));
}

TEST(depth_has_an_end)
{
	CLEANUP(list_free) struct list *list = NULL;
	struct why why = {""};
	int r;

	assert(list_new(&reader, NULL, &list) == 0);
	r = list_feed(list, "{\"apps\":[{\"x\":", 14, &why);
	for (int i = 0; i < 100000 && r == 0; i++)
		r = list_feed(list, "[", 1, &why);
	assert(r == -E2BIG);
}
