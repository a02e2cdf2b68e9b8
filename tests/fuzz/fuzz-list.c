/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a reply of /v2/apps: whole, and in pieces whose size the first
 * byte says, it is refused or gives the same apps; what is read is rendered.
 */
#include <stdint.h>
#include <stdlib.h>

#include "fetch/list.h"
#include "render/haproxy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct app_reader reader = {.source = "marathon"};
static struct haproxy_settings settings = {
	.bind = "*", .stats_port = 8081, .gateway_http_port = 80,
	.gateway_https_port = 443};

static struct catalog *read_pieces(
	const char *text, size_t length, size_t piece)
{
	CLEANUP(list_free) struct list *list = NULL;
	struct catalog *catalog = NULL;
	struct why why, first_bad;
	size_t bad;
	int r = 0;

	if (list_new(&reader, NULL, &list) < 0)
		return NULL;
	for (size_t at = 0; at < length && r == 0; at += piece)
		r = list_feed(list, text + at,
			length - at < piece ? length - at : piece, &why);
	if (r < 0 || list_end(list, &catalog, &bad, &first_bad, &why) < 0)
		return NULL;
	return catalog;
}

static int differs(void *context, struct app *a, struct app *b)
{
	(void)context;
	return !a || !b || !app_same(a, b);
}

static void render(struct catalog *catalog)
{
	CLEANUP(haproxy_cache_free) struct haproxy_cache *cache = NULL;
	CLEANUP(free) char *text = NULL;
	size_t length;

	if (!settings.templates) {
		struct templates *templates = NULL;

		if (templates_new(NULL, &templates, NULL) < 0)
			abort();
		settings.templates = templates;
	}
	if (haproxy_cache_new(&settings, &cache) == 0
		&& haproxy_take(cache, catalog) == 0)
		haproxy_text(cache, HAPROXY_CFG, &text, &length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(catalog_unref) struct catalog *whole = NULL;
	CLEANUP(catalog_unref) struct catalog *pieces = NULL;
	const char *text = (const char *)data + 1;

	if (size < 2)
		return 0;
	whole = read_pieces(text, size - 1, size);
	pieces = read_pieces(text, size - 1, data[0] % 64 + 1);
	if (!whole != !pieces)
		abort();
	if (whole && catalog_diff(whole, pieces, differs, NULL) != 0)
		abort();
	if (whole)
		render(whole);
	return 0;
}
