/* SPDX-License-Identifier: MIT */
#ifndef RENDER_HAPROXY_H
#define RENDER_HAPROXY_H

/*
 * haproxy.cfg: a complete configuration for HAProxy 2.2 to 3.x. Same catalog
 * and settings, same bytes, whatever is in the cache.
 */

#include "fetch/catalog.h"
#include "render/problems.h"

enum gateway_mode {
	GATEWAY_AUTO, /* the listeners are there when an app has a vhost */
	GATEWAY_ON,
	GATEWAY_OFF,
};

/* Texts are borrowed for the call. */
struct haproxy_settings {
	const char *bind;    /* where service ports listen: "*" */
	uint16_t stats_port; /* on 127.0.0.1; 0: no such listener */
	enum gateway_mode gateway;
	uint16_t gateway_http_port;
	uint16_t gateway_https_port;
};

/*
 * The section of each app, kept with the app it was made of: an app that is
 * the same (by address) is not rendered again. One cache goes with one
 * settings. Plain memory of one thread.
 */
struct haproxy_cache;

int haproxy_cache_new(struct haproxy_cache **ret);
void haproxy_cache_free(struct haproxy_cache *cache);
CLEANUP_DEFINE(struct haproxy_cache *, haproxy_cache_free)

/*
 * *ret_text is allocated and has a NUL behind its *ret_length bytes. problems
 * (may be NULL) is filled anew with every app, or port of an app, that is left
 * out, also those that were left out before. -ENOMEM: nothing is lost, the
 * next call does it.
 */
int render_haproxy(struct haproxy_cache *cache, struct catalog *catalog,
	const struct haproxy_settings *settings, struct problems *problems,
	char **ret_text, size_t *ret_length);

#endif
