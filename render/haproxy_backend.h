/* SPDX-License-Identifier: MIT */
#ifndef RENDER_HAPROXY_BACKEND_H
#define RENDER_HAPROXY_BACKEND_H

/* A port's own frontend and backend, and its servers. */

#include "render/haproxy_service.h"

void haproxy_write_part(struct haproxy_writing *w,
	const struct haproxy_service *view, struct haproxy_part *part);

/* -ENOMEM. */
int haproxy_write_servers(struct haproxy_writing *w,
	struct haproxy_service *view, struct haproxy_part *part);

#endif
