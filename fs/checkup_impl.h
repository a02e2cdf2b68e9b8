/* SPDX-License-Identifier: MIT */
#ifndef FS_CHECKUP_IMPL_H
#define FS_CHECKUP_IMPL_H

/* What checkup*.c share; for nobody else. */

#include "fs/options.h"
#include "fs/view_files.h"

enum verdict {
	VERDICT_OK,
	VERDICT_NOTE, /* works, and is worth a look */
	VERDICT_FAILED,
};

struct checkup {
	const struct options *options;
	bool failed;
	struct view_files *files; /* NULL: they cannot be read */
	struct catalog *catalog;  /* a reference; NULL: nobody has answered */
};

/* One line: the verdict, what was looked at, and how it is. */
__attribute__((format(printf, 4, 5))) void checkup_say(struct checkup *checkup,
	enum verdict verdict, const char *what, const char *format, ...);

/* Asks each source, and keeps what they say. */
void checkup_sources(struct checkup *checkup);

/* The program, and what it says of what we would show. */
void checkup_haproxy(struct checkup *checkup);

#endif
