/* SPDX-License-Identifier: MIT */
#include "render/haproxy_gateway.h"

#include <errno.h>
#include <nettle/sha1.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/haproxy_vhost_claims.h"

#define VIEW "haproxy.cfg"

/* Rules of HTTP work before redirects, and these before the choice of a
 * backend, wherever they stand; HAProxy warns of any other order. */
enum zone { ZONE_RULES, ZONE_REDIRECTS, ZONE_BACKENDS, ZONES };

enum {
	UNION_MAX = 800, /* of what the services of a host say, in one line */
	HOST_NAME_MAX_LENGTH = 80,
	HOST_DIGEST = 6,
};

/* A block of a part that is shown. */
struct placed {
	struct haproxy_section *section;
	const struct haproxy_part *part;
	const struct haproxy_block *block;
	uint32_t index; /* of the section */
	size_t order;
};

struct gateway {
	const struct haproxy_settings *settings;
	bool any_http, any_tls, any_mapped, any_certs;
	struct placed *blocks; /* with names */
	size_t block_count, block_space;
	struct placed *parts; /* that can be told by app id */
	size_t part_count, part_space;
	struct vhost_claims claims;
	/* What has no name goes there; section NULL: nowhere. */
	struct placed default_http, default_tls;
	const struct placed **wildcards; /* of whole hosts, longest first */
	size_t wildcard_count;
};

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

static uint32_t first_length(const struct placed *placed)
{
	return placed->section->vhosts[placed->block->first].host.length;
}

static int by_rank(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	if (x->block->weight != y->block->weight)
		return x->block->weight > y->block->weight ? -1 : 1;
	if (x->block->wildcard != y->block->wildcard)
		return x->block->wildcard ? 1 : -1;
	if (x->block->wildcard && first_length(x) != first_length(y))
		return first_length(x) > first_length(y) ? -1 : 1;
	if (x->block->path_length != y->block->path_length)
		return x->block->path_length > y->block->path_length ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static enum zone zone_of(const char *line, size_t length)
{
	static const struct {
		const char *word;
		enum zone zone;
	} words[] = {
		{"redirect", ZONE_REDIRECTS},
		{"use_backend", ZONE_BACKENDS},
		{"default_backend", ZONE_BACKENDS},
	};
	size_t word;

	while (length > 0 && (*line == ' ' || *line == '\t')) {
		line++;
		length--;
	}
	for (word = 0; word < length && line[word] > ' '; word++)
		;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].word) == word
			&& memcmp(words[i].word, line, word) == 0)
			return words[i].zone;
	return ZONE_RULES;
}

/* Those lines of the span that belong there. */
static void write_zone(struct owned_text *to, const struct placed *placed,
	const struct span *span, enum zone zone)
{
	const char *line = span_text(placed->section, span);
	const char *end = line + span->length;
	size_t before = to->text.length;

	while (line < end) {
		const char *next = memchr(line, '\n', (size_t)(end - line));
		size_t length = next ? (size_t)(next - line) + 1
				     : (size_t)(end - line);

		if (zone_of(line, length) == zone)
			text_add(&to->text, line, length);
		line += length;
	}
	if (to->text.length != before)
		owned_text_give(to, placed->index);
}

static void write_block(struct owned_text *to, const struct placed *placed,
	bool https, enum zone zone)
{
	const struct haproxy_section *section = placed->section;
	const struct haproxy_block *block = placed->block;

	write_zone(to, placed,
		https ? &block->https_before : &block->http_before, zone);
	for (size_t i = 0; i < block->count; i++) {
		const struct haproxy_vhost *vhost =
			&section->vhosts[block->first + i];

		if (!vhost->taken)
			write_zone(to, placed,
				https ? &vhost->https : &vhost->http, zone);
	}
	if (!https)
		write_zone(to, placed, &block->http_after, zone);
}

static bool is_given(const struct gateway *gateway, enum template_id id)
{
	return templates_given(gateway->settings->templates, id);
}

static void write_map_line(const struct gateway *gateway,
	struct owned_text *to, enum template_id id)
{
	const char *values[FIELD_COUNT] = {
		[FIELD_haproxy_dir] = gateway->settings->map_dir};

	template_write(templates_get(gateway->settings->templates, id), values,
		&to->text);
	owned_text_give(to, OWNER_NONE);
}

