/* SPDX-License-Identifier: MIT */
#include "render/haproxy_gateway_impl.h"

#include <errno.h>
#include <stdlib.h>

#define VIEW "haproxy.cfg"

int gateway_new(const struct haproxy_settings *settings, struct gateway **ret)
{
	struct gateway *gateway = calloc(1, sizeof(*gateway));

	if (!gateway)
		return -ENOMEM;
	gateway->settings = settings;
	*ret = gateway;
	return 0;
}

void gateway_free(struct gateway *gateway)
{
	if (!gateway)
		return;
	free(gateway->blocks);
	free(gateway->parts);
	vhost_claims_done(&gateway->claims);
	free(gateway->wildcards);
	free(gateway);
}

void gateway_look(
	struct gateway *gateway, const struct haproxy_section *section)
{
	for (size_t i = 0; i < section->block_count; i++) {
		bool tls = section->blocks[i].kind == VHOST_TLS;

		gateway->any_tls |= tls;
		gateway->any_http |= !tls;
	}
	for (size_t i = 0; i < section->part_count; i++) {
		const struct haproxy_part *part = &section->parts[i];

		gateway->any_http |= part->default_http.length > 0;
		gateway->any_tls |= part->default_tls.length > 0;
		gateway->any_certs |= part->certs.length > 0;
	}
}

static bool is_wanted(const struct gateway *gateway, bool any)
{
	switch (gateway->settings->gateway) {
	case GATEWAY_ON:
		return true;
	case GATEWAY_OFF:
		return false;
	case GATEWAY_AUTO:
		break;
	}
	return any;
}

static bool has_http(const struct gateway *gateway)
{
	return is_wanted(gateway, gateway->any_http);
}

/* TLS is ended here. */
static bool ends_tls(const struct gateway *gateway)
{
	const struct haproxy_settings *settings = gateway->settings;

	return (settings->ssl_certs
		       || (settings->group_https && gateway->any_certs))
		&& is_wanted(gateway, gateway->any_http);
}

static bool has_own_head(const struct gateway *gateway)
{
	return templates_given(
		gateway->settings->templates, TEMPLATE_HTTPS_FRONTEND_HEAD);
}

/* TLS is passed through. */
static bool passes_tls(const struct gateway *gateway)
{
	if (ends_tls(gateway) && !gateway->settings->group_https
		&& has_own_head(gateway))
		return false;
	return is_wanted(gateway, gateway->any_tls);
}

uint16_t gateway_http(const struct gateway *gateway)
{
	return has_http(gateway) ? gateway->settings->gateway_http_port : 0;
}

uint16_t gateway_https(const struct gateway *gateway)
{
	return ends_tls(gateway) || passes_tls(gateway)
		? gateway->settings->gateway_https_port
		: 0;
}

