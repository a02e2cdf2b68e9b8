/* SPDX-License-Identifier: MIT */
#ifndef RENDER_HAPROXY_DEFAULT_H
#define RENDER_HAPROXY_DEFAULT_H

/* The table of templates, with our own texts. Constant. */

#include "render/haproxy_template.h"

struct template_default {
	const char *name; /* without HAPROXY_ */
	const char *text;
	bool format;  /* {fields} and doubled braces; else braces are plain */
	bool shared;  /* goes into a listener that all apps share */
	bool in_line; /* words of one line */
};

/* What the head says of every server, as far as HAProxy can be told it. */
#define HAPROXY_DEFAULT_SERVER "inter 10s fall 3 rise 2"

extern const struct template_default template_defaults[TEMPLATE_COUNT];

#endif
