/* SPDX-License-Identifier: MIT */
#ifndef RENDER_HAPROXY_RULES_H
#define RENDER_HAPROXY_RULES_H

/* What a port wants of the listeners that all share. */

#include "render/haproxy_service.h"

/* -ENOMEM. */
int haproxy_write_rules(struct haproxy_writing *w,
	struct haproxy_service *view, struct haproxy_part *part);

#endif
