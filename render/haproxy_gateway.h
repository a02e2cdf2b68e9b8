/* SPDX-License-Identifier: MIT */
#ifndef RENDER_HAPROXY_GATEWAY_H
#define RENDER_HAPROXY_GATEWAY_H

/*
 * The listeners that all ports share: virtual hosts by HTTP, by TLS that is
 * ended here, by TLS that is passed through, and by app id. Made anew when a
 * name comes or goes. A name (with its path) belongs to the first port that
 * wants it. Higher weights go first, exact names before wildcards, longer
 * wildcards before shorter ones. Used by haproxy.c alone.
 */

#include "render/haproxy_section.h"
#include "render/owned_text.h"

struct gateway;

/* settings are borrowed. */
int gateway_new(const struct haproxy_settings *settings, struct gateway **ret);
void gateway_free(struct gateway *gateway);
CLEANUP_DEFINE(struct gateway *, gateway_free)

/* Before anything is added: whether listeners are wanted. */
void gateway_look(struct gateway *gateway, const struct haproxy_section *section);

/* The ports it listens on; 0: not. */
uint16_t gateway_http(const struct gateway *gateway);
uint16_t gateway_https(const struct gateway *gateway);

/*
 * Gives the port the names it wants; section, with that index among all, is
 * borrowed while the gateway lives. -ENOMEM.
 */
int gateway_add(struct gateway *gateway, struct haproxy_section *section,
	uint32_t index, struct haproxy_part *part, struct problems *problems);

/*
 * Writes all listeners behind what is in to, and gives lines to the index of
 * their section. -ENOMEM.
 */
int gateway_write(struct gateway *gateway, struct owned_text *to);

/* Lines of domain2backend.map and app2backend.map. */
void gateway_write_domains(const struct gateway *gateway, struct text *to);
void gateway_write_apps(const struct gateway *gateway, struct text *to);

#endif
