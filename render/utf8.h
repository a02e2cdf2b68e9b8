/* SPDX-License-Identifier: MIT */
#ifndef RENDER_UTF8_H
#define RENDER_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Bytes of the well-formed character at text (RFC 3629, section 4); 0 when
 * there is none, or text ends.
 */
size_t utf8_character(const char *text);

/* All of text is well-formed. */
bool utf8_is_valid(const char *text);

/* A copy with U+FFFD for each byte that is not; NULL: no memory. */
char *utf8_clean(const char *text);

#endif
