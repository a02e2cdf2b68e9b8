/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a file of services: it is refused with the name of the file and
 * a line that there is, or its services are claimed and rendered.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/service_claim.h"
#include "render/haproxy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct app_reader reader = {.source = "files"};
static struct haproxy_settings settings = {
	.bind = "*", .stats_port = 8081, .gateway_http_port = 80,
	.gateway_https_port = 443};

static void check_words(const char *words, const char *text, size_t size)
{
	unsigned long line, lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	if (strncmp(words, "web.json:", 9) != 0)
		abort();
	line = strtoul(words + 9, NULL, 10);
	if (line < 1 || line > lines)
		abort();
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
	CLEANUP(catalog_unref) struct catalog *catalog = NULL;
	struct service_file file = {.good = true};
	struct service_file *items[] = {&file};
	const struct service_files files = {items, 1, 1};
	const char *text = (const char *)data;
	struct service_claim claim;
	char name[] = "web.json";
	struct why why = {""};

	file.name = name;
	if (services_from_json(&reader, name, text, size, &file.list, &why)
		< 0) {
		check_words(why.text, text, size);
		return 0;
	}
	if (service_claim_make(&files, NULL, NULL, &claim) < 0)
		abort();
	if (claim.count != file.list.count
		|| catalog_edit(NULL, claim.changes, claim.count, &catalog)
			< 0)
		abort();
	render(catalog);
	service_claim_done(&claim);
	service_list_done(&file.list);
	return 0;
}
