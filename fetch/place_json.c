/* SPDX-License-Identifier: MIT */
#include "fetch/place_json.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && memchr(" \t\r\n,:", *at, 6))
		at++;
	return at;
}

/* From a quote to behind the one that ends the string. */
static const char *skip_string(const char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++)
		if (*at == '\\' && at + 1 < end)
			at++;
	return at < end ? at + 1 : end;
}

static const char *skip_value(const char *at, const char *end)
{
	size_t depth = 0;

	while (at < end) {
		if (*at == '"') {
			at = skip_string(at, end);
		} else if (*at == '{' || *at == '[') {
			depth++;
			at++;
		} else if (*at == '}' || *at == ']') {
			if (depth == 0)
				return at;
			depth--;
			at++;
		} else if (depth == 0) {
			while (at < end && !memchr(" \t\r\n,:]}", *at, 8))
				at++;
			return at;
		} else {
			at++;
		}
		if (depth == 0)
			return at;
	}
	return end;
}

struct json_place place_of_text(const char *text, size_t length)
{
	const char *end = text + length;

	return (struct json_place){skip_blanks(text, end), end};
}

static bool is_named(const char *key, const char *key_end, const char *name)
{
	size_t length = strlen(name);

	return (size_t)(key_end - key) == length + 2 &&
		strncasecmp(key + 1, name, length) == 0;
}

struct json_place place_of_member(struct json_place object, const char *name)
{
	const char *at = object.at, *end = object.end;
	struct json_place found = object;

	if (at >= end || *at != '{')
		return object;
	at = skip_blanks(at + 1, end);
	while (at < end && *at == '"') {
		const char *key = at, *key_end = skip_string(at, end);

		at = skip_blanks(key_end, end);
		if (is_named(key, key_end, name))
			found.at = at;
		at = skip_blanks(skip_value(at, end), end);
	}
	return found;
}

struct json_place place_of_element(struct json_place array, size_t index)
{
	const char *at = array.at, *end = array.end;

	if (at >= end || *at != '[')
		return array;
	at = skip_blanks(at + 1, end);
	for (; index > 0 && at < end && *at != ']'; index--)
		at = skip_blanks(skip_value(at, end), end);
	return (struct json_place){at, end};
}

size_t place_line(const char *text, const char *at)
{
	size_t line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}