static void write_blocks(const struct gateway *gateway, struct owned_text *to,
	bool https, enum template_id map)
{
	for (enum zone zone = 0; zone < ZONES; zone++)
		for (size_t i = 0; i < gateway->block_count; i++)
			if (gateway->blocks[i].block->kind == VHOST_HTTP)
				write_block(to, &gateway->blocks[i],
					https, zone);
	if (gateway->any_mapped)
		write_map_line(gateway, to, map);
}

static void write_default(
	const struct gateway *gateway, struct owned_text *to, bool tls)
{
	const struct placed *placed =
		tls ? &gateway->default_tls : &gateway->default_http;
	const struct span *line;

	if (!placed->section)
		return;
	line = tls ? &placed->part->default_tls : &placed->part->default_http;
	text_add(&to->text, span_text(placed->section, line), line->length);
	owned_text_give(to, placed->index);
}

static bool has_tls_wildcard(const struct gateway *gateway)
{
	for (size_t i = 0; i < gateway->block_count; i++)
		if (gateway->blocks[i].block->kind == VHOST_TLS
			&& gateway->blocks[i].block->wildcard)
			return true;
	return false;
}

static const char *bind_of(const struct haproxy_settings *settings)
{
	return settings->gateway_bind ? settings->gateway_bind
				      : settings->bind;
}

static void write_template(const struct gateway *gateway, struct owned_text *to,
	enum template_id id, const char *const values[FIELD_COUNT])
{
	template_write(
		templates_get(gateway->settings->templates, id), values,
		&to->text);
}

/* " crt a.pem crt b.pem" */
static void write_certs(struct text *to, const char *certs)
{
	while (certs && *certs) {
		size_t length = strcspn(certs, ",");

		if (length > 0)
			text_addf(to, "%scrt %.*s", to->length ? " " : "",
				(int)length, certs);
		certs += length;
		certs += *certs == ',';
	}
	text_add(to, "", 1);
}

/* A name, or what a wildcard ends in, that stands for whole hosts. */
static bool is_whole(const struct placed *placed, bool wildcard)
{
	return placed->block->kind == VHOST_HTTP
		&& placed->block->wildcard == wildcard
		&& placed->block->path_length == 0;
}

static const struct haproxy_vhost *vhost_of(
	const struct placed *placed, size_t index)
{
	return &placed->section->vhosts[placed->block->first + index];
}

/* A whole wildcard ends like the name. */
static bool is_below_wildcard(const struct gateway *gateway,
	const struct placed *placed, const struct haproxy_vhost *vhost)
{
	const char *host = span_text(placed->section, &vhost->host);

	for (size_t i = 0; i < gateway->wildcard_count; i++) {
		const struct placed *other = gateway->wildcards[i];
		const struct haproxy_vhost *wildcard = vhost_of(other, 0);

		if (vhost->host.length > wildcard->host.length
			&& memcmp(host + vhost->host.length
					   - wildcard->host.length,
				   span_text(other->section, &wildcard->host),
				   wildcard->host.length)
				== 0)
			return true;
	}
	return false;
}

static void write_exact(const struct gateway *gateway, struct owned_text *to,
	const struct placed *placed)
{
	for (size_t i = 0; i < placed->block->count; i++) {
		const struct haproxy_vhost *vhost = vhost_of(placed, i);

		if (!vhost->taken && is_below_wildcard(gateway, placed, vhost))
			text_addf(&to->text,
				"\tacl mmsdfs_exact hdr(host),field(1,:),lower "
				"-m str %.*s\n",
				(int)vhost->host.length,
				span_text(placed->section, &vhost->host));
	}
}

static int by_length(const void *a, const void *b)
{
	const struct placed *const *x = a, *const *y = b;

	if (first_length(*x) != first_length(*y))
		return first_length(*x) > first_length(*y) ? -1 : 1;
	return (*x)->order < (*y)->order ? -1 : 1;
}

/* Those that stand for whole hosts, the longest first. */
static int find_wildcards(struct gateway *gateway)
{
	size_t count = 0;

	for (size_t i = 0; i < gateway->block_count; i++)
		count += is_whole(&gateway->blocks[i], true);
	if (count == 0)
		return 0;
	gateway->wildcards = calloc(count, sizeof(*gateway->wildcards));
	if (!gateway->wildcards)
		return -ENOMEM;
	for (size_t i = 0; i < gateway->block_count; i++)
		if (is_whole(&gateway->blocks[i], true))
			gateway->wildcards[gateway->wildcard_count++] =
				&gateway->blocks[i];
	qsort(gateway->wildcards, count, sizeof(*gateway->wildcards),
		by_length);
	return 0;
}

