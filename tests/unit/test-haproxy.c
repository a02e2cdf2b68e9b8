/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/haproxy.h"
#include "render/haproxy_server.h"
#include "render/haproxy_text.h"
#include "tests/unit/maker.h"

static struct haproxy_settings settings = {
	.bind = "*",
	.stats_port = 8081,
	.gateway = GATEWAY_AUTO,
	.gateway_http_port = 80,
	.gateway_https_port = 443,
	.appid_port = 9091,
	.ssl_certs = "/etc/a.pem,/etc/b.pem",
	.map_dir = "/mnt/haproxy",
	.ip_port_min = 10,
	.ip_port_max = 20,
	.group_size = 1,
};

static const struct haproxy_settings *with_templates(void)
{
	static struct templates *templates;

	if (!templates)
		assert(templates_new(NULL, &templates, NULL) == 0);
	settings.templates = templates;
	return &settings;
}

static char *render(struct haproxy_cache *cache, struct catalog *catalog,
	struct problems *problems)
{
	char *text = NULL;
	size_t length = 0;

	assert(haproxy_take(cache, catalog) == 0);
	assert(haproxy_text(cache, HAPROXY_CFG, &text, &length) == 0);
	assert(length == strlen(text));
	if (problems)
		haproxy_problems(cache, problems);
	return text;
}

static char *render_fresh(struct catalog *catalog, struct problems *problems)
{
	CLEANUP(haproxy_cache_free) struct haproxy_cache *cache = NULL;

	assert(haproxy_cache_new(with_templates(), &cache) == 0);
	return render(cache, catalog, problems);
}

/* A generator of our own: the same run on every machine. */
static unsigned next_random(unsigned *state, unsigned below)
{
	*state = *state * 1103515245u + 12345u;
	return (*state >> 16) % below;
}

/* Labels that are for others, too. */
static void random_labels(unsigned *state, struct maker *m)
{
	static const char *const labels[][2] = {
		{"HAPROXY_0_PATH", "/x"},
		{"HAPROXY_0_AUTH", "realm:user:$1$x"},
		{"HAPROXY_0_REDIRECT_TO_HTTPS", "true"},
		{"HAPROXY_0_BACKEND_WEIGHT", "3"},
		{"HAPROXY_0_PORT", "7"},
		{"HAPROXY_0_BIND_ADDR", "127.0.0.1"},
		{"HAPROXY_0_STICKY", "true"},
		{"HAPROXY_0_SSL_CERT", "/etc/c.pem"},
		{"HAPROXY_0_BACKEND_HTTP_OPTIONS", "\toption forwardfor"},
		{"HAPROXY_DEPLOYMENT_GROUP", "group"},
		{"HAPROXY_DEPLOYMENT_STARTED_AT", "2026"},
		{"com.meltwater.proxymatic.port.0.servicePort", "5"},
		{"com.meltwater.proxymatic.port.0.weight", "100"},
		{"lb-vhost-default", "0"},
		{"HAPROXY_0_VHOSTS", "unknown"},
	};
	const unsigned count = sizeof(labels) / sizeof(labels[0]);

	for (unsigned i = 0; i < count; i++)
		if (next_random(state, 8) == 0)
			maker_label(m, labels[i][0], labels[i][1]);
}

/* Half of the time only the instances of an app change. */
static struct app *random_app(unsigned *state_of_all, const char *id)
{
	unsigned fixed = (unsigned)id[4] * 7919u;
	unsigned *state = next_random(state_of_all, 2) ? &fixed : state_of_all;
	static const char *const hosts[] = {
		"one.example.com", "two.example.com,*.example.com",
		"*.a.example.com", "bad host}"};
	unsigned ports = next_random(state, 3);
	struct maker m;

	maker_begin(&m, id);
	/* Few service ports, so that they collide. */
	if (next_random(state, 5) == 0) {
		m.app.network = NETWORK_CONTAINER;
		maker_port(&m, 0)->container_port =
			(uint16_t)(80 + next_random(state, 3));
		ports = 1;
	}
	for (unsigned i = 0; i < ports && m.app.network == NETWORK_HOST; i++)
		maker_port(&m, (uint16_t)next_random(state, 12));
	random_labels(state, &m);
	if (next_random(state, 4) == 0)
		maker_label(&m, "HAPROXY_0_VHOST", hosts[next_random(state, 4)]);
	if (next_random(state, 6) == 0)
		maker_label(&m, "lb-vhost-ssl", "tls.example.com");
	for (unsigned i = next_random(state_of_all, 4); ports && i > 0; i--) {
		struct instance *instance = maker_instance(
			&m, "agent", (uint16_t)(1000 + i));

		instance->looking = next_random(state_of_all, 8) == 0;
		if (next_random(state_of_all, 4) == 0)
			instance->address = "192.0.2.1";
	}
	return maker_done(&m);
}

