/* SPDX-License-Identifier: MIT */
#ifndef FS_OPTION_VALUE_H
#define FS_OPTION_VALUE_H

/*
 * Text to typed field. Pure, but for the current directory.
 */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "fetch/why.h"
#include "fs/option_table.h"

/* A longer value is refused, wherever it comes from. */
enum { OPTION_VALUE_MAX = 64 * 1024 };

/* Words in which a bad value is shown; the rest is cut. */
struct option_shown {
	char text[84];
};

/* Returns shown->text: at most 80 bytes of value, "..." if there is more. */
const char *option_show(const char *value, struct option_shown *shown);

/* 1, 0, or -1 for neither: "true", "no", ... */
int option_truth(const char *value);

/* "1500ms", "60s": as short as it goes without a fraction. */
void option_duration_write(uint64_t ms, char *text, size_t size);

/*
 * Sets field, which the row's kind describes; text that was in it is freed, a
 * list grows by one.
 * -EINVAL: why says what was found and what is expected, and leaves it to the
 * caller to say where.
 */
int option_value_parse(const struct option_row *row, const char *value,
	void *field, struct why *why);

/*
 * Writes to out what gives the field its value again, a "name = value" of
 * --config's file on each line; nothing for an empty list: fs/option_write.c.
 */
void option_value_write(
	const struct option_row *row, const void *field, FILE *out);

/* Two fields of the row's kind say the same. */
bool option_value_same(
	const struct option_row *row, const void *a, const void *b);

/* Releases what the field holds. */
void option_value_done(const struct option_row *row, void *field);

#endif
