/* SPDX-License-Identifier: MIT */
#ifndef RENDER_HAPROXY_SECTION_H
#define RENDER_HAPROXY_SECTION_H

/*
 * What one app gives to haproxy.cfg, before anybody else is looked at: a text
 * for each port that can have one, and what each claims. Immutable after it is
 * made, but for what is haproxy.c's.
 */

#include <string.h>

#include "render/haproxy.h"
#include "render/service.h"

/* Of a text of the section. */
struct span {
	uint32_t at, length;
};

/* One name a port wants at a gateway. */
struct haproxy_vhost {
	struct span host;  /* lower case; of a wildcard ".example.com" */
	struct span http;  /* lines for the listener of HTTP, or of SNI */
	struct span https; /* lines where TLS is ended */
	uint64_t hash;     /* of kind, host and path: what can be claimed once */
	bool taken; /* haproxy.c's: somebody before has it */
};

/* Names of a port that share lines, and stand in one place of the order. */
struct haproxy_block {
	struct span http_before, http_after; /* around those of the names */
	struct span https_before;
	uint32_t first, count; /* of vhosts */
	int32_t weight;        /* higher ones go first */
	uint32_t path_length;  /* then longer ones */
	uint8_t kind;          /* enum vhost_kind */
	bool wildcard;
	bool mapped; /* has no lines on its own: it is in the map */
};

/* The texts of a part that stand on their own in haproxy.cfg, in its order. */
enum haproxy_piece {
	PIECE_USERLIST,
	PIECE_TEXT,
	PIECE_SERVERS,
	PIECE_TLS_TEXT,
	PIECE_TLS_SERVERS,
	PIECES,
};

/* One port: a frontend, a backend, and perhaps one for TLS. */
struct haproxy_part {
	struct span name;
	struct span userlist;    /* empty: no password is asked for */
	struct span text;        /* ends in the backend, without its servers */
	uint32_t front_length;   /* of text: the frontend */
	struct span tls_text;    /* another backend; empty: none */
	struct span servers;     /* of section->servers */
	struct span tls_servers; /* the same, for tls_text */
	struct span bind;        /* the address; "" is every address */
	struct span app_id;      /* lines for the listener by app id */
	struct haproxy_vhost app_key; /* the id; empty: is not told by it */
	struct span default_http, default_tls; /* lines; empty: is not */
	struct span certs, tls_options; /* for grouped virtual hosts */
	uint32_t first_block, block_count;
	uint32_t port_index;
	uint16_t service_port;
	bool joins;   /* its servers may serve a port that is taken */
	bool follows; /* they belong to the same port of the app that leads */
	bool automatic; /* the port was found by a hash */
	uint32_t segments[PIECES]; /* haproxy_segments.c's: their places */
	uint32_t claim; /* its place among those that have a port */
	bool shared;    /* that of the gateway, without a frontend of its own */
};

/* What others make of an app. */
struct haproxy_role {
	const char *id;   /* to be shown under; NULL: its own */
	bool follows;     /* its servers join those of the app with that id */
	uint32_t drained; /* of its instances, in order of their ids */
	uint32_t tries;   /* for a port that somebody has */
};

struct haproxy_section {
	struct app *app; /* a reference */
	struct haproxy_part *parts;
	struct haproxy_block *blocks;
	struct haproxy_vhost *vhosts;
	size_t part_count, block_count, vhost_count;
	struct problems problems; /* its own */
	char *text;               /* what spans are of */
	size_t text_length;
	char *servers;
	uint64_t server_shape; /* hash of what else decides about servers */
	struct haproxy_role role; /* its id is role_id */
	char *role_id;
};

/* The bytes of a span of section->text. Borrowed. */
static inline const char *span_text(
	const struct haproxy_section *section, const struct span *span)
{
	return section->text + span->at;
}

static inline bool span_same(const struct haproxy_section *a,
	const struct span *x, const struct haproxy_section *b,
	const struct span *y)
{
	return x->length == y->length
		&& memcmp(span_text(a, x), span_text(b, y), x->length) == 0;
}

int haproxy_section_new(struct app *app, const struct haproxy_role *role,
	const struct haproxy_settings *settings, struct haproxy_section **ret);
/*
 * All but servers is the same: one can take the place of the other without a
 * look at others.
 */
bool haproxy_section_same_structure(
	const struct haproxy_section *a, const struct haproxy_section *b);
void haproxy_section_free(struct haproxy_section *section);
CLEANUP_DEFINE(struct haproxy_section *, haproxy_section_free)

#endif
