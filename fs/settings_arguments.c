/* SPDX-License-Identifier: MIT */
#include "fs/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fetch/cleanup.h"
#include "fs/option_value.h"

/* What is left of the command line, as it is read. */
struct reader {
	struct settings *settings;
	char **argv; /* the next word; ends with NULL */
	struct arguments arguments;
};

static bool is_url(const char *word)
{
	return strncasecmp(word, "http://", 7) == 0 ||
		strncasecmp(word, "https://", 8) == 0;
}

/*
 * --marathon URL URL, as of marathon-lb and servicerouter.py: the words behind
 * the value that are URLs belong to it. *ret is all of them by commas.
 */
static int urls_take(struct reader *reader, const char *first, char **ret)
{
	CLEANUP(free) char *urls = strdup(first);

	while (urls && *reader->argv && is_url(*reader->argv)) {
		char *longer;

		if (asprintf(&longer, "%s,%s", urls, *reader->argv++) < 0)
			return -ENOMEM;
		free(urls);
		urls = longer;
	}
	*ret = take_ptr(&urls);
	return *ret ? 0 : -ENOMEM;
}

/*
 * An option that was found: takes its value from the next word if it has none
 * and needs one. where is the option as it was written.
 */
static int option_read(struct reader *reader, const struct option_match *match,
	struct said *said, struct why *why)
{
	const struct option_row *row = match->row;
	bool later = row->flags & OPTION_LATER;
	CLEANUP(free) char *urls = NULL;

	if (row->kind == OPTION_ACTION && !later) {
		if (said->value)
			return why_set(why, -EINVAL, "%s: takes no value",
				said->where);
		reader->arguments.action = row;
		return 0;
	}
	if (!said->value && !match->implied && !later && *reader->argv) {
		said->value = *reader->argv++;
		if (row->kind == OPTION_SOURCES && is_url(said->value)) {
			if (urls_take(reader, said->value, &urls) < 0)
				return -ENOMEM;
			said->value = urls;
		}
	}
	if (row->kind == OPTION_MOUNT_LIST && said->value)
		return settings_read_mount_list(
			reader->settings, said->value, why);
	return settings_add(reader->settings, match, said, why);
}

/* --name, --name=value, --no-name */
static int long_read(struct reader *reader, const char *word, struct why *why)
{
	const char *equals = strchr(word, '=');
	CLEANUP(free) char *where = NULL;
	struct option_match match;
	struct said said = {
		.origin = ORIGIN_COMMAND_LINE,
		.where = "",
		.name = word + 2,
		.name_length = strcspn(word + 2, "="),
		.value = equals ? equals + 1 : NULL,
	};

	const struct option_foreign *foreign =
		option_foreign_find(said.name, said.name_length, 0);
	bool found = option_find(said.name, said.name_length, &match);

	if (!found && !foreign)
		return option_unknown(&said, why);
	where = strndup(word, said.name_length + 2);
	if (!where)
		return -ENOMEM;
	said.where = where;
	return found ? option_read(reader, &match, &said, why)
		     : settings_foreign(reader->settings, foreign, &said, why);
}

/*
 * What a predecessor means by the letter and we do not; NULL: nothing. value is
 * what would be the letter's.
 */
static const struct option_foreign *letter_foreign(
	char letter, const char *value)
{
	const struct option_foreign *foreign = option_foreign_letter(letter);

	if (foreign && foreign->flags & FOREIGN_UNLESS_URL && value &&
		strstr(value, "://"))
		return NULL;
	return foreign;
}

/* -f, -fm URL, -mURL */
static int letters_read(
	struct reader *reader, const char *word, struct why *why)
{
	for (const char *letter = word + 1; *letter; letter++) {
		char where[] = {'-', *letter, '\0'};
		struct said said = {
			.origin = ORIGIN_COMMAND_LINE, .where = where};
		const struct option_foreign *foreign = letter_foreign(
			*letter, letter[1] ? letter + 1 : *reader->argv);
		struct option_match match;
		int r;

		if (!foreign && !option_find_letter(*letter, &match))
			return why_set(
				why, -EINVAL, "unknown option '%s'", where);
		if (!foreign && !match.implied &&
			match.row->kind != OPTION_ACTION && letter[1]) {
			said.value = letter + 1;
			return option_read(reader, &match, &said, why);
		}
		r = foreign ? settings_foreign(
				      reader->settings, foreign, &said, why)
			    : option_read(reader, &match, &said, why);
		if (r < 0 || reader->arguments.action)
			return r;
	}
	return 0;
}

/* -config FILE, as programs in Go take it; else these are letters. */
static int dash_read(struct reader *reader, const char *word, struct why *why)
{
	size_t length = strcspn(word + 1, "=");
	const struct option_foreign *foreign = NULL;
	CLEANUP(free) char *where = NULL;
	struct said said = {.origin = ORIGIN_COMMAND_LINE};

	if (length > 1 || word[1 + length])
		foreign = option_foreign_find(word + 1, length, FOREIGN_DASH);
	if (!foreign)
		return letters_read(reader, word, why);
	where = strndup(word, 1 + length);
	if (!where)
		return -ENOMEM;
	said.where = where;
	return settings_foreign(reader->settings, foreign, &said, why);
}

static int word_take(struct arguments *arguments, const char *word, bool free,
	struct why *why)
{
	struct option_shown shown;

	if (arguments->count == ARGUMENTS_MAX)
		return why_set(why, -EINVAL, "unexpected argument '%s'",
			option_show(word, &shown));
	arguments->words[arguments->count++] = word;
	if (free)
		arguments->free_count++;
	return 0;
}

int settings_read_arguments(struct settings *settings, char **argv,
	struct arguments *ret, struct why *why)
{
	struct reader reader = {.settings = settings, .argv = argv};
	bool options = true;
	int r = 0;

	while (*reader.argv && !reader.arguments.action) {
		const char *word = *reader.argv++;

		if (!options || word[0] != '-' || word[1] == '\0')
			r = word_take(&reader.arguments, word, options, why);
		else if (strcmp(word, "--") == 0)
			options = false;
		else if (word[1] == '-')
			r = long_read(&reader, word, why);
		else
			r = dash_read(&reader, word, why);
		if (r < 0)
			return r;
	}
	*ret = reader.arguments;
	return 0;
}
