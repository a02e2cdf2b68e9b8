/* SPDX-License-Identifier: MIT */
#include "render/haproxy_claims.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define VIEW "haproxy.cfg"

enum { PORTS = 65536, TRIES_MAX = 2000 };

struct claim {
	uint32_t section, part;
	uint32_t next;   /* with the same port at another address */
	uint32_t joined; /* the next whose servers stand here, too */
	uint32_t last;   /* the last of them */
	uint32_t owner;  /* with whom it stands */
	bool is_joined;
};

struct haproxy_claims {
	const struct haproxy_settings *settings;
	uint16_t http, https; /* of the gateway */
	struct claim *items;
	uint32_t count, space;
	uint32_t *leaders; /* sections of groups that lead them */
	uint32_t leader_count, leader_space;
	uint32_t owners[PORTS]; /* the first claim, or CLAIM_NONE */
};

int haproxy_claims_new(
	const struct haproxy_settings *settings, struct haproxy_claims **ret)
{
	struct haproxy_claims *claims = calloc(1, sizeof(*claims));

	if (!claims)
		return -ENOMEM;
	claims->settings = settings;
	*ret = claims;
	return 0;
}

void haproxy_claims_free(struct haproxy_claims *claims)
{
	if (!claims)
		return;
	free(claims->items);
	free(claims->leaders);
	free(claims);
}

uint32_t haproxy_claims_count(const struct haproxy_claims *claims)
{
	return claims->count;
}

bool haproxy_claim_is_joined(
	const struct haproxy_claims *claims, uint32_t claim)
{
	return claims->items[claim].is_joined;
}

uint32_t haproxy_claim_owner(
	const struct haproxy_claims *claims, uint32_t claim)
{
	return claims->items[claim].owner;
}

uint32_t haproxy_claim_joined(
	const struct haproxy_claims *claims, uint32_t claim)
{
	return claims->items[claim].joined;
}

uint32_t haproxy_claim_section(
	const struct haproxy_claims *claims, uint32_t claim)
{
	return claims->items[claim].section;
}

struct haproxy_part *haproxy_claim_part(const struct haproxy_claims *claims,
	struct haproxy_section **sections, uint32_t claim,
	struct haproxy_section **ret_section)
{
	const struct claim *item = &claims->items[claim];

	*ret_section = sections[item->section];
	return &sections[item->section]->parts[item->part];
}

