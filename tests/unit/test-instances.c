/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <string.h>

#include "render/instances.h"
#include "tests/unit/maker.h"

static void expect(const struct app *app, uint32_t port_index,
	enum instances_format format, const char *expected)
{
	CLEANUP(free) char *text = NULL;
	size_t length = 0;

	assert(render_instances(app, port_index, format, NULL, &text, &length)
		== 0);
	assert(length == strlen(text));
	if (strcmp(text, expected) != 0)
		printf("got:\n%swanted:\n%s", text, expected);
	assert(strcmp(text, expected) == 0);
}

TEST(lines_are_sorted_by_host_then_port_number)
{
	CLEANUP(app_unref) struct app *app = NULL;
	struct maker m;

	maker_begin(&m, "/a");
	maker_port(&m, 10000);
	maker_instance(&m, "agent-2", 31000);
	maker_instance(&m, "agent-1", 31000);
	maker_instance(&m, "agent-1", 4000);
	app = maker_done(&m);
	expect(app, 0, INSTANCES_PLAIN,
		"agent-1:4000\nagent-1:31000\nagent-2:31000\n");
}

TEST(a_port_sorts_by_its_own_number)
{
	CLEANUP(app_unref) struct app *app = NULL;
	struct maker m;

	maker_begin(&m, "/a");
	maker_port(&m, 10000);
	maker_port(&m, 10001);
	maker_instance(&m, "agent", 1);
	maker_instance(&m, "agent", 2);
	m.endpoints[0][1].port = 9;
	m.endpoints[1][1].port = 8;
	app = maker_done(&m);
	expect(app, 0, INSTANCES_PLAIN, "agent:1\nagent:2\n");
	expect(app, 1, INSTANCES_PLAIN, "agent:8\nagent:9\n");
}

TEST(nothing_is_listed_twice)
{
	CLEANUP(app_unref) struct app *app = NULL;
	struct maker m;

	maker_begin(&m, "/a");
	maker_port(&m, 10000);
	for (int i = 0; i < 5; i++)
		maker_instance(&m, i % 2 ? "b" : "a", 31000);
	app = maker_done(&m);
	expect(app, 0, INSTANCES_PLAIN, "a:31000\nb:31000\n");
}

TEST(only_what_serves_on_that_port_is_listed)
{
	CLEANUP(app_unref) struct app *app = NULL;
	struct maker m;

	maker_begin(&m, "/a");
	maker_port(&m, 10000);
	maker_instance(&m, "a", 1)->state = INSTANCE_UNHEALTHY;
	maker_instance(&m, "b", 0);
	maker_instance(&m, "c", 3);
	maker_instance(&m, "d", 4)->state = INSTANCE_KILLING;
	app = maker_done(&m);
	expect(app, 0, INSTANCES_PLAIN, "c:3\n");
	expect(app, 7, INSTANCES_PLAIN, "");
}

TEST(an_app_without_instances_is_an_empty_file)
{
	CLEANUP(app_unref) struct app *app =
		app_with_ports("/a", "marathon", 1);

	expect(app, 0, INSTANCES_PLAIN, "");
}

TEST(ipv6_wears_brackets)
{
	CLEANUP(app_unref) struct app *app = NULL;
	struct maker m;

	maker_begin(&m, "/a");
	maker_port(&m, 10000);
	maker_instance(&m, "fd00::1", 31000);
	maker_instance(&m, "10.0.0.1", 31000);
	app = maker_done(&m);
	expect(app, 0, INSTANCES_PLAIN, "10.0.0.1:31000\n[fd00::1]:31000\n");
}

TEST(a_host_that_would_break_the_line_is_left_out_and_reported)
{
	CLEANUP(app_unref) struct app *app = NULL;
	CLEANUP(free) char *text = NULL;
	struct problems problems = {0};
	struct maker m;
	size_t length;

	maker_begin(&m, "/a");
	maker_port(&m, 10000);
	maker_instance(&m, "evil\nother:1", 31000);
	maker_instance(&m, "a b", 31000);
	maker_instance(&m, "", 31000);
	maker_instance(&m, "x:80", 31000);
	maker_instance(&m, "good", 31000);
	app = maker_done(&m);
	assert(render_instances(app, 0, INSTANCES_PLAIN, &problems, &text,
		       &length)
		== 0);
	assert(strcmp(text, "good:31000\n") == 0);
	assert(problems.count == 1);
	assert(strstr(problems.items[0].text, "4 instances left out"));
	problems_done(&problems);
}

TEST(headers_are_as_mmsd_wrote_them)
{
	CLEANUP(app_unref) struct app *app = NULL;
	struct maker m;

	maker_begin(&m, "/developer/trapni/php");
	maker_port(&m, 10001);
	maker_port(&m, 10002)->protocols = PORT_UDP;
	maker_check(&m, CHECK_HTTP, "/");
	maker_instance(&m, "agent-1", 31001);
	app = maker_done(&m);
	expect(app, 0, INSTANCES_HEADERS,
		"Service-Name: developer.trapni.php-0-10001\r\n"
		"Service-Port: 10001\r\n"
		"Service-Transport-Proto: tcp\r\n"
		"Service-Application-Proto: http\r\n"
		"Health-Check-Proto: http\r\n"
		"\r\n"
		"agent-1:31001\n");
	expect(app, 1, INSTANCES_HEADERS,
		"Service-Name: developer.trapni.php-1-10002\r\n"
		"Service-Port: 10002\r\n"
		"Service-Transport-Proto: udp\r\n"
		"Service-Application-Proto: udp\r\n"
		"\r\n"
		"agent-1:31002\n");
}

TEST(a_label_cannot_add_a_header)
{
	CLEANUP(app_unref) struct app *app = NULL;
	struct maker m;

	maker_begin(&m, "/a");
	maker_port(&m, 10001);
	maker_label(&m, "proto", "http\r\n\r\nevil:1");
	app = maker_done(&m);
	expect(app, 0, INSTANCES_HEADERS,
		"Service-Name: a-0-10001\r\n"
		"Service-Port: 10001\r\n"
		"Service-Transport-Proto: tcp\r\n"
		"Service-Application-Proto: tcp\r\n"
		"\r\n");
}
