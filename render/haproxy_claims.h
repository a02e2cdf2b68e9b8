/* SPDX-License-Identifier: MIT */
#ifndef RENDER_HAPROXY_CLAIMS_H
#define RENDER_HAPROXY_CLAIMS_H

/*
 * Who has which port. A port of an address belongs to the first that wants it,
 * in their precedence (sections come in it); others are left out with the reason, unless a label says
 * that servers may join. Used by haproxy.c alone.
 */

#include "render/haproxy_section.h"

#define CLAIM_NONE UINT32_MAX

struct haproxy_claims;

/* settings are borrowed. */
int haproxy_claims_new(
	const struct haproxy_settings *settings, struct haproxy_claims **ret);
void haproxy_claims_free(struct haproxy_claims *claims);

/* To be rendered again, with another role: sections[at] is then a new one. */
typedef int haproxy_render_again(
	void *context, size_t at, const struct haproxy_role *role);

/*
 * All anew. The ports of the gateway's listeners are taken, 0 is none. -ENOMEM,
 * or what again gave.
 */
int haproxy_claims_make(struct haproxy_claims *claims,
	struct haproxy_section **sections, size_t count, uint16_t http,
	uint16_t https, struct problems *problems, haproxy_render_again *again,
	void *context);

uint32_t haproxy_claims_count(const struct haproxy_claims *claims);
/* Its servers stand with another claim. */
bool haproxy_claim_is_joined(
	const struct haproxy_claims *claims, uint32_t claim);
/* With whom its servers stand: itself, if it has not joined. */
uint32_t haproxy_claim_owner(
	const struct haproxy_claims *claims, uint32_t claim);
/* The next in the chain of those that joined; CLAIM_NONE. */
uint32_t haproxy_claim_joined(
	const struct haproxy_claims *claims, uint32_t claim);
/* The index of its section. */
uint32_t haproxy_claim_section(
	const struct haproxy_claims *claims, uint32_t claim);
struct haproxy_part *haproxy_claim_part(const struct haproxy_claims *claims,
	struct haproxy_section **sections, uint32_t claim,
	struct haproxy_section **ret_section);

#endif
