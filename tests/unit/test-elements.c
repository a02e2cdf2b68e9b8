/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/elements.h"

static char seen[4096];

static int on_each(
	void *context, const char *bytes, size_t length, struct why *why)
{
	(void)why;
	assert(strlen(seen) + length + 2 < sizeof(seen));
	strncat(seen, bytes, length);
	strcat(seen, "|");
	return *(int *)context;
}

/* Fed in pieces of so many bytes. */
static int feed(unsigned depth, const char *text, size_t size, int answer,
	struct elements **ret)
{
	struct why why = {""};
	size_t length = strlen(text);
	int r = 0;

	seen[0] = '\0';
	assert(elements_new(depth, on_each, &answer, ret) == 0);
	for (size_t at = 0; at < length && r == 0; at += size)
		r = elements_feed(*ret, text + at,
			length - at < size ? length - at : size, &why);
	assert(r >= 0 || r == answer || why.text[0]);
	return r;
}

static void expect(
	unsigned depth, const char *text, const char *each, const char *rest)
{
	for (size_t size = 1; size <= strlen(text); size++) {
		CLEANUP(elements_free) struct elements *elements = NULL;
		size_t length, count = 0;

		assert(feed(depth, text, size, 0, &elements) == 0);
		if (strcmp(seen, each) != 0)
			printf("  %zu: %s\n", size, seen);
		assert(strcmp(seen, each) == 0);
		assert(strcmp(elements_rest(elements, &length), rest) == 0);
		assert(length == strlen(rest));
		for (const char *c = each; *c; c++)
			count += *c == '|';
		assert(elements_count(elements) == count);
	}
}

TEST(any_cut_gives_the_same_elements)
{
	expect(3, "{\"kvs\":[{\"a\":1},{\"b\":[{}]}],\"n\":2}",
		"{\"a\":1}|{\"b\":[{}]}|", "{\"kvs\":[0,0],\"n\":2}");
	expect(4, "{\"node\":{\"nodes\":[{},{\"x\":{}}]},\"o\":{\"p\":{}}}",
		"{}|{\"x\":{}}|",
		"{\"node\":{\"nodes\":[0,0]},\"o\":{\"p\":{}}}");
	expect(1, "{\"a\":[]} {}", "{\"a\":[]}|{}|", "0 0");
}

TEST(brackets_in_strings_are_none)
{
	expect(2, "[{\"}\\\"{[\":\"\\\\\"},\"{\"]", "{\"}\\\"{[\":\"\\\\\"}|",
		"[0,\"{\"]");
}

TEST(what_is_at_that_depth_and_no_object_is_rest)
{
	expect(2, "[[1],{\"a\":[]},2]", "{\"a\":[]}|", "[[1],0,2]");
}

TEST(an_element_that_does_not_end_is_none)
{
	expect(2, "[{\"a\":1},{\"b\"", "{\"a\":1}|", "[0,");
}

static void expect_error(const char *text, int answer, int error)
{
	CLEANUP(elements_free) struct elements *elements = NULL;

	assert(feed(2, text, 7, answer, &elements) == error);
}

TEST(what_cannot_be_is_refused)
{
	char deep[ELEMENTS_DEPTH_MAX + 2];

	expect_error("]", 0, -EBADMSG);
	expect_error("{}}", 0, -EBADMSG);
	expect_error("[{}]", -EPERM, -EPERM);
	memset(deep, '[', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	expect_error(deep, 0, -EBADMSG);
	deep[ELEMENTS_DEPTH_MAX] = '\0';
	expect_error(deep, 0, 0);
}

/* A string that never ends, in a document that begins so. */
static void expect_ceiling(const char *start, size_t max)
{
	enum { PIECE = 1 << 20 };
	CLEANUP(elements_free) struct elements *elements = NULL;
	char *piece = malloc(PIECE);
	struct why why = {""};
	int answer = 0, r;

	assert(piece);
	memset(piece, 'x', PIECE);
	assert(elements_new(2, on_each, &answer, &elements) == 0);
	r = elements_feed(elements, start, strlen(start), &why);
	assert(r == 0);
	for (size_t fed = PIECE; fed < max; fed += PIECE)
		assert(elements_feed(elements, piece, PIECE, &why) == 0);
	r = elements_feed(elements, piece, PIECE, &why);
	assert(r == -E2BIG && strstr(why.text, "JSON of more than"));
	free(piece);
}

TEST(what_is_too_big_is_refused)
{
	expect_ceiling("[{\"", ELEMENT_MAX);
	expect_ceiling("[\"", ELEMENTS_REST_MAX);
}
