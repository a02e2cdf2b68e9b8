/* SPDX-License-Identifier: MIT */
#ifndef RENDER_HAPROXY_VHOST_CLAIMS_H
#define RENDER_HAPROXY_VHOST_CLAIMS_H

/*
 * Who has which name at the gateway: a host with its path, of HTTP or of TLS,
 * or the id of an app. A name belongs to the first that wants it. Used by
 * haproxy_gateway.c alone.
 */

#include "render/haproxy_section.h"

/* A hash, half empty; zeroed memory is an empty one. */
struct vhost_claims {
	struct vhost_claim *places;
	size_t count, size; /* a power of two */
};

/*
 * Gives the name to section, or says who of others has it: *ret_by; NULL:
 * nobody had. Sets vhost->taken. Both are borrowed while claims live. -ENOMEM.
 */
int vhost_claims_take(struct vhost_claims *claims,
	const struct haproxy_section *section, struct haproxy_vhost *vhost,
	const struct haproxy_section **ret_by);
void vhost_claims_done(struct vhost_claims *claims);

#endif
