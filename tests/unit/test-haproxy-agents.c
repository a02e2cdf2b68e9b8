/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "render/haproxy.h"
#include "render/instances.h"
#include "tests/unit/maker.h"

/* Servers on agents that are known by a name. */

static char *render(struct catalog *catalog)
{
	CLEANUP(haproxy_cache_free) struct haproxy_cache *cache = NULL;
	struct haproxy_settings settings = {.bind = "*", .group_size = 1};
	struct templates *templates = NULL;
	char *text = NULL;
	size_t length;

	assert(templates_new(NULL, &templates, NULL) == 0);
	settings.templates = templates;
	assert(haproxy_cache_new(&settings, &cache) == 0);
	assert(haproxy_take(cache, catalog) == 0);
	assert(haproxy_text(cache, HAPROXY_CFG, &text, &length) == 0);
	templates_free(templates);
	return text;
}

static void begin(struct maker *m, const char *id)
{
	maker_begin(m, id);
	maker_label(m, "HAPROXY_0_MODE", "http");
	maker_label(m, "HAPROXY_0_STICKY", "true");
	maker_port(m, 10000);
}

static char *render_one(struct maker *m)
{
	CLEANUP(catalog_unref) struct catalog *catalog = NULL;
	CLEANUP(app_unref) struct app *app = maker_done(m);

	catalog_put(&catalog, app);
	return render(catalog);
}

/* The number and the cookie are those of marathon-lb (peers.md 1.8). */
TEST(a_server_has_the_name_and_the_address_of_its_agent)
{
	CLEANUP(free) char *text = NULL;
	struct maker m;

	begin(&m, "/app");
	maker_instance(&m, "agent1", 1024)->address = "1.1.1.1";
	text = render_one(&m);
	assert(strstr(text, "\tserver agent1_1_1_1_1_1024 1.1.1.1:1024 id 28363 "
			    "cookie d6ad48c81f check\n"));
}

TEST(an_address_of_ipv6_stands_in_brackets)
{
	CLEANUP(free) char *text = NULL;
	struct maker m;

	begin(&m, "/app");
	maker_instance(&m, "agent1", 1024)->address = "2001:db8::1";
	text = render_one(&m);
	assert(strstr(text, "\tserver agent1_2001_db8__1_1024 "
			    "[2001:db8::1]:1024 id "));
}

TEST(without_an_address_the_name_is_both)
{
	CLEANUP(free) char *text = NULL;
	struct maker m;

	begin(&m, "/app");
	maker_instance(&m, "agent1", 1024);
	text = render_one(&m);
	assert(strstr(text, "\tserver agent1_1024 agent1:1024 id "));
}

TEST(an_address_of_its_own_is_not_that_of_the_agent)
{
	CLEANUP(free) char *text = NULL;
	struct instance *instance;
	struct maker m;

	begin(&m, "/app");
	instance = maker_instance(&m, "10.32.0.7", 1024);
	instance->host = "agent1";
	instance->address = "192.0.2.1";
	instance->looking = true;
	text = render_one(&m);
	assert(strstr(text, "\tserver agent1_10_32_0_7_1024 10.32.0.7:1024 "));
}

TEST(servers_stand_in_the_order_of_their_hosts_not_of_their_addresses)
{
	CLEANUP(free) char *text = NULL;
	const char *first, *second;
	struct maker m;

	begin(&m, "/app");
	maker_instance(&m, "agent1", 1024)->address = "192.0.2.9";
	maker_instance(&m, "agent2", 1024)->address = "192.0.2.1";
	text = render_one(&m);
	first = strstr(text, "server agent1_192_0_2_9_1024 ");
	second = strstr(text, "server agent2_192_0_2_1_1024 ");
	assert(first && second && first < second);
}

/* HAProxy could not have it as a name. */
TEST(a_long_part_of_a_name_does_no_harm_beside_an_address)
{
	CLEANUP(free) char *text = NULL;
	char host[64];
	struct maker m;

	memset(host, 'a', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	begin(&m, "/app");
	maker_instance(&m, host, 1024)->address = "192.0.2.1";
	text = render_one(&m);
	assert(strstr(text, "aaa_192_0_2_1_1024 192.0.2.1:1024 "));
}

TEST(an_instance_whose_agent_is_looked_for_is_in_its_file_and_no_server)
{
	CLEANUP(app_unref) struct app *app = NULL;
	CLEANUP(free) char *text = NULL;
	CLEANUP(free) char *lines = NULL;
	size_t length;
	struct maker m;

	begin(&m, "/app");
	maker_instance(&m, "agent1", 1024)->looking = true;
	maker_instance(&m, "agent2", 1024)->address = "192.0.2.1";
	text = render_one(&m);
	assert(!strstr(text, "agent1"));
	assert(strstr(text, "server agent2_192_0_2_1_1024 "));
	app = maker_done(&m);
	assert(render_instances(app, 0, INSTANCES_PLAIN, NULL, &lines, &length)
		== 0);
	assert(strcmp(lines, "agent1:1024\nagent2:1024\n") == 0);
}

static void add_colour(struct catalog **catalog, const char *id,
	const char *started, bool looking)
{
	CLEANUP(app_unref) struct app *app = NULL;
	struct instance *instance;
	struct maker m;

	begin(&m, id);
	maker_label(&m, "HAPROXY_DEPLOYMENT_GROUP", "shop");
	maker_label(&m, "HAPROXY_DEPLOYMENT_STARTED_AT", started);
	m.app.target = 1;
	instance = maker_instance(&m, "agent1", looking ? 1025 : 1024);
	instance->looking = looking;
	instance->address = looking ? NULL : "192.0.2.1";
	app = maker_done(&m);
	catalog_put(catalog, app);
}

TEST(who_is_looked_for_does_not_yet_take_over_from_an_older_instance)
{
	CLEANUP(catalog_unref) struct catalog *catalog = NULL;
	CLEANUP(free) char *before = NULL;
	CLEANUP(free) char *after = NULL;

	add_colour(&catalog, "/shop-blue", "2026-01-01", false);
	add_colour(&catalog, "/shop-green", "2026-01-02", true);
	before = render(catalog);
	assert(strstr(before, "server agent1_192_0_2_1_1024 "));
	assert(!strstr(before, " disabled"));
	add_colour(&catalog, "/shop-green", "2026-01-02", false);
	after = render(catalog);
	assert(strstr(after, " disabled"));
}
