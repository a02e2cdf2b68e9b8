/* SPDX-License-Identifier: MIT */
#include "fs/options.h"

#include <string.h>

#include "fs/option_table.h"

enum { WIDTH = 80, HELP_COLUMN = 30 };

static const char usage_head[] =
	"Usage: mmsdfs [options] [SOURCE] MOUNTPOINT\n"
	"       mmsdfs [options] render VIEW\n"
	"       mmsdfs status MOUNTPOINT\n"
	"\n"
	"Shows a Marathon cluster as files that are always current.\n"
	"render prints one view once, status what a mount is doing.\n";

static const char usage_tail[] =
	"\n"
	"A TIME is in seconds, or has a unit: 500ms, 90s, 2m, 1h.\n"
	"A flag can be taken back with --no-NAME or --NAME=false.\n"
	"The command line wins over the environment, where --log-level is "
	"called\n"
	"MMSDFS_LOG_LEVEL, and that over the file of --config. mmsdfs(8) tells "
	"more.\n";

/* Words of text from column on, at HELP_COLUMN on the next lines. */
static size_t words_write(FILE *out, const char *text, size_t column)
{
	while (*text) {
		size_t length = strcspn(text, " ");

		if (column > HELP_COLUMN && column + 1 + length >= WIDTH) {
			fprintf(out, "\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
		} else if (column > HELP_COLUMN) {
			fputc(' ', out);
			column++;
		}
		fwrite(text, 1, length, out);
		column += length;
		text += length;
		text += strspn(text, " ");
	}
	return column;
}

static void row_write(FILE *out, const struct option_row *row)
{
	char letter[] = {'-', row->letter, ',', '\0'};
	char standard[64];
	size_t column;
	int written;

	written = fprintf(out, "  %-3s --%s%s%s", row->letter ? letter : "",
		row->name, row->argument ? "=" : "",
		row->argument ? row->argument : "");
	column = written < 0 ? 0 : (size_t)written;
	if (column + 2 > HELP_COLUMN) {
		fputc('\n', out);
		column = 0;
	}
	fprintf(out, "%*s", (int)(HELP_COLUMN - column), "");
	column = words_write(out, row->help, HELP_COLUMN);
	if (row->default_text) {
		snprintf(standard, sizeof(standard), "(default: %s)",
			row->default_text);
		words_write(out, standard, column);
	}
	fputc('\n', out);
}

void options_usage(FILE *out)
{
	fputs(usage_head, out);
	for (int section = 0; section < SECTION_COUNT; section++) {
		fprintf(out, "\n%s:\n", option_sections[section]);
		for (size_t i = 0; i < option_count; i++) {
			const struct option_row *row = &option_table[i];

			if ((int)row->section != section ||
				row->flags & (OPTION_HIDDEN | OPTION_LATER))
				continue;
			row_write(out, row);
		}
	}
	fputs(usage_tail, out);
}