static void compare_with_fresh(unsigned state)
{
	CLEANUP(haproxy_cache_free) struct haproxy_cache *cache = NULL;
	CLEANUP(catalog_unref) struct catalog *catalog = NULL;

	assert(haproxy_cache_new(with_templates(), &cache) == 0);
	assert(catalog_edit(NULL, NULL, 0, &catalog) == 0);
	for (int round = 0; round < 800; round++) {
		struct problems kept = {NULL, 0, 0}, fresh = {NULL, 0, 0};
		CLEANUP(free) char *a = NULL;
		CLEANUP(free) char *b = NULL;
		char id[16];

		for (unsigned i = next_random(&state, 4); i > 0; i--) {
			snprintf(id, sizeof(id), "/app%u",
				next_random(&state, 20));
			if (next_random(&state, 3) == 0) {
				catalog_drop(&catalog, id, "marathon");
			} else {
				struct app *app = random_app(&state, id);

				catalog_put(&catalog, app);
				app_unref(app);
			}
		}
		a = render(cache, catalog, &kept);
		b = render_fresh(catalog, &fresh);
		assert(strcmp(a, b) == 0);
		assert(problems_same(&kept, &fresh));
		problems_done(&kept);
		problems_done(&fresh);
	}
}

TEST(what_the_cache_gives_is_what_a_fresh_one_gives)
{
	struct haproxy_settings before = settings;

	compare_with_fresh(1);
	settings.map = true;
	compare_with_fresh(2);
	settings.group_https = true;
	compare_with_fresh(3);
	settings = before;
	settings.ssl_certs = NULL;
	settings.gateway = GATEWAY_OFF;
	settings.ip_port_max = settings.ip_port_min = 0;
	compare_with_fresh(4);
	settings = before;
}

static struct catalog *catalog_of_one(struct maker *m)
{
	CLEANUP(app_unref) struct app *app = maker_done(m);
	struct catalog *catalog = NULL;

	catalog_put(&catalog, app);
	return catalog;
}

/* From at to the end of its line. Inlined, gcc 12 warns of what is not so. */
__attribute__((noinline)) static char *rest_of_line(const char *text, const char *at)
{
	const char *place = strstr(text, at);

	assert(place);
	return strndup(place, strcspn(place, "\n"));
}

TEST(a_server_keeps_its_line_when_others_come_and_go)
{
	CLEANUP(catalog_unref) struct catalog *few = NULL;
	CLEANUP(catalog_unref) struct catalog *many = NULL;
	CLEANUP(free) char *text_few = NULL;
	CLEANUP(free) char *text_many = NULL;
	CLEANUP(free) char *line_few = NULL;
	CLEANUP(free) char *line_many = NULL;
	struct maker m;

	maker_begin(&m, "/a");
	maker_port(&m, 10000);
	maker_instance(&m, "agent-5", 31000);
	few = catalog_of_one(&m);
	maker_begin(&m, "/a");
	maker_port(&m, 10000);
	maker_instance(&m, "agent-1", 31000);
	maker_instance(&m, "agent-5", 31000);
	maker_instance(&m, "agent-9", 31000);
	many = catalog_of_one(&m);
	text_few = render_fresh(few, NULL);
	text_many = render_fresh(many, NULL);
	line_few = rest_of_line(text_few, "server agent-5_");
	line_many = rest_of_line(text_many, "server agent-5_");
	assert(strcmp(line_few, line_many) == 0);
}

static void expect_server(const char *agent, const char *host, uint16_t port,
	const char *name, uint32_t id, const char *cookie)
{
	struct instance instance = {.host = agent};
	struct address at = {
		.host = host, .port = port, .instance = &instance};
	struct server_ids ids = {.again = false};
	char got[HAPROXY_NAME_SIZE], got_cookie[HAPROXY_COOKIE_SIZE];

	haproxy_server_name(&at, got);
	assert(strcmp(got, name) == 0);
	if (!cookie)
		return;
	assert(haproxy_server_id(&ids, name) == id);
	haproxy_server_cookie(name, got_cookie);
	assert(strcmp(got_cookie, cookie) == 0);
}

