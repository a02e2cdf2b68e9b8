/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "fetch/cleanup.h"
#include "fs/option_foreign.h"
#include "fs/option_find.h"

/*
 * Nothing of a predecessor is known to the program that is not in
 * tests/options/predecessors.tsv, which says what is to become of it.
 */

/* The file's text, for the caller to free. */
static char *rows_read(void)
{
	CLEANUP(fclose) FILE *in = NULL;
	char *text = calloc(1, 1 << 20);

	assert(unit_argc == 2 && text);
	in = fopen(unit_argv[1], "re");
	assert(in && fread(text, 1, (1 << 20) - 1, in) > 0);
	return text;
}

/* A row with the name, behind dashes dashes, as its third column. */
static bool has_row(
	const char *text, const char *dashes, const char *name, size_t length)
{
	char column[96];

	snprintf(column, sizeof(column), "\t%s%.*s\t", dashes, (int)length,
		name);
	if (!strstr(text, column))
		printf("  no row: %s%.*s\n", dashes, (int)length, name);
	return strstr(text, column);
}

/* "-v=2" is how its row must name it, as -v alone is ours. */
static const char *dashes_of(const struct option_foreign *foreign)
{
	if (foreign->flags & (FOREIGN_FILE | FOREIGN_COMMAND))
		return "";
	return foreign->flags & FOREIGN_DASH ? "-" : "--";
}

TEST(every_row_of_what_is_not_ours_is_walked)
{
	CLEANUP(free) char *text = rows_read();

	for (size_t i = 0; i < option_foreign_count; i++) {
		const struct option_foreign *foreign = &option_foreigns[i];
		const char *name = foreign->name;

		if (name && strcmp(name, "v") == 0)
			name = "v=2";
		if (name)
			assert(has_row(
				text, dashes_of(foreign), name, strlen(name)));
		if (foreign->letter)
			assert(has_row(text, "-", &foreign->letter, 1));
		if (foreign->variable)
			assert(has_row(text, "", foreign->variable,
				strlen(foreign->variable)));
	}
}

TEST(every_other_name_of_an_option_is_walked)
{
	CLEANUP(free) char *text = rows_read();

	for (size_t i = 0; i < option_alias_count; i++)
		assert(has_row(text, "--", option_aliases[i].name,
			strlen(option_aliases[i].name)));
}

TEST(every_variable_of_a_predecessor_is_walked)
{
	CLEANUP(free) char *text = rows_read();

	for (size_t i = 0; i < option_count; i++) {
		const char *name = option_table[i].environment;

		for (; name && *name; name += strspn(name, " ")) {
			assert(has_row(text, "", name, strcspn(name, " =")));
			name += strcspn(name, " ");
		}
	}
}

TEST(what_is_to_be_built_is_walked)
{
	CLEANUP(free) char *text = rows_read();

	for (size_t i = 0; i < option_count; i++)
		if (option_table[i].flags & OPTION_LATER)
			assert(has_row(text, "--", option_table[i].name,
				strlen(option_table[i].name)));
}

TEST(nothing_is_both_ours_and_not)
{
	for (size_t i = 0; i < option_foreign_count; i++) {
		const struct option_foreign *foreign = &option_foreigns[i];
		struct option_match match;
		unsigned kind = foreign->flags &
			(FOREIGN_FILE | FOREIGN_COMMAND | FOREIGN_DASH);

		if (foreign->name && (kind == 0 || kind == FOREIGN_FILE))
			assert(!option_find(
				foreign->name, strlen(foreign->name), &match));
		if (foreign->letter && !(foreign->flags & FOREIGN_UNLESS_URL))
			assert(!option_find_letter(foreign->letter, &match));
		if (foreign->name)
			assert(option_foreign_find(foreign->name,
				       strlen(foreign->name), kind) == foreign);
		if (foreign->variable)
			assert(option_foreign_variable(foreign->variable,
				       strlen(foreign->variable)) == foreign);
	}
}
