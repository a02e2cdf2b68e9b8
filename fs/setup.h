/* SPDX-License-Identifier: MIT */
#ifndef FS_SETUP_H
#define FS_SETUP_H

/*
 * All that the user said, as it was when it was read: the options and the files
 * they name. SIGHUP reads it again, from the same command line and
 * environment, into another one. Immutable and counted.
 */

#include "fs/options.h"
#include "fs/view_files.h"

struct setup {
	struct options options;
	struct view_files *files;
	uint32_t references; /* atomic; setup_ref() and setup_unref() only */
};

/* What it is read from. Borrowed for the life of the process. */
struct setup_words {
	int argc;
	char **argv, **envp;
};

/*
 * Takes over options, also when it fails. *ret is a new reference. -EINVAL and
 * the errors of files, with the one line to show.
 */
int setup_new(struct options *options, const struct setup_words *words,
	struct setup **ret, struct why *why);

/*
 * Reads all of it again. What differs from running must be what can be changed
 * while it runs (OPTION_LIVE): -EBUSY with words when it is not.
 */
int setup_read_again(const struct setup *running,
	const struct setup_words *words, struct setup **ret, struct why *why);

/* Logs what is odd about it, but no mistake. */
void setup_warn(const struct setup *setup);

/* The sources, or what is taken from them, are to be others. */
bool setup_has_other_sources(const struct setup *a, const struct setup *b);

struct setup *setup_ref(struct setup *setup);
void setup_unref(struct setup *setup);
CLEANUP_DEFINE(struct setup *, setup_unref)

#endif