/*
 * Which wildcard a request belongs to: the longest, and none where somebody has
 * the name for himself.
 */
static void write_wildcards(
	const struct gateway *gateway, struct owned_text *to)
{
	if (gateway->wildcard_count == 0)
		return;
	/* There is one that nobody has, so that the name is always known. */
	text_add_string(&to->text,
		"\tacl mmsdfs_exact hdr(host),field(1,:),lower -m str .\n");
	for (size_t i = 0; i < gateway->block_count; i++)
		if (is_whole(&gateway->blocks[i], false))
			write_exact(gateway, to, &gateway->blocks[i]);
	for (size_t i = 0; i < gateway->wildcard_count; i++) {
		const struct placed *placed = gateway->wildcards[i];
		const struct span *span = &vhost_of(placed, 0)->host;
		const char *host = span_text(placed->section, span);

		text_addf(&to->text,
			"\thttp-request set-var(txn.mmsdfs_host) "
			"str(%.*s) if { hdr(host),field(1,:),lower "
			"-m end %.*s } !mmsdfs_exact "
			"!{ var(txn.mmsdfs_host) -m found }\n",
			(int)span->length, host, (int)span->length, host);
	}
}

static void write_http(const struct gateway *gateway, struct owned_text *to)
{
	const struct haproxy_settings *settings = gateway->settings;
	static const char *const none[FIELD_COUNT] = {NULL};

	if (is_given(gateway, TEMPLATE_HTTP_FRONTEND_HEAD))
		write_template(
			gateway, to, TEMPLATE_HTTP_FRONTEND_HEAD, none);
	else
		text_addf(&to->text,
			"\nfrontend marathon_http_in\n"
			"\tbind %s:%u\n"
			"\tmode http\n"
			"\thttp-request set-header X-Forwarded-Proto http "
			"if !{ req.hdr(X-Forwarded-Proto) -m found }\n",
			bind_of(settings), settings->gateway_http_port);
	write_wildcards(gateway, to);
	owned_text_give(to, OWNER_NONE);
	write_blocks(gateway, to, false, TEMPLATE_MAP_HTTP_FRONTEND_ACL);
	write_default(gateway, to, false);
}

static void write_app_ids(const struct gateway *gateway, struct owned_text *to)
{
	const struct haproxy_settings *settings = gateway->settings;
	static const char *const none[FIELD_COUNT] = {NULL};

	if (is_given(gateway, TEMPLATE_HTTP_FRONTEND_APPID_HEAD))
		write_template(gateway, to, TEMPLATE_HTTP_FRONTEND_APPID_HEAD,
			none);
	else
		text_addf(&to->text,
			"\nfrontend marathon_http_appid_in\n"
			"\tbind %s:%u\n"
			"\tmode http\n",
			bind_of(settings), settings->appid_port);
	owned_text_give(to, OWNER_NONE);
	for (enum zone zone = 0; zone < ZONES; zone++)
		for (size_t i = 0; i < gateway->part_count; i++)
			write_zone(to, &gateway->parts[i],
				&gateway->parts[i].part->app_id, zone);
	if (settings->map)
		write_map_line(
			gateway, to, TEMPLATE_MAP_HTTP_FRONTEND_APPID_ACL);
}

static void write_router_head(
	const struct gateway *gateway, struct owned_text *to)
{
	static const char *const none[FIELD_COUNT] = {NULL};

	if (is_given(gateway, TEMPLATE_HTTPS_GROUPED_FRONTEND_HEAD))
		write_template(gateway, to,
			TEMPLATE_HTTPS_GROUPED_FRONTEND_HEAD, none);
	else
		text_addf(&to->text,
			"\nfrontend marathon_https_in\n"
			"\tbind %s:%u\n"
			"\tmode tcp\n"
			"\ttcp-request inspect-delay 5s\n"
			"\ttcp-request content accept if "
			"{ req.ssl_hello_type 1 }\n",
			bind_of(gateway->settings),
			gateway->settings->gateway_https_port);
	owned_text_give(to, OWNER_NONE);
}

