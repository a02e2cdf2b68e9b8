/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "render/haproxy.h"
#include "tests/unit/failing.h"
#include "tests/unit/maker.h"

/*
 * Each allocation fails in its turn. Whatever is left out then, the next call
 * gives what a fresh cache gives, also of another catalog.
 */

static struct haproxy_settings settings = {
	.bind = "*",
	.stats_port = 8081,
	.gateway = GATEWAY_AUTO,
	.gateway_http_port = 80,
	.gateway_https_port = 443,
	.appid_port = 9091,
	.ssl_certs = "/etc/a.pem,/etc/b.pem",
	.map_dir = "/mnt/haproxy",
	.socket = "/run/haproxy.sock",
	.ip_port_min = 10,
	.ip_port_max = 14,
	.group_size = 1,
};

/* One app for each letter, as kind says; of another version. */
static struct app *lettered_app(char letter, char version)
{
	char id[] = {'/', 'a', 'p', 'p', letter, '\0'};
	char host[] = {letter, '.', 't', 'e', 's', 't', '\0'};
	char group[] = {version, '\0'};
	struct maker m;

	maker_begin(&m, id);
	m.app.target = 2;
	if (letter == 'n' || letter == 'o') {
		/* Ports of its own choice, which collide. */
		m.app.network = NETWORK_CONTAINER;
		maker_port(&m, 0)->container_port = 80;
	} else {
		maker_port(&m, (uint16_t)(10000 + letter % 8));
		maker_port(&m, letter < 'd' ? (uint16_t)9000 : 0);
	}
	maker_check(&m, CHECK_HTTP, "/ping");
	if (letter % 2)
		maker_label(&m, "HAPROXY_0_VHOST", host);
	if (letter == 'e')
		maker_label(&m, "lb-vhost-ssl", "tls.example.com");
	if (letter == 'f')
		maker_label(&m, "HAPROXY_0_AUTH", "realm:user:$1$x");
	if (letter == 'g')
		maker_label(&m, "HAPROXY_0_BACKEND_HTTP_OPTIONS",
			"\toption forwardfor\n");
	if (letter == 'h')
		maker_label(&m, "HAPROXY_0_STICKY",
			version == 'a' ? "true" : "false");
	if (letter == 'i' || letter == 'j') {
		maker_label(&m, "HAPROXY_DEPLOYMENT_GROUP", group);
		maker_label(&m, "HAPROXY_DEPLOYMENT_STARTED_AT", id);
	}
	if (letter == 'k')
		maker_label(&m,
			"com.meltwater.proxymatic.port.0.servicePort", "9000");
	if (letter == 'l')
		maker_label(&m, "HAPROXY_0_PATH", "/x");
	for (char v = 'a'; v <= version; v++)
		maker_instance(&m, "agent", (uint16_t)(1000 + v));
	return maker_done(&m);
}

/* Apps of "a1 b2": letters and versions. Apps of before are the same. */
static struct catalog *catalog_of(struct catalog *before, const char *text)
{
	struct catalog *catalog = NULL;

	assert(catalog_edit(NULL, NULL, 0, &catalog) == 0);
	for (; *text; text += 2 + (text[2] == ' ')) {
		struct app *app = lettered_app(text[0], text[1]);
		struct app *old = catalog_find(before, &app->key);

		catalog_put(&catalog, old && app_same(old, app) ? old : app);
		app_unref(app);
	}
	return catalog;
}

/* All that a cache has to say. */
struct said {
	char *texts[HAPROXY_FILES];
	size_t lengths[HAPROXY_FILES];
};

static void said_done(struct said *said)
{
	for (int i = 0; i < HAPROXY_FILES; i++)
		free(said->texts[i]);
	*said = (struct said){{NULL}, {0}};
}

static int say(struct haproxy_cache *cache, struct catalog *catalog,
	struct said *ret)
{
	int r = haproxy_take(cache, catalog);

	*ret = (struct said){{NULL}, {0}};
	for (int i = 0; i < HAPROXY_FILES && r == 0; i++)
		r = haproxy_text(cache, (enum haproxy_file)i, &ret->texts[i],
			&ret->lengths[i]);
	if (r < 0)
		said_done(ret);
	return r;
}

static void expect_said(const struct said *a, const struct said *b)
{
	for (int i = 0; i < HAPROXY_FILES; i++) {
		assert(a->lengths[i] == b->lengths[i]);
		assert(!a->texts[i] == !b->texts[i]);
		assert(!a->texts[i]
			|| memcmp(a->texts[i], b->texts[i], a->lengths[i])
				== 0);
	}
}

/* A catalog, and what a fresh cache says of it. */
struct case_of {
	struct catalog *catalog;
	struct said said;
};

static struct case_of case_new(struct catalog *before, const char *text)
{
	CLEANUP(haproxy_cache_free) struct haproxy_cache *fresh = NULL;
	struct case_of c = {.catalog = catalog_of(before, text)};

	assert(haproxy_cache_new(&settings, &fresh) == 0);
	assert(say(fresh, c.catalog, &c.said) == 0);
	return c;
}

static void case_done(struct case_of *c)
{
	catalog_unref(c->catalog);
	said_done(&c->said);
}

static void expect_case(struct haproxy_cache *cache, const struct case_of *c)
{
	struct said said;

	assert(say(cache, c->catalog, &said) == 0);
	expect_said(&said, &c->said);
	said_done(&said);
}

/* To change, after first (NULL: the beginning); where that fails, to then. */
static bool fail_once(const struct case_of *first,
	const struct case_of *change, const struct case_of *then, unsigned n)
{
	CLEANUP(haproxy_cache_free) struct haproxy_cache *cache = NULL;
	struct said said;
	bool failed;
	int r;

	assert(haproxy_cache_new(&settings, &cache) == 0);
	if (first)
		expect_case(cache, first);
	failing_at(n);
	r = say(cache, change->catalog, &said);
	failed = failing_stop();
	assert(r == 0 || (r == -ENOMEM && failed));
	/* What could be done without is as it would have been. */
	if (r == 0)
		expect_said(&said, &change->said);
	said_done(&said);
	expect_case(cache, then);
	expect_case(cache, change);
	return failed;
}

static void fail_everywhere(const char *one, const char *two, const char *three)
{
	struct case_of first = case_new(NULL, one);
	struct case_of change = case_new(first.catalog, two);
	struct case_of other = case_new(first.catalog, three);

	for (unsigned n = 1; fail_once(NULL, &first, &first, n); n++)
		;
	for (unsigned n = 1; fail_once(&first, &change, &change, n); n++)
		;
	for (unsigned n = 1; fail_once(&first, &change, &first, n); n++)
		;
	for (unsigned n = 1; fail_once(&first, &change, &other, n); n++)
		;
	case_done(&first);
	case_done(&change);
	case_done(&other);
}

static void fail_all_ways(void)
{
	/* Only servers; then all kinds of apps come, change and go. */
	fail_everywhere("aa ba ca ha", "ab ba cb ha", "aa bc ca ha");
	fail_everywhere("aa ca ea ga ia ka na", "ab da ea ha ja kb la na oa",
		"aa ca da fb ga ia ja ka oa");
	fail_everywhere("ia ja", "ib ja", "ia jb");
	fail_everywhere("", "aa", "ba");
}

TEST(what_was_left_out_is_made_up_for)
{
	CLEANUP(templates_free) struct templates *templates = NULL;

	assert(templates_new(NULL, &templates, NULL) == 0);
	settings.templates = templates;
	fail_all_ways();
	settings.map = true;
	settings.group_https = true;
	fail_all_ways();
}
