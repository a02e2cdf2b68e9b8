/* SPDX-License-Identifier: MIT */
/*
 * What haproxy.cfg costs: bench-haproxy [APPS]. Apps with three servers, a
 * check, and a virtual host each fourth; from nothing, after a change of
 * servers, and after a change of a label.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "render/haproxy.h"
#include "tests/unit/maker.h"

enum { ROUNDS = 21, INSTANCES = 3 };

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void put_app(struct catalog **catalog, int index, int round, bool label)
{
	static struct maker m;
	char id[64], host[64], vhost[64];
	struct catalog_change change;
	struct catalog *next;
	struct app *app;

	snprintf(id, sizeof(id), "/group-%d/service-%05d", index % 100, index);
	snprintf(vhost, sizeof(vhost), "service-%d.example.net", index);
	maker_begin(&m, id);
	maker_port(&m, (uint16_t)(10000 + index));
	maker_check(&m, CHECK_HTTP, "/health");
	if (index % 4 == 0 || label)
		maker_label(&m, "HAPROXY_0_VHOST", vhost);
	for (int i = 0; i < INSTANCES; i++) {
		snprintf(host, sizeof(host), "10.%d.%d.%d", i, index % 250,
			(index / 250 + round) % 250);
		maker_instance(&m, host, (uint16_t)(31000 + i + round));
	}
	app = maker_done(&m);
	change = (struct catalog_change){app->key, app};
	assert(catalog_edit(*catalog, &change, 1, &next) == 0);
	app_unref(app);
	catalog_unref(*catalog);
	*catalog = next;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double render(struct haproxy_cache *cache, struct catalog *catalog)
{
	double since = now_ms();
	size_t length;
	char *text;

	assert(haproxy_take(cache, catalog) == 0);
	assert(haproxy_text(cache, HAPROXY_CFG, &text, &length) == 0);
	free(text);
	return now_ms() - since;
}

static double changes(struct haproxy_cache *cache, struct catalog **catalog,
	int apps, bool label)
{
	double took[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		put_app(catalog, i * 7919 % apps, i + 1, label);
		took[i] = render(cache, *catalog);
	}
	qsort(took, ROUNDS, sizeof(took[0]), by_value);
	return took[ROUNDS / 2];
}

int main(int argc, char **argv)
{
	int apps = argc > 1 ? atoi(argv[1]) : 10000;
	struct haproxy_settings settings = {.bind = "*", .stats_port = 8081,
		.gateway_http_port = 80, .gateway_https_port = 443,
		.group_size = 1};
	struct templates *templates;
	struct haproxy_cache *cache;
	struct catalog *catalog = NULL;

	assert(templates_new(NULL, &templates, NULL) == 0);
	settings.templates = templates;
	for (int i = 0; i < apps; i++)
		put_app(&catalog, i, 0, false);
	assert(haproxy_cache_new(&settings, &cache) == 0);
	printf("haproxy_all_ms %.2f\n", render(cache, catalog));
	printf("haproxy_servers_ms %.2f\n",
		changes(cache, &catalog, apps, false));
	printf("haproxy_label_ms %.2f\n", changes(cache, &catalog, apps, true));
	haproxy_cache_free(cache);
	templates_free(templates);
	catalog_unref(catalog);
	return 0;
}
