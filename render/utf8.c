/* SPDX-License-Identifier: MIT */
#include "render/utf8.h"

#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

static bool is_between(unsigned char byte, unsigned low, unsigned high)
{
	return byte >= low && byte <= high;
}

/* The second byte is what keeps out overlong forms and surrogates. */
static bool second_fits(const unsigned char *t)
{
	switch (t[0]) {
	case 0xe0:
		return is_between(t[1], 0xa0, 0xbf);
	case 0xed:
		return is_between(t[1], 0x80, 0x9f);
	case 0xf0:
		return is_between(t[1], 0x90, 0xbf);
	case 0xf4:
		return is_between(t[1], 0x80, 0x8f);
	default:
		return is_between(t[1], 0x80, 0xbf);
	}
}

size_t utf8_character(const char *text)
{
	const unsigned char *t = (const unsigned char *)text;
	size_t length;

	if (t[0] == 0)
		return 0;
	if (t[0] < 0x80)
		return 1;
	if (!is_between(t[0], 0xc2, 0xf4))
		return 0;
	length = t[0] < 0xe0 ? 2 : t[0] < 0xf0 ? 3 : 4;
	if (!second_fits(t))
		return 0;
	for (size_t i = 2; i < length; i++)
		if (!is_between(t[i], 0x80, 0xbf))
			return 0;
	return length;
}

bool utf8_is_valid(const char *text)
{
	while (*text) {
		size_t length = utf8_character(text);

		if (length == 0)
			return false;
		text += length;
	}
	return true;
}

char *utf8_clean(const char *text)
{
	char *clean = malloc(strlen(text) * strlen(REPLACEMENT) + 1);
	char *to = clean;

	if (!clean)
		return NULL;
	while (*text) {
		size_t length = utf8_character(text);

		if (length > 0) {
			memcpy(to, text, length);
			to += length;
			text += length;
			continue;
		}
		memcpy(to, REPLACEMENT, strlen(REPLACEMENT));
		to += strlen(REPLACEMENT);
		text++;
	}
	*to = '\0';
	return clean;
}
