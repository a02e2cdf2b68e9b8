/* SPDX-License-Identifier: MIT */
#ifndef FETCH_BODY_H
#define FETCH_BODY_H

/* Bytes that come in pieces, as one block. Zeroed it is empty. */

#include <stddef.h>

struct body {
	char *bytes; /* with a NUL behind them; NULL: there were none */
	size_t length, space;
};

/* -ENOMEM: it is as it was. How much it may hold is for the caller to say. */
int body_add(struct body *body, const char *bytes, size_t length);

/* It is empty then. */
void body_done(struct body *body);

#endif
