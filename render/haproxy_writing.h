/* SPDX-License-Identifier: MIT */
#ifndef RENDER_HAPROXY_WRITING_H
#define RENDER_HAPROXY_WRITING_H

/* An app's section while it is written. Only for the files of a section. */

#include "render/haproxy_section.h"
#include "render/text.h"

struct haproxy_writing {
	const struct haproxy_settings *settings;
	struct app *app;
	const struct haproxy_role *role;
	struct problems *problems;
	struct text text, servers;
	struct haproxy_part *parts;
	struct haproxy_block *blocks;
	struct haproxy_vhost *vhosts;
	size_t part_count, block_count, vhost_count;
	size_t block_space, vhost_space;
};

/* The span from there to the end of what is written. */
static inline struct span haproxy_span(const struct text *text, size_t from)
{
	return (struct span){
		(uint32_t)from, (uint32_t)(text->length - from)};
}

static inline struct span haproxy_keep(
	struct haproxy_writing *w, const char *string)
{
	size_t from = w->text.length;

	text_add_string(&w->text, string);
	return haproxy_span(&w->text, from);
}

#endif
