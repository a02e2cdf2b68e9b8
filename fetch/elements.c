/* SPDX-License-Identifier: MIT */
#include "fetch/elements.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "fetch/buffer.h"

struct elements {
	unsigned at_depth;
	elements_each *each;
	void *context;
	struct buffer element, rest;
	size_t count;
	unsigned depth;
	bool in_string, escaped;
	bool inside; /* of an element */
};

/* One piece while it is looked at. */
struct feed {
	struct elements *elements;
	const char *bytes;
	size_t from; /* what is not yet in a buffer */
	struct why *why;
};

int elements_new(unsigned depth, elements_each *each, void *context,
	struct elements **ret)
{
	struct elements *elements = calloc(1, sizeof(*elements));

	if (!elements)
		return -ENOMEM;
	elements->at_depth = depth;
	elements->each = each;
	elements->context = context;
	*ret = elements;
	return 0;
}

void elements_free(struct elements *elements)
{
	if (!elements)
		return;
	buffer_done(&elements->element);
	buffer_done(&elements->rest);
	free(elements);
}

/* What lies in front of to goes where it belongs. */
static int keep(struct feed *feed, size_t to)
{
	struct elements *e = feed->elements;
	struct buffer *buffer = e->inside ? &e->element : &e->rest;
	size_t max = e->inside ? ELEMENT_MAX : ELEMENTS_REST_MAX;
	int r;

	r = buffer_add(buffer, feed->bytes + feed->from, to - feed->from, max);
	feed->from = to;
	if (r == -E2BIG)
		return why_set(feed->why, r, "JSON of more than %zu MB in %s",
			max >> 20, e->inside ? "one piece" : "its frame");
	return r < 0 ? why_set(feed->why, r, "out of memory") : 0;
}

static int open_bracket(struct feed *feed, size_t at)
{
	struct elements *e = feed->elements;
	int r;

	if (++e->depth > ELEMENTS_DEPTH_MAX)
		return why_set(feed->why, -EBADMSG,
			"JSON nested deeper than %d", ELEMENTS_DEPTH_MAX);
	if (feed->bytes[at] != '{' || e->depth != e->at_depth)
		return 0;
	r = keep(feed, at);
	e->inside = true;
	return r;
}

static int close_bracket(struct feed *feed, size_t at)
{
	struct elements *e = feed->elements;
	int r;

	if (e->depth == 0)
		return why_set(feed->why, -EBADMSG, "no JSON");
	e->depth--;
	if (!e->inside || e->depth >= e->at_depth)
		return 0;
	r = keep(feed, at + 1);
	if (r < 0)
		return r;
	e->inside = false;
	r = e->each(e->context, e->element.bytes, e->element.length, feed->why);
	buffer_reset(&e->element);
	e->count++;
	return r < 0 ? r : buffer_add(&e->rest, "0", 1, ELEMENTS_REST_MAX);
}

static int take_byte(struct feed *feed, size_t at)
{
	struct elements *e = feed->elements;
	char c = feed->bytes[at];

	if (e->in_string) {
		e->in_string = e->escaped || c != '"';
		e->escaped = !e->escaped && c == '\\';
		return 0;
	}
	switch (c) {
	case '"':
		e->in_string = true;
		return 0;
	case '{':
	case '[':
		return open_bracket(feed, at);
	case '}':
	case ']':
		return close_bracket(feed, at);
	default:
		return 0;
	}
}

int elements_feed(struct elements *elements, const char *bytes, size_t length,
	struct why *why)
{
	struct feed feed = {elements, bytes, 0, why};
	int r;

	for (size_t i = 0; i < length; i++) {
		r = take_byte(&feed, i);
		if (r < 0)
			return r;
	}
	return keep(&feed, length);
}

size_t elements_count(const struct elements *elements)
{
	return elements->count;
}

const char *elements_rest(const struct elements *elements, size_t *ret_length)
{
	*ret_length = elements->rest.length;
	return buffer_text(&elements->rest);
}
