/* SPDX-License-Identifier: MIT */
#include "render/haproxy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "render/haproxy_claims.h"
#include "render/haproxy_gateway.h"
#include "render/haproxy_head.h"
#include "render/haproxy_roles.h"
#include "render/haproxy_segments.h"
#include "render/haproxy_updates.h"

/*
 * What all sections together come to, kept as long as only servers change: who
 * has which port and name is then settled, and what is left is to copy.
 */
struct together {
	bool settled; /* false: to be made anew */
	struct owned_text top; /* head, statistics, gateway; by section */
	struct text domains, apps; /* the maps */
	struct segments segments;
	struct problems problems;
};

struct haproxy_cache {
	const struct haproxy_settings *settings;
	struct catalog *catalog; /* what sections are of; NULL: the empty one */
	struct haproxy_section **sections; /* in their precedence */
	size_t count, space;
	bool torn; /* sections are of that, in part, and of what failed */
	bool roles_wanted; /* an app of a group has changed */
	struct haproxy_claims *claims;
	struct together together;
	struct updates updates; /* whose servers are not told yet */
};

static void together_done(struct together *together)
{
	owned_text_done(&together->top);
	text_done(&together->domains);
	text_done(&together->apps);
	segments_done(&together->segments);
	problems_done(&together->problems);
	*together = (struct together){.settled = false};
}

int haproxy_cache_new(
	const struct haproxy_settings *settings, struct haproxy_cache **ret)
{
	CLEANUP(haproxy_cache_free) struct haproxy_cache *cache = NULL;
	int r;

	cache = calloc(1, sizeof(*cache));
	if (!cache)
		return -ENOMEM;
	cache->settings = settings;
	r = haproxy_claims_new(settings, &cache->claims);
	if (r == 0)
		*ret = take_ptr(&cache);
	return r;
}

void haproxy_cache_free(struct haproxy_cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < cache->count; i++)
		haproxy_section_free(cache->sections[i]);
	free(cache->sections);
	together_done(&cache->together);
	haproxy_claims_free(cache->claims);
	updates_done(&cache->updates);
	catalog_unref(cache->catalog);
	free(cache);
}

/*
 * Where the section of app, in whatever version, is or belongs. Mostly apps
 * come in order: the end is tried.
 */
