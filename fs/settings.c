/* SPDX-License-Identifier: MIT */
#include "fs/settings.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/cleanup.h"
#include "fs/option_value.h"

int option_unknown(const struct said *said, struct why *why)
{
	const char *dashes =
		said->origin == ORIGIN_COMMAND_LINE && said->where[0] == '\0'
		? "--"
		: "";
	int length = (int)strnlen(said->name, said->name_length);
	const char *nearest;

	if (length > 60)
		length = 60;
	nearest = option_nearest(said->name, said->name_length);
	return why_set(why, -EINVAL, "%s%sunknown option '%s%.*s'%s%s%s%s",
		said->where, said->where[0] ? ": " : "", dashes, length,
		said->name, nearest ? "; did you mean '" : "",
		nearest ? dashes : "", nearest ? nearest : "",
		nearest ? "'?" : "");
}

/* The list that the same name has begun; NULL: none. */
static const char *list_find(const struct settings *settings,
	const struct option_match *match, enum origin origin)
{
	const struct setting *last = settings_find(settings, match->row->name);

	return last && last->origin == origin && last->item == match->item
		? last->value
		: NULL;
}

/* *ret is value, or with it the list that it is an item of. */
static int value_make(const struct settings *settings,
	const struct option_match *match, const struct said *said,
	const char *value, char **ret)
{
	const char *list;

	if (!match->item) {
		*ret = strdup(value);
		return *ret ? 0 : -ENOMEM;
	}
	list = list_find(settings, match, said->origin);
	if (asprintf(ret, "%s%s%s%s", list ? list : "", list ? "," : "",
		    strcmp(value, "*") == 0 ? "" : match->item, value) < 0) {
		*ret = NULL;
		return -ENOMEM;
	}
	return 0;
}

static int settings_append(struct settings *settings,
	const struct option_match *match, const struct said *said,
	const char *value)
{
	CLEANUP(free) char *value_copy = NULL;
	CLEANUP(free) char *where_copy = strdup(said->where);
	struct setting *items;

	if (value_make(settings, match, said, value, &value_copy) < 0 ||
		!where_copy)
		return -ENOMEM;
	items = reallocarray(settings->items, settings->count + 1,
		sizeof(settings->items[0]));
	if (!items)
		return -ENOMEM;
	settings->items = items;
	items[settings->count++] = (struct setting){
		.row = match->row,
		.origin = said->origin,
		.item = match->item,
		.value = take_ptr(&value_copy),
		.where = take_ptr(&where_copy),
	};
	return 0;
}

static bool row_allows(const struct option_row *row, enum origin origin)
{
	switch (origin) {
	case ORIGIN_FILE:
		return !(row->flags & OPTION_NO_FILE);
	case ORIGIN_ENVIRONMENT:
		return !(row->flags & OPTION_NO_ENVIRONMENT);
	case ORIGIN_COMMAND_LINE:
	case ORIGIN_COUNT:
		break;
	}
	return true;
}

/* A secret itself, where its file was asked for. */
static bool is_misplaced(
	const struct option_row *row, const struct said *said)
{
	const char *value = said->value;

	if (!(row->flags & OPTION_INLINE) || !value
		|| said->origin == ORIGIN_ENVIRONMENT)
		return false;
	return value[0] == '{' || strstr(value, "={");
}

int settings_add(struct settings *settings, const struct option_match *match,
	const struct said *said, struct why *why)
{
	const struct option_row *row = match->row;

	if (is_misplaced(row, said))
		return why_set(why, -EINVAL,
			"%s: this keeps no secret: put it into a file of your "
			"own: --%s=FILE",
			said->where, row->name);
	if (row->flags & OPTION_LATER)
		return why_set(why, -ENOTSUP,
			"%s: not built yet in this version", said->where);
	if (!row_allows(row, said->origin))
		return why_set(why, -EINVAL, "%s: only on the command line",
			said->where);
	if (match->negated && said->value)
		return why_set(why, -EINVAL, "%s: takes no value", said->where);
	if (!said->value && !match->implied)
		return why_set(why, -EINVAL, "%s: needs a value: %s",
			said->where, row->argument);
	if (match->item && said->value &&
		(!*said->value || strchr(said->value, ',')))
		return why_set(why, -EINVAL,
			"%s: takes one; give it again for each", said->where);
	return settings_append(settings, match, said,
		said->value ? said->value : match->implied);
}

int settings_say(
	struct settings *settings, const struct said *said, struct why *why)
{
	struct option_match match;

	if (!option_find(said->name, said->name_length, &match))
		return option_unknown(said, why);
	return settings_add(settings, &match, said, why);
}

int settings_warn(struct settings *settings, const char *format, ...)
{
	CLEANUP(free) char *line = NULL;
	va_list arguments;
	char **lines;
	int r;

	va_start(arguments, format);
	r = vasprintf(&line, format, arguments);
	va_end(arguments);
	if (r < 0) {
		line = NULL;
		return -ENOMEM;
	}
	lines = reallocarray(settings->warnings, settings->warning_count + 1,
		sizeof(lines[0]));
	if (!lines)
		return -ENOMEM;
	settings->warnings = lines;
	lines[settings->warning_count++] = take_ptr(&line);
	return 0;
}

const struct setting *settings_find(
	const struct settings *settings, const char *name)
{
	const struct setting *found = NULL;

	for (size_t i = 0; i < settings->count; i++) {
		const struct setting *item = &settings->items[i];

		if (strcmp(item->row->name, name) != 0)
			continue;
		if (!found || item->origin >= found->origin)
			found = item;
	}
	return found;
}

void settings_done(struct settings *settings)
{
	for (size_t i = 0; i < settings->count; i++) {
		free(settings->items[i].value);
		free(settings->items[i].where);
	}
	for (size_t i = 0; i < settings->warning_count; i++)
		free(settings->warnings[i]);
	free(settings->items);
	free(settings->warnings);
	free(settings->mount.fsname);
	free(settings->mount.subtype);
	free(settings->mount.passed);
	*settings = (struct settings){0};
}
