/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fs/explain_impl.h"

/* One line of the text, and the section it stands in. */
struct reader {
	struct gate *gate;
	const char *view;
	const struct app *app;
	const char *word; /* of its id: every name of it has that in it */
	struct lines *lines;

	size_t number; /* of the line, from 1 */
	struct explain_line section;
	bool ours;    /* the section is the app's */
	bool written; /* it is among lines */
};

static const char *const told[] = {
	"bind ", "server ", "use_backend ", "default_backend "};

static bool begins_with(const char *text, size_t length, const char *word)
{
	size_t size = strlen(word);

	return length >= size && memcmp(text, word, size) == 0;
}

static int lines_add(struct lines *lines, const struct explain_line *line)
{
	struct explain_line *larger;

	if (lines->count == lines->space) {
		lines->space = lines->space ? lines->space * 2 : 16;
		larger = reallocarray(
			lines->items, lines->space, sizeof(*larger));
		if (!larger)
			return -ENOMEM;
		lines->items = larger;
	}
	lines->items[lines->count++] = *line;
	return 0;
}

/* To be asked only of few lines: it costs the whole text. */
static bool is_ours(const struct reader *reader)
{
	const struct app *owner = gate_line_owner(reader->gate, reader->number);

	return owner && app_key_compare(&owner->key, &reader->app->key) == 0;
}

static bool may_be_ours(
	const struct reader *reader, const char *text, size_t length)
{
	return memmem(text, length, reader->word, strlen(reader->word));
}

/* A server of an instance of the app, perhaps among those of another app. */
static bool has_address(
	const struct reader *reader, const char *text, size_t length)
{
	const struct app *app = reader->app;
	size_t count = (size_t)app->instance_count * app->port_count;

	for (size_t i = 0; i < count; i++) {
		const struct endpoint *at =
			&app->instances[i / app->port_count]
				 .endpoints[i % app->port_count];
		char address[300];
		int size;

		if (!at->port)
			continue;
		size = snprintf(address, sizeof(address),
			strchr(at->host, ':') ? " [%s]:%u " : " %s:%u ",
			at->host, at->port);
		if (size < (int)sizeof(address) &&
			memmem(text, length, address, (size_t)size))
			return true;
	}
	return false;
}

static void begin_section(
	struct reader *reader, const char *text, size_t length)
{
	reader->section = (struct explain_line){
		.view = reader->view,
		.text = text,
		.length = length,
		.section = true,
	};
	reader->written = false;
	reader->ours = may_be_ours(reader, text, length) && is_ours(reader);
}

static int add_section(struct reader *reader)
{
	if (reader->written)
		return 0;
	reader->written = true;
	return lines_add(reader->lines, &reader->section);
}

static int take_line(struct reader *reader, const char *text, size_t length)
{
	struct explain_line line = {.view = reader->view};
	bool wanted = reader->ours;
	int r;

	if (length == 0 || *text == '#')
		return 0;
	if (*text != '\t' && *text != ' ') {
		begin_section(reader, text, length);
		return reader->ours ? add_section(reader) : 0;
	}
	while (length > 0 && (*text == '\t' || *text == ' ')) {
		text++;
		length--;
	}
	if (!wanted && begins_with(text, length, "server "))
		wanted = has_address(reader, text, length) && is_ours(reader);
	for (size_t i = 0; wanted && i < sizeof(told) / sizeof(told[0]); i++) {
		if (!begins_with(text, length, told[i]))
			continue;
		line.text = text;
		line.length = length;
		r = add_section(reader);
		return r < 0 ? r : lines_add(reader->lines, &line);
	}
	return 0;
}

/* The last segment of an id stands in every name that is made of it. */
static const char *word_of(const char *id)
{
	const char *slash = strrchr(id, '/');

	return slash ? slash + 1 : id;
}

int explain_lines(struct gate *gate, const char *view, const char *text,
	size_t length, const struct app *app, struct lines *lines)
{
	struct reader reader = {
		.gate = gate,
		.view = view,
		.app = app,
		.word = word_of(app->key.id),
		.lines = lines,
	};
	const char *end = text + length;
	int r = 0;

	while (r == 0 && text < end) {
		const char *next = memchr(text, '\n', (size_t)(end - text));

		next = next ? next : end;
		reader.number++;
		r = take_line(&reader, text, (size_t)(next - text));
		text = next + 1;
	}
	return r;
}