static int append(struct haproxy_claims *claims, uint32_t section,
	uint32_t part, uint32_t *ret)
{
	if (claims->count == claims->space) {
		uint32_t space = claims->space ? claims->space * 2 : 256;
		struct claim *larger = reallocarray(
			claims->items, space, sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		claims->items = larger;
		claims->space = space;
	}
	*ret = claims->count++;
	claims->items[*ret] = (struct claim){.section = section,
		.part = part,
		.next = CLAIM_NONE,
		.joined = CLAIM_NONE,
		.last = *ret,
		.owner = *ret};
	return 0;
}

static bool same_address(const struct haproxy_section *a,
	const struct haproxy_part *x, const struct haproxy_section *b,
	const struct haproxy_part *y)
{
	return x->bind.length == y->bind.length
		&& memcmp(a->text + x->bind.at, b->text + y->bind.at,
			   x->bind.length)
		== 0;
}

/* Names are of the id and the port: two of an app's ports would have one. */
static bool same_name(const struct haproxy_section *a,
	const struct haproxy_part *x, const struct haproxy_section *b,
	const struct haproxy_part *y)
{
	return x->name.length == y->name.length
		&& memcmp(a->text + x->name.at, b->text + y->name.at,
			   x->name.length)
		== 0;
}

/*
 * The claim that is in the way; CLAIM_NONE: nobody is. Where all are reached
 * through the gateway, only a name can be.
 */
static uint32_t find_owner(const struct haproxy_claims *claims,
	struct haproxy_section **sections,
	const struct haproxy_section *section, const struct haproxy_part *part)
{
	uint32_t at = claims->owners[part->service_port];

	for (; at != CLAIM_NONE; at = claims->items[at].next) {
		struct haproxy_section *other;
		const struct haproxy_part *theirs =
			haproxy_claim_part(claims, sections, at, &other);

		if ((!part->shared
			    && same_address(section, part, other, theirs))
			|| same_name(section, part, other, theirs))
			return at;
	}
	return CLAIM_NONE;
}

/* NULL: the port is not one of our own. */
static const char *own_port(
	const struct haproxy_claims *claims, uint16_t port)
{
	const struct haproxy_settings *settings = claims->settings;

	if (port == settings->stats_port)
		return "that of the statistics (--haproxy-port)";
	if (port == claims->http || port == claims->https)
		return "that of the virtual hosts (--gateway-http-port, "
		       "--gateway-https-port)";
	if (port == settings->appid_port)
		return "that of the apps by id (--haproxy-appid-port)";
	return NULL;
}

/* Its virtual hosts are all it needs, as that port is where they are served. */
static bool is_shared(const struct haproxy_claims *claims,
	const struct haproxy_part *part)
{
	uint16_t port = part->service_port;

	return (port == claims->http || port == claims->https)
		&& port != claims->settings->stats_port
		&& (part->block_count || part->default_http.length
			|| part->default_tls.length);
}

static void join(struct haproxy_claims *claims, uint32_t owner, uint32_t claim)
{
	struct claim *items = claims->items;

	items[items[owner].last].joined = claim;
	items[owner].last = claim;
	items[claim].is_joined = true;
	items[claim].owner = owner;
}

static bool has_name(const struct haproxy_section *section,
	const struct haproxy_part *part, const struct haproxy_vhost *vhost)
{
	for (size_t i = 0; i < part->block_count; i++) {
		const struct haproxy_block *block =
			&section->blocks[part->first_block + i];

		for (size_t j = 0; j < block->count; j++)
			if (section->vhosts[block->first + j].hash
				== vhost->hash)
				return true;
	}
	return false;
}

/* Names are those of whom the port belongs to. */
static void report_names(const struct haproxy_section *section,
	const struct haproxy_part *part, const struct haproxy_section *other,
	const struct haproxy_part *theirs, struct problems *problems)
{
	for (size_t i = 0; i < part->block_count; i++) {
		const struct haproxy_block *block =
			&section->blocks[part->first_block + i];

		for (size_t j = 0; j < block->count; j++) {
			const struct haproxy_vhost *vhost =
				&section->vhosts[block->first + j];

			if (!has_name(other, theirs, vhost))
				problems_add(problems, &section->app->key,
					VIEW,
					"virtual host %.*s: the labels of "
					"%s count, as it shares service "
					"port %u",
					(int)vhost->host.length,
					span_text(section, &vhost->host),
					app_words(&other->app->key,
						&section->app->key)
						.text,
					part->service_port);
		}
	}
}

static int claim_part(struct haproxy_claims *claims,
	struct haproxy_section **sections, uint32_t index, uint32_t part_index,
	struct problems *problems)
{
	struct haproxy_section *section = sections[index], *other = NULL;
	struct haproxy_part *part = &section->parts[part_index];
	struct haproxy_part *theirs = NULL;
	const char *own = own_port(claims, part->service_port);
	uint32_t owner, claim;
	int r;

	part->shared = is_shared(claims, part);
	if (own && !part->shared) {
		problems_add(problems, &section->app->key, VIEW,
			"service port %u is %s", part->service_port, own);
		return 0;
	}
	owner = find_owner(claims, sections, section, part);
	if (owner != CLAIM_NONE) {
		theirs = haproxy_claim_part(claims, sections, owner, &other);
		if (other == section || (!part->joins && !theirs->joins)) {
			problems_add(problems, &section->app->key, VIEW,
				"service port %u is taken by %s",
				part->service_port,
				app_words(&other->app->key, &section->app->key)
					.text);
			return 0;
		}
	}
	r = append(claims, index, part_index, &claim);
	if (r < 0)
		return r;
	part->claim = claim;
	if (theirs) {
		report_names(section, part, other, theirs, problems);
		join(claims, owner, claim);
		return 0;
	}
	claims->items[claim].next = claims->owners[part->service_port];
	claims->owners[part->service_port] = claim;
	return 0;
}

static int claim_parts(struct haproxy_claims *claims,
	struct haproxy_section **sections, uint32_t index, bool joins,
	struct problems *problems)
{
	const struct haproxy_section *section = sections[index];
	int r = 0;

	for (uint32_t i = 0; i < section->part_count && r == 0; i++)
		if (section->parts[i].joins == joins && !section->role.follows)
			r = claim_part(claims, sections, index, i, problems);
	return r;
}

static bool is_free(const struct haproxy_claims *claims,
	struct haproxy_section **sections,
	const struct haproxy_section *section)
{
	for (size_t i = 0; i < section->part_count; i++) {
		const struct haproxy_part *part = &section->parts[i];

		if (!part->automatic)
			continue;
		if (own_port(claims, part->service_port)
			|| find_owner(claims, sections, section, part)
				!= CLAIM_NONE)
			return false;
		for (size_t j = 0; j < i; j++)
			if (section->parts[j].service_port
				== part->service_port)
				return false;
	}
	return true;
}

static bool is_automatic(const struct haproxy_section *section)
{
	for (size_t i = 0; i < section->part_count; i++)
		if (section->parts[i].automatic)
			return true;
	return false;
}

/* Another try, until all of an app's ports are its own. */
static int find_ports(struct haproxy_claims *claims,
	struct haproxy_section **sections, size_t at,
	haproxy_render_again *again, void *context)
{
	uint32_t range = (uint32_t)(claims->settings->ip_port_max
				 - claims->settings->ip_port_min)
		+ 50;
	int r = 0;

	if (sections[at]->role.follows || !is_automatic(sections[at]))
		return 0;
	for (uint32_t tries = 0; tries < range && tries < TRIES_MAX && r == 0;
		tries++) {
		struct haproxy_role role = sections[at]->role;

		role.tries = tries;
		if (sections[at]->role.tries != tries)
			r = again(context, at, &role);
		if (r == 0 && is_free(claims, sections, sections[at]))
			return 0;
	}
	return r;
}

static int remember_leader(struct haproxy_claims *claims, uint32_t section)
{
	if (claims->leader_count == claims->leader_space) {
		uint32_t space =
			claims->leader_space ? claims->leader_space * 2 : 8;
		uint32_t *larger = reallocarray(
			claims->leaders, space, sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		claims->leaders = larger;
		claims->leader_space = space;
	}
	claims->leaders[claims->leader_count++] = section;
	return 0;
}

/* The claim of the same port of who leads; CLAIM_NONE. */
static uint32_t find_leader(const struct haproxy_claims *claims,
	struct haproxy_section **sections, const char *id,
	uint32_t port_index)
{
	for (uint32_t i = 0; i < claims->leader_count; i++) {
		const struct haproxy_section *leader =
			sections[claims->leaders[i]];

		if (strcmp(leader->role.id, id) != 0)
			continue;
		for (size_t j = 0; j < leader->part_count; j++)
			if (leader->parts[j].port_index == port_index)
				return leader->parts[j].claim;
	}
	return CLAIM_NONE;
}

static int follow(struct haproxy_claims *claims,
	struct haproxy_section **sections, uint32_t index)
{
	struct haproxy_section *section = sections[index];

	for (uint32_t i = 0; i < section->part_count; i++) {
		uint32_t owner = find_leader(claims, sections,
			section->role.id, section->parts[i].port_index);
		uint32_t claim;
		int r;

		if (owner == CLAIM_NONE)
			continue;
		r = append(claims, index, i, &claim);
		if (r < 0)
			return r;
		join(claims, owner, claim);
		section->parts[i].claim = claim;
	}
	return 0;
}

int haproxy_claims_make(struct haproxy_claims *claims,
	struct haproxy_section **sections, size_t count, uint16_t http,
	uint16_t https, struct problems *problems, haproxy_render_again *again,
	void *context)
{
	bool followers = false;
	int r = 0;

	memset(claims->owners, 0xff, sizeof(claims->owners));
	claims->count = 0;
	claims->leader_count = 0;
	claims->http = http;
	claims->https = https;
	for (uint32_t i = 0; i < count && r == 0; i++) {
		r = find_ports(claims, sections, i, again, context);
		for (uint32_t j = 0; j < sections[i]->part_count; j++)
			sections[i]->parts[j].claim = CLAIM_NONE;
		followers |= sections[i]->role.follows;
		r = r < 0 ? r
			  : claim_parts(claims, sections, i, false, problems);
		if (r == 0 && sections[i]->role.id
			&& !sections[i]->role.follows)
			r = remember_leader(claims, i);
	}
	/* Who joins comes to those whose port it is. */
	for (uint32_t i = 0; i < count && r == 0; i++)
		r = claim_parts(claims, sections, i, true, problems);
	for (uint32_t i = 0; i < count && r == 0 && followers; i++)
		if (sections[i]->role.follows)
			r = follow(claims, sections, i);
	return r;
}