/* Where TLS is ended, on the port itself or behind what passes TLS through. */
static void write_end(
	const struct gateway *gateway, struct owned_text *to, bool behind)
{
	const struct haproxy_settings *settings = gateway->settings;
	const char *values[FIELD_COUNT] = {NULL};
	struct text certs = {.at = NULL};

	write_certs(&certs, settings->ssl_certs);
	values[FIELD_sslCerts] = certs.at;
	if (certs.failed)
		to->text.failed = true;
	else if (is_given(gateway, TEMPLATE_HTTPS_FRONTEND_HEAD) && !behind)
		write_template(
			gateway, to, TEMPLATE_HTTPS_FRONTEND_HEAD, values);
	else if (behind)
		text_addf(&to->text,
			"\nbackend marathon_https_end\n"
			"\tmode tcp\n"
			"\tserver loopback abns@mmsdfs-%u send-proxy-v2\n"
			"\nfrontend marathon_https_end\n"
			"\tbind abns@mmsdfs-%u accept-proxy ssl %s\n",
			settings->gateway_https_port,
			settings->gateway_https_port, certs.at);
	else
		text_addf(&to->text,
			"\nfrontend marathon_https_in\n"
			"\tbind %s:%u ssl %s\n",
			bind_of(settings), settings->gateway_https_port,
			certs.at);
	if (behind || !is_given(gateway, TEMPLATE_HTTPS_FRONTEND_HEAD))
		text_add_string(&to->text,
			"\tmode http\n"
			"\thttp-request set-header X-Forwarded-Proto https\n");
	write_wildcards(gateway, to);
	owned_text_give(to, OWNER_NONE);
	write_blocks(gateway, to, true, TEMPLATE_MAP_HTTPS_FRONTEND_ACL);
	write_default(gateway, to, false);
	text_done(&certs);
}

/* One virtual host of one block. */
struct hosted {
	const struct placed *placed;
	const struct haproxy_vhost *vhost;
	size_t order;
};

static int by_host(const void *a, const void *b)
{
	const struct hosted *x = a, *y = b;
	const struct span *s = &x->vhost->host, *t = &y->vhost->host;
	size_t length = s->length < t->length ? s->length : t->length;
	int order;

	if (x->placed->block->wildcard != y->placed->block->wildcard)
		return x->placed->block->wildcard ? 1 : -1;
	if (x->placed->block->wildcard && s->length != t->length)
		return s->length > t->length ? -1 : 1;
	order = memcmp(span_text(x->placed->section, s),
		span_text(y->placed->section, t), length);
	if (order == 0 && s->length != t->length)
		order = s->length < t->length ? -1 : 1;
	return order ? order : x->order < y->order ? -1 : 1;
}

static bool same_host(const struct hosted *a, const struct hosted *b)
{
	return a->placed->block->wildcard == b->placed->block->wildcard
		&& span_same(a->placed->section, &a->vhost->host,
			b->placed->section, &b->vhost->host);
}

static size_t count_same(const struct hosted *hosts, size_t count)
{
	size_t same = 1;

	while (same < count && same_host(&hosts[0], &hosts[same]))
		same++;
	return same;
}

/* A listener for TLS needs a certificate: that of all, or one of its own. */
static bool has_certs(const struct gateway *gateway,
	const struct hosted *hosts, size_t count)
{
	bool any = gateway->settings->ssl_certs;

	for (size_t i = 0; i < count && !any; i++)
		any = hosts[i].placed->part->certs.length;
	return any;
}

static size_t drop_bare(
	const struct gateway *gateway, struct hosted *hosts, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0, same; i < count; i += same) {
		same = count_same(hosts + i, count - i);
		if (!has_certs(gateway, hosts + i, same))
			continue;
		memmove(hosts + kept, hosts + i, same * sizeof(*hosts));
		kept += same;
	}
	return kept;
}

