/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "fs/option_value.h"

/* Blanks at an end, and a quote at both, would be lost in a file. */
static bool needs_quotes(const char *text)
{
	size_t length = strlen(text);

	return text[0] == '"' || text[0] == ' ' || text[length - 1] == ' ';
}

static void text_write(
	const struct option_row *row, const char *text, FILE *out)
{
	const char *quote = text && *text && needs_quotes(text) ? "\"" : "";

	if (text)
		fprintf(out, "%s = %s%s%s\n", row->name, quote, text, quote);
}

static void list_write(
	const struct option_row *row, const struct option_list *list, FILE *out)
{
	for (size_t i = 0; i < list->count; i++)
		text_write(row, list->items[i], out);
}

/* A name that is given where none is said stays unsaid. */
static void named_write(const struct option_row *row,
	const struct option_named_list *list, FILE *out)
{
	const char *standby = row->words ? row->words : "";

	for (size_t i = 0; i < list->count; i++) {
		const struct option_named *item = &list->items[i];
		bool named = strcmp(item->name, standby) != 0;
		const char *value = item->value;

		/* What tells the kind of source is not the user's. */
		if (row->kind == OPTION_MASTERS)
			value = strchr(value, ':') + 1;
		fprintf(out, "%s = %s%s%s\n", row->name,
			named ? item->name : "", named ? "=" : "", value);
	}
}

/* The first of the words that mean the same. */
static void enum_write(const struct option_row *row, unsigned index, FILE *out)
{
	const char *word = row->words;

	for (; index; index--) {
		word += strcspn(word, " ");
		word += strspn(word, " ");
	}
	fprintf(out, "%s = %.*s\n", row->name, (int)strcspn(word, " |"), word);
}

static void duration_write(const struct option_row *row, unsigned ms, FILE *out)
{
	char text[24];

	option_duration_write(ms, text, sizeof(text));
	fprintf(out, "%s = %s\n", row->name, text);
}

static void number_write(
	const struct option_row *row, unsigned number, FILE *out)
{
	if (row->words && number == ~0u)
		fprintf(out, "%s = %s\n", row->name, row->words);
	else
		fprintf(out, "%s = %u\n", row->name, number);
}

void option_value_write(
	const struct option_row *row, const void *field, FILE *out)
{
	switch (row->kind) {
	case OPTION_FLAG:
		fprintf(out, "%s = %s\n", row->name,
			*(const bool *)field ? "true" : "false");
		return;
	case OPTION_STRING:
	case OPTION_PATH:
	case OPTION_PROGRAM:
		text_write(row, *(char *const *)field, out);
		return;
	case OPTION_SOURCES:
	case OPTION_MASTERS:
	case OPTION_ETCDS:
	case OPTION_NAMED_PATH:
	case OPTION_NAMED_STRING:
		named_write(row, field, out);
		return;
	case OPTION_UNSIGNED:
	case OPTION_PORT:
		number_write(row, *(const unsigned *)field, out);
		return;
	case OPTION_OCTAL:
		fprintf(out, "%s = %o\n", row->name, *(const unsigned *)field);
		return;
	case OPTION_DURATION:
		duration_write(row, *(const unsigned *)field, out);
		return;
	case OPTION_BYTES:
		fprintf(out, "%s = %" PRIu64 "\n", row->name,
			*(const uint64_t *)field);
		return;
	case OPTION_ENUM:
		enum_write(row, *(const unsigned *)field, out);
		return;
	case OPTION_LIST:
		list_write(row, field, out);
		return;
	case OPTION_ACTION:
	case OPTION_MOUNT_LIST:
		return;
	}
}
