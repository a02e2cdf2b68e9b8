/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "fs/option_value.h"
#include "fs/options.h"

/*
 * --marathon-host is in --marathon already, which then must not be said again;
 * --config and --print-options are for the command line alone.
 */
static bool is_said_elsewhere(
	const struct options *options, const struct option_row *row)
{
	if (strcmp(row->name, "marathon") == 0)
		return options->marathon_host != NULL;
	return row->flags & OPTION_NO_FILE;
}

/* It goes on coming from where nobody else reads it. */
static bool is_secret(const struct option_row *row, const void *field)
{
	const struct option_named_list *list = field;

	if (!(row->flags & OPTION_INLINE))
		return false;
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].value[0] == '{')
			return true;
	return false;
}

int options_print(const struct options *options, FILE *out)
{
	struct options standard;
	int r = options_default(&standard);

	if (r < 0)
		return r;
	for (size_t i = 0; i < option_count; i++) {
		const struct option_row *row = &option_table[i];
		const void *field = (const char *)options + row->offset;

		if (!(row->flags & OPTION_LATER) &&
			!is_said_elsewhere(options, row) &&
			!is_secret(row, field) &&
			!option_value_same(row, field,
				(const char *)&standard + row->offset))
			option_value_write(row, field, out);
	}
	options_done(&standard);
	return 0;
}
