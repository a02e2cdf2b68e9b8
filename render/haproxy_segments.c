/* SPDX-License-Identifier: MIT */
#include "render/haproxy_segments.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SEGMENT_NONE UINT32_MAX

/* One text of a part. */
struct segment {
	const char *text;
	size_t length;
	const struct haproxy_section *section;
};

void segments_done(struct segments *segments)
{
	free(segments->all);
	*segments = (struct segments){.all = NULL};
}

/* A part that is reached through the gateway alone has no frontend. */
static struct span text_of(const struct haproxy_part *part)
{
	uint32_t skip = part->shared ? part->front_length : 0;

	return (struct span){part->text.at + skip, part->text.length - skip};
}

static struct segment segment_of(const struct haproxy_section *section,
	const struct haproxy_part *part, enum haproxy_piece piece)
{
	const char *text = section->text;
	struct span span = {0, 0};

	switch (piece) {
	case PIECE_USERLIST:
		span = part->userlist;
		break;
	case PIECE_TEXT:
		span = text_of(part);
		break;
	case PIECE_SERVERS:
		text = section->servers;
		span = part->servers;
		break;
	case PIECE_TLS_TEXT:
		span = part->tls_text;
		break;
	case PIECE_TLS_SERVERS:
		text = section->servers;
		span = part->tls_servers;
		break;
	case PIECES:
		break;
	}
	return (struct segment){text + span.at, span.length, section};
}

int segments_add(struct segments *segments,
	const struct haproxy_section *section, struct haproxy_part *part,
	enum haproxy_piece piece)
{
	if (segments->count == segments->space) {
		size_t space = segments->space ? segments->space * 2 : 256;
		struct segment *larger = reallocarray(
			segments->all, space, sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		segments->all = larger;
		segments->space = space;
	}
	part->segments[piece] = (uint32_t)segments->count;
	segments->all[segments->count] = segment_of(section, part, piece);
	segments->length += segments->all[segments->count].length;
	segments->count++;
	return 0;
}

static void replace_part(struct segments *segments,
	const struct haproxy_part *old, const struct haproxy_section *section,
	struct haproxy_part *part)
{
	part->shared = old->shared;
	for (enum haproxy_piece piece = 0; piece < PIECES; piece++) {
		struct segment *segment;

		part->segments[piece] = old->segments[piece];
		if (part->segments[piece] == SEGMENT_NONE)
			continue;
		segment = &segments->all[part->segments[piece]];
		segments->length -= segment->length;
		*segment = segment_of(section, part, piece);
		segments->length += segment->length;
	}
}

void segments_replace(struct segments *segments,
	const struct haproxy_section *before, struct haproxy_section *section)
{
	for (size_t i = 0; i < section->part_count; i++)
		replace_part(segments, &before->parts[i], section,
			&section->parts[i]);
}

void segments_forget(struct haproxy_section *section)
{
	for (size_t i = 0; i < section->part_count; i++)
		for (enum haproxy_piece piece = 0; piece < PIECES; piece++)
			section->parts[i].segments[piece] = SEGMENT_NONE;
}

char *segments_copy(const struct segments *segments, char *to)
{
	for (size_t i = 0; i < segments->count; i++) {
		const struct segment *segment = &segments->all[i];

		memcpy(to, segment->text, segment->length);
		to += segment->length;
	}
	return to;
}

const struct haproxy_section *segments_line_owner(
	const struct segments *segments, size_t line)
{
	for (size_t i = 0; i < segments->count; i++) {
		const struct segment *segment = &segments->all[i];

		if (text_find_line(segment->text, segment->length, &line)
			!= SIZE_MAX)
			return segment->section;
	}
	return NULL;
}