static struct hosted *collect_hosts(
	const struct gateway *gateway, size_t *ret_count)
{
	struct hosted *hosts;
	size_t count = 0;

	for (size_t i = 0; i < gateway->block_count; i++)
		count += gateway->blocks[i].block->count;
	hosts = calloc(count ? count : 1, sizeof(*hosts));
	*ret_count = 0;
	if (!hosts)
		return NULL;
	count = 0;
	for (size_t i = 0; i < gateway->block_count; i++) {
		const struct placed *placed = &gateway->blocks[i];

		for (size_t j = 0; j < placed->block->count; j++) {
			const struct haproxy_vhost *vhost =
				&placed->section->vhosts
					 [placed->block->first + j];

			if (placed->block->kind != VHOST_HTTP || vhost->taken)
				continue;
			hosts[count] = (struct hosted){placed, vhost, count};
			count++;
		}
	}
	qsort(hosts, count, sizeof(*hosts), by_host);
	*ret_count = drop_bare(gateway, hosts, count);
	return hosts;
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
	const struct hosted *hosts, size_t count, const char *name)
{
	struct text certs = {.at = NULL}, all = {.at = NULL};
	struct text options = {.at = NULL};
	const char *values[FIELD_COUNT] = {
		[FIELD_name] = name, [FIELD_host] = name};

	write_certs(&all, gateway->settings->ssl_certs);
	write_union(&certs, hosts, count, true, all.at ? all.at : "");
	write_union(&options, hosts, count, false, "");
	if (all.failed || certs.failed || options.failed) {
		to->text.failed = true;
	} else {
		values[FIELD_sslCerts] = certs.at + strspn(certs.at, " ");
		values[FIELD_bindOptions] = options.at;
		write_template(gateway, to,
			TEMPLATE_HTTPS_GROUPED_VHOST_BACKEND_HEAD, values);
		write_template(gateway, to,
			TEMPLATE_HTTPS_GROUPED_VHOST_FRONTEND_HEAD, values);
		if (hosts[0].placed->block->wildcard)
			write_wildcards(gateway, to);
		owned_text_give(to, hosts[0].placed->index);
	}
	for (enum zone zone = 0; zone < ZONES; zone++)
		for (size_t i = 0; i < count; i++) {
			const struct placed *placed = hosts[i].placed;

			write_zone(to, placed,
				&placed->block->https_before, zone);
			write_zone(to, placed,
				&hosts[i].vhost->https, zone);
		}
	text_done(&all);
	text_done(&certs);
	text_done(&options);
}

/* "a_b" is the name of "a.b" already; no name has a dot of its own. */
static void add_digest(char *name, const char *host)
{
	uint8_t digest[SHA1_DIGEST_SIZE];
	struct sha1_ctx sha;
	size_t length = strlen(name);

	sha1_init(&sha);
	sha1_update(&sha, strlen(host), (const uint8_t *)host);
	sha1_digest(&sha, sizeof(digest), digest);
	if (length > HOST_NAME_MAX_LENGTH)
		length = HOST_NAME_MAX_LENGTH;
	snprintf(name + length, 2 * HOST_DIGEST + 2, ".%02x%02x%02x%02x%02x%02x",
		digest[0], digest[1], digest[2], digest[3], digest[4],
		digest[5]);
}

/* Also that of an abstract socket, which has room for 107 bytes. */
static void name_host(const struct hosted *hosted, char *ret, size_t size)
{
	char host[HAPROXY_VHOST_SIZE];
	const struct span *span = &hosted->vhost->host;
	bool wildcard = hosted->placed->block->wildcard;

	snprintf(host, sizeof(host), "%.*s", (int)span->length,
		span_text(hosted->placed->section, span));
	haproxy_clean(ret + snprintf(ret, size, "_vhost%s",
			      wildcard ? "-any" : "_"),
		host);
	if (strchr(host, '_') || strlen(ret) > HOST_NAME_MAX_LENGTH)
		add_digest(ret, host);
}

/* Its own listener, or the one for all. */
static void write_route(const struct gateway *gateway, struct owned_text *to,
	const struct hosted *hosted)
{
	char name[HAPROXY_VHOST_SIZE + 32], match[HAPROXY_VHOST_SIZE + 64];
	const struct span *span = &hosted->vhost->host;
	const char *values[FIELD_COUNT] = {
		[FIELD_backend] = name, [FIELD_hostMatch] = match};
	char host[HAPROXY_VHOST_SIZE];

	if (gateway->settings->group_https)
		name_host(hosted, name, sizeof(name));
	else
		snprintf(name, sizeof(name), "marathon_https_end");
	snprintf(host, sizeof(host), "%.*s", (int)span->length,
		span_text(hosted->placed->section, span));
	values[FIELD_hostname] = host;
	snprintf(match, sizeof(match), "req.ssl_sni,lower -m %s %s",
		hosted->placed->block->wildcard ? "end" : "str", host);
	write_template(gateway, to, TEMPLATE_HTTPS_GROUPED_VHOST_FRONTEND_ACL,
		values);
	owned_text_give(to, hosted->placed->index);
}

