/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/haproxy.h"
#include "render/haproxy_text.h"
#include "tests/unit/maker.h"

static const struct haproxy_settings settings = {
	.bind = "*",
	.stats_port = 8081,
	.gateway = GATEWAY_AUTO,
	.gateway_http_port = 80,
	.gateway_https_port = 443,
};

static char *render(struct haproxy_cache *cache, struct catalog *catalog,
	struct problems *problems)
{
	char *text = NULL;
	size_t length = 0;

	assert(render_haproxy(cache, catalog, &settings, problems, &text,
		       &length)
		== 0);
	assert(length == strlen(text));
	return text;
}

static char *render_fresh(struct catalog *catalog, struct problems *problems)
{
	CLEANUP(haproxy_cache_free) struct haproxy_cache *cache = NULL;

	assert(haproxy_cache_new(&cache) == 0);
	return render(cache, catalog, problems);
}

/* A generator of our own: the same run on every machine. */
static unsigned next_random(unsigned *state, unsigned below)
{
	*state = *state * 1103515245u + 12345u;
	return (*state >> 16) % below;
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
	for (unsigned i = 0; i < ports; i++)
		maker_port(&m, (uint16_t)next_random(state, 12));
	if (next_random(state, 4) == 0)
		maker_label(&m, "HAPROXY_0_VHOST", hosts[next_random(state, 4)]);
	if (next_random(state, 6) == 0)
		maker_label(&m, "lb-vhost-ssl", "tls.example.com");
	for (unsigned i = next_random(state_of_all, 4); ports && i > 0; i--)
		maker_instance(&m, "agent", (uint16_t)(1000 + i));
	return maker_done(&m);
}

TEST(what_the_cache_gives_is_what_a_fresh_one_gives)
{
	CLEANUP(haproxy_cache_free) struct haproxy_cache *cache = NULL;
	CLEANUP(catalog_unref) struct catalog *catalog = NULL;
	unsigned state = 1;

	assert(haproxy_cache_new(&cache) == 0);
	assert(catalog_edit(NULL, NULL, 0, &catalog) == 0);
	for (int round = 0; round < 2000; round++) {
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

static void expect_server(const char *host, uint16_t port, const char *name)
{
	struct address at = {.host = host, .port = port};
	char got[HAPROXY_NAME_SIZE];

	haproxy_server_name(&at, got);
	assert(strcmp(got, name) == 0);
}

TEST(no_two_places_have_one_server_name)
{
	struct address dot = {.host = "a.b", .port = 1};
	struct address bar = {.host = "a_b", .port = 1};
	char first[HAPROXY_NAME_SIZE], second[HAPROXY_NAME_SIZE];

	expect_server("192.0.2.1", 31000, "192_0_2_1_31000");
	expect_server("agent-1", 80, "agent-1_80");
	haproxy_server_name(&dot, first);
	haproxy_server_name(&bar, second);
	assert(strcmp(first, second) != 0);
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

	assert(haproxy_cache_new(&cache) == 0);
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
