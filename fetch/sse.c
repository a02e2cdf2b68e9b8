/* SPDX-License-Identifier: MIT */
#include "fetch/sse.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
	TYPE_MAX = 64,         /* a longer type is no hint */
	LINE_KEEP = 256 << 10, /* a larger buffer is given back after use */
};

struct sse {
	sse_event *event;
	void *context;
	char *line; /* of it, what has come so far */
	size_t length, space;
	char type[TYPE_MAX];
	bool skip;     /* the line is too long: wait for its end */
	bool after_cr; /* a LF that comes now belongs to that CR */
};

int sse_new(sse_event *event, void *context, struct sse **ret)
{
	struct sse *sse;

	sse = calloc(1, sizeof(*sse));
	if (!sse)
		return -ENOMEM;
	sse->event = event;
	sse->context = context;
	*ret = sse;
	return 0;
}

void sse_free(struct sse *sse)
{
	if (!sse)
		return;
	free(sse->line);
	free(sse);
}

static void line_forget(struct sse *sse)
{
	sse->length = 0;
	sse->skip = false;
	if (sse->space <= LINE_KEEP)
		return;
	free(sse->line);
	sse->line = NULL;
	sse->space = 0;
}

void sse_reset(struct sse *sse)
{
	line_forget(sse);
	sse->type[0] = '\0';
	sse->after_cr = false;
}

static int line_append(struct sse *sse, const char *bytes, size_t length)
{
	size_t space = sse->space ? sse->space : 1024;
	char *larger;

	if (sse->skip || length == 0)
		return 0;
	if (length > SSE_LINE_MAX - sse->length) {
		line_forget(sse);
		sse->skip = true;
		return 0;
	}
	while (space < sse->length + length + 1)
		space *= 2;
	if (space > sse->space) {
		larger = realloc(sse->line, space);
		if (!larger)
			return -ENOMEM;
		sse->line = larger;
		sse->space = space;
	}
	memcpy(sse->line + sse->length, bytes, length);
	sse->length += length;
	sse->line[sse->length] = '\0';
	return 0;
}

/* The value of the line when it is this field: behind the colon and blanks. */
static const char *field_value(const struct sse *sse, const char *name)
{
	size_t length = strlen(name);
	const char *value;

	if (sse->length <= length || memcmp(sse->line, name, length) != 0
		|| sse->line[length] != ':')
		return NULL;
	value = sse->line + length + 1;
	while (*value == ' ')
		value++;
	return value;
}

/*
 * A hint counts for the next data line only, and not beyond a blank line: one
 * dialect sends "event:" behind its data, and a hint that is too old would
 * make us overlook an event.
 */
static int line_take(struct sse *sse)
{
	char type[TYPE_MAX];
	const char *value;

	if (sse->length == 0) {
		sse->type[0] = '\0';
		return 0;
	}
	value = field_value(sse, "event");
	if (value) {
		if (strlen(value) < sizeof(sse->type))
			memcpy(sse->type, value, strlen(value) + 1);
		else
			sse->type[0] = '\0';
		return 0;
	}
	value = field_value(sse, "data");
	if (!value || *value != '{')
		return 0;
	memcpy(type, sse->type, sizeof(type));
	sse->type[0] = '\0';
	return sse->event(sse->context, type, value,
		sse->length - (size_t)(value - sse->line));
}

static int line_end(struct sse *sse)
{
	int r;

	if (sse->skip) {
		sse->type[0] = '\0';
		r = sse->event(sse->context, "", NULL, 0);
	} else {
		r = line_take(sse);
	}
	line_forget(sse);
	return r < 0 ? r : 0;
}

/* The length of the line in bytes, up to its CR or LF, or all of it. */
static size_t line_length(const char *bytes, size_t length)
{
	const char *end = memchr(bytes, '\n', length);
	const char *cr;

	if (end)
		length = (size_t)(end - bytes);
	cr = memchr(bytes, '\r', length);
	return cr ? (size_t)(cr - bytes) : length;
}

int sse_feed(struct sse *sse, const char *bytes, size_t length)
{
	size_t done = 0;
	int r;

	while (done < length) {
		size_t line;

		if (sse->after_cr && bytes[done] == '\n') {
			sse->after_cr = false;
			done++;
			continue;
		}
		sse->after_cr = false;
		line = line_length(bytes + done, length - done);
		r = line_append(sse, bytes + done, line);
		if (r < 0)
			return r;
		done += line;
		if (done == length)
			break;
		sse->after_cr = bytes[done] == '\r';
		done++;
		r = line_end(sse);
		if (r < 0)
			return r;
	}
	return 0;
}