/* The numbers are those of marathon-lb (peers.md 1.8). */
TEST(names_numbers_and_cookies_are_those_of_marathon_lb)
{
	expect_server("10.0.6.25", "10.0.6.25", 23336, "10_0_6_25_23336",
		14676, "60b0c37648");
	expect_server("agent1", "1.1.1.1", 1024, "agent1_1_1_1_1_1024", 28363,
		"d6ad48c81f");
	expect_server("agent-1", "agent-1", 80, "agent-1_80", 0, NULL);
}

TEST(a_number_is_given_once)
{
	struct server_ids ids = {.again = false};
	bool seen[SERVER_IDS] = {false};

	for (int i = 0; i < 20000; i++) {
		char name[32];
		uint32_t id;

		snprintf(name, sizeof(name), "server_%d", i);
		id = haproxy_server_id(&ids, name);
		assert(id > 0 && id < SERVER_IDS && !seen[id]);
		seen[id] = true;
	}
}

static void expect_path(const char *path, const char *wanted)
{
	char got[HAPROXY_PATH_MAX];

	assert(haproxy_path(path, got) == 0);
	assert(strcmp(got, wanted) == 0);
}

TEST(a_path_is_one_word_whatever_is_in_it)
{
	char got[HAPROXY_PATH_MAX], *large;

	expect_path("/a?b=c&d", "\"/a?b=c&d\"");
	expect_path("ping", "\"/ping\"");
	expect_path("/\"#\\ {}|", "\"/%22%23%5C%20%7B%7D%7C\"");
	expect_path("/$HOME", "\"/\\$HOME\"");
	expect_path("/\xc3\xa4", "\"/%C3%A4\"");
	assert(haproxy_path("/a\nbackend b", got) == -EINVAL);
	assert(haproxy_path("/a\x7f", got) == -EINVAL);
	large = calloc(1, 65536 + 1);
	assert(large);
	memset(large, 'x', 65536);
	assert(haproxy_path(large, got) == -ENAMETOOLONG);
	free(large);
}

static void expect_vhost(const char *text, const char *host, bool wildcard)
{
	char got[HAPROXY_VHOST_SIZE];
	bool is_wildcard;

	assert(haproxy_vhost(text, strlen(text), got, &is_wildcard) == 0);
	assert(strcmp(got, host) == 0);
	assert(is_wildcard == wildcard);
}

TEST(a_virtual_host_is_a_host_name_or_refused)
{
	static const char *const bad[] = {"", "a b", "a}", "a\n", "a:80", "*a",
		"a*", "\xc3\xa4.example.com", "a\"b", "a#b", "-f", "-i"};
	char got[HAPROXY_VHOST_SIZE];
	bool wildcard;

	expect_vhost("Www.Example.COM", "www.example.com", false);
	expect_vhost("*.example.com", ".example.com", true);
	expect_vhost("under_score.example", "under_score.example", false);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert(haproxy_vhost(bad[i], strlen(bad[i]), got, &wildcard)
			== -EINVAL);
}

TEST(ids_make_names_that_cannot_be_confused)
{
	char first[HAPROXY_NAME_SIZE], second[HAPROXY_NAME_SIZE];

	assert(haproxy_name("/developer/trapni/php", 10001, first) == 0);
	assert(strcmp(first, "developer_trapni_php_10001") == 0);
	assert(haproxy_name("/a/b", 1, first) == 0);
	assert(haproxy_name("/a_b", 1, second) == 0);
	assert(strcmp(first, second) != 0);
	assert(haproxy_name("/a\nbackend x", 1, first) == 0);
	assert(strcmp(first, "a_0abackend_20x_1") == 0);
}

TEST(a_port_is_the_first_ones_whoever_came_first)
{
	CLEANUP(haproxy_cache_free) struct haproxy_cache *cache = NULL;
	CLEANUP(catalog_unref) struct catalog *catalog = NULL;
	CLEANUP(free) char *before = NULL;
	CLEANUP(free) char *after = NULL;
	struct problems problems = {NULL, 0, 0};
	struct maker m;
	struct app *app;

	assert(haproxy_cache_new(with_templates(), &cache) == 0);
	maker_begin(&m, "/b");
	maker_port(&m, 10000);
	app = maker_done(&m);
	catalog_put(&catalog, app);
	app_unref(app);
	before = render(cache, catalog, &problems);
	assert(strstr(before, "backend b_10000\n"));
	assert(problems.count == 0);

	maker_begin(&m, "/a");
	maker_port(&m, 10000);
	app = maker_done(&m);
	catalog_put(&catalog, app);
	app_unref(app);
	after = render(cache, catalog, &problems);
	assert(strstr(after, "backend a_10000\n"));
	assert(!strstr(after, "backend b_10000\n"));
	assert(problems.count == 1);
	assert(strcmp(problems.items[0].key.id, "/b") == 0);
	problems_done(&problems);
}

