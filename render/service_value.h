/* SPDX-License-Identifier: MIT */
#ifndef RENDER_SERVICE_VALUE_H
#define RENDER_SERVICE_VALUE_H

/*
 * What the value of a label can be, whatever it is for: a number in a range, a
 * flag, a text that means nothing to HAProxy. A value that is none of it counts
 * as not said: *ret is untouched, and why says what is wrong. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "fetch/why.h"

/* Says why the value does not count. Returns 0. */
__attribute__((format(printf, 2, 3))) int value_ignore(
	struct why *why, const char *format, ...);

/*
 * Printable ASCII that HAProxy takes as it is, inside of quotes and outside;
 * braces would end an ACL without a name.
 */
bool value_is_plain(char c, bool blanks);
/* Plain, with a word in it, and not longer than HAProxy reads. */
bool value_is_text(const char *text, bool blanks);
/* *ret is for nothing if it is none. */
bool value_is_number(const char *value, long min, long max, long *ret);

/* Always 0. */
int value_flag(const char *value, bool *ret, struct why *why);
int value_unsigned(const char *value, long min, long max, uint32_t *ret,
	struct why *why);
int value_signed(const char *value, long min, long max, int32_t *ret,
	struct why *why);

enum { VALUE_TEXT_MAX = 1024 }; /* of one value between words */

#endif
