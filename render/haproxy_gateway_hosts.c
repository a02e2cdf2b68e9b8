/* SPDX-License-Identifier: MIT */
#include "render/haproxy_gateway_impl.h"

#include <errno.h>
#include <nettle/sha1.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOST_NAME_MAX_LENGTH = 80, HOST_DIGEST = 6 };

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

size_t gateway_same_hosts(const struct hosted *hosts, size_t count)
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
		same = gateway_same_hosts(hosts + i, count - i);
		if (!has_certs(gateway, hosts + i, same))
			continue;
		memmove(hosts + kept, hosts + i, same * sizeof(*hosts));
		kept += same;
	}
	return kept;
}

int gateway_find_hosts(const struct gateway *gateway,
	struct hosted **ret_hosts, size_t *ret_count)
{
	struct hosted *hosts;
	size_t count = 0;

	for (size_t i = 0; i < gateway->block_count; i++)
		count += gateway->blocks[i].block->count;
	hosts = calloc(count ? count : 1, sizeof(*hosts));
	if (!hosts)
		return -ENOMEM;
	count = 0;
	for (size_t i = 0; i < gateway->block_count; i++) {
		const struct placed *placed = &gateway->blocks[i];

		for (size_t j = 0; j < placed->block->count; j++) {
			const struct haproxy_vhost *vhost =
				placed_vhost(placed, j);

			if (placed->block->kind != VHOST_HTTP || vhost->taken)
				continue;
			hosts[count] = (struct hosted){placed, vhost, count};
			count++;
		}
	}
	qsort(hosts, count, sizeof(*hosts), by_host);
	*ret_count = drop_bare(gateway, hosts, count);
	*ret_hosts = hosts;
	return 0;
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
	snprintf(name + length, 2 * HOST_DIGEST + 2,
		".%02x%02x%02x%02x%02x%02x", digest[0], digest[1], digest[2],
		digest[3], digest[4], digest[5]);
}

void gateway_host_text(
	const struct hosted *hosted, char ret[HAPROXY_VHOST_SIZE])
{
	const struct span *span = &hosted->vhost->host;

	snprintf(ret, HAPROXY_VHOST_SIZE, "%.*s", (int)span->length,
		span_text(hosted->placed->section, span));
}

/* An abstract socket has room for 107 bytes. */
void gateway_host_listener(
	const struct hosted *hosted, char ret[HOST_LISTENER_SIZE])
{
	char host[HAPROXY_VHOST_SIZE];
	bool wildcard = hosted->placed->block->wildcard;

	gateway_host_text(hosted, host);
	haproxy_clean(ret + snprintf(ret, HOST_LISTENER_SIZE, "_vhost%s",
			      wildcard ? "-any" : "_"),
		host);
	if (strchr(host, '_') || strlen(ret) > HOST_NAME_MAX_LENGTH)
		add_digest(ret, host);
}
