/* SPDX-License-Identifier: MIT */
#ifndef FS_ASKED_H
#define FS_ASKED_H

/*
 * The sources asked once, by a command that ends with what they said. Nothing
 * of it is kept. One thread.
 */

#include "fs/convert.h"

struct asked {
	struct fetch *fetch;
	struct catalog *catalog;	     /* a reference; NULL: no answer */
	const struct source_report *reports; /* borrowed from fetch */
	size_t report_count;
	struct hosts_report hosts;
};

/*
 * Asks until each source has answered, or --wait is over; partial: it is enough
 * that some have after --partial-start, or that --state-dir knows of others
 * what they said last. 0, or the exit status, and the words are on stderr. ret
 * is to be released by asked_done() in any case. plan is to outlive it.
 */
int asked_run(const struct options *options, const struct fetch_plan *plan,
	bool partial, struct asked *ret);
void asked_done(struct asked *asked);

/* It has said everything in this very run. */
bool asked_has_answered(const struct source_report *report);

#endif
