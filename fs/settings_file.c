/* SPDX-License-Identifier: MIT */
#include "fs/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/cleanup.h"

/*
 * The file of --config: "option = value" on each line, names as on the command
 * line without their dashes, '#' in front of a comment. A value may stand in
 * double quotes.
 */

/* A bigger file is not a configuration. */
enum { FILE_SIZE_MAX = 1 << 20 };

#define BLANK " \t\r"

/* *ret is the whole file with a '\0' behind, for the caller to free. */
static int file_load(
	const char *path, char **ret, size_t *ret_length, struct why *why)
{
	CLEANUP(free) char *text = NULL;
	CLEANUP(fclose) FILE *in = NULL;
	size_t length;
	int r;

	in = fopen(path, "re");
	if (!in) {
		r = -errno;
		return why_set(why, r, "--config: %s: %s", path, strerror(-r));
	}
	text = malloc(FILE_SIZE_MAX + 1);
	if (!text)
		return -ENOMEM;
	errno = 0;
	length = fread(text, 1, FILE_SIZE_MAX + 1, in);
	if (ferror(in)) {
		r = errno ? -errno : -EIO;
		return why_set(why, r, "--config: %s: %s", path, strerror(-r));
	}
	if (length > FILE_SIZE_MAX)
		return why_set(why, -EFBIG,
			"--config: %s: bigger than %d bytes", path,
			FILE_SIZE_MAX);
	text[length] = '\0';
	*ret_length = length;
	*ret = take_ptr(&text);
	return 0;
}

/* Cuts the blanks off both ends. */
static char *trim(char *text)
{
	size_t length;

	text += strspn(text, BLANK);
	length = strlen(text);
	while (length && strchr(BLANK, text[length - 1]))
		text[--length] = '\0';
	return text;
}

static char *unquote(char *value)
{
	size_t length = strlen(value);

	if (length < 2 || value[0] != '"' || value[length - 1] != '"')
		return value;
	value[length - 1] = '\0';
	return value + 1;
}

/* where is the place and the name, for an option that is known. */
static int named_read(struct settings *settings, struct said *said,
	const char *where, struct why *why)
{
	const struct option_foreign *foreign;
	struct option_match match;

	if (option_find(said->name, said->name_length, &match)) {
		said->where = where;
		return settings_add(settings, &match, said, why);
	}
	foreign = option_foreign_find(
		said->name, said->name_length, FOREIGN_FILE);
	if (!foreign)
		return option_unknown(said, why);
	said->where = where;
	return settings_foreign(settings, foreign, said, why);
}

/* line is cut in pieces; place is "FILE:LINE". */
static int line_read(struct settings *settings, char *line, const char *place,
	struct why *why)
{
	CLEANUP(free) char *where = NULL;
	struct said said = {.origin = ORIGIN_FILE, .where = place};
	char *value;

	line = trim(line);
	if (line[0] == '\0' || line[0] == '#')
		return 0;
	if (line[0] == '{')
		return why_set(why, -EINVAL,
			"%s: JSON, as of bamboo and mesos-dns, is not read: "
			"mmsdfs-migrating(7) has an option for each key",
			place);
	value = strchr(line, '=');
	if (!value)
		return why_set(
			why, -EINVAL, "%s: expected 'option = value'", place);
	*value++ = '\0';
	said.name = trim(line);
	said.name_length = strlen(said.name);
	said.value = unquote(trim(value));
	if (asprintf(&where, "%s: %s", place, said.name) < 0) {
		where = NULL;
		return -ENOMEM;
	}
	return named_read(settings, &said, where, why);
}

/* The next line without its end; *rest is NULL behind the last. */
static char *line_next(char **rest)
{
	char *line = *rest;
	char *end = strchr(line, '\n');

	if (end)
		*end++ = '\0';
	*rest = end;
	return line;
}

int settings_read_file(
	struct settings *settings, const char *path, struct why *why)
{
	CLEANUP(free) char *text = NULL;
	size_t length = 0;
	unsigned number = 1;
	char *rest;
	int r;

	r = file_load(path, &text, &length, why);
	if (r < 0)
		return r;
	if (strlen(text) != length)
		return why_set(why, -EINVAL, "--config: %s: is not text", path);
	rest = text;
	if (strncmp(rest, "\xef\xbb\xbf", 3) == 0)
		rest += 3;
	for (; rest; number++) {
		CLEANUP(free) char *place = NULL;

		if (asprintf(&place, "%s:%u", path, number) < 0) {
			place = NULL;
			return -ENOMEM;
		}
		r = line_read(settings, line_next(&rest), place, why);
		if (r < 0)
			return r;
	}
	return 0;
}
