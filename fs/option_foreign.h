/* SPDX-License-Identifier: MIT */
#ifndef FS_OPTION_FOREIGN_H
#define FS_OPTION_FOREIGN_H

/*
 * What the systems that we succeed were told and we are not: each has one line
 * that says what to use instead. What they were told and we are, too, is in
 * fs/option_table.c; contrib/man/mmsdfs-migrating.7.scd has both. Constant.
 */

#include <stddef.h>

enum {
	FOREIGN_FILE = 1 << 0,	     /* a key, only in --config's file */
	FOREIGN_COMMAND = 1 << 1,    /* the first word of the command line */
	FOREIGN_DASH = 1 << 2,	     /* behind a single dash */
	FOREIGN_SAME = 1 << 3,	     /* is so anyway: the words are a warning */
	FOREIGN_TRUE = 1 << 4,	     /* what "true" asks for is so anyway */
	FOREIGN_FALSE = 1 << 5,	     /* what "false" asks for is */
	FOREIGN_STOPS = 1 << 6,	     /* without the variable we would do wrong */
	FOREIGN_NUMBERED = 1 << 7,   /* the variable may end in a number */
	FOREIGN_UNLESS_URL = 1 << 8, /* with a URL the letter is ours */
};

struct option_foreign {
	const char *system;
	const char *name;     /* NULL: no such option */
	char letter;	      /* '\0': none */
	const char *variable; /* NULL: none */
	unsigned flags;
	const char *words; /* what to use instead */
};

extern const struct option_foreign option_foreigns[];
extern const size_t option_foreign_count;

/*
 * kind is one of FOREIGN_FILE, FOREIGN_COMMAND and FOREIGN_DASH; 0 is for
 * --name, which a file may also hold. NULL: there is none.
 */
const struct option_foreign *option_foreign_find(
	const char *name, size_t length, unsigned kind);

const struct option_foreign *option_foreign_letter(char letter);

const struct option_foreign *option_foreign_variable(
	const char *name, size_t length);

#endif
