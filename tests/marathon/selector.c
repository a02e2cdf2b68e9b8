/* SPDX-License-Identifier: MIT */
#include "tests/marathon/server.h"

#include <errno.h>
#include <string.h>

/*
 * Label selectors, 0.8.2 to 1.11: comma is "and"; a, a==b, a!=b, a in (b,c),
 * a notin (b,c). All but the first match only apps that have the label.
 */

static const char *blanks(const char *s)
{
	return s + strspn(s, " \t");
}

/* [-A-Za-z0-9_.]+, anything else behind a backslash. */
static int term_read(const char **at, struct text *term)
{
	static const char plain[] =
		"-_.abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	const char *s = blanks(*at);
	size_t len;

	text_clear(term);
	while ((len = strspn(s, plain)) || (*s == '\\' && s[1])) {
		if (!len) {
			s++;
			len = 1;
		}
		text_add(term, s, len);
		s += len;
	}
	*at = blanks(s);
	return term->len ? 0 : -EINVAL;
}

static bool word_read(const char **at, const char *word)
{
	if (strncmp(*at, word, strlen(word)) != 0)
		return false;
	*at = blanks(*at + strlen(word));
	return true;
}

/* "(a,b)": whether value is among them. */
static int set_match(const char **at, const char *value, bool *ret_in)
{
	CLEANUP(text) struct text term = {0};

	*ret_in = false;
	if (!word_read(at, "("))
		return -EINVAL;
	do {
		if (term_read(at, &term) < 0)
			return -EINVAL;
		*ret_in = *ret_in || (value && strcmp(value, term.data) == 0);
	} while (word_read(at, ","));
	return word_read(at, ")") ? 0 : -EINVAL;
}

/* What stands behind the label's name; false without any. */
static int operator_match(const char **at, const char *value, bool *ret)
{
	CLEANUP(text) struct text term = {0};
	bool not = false;
	int r;

	if (word_read(at, "==") || (not = word_read(at, "!="))) {
		r = term_read(at, &term);
		*ret = r == 0 && value && strcmp(value, term.data) == 0;
	} else if (word_read(at, "in")) {
		r = set_match(at, value, ret);
	} else if (word_read(at, "notin")) {
		not = true;
		r = set_match(at, value, ret);
	} else {
		*ret = true;
		return 0;
	}
	*ret = *ret != not;
	return r;
}

static int requirement_match(
	const char **at, struct json_object *labels, bool *ret_match)
{
	CLEANUP(text) struct text term = {0};
	struct json_object *label = NULL;
	const char *value = NULL;
	bool match;
	int r = term_read(at, &term);

	if (r < 0)
		return r;
	if (labels && json_object_object_get_ex(labels, term.data, &label))
		value = json_object_get_string(label);
	r = operator_match(at, value, &match);
	*ret_match = value && match;
	return r;
}

int selector_match(const char *selector, struct json_object *labels)
{
	bool match = true, one;

	do {
		if (requirement_match(&selector, labels, &one) < 0)
			return -EINVAL;
		match = match && one;
	} while (word_read(&selector, ","));
	return *selector ? -EINVAL : match;
}