/* A wildcard that is passed through is for what nobody says more exactly. */
static bool goes_before(const struct hosted *hosted, const struct placed *tls)
{
	return tls->block->wildcard
		&& (!hosted->placed->block->wildcard
			|| hosted->vhost->host.length > first_length(tls));
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
			next += count_same(hosts + next, count - next))
			write_route(gateway, to, &hosts[next]);
		write_block(to, placed, false, ZONE_BACKENDS);
	}
	for (; next < count; next += count_same(hosts + next, count - next))
		write_route(gateway, to, &hosts[next]);
}

/* A router by SNI, and a listener for each host with its certificates. */
static void write_grouped(const struct gateway *gateway, struct owned_text *to)
{
	char name[HAPROXY_VHOST_SIZE + 32];
	struct hosted *hosts;
	size_t count;

	hosts = collect_hosts(gateway, &count);
	if (!hosts) {
		to->text.failed = true;
		return;
	}
	write_router_head(gateway, to);
	write_routes(gateway, to, hosts, count);
	write_default(gateway, to, true);
	for (size_t i = 0; i < count; i += count_same(hosts + i, count - i)) {
		name_host(&hosts[i], name, sizeof(name));
		write_host(gateway, to, hosts + i,
			count_same(hosts + i, count - i), name);
	}
	free(hosts);
}

/* Some TLS is passed through, and all other is ended here, or nowhere. */
static void write_router(
	const struct gateway *gateway, struct owned_text *to, bool ends)
{
	bool rest = gateway->default_tls.section || has_tls_wildcard(gateway);
	struct hosted *hosts = NULL;
	size_t count = 0;

	if (ends && rest) {
		hosts = collect_hosts(gateway, &count);
		to->text.failed |= !hosts;
	}
	write_router_head(gateway, to);
	write_routes(gateway, to, hosts, count);
	free(hosts);
	if (gateway->default_tls.section)
		write_default(gateway, to, true);
	else if (ends)
		text_add_string(&to->text,
			"\tdefault_backend marathon_https_end\n");
	owned_text_give(to, OWNER_NONE);
}

static void write_https(const struct gateway *gateway, struct owned_text *to)
{
	bool ends = ends_tls(gateway), passes = passes_tls(gateway);

	if (gateway->settings->group_https && (ends || passes)) {
		write_grouped(gateway, to);
		return;
	}
	if (passes)
		write_router(gateway, to, ends);
	if (ends)
		write_end(gateway, to, passes);
}

int gateway_write(struct gateway *gateway, struct owned_text *to)
{
	if (gateway->block_count > 1)
		qsort(gateway->blocks, gateway->block_count,
			sizeof(gateway->blocks[0]), by_rank);
	if (find_wildcards(gateway) < 0)
		return -ENOMEM;
	if (has_http(gateway))
		write_http(gateway, to);
	if (gateway->settings->appid_port)
		write_app_ids(gateway, to);
	write_https(gateway, to);
	return to->text.failed ? -ENOMEM : 0;
}

void gateway_write_domains(const struct gateway *gateway, struct text *to)
{
	for (size_t i = 0; i < gateway->block_count; i++) {
		const struct placed *placed = &gateway->blocks[i];

		for (size_t j = 0; placed->block->mapped
			     && j < placed->block->count;
			j++) {
			const struct haproxy_vhost *vhost =
				&placed->section->vhosts
					 [placed->block->first + j];

			if (vhost->taken)
				continue;
			text_add(to, span_text(placed->section, &vhost->host),
				vhost->host.length);
			text_add_string(to, " ");
			text_add(to,
				span_text(placed->section, &placed->part->name),
				placed->part->name.length);
			text_add_string(to, "\n");
		}
	}
}

void gateway_write_apps(const struct gateway *gateway, struct text *to)
{
	for (size_t i = 0; i < gateway->part_count; i++) {
		const struct placed *placed = &gateway->parts[i];
		const struct haproxy_vhost *key = &placed->part->app_key;

		text_add(to, span_text(placed->section, &key->host),
			key->host.length);
		text_add_string(to, " ");
		text_add(to, span_text(placed->section, &placed->part->name),
			placed->part->name.length);
		text_add_string(to, "\n");
	}
}
