/* SPDX-License-Identifier: MIT */
#ifndef FS_WORDS_H
#define FS_WORDS_H

/*
 * A command as an operator writes it, cut into words. There is no shell, and
 * so no variable, no pattern and no comment:
 *
 *	words are what stands between blanks;
 *	'...' is taken as it is, without its quotes;
 *	"..." likewise, but in it \" is a quote and \\ a backslash;
 *	elsewhere a backslash takes the next character as it is.
 *
 * What touches is one word (a'b c'"d" is "ab cd"), '' is an empty one. A
 * command that begins with "sh:" is not cut: the rest goes to /bin/sh -c.
 */

#include "fetch/why.h"

/* More words are refused. */
enum { WORDS_MAX = 256 };

struct words {
	char **list; /* at least one; NULL behind the last */
	char *text;  /* what list points into */
};

/* Fills ret, for words_done(). -EINVAL, -E2BIG, -ENOMEM: why has words. */
int words_parse(const char *text, struct words *ret, struct why *why);

/* Also for a zeroed one. */
void words_done(struct words *words);

#endif
