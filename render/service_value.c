/* SPDX-License-Identifier: MIT */
#include "render/service_value.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { WORDS_MAX = 32 }; /* of one value; HAProxy reads 64 of a line */

int value_ignore(struct why *why, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why->text, sizeof(why->text), format, arguments);
	va_end(arguments);
	return 0;
}

bool value_is_plain(char c, bool blanks)
{
	if (c == ' ')
		return blanks;
	return c > ' ' && c < 0x7f && !strchr("\"'\\#$`{}", c);
}

bool value_is_text(const char *text, bool blanks)
{
	size_t length = 0, words = 0;

	for (; text[length]; length++) {
		if (!value_is_plain(text[length], blanks)
			|| length == VALUE_TEXT_MAX)
			return false;
		words += text[length] != ' '
			&& (length == 0 || text[length - 1] == ' ');
	}
	return words > 0 && words <= WORDS_MAX;
}

static const char *const true_words[] = {"true", "t", "yes", "y", "1", NULL};
static const char *const false_words[] = {
	"false", "f", "no", "n", "0", "", NULL};

static bool is_word(const char *value, const char *const *words)
{
	for (; *words; words++)
		if (strcasecmp(value, *words) == 0)
			return true;
	return false;
}

int value_flag(const char *value, bool *ret, struct why *why)
{
	if (is_word(value, true_words))
		*ret = true;
	else if (is_word(value, false_words))
		*ret = false;
	else
		return value_ignore(
			why, "'%.64s' is neither true nor false", value);
	return 0;
}

bool value_is_number(const char *value, long min, long max, long *ret)
{
	char *end;

	if (!*value || value[strspn(value, "-0123456789")])
		return false;
	errno = 0;
	*ret = strtol(value, &end, 10);
	return errno == 0 && !*end && *ret >= min && *ret <= max;
}

static bool read_number(const char *value, long min, long max, long *ret,
	struct why *why)
{
	bool is_number = value_is_number(value, min, max, ret);

	if (!is_number)
		value_ignore(why, "'%.64s' is no number from %ld to %ld", value,
			min, max);
	return is_number;
}

int value_unsigned(const char *value, long min, long max, uint32_t *ret,
	struct why *why)
{
	long number;

	if (read_number(value, min, max, &number, why))
		*ret = (uint32_t)number;
	return 0;
}

int value_signed(const char *value, long min, long max, int32_t *ret,
	struct why *why)
{
	long number;

	if (read_number(value, min, max, &number, why))
		*ret = (int32_t)number;
	return 0;
}
