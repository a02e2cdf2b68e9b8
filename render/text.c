/* SPDX-License-Identifier: MIT */
#include "render/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool make_room(struct text *text, size_t length)
{
	size_t space = text->space ? text->space : 256;
	char *larger;

	if (text->failed)
		return false;
	if (text->space - text->length >= length)
		return true;
	while (space - text->length < length)
		space *= 2;
	larger = realloc(text->at, space);
	if (!larger) {
		text->failed = true;
		return false;
	}
	text->at = larger;
	text->space = space;
	return true;
}

void text_add(struct text *text, const char *bytes, size_t length)
{
	if (length == 0 || !make_room(text, length))
		return;
	memcpy(text->at + text->length, bytes, length);
	text->length += length;
}

void text_add_string(struct text *text, const char *string)
{
	text_add(text, string, strlen(string));
}

void text_addf(struct text *text, const char *format, ...)
{
	va_list arguments;
	char small[512];
	int length;

	va_start(arguments, format);
	length = vsnprintf(small, sizeof(small), format, arguments);
	va_end(arguments);
	if (length < (int)sizeof(small)) {
		text_add(text, small, (size_t)length);
		return;
	}
	if (!make_room(text, (size_t)length + 1))
		return;
	va_start(arguments, format);
	vsnprintf(text->at + text->length, (size_t)length + 1, format,
		arguments);
	va_end(arguments);
	text->length += (size_t)length;
}

void text_done(struct text *text)
{
	free(text->at);
	*text = (struct text){.at = NULL};
}

size_t text_find_line(const char *text, size_t length, size_t *line)
{
	const char *at = text, *end = text + length;

	while (*line > 0 && at < end) {
		const char *next = memchr(at, '\n', (size_t)(end - at));

		if (!next)
			break;
		at = next + 1;
		--*line;
	}
	return *line == 0 && at < end ? (size_t)(at - text) : SIZE_MAX;
}