static size_t count_of(const char *text, const char *what)
{
	size_t count = 0;

	for (; (text = strstr(text, what)); text++)
		count++;
	return count;
}

TEST(servers_of_hosts_that_look_alike_have_names_of_their_own)
{
	static const char *const hosts[] = {"a.b.c", "a.b_c", "a_b.c", "a_b_c"};
	CLEANUP(catalog_unref) struct catalog *catalog = NULL;
	CLEANUP(free) char *text = NULL;
	struct maker m;

	maker_begin(&m, "/a");
	maker_port(&m, 10000);
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		maker_instance(&m, hosts[i], 31000);
	catalog = catalog_of_one(&m);
	text = render_fresh(catalog, NULL);
	assert(count_of(text, "server a_b_c_31000 ") == 1);
	assert(count_of(text, "server a_b_c_31000_2 ") == 1);
	assert(count_of(text, "server a_b_c_31000_3 ") == 1);
	assert(count_of(text, "server a_b_c_31000_4 ") == 1);
}

/* The agent's "a.b" with "c", and "a" with "b.c". */
TEST(agents_and_addresses_do_not_run_together)
{
	CLEANUP(catalog_unref) struct catalog *catalog = NULL;
	CLEANUP(free) char *text = NULL;
	struct maker m;

	maker_begin(&m, "/a");
	maker_port(&m, 10000);
	maker_instance(&m, "b.c", 31000)->host = "a";
	maker_instance(&m, "c", 31000)->host = "a.b";
	catalog = catalog_of_one(&m);
	text = render_fresh(catalog, NULL);
	assert(count_of(text, "server a_b_c_31000 ") == 1);
	assert(count_of(text, "server a_b_c_31000_2 ") == 1);
}

TEST(the_host_of_an_agent_is_a_word_in_a_template_or_is_not_there)
{
	CLEANUP(catalog_unref) struct catalog *catalog = NULL;
	CLEANUP(free) char *text = NULL;
	struct maker m;

	maker_begin(&m, "/a");
	maker_port(&m, 10000);
	maker_label(&m, "HAPROXY_0_BACKEND_SERVER_OPTIONS",
		"\tserver {serverName} {host}:{port}");
	maker_instance(&m, "good", 31000)->host = "agent";
	maker_instance(&m, "host", 31000)->host = "x\nbackend b";
	catalog = catalog_of_one(&m);
	text = render_fresh(catalog, NULL);
	assert(strstr(text, " agent:31000\n"));
	assert(strstr(text, " host:31000\n"));
	assert(!strstr(text, "backend b\n"));
}

static void put(struct catalog **catalog, struct maker *m)
{
	CLEANUP(app_unref) struct app *app = maker_done(m);

	catalog_put(catalog, app);
}

TEST(an_app_id_is_the_first_ones)
{
	CLEANUP(catalog_unref) struct catalog *catalog = NULL;
	CLEANUP(free) char *text = NULL;
	struct problems problems = {NULL, 0, 0};
	struct maker m;

	maker_begin(&m, "/a/b");
	maker_port(&m, 10000);
	maker_label(&m, "HAPROXY_0_MODE", "http");
	put(&catalog, &m);
	maker_begin(&m, "/a.b");
	maker_port(&m, 10001);
	maker_label(&m, "HAPROXY_0_MODE", "http");
	put(&catalog, &m);
	maker_begin(&m, "/z");
	maker_port(&m, 10002);
	maker_label(&m, "HAPROXY_0_MODE", "http");
	maker_label(&m, "HAPROXY_DEPLOYMENT_GROUP", "a/b");
	put(&catalog, &m);
	text = render_fresh(catalog, &problems);
	assert(count_of(text, "-m str /a/b\n") == 1);
	assert(strstr(text, "acl app_a_b_10000 hdr(x-marathon-app-id) -i"));
	assert(strstr(text, "acl app_a.b_10001 hdr(x-marathon-app-id) -i"));
	assert(problems.count == 1);
	assert(strcmp(problems.items[0].key.id, "/z") == 0);
	problems_done(&problems);
}

