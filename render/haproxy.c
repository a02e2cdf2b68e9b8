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

/* The text of one part that is shown. */
struct segment {
	const char *text;
	size_t length;
};

/*
 * What all sections together come to, kept as long as only texts change: who
 * has which port and name is then settled, and what is left is to copy.
 */
struct together {
	bool settled; /* false: to be made anew */
	char *top;    /* head, statistics, gateway */
	size_t top_length;
	struct segment *segments; /* of the parts that are shown, in order */
	size_t segment_count;
	size_t length; /* of all segments */
	struct problems problems;
};

struct haproxy_cache {
	struct catalog *catalog; /* what sections are of; NULL: the empty one */
	const struct haproxy_settings *settings; /* for the call alone */
	struct haproxy_section **sections; /* in order of keys */
	size_t count, space;
	struct together together;
	int32_t owners[PORTS]; /* index of sections, or as above */
};

static void together_done(struct together *together)
{
	free(together->top);
	free(together->segments);
	problems_done(&together->problems);
	*together = (struct together){.settled = false};
}

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
	together_done(&cache->together);
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

/* Takes over section, which asks for what the one at that place asked for. */
static void replace_at(struct haproxy_cache *cache, size_t at,
	struct haproxy_section *section)
{
	struct haproxy_section *before = cache->sections[at];
	struct together *together = &cache->together;
	size_t segment = before->segment;

	section->segment = segment;
	for (size_t i = 0; i < section->part_count; i++) {
		struct haproxy_part *part = &section->parts[i];

		part->shown = before->parts[i].shown;
		if (!part->shown)
			continue;
		together->length += part->length - before->parts[i].length;
		together->segments[segment++] =
			(struct segment){part->text, part->length};
	}
	cache->sections[at] = section;
	haproxy_section_free(before);
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
	if (there && cache->sections[at]->app == after)
		return 0;
	if (!after) {
		cache->together.settled = false;
		if (there)
			remove_at(cache, at);
		return 0;
	}
	r = haproxy_section_new(after, cache->settings, &section);
	if (r < 0)
		return r;
	if (there && cache->together.settled
		&& haproxy_section_claims_same(cache->sections[at], section)) {
		replace_at(cache, at, section);
		return 0;
	}
	cache->together.settled = false;
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

static size_t count_parts(const struct haproxy_cache *cache)
{
	size_t count = 0;

	for (size_t i = 0; i < cache->count; i++)
		count += cache->sections[i]->part_count;
	return count;
}

static int choose_parts(
	struct haproxy_cache *cache, size_t index, struct gateway *gateway)
{
	struct haproxy_section *section = cache->sections[index];
	struct together *together = &cache->together;
	int r = 0;

	section->segment = together->segment_count;
	for (size_t i = 0; i < section->part_count && r == 0; i++) {
		struct haproxy_part *part = &section->parts[i];

		part->shown = claim_port(
			cache, index, part, &together->problems);
		if (!part->shown)
			continue;
		together->segments[together->segment_count++] =
			(struct segment){part->text, part->length};
		together->length += part->length;
		r = gateway_add(gateway, &section->app->key, part,
			&together->problems);
	}
	return r;
}

static int choose(struct haproxy_cache *cache, struct gateway *gateway)
{
	struct together *together = &cache->together;
	size_t count = count_parts(cache);
	int r = 0;

	together->segments =
		calloc(count ? count : 1, sizeof(together->segments[0]));
	if (!together->segments)
		return -ENOMEM;
	for (size_t i = 0; i < cache->count && r == 0; i++) {
		problems_append(&together->problems,
			&cache->sections[i]->problems);
		r = choose_parts(cache, i, gateway);
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

static int write_top(struct together *together,
	const struct haproxy_settings *settings, const struct gateway *gateway)
{
	bool any_listener =
		together->segment_count || gateway->http || gateway->tls;
	size_t length;

	together->top = malloc(HEAD_MAX + gateway_length(gateway));
	if (!together->top)
		return -ENOMEM;
	length = write_head(settings, any_listener, together->top);
	together->top_length =
		(size_t)(gateway_write(gateway, together->top + length)
			- together->top);
	return 0;
}

static bool any_vhost(const struct haproxy_cache *cache, bool tls)
{
	for (size_t i = 0; i < cache->count; i++) {
		const struct haproxy_section *section = cache->sections[i];

		for (size_t j = 0; j < section->vhost_count; j++)
			if (gateway_is_tls(&section->vhosts[j]) == tls)
				return true;
	}
	return false;
}

/* Everybody is looked at: who has which port, and which name. */
static int settle(struct haproxy_cache *cache)
{
	const struct haproxy_settings *settings = cache->settings;
	CLEANUP(gateway_free) struct gateway *gateway = NULL;
	bool on = settings->gateway == GATEWAY_ON;
	bool off = settings->gateway == GATEWAY_OFF;
	int r;

	together_done(&cache->together);
	r = gateway_new(settings, on || (!off && any_vhost(cache, false)),
		on || (!off && any_vhost(cache, true)), &gateway);
	if (r < 0)
		return r;
	claim_own_ports(cache, settings, gateway);
	r = choose(cache, gateway);
	gateway_sort(gateway);
	if (r == 0)
		r = write_top(&cache->together, settings, gateway);
	cache->together.settled = r == 0;
	return r;
}

static int stitch(const struct together *together, char **ret_text,
	size_t *ret_length)
{
	size_t length = together->top_length + together->length;
	char *text = malloc(length + 1), *to;

	if (!text)
		return -ENOMEM;
	memcpy(text, together->top, together->top_length);
	to = text + together->top_length;
	for (size_t i = 0; i < together->segment_count; i++) {
		memcpy(to, together->segments[i].text,
			together->segments[i].length);
		to += together->segments[i].length;
	}
	*to = '\0';
	*ret_text = text;
	*ret_length = length;
	return 0;
}

int render_haproxy(struct haproxy_cache *cache, struct catalog *catalog,
	const struct haproxy_settings *settings, struct problems *problems,
	char **ret_text, size_t *ret_length)
{
	int r;

	cache->settings = settings;
	r = take_catalog(cache, catalog);
	if (r == 0 && !cache->together.settled)
		r = settle(cache);
	if (r < 0)
		return r;
	if (problems) {
		problems_done(problems);
		problems_append(problems, &cache->together.problems);
	}
	return stitch(&cache->together, ret_text, ret_length);
}