static size_t find(const struct haproxy_cache *cache, const struct app *app,
	bool *ret_there)
{
	size_t low = 0, high = cache->count;

	*ret_there = false;
	if (high > 0
		&& app_precedence(cache->sections[high - 1]->app, app) < 0)
		return high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = app_precedence(cache->sections[middle]->app, app);

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

/* Takes over section, which has the structure of the one at that place. */
static void replace_at(struct haproxy_cache *cache, size_t at,
	struct haproxy_section *section)
{
	struct haproxy_section *before = cache->sections[at];

	segments_replace(&cache->together.segments, before, section);
	for (size_t i = 0; i < section->part_count; i++) {
		section->parts[i].claim = before->parts[i].claim;
		updates_note(&cache->updates, cache->claims,
			section->parts[i].claim);
	}
	cache->sections[at] = section;
	haproxy_section_free(before);
}

/* Takes over section. */
static void put_at(struct haproxy_cache *cache, size_t at,
	struct haproxy_section *section)
{
	if (cache->together.settled
		&& haproxy_section_same_structure(
			cache->sections[at], section)) {
		replace_at(cache, at, section);
		return;
	}
	cache->together.settled = false;
	haproxy_section_free(cache->sections[at]);
	cache->sections[at] = section;
}

/*
 * Also when part of it was done already: after a failure the same difference
 * comes again.
 */
static int take_change(void *context, struct app *before, struct app *after)
{
	struct haproxy_cache *cache = context;
	static const struct haproxy_role alone = {.id = NULL};
	const struct haproxy_role *role = &alone;
	struct haproxy_section *section = NULL;
	bool there;
	size_t at;
	int r;

	at = find(cache, before ? before : after, &there);
	if (there && cache->sections[at]->app == after)
		return 0;
	cache->roles_wanted |= (before && haproxy_group_of(before))
		|| (after && haproxy_group_of(after));
	if (!after) {
		cache->together.settled = false;
		if (there)
			remove_at(cache, at);
		return 0;
	}
	if (there && !cache->sections[at]->role.id == !haproxy_group_of(after))
		role = &cache->sections[at]->role;
	r = haproxy_section_new(after, role, cache->settings, &section);
	if (r < 0)
		return r;
	if (there) {
		put_at(cache, at, section);
		return 0;
	}
	cache->together.settled = false;
	return insert_at(cache, at, section);
}

static int render_again(
	void *context, size_t at, const struct haproxy_role *role)
{
	struct haproxy_cache *cache = context;
	struct haproxy_section *section;
	int r;

	r = haproxy_section_new(
		cache->sections[at]->app, role, cache->settings, &section);
	if (r == 0)
		put_at(cache, at, section);
	return r;
}

/* What is not in catalog; what is there in another version goes too. */
static void remove_others(
	struct haproxy_cache *cache, struct catalog *catalog)
{
	size_t kept = 0;

	for (size_t i = 0; i < cache->count; i++) {
		struct haproxy_section *section = cache->sections[i];

		if (catalog_find(catalog, &section->app->key) == section->app) {
			cache->sections[kept++] = section;
			continue;
		}
		cache->roles_wanted |= haproxy_group_of(section->app) != NULL;
		cache->together.settled = false;
		haproxy_section_free(section);
	}
	cache->count = kept;
}

static int take_catalog(struct haproxy_cache *cache, struct catalog *catalog)
{
	int r;

	if (catalog == cache->catalog && !cache->torn)
		return 0;
	/* What was taken in vain may not be what differs now. */
	if (cache->torn)
		remove_others(cache, catalog);
	r = catalog_diff(cache->torn ? NULL : cache->catalog, catalog,
		take_change, cache);
	if (r == 0 && cache->roles_wanted)
		r = haproxy_roles_assign(
			cache->sections, cache->count, render_again, cache);
	cache->torn = r < 0;
	if (r < 0)
		return r;
	cache->roles_wanted = false;
	catalog_unref(cache->catalog);
	cache->catalog = catalog_ref(catalog);
	return 0;
}

/* That piece of a part, and of those that joined it. */
static int add_joined(
	struct haproxy_cache *cache, uint32_t claim, enum haproxy_piece piece)
{
	int r = 0;

	for (; claim != CLAIM_NONE && r == 0;
		claim = haproxy_claim_joined(cache->claims, claim)) {
		struct haproxy_section *section;
		struct haproxy_part *part = haproxy_claim_part(
			cache->claims, cache->sections, claim, &section);

		r = segments_add(
			&cache->together.segments, section, part, piece);
	}
	return r;
}

static int add_part(
	struct haproxy_cache *cache, uint32_t claim, struct gateway *gateway)
{
	struct together *together = &cache->together;
	struct segments *segments = &together->segments;
	struct haproxy_section *section;
	struct haproxy_part *part = haproxy_claim_part(
		cache->claims, cache->sections, claim, &section);
	int r = 0;

	if (part->userlist.length)
		r = segments_add(segments, section, part, PIECE_USERLIST);
	if (r == 0)
		r = segments_add(segments, section, part, PIECE_TEXT);
	if (r == 0)
		r = add_joined(cache, claim, PIECE_SERVERS);
	if (r == 0 && part->tls_text.length) {
		r = segments_add(segments, section, part, PIECE_TLS_TEXT);
		if (r == 0)
			r = add_joined(cache, claim, PIECE_TLS_SERVERS);
	}
	return r < 0 ? r
		     : gateway_add(gateway, section,
			       haproxy_claim_section(cache->claims, claim),
			       part, &together->problems);
}

static int choose(struct haproxy_cache *cache, struct gateway *gateway)
{
	struct together *together = &cache->together;
	int r;

	r = haproxy_claims_make(cache->claims, cache->sections, cache->count,
		gateway_http(gateway), gateway_https(gateway),
		&together->problems, render_again, cache);
	for (size_t i = 0; i < cache->count; i++) {
		problems_append(&together->problems,
			&cache->sections[i]->problems);
		segments_forget(cache->sections[i]);
	}
	for (uint32_t i = 0; r == 0 && i < haproxy_claims_count(cache->claims);
		i++)
		if (!haproxy_claim_is_joined(cache->claims, i))
			r = add_part(cache, i, gateway);
	return r;
}

static int write_top(struct haproxy_cache *cache, struct gateway *gateway)
{
	const struct haproxy_settings *settings = cache->settings;
	struct owned_text *top = &cache->together.top;
	bool any_listener = cache->together.segments.count
		|| settings->appid_port || gateway_http(gateway)
		|| gateway_https(gateway) || settings->tail;

	haproxy_head_write(settings, any_listener, &top->text);
	owned_text_give(top, OWNER_NONE);
	return gateway_write(gateway, top);
}

/* Everybody is looked at: who has which port, and which name. */
static int settle(struct haproxy_cache *cache)
{
	CLEANUP(gateway_free) struct gateway *gateway = NULL;
	struct together *together = &cache->together;
	int r;

	together_done(together);
	r = gateway_new(cache->settings, &gateway);
	if (r < 0)
		return r;
	for (size_t i = 0; i < cache->count; i++)
		gateway_look(gateway, cache->sections[i]);
	r = choose(cache, gateway);
	if (r == 0)
		r = write_top(cache, gateway);
	if (r == 0 && cache->settings->map) {
		gateway_write_domains(gateway, &together->domains);
		gateway_write_apps(gateway, &together->apps);
		if (together->domains.failed || together->apps.failed)
			r = -ENOMEM;
	}
	together->settled = r == 0;
	updates_note_all(&cache->updates);
	return r;
}

int haproxy_take(struct haproxy_cache *cache, struct catalog *catalog)
{
	int r = take_catalog(cache, catalog);

	return r == 0 && !cache->together.settled ? settle(cache) : r;
}

static int stitch(const struct haproxy_cache *cache, char **ret_text,
	size_t *ret_length)
{
	const struct together *together = &cache->together;
	const char *tail = cache->settings->tail;
	size_t tail_length = tail ? strlen(tail) : 0;
	size_t length = together->top.text.length + together->segments.length
		+ tail_length;
	char *text = malloc(length + 1), *to = text;

	if (!text)
		return -ENOMEM;
	memcpy(to, together->top.text.at, together->top.text.length);
	to += together->top.text.length;
	to = segments_copy(&together->segments, to);
	if (tail)
		memcpy(to, tail, tail_length);
	text[length] = '\0';
	*ret_text = text;
	*ret_length = length;
	return 0;
}

int haproxy_text(const struct haproxy_cache *cache, enum haproxy_file file,
	char **ret_text, size_t *ret_length)
{
	const struct text *map = file == HAPROXY_DOMAIN_MAP
		? &cache->together.domains
		: &cache->together.apps;

	if (file == HAPROXY_CFG)
		return stitch(cache, ret_text, ret_length);
	*ret_text = NULL;
	*ret_length = 0;
	if (!cache->settings->map)
		return 0;
	*ret_text = malloc(map->length + 1);
	if (!*ret_text)
		return -ENOMEM;
	if (map->length)
		memcpy(*ret_text, map->at, map->length);
	(*ret_text)[map->length] = '\0';
	*ret_length = map->length;
	return 0;
}

int haproxy_backends(struct haproxy_cache *cache, bool all,
	haproxy_backend *found, void *context)
{
	return updates_give(&cache->updates, cache->claims, cache->sections,
		all, found, context);
}

void haproxy_problems(
	const struct haproxy_cache *cache, struct problems *problems)
{
	problems_done(problems);
	problems_append(problems, &cache->together.problems);
}

const struct app *haproxy_line_owner(
	const struct haproxy_cache *cache, size_t line)
{
	const struct together *together = &cache->together;
	const struct haproxy_section *section;
	size_t at;

	if (line-- == 0 || !together->settled)
		return NULL;
	at = text_find_line(
		together->top.text.at, together->top.text.length, &line);
	if (at != SIZE_MAX) {
		uint32_t owner = owned_text_owner(&together->top, at);

		return owner == OWNER_NONE ? NULL
					   : cache->sections[owner]->app;
	}
	section = segments_line_owner(&together->segments, line);
	return section ? section->app : NULL;
}

int haproxy_same_structure(const struct haproxy_settings *settings,
	struct app *a, struct app *b)
{
	CLEANUP(haproxy_section_free) struct haproxy_section *x = NULL;
	CLEANUP(haproxy_section_free) struct haproxy_section *y = NULL;
	static const struct haproxy_role alone = {.id = NULL};
	int r;

	if (!a || !b)
		return a == b;
	r = haproxy_section_new(a, &alone, settings, &x);
	if (r == 0)
		r = haproxy_section_new(b, &alone, settings, &y);
	return r < 0 ? r : haproxy_section_same_structure(x, y);
}
