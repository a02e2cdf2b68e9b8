/* SPDX-License-Identifier: MIT */
#include "render/haproxy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/haproxy_gateway.h"
#include "render/haproxy_section.h"

#define VIEW "haproxy.cfg"

/*
 * Timeouts are those that mmsd and marathon-lb users live with; addresses never
 * fail the start on DNS. The log goes where a syslog listens, if one does. There
 * is no maxconn: HAProxy finds what the limits of its process allow, and does
 * not start with more.
 */
static const char head[] =
	"# Written by mmsdfs, which replaces it at every change.\n"
	"global\n"
	"\tlog /dev/log local0 notice\n"
	"\tspread-checks 5\n"
	"\n"
	"defaults\n"
	"\tmode tcp\n"
	"\tlog global\n"
	"\toption dontlognull\n"
	"\toption redispatch\n"
	"\tretries 3\n"
	"\ttimeout connect 5s\n"
	"\ttimeout client 50s\n"
	"\ttimeout server 50s\n"
	"\ttimeout tunnel 1h\n"
	"\ttimeout queue 30s\n"
	"\ttimeout http-request 10s\n"
	"\ttimeout http-keep-alive 10s\n"
	"\ttimeout check 5s\n"
	"\tdefault-server init-addr last,libc,none inter 10s fall 3 rise 2\n";

static const char stats[] =
	"\nlisten mmsdfs_stats\n"
	"\tbind 127.0.0.1:%u\n"
	"\tmode http\n"
	"\tmonitor-uri /health\n"
	"\tstats enable\n"
	"\tstats uri /\n"
	"\tstats refresh 10s\n";

/*
 * HAProxy does not start without any listener: with nothing else to listen on,
 * an abstract socket that nobody knows keeps the configuration valid.
 */
static const char nothing[] =
	"\nfrontend mmsdfs_nothing\n"
	"\tbind abns@mmsdfs-nothing\n";

enum { PORTS = 65536, HEAD_MAX = 2048 };

/* Who has a port: -1 is nobody, else one of these or a section. */
enum { OWNER_NONE = -1, OWNER_STATS = -2, OWNER_GATEWAY = -3 };

struct haproxy_cache {
	struct catalog *catalog; /* what sections are of; NULL: the empty one */
	const struct haproxy_settings *settings; /* for the call alone */
	struct haproxy_section **sections; /* in order of keys */
	size_t count, space;
	int32_t owners[PORTS]; /* index of sections, or as above */
};

int haproxy_cache_new(struct haproxy_cache **ret)
{
	struct haproxy_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return -ENOMEM;
	*ret = cache;
	return 0;
}

void haproxy_cache_free(struct haproxy_cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < cache->count; i++)
		haproxy_section_free(cache->sections[i]);
	free(cache->sections);
	catalog_unref(cache->catalog);
	free(cache);
}

