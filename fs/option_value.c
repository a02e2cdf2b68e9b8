/* SPDX-License-Identifier: MIT */
#include "fs/option_value.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fetch/cleanup.h"
#include "fs/option_etcd.h"
#include "fs/option_path.h"
#include "fs/option_url.h"

const char *option_show(const char *value, struct option_shown *shown)
{
	snprintf(shown->text, sizeof(shown->text), "%.80s%s", value,
		strnlen(value, 81) > 80 ? "..." : "");
	return shown->text;
}

static int value_refuse(
	const char *value, const char *expected, struct why *why)
{
	struct option_shown shown;

	return why_set(why, -EINVAL, "'%s' is not %s",
		option_show(value, &shown), expected);
}

static bool word_is(const char *word, size_t length, const char *value)
{
	return strncasecmp(word, value, length) == 0 && value[length] == '\0';
}

/*
 * The index of value among words, in any case of letters; -1: none. Words with
 * a '|' between them mean the same.
 */
static int word_find(const char *words, const char *value)
{
	int index = 0;

	for (const char *word = words; word && *word;) {
		size_t length = strcspn(word, " |");

		if (word_is(word, length, value))
			return index;
		word += length;
		index += *word == ' ';
		word += strspn(word, " |");
	}
	return -1;
}

int option_truth(const char *value)
{
	return word_find("false|no|off|0|f|n true|yes|on|1|t|y", value);
}

static int parse_flag(const struct option_row *row, const char *value,
	void *field, struct why *why)
{
	int truth = option_truth(value);

	(void)row;
	if (truth < 0)
		return value_refuse(value, "true or false", why);
	*(bool *)field = truth;
	return 0;
}

static int replace_text(void *field, char *text)
{
	char **target = field;

	if (!text)
		return -ENOMEM;
	free(*target);
	*target = text;
	return 0;
}

static int parse_string(const struct option_row *row, const char *value,
	void *field, struct why *why)
{
	(void)row;
	(void)why;
	return replace_text(field, strdup(value));
}

static int parse_path(const struct option_row *row, const char *value,
	void *field, struct why *why)
{
	char *path = NULL;
	int r;

	(void)row;
	r = option_path_absolute(value, &path, why);
	if (r < 0)
		return r;
	return replace_text(field, path);
}

static int parse_program(const struct option_row *row, const char *value,
	void *field, struct why *why)
{
	if (strchr(value, '/'))
		return parse_path(row, value, field, why);
	return parse_string(row, value, field, why);
}

enum { SOURCE_NAME_MAX = 32 };