/* Three names, and a realm, in one rule. */
TEST(the_longest_names_fit_a_line)
{
	CLEANUP(catalog_unref) struct catalog *catalog = NULL;
	CLEANUP(free) char *text = NULL;
	char id[384 + 1], host[253 + 1], auth[200];
	struct problems problems = {NULL, 0, 0};
	struct maker m;

	memset(id, 'i', sizeof(id) - 1);
	id[0] = '/';
	id[sizeof(id) - 1] = '\0';
	memset(host, 'h', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	memset(auth, 'r', sizeof(auth));
	memcpy(auth + 128, ":user:hash", 11);
	maker_begin(&m, id);
	maker_port(&m, 10000);
	maker_label(&m, "HAPROXY_0_VHOST", host);
	maker_label(&m, "HAPROXY_0_AUTH", auth);
	maker_label(&m, "HAPROXY_0_PATH", "/x");
	catalog = catalog_of_one(&m);
	text = render_fresh(catalog, &problems);
	assert(problems.count == 0);
	assert(strstr(text, "http-request auth realm"));
	for (const char *at = text; *at; at += strcspn(at, "\n") + 1)
		assert(strcspn(at, "\n") <= 2047);
	problems_done(&problems);
}

TEST(names_of_our_own_are_nobodys)
{
	char name[HAPROXY_NAME_SIZE];

	assert(haproxy_name("//vhost/a", 1, name) == 0);
	assert(strcmp(name, "_2fvhost_a_1") == 0);
}

/* What its fields stand for is counted, too. */
TEST(a_template_that_comes_to_too_much_is_left_out)
{
	CLEANUP(catalog_unref) struct catalog *catalog = NULL;
	CLEANUP(free) char *text = NULL;
	struct problems problems = {NULL, 0, 0};
	char path[128];
	struct maker m;

	memset(path, ' ', sizeof(path));
	for (size_t i = 0; i < 20; i++)
		memcpy(path + i * 3, "/a ", 3);
	path[59] = '\0';
	maker_begin(&m, "/a");
	maker_port(&m, 10000);
	maker_port(&m, 10001);
	maker_label(&m, "HAPROXY_0_VHOST", "www.example.com");
	maker_label(&m, "HAPROXY_0_PATH", path);
	maker_label(&m, "HAPROXY_0_HTTP_FRONTEND_ACL_WITH_PATH",
		"\tacl x path {path} {path} {path} {path}");
	catalog = catalog_of_one(&m);
	text = render_fresh(catalog, &problems);
	assert(!strstr(text, "acl x"));
	assert(!strstr(text, "a_10000"));
	assert(strstr(text, "backend a_10001\n"));
	assert(problems.count == 1);
	problems_done(&problems);
}

/* Names of listeners are those of abstract sockets, too: 107 bytes. */
TEST(each_virtual_host_has_a_listener_of_its_own)
{
	static const char *const hosts[] = {"any.example.com", "*.example.com",
		"a.b.example.com", "a_b.example.com"};
	CLEANUP(catalog_unref) struct catalog *catalog = NULL;
	CLEANUP(free) char *text = NULL;
	struct haproxy_settings before = settings;
	char host[200 + 1], id[3] = "/a";
	struct maker m;

	settings.group_https = true;
	memset(host, 'h', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	for (uint16_t i = 0; i < 6; i++) {
		maker_begin(&m, id);
		id[1]++;
		maker_port(&m, (uint16_t)(10000 + i));
		host[199] = (char)('a' + i);
		maker_label(&m, "HAPROXY_0_VHOST", i < 4 ? hosts[i] : host);
		put(&catalog, &m);
	}
	text = render_fresh(catalog, NULL);
	settings = before;
	assert(count_of(text, "\nfrontend _vhost") == 6);
	assert(count_of(text, "\nfrontend _vhost_any_example_com\n") == 1);
	assert(count_of(text, "\nfrontend _vhost-any_example_com\n") == 1);
	assert(count_of(text, "\nfrontend _vhost_a_b_example_com\n") == 1);
	assert(count_of(text, "\nfrontend _vhost_a_b_example_com.") == 1);
	for (const char *at = text; (at = strstr(at, "abns@")); at++)
		assert(strcspn(at, " \n") <= 5 + 107);
	for (const char *at = text; (at = strstr(at, "\nfrontend _vhost"));
		at++) {
		char *line = strndup(at, strcspn(at + 1, "\n") + 2);

		assert(line && count_of(text, line) == 1);
		free(line);
	}
}
