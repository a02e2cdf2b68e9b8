/* SPDX-License-Identifier: MIT */
#ifndef RENDER_HAPROXY_GATEWAY_IMPL_H
#define RENDER_HAPROXY_GATEWAY_IMPL_H

/*
 * What haproxy_gateway.c and its parts share; for nobody else.
 *
 * haproxy_gateway.c decides: which listeners there are, and whose names, in
 * which order, are in them. All memory here is its own. The others only read
 * what it has decided, and write: the listeners that speak HTTP
 * (haproxy_gateway_http.c), those that choose by SNI (haproxy_gateway_sni.c),
 * of the hosts in haproxy_gateway_hosts.c. Both are made of the same lines
 * (haproxy_gateway_lines.c), and tell wildcards from names in the same way
 * (haproxy_gateway_wildcards.c).
 */

#include "render/haproxy_gateway.h"
#include "render/haproxy_vhost_claims.h"

/* Rules of HTTP work before redirects, and these before the choice of a
 * backend, wherever they stand; HAProxy warns of any other order. */
enum zone { ZONE_RULES, ZONE_REDIRECTS, ZONE_BACKENDS, ZONES };

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

/* Its name with that index. Borrowed from the section. */
static inline const struct haproxy_vhost *placed_vhost(
	const struct placed *placed, size_t index)
{
	return &placed->section->vhosts[placed->block->first + index];
}

/* Of its first name; a wildcard has no other. */
static inline uint32_t placed_length(const struct placed *placed)
{
	return placed_vhost(placed, 0)->host.length;
}

/* haproxy_gateway_lines.c */

/* Those lines of the span that belong there. */
void gateway_write_zone(struct owned_text *to, const struct placed *placed,
	const struct span *span, enum zone zone);
/* Of a block with its names: for HTTP or SNI, or (https) where TLS is ended. */
void gateway_write_block(struct owned_text *to, const struct placed *placed,
	bool https, enum zone zone);
/* Where what has no name goes, if anywhere. */
void gateway_write_default(
	const struct gateway *gateway, struct owned_text *to, bool tls);
void gateway_write_template(const struct gateway *gateway,
	struct owned_text *to, enum template_id id, template_values values);
/* Somebody's own head of a listener; false: there is none, it is to be ours. */
bool gateway_write_own_head(const struct gateway *gateway,
	struct owned_text *to, enum template_id id);
/* "crt a.pem crt b.pem" of "a.pem,b.pem", with a NUL behind. */
void gateway_write_certs(struct text *to, const char *certs);
/* The address of all listeners. */
const char *gateway_bind(const struct haproxy_settings *settings);

/* haproxy_gateway_wildcards.c */

/* Sets gateway->wildcards, of blocks in order. -ENOMEM. */
int gateway_find_wildcards(struct gateway *gateway);
/*
 * Which wildcard a request belongs to: the longest, and none where somebody has
 * the name for himself.
 */
void gateway_write_wildcards(
	const struct gateway *gateway, struct owned_text *to);

/* haproxy_gateway_http.c */

void gateway_write_http(const struct gateway *gateway, struct owned_text *to);
void gateway_write_app_ids(
	const struct gateway *gateway, struct owned_text *to);
/* Where TLS is ended, on the port itself or behind what passes TLS through. */
void gateway_write_https_end(
	const struct gateway *gateway, struct owned_text *to, bool behind);

/* haproxy_gateway_hosts.c */

/* One virtual host of one block, whose TLS is ended here. */
struct hosted {
	const struct placed *placed;
	const struct haproxy_vhost *vhost;
	size_t order;
};

/*
 * All that have a certificate, exact ones before wildcards, the same host
 * together. *ret_hosts is allocated; what they point to is borrowed. -ENOMEM.
 */
int gateway_find_hosts(const struct gateway *gateway,
	struct hosted **ret_hosts, size_t *ret_count);
/* How many from the first on (there is one) are the same host. */
size_t gateway_same_hosts(const struct hosted *hosts, size_t count);

enum { HOST_LISTENER_SIZE = HAPROXY_VHOST_SIZE + 32 };

void gateway_host_text(
	const struct hosted *hosted, char ret[HAPROXY_VHOST_SIZE]);
/* What its listener is called: also the name of an abstract socket. */
void gateway_host_listener(
	const struct hosted *hosted, char ret[HOST_LISTENER_SIZE]);

/* haproxy_gateway_sni.c */

/* Some TLS is passed through, and all other is ended here, or nowhere. */
void gateway_write_router(
	const struct gateway *gateway, struct owned_text *to, bool ends);
/* A router by SNI, and a listener for each host with its certificates. */
void gateway_write_grouped(
	const struct gateway *gateway, struct owned_text *to);

#endif
