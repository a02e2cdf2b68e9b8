/* SPDX-License-Identifier: MIT */
#ifndef FS_OUTPUT_H
#define FS_OUTPUT_H

/*
 * What the runs of one hook print, as lines of our log. One pipe for all runs,
 * which lives as long as the hook: what a run leaves behind in the background
 * never finds it closed while we live. Plain memory of one thread.
 */

#include <stddef.h>

/* Of one run; what is beyond is not logged. */
enum { OUTPUT_LINES_MAX = 100, OUTPUT_LINE_MAX = 512 };

struct output {
	const char *name; /* in front of each line; borrowed */
	int read_end, write_end;
	unsigned lines; /* of this run */
	size_t length;	/* of line, which has not ended yet */
	char line[OUTPUT_LINE_MAX];
	char last[128]; /* the last line of this run, cut; "" */
};

/* -errno. */
int output_init(struct output *output, const char *name);
/* Also for one that output_init() has not filled, with ends -1. */
void output_done(struct output *output);

/* A new run begins. */
void output_begin(struct output *output);

/* Logs what is there to be read. Never blocks. */
void output_read(struct output *output);

/* The run has ended: logs what it has left, also a line without an end. */
void output_end(struct output *output);

#endif