/* How long the name is in front of "NAME=VALUE"; 0: there is none. */
static size_t name_length(const char *item)
{
	size_t length = strspn(item, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return item[length] == '=' ? length : 0;
}

static int named_text(const struct option_row *row, const char *value,
	char **ret, struct why *why)
{
	if (row->kind == OPTION_SOURCES)
		return option_urls_parse(value, ret, why);
	if (row->kind == OPTION_MASTERS)
		return option_masters_parse(value, ret, why);
	if (row->kind == OPTION_ETCDS)
		return option_etcd_parse(value, ret, why);
	if (row->kind == OPTION_NAMED_PATH)
		return option_path_absolute(value, ret, why);
	*ret = strdup(value);
	return *ret ? 0 : -ENOMEM;
}

static int named_item(const struct option_row *row, const char *item,
	struct option_named_list *list, struct why *why)
{
	const char *standby = row->words ? row->words : "";
	size_t length = name_length(item);
	const char *name = length ? item : standby;
	const char *value = length ? item + length + 1 : item;
	char *text = NULL;
	int r;

	if (length > SOURCE_NAME_MAX || item[0] == '=')
		return why_set(why, -EINVAL,
			"a name has 1 to %d characters of a-z, 0-9 and '-'",
			SOURCE_NAME_MAX);
	r = named_text(row, value, &text, why);
	if (r < 0)
		return r;
	return option_named_put(list, name, length ? length : strlen(standby), text);
}

/* What is asked for itself, instead of a path. */
static bool is_inline(const struct option_row *row, const char *value)
{
	return row->flags & OPTION_INLINE && value[0] == '{';
}

static int parse_named(const struct option_row *row, const char *value,
	void *field, struct why *why)
{
	CLEANUP(free) char *copy = strdup(value);
	char *rest = copy, *item;
	int r = copy ? 0 : -ENOMEM;

	if (r == 0 && is_inline(row, value))
		return option_named_put(field, "", 0, take_ptr(&copy));
	while (r == 0 && (item = strsep(&rest, ";"))) {
		item += strspn(item, " ");
		if (!*item)
			return why_set(why, -EINVAL,
				"an item of the list is empty");
		r = named_item(row, item, field, why);
	}
	return r;
}

/* Digits alone: no sign, no space. *ret_end is what follows. */
static bool digits_read(
	const char *value, int base, uint64_t *ret, const char **ret_end)
{
	unsigned long long number;
	char *end;

	if (!isdigit((unsigned char)value[0]))
		return false;
	errno = 0;
	number = strtoull(value, &end, base);
	if (errno != 0 || end == value)
		return false;
	*ret = number;
	*ret_end = end;
	return true;
}

/* A number in the row's range with nothing behind it. */
static bool number_read(const struct option_row *row, const char *value,
	int base, uint64_t *ret)
{
	const char *end;

	return digits_read(value, base, ret, &end) && *end == '\0' &&
		*ret >= row->min && *ret <= row->max;
}

static int parse_unsigned(const struct option_row *row, const char *value,
	void *field, struct why *why)
{
	char expected[128];
	uint64_t number;

	if (word_find(row->words, value) >= 0) {
		*(unsigned *)field = ~0u;
		return 0;
	}
	snprintf(expected, sizeof(expected),
		"a number from %" PRIu64 " to %" PRIu64 "%s%s", row->min,
		row->max, row->words ? ", or " : "",
		row->words ? row->words : "");
	if (!number_read(row, value, 10, &number))
		return value_refuse(value, expected, why);
	*(unsigned *)field = (unsigned)number;
	return 0;
}

static int parse_octal(const struct option_row *row, const char *value,
	void *field, struct why *why)
{
	char expected[64];
	uint64_t number;

	snprintf(expected, sizeof(expected),
		"an octal number from 0 to %" PRIo64, row->max);
	if (!number_read(row, value, 8, &number))
		return value_refuse(value, expected, why);
	*(unsigned *)field = (unsigned)number;
	return 0;
}

static int parse_port(const struct option_row *row, const char *value,
	void *field, struct why *why)
{
	char expected[64];
	uint64_t number;

	snprintf(expected, sizeof(expected),
		"a port from %" PRIu64 " to %" PRIu64, row->min, row->max);
	if (!number_read(row, value, 10, &number))
		return value_refuse(value, expected, why);
	*(unsigned *)field = (unsigned)number;
	return 0;
}

struct unit {
	const char *suffix;
	uint64_t factor;
};

/* A number with one of the suffixes, "" being one of them, in range. */
static bool measure_read(const struct option_row *row, const char *value,
	const struct unit *units, uint64_t *ret)
{
	const char *suffix;
	uint64_t number;

	if (!digits_read(value, 10, &number, &suffix))
		return false;
	for (; units->suffix; units++) {
		if (strcasecmp(units->suffix, suffix) != 0)
			continue;
		if (number > row->max / units->factor)
			return false;
		*ret = number * units->factor;
		return *ret >= row->min;
	}
	return false;
}

void option_duration_write(uint64_t ms, char *text, size_t size)
{
	if (ms % 1000)
		snprintf(text, size, "%" PRIu64 "ms", ms);
	else
		snprintf(text, size, "%" PRIu64 "s", ms / 1000);
}

static int parse_duration(const struct option_row *row, const char *value,
	void *field, struct why *why)
{
	static const struct unit units[] = {
		{"", 1000}, {"s", 1000}, {"ms", 1}, {"m", 60000},
		{"h", 3600 * 1000}, {NULL, 0}};
	char least[24], most[24], expected[128];
	uint64_t ms;

	option_duration_write(row->min, least, sizeof(least));
	option_duration_write(row->max, most, sizeof(most));
	snprintf(expected, sizeof(expected),
		"a time from %s to %s, such as 90 (seconds), 500ms or 2m",
		least, most);
	if (!measure_read(row, value, units, &ms))
		return value_refuse(value, expected, why);
	*(unsigned *)field = (unsigned)ms;
	return 0;
}

static int parse_bytes(const struct option_row *row, const char *value,
	void *field, struct why *why)
{
	static const struct unit units[] = {{"", 1}, {"K", 1 << 10},
		{"M", 1 << 20}, {"G", 1 << 30}, {NULL, 0}};
	char expected[128];
	uint64_t bytes;

	snprintf(expected, sizeof(expected),
		"a size from %" PRIu64 " to %" PRIu64
		" bytes, such as 65536, 64K or 1G",
		row->min, row->max);
	if (!measure_read(row, value, units, &bytes))
		return value_refuse(value, expected, why);
	*(uint64_t *)field = bytes;
	return 0;
}

static int parse_enum(const struct option_row *row, const char *value,
	void *field, struct why *why)
{
	int index = word_find(row->words, value);
	int truth = option_truth(value);
	char expected[128];

	/* mmsd says true where we say on. */
	if (index < 0 && truth >= 0)
		index = word_find(row->words, truth ? "on" : "off");
	snprintf(expected, sizeof(expected), "one of %s", row->argument);
	if (index < 0)
		return value_refuse(value, expected, why);
	*(unsigned *)field = (unsigned)index;
	return 0;
}

static int parse_list(const struct option_row *row, const char *value,
	void *field, struct why *why)
{
	struct option_list *list = field;
	char *text = strdup(value);
	char **items;

	(void)row;
	(void)why;
	items = reallocarray(list->items, list->count + 1, sizeof(items[0]));
	if (items)
		list->items = items;
	if (!items || !text) {
		free(text);
		return -ENOMEM;
	}
	items[list->count++] = text;
	return 0;
}

static int (*const parsers[])(const struct option_row *row, const char *value,
	void *field, struct why *why) = {
	[OPTION_FLAG] = parse_flag,
	[OPTION_STRING] = parse_string,
	[OPTION_PATH] = parse_path,
	[OPTION_PROGRAM] = parse_program,
	[OPTION_SOURCES] = parse_named,
	[OPTION_MASTERS] = parse_named,
	[OPTION_ETCDS] = parse_named,
	[OPTION_NAMED_PATH] = parse_named,
	[OPTION_NAMED_STRING] = parse_named,
	[OPTION_UNSIGNED] = parse_unsigned,
	[OPTION_OCTAL] = parse_octal,
	[OPTION_PORT] = parse_port,
	[OPTION_DURATION] = parse_duration,
	[OPTION_BYTES] = parse_bytes,
	[OPTION_ENUM] = parse_enum,
	[OPTION_LIST] = parse_list,
};

int option_value_parse(const struct option_row *row, const char *value,
	void *field, struct why *why)
{
	if (value[0] == '\0')
		return why_set(why, -EINVAL, "needs a value");
	if (strnlen(value, OPTION_VALUE_MAX + 1) > OPTION_VALUE_MAX)
		return why_set(
			why, -EINVAL, "longer than %d bytes", OPTION_VALUE_MAX);
	/* JSON has lines. */
	for (const char *c = is_inline(row, value) ? "" : value; *c; c++)
		if (iscntrl((unsigned char)*c))
			return why_set(
				why, -EINVAL, "holds a control character");
	return parsers[row->kind](row, value, field, why);
}

static void list_done(struct option_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct option_list){NULL, 0};
}

