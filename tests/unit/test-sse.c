/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/sse.h"

/* All events as "type|data;" one behind the other. */
struct seen {
	char text[4096];
	size_t length;
	size_t lost;
};

static int on_event(
	void *context, const char *type, const char *data, size_t length)
{
	struct seen *seen = context;

	if (!data) {
		seen->lost++;
		return 0;
	}
	assert(data[length] == '\0');
	seen->length += (size_t)snprintf(seen->text + seen->length,
		sizeof(seen->text) - seen->length, "%s|%s;", type, data);
	return 0;
}

/* Whole, and cut at every place into two. */
static void expect(const char *stream, const char *expected)
{
	size_t length = strlen(stream);

	for (size_t cut = 0; cut <= length; cut++) {
		CLEANUP(sse_free) struct sse *sse = NULL;
		struct seen seen = {.length = 0};

		assert(sse_new(on_event, &seen, &sse) == 0);
		assert(sse_feed(sse, stream, cut) == 0);
		assert(sse_feed(sse, stream + cut, length - cut) == 0);
		if (strcmp(seen.text, expected) != 0)
			printf("cut at %zu: %s\n", cut, seen.text);
		assert(strcmp(seen.text, expected) == 0);
	}
}

TEST(an_event_of_marathon_0_11_and_later)
{
	expect("event: a\r\ndata: {\"x\":1}\r\n\r\n", "a|{\"x\":1};");
}

TEST(an_event_of_marathon_0_9_has_neither_type_nor_blank_line)
{
	expect("data: {\"x\":1}\r\ndata: {\"y\":2}\r\n\r\n\r\n",
		"|{\"x\":1};|{\"y\":2};");
}

TEST(lines_end_in_any_of_three_ways)
{
	expect("event: a\ndata: {1}\n\nevent: b\rdata: {2}\r\r"
	       "event: c\r\ndata: {3}\r\n\r\n",
		"a|{1};b|{2};c|{3};");
}

TEST(a_heartbeat_is_no_event)
{
	expect("\r\n\r\ndata: {1}\r\n\r\n\r\n\r\n", "|{1};");
}

TEST(a_blank_after_the_colon_may_be_missing)
{
	expect("event:a\ndata:{1}\n\n", "a|{1};");
}

TEST(comments_and_other_fields_say_nothing)
{
	expect(": hello\nid: 7\nretry: 100\nevent: a\n:x\ndata: {1}\n\n",
		"a|{1};");
}

TEST(what_is_no_object_is_no_event)
{
	expect("data:\ndata: \ndata: hello\ndata: {1}\n\n", "|{1};");
}

TEST(a_line_that_is_cut_off_is_forgotten_at_reset)
{
	CLEANUP(sse_free) struct sse *sse = NULL;
	struct seen seen = {.length = 0};

	assert(sse_new(on_event, &seen, &sse) == 0);
	assert(sse_feed(sse, "event: a\ndata: {\"x\":", 20) == 0);
	sse_reset(sse);
	assert(sse_feed(sse, "data: {1}\n\n", 11) == 0);
	assert(strcmp(seen.text, "|{1};") == 0);
}

TEST(a_line_without_an_end_is_lost_and_the_next_is_not)
{
	CLEANUP(sse_free) struct sse *sse = NULL;
	CLEANUP(free) char *piece = malloc(1 << 20);
	struct seen seen = {.length = 0};

	assert(piece);
	memset(piece, 'x', 1 << 20);
	assert(sse_new(on_event, &seen, &sse) == 0);
	assert(sse_feed(sse, "data: {", 7) == 0);
	for (int i = 0; i < 65; i++)
		assert(sse_feed(sse, piece, 1 << 20) == 0);
	assert(sse_feed(sse, "\ndata: {1}\n\n", 12) == 0);
	assert(seen.lost == 1);
	assert(strcmp(seen.text, "|{1};") == 0);
}

static int refuse(
	void *context, const char *type, const char *data, size_t length)
{
	(void)context;
	(void)type;
	(void)data;
	(void)length;
	return -5;
}

TEST(what_the_receiver_refuses_is_passed_on)
{
	CLEANUP(sse_free) struct sse *sse = NULL;

	assert(sse_new(refuse, NULL, &sse) == 0);
	assert(sse_feed(sse, "data: {1}\n\n", 11) == -5);
}
