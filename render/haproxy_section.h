/* SPDX-License-Identifier: MIT */
#ifndef RENDER_HAPROXY_SECTION_H
#define RENDER_HAPROXY_SECTION_H

/*
 * What one app gives to haproxy.cfg, before anybody else is looked at: a text
 * for each port that can have one, and what each claims. Used by haproxy.c
 * alone. Immutable after it is made, but for what is haproxy.c's.
 */

#include "render/haproxy.h"
#include "render/haproxy_text.h"

enum vhost_kind {
	VHOST_HTTP,    /* by the header Host, in front of plain HTTP */
	VHOST_TLS,     /* by SNI, passed through */
	VHOST_DEFAULT, /* of plain HTTP: who has no name of its own */
	VHOST_TLS_DEFAULT,
};

/* One name a port wants at a gateway. */
struct haproxy_vhost {
	const char *host; /* lower case; of a wildcard ".example.com" */
	const char *line; /* of the gateway, with its line break */
	size_t length;    /* of line */
	uint64_t hash;    /* of kind and host */
	uint8_t kind;     /* enum vhost_kind */
	bool wildcard;
};

/* One port: a frontend, a backend, and perhaps one for TLS. */
struct haproxy_part {
	const char *text;
	size_t length;
	uint32_t port_index;
	uint16_t service_port;
	bool shown; /* haproxy.c's: nobody before has the port */
	const struct haproxy_vhost *vhosts;
	size_t vhost_count;
};

struct haproxy_section {
	struct app *app; /* a reference */
	struct haproxy_part *parts;
	size_t part_count;
	struct problems problems; /* its own */
	char *text;               /* what parts point into */
	struct haproxy_vhost *vhosts;
	size_t vhost_count; /* of all parts */
	size_t segment; /* haproxy.c's: of its first part that is shown */
};

int haproxy_section_new(struct app *app,
	const struct haproxy_settings *settings, struct haproxy_section **ret);
/*
 * Both ask for the same of what there is but once (ports, names) and have the
 * same problems: one can take the place of the other without a look at others.
 */
bool haproxy_section_claims_same(
	const struct haproxy_section *a, const struct haproxy_section *b);
void haproxy_section_free(struct haproxy_section *section);
CLEANUP_DEFINE(struct haproxy_section *, haproxy_section_free)

#endif
