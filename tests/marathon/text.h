/* SPDX-License-Identifier: MIT */
#ifndef MARATHON_TEXT_H
#define MARATHON_TEXT_H

/*
 * A growing buffer of bytes, and the few ways in which Marathon writes text.
 * Zeroed it is empty. Lack of memory sticks in failed, so that a writer of
 * many pieces asks once, at the end.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fetch/cleanup.h"

struct text {
	char *data; /* ends with a NUL that len does not count */
	size_t len;
	size_t size;
	bool failed;
};

void text_done(struct text *text);
void text_clear(struct text *text);
/* Room for more bytes behind the text, NULL if there is no memory. */
char *text_room(struct text *text, size_t more);
void text_add(struct text *text, const void *data, size_t len);
void text_put(struct text *text, const char *s);
__attribute__((format(printf, 2, 3))) void text_print(
	struct text *text, const char *format, ...);
/* A JSON string with its quotes; NULL gives null. */
void text_quote(struct text *text, const char *s);

static inline void text_cleanup(struct text *text)
{
	text_done(text);
}

enum { ISO_LEN = 24, ISO_SIZE = ISO_LEN + 1 };

/* "2015-09-30T12:47:11.286Z" */
void iso_write(char ret[ISO_SIZE], int64_t unix_ms);
/* Milliseconds since 1970. */
int64_t now_ms(void);
/* The same, but later than every answer before. */
int64_t now_unique_ms(void);
/* CLOCK_MONOTONIC. */
int64_t now_ns(void);

/* A random number; the sequence is fixed by random_seed(). Any thread. */
uint64_t random_next(void);
void random_seed(uint64_t seed);
/* A version 1 look-alike. */
void uuid_write(char ret[37]);

#endif
