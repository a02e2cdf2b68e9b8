/* SPDX-License-Identifier: MIT */
#include "fetch/buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SPACE_FIRST = 512 };

static int make_room(struct buffer *buffer, size_t need)
{
	size_t space = buffer->space ? buffer->space : SPACE_FIRST;
	char *bytes;

	while (space < need)
		space *= 2;
	if (space == buffer->space)
		return 0;
	bytes = realloc(buffer->bytes, space);
	if (!bytes)
		return -ENOMEM;
	buffer->bytes = bytes;
	buffer->space = space;
	return 0;
}

int buffer_add(struct buffer *buffer, const char *bytes, size_t length,
	size_t max)
{
	int r;

	if (length > max || buffer->length > max - length)
		return -E2BIG;
	r = make_room(buffer, buffer->length + length + 1);
	if (r < 0)
		return r;
	memcpy(buffer->bytes + buffer->length, bytes, length);
	buffer->length += length;
	buffer->bytes[buffer->length] = '\0';
	return 0;
}

void buffer_reset(struct buffer *buffer)
{
	buffer->length = 0;
}

void buffer_done(struct buffer *buffer)
{
	free(buffer->bytes);
	*buffer = (struct buffer){NULL, 0, 0};
}

const char *buffer_text(const struct buffer *buffer)
{
	return buffer->length > 0 ? buffer->bytes : "";
}
