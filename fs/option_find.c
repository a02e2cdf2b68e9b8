/* SPDX-License-Identifier: MIT */
#include "fs/option_find.h"

#include <string.h>

#include "fs/edit_distance.h"

static bool name_is(const char *name, const char *text, size_t length)
{
	return strlen(name) == length && memcmp(name, text, length) == 0;
}

static struct option_match match_of(const struct option_row *row)
{
	struct option_match match = {.row = row};

	if (row->kind == OPTION_FLAG)
		match.implied = "true";
	return match;
}

static bool row_find(const char *name, size_t length, struct option_match *ret)
{
	for (size_t i = 0; i < option_count; i++) {
		if (!name_is(option_table[i].name, name, length))
			continue;
		*ret = match_of(&option_table[i]);
		return true;
	}
	return false;
}

static bool alias_match(
	const struct option_alias *alias, struct option_match *ret)
{
	if (!row_find(alias->option, strlen(alias->option), ret))
		return false;
	if (alias->implied)
		ret->implied = alias->implied;
	ret->item = alias->item;
	return true;
}

static bool negated_find(
	const char *name, size_t length, struct option_match *ret)
{
	struct option_match match;

	if (length < 3 || memcmp(name, "no-", 3) != 0)
		return false;
	if (!row_find(name + 3, length - 3, &match) ||
		match.row->kind != OPTION_FLAG)
		return false;
	match.implied = "false";
	match.negated = true;
	*ret = match;
	return true;
}

bool option_find(const char *name, size_t length, struct option_match *ret)
{
	if (row_find(name, length, ret))
		return true;
	for (size_t i = 0; i < option_alias_count; i++)
		if (name_is(option_aliases[i].name, name, length))
			return alias_match(&option_aliases[i], ret);
	return negated_find(name, length, ret);
}

bool option_find_letter(char letter, struct option_match *ret)
{
	if (letter == '\0')
		return false;
	for (size_t i = 0; i < option_count; i++) {
		if (option_table[i].letter != letter)
			continue;
		*ret = match_of(&option_table[i]);
		return true;
	}
	for (size_t i = 0; i < option_alias_count; i++)
		if (option_aliases[i].letter == letter)
			return alias_match(&option_aliases[i], ret);
	return false;
}

/* How far name is from a known one; a beginning of it is near. */
static size_t name_distance(const char *name, size_t length, const char *known)
{
	if (length >= 3 && strncmp(known, name, length) == 0)
		return 1;
	return edit_distance(name, length, known);
}

const char *option_nearest(const char *name, size_t length)
{
	const char *nearest = NULL;
	size_t least = length < 4 ? 2 : 3; /* must be below */

	if (length < 2)
		return NULL;
	for (size_t i = 0; i < option_count; i++) {
		const struct option_row *row = &option_table[i];
		size_t distance = name_distance(name, length, row->name);

		if (row->flags & (OPTION_HIDDEN | OPTION_LATER))
			continue;
		if (distance < least) {
			least = distance;
			nearest = row->name;
		}
	}
	return nearest;
}