static bool text_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool list_same(const void *a, const void *b)
{
	const struct option_list *x = a, *y = b;

	if (x->count != y->count)
		return false;
	for (size_t i = 0; i < x->count; i++)
		if (strcmp(x->items[i], y->items[i]) != 0)
			return false;
	return true;
}

bool option_value_same(
	const struct option_row *row, const void *a, const void *b)
{
	switch (row->kind) {
	case OPTION_STRING:
	case OPTION_PATH:
	case OPTION_PROGRAM:
		return text_same(*(char *const *)a, *(char *const *)b);
	case OPTION_SOURCES:
	case OPTION_MASTERS:
	case OPTION_ETCDS:
	case OPTION_NAMED_PATH:
	case OPTION_NAMED_STRING:
		return option_named_same(a, b);
	case OPTION_LIST:
		return list_same(a, b);
	case OPTION_FLAG:
		return *(const bool *)a == *(const bool *)b;
	case OPTION_UNSIGNED:
	case OPTION_OCTAL:
	case OPTION_PORT:
	case OPTION_DURATION:
	case OPTION_ENUM:
		return *(const unsigned *)a == *(const unsigned *)b;
	case OPTION_BYTES:
		return *(const uint64_t *)a == *(const uint64_t *)b;
	case OPTION_ACTION:
	case OPTION_MOUNT_LIST:
		return true;
	}
	return false;
}

void option_value_done(const struct option_row *row, void *field)
{
	char **text = field;

	switch (row->kind) {
	case OPTION_STRING:
	case OPTION_PATH:
	case OPTION_PROGRAM:
		free(*text);
		*text = NULL;
		return;
	case OPTION_SOURCES:
	case OPTION_MASTERS:
	case OPTION_ETCDS:
	case OPTION_NAMED_PATH:
	case OPTION_NAMED_STRING:
		option_named_done(field);
		return;
	case OPTION_LIST:
		list_done(field);
		return;
	case OPTION_FLAG:
	case OPTION_UNSIGNED:
	case OPTION_OCTAL:
	case OPTION_PORT:
	case OPTION_DURATION:
	case OPTION_ENUM:
	case OPTION_BYTES:
	case OPTION_ACTION:
	case OPTION_MOUNT_LIST:
		return;
	}
}
