/* SPDX-License-Identifier: MIT */
#ifndef FS_OPTION_NAMED_H
#define FS_OPTION_NAMED_H

/* What is given for each source by its name. Plain memory of its owner. */

#include <stdbool.h>
#include <stddef.h>

/*
 * Of an option that is given for each source: [NAME=]VALUE, and several by
 * semicolons. Given again for one name, the last counts.
 */
struct option_named {
	char *name; /* "": of all that have none of their own */
	char *value;
};

struct option_named_list {
	struct option_named *items;
	size_t count;
};

/* The value for name, else that for all; borrowed; NULL: none. */
const char *option_named_find(
	const struct option_named_list *list, const char *name);

/* Takes over value, also when it fails; copies name. -ENOMEM. */
int option_named_put(struct option_named_list *list, const char *name,
	size_t length, char *value);

bool option_named_same(const struct option_named_list *a,
	const struct option_named_list *b);
void option_named_done(struct option_named_list *list);

#endif
