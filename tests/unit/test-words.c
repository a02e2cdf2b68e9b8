/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/words.h"

/* The words of text, joined with '|'. */
static char *cut(const char *text)
{
	static char joined[4096];
	struct words words;
	struct why why = {""};

	if (words_parse(text, &words, &why) < 0) {
		printf("  %s: %s\n", text, why.text);
		assert(false);
	}
	joined[0] = '\0';
	for (size_t i = 0; words.list[i]; i++) {
		if (i > 0)
			strcat(joined, "|");
		strcat(joined, words.list[i]);
	}
	words_done(&words);
	return joined;
}

static bool is_cut(const char *text, const char *expected)
{
	const char *joined = cut(text);

	if (strcmp(joined, expected) != 0)
		printf("  %s: %s, not %s\n", text, joined, expected);
	return strcmp(joined, expected) == 0;
}

static void refuse(const char *text, int error, const char *part)
{
	struct words words = {NULL, NULL};
	struct why why = {""};

	assert(words_parse(text, &words, &why) == error);
	assert(strstr(why.text, part));
	assert(!words.list && !words.text);
}

TEST(words_stand_between_blanks)
{
	assert(is_cut("true", "true"));
	assert(is_cut(
		"  systemctl reload  haproxy ", "systemctl|reload|haproxy"));
	assert(is_cut("a\tb", "a|b"));
}

TEST(single_quotes_keep_everything)
{
	assert(is_cut("a 'b  c' d", "a|b  c|d"));
	assert(is_cut("'a\\b'", "a\\b"));
	assert(is_cut("'\"'", "\""));
	assert(is_cut("a ''", "a|"));
}

TEST(double_quotes_know_two_escapes)
{
	assert(is_cut("\"a b\" c", "a b|c"));
	assert(is_cut("\"a\\\"b\"", "a\"b"));
	assert(is_cut("\"a\\\\b\"", "a\\b"));
	assert(is_cut("\"a\\nb\"", "a\\nb"));
	assert(is_cut("\"it's\"", "it's"));
	assert(is_cut("a \"\" b", "a||b"));
}

TEST(a_backslash_takes_the_next_character)
{
	assert(is_cut("a\\ b", "a b"));
	assert(is_cut("\\'a", "'a"));
	assert(is_cut("a\\\\", "a\\"));
	assert(is_cut("\\sh:x", "sh:x"));
}

TEST(what_touches_is_one_word)
{
	assert(is_cut("a'b c'\"d\"", "ab cd"));
	assert(is_cut("--x='1 2'", "--x=1 2"));
}

TEST(nothing_is_expanded)
{
	assert(is_cut("echo $HOME `id` *", "echo|$HOME|`id`|*"));
	assert(is_cut("a ; b && c | d >e #f", "a|;|b|&&|c|||d|>e|#f"));
	assert(is_cut("~/a {b,c}", "~/a|{b,c}"));
}

TEST(sh_is_for_the_shell_and_not_cut)
{
	assert(is_cut("sh:cat $X | logger", "/bin/sh|-c|cat $X | logger"));
	assert(is_cut("sh:echo 'a", "/bin/sh|-c|echo 'a"));
	assert(is_cut("sh -c 'a b'", "sh|-c|a b"));
	assert(is_cut(" sh:x", "sh:x"));
}

TEST(what_is_no_command_is_refused)
{
	refuse("", -EINVAL, "no program");
	refuse("   ", -EINVAL, "no program");
	refuse("'' a", -EINVAL, "no program");
	refuse("a 'b", -EINVAL, "a ' is not closed");
	refuse("a \"b\\\"", -EINVAL, "a \" is not closed");
	refuse("a \\", -EINVAL, "a backslash at its end");
	refuse("sh:", -EINVAL, "nothing behind sh:");
	refuse("sh:  ", -EINVAL, "nothing behind sh:");
}

TEST(the_number_of_words_has_a_limit)
{
	char text[2 * WORDS_MAX + 3] = "";

	for (size_t i = 0; i < WORDS_MAX; i++)
		memcpy(text + 2 * i, "x ", 3);
	assert(strlen(cut(text)) == 2 * WORDS_MAX - 1);
	strcat(text, "x");
	refuse(text, -E2BIG, "more than 256 words");
}
