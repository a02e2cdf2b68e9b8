/* SPDX-License-Identifier: MIT */
#ifndef FETCH_BUFFER_H
#define FETCH_BUFFER_H

/* Bytes gathered up to a ceiling. Zeroed it is empty. One user. */

#include <stddef.h>

struct buffer {
	char *bytes; /* with a NUL behind them; NULL: nothing yet */
	size_t length, space;
};

/* -E2BIG when there would be more than max, -ENOMEM: nothing was added. */
int buffer_add(struct buffer *buffer, const char *bytes, size_t length,
	size_t max);

/* Forgets the bytes and keeps the memory. */
void buffer_reset(struct buffer *buffer);
void buffer_done(struct buffer *buffer);

/* Never NULL. */
const char *buffer_text(const struct buffer *buffer);

#endif
