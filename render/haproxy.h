/* SPDX-License-Identifier: MIT */
#ifndef RENDER_HAPROXY_H
#define RENDER_HAPROXY_H

/*
 * haproxy.cfg and its maps: a complete configuration for HAProxy 2.2 to 3.x.
 * Same catalog and settings, same bytes, whatever is in the cache.
 */

#include <sys/uio.h>

#include "fetch/catalog.h"
#include "render/haproxy_extra.h"
#include "render/haproxy_template.h"
#include "render/problems.h"
#include "render/text.h"

enum gateway_mode {
	GATEWAY_AUTO, /* the listeners are there when an app has a vhost */
	GATEWAY_ON,
	GATEWAY_OFF,
};

/* Texts are borrowed for the life of the cache. */
struct haproxy_settings {
	const struct templates *templates;
	const char *bind;    /* where service ports listen: "*" */
	uint16_t stats_port; /* on 127.0.0.1; 0: no such listener */
	enum gateway_mode gateway;
	const char *gateway_bind; /* NULL: bind */
	uint16_t gateway_http_port;
	uint16_t gateway_https_port;
	uint16_t appid_port;   /* by X-Marathon-App-Id; 0: no such listener */
	const char *ssl_certs; /* by commas; NULL: TLS is not ended here */
	bool group_https;      /* a listener for each virtual host */
	bool strict;           /* only what says HAPROXY_n_ENABLED */
	bool hide_host;        /* not what has its service port of its host */
	bool map;              /* plain virtual hosts are in a map */
	const char *map_dir;   /* where the maps will be: "/mnt/haproxy" */
	const char *socket;    /* of statistics and commands; NULL: none */
	const char *tail;      /* behind everything; NULL: nothing */
	const char *options;   /* of defaults, by commas; NULL: our own */
	const struct haproxy_extras *extras; /* NULL: none */
	/* For apps with addresses of their own and no service ports: from, and
	 * to. 0: they have none. */
	uint16_t ip_port_min, ip_port_max;
	uint32_t drain_ms;        /* old processes end then; 0: never */
	uint32_t max_connections; /* 0: HAProxy finds out */
	uint32_t group_size;      /* proxies that share a server's maxconn */
};

/*
 * The section of each app, kept with the app it was made of: an app that is
 * the same (by address) is not rendered again. One cache goes with one
 * settings. Plain memory of one thread.
 */
struct haproxy_cache;

/* settings are borrowed. */
int haproxy_cache_new(
	const struct haproxy_settings *settings, struct haproxy_cache **ret);
void haproxy_cache_free(struct haproxy_cache *cache);
CLEANUP_DEFINE(struct haproxy_cache *, haproxy_cache_free)

/* The files that go together. */
enum haproxy_file {
	HAPROXY_CFG,
	HAPROXY_DOMAIN_MAP, /* domain2backend.map */
	HAPROXY_APP_MAP,    /* app2backend.map */
	HAPROXY_FILES,
};

/*
 * What is rendered next. -ENOMEM: nothing is lost, the next call does it. Costs
 * what is different from the catalog before.
 */
int haproxy_take(struct haproxy_cache *cache, struct catalog *catalog);

/*
 * What was taken, as text; *ret_text is allocated and has a NUL behind its
 * *ret_length bytes. The maps are NULL without settings->map.
 */
int haproxy_text(const struct haproxy_cache *cache, enum haproxy_file file,
	char **ret_text, size_t *ret_length);

/*
 * problems is filled anew with every app, or port of an app, that is left out,
 * also those that were left out before.
 */
void haproxy_problems(
	const struct haproxy_cache *cache, struct problems *problems);

/*
 * A backend with the lines of its servers, in pieces. Texts are not ended by a
 * NUL, and borrowed for the call. Not 0: no more are wanted.
 */
typedef int haproxy_backend(void *context, const char *name,
	size_t name_length, const struct iovec *lines, size_t count);

/*
 * Calls found for each backend, or (not all) for those whose servers may be
 * others than at the last call. Returns the first answer of found that is not
 * 0, or 0; -ENOMEM.
 */
int haproxy_backends(struct haproxy_cache *cache, bool all,
	haproxy_backend *found, void *context);

/*
 * Who is responsible for a line (from 1) of haproxy.cfg as it is now. Borrowed
 * until the next haproxy_take(). NULL: nobody alone.
 */
const struct app *haproxy_line_owner(
	const struct haproxy_cache *cache, size_t line);

/*
 * Whether the two say the same but for servers: what HAProxy can be told
 * without a look at the whole. NULL is an app that is not there. A negative
 * errno: not known.
 */
int haproxy_same_structure(const struct haproxy_settings *settings,
	struct app *a, struct app *b);

#endif
