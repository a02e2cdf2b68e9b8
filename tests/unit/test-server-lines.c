/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <string.h>

#include "fs/server_lines.h"

static void assert_server(const char *line, const char *name, const char *host,
	uint16_t port, const char *words)
{
	struct server_lines lines;

	assert(server_lines_read(line, &lines) == 0);
	assert(lines.count == 1);
	assert(strcmp(lines.servers[0].name, name) == 0);
	assert(strcmp(lines.servers[0].host, host) == 0);
	assert(lines.servers[0].port == port);
	assert(strcmp(lines.servers[0].words, words) == 0);
	server_lines_done(&lines);
}

TEST(a_line_is_a_name_an_address_and_words)
{
	assert_server("\tserver a 192.0.2.1:80 check inter 10s\n", "a",
		"192.0.2.1", 80, "check inter 10s");
	assert_server("\tserver a 192.0.2.1:80\n", "a", "192.0.2.1", 80, "");
}

TEST(hosts_are_numbers_of_both_kinds_and_names)
{
	assert_server("\tserver a [2001:db8::1]:8080 check\n", "a",
		"2001:db8::1", 8080, "check");
	assert_server("\tserver a agent-1.example:65535 check\n", "a",
		"agent-1.example", 65535, "check");
}

TEST(words_with_a_field_of_their_own_fill_it)
{
	struct server_lines lines;

	assert(server_lines_read("\tserver a 192.0.2.1:80 id 7 check weight 3"
				 " maxconn 20 disabled\n"
				 "\tserver b 192.0.2.1:81 check\n",
		       &lines)
		== 0);
	assert(lines.count == 2);
	assert(lines.servers[0].id == 7);
	assert(lines.servers[0].weight == 3);
	assert(lines.servers[0].maxconn == 20);
	assert(lines.servers[0].drained);
	assert(lines.servers[1].id == 0);
	assert(lines.servers[1].weight == 1);
	assert(lines.servers[1].maxconn == 0);
	assert(!lines.servers[1].drained);
	server_lines_done(&lines);
}

TEST(a_part_of_a_word_is_not_the_word)
{
	struct server_lines lines;

	assert(server_lines_read("\tserver a 192.0.2.1:80 guid 9 minconn 4"
				 " proxy-weight 5 disabled-not\n",
		       &lines)
		== 0);
	assert(lines.servers[0].id == 0);
	assert(lines.servers[0].weight == 1);
	assert(lines.servers[0].maxconn == 0);
	assert(!lines.servers[0].drained);
	server_lines_done(&lines);
}

TEST(no_lines_are_no_servers)
{
	struct server_lines lines;

	assert(server_lines_read("", &lines) == 0);
	assert(lines.count == 0);
	server_lines_done(&lines);
}

TEST(what_is_not_understood_is_said)
{
	struct server_lines lines;

	assert(server_lines_read("\tserver a 192.0.2.1:80 sni str(\"x\")\n",
		       &lines)
		== 1);
	assert(server_lines_read("\tserver a 192.0.2.1\n", &lines) == 1);
	assert(server_lines_read("\tserver a\n", &lines) == 1);
	assert(server_lines_read("\tserver a 192.0.2.1:80\n\tbalance first\n",
		       &lines)
		== 1);
}
