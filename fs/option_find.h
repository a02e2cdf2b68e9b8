/* SPDX-License-Identifier: MIT */
#ifndef FS_OPTION_FIND_H
#define FS_OPTION_FIND_H

/* Options by what people call them. Pure. */

#include "fs/option_table.h"

/* An option by one of its names, and what the name alone says. */
struct option_match {
	const struct option_row *row;
	const char *implied; /* the value, if none is given; NULL: needs one */
	const char *item;    /* as of struct option_alias */
	bool negated;	     /* --no-X: takes no value */
};

/* False: there is none. --no-X is found for flags. */
bool option_find(const char *name, size_t length, struct option_match *ret);
bool option_find_letter(char letter, struct option_match *ret);

/* What name was probably meant to be, in constant text; NULL: no idea. */
const char *option_nearest(const char *name, size_t length);

#endif
