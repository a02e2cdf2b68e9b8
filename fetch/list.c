/* SPDX-License-Identifier: MIT */
#include "fetch/list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/collect.h"
#include "fetch/skim.h"

/*
 * Around the apps the document is read byte by byte; inside one, skim.h looks
 * for its end. An app that lies in what is fed is read where it lies; one that
 * goes on in the next piece is carried over.
 */
enum state {
	DOCUMENT,        /* before '{' */
	FIRST_KEY,       /* a key, or '}' */
	NEXT_KEY,        /* a key */
	IN_KEY,
	KEY_ESCAPE,
	COLON,
	VALUE,           /* of another key than "apps" */
	IN_SCALAR,
	IN_NEST,         /* in an object or array of another key */
	IN_STRING,       /* in a value of another key */
	STRING_ESCAPE,
	VALUE_DONE,      /* a comma, or '}' */
	APPS,            /* before '[' */
	FIRST_APP,       /* an app, or ']' */
	NEXT_APP,        /* an app */
	IN_APP,
	APP_DONE,        /* a comma, or ']' */
	END,
};

enum { PIECE = 1 << 10, KEY_KEEP = 8 };

struct list {
	struct collect *collect;
	int error; /* of a feed: the list is of no use any more */
	struct why error_why;

	enum state state;
	char key[KEY_KEEP]; /* the top-level key, or its beginning */
	size_t key_length;
	bool apps_seen;
	uint64_t nest; /* of a skipped value: bit 0 is the innermost, 1: '[' */
	uint32_t nest_depth;

	struct skim skim;
	char *carry; /* the beginning of an app from earlier pieces */
	size_t carry_length, carry_space;
};

int list_new(const struct app_reader *reader, const struct catalog *before,
	struct list **ret)
{
	CLEANUP(list_free) struct list *list = NULL;
	int r;

	list = calloc(1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	r = collect_new(reader, before, &list->collect);
	if (r < 0)
		return r;
	*ret = take_ptr(&list);
	return 0;
}

void list_free(struct list *list)
{
	if (!list)
		return;
	collect_free(list->collect);
	free(list->carry);
	skim_done(&list->skim);
	free(list);
}

static int skim_piece(struct list *list, const char *bytes, size_t from,
	size_t to, struct why *why)
{
	int r = skim_feed(&list->skim, bytes, from, to, LIST_DEPTH_MAX);

	if (r == -E2BIG)
		return why_set(why, -E2BIG, "an app nested deeper than %d",
			LIST_DEPTH_MAX);
	return r;
}

static int carry_over(struct list *list, const char *bytes, size_t length,
	struct why *why)
{
	size_t need = list->carry_length + length, space;
	char *larger;

	if (need > LIST_ELEMENT_MAX)
		return why_set(why, -E2BIG, "an app of more than %d bytes",
			LIST_ELEMENT_MAX);
	if (need > list->carry_space) {
		for (space = 16 * PIECE; space < need; space *= 2)
			;
		larger = realloc(list->carry, space);
		if (!larger)
			return -ENOMEM;
		list->carry = larger;
		list->carry_space = space;
	}
	memcpy(list->carry + list->carry_length, bytes, length);
	list->carry_length = need;
	return 0;
}

/* An app that began in an earlier piece. Returns how many bytes it took. */
static ssize_t go_on_app(struct list *list, const char *bytes, size_t length,
	struct why *why)
{
	size_t had = list->carry_length;
	int r;

	/* Not much more than what is likely to be its rest is copied. */
	if (length > had && length > PIECE)
		length = had > PIECE ? had : PIECE;
	r = carry_over(list, bytes, length, why);
	if (r < 0)
		return r;
	r = skim_piece(list, list->carry, had, list->carry_length, why);
	if (r < 0)
		return r;
	if (r == 0)
		return (ssize_t)length;
	r = collect_app(
		list->collect, &list->skim, list->carry, why);
	list->carry_length = 0;
	list->state = APP_DONE;
	return r < 0 ? r : (ssize_t)(list->skim.end - had);
}

/* An app that begins here; the same. */
static ssize_t begin_app(struct list *list, const char *bytes, size_t length,
	struct why *why)
{
	int r;

