/* SPDX-License-Identifier: MIT */
#ifndef RENDER_HAPROXY_HEAD_H
#define RENDER_HAPROXY_HEAD_H

/*
 * The beginning of haproxy.cfg: the template HEAD, with what the settings add
 * to its sections where it is our own, and the listener of statistics.
 */

#include "render/haproxy.h"

/* any_listener: something else will listen, so that HAProxy starts. */
void haproxy_head_write(const struct haproxy_settings *settings,
	bool any_listener, struct text *to);

#endif
