/* SPDX-License-Identifier: MIT */
#ifndef RENDER_ADDRESS_H
#define RENDER_ADDRESS_H

/*
 * Where one port of an app is served: what instances files and proxy
 * configurations are made of. Pure.
 */

#include "fetch/catalog.h"
#include "render/problems.h"

enum { HOST_LEN_MAX = 253 };

enum host_kind {
	HOST_BAD,  /* cannot be written as host:port without harm */
	HOST_NAME, /* a name or IPv4 */
	HOST_IPV6, /* wants brackets */
};

enum host_kind host_kind(const char *host);

struct address {
	const char *host;
	const struct instance *instance;
	uint16_t port;
	uint8_t kind; /* enum host_kind */
};

/*
 * The serving instances' addresses for one port, by host, then port, none
 * twice. An instance with a bad host is left out and added to problems (may be
 * NULL) of view. *ret is allocated, NULL when empty; what it points to is
 * borrowed: valid while app lives. -ENOMEM.
 */
int addresses_collect(const struct app *app, uint32_t port_index,
	const char *view, struct problems *problems, struct address **ret,
	size_t *ret_count);

#endif
