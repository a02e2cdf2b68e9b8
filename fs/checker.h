/* SPDX-License-Identifier: MIT */
#ifndef FS_CHECKER_H
#define FS_CHECKER_H

/*
 * A thread that has haproxy -c judge configurations, one at a time, with a
 * limit of time. Nothing is written to a disk: the program reads files of
 * memory. The thread is nice, and so is the program.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fetch/cleanup.h"
#include "fetch/why.h"

enum { CHECKER_MAPS = 2 };

struct checker_settings {
	const char *program; /* without a slash: found in $PATH */
	unsigned timeout_ms;
	/* The paths by which the configuration names its maps; NULL: none. */
	const char *map_paths[CHECKER_MAPS];
	/* Called in the checker's thread when there is a verdict. */
	void (*wake)(void *context);
	void *context;
};

/* Texts that go together; each is allocated. */
struct checker_input {
	char *text;
	size_t length;
	char *maps[CHECKER_MAPS]; /* NULL: there is none */
	size_t map_lengths[CHECKER_MAPS];
};

enum checker_result {
	CHECKER_ACCEPTED,
	CHECKER_REJECTED,
	CHECKER_MISSING, /* there is no such program */
	CHECKER_FAILED,  /* it did not come to an end by itself */
};

/* A place in the text that the program complained of. */
struct checker_line {
	size_t line; /* from 1 */
	char words[200];
};

enum { CHECKER_LINES_MAX = 64 };

struct checker_verdict {
	enum checker_result result;
	struct why why; /* the first complaint, or what went wrong */
	struct checker_line lines[CHECKER_LINES_MAX];
	size_t line_count;
	int64_t took_ms;
};

struct checker;

/* settings are copied, their texts borrowed. */
int checker_new(
	const struct checker_settings *settings, struct checker **ret);
/* Ends a check that runs. */
void checker_free(struct checker *checker);

/* Takes over what input holds. Only when none is under way. */
void checker_start(struct checker *checker, struct checker_input *input);

/* False: none is done. It is handed out once. */
bool checker_take(struct checker *checker, struct checker_verdict *ret);

#endif
