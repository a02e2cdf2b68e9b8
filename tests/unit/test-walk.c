/* SPDX-License-Identifier: MIT */
/* A walk over JSON in pieces of any size. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fetch/walk.h"
#include "tests/unit/reading.h"

/* What was seen, as text: "2:name" for a value, "=..." for what was taken. */
struct seen {
	char text[4096];
	size_t length;
};

static void note(struct seen *seen, const char *text, size_t length)
{
	assert(seen->length + length < sizeof(seen->text));
	memcpy(seen->text + seen->length, text, length);
	seen->length += length;
	seen->text[seen->length] = '\0';
}

/* Keys say what is wanted: e... is entered, t... taken; elements are taken
 * below the second level. */
static enum walk_verdict on_value(
	void *context, unsigned depth, const char *key)
{
	char line[WALK_KEY_MAX + 16];

	snprintf(line, sizeof(line), " %u:%s", depth, key ? key : "-");
	note(context, line, strlen(line));
	if (!key)
		return depth < 3 ? WALK_ENTER : WALK_TAKE;
	return key[0] == 'e' ? WALK_ENTER
		: key[0] == 't' ? WALK_TAKE
				: WALK_PASS;
}

static int on_take(void *context, unsigned depth, const char *bytes,
	size_t length, struct why *why)
{
	(void)depth;
	if (length == 6 && memcmp(bytes, "\"stop\"", 6) == 0)
		return why_set(why, -ECANCELED, "stopped");
	note(context, "=", 1);
	note(context, bytes, length);
	return 0;
}

static int walk_pieces(const char *json, size_t length, size_t piece,
	struct seen *seen, bool *complete, struct why *why)
{
	const struct walk_reader reader = {seen, on_value, on_take};
	CLEANUP(walk_free) struct walk *walk = NULL;
	int r = 0;

	*seen = (struct seen){.length = 0};
	assert(walk_new(&reader, &walk) == 0);
	for (size_t at = 0; at < length && r == 0; at += piece) {
		size_t size = length - at < piece ? length - at : piece;
		/* So that whoever looks too far is found out. */
		CLEANUP(free) char *bytes = malloc(size);

		assert(bytes);
		memcpy(bytes, json + at, size);
		r = walk_feed(walk, bytes, size, why);
	}
	*complete = walk_is_complete(walk);
	return r;
}

static void expect(const char *text, const char *wanted)
{
	CLEANUP(free) char *json = quoted(text);
	struct seen seen;
	struct why why;
	bool complete;

	for (size_t piece = 1; piece <= strlen(json); piece++) {
		int r = walk_pieces(
			json, strlen(json), piece, &seen, &complete, &why);

		if (r < 0)
			printf("  %s: %s\n", json, why.text);
		assert(r == 0);
		if (!complete || strcmp(seen.text, wanted) != 0)
			printf("  %zu: %s\n", piece, seen.text);
		assert(complete && strcmp(seen.text, wanted) == 0);
	}
}

static void refuse(const char *text, int error, const char *words)
{
	CLEANUP(free) char *json = quoted(text);
	struct seen seen;
	struct why why;
	bool complete;

	for (size_t piece = 1; piece <= strlen(json); piece++) {
		why.text[0] = '\0';
		assert(walk_pieces(json, strlen(json), piece, &seen, &complete,
			       &why)
			== error);
		if (!strstr(why.text, words))
			printf("  %s\n", why.text);
		assert(strstr(why.text, words));
	}
}

TEST(values_are_passed_taken_and_entered)
{
	expect("{}", "");
	expect(" { 'a' : 1 , 'tb' : -2.5e3 , 'c':null}", " 1:a 1:tb=-2.5e3 1:c");
	expect("{'t':'x,}]','a':'\\\\','u':{'e':{'t':1}}}",
		" 1:t=\"x,}]\" 1:a 1:u");
	expect("{'e':{'t':{'a':[1,'}',{}]},'e':{}},'t':[]}",
		" 1:e 2:t={\"a\":[1,\"}\",{}]} 2:e 1:t=[]");
	expect("{'e':[{'t':true},[1,2],[],3,'x']}",
		" 1:e 2:- 3:t=true 2:- 3:-=1 3:-=2 2:- 2:- 2:-");
	expect("{'e':7,'t':'a\\'b'}", " 1:e 1:t=\"a\\\"b\"");
	expect("{'e':'x','e':[ ] , 'e' : { } } ", " 1:e 1:e 1:e");
}

TEST(keys_are_as_they_are_written_or_not_known)
{
	expect("{'t0123456789012345678901234567890123456789012345678901234567890"
	       "123456789':1,'t\\u0041':2}",
		" 1: 1:t\\u0041=2");
}

TEST(what_is_no_json_is_refused)
{
	refuse("[]", -EBADMSG, "'[' does not belong");
	refuse("<html>", -EBADMSG, "'<' does not belong");
	refuse("{'a' 1}", -EBADMSG, "'1' does not belong");
	refuse("{'a':1,}", -EBADMSG, "'}' does not belong");
	refuse("{'e':[1,]}", -EBADMSG, "']' does not belong");
	refuse("{'e':[1 2]}", -EBADMSG, "'2' does not belong");
	refuse("{'e':[1}", -EBADMSG, "'}' does not belong");
	refuse("{'a':[1}", -EBADMSG, "'}' does not belong");
	refuse("{'a':{]}", -EBADMSG, "']' does not belong");
	refuse("{'a':}", -EBADMSG, "'}' does not belong");
	refuse("{a:1}", -EBADMSG, "'a' does not belong");
	refuse("{} x", -EBADMSG, "behind");
	refuse("{'t':'stop'}", -ECANCELED, "stopped");
}

TEST(what_ends_too_early_is_not_complete)
{
	CLEANUP(free) char *json = quoted("{'e':[{'t':'a'}],'a':{'b':[1]}}");
	struct seen seen;
	struct why why;
	bool complete;

	for (size_t length = 0; length < strlen(json); length++) {
		assert(walk_pieces(json, length, 3, &seen, &complete, &why)
			== 0);
		assert(!complete);
	}
}

TEST(depths_and_sizes_have_bounds)
{
	const struct walk_reader reader = {
		&(struct seen){.length = 0}, on_value, on_take};
	CLEANUP(walk_free) struct walk *walk = NULL;
	static const char piece[64 << 10];
	char deep[256] = "";
	struct why why;
	int r;

	for (int i = 0; i < WALK_DEPTH_MAX; i++)
		strcat(deep, "{'e':");
	refuse(strcat(deep, "{"), -E2BIG, "deeper than 8");
	strcpy(deep, "{'a':");
	for (int i = 0; i <= WALK_NEST_MAX; i++)
		strcat(deep, "[");
	refuse(deep, -E2BIG, "deeper than 64");

	assert(walk_new(&reader, &walk) == 0);
	r = walk_feed(walk, "{\"t\":\"", 6, &why);
	for (size_t i = 0; r == 0 && i < 2 * WALK_TAKE_MAX; i += sizeof(piece))
		r = walk_feed(walk, piece, sizeof(piece), &why);
	assert(r == -E2BIG && strstr(why.text, "16 MB"));
}
