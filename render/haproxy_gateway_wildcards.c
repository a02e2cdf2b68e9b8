/* SPDX-License-Identifier: MIT */
#include "render/haproxy_gateway_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A name, or what a wildcard ends in, that stands for whole hosts. */
static bool is_whole(const struct placed *placed, bool wildcard)
{
	return placed->block->kind == VHOST_HTTP
		&& placed->block->wildcard == wildcard
		&& placed->block->path_length == 0;
}

/* A whole wildcard ends like the name. */
static bool is_below_wildcard(const struct gateway *gateway,
	const struct placed *placed, const struct haproxy_vhost *vhost)
{
	const char *host = span_text(placed->section, &vhost->host);

	for (size_t i = 0; i < gateway->wildcard_count; i++) {
		const struct placed *other = gateway->wildcards[i];
		const struct haproxy_vhost *wildcard = placed_vhost(other, 0);

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
		const struct haproxy_vhost *vhost = placed_vhost(placed, i);

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

	if (placed_length(*x) != placed_length(*y))
		return placed_length(*x) > placed_length(*y) ? -1 : 1;
	return (*x)->order < (*y)->order ? -1 : 1;
}

int gateway_find_wildcards(struct gateway *gateway)
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

void gateway_write_wildcards(
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
		const struct span *span = &placed_vhost(placed, 0)->host;
		const char *host = span_text(placed->section, span);

		text_addf(&to->text,
			"\thttp-request set-var(txn.mmsdfs_host) "
			"str(%.*s) if { hdr(host),field(1,:),lower "
			"-m end %.*s } !mmsdfs_exact "
			"!{ var(txn.mmsdfs_host) -m found }\n",
			(int)span->length, host, (int)span->length, host);
	}
}