/* Where key is, or belongs. Mostly keys come in order: the end is tried. */
static size_t find(const struct haproxy_cache *cache,
	const struct app_key *key, bool *ret_there)
{
	size_t low = 0, high = cache->count;

	*ret_there = false;
	if (high > 0
		&& app_key_compare(
			   &cache->sections[high - 1]->app->key, key)
			< 0)
		return high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = app_key_compare(
			&cache->sections[middle]->app->key, key);

		if (order == 0) {
			*ret_there = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void remove_at(struct haproxy_cache *cache, size_t at)
{
	haproxy_section_free(cache->sections[at]);
	cache->count--;
	memmove(&cache->sections[at], &cache->sections[at + 1],
		(cache->count - at) * sizeof(cache->sections[0]));
}

/* Takes over section. */
static int insert_at(struct haproxy_cache *cache, size_t at,
	struct haproxy_section *section)
{
	if (cache->count == cache->space) {
		size_t space = cache->space ? cache->space * 2 : 64;
		struct haproxy_section **larger;

		larger = reallocarray(
			cache->sections, space, sizeof(*larger));
		if (!larger) {
			haproxy_section_free(section);
			return -ENOMEM;
		}
		cache->sections = larger;
		cache->space = space;
	}
	memmove(&cache->sections[at + 1], &cache->sections[at],
		(cache->count - at) * sizeof(cache->sections[0]));
	cache->sections[at] = section;
	cache->count++;
	return 0;
}

/*
 * Also when part of it was done already: after a failure the same difference
 * comes again.
 */
static int take_change(void *context, struct app *before, struct app *after)
{
	struct haproxy_cache *cache = context;
	struct haproxy_section *section = NULL;
	bool there;
	size_t at;
	int r;

	at = find(cache, before ? &before->key : &after->key, &there);
	if (!after) {
		if (there)
			remove_at(cache, at);
		return 0;
	}
	if (there && cache->sections[at]->app == after)
		return 0;
	r = haproxy_section_new(after, cache->settings, &section);
	if (r < 0)
		return r;
	if (!there)
		return insert_at(cache, at, section);
	haproxy_section_free(cache->sections[at]);
	cache->sections[at] = section;
	return 0;
}

static int take_catalog(struct haproxy_cache *cache, struct catalog *catalog)
{
	int r;

	if (catalog == cache->catalog)
		return 0;
	r = catalog_diff(cache->catalog, catalog, take_change, cache);
	if (r < 0)
		return r;
	catalog_unref(cache->catalog);
	cache->catalog = catalog_ref(catalog);
	return 0;
}

/* The ports that no app can have. */
static void claim_own_ports(struct haproxy_cache *cache,
	const struct haproxy_settings *settings, const struct gateway *gateway)
{
	memset(cache->owners, 0xff, sizeof(cache->owners));
	cache->owners[settings->stats_port] = OWNER_STATS;
	if (gateway->http)
		cache->owners[settings->gateway_http_port] = OWNER_GATEWAY;
	if (gateway->tls)
		cache->owners[settings->gateway_https_port] = OWNER_GATEWAY;
}

static void report_claim(struct haproxy_cache *cache, size_t index,
	const struct haproxy_part *part, struct problems *problems)
{
	const struct app_key *key = &cache->sections[index]->app->key;
	int32_t owner = cache->owners[part->service_port];

	if (owner == OWNER_STATS)
		problems_add(problems, key, VIEW,
			"service port %u is that of the statistics "
			"(--haproxy-port)",
			part->service_port);
	else if (owner == OWNER_GATEWAY)
		problems_add(problems, key, VIEW,
			"service port %u is that of the virtual hosts "
			"(--gateway-http-port, --gateway-https-port)",
			part->service_port);
	else
		problems_add(problems, key, VIEW,
			"service port %u is taken by %.300s",
			part->service_port,
			cache->sections[owner]->app->key.id);
}

/* The port, if nobody before has it, is from now on that of the section. */
static bool claim_port(struct haproxy_cache *cache, size_t index,
	const struct haproxy_part *part, struct problems *problems)
{
	if (cache->owners[part->service_port] != OWNER_NONE) {
		report_claim(cache, index, part, problems);
		return false;
	}
	cache->owners[part->service_port] = (int32_t)index;
	return true;
}

/* The parts that are shown, in order. */
struct shown {
	const struct haproxy_part **parts;
	size_t count;
	size_t length; /* of their texts */
};

static size_t count_parts(const struct haproxy_cache *cache)
{
	size_t count = 0;

	for (size_t i = 0; i < cache->count; i++)
		count += cache->sections[i]->part_count;
	return count;
}

static int choose(struct haproxy_cache *cache, struct gateway *gateway,
	struct problems *problems, struct shown *shown)
{
	size_t count = count_parts(cache);
	int r = 0;

	shown->parts = calloc(count ? count : 1, sizeof(shown->parts[0]));
	if (!shown->parts)
		return -ENOMEM;
	for (size_t i = 0; i < cache->count && r == 0; i++) {
		const struct haproxy_section *section = cache->sections[i];

		if (section->problems.count)
			problems_append(problems, &section->problems);
		for (size_t j = 0; j < section->part_count && r == 0; j++) {
			const struct haproxy_part *part = &section->parts[j];

			if (!claim_port(cache, i, part, problems))
				continue;
			shown->parts[shown->count++] = part;
			shown->length += part->length;
			r = gateway_add(gateway, &section->app->key, part,
				problems);
		}
	}
	return r;
}

static size_t write_head(const struct haproxy_settings *settings,
	bool any_listener, char to[HEAD_MAX])
{
	size_t length = sizeof(head) - 1;

	memcpy(to, head, length);
	if (settings->stats_port)
		length += (size_t)snprintf(to + length, HEAD_MAX - length,
			stats, settings->stats_port);
	else if (!any_listener)
		length += (size_t)snprintf(
			to + length, HEAD_MAX - length, "%s", nothing);
	return length;
}

static int stitch(const struct haproxy_settings *settings,
	const struct shown *shown, const struct gateway *gateway,
	char **ret_text, size_t *ret_length)
{
	char top[HEAD_MAX];
	size_t length = write_head(settings,
		shown->count || gateway->http || gateway->tls, top);
	char *text, *to;

	text = malloc(length + shown->length + gateway_length(gateway) + 1);
	if (!text)
		return -ENOMEM;
	memcpy(text, top, length);
	to = gateway_write(gateway, text + length);
	for (size_t i = 0; i < shown->count; i++) {
		memcpy(to, shown->parts[i]->text, shown->parts[i]->length);
		to += shown->parts[i]->length;
	}
	*to = '\0';
	*ret_text = text;
	*ret_length = (size_t)(to - text);
	return 0;
}

static bool any_vhost(const struct haproxy_cache *cache, bool tls)
{
	for (size_t i = 0; i < cache->count; i++) {
		const struct haproxy_section *section = cache->sections[i];

		for (size_t j = 0; j < section->part_count; j++)
			if (gateway_wanted(&section->parts[j], tls))
				return true;
	}
	return false;
}

static int put_together(struct haproxy_cache *cache,
	const struct haproxy_settings *settings, struct problems *problems,
	char **ret_text, size_t *ret_length)
{
	CLEANUP(gateway_free) struct gateway *gateway = NULL;
	struct shown shown = {NULL, 0, 0};
	bool on = settings->gateway == GATEWAY_ON;
	bool off = settings->gateway == GATEWAY_OFF;
	int r;

	r = gateway_new(settings, on || (!off && any_vhost(cache, false)),
		on || (!off && any_vhost(cache, true)), &gateway);
	if (r < 0)
		return r;
	claim_own_ports(cache, settings, gateway);
	r = choose(cache, gateway, problems, &shown);
	gateway_sort(gateway);
	if (r == 0)
		r = stitch(settings, &shown, gateway, ret_text, ret_length);
	free(shown.parts);
	return r;
}

int render_haproxy(struct haproxy_cache *cache, struct catalog *catalog,
	const struct haproxy_settings *settings, struct problems *problems,
	char **ret_text, size_t *ret_length)
{
	int r;

	cache->settings = settings;
	r = take_catalog(cache, catalog);
	if (r < 0)
		return r;
	if (problems)
		problems_done(problems);
	return put_together(cache, settings, problems, ret_text, ret_length);
}