	skim_start(&list->skim);
	list->state = IN_APP;
	if (length > LIST_ELEMENT_MAX)
		length = LIST_ELEMENT_MAX;
	r = skim_piece(list, bytes, 0, length, why);
	if (r < 0)
		return r;
	if (r == 0) {
		r = carry_over(list, bytes, length, why);
		return r < 0 ? r : (ssize_t)length;
	}
	list->state = APP_DONE;
	r = collect_app(list->collect, &list->skim, bytes, why);
	return r < 0 ? r : (ssize_t)list->skim.end;
}

static int bad_byte(struct why *why, const char *expected, char c)
{
	return why_set(why, -EBADMSG, "no list of apps: '%c' where %s belongs",
		c, expected);
}

static int step_key(struct list *list, char c)
{
	if (list->state == KEY_ESCAPE || c != '"') {
		if (list->key_length < KEY_KEEP)
			list->key[list->key_length] = c;
		list->key_length++;
		list->state = list->state != KEY_ESCAPE && c == '\\'
			? KEY_ESCAPE
			: IN_KEY;
		return 0;
	}
	list->state = COLON;
	return 0;
}

static bool key_is_apps(const struct list *list)
{
	return list->key_length == 4 && memcmp(list->key, "apps", 4) == 0;
}

static int step_colon(struct list *list, char c, struct why *why)
{
	if (c != ':')
		return bad_byte(why, "a colon", c);
	if (!key_is_apps(list)) {
		list->state = VALUE;
		return 0;
	}
	if (list->apps_seen)
		return why_set(why, -EBADMSG, "\"apps\" comes twice");
	list->apps_seen = true;
	list->state = APPS;
	return 0;
}

static int open_nest(struct list *list, char c, struct why *why)
{
	if (list->nest_depth == LIST_DEPTH_MAX - 1)
		return why_set(why, -EBADMSG, "nested deeper than %d",
			LIST_DEPTH_MAX);
	list->nest_depth++;
	list->nest = list->nest << 1 | (c == '[');
	list->state = IN_NEST;
	return 0;
}

static bool is_scalar(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
		|| (c >= 'A' && c <= 'Z') || c == '+' || c == '-' || c == '.';
}

static int step_value(struct list *list, char c, struct why *why)
{
	if (c == '{' || c == '[')
		return open_nest(list, c, why);
	if (c == '"')
		list->state = IN_STRING;
	else if (is_scalar(c))
		list->state = IN_SCALAR;
	else
		return bad_byte(why, "a value", c);
	return 0;
}

static int step_nest(struct list *list, char c, struct why *why)
{
	if (c == '{' || c == '[')
		return open_nest(list, c, why);
	if (c == '"')
		list->state = IN_STRING;
	if (c != '}' && c != ']')
		return 0;
	if ((list->nest & 1) != (c == ']'))
		return bad_byte(why, "another bracket", c);
	list->nest >>= 1;
	if (--list->nest_depth == 0)
		list->state = VALUE_DONE;
	return 0;
}

static int step_string(struct list *list, char c)
{
	if (list->state == STRING_ESCAPE)
		list->state = IN_STRING;
	else if (c == '\\')
		list->state = STRING_ESCAPE;
	else if (c == '"')
		list->state = list->nest_depth > 0 ? IN_NEST : VALUE_DONE;
	return 0;
}

/* One of two bytes that lead to other states. */
static int step_either(struct list *list, char c, const char *either,
	const enum state *next, struct why *why)
{
	for (int i = 0; either[i]; i++)
		if (c == either[i]) {
			list->state = next[i];
			return 0;
		}
	return why_set(why, -EBADMSG,
		"no list of apps: '%c' where one of \"%s\" belongs", c, either);
}

static int step_key_start(struct list *list, char c, struct why *why)
{
	static const enum state next[] = {IN_KEY, END};

	list->key_length = 0;
	return step_either(list, c, list->state == FIRST_KEY ? "\"}" : "\"",
		next, why);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Blanks mean nothing, but end a scalar; inside strings they are text. */
static bool step_space(struct list *list, char c)
{
	switch (list->state) {
	case IN_KEY:
	case KEY_ESCAPE:
	case IN_STRING:
	case STRING_ESCAPE:
		return false;
	case IN_SCALAR:
		if (is_space(c))
			list->state = VALUE_DONE;
		return is_space(c) || is_scalar(c);
	case DOCUMENT:
	case FIRST_KEY:
	case NEXT_KEY:
	case COLON:
	case VALUE:
	case IN_NEST:
	case VALUE_DONE:
	case APPS:
	case FIRST_APP:
	case NEXT_APP:
	case IN_APP:
	case APP_DONE:
	case END:
		return is_space(c);
	}
	return false;
}

/* One byte of the document that is not inside an app. */
static int step(struct list *list, char c, struct why *why)
{
	static const enum state document[] = {FIRST_KEY};
	static const enum state value_done[] = {NEXT_KEY, END};
	static const enum state apps[] = {FIRST_APP};
	static const enum state app_done[] = {NEXT_APP, VALUE_DONE};

	if (step_space(list, c))
		return 0;
	switch (list->state) {
	case DOCUMENT:
		return step_either(list, c, "{", document, why);
	case FIRST_KEY:
	case NEXT_KEY:
		return step_key_start(list, c, why);
	case IN_KEY:
	case KEY_ESCAPE:
		return step_key(list, c);
	case COLON:
		return step_colon(list, c, why);
	case VALUE:
		return step_value(list, c, why);
	case IN_NEST:
		return step_nest(list, c, why);
	case IN_STRING:
	case STRING_ESCAPE:
		return step_string(list, c);
	case IN_SCALAR:
	case VALUE_DONE:
		return step_either(list, c, ",}", value_done, why);
	case APPS:
		return step_either(list, c, "[", apps, why);
	case APP_DONE:
		return step_either(list, c, ",]", app_done, why);
	case FIRST_APP:
		return step_either(list, c, "]", &app_done[1], why);
	case NEXT_APP:
	case IN_APP:
		return bad_byte(why, "an app", c);
	case END:
		return why_set(why, -EBADMSG, "bytes behind the list of apps");
	}
	return -EBADMSG;
}

static int feed(
	struct list *list, const char *bytes, size_t length, struct why *why)
{
	size_t done = 0;

	while (done < length) {
		ssize_t used = 1;

		if (list->state == IN_APP)
			used = go_on_app(
				list, bytes + done, length - done, why);
		else if (bytes[done] == '{'
			&& (list->state == FIRST_APP
				|| list->state == NEXT_APP))
			used = begin_app(
				list, bytes + done, length - done, why);
		else if (step(list, bytes[done], why) < 0)
			return -EBADMSG;
		if (used < 0)
			return (int)used;
		done += (size_t)used;
	}
	return 0;
}

int list_feed(
	struct list *list, const char *bytes, size_t length, struct why *why)
{
	if (list->error == 0) {
		list->error = feed(list, bytes, length, &list->error_why);
		if (list->error == -ENOMEM)
			why_set(&list->error_why, -ENOMEM, "out of memory");
	}
	if (list->error < 0)
		return why_set(why, list->error, "%s", list->error_why.text);
	return 0;
}

int list_end(struct list *list, struct catalog **ret, size_t *ret_bad,
	struct why *first_bad, struct why *why)
{
	if (list->error < 0)
		return why_set(why, list->error, "%s", list->error_why.text);
	if (list->state != END)
		return why_set(
			why, -EBADMSG, "the list of apps ends too early");
	if (!list->apps_seen)
		return why_set(why, -EBADMSG, "an answer without \"apps\"");
	return collect_end(list->collect, ret, ret_bad, first_bad, why);
}
