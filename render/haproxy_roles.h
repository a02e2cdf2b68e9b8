/* SPDX-License-Identifier: MIT */
#ifndef RENDER_HAPROXY_ROLES_H
#define RENDER_HAPROXY_ROLES_H

/*
 * Blue and green: apps with the same HAPROXY_DEPLOYMENT_GROUP are shown as one,
 * by the labels and ports of the oldest. As instances of the newest pass their
 * checks, as many of the older ones get no new clients (peers.md 1.8). Used by
 * haproxy.c alone.
 */

#include "render/haproxy_claims.h"

/* Borrowed; NULL: none. */
const char *haproxy_group_of(const struct app *app);

/* Calls again for each section that has another role now. */
int haproxy_roles_assign(struct haproxy_section **sections, size_t count,
	haproxy_render_again *again, void *context);

#endif
