/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <string.h>

#include "fetch/cleanup.h"
#include "fs/haproxy_words.h"

static void assert_options(
	const char *defaults, const char *words, const char *expected)
{
	CLEANUP(free) char *options = NULL;

	assert(haproxy_words_options(defaults, words, &options) == 0);
	assert(strcmp(options, expected) == 0);
}

TEST(what_can_be_changed_is_no_option)
{
	assert_options(NULL, "id 14676 cookie abc check inter 10s weight 128",
		"cookie abc check inter 10s");
	assert_options(NULL, "disabled maxconn 3", "");
	assert_options(NULL, "", "");
}

TEST(defaults_come_first_so_that_the_server_wins)
{
	assert_options("init-addr last,libc,none inter 10s", "check inter 5s",
		"inter 10s check inter 5s");
}

TEST(spaces_make_no_difference)
{
	assert_options("  ", "  check \t  port   80 ", "check port 80");
}

TEST(a_value_is_not_taken_for_a_word)
{
	assert_options(NULL, "cookie weight check", "cookie weight check");
	assert(!haproxy_words_have("cookie check", "check"));
	assert(haproxy_words_have("cookie check check", "check"));
	assert(!haproxy_words_have("check-ssl verify none", "check"));
}

TEST(a_word_can_be_taken_back)
{
	assert(!haproxy_words_have("check inter 10s no-check", "check"));
	assert(haproxy_words_have("no-check check", "check"));
	assert(!haproxy_words_have("no-check-ssl", "check"));
}

TEST(the_last_value_counts)
{
	char value[8];

	haproxy_words_value("port 80 check port 8080", "port", value, 8);
	assert(strcmp(value, "8080") == 0);
	haproxy_words_value("check", "port", value, 8);
	assert(strcmp(value, "") == 0);
	haproxy_words_value("check port", "port", value, 8);
	assert(strcmp(value, "") == 0);
	haproxy_words_value("cookie abcdefghijk", "cookie", value, 8);
	assert(strcmp(value, "abcdefg") == 0);
}
