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

struct refusal {
	int left; /* to be refused */
	struct seen *seen;
};

static int refuse_some(
	void *context, const char *type, const char *data, size_t length)
{
	struct refusal *refusal = context;

	if (refusal->left-- > 0)
		return -5;
	return on_event(refusal->seen, type, data, length);
}

TEST(after_a_refusal_and_a_reset_the_stream_is_as_new)
{
	CLEANUP(sse_free) struct sse *sse = NULL;
	struct seen seen = {.length = 0};
	struct refusal refusal = {.left = 1, .seen = &seen};

	assert(sse_new(refuse_some, &refusal, &sse) == 0);
	assert(sse_feed(sse, "data: {1}\r\ndata: {2}\r\n", 22) == -5);
	sse_reset(sse);
	/* This LF is no end of the CR before the reset. */
	assert(sse_feed(sse, "\ndata: {3}\n\n", 12) == 0);
	assert(strcmp(seen.text, "|{3};") == 0);
}

TEST(a_hint_is_for_the_next_data_alone)
{
	expect("event: a\ndata: {1}\ndata: {2}\n\n", "a|{1};|{2};");
	expect("event: a\n\ndata: {1}\n\n", "|{1};");
	expect("data: {1}\nevent: a\n\ndata: {2}\nevent: b\n\n", "|{1};|{2};");
	expect("event: a\nevent: b\ndata: {1}\n\n", "b|{1};");
	expect("event: a\ndata:\ndata: {1}\n\n", "a|{1};");
	expect("event: a\nevent:\ndata: {1}\n\n", "|{1};");
}

TEST(a_hint_too_long_to_be_a_type_is_none)
{
	static const char stream[] =
		"event: a\nevent: 0123456789012345678901234567890123456789"
		"012345678901234567890123\ndata: {1}\n\n";

	expect(stream, "|{1};");
}

TEST(a_name_that_only_begins_like_a_field_is_another)
{
	expect("database: {1}\nevents: a\n data: {2}\nDATA: {3}\ndata {4}\n"
	       "data\nevent\ndata: {5}\n\n",
		"|{5};");
}

TEST(more_than_one_blank_before_a_value_means_nothing)
{
	expect("event:   a\ndata:   {1}\n\n", "a|{1};");
}

TEST(a_line_that_is_not_ended_is_no_event_yet)
{
	expect("data: {1}\n\ndata: {2}", "|{1};");
	expect("data: {1}\n\ndata: {2}\r", "|{1};|{2};");
}

/* All dialects behind each other, in all cuts into three pieces. */
TEST(no_cut_into_three_changes_what_is_heard)
{
	static const char stream[] = ":x\r\nevent: a\r\ndata: {1}\r\n\r\n\r\n"
				     "data:{2}\ndata: \n\nevent:b\rdata: {3}"
				     "\r\rdata:{4}\nevent:c\n\nretry: 1\n\n";
	size_t length = sizeof(stream) - 1;

	for (size_t i = 0; i <= length; i++)
		for (size_t k = i; k <= length; k++) {
			CLEANUP(sse_free) struct sse *sse = NULL;
			struct seen seen = {.length = 0};

			assert(sse_new(on_event, &seen, &sse) == 0);
			assert(sse_feed(sse, stream, i) == 0);
			assert(sse_feed(sse, stream + i, k - i) == 0);
			assert(sse_feed(sse, stream + k, length - k) == 0);
			assert(strcmp(seen.text, "a|{1};|{2};b|{3};|{4};")
				== 0);
		}
}

static int measure(
	void *context, const char *type, const char *data, size_t length)
{
	size_t *measured = context;

	(void)type;
	assert(data && strlen(data) == length);
	*measured = length;
	return 0;
}

TEST(a_line_of_megabytes_is_one_event)
{
	enum { LENGTH = 3 << 20 };
	CLEANUP(sse_free) struct sse *sse = NULL;
	CLEANUP(free) char *text = malloc(LENGTH + 8);
	size_t measured = 0;

	assert(text);
	memset(text, 'x', LENGTH);
	memcpy(text, "data: {", 7);
	memcpy(text + LENGTH, "\n\n", 2);
	assert(sse_new(measure, &measured, &sse) == 0);
	for (size_t at = 0; at < LENGTH + 2; at += 16411)
		assert(sse_feed(sse, text + at,
			       LENGTH + 2 - at < 16411 ? LENGTH + 2 - at
						       : 16411)
			== 0);
	assert(measured == LENGTH - 6);
	assert(sse_feed(sse, "data: {1}\n", 10) == 0);
	assert(measured == 3);
}

TEST(a_line_too_long_may_end_in_any_way_and_takes_its_hint_along)
{
	static const char *const ends[] = {"\n", "\r", "\r\n"};
	CLEANUP(free) char *piece = malloc(SSE_LINE_MAX);

	assert(piece);
	memset(piece, 'x', SSE_LINE_MAX);
	for (int i = 0; i < 3; i++) {
		CLEANUP(sse_free) struct sse *sse = NULL;
		struct seen seen = {.length = 0};

		assert(sse_new(on_event, &seen, &sse) == 0);
		assert(sse_feed(sse, "event: a\ndata: {", 16) == 0);
		assert(sse_feed(sse, piece, SSE_LINE_MAX) == 0);
		assert(seen.lost == 0);
		assert(sse_feed(sse, ends[i], strlen(ends[i])) == 0);
		assert(sse_feed(sse, "data: {1}\n", 10) == 0);
		assert(seen.lost == 1);
		assert(strcmp(seen.text, "|{1};") == 0);
	}
}
