/* SPDX-License-Identifier: MIT */
#ifndef TESTS_LISTS_H
#define TESTS_LISTS_H

/* Reads replies of /v2/apps in pieces; in their text ' stands for ". */

#include "fetch/list.h"

struct list_result {
	int error;
	struct catalog *catalog; /* a reference; NULL on error */
	size_t bad;
	struct why why, first_bad;
};

/* before may be NULL; piece is the size of what is fed at a time. */
struct list_result read_list_as(const struct app_reader *reader,
	const struct catalog *before, const char *text, size_t piece);

/* The catalog, which must be there, without and with a bad app. */
struct catalog *list_of(const struct catalog *before, const char *text);
struct catalog *list_with_bad(
	const struct catalog *before, const char *text, size_t bad);

/* NULL: not there. */
struct app *find_app(const struct catalog *catalog, const char *id);

bool same_catalogs(const struct catalog *a, const struct catalog *b);

#endif
