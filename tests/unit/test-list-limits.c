/* SPDX-License-Identifier: MIT */
/* What is no list, and lists that go too far. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/lists.h"
#include "tests/unit/reading.h"

static const struct app_reader reader = {.source = "marathon"};

static void expect_error(const char *text, int error)
{
	static const size_t pieces[] = {1, 3, 64, 4096};

	for (int i = 0; i < 4; i++) {
		struct list_result got =
			read_list_as(&reader, NULL, text, pieces[i]);

		if (got.error != error)
			printf("%s: %d %s\n", text, got.error, got.why.text);
		assert(got.error == error);
		catalog_unref(got.catalog);
	}
}

TEST(what_is_no_list_of_apps_is_refused_in_any_pieces)
{
	static const char *const texts[] = {"", " ", "x", "[]", "{}", "7",
		"null", "{'apps':7}", "{'apps':'x'}", "{'apps':{}}",
		"{'apps':null}", "{'app':[]}", "{'Apps':[]}", "{'apps ':[]}",
		"{'apps':[],}", "{'apps':[]", "{'apps':[}", "{'apps':[[]]}",
		"{'apps':[7]}", "{'apps':['x']}", "{'apps':[null]}",
		"{'apps':[,]}", "{'apps':[{'id':'/a','tasks':[]},]}",
		"{'apps':[{'id':'/a','tasks':[]} {}]}", "{'apps':[]}}",
		"{'apps':[]}{'apps':[]}", "{'apps':[]} x", "{'apps':[]},",
		"{'apps':[],'apps':[]}", "{'x':{'apps':[]}}", "{'x':}", "{'x'}",
		"{'x' 7}", "{'x':7 8,'apps':[]}", "{x:7}", "{'x':[},'apps':[]}",
		"{'x':{],'apps':[]}", "{'x':7}", "{,'apps':[]}",
		"<html></html>", "{'apps':[{'id':'/a','tasks':[}]}",
		"{'apps':[{'id':'/a' 'tasks':[]}]}"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect_error(texts[i], -EBADMSG);
}

TEST(apps_without_tasks_refuse_the_answer)
{
	expect_error("{'apps':[{'id':'/a'}]}", -ENODATA);
	expect_error("{'apps':[{'id':'/b','tasks':[]},{'id':'/a'}]}", -ENODATA);
}

TEST(other_members_are_passed_over_whatever_they_hold)
{
	static const char *const texts[] = {"{'apps':[]}", "{'x':7,'apps':[]}",
		"{'apps':[],'x':'}'}", "{'x':[[[{'y':']'}]]],'apps':[]}",
		"{'':true,'apps':[]}", "{'a\\'pps':1,'apps':[],'\\\\':{}}",
		" \t\r\n{ 'apps' : [ ] } ",
		"{'apps':[],'longer than the eight that are kept':-1e5}",
		"{'appsx':[1],'xapps':[2],'app':[3],'apps':[]}"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect_error(texts[i], 0);
}

TEST(a_list_that_failed_once_stays_so)
{
	CLEANUP(list_free) struct list *list = NULL;
	struct catalog *catalog = NULL;
	struct why why = {""}, words = {""};
	size_t bad;

	assert(list_new(&reader, NULL, &list) == 0);
	assert(list_feed(list, "{\"apps\":7", 9, &words) == -EBADMSG);
	assert(list_feed(list, "{\"apps\":[]}", 11, &why) == -EBADMSG);
	assert(strcmp(why.text, words.text) == 0);
	assert(list_end(list, &catalog, &bad, NULL, &why) == -EBADMSG);
	assert(!catalog);
}

TEST(a_byte_behind_the_end_spoils_it_even_alone)
{
	CLEANUP(list_free) struct list *list = NULL;
	struct catalog *catalog = NULL;
	struct why why = {""};
	size_t bad;

	assert(list_new(&reader, NULL, &list) == 0);
	assert(list_feed(list, "{\"apps\":[]}", 11, &why) == 0);
	assert(list_feed(list, " \r\n", 3, &why) == 0);
	assert(list_feed(list, "", 1, &why) == -EBADMSG);
	assert(list_end(list, &catalog, &bad, NULL, &why) == -EBADMSG);
}

/* An app with a value nested so deep that the app itself is depth 1. */
static char *nested(int depth, int blanks)
{
	CLEANUP(free) char *opened = calloc(1, (size_t)depth);
	CLEANUP(free) char *closed = calloc(1, (size_t)depth);
	char *text = NULL;

	memset(opened, '[', (size_t)depth - 1);
	memset(closed, ']', (size_t)depth - 1);
	assert(asprintf(&text, "{'apps':[%*s{'id':'/a','tasks':[],'x':%s%s}]}",
		       blanks, "", opened, closed) > 0);
	return text;
}

TEST(depth_is_judged_the_same_in_any_pieces)
{
	for (int blanks = 0; blanks < 64; blanks++) {
		CLEANUP(free) char *deep = nested(LIST_DEPTH_MAX, blanks);
		CLEANUP(free) char *deeper = nested(LIST_DEPTH_MAX + 1, blanks);
		CLEANUP(free) char *abyss = nested(5000, blanks);

		expect_error(deep, 0);
		expect_error(deeper, -E2BIG);
		expect_error(abyss, -E2BIG);
	}
}

TEST(depth_has_an_end_in_what_is_passed_over_too)
{
	char text[256] = "{'x':";

	memset(text + 5, '[', 64);
	memset(text + 69, ']', 64);
	strcpy(text + 133, ",'apps':[]}");
	expect_error(text, -EBADMSG);
	text[5] = text[132] = ' ';
	expect_error(text, 0);
}

TEST(an_app_of_more_than_its_ceiling_is_refused)
{
	enum { PIECE = 1 << 20 };
	CLEANUP(list_free) struct list *list = NULL;
	CLEANUP(free) char *piece = malloc(PIECE);
	struct why why = {""};
	size_t fed = 0;
	int r;

	assert(piece);
	memset(piece, 'x', PIECE);
	assert(list_new(&reader, NULL, &list) == 0);
	r = list_feed(list, "{\"apps\":[{\"x\":\"", 15, &why);
	for (; r == 0 && fed < 2 * (size_t)LIST_ELEMENT_MAX; fed += PIECE)
		r = list_feed(list, piece, PIECE, &why);
	assert(r == -E2BIG && fed <= LIST_ELEMENT_MAX + PIECE);
	assert(strstr(why.text, "67108864"));
}

TEST(more_apps_than_the_ceiling_are_refused)
{
	CLEANUP(list_free) struct list *list = NULL;
	struct why why = {""};
	char text[64];
	int r;

	assert(list_new(&reader, NULL, &list) == 0);
	r = list_feed(list, "{\"apps\":[", 9, &why);
	for (int i = 0; i <= APPS_MAX && r == 0; i++) {
		int length = snprintf(text, sizeof(text),
			"%s{\"id\":\"/%d\",\"tasks\":[]}", i ? "," : "", i);

		assert(r == 0);
		r = list_feed(list, text, (size_t)length, &why);
		assert(r == (i == APPS_MAX ? -E2BIG : 0));
	}
	assert(strstr(why.text, "200000"));
}
