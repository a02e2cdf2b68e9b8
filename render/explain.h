/* SPDX-License-Identifier: MIT */
#ifndef RENDER_EXPLAIN_H
#define RENDER_EXPLAIN_H

/*
 * What is known of one app, and of why it is, or is not, in each view; as text
 * for a person, or as JSON. Pure. All that an explanation points to is
 * borrowed.
 */

#include <stdio.h>

#include "fetch/catalog.h"
#include "render/problems.h"

/* How a file of services/ on a mount compares with what it should be. */
enum explain_there {
	THERE_UNASKED,
	THERE_SAME,
	THERE_MISSING,
	THERE_OTHER,
};

struct explain_file {
	const char *name;
	uint32_t port_index;
	size_t lines;
	uint8_t there; /* enum explain_there */
	/* With THERE_OTHER: lines that only one of the two has; by blanks. */
	const char *only_there, *only_here;
};

/* A line of a configuration that is the app's, without its indent. */
struct explain_line {
	const char *view;
	const char *text; /* not ended by a NUL */
	size_t length;
	bool section; /* it begins one */
};

struct explanation {
	const struct app *app; /* its ports hidden as --groups say */
	const char *task;      /* that was asked for; NULL: the app was */
	const struct source_report *source; /* NULL: unknown */
	const char *groups;		    /* the option */
	const char *item;	/* of it, that selects the app; NULL: none */
	bool shown;		/* something of it is in the views */
	const char *mountpoint; /* NULL: not asked for */
	int64_t held; /* there, of its source, by the shrink guard; -1: unknown
		       */

	const struct explain_file *files;
	size_t file_count;
	const struct explain_line *lines;
	size_t line_count;
	const struct problems *problems; /* of this app alone */
};

/* Errors of out stay in ferror(). */
void explain_text(FILE *out, const struct explanation *explanation);

/* An array with an object for each. -ENOMEM: nothing was written. */
int explain_json(
	FILE *out, const struct explanation *explanations, size_t count);

/* "in service", "a health check fails": what a state means. */
const char *explain_state(const struct instance *instance);

/* A word for it: "alive", "dead", "unknown". */
const char *explain_health(const struct instance *instance);

#endif
