/* SPDX-License-Identifier: MIT */
#ifndef RENDER_HAPROXY_GATEWAY_H
#define RENDER_HAPROXY_GATEWAY_H

/*
 * The two listeners in front of all virtual hosts, made anew for each
 * configuration. A name belongs to the first port that wants it; exact names go
 * before wildcards, longer wildcards before shorter ones. Used by haproxy.c
 * alone.
 */

#include "render/haproxy_section.h"

struct gateway {
	const struct haproxy_settings *settings;
	bool http, tls; /* which of the listeners there are; constant */
	const struct haproxy_vhost **names; /* of both, in order of ports */
	size_t count, space;
	const struct haproxy_vhost **set; /* hash of names, half empty */
	size_t set_size; /* a power of two */
};

/* settings are borrowed. */
int gateway_new(const struct haproxy_settings *settings, bool http, bool tls,
	struct gateway **ret);
void gateway_free(struct gateway *gateway);
CLEANUP_DEFINE(struct gateway *, gateway_free)

/* Whose listener the name belongs to. */
bool gateway_is_tls(const struct haproxy_vhost *vhost);

/*
 * Gives the port the names it wants, if the listener is there; part is
 * borrowed until gateway_write(). -ENOMEM.
 */
int gateway_add(struct gateway *gateway, const struct app_key *key,
	const struct haproxy_part *part, struct problems *problems);

/* Puts the names in order, once all are there. */
void gateway_sort(struct gateway *gateway);

/* An upper bound of what gateway_write() writes. */
size_t gateway_length(const struct gateway *gateway);

/* Returns the end of what it wrote to to. */
char *gateway_write(const struct gateway *gateway, char *to);

#endif
