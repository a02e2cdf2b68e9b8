/* SPDX-License-Identifier: MIT */
#include "render/haproxy_gateway_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	UNION_MAX = 800, /* of what the services of a host say, in one line */
};

static bool has_tls_wildcard(const struct gateway *gateway)
{
	for (size_t i = 0; i < gateway->block_count; i++)
		if (gateway->blocks[i].block->kind == VHOST_TLS
			&& gateway->blocks[i].block->wildcard)
			return true;
	return false;
}

static void write_router_head(
	const struct gateway *gateway, struct owned_text *to)
{
	if (!gateway_write_own_head(
		    gateway, to, TEMPLATE_HTTPS_GROUPED_FRONTEND_HEAD))
		text_addf(&to->text,
			"\nfrontend marathon_https_in\n"
			"\tbind %s:%u\n"
			"\tmode tcp\n"
			"\ttcp-request inspect-delay 5s\n"
			"\ttcp-request content accept if "
			"{ req.ssl_hello_type 1 }\n",
			gateway_bind(gateway->settings),
			gateway->settings->gateway_https_port);
	owned_text_give(to, OWNER_NONE);
}

/* Words that are there already, whole. */
static bool has_words(const struct text *text, size_t start,
	const char *words, size_t length)
{
	const char *at_word, *end;

	if (text->length == start)
		return false;
	at_word = text->at + start;
	end = text->at + text->length;
	while ((at_word = memmem(at_word, (size_t)(end - at_word), words,
			length))) {
		if (at_word + length == end || at_word[length] == ' ')
			return true;
		at_word++;
	}
	return false;
}

/* What the services of one host say, each once, or what all have. */
static void write_union(struct text *to, const struct hosted *hosts,
	size_t count, bool certs, const char *otherwise)
{
	size_t start = to->length;

	for (size_t i = 0; i < count; i++) {
		const struct haproxy_section *section =
			hosts[i].placed->section;
		const struct span *span = certs
			? &hosts[i].placed->part->certs
			: &hosts[i].placed->part->tls_options;

		if (span->length == 0
			|| to->length - start + span->length > UNION_MAX
			|| has_words(to, start, span_text(section, span),
				span->length))
			continue;
		text_add(to, span_text(section, span), span->length);
	}
	if (to->length == start)
		text_add_string(to, otherwise);
	text_add(to, "", 1);
}

static void write_host(const struct gateway *gateway, struct owned_text *to,
	const struct hosted *hosts, size_t count)
{
	char name[HOST_LISTENER_SIZE];
	struct text certs = {.at = NULL}, all = {.at = NULL};
	struct text options = {.at = NULL};
	const char *values[FIELD_COUNT] = {
		[FIELD_name] = name, [FIELD_host] = name};

	gateway_host_listener(&hosts[0], name);
	gateway_write_certs(&all, gateway->settings->ssl_certs);
	write_union(&certs, hosts, count, true, all.at ? all.at : "");
	write_union(&options, hosts, count, false, "");
	if (all.failed || certs.failed || options.failed) {
		to->text.failed = true;
	} else {
		values[FIELD_sslCerts] = certs.at + strspn(certs.at, " ");
		values[FIELD_bindOptions] = options.at;
		gateway_write_template(gateway, to,
			TEMPLATE_HTTPS_GROUPED_VHOST_BACKEND_HEAD, values);
		gateway_write_template(gateway, to,
			TEMPLATE_HTTPS_GROUPED_VHOST_FRONTEND_HEAD, values);
		if (hosts[0].placed->block->wildcard)
			gateway_write_wildcards(gateway, to);
		owned_text_give(to, hosts[0].placed->index);
	}
	for (enum zone zone = 0; zone < ZONES; zone++)
		for (size_t i = 0; i < count; i++) {
			const struct placed *placed = hosts[i].placed;

			gateway_write_zone(to, placed,
				&placed->block->https_before, zone);
			gateway_write_zone(to, placed,
				&hosts[i].vhost->https, zone);
		}
	text_done(&all);
	text_done(&certs);
	text_done(&options);
}

/* Its own listener, or the one for all. */
static void write_route(const struct gateway *gateway, struct owned_text *to,
	const struct hosted *hosted)
{
	char name[HOST_LISTENER_SIZE] = "marathon_https_end";
	char host[HAPROXY_VHOST_SIZE], match[HAPROXY_VHOST_SIZE + 64];
	const char *values[FIELD_COUNT] = {
		[FIELD_backend] = name,
		[FIELD_hostMatch] = match,
		[FIELD_hostname] = host,
	};

	if (gateway->settings->group_https)
		gateway_host_listener(hosted, name);
	gateway_host_text(hosted, host);
	snprintf(match, sizeof(match), "req.ssl_sni,lower -m %s %s",
		hosted->placed->block->wildcard ? "end" : "str", host);
	gateway_write_template(gateway, to,
		TEMPLATE_HTTPS_GROUPED_VHOST_FRONTEND_ACL, values);
	owned_text_give(to, hosted->placed->index);
}

/* A wildcard that is passed through is for what nobody says more exactly. */
static bool goes_before(const struct hosted *hosted, const struct placed *tls)
{
	return tls->block->wildcard
		&& (!hosted->placed->block->wildcard
			|| hosted->vhost->host.length > placed_length(tls));
}

/* By SNI: what is passed through, and the hosts whose TLS is ended here. */
static void write_routes(const struct gateway *gateway, struct owned_text *to,
	const struct hosted *hosts, size_t count)
{
	size_t next = 0;

	for (size_t i = 0; i < gateway->block_count; i++) {
		const struct placed *placed = &gateway->blocks[i];

		if (placed->block->kind != VHOST_TLS)
			continue;
		for (; next < count && goes_before(&hosts[next], placed);
			next += gateway_same_hosts(hosts + next, count - next))
			write_route(gateway, to, &hosts[next]);
		gateway_write_block(to, placed, false, ZONE_BACKENDS);
	}
	for (; next < count;
		next += gateway_same_hosts(hosts + next, count - next))
		write_route(gateway, to, &hosts[next]);
}

void gateway_write_grouped(const struct gateway *gateway, struct owned_text *to)
{
	struct hosted *hosts;
	size_t count, same;

	if (gateway_find_hosts(gateway, &hosts, &count) < 0) {
		to->text.failed = true;
		return;
	}
	write_router_head(gateway, to);
	write_routes(gateway, to, hosts, count);
	gateway_write_default(gateway, to, true);
	for (size_t i = 0; i < count; i += same) {
		same = gateway_same_hosts(hosts + i, count - i);
		write_host(gateway, to, hosts + i, same);
	}
	free(hosts);
}

void gateway_write_router(
	const struct gateway *gateway, struct owned_text *to, bool ends)
{
	bool rest = gateway->default_tls.section || has_tls_wildcard(gateway);
	struct hosted *hosts = NULL;
	size_t count = 0;

	if (ends && rest && gateway_find_hosts(gateway, &hosts, &count) < 0)
		to->text.failed = true;
	write_router_head(gateway, to);
	write_routes(gateway, to, hosts, count);
	free(hosts);
	if (gateway->default_tls.section)
		gateway_write_default(gateway, to, true);
	else if (ends)
		text_add_string(&to->text,
			"\tdefault_backend marathon_https_end\n");
	owned_text_give(to, OWNER_NONE);
}