static int add_placed(struct placed **array, size_t *count, size_t *space,
	const struct placed *placed)
{
	if (*count == *space) {
		size_t wanted = *space ? *space * 2 : 64;
		struct placed *larger =
			reallocarray(*array, wanted, sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		*array = larger;
		*space = wanted;
	}
	(*array)[*count] = *placed;
	(*array)[*count].order = *count;
	++*count;
	return 0;
}

static void report_taken(const struct haproxy_section *section,
	const struct haproxy_block *block, const struct haproxy_vhost *vhost,
	const struct haproxy_section *by, struct problems *problems)
{
	problems_add(problems, &section->app->key, VIEW,
		"virtual host%s %s%.*s is taken by %s",
		block->kind == VHOST_TLS ? " of TLS" : "",
		block->wildcard ? "*" : "", (int)vhost->host.length,
		span_text(section, &vhost->host),
		app_words(&by->app->key, &section->app->key).text);
}

static int add_block(struct gateway *gateway, const struct placed *placed,
	struct problems *problems)
{
	struct haproxy_section *section = placed->section;
	const struct haproxy_block *block = placed->block;
	bool any = false;
	int r;

	for (size_t i = 0; i < block->count; i++) {
		struct haproxy_vhost *vhost =
			&section->vhosts[block->first + i];
		const struct haproxy_section *by;

		r = vhost_claims_take(&gateway->claims, section, vhost, &by);
		if (r < 0)
			return r;
		if (vhost->taken)
			report_taken(section, block, vhost, by, problems);
		any |= !vhost->taken;
	}
	gateway->any_mapped |= any && block->mapped;
	return any ? add_placed(&gateway->blocks, &gateway->block_count,
			     &gateway->block_space, placed)
		   : 0;
}

/* Who is told by an app's id; an id may be of two sources, or of a group. */
static int add_app_key(struct gateway *gateway,
	struct haproxy_section *section, struct haproxy_vhost *key,
	struct problems *problems)
{
	const struct haproxy_section *by;
	int r = vhost_claims_take(&gateway->claims, section, key, &by);

	if (r == 0 && key->taken)
		problems_add(problems, &section->app->key, VIEW,
			"the id %.*s is taken by %.300s (of %.100s)",
			(int)key->host.length, span_text(section, &key->host),
			by->app->key.id, by->app->key.source);
	return r;
}

/* The first that wants to be it. */
static void add_default(struct placed *first, const struct placed *placed,
	const struct span *wanted, bool tls, struct problems *problems)
{
	const struct app_key *key = &placed->section->app->key;

	if (wanted->length == 0)
		return;
	if (!first->section)
		*first = *placed;
	else
		problems_add(problems, key, VIEW,
			"to be the default for other virtual hosts%s is taken "
			"by %s",
			tls ? " of TLS" : "",
			app_words(&first->section->app->key, key).text);
}

int gateway_add(struct gateway *gateway, struct haproxy_section *section,
	uint32_t index, struct haproxy_part *part, struct problems *problems)
{
	struct placed placed = {section, part, NULL, index, 0};
	int r = 0;

	for (size_t i = 0; i < part->block_count && r == 0; i++) {
		const struct haproxy_block *block =
			&section->blocks[part->first_block + i];
		bool tls = block->kind == VHOST_TLS;

		placed.block = block;
		if (tls && is_wanted(gateway, true) && !passes_tls(gateway))
			problems_add(problems, &section->app->key, VIEW,
				"TLS is not passed through, as "
				"HAPROXY_HTTPS_FRONTEND_HEAD takes its port");
		else if (tls ? passes_tls(gateway)
			     : has_http(gateway) || ends_tls(gateway))
			r = add_block(gateway, &placed, problems);
	}
	placed.block = NULL;
	if (has_http(gateway) || ends_tls(gateway))
		add_default(&gateway->default_http, &placed,
			&part->default_http, false, problems);
	if (passes_tls(gateway))
		add_default(&gateway->default_tls, &placed, &part->default_tls,
			true, problems);
	if (r < 0 || !part->app_key.host.length)
		return r;
	r = add_app_key(gateway, section, &part->app_key, problems);
	if (r == 0 && !part->app_key.taken)
		r = add_placed(&gateway->parts, &gateway->part_count,
			&gateway->part_space, &placed);
	return r;
}

static int by_rank(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	if (x->block->weight != y->block->weight)
		return x->block->weight > y->block->weight ? -1 : 1;
	if (x->block->wildcard != y->block->wildcard)
		return x->block->wildcard ? 1 : -1;
	if (x->block->wildcard && placed_length(x) != placed_length(y))
		return placed_length(x) > placed_length(y) ? -1 : 1;
	if (x->block->path_length != y->block->path_length)
		return x->block->path_length > y->block->path_length ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static void write_https(const struct gateway *gateway, struct owned_text *to)
{
	bool ends = ends_tls(gateway), passes = passes_tls(gateway);

	if (gateway->settings->group_https && (ends || passes)) {
		gateway_write_grouped(gateway, to);
		return;
	}
	if (passes)
		gateway_write_router(gateway, to, ends);
	if (ends)
		gateway_write_https_end(gateway, to, passes);
}

int gateway_write(struct gateway *gateway, struct owned_text *to)
{
	if (gateway->block_count > 1)
		qsort(gateway->blocks, gateway->block_count,
			sizeof(gateway->blocks[0]), by_rank);
	if (gateway_find_wildcards(gateway) < 0)
		return -ENOMEM;
	if (has_http(gateway))
		gateway_write_http(gateway, to);
	if (gateway->settings->appid_port)
		gateway_write_app_ids(gateway, to);
	write_https(gateway, to);
	return to->text.failed ? -ENOMEM : 0;
}

/* A line of a map: the name, and where it leads. */
static void write_entry(struct text *to, const struct placed *placed,
	const struct haproxy_vhost *vhost)
{
	const struct span *backend = &placed->part->name;

	text_add(to, span_text(placed->section, &vhost->host),
		vhost->host.length);
	text_add_string(to, " ");
	text_add(to, span_text(placed->section, backend), backend->length);
	text_add_string(to, "\n");
}

void gateway_write_domains(const struct gateway *gateway, struct text *to)
{
	for (size_t i = 0; i < gateway->block_count; i++) {
		const struct placed *placed = &gateway->blocks[i];

		for (size_t j = 0; placed->block->mapped
			     && j < placed->block->count;
			j++) {
			const struct haproxy_vhost *vhost =
				placed_vhost(placed, j);

			if (!vhost->taken)
				write_entry(to, placed, vhost);
		}
	}
}

void gateway_write_apps(const struct gateway *gateway, struct text *to)
{
	for (size_t i = 0; i < gateway->part_count; i++)
		write_entry(to, &gateway->parts[i],
			&gateway->parts[i].part->app_key);
}
