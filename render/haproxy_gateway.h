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

#define OWNER_NONE UINT32_MAX

/* Whose lines end at that place of a text. */
struct gateway_owner {
	size_t end;
	uint32_t section; /* its index; OWNER_NONE: nobody's alone */
};

/*
 * Writes all listeners behind what is in to. *ret_owners (allocated) are in
 * order of the text. -ENOMEM.
 */
int gateway_write(struct gateway *gateway, struct text *to,
	struct gateway_owner **ret_owners, size_t *ret_count);

/* Lines of domain2backend.map and app2backend.map. */
void gateway_write_domains(const struct gateway *gateway, struct text *to);
void gateway_write_apps(const struct gateway *gateway, struct text *to);

#endif
