/* SPDX-License-Identifier: MIT */
#ifndef RENDER_TEXT_H
#define RENDER_TEXT_H

/*
 * A text that grows. What cannot be had makes it failed, and further additions
 * do nothing: the caller looks once, at the end. Plain memory of one thread.
 */

#include <stdbool.h>
#include <stddef.h>

/* Zeroed memory is an empty text. */
struct text {
	char *at; /* no NUL behind it */
	size_t length, space;
	bool failed;
};

void text_add(struct text *text, const char *bytes, size_t length);
void text_add_string(struct text *text, const char *string);
__attribute__((format(printf, 2, 3))) void text_addf(
	struct text *text, const char *format, ...);
void text_done(struct text *text);

/*
 * Where the line begins that is *line lines behind the beginning of any text.
 * SIZE_MAX: there are not so many; *line is then how many are still missing.
 */
size_t text_find_line(const char *text, size_t length, size_t *line);

#endif
