/* SPDX-License-Identifier: MIT */
#include "render/name_text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SUFFIX ".instances"

enum { STEM_MAX = FILE_NAME_MAX - (int)sizeof(SUFFIX) + 1 };

/* Text of bounded length; once it was too long it stays so. */
struct stem {
	char *text;
	size_t length;
	bool over;
};

static void put(struct stem *stem, char c)
{
	if (stem->length >= STEM_MAX)
		stem->over = true;
	else
		stem->text[stem->length++] = c;
}

static void put_escaped(struct stem *stem, char c)
{
	static const char digits[] = "0123456789abcdef";

	put(stem, '_');
	put(stem, digits[(unsigned char)c >> 4]);
	put(stem, digits[(unsigned char)c & 15]);
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/* A dot at the very start would hide the file. */
static void put_segment(struct stem *stem, const char *segment, size_t length,
	enum stem_form form)
{
	for (size_t i = 0; i < length; i++) {
		bool dot = segment[i] == '.' && form != STEM_ESCAPED
			&& stem->length > 0;

		if (dot || is_plain(segment[i]))
			put(stem, segment[i]);
		else
			put_escaped(stem, segment[i]);
	}
}

static bool is_segment(const char *segment, size_t length)
{
	return length > 0 && !(length == 1 && segment[0] == '.')
		&& !(length == 2 && segment[0] == '.' && segment[1] == '.');
}

static void put_source(struct stem *stem, const char *source)
{
	put_segment(stem, source, strlen(source), STEM_ESCAPED);
	put(stem, '_');
}

int stem_write(const struct app_key *key, enum stem_form form,
	char text[FILE_NAME_SIZE])
{
	struct stem stem = {.text = text};
	const char *id = key->id;

	if (form == STEM_SOURCE)
		put_source(&stem, key->source);
	id += *id == '/';
	for (;;) {
		size_t length = strcspn(id, "/");

		if (!is_segment(id, length))
			return -EINVAL;
		put_segment(&stem, id, length, form);
		id += length;
		if (*id++ == '\0')
			break;
		put(&stem, form <= STEM_SOURCE ? '.' : '_');
	}
	text[stem.length] = '\0';
	return stem.over ? -ENAMETOOLONG : 0;
}

size_t id_segments(const char *id)
{
	size_t count = 1;

	id += *id == '/';
	for (; *id; id++)
		count += *id == '/';
	return count;
}

void own_file_name(const char *stem, char text[FILE_NAME_SIZE])
{
	snprintf(text, FILE_NAME_SIZE, "%.*s" SUFFIX, STEM_MAX, stem);
}

static int finish(struct stem *stem)
{
	if (stem->over)
		return -ENAMETOOLONG;
	memcpy(stem->text + stem->length, SUFFIX, sizeof(SUFFIX));
	return 1;
}

static void put_text(struct stem *stem, const char *text)
{
	while (*text)
		put(stem, *text++);
}

static void put_number(struct stem *stem, char before, uint32_t number)
{
	char text[16];

	put(stem, before);
	snprintf(text, sizeof(text), "%u", number);
	put_text(stem, text);
}

static int plain_port_file(struct stem *stem, const struct app *app,
	uint32_t port_index, enum port_file which)
{
	const char *name = app->ports[port_index].name;

	if (app->port_count < 2)
		return 0;
	if (which == PORT_FILE_INDEX) {
		put_number(stem, '_', port_index);
		return finish(stem);
	}
	if (!name || !*name)
		return 0;
	put(stem, '_');
	put_segment(stem, name, strlen(name), STEM_DOTS);
	return finish(stem);
}

static int mmsd_port_file(struct stem *stem, const struct app *app,
	uint32_t port_index, enum port_file which)
{
	uint16_t service_port = app->ports[port_index].service_port;

	put_number(stem, '-', port_index);
	if (which == PORT_FILE_INDEX)
		return finish(stem);
	if (service_port == 0)
		return 0;
	put_number(stem, '-', service_port);
	return finish(stem);
}

int port_file_name(enum names_style style, const char *stem,
	const struct app *app, uint32_t port_index, enum port_file which,
	char text[FILE_NAME_SIZE])
{
	struct stem out = {.text = text};

	if (app->ports[port_index].hidden)
		return 0;
	put_text(&out, stem);
	return style == NAMES_MMSD
		? mmsd_port_file(&out, app, port_index, which)
		: plain_port_file(&out, app, port_index, which);
}
