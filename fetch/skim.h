/* SPDX-License-Identifier: MIT */
#ifndef FETCH_SKIM_H
#define FETCH_SKIM_H

/*
 * Looks over one app object in a list without parsing it: where it ends, what
 * its bytes hash to, and the same object without what nobody reads.
 *
 * It works on 64 bytes at a time: a few vector instructions make bit masks of
 * where quotes, brackets and colons are, and only brackets and those colons
 * that stand at a depth of interest are looked at singly. Pure; one user.
 *
 * The fingerprint leaves out what moves with every health check and says
 * nothing new: the times and counts in tasks[].healthCheckResults[] and the
 * counts of tasks. Of a time or count it only keeps whether there is one (null
 * and 0 stay in), since that tells a failed check from one never made. All
 * else is in it: bytes that hash the same say the same.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the object that the fingerprint leaves out. */
struct skim_cut {
	uint32_t from, to;
};

/* Zeroed it is ready for the first object; later ones need skim_start(). */
struct skim {
	uint64_t in_string; /* all ones: the next byte is inside a string */
	uint64_t escaped;   /* 1: the next byte is behind a backslash */
	uint32_t depth;
	bool tasks;   /* inside the value of tasks */
	bool results; /* inside the value of healthCheckResults of a task */
	bool pending; /* a value to be cut begins at colon */
	size_t colon;
	size_t end; /* behind the object, once it has ended */
	struct skim_cut *cuts;
	size_t cut_count, cut_space;
};

void skim_start(struct skim *skim);
void skim_done(struct skim *skim);

/*
 * object holds the bytes from its '{' on; those before from have been looked
 * at before, those up to to are looked at now. Any cut into pieces gives the
 * same. 1: it has ended, at skim->end; 0: there is more to come; -E2BIG when
 * it is nested deeper than depth_max; -ENOMEM.
 */
int skim_feed(struct skim *skim, const char *object, size_t from, size_t to,
	uint32_t depth_max);

/* Of an object that has ended; never 0. */
uint64_t skim_fingerprint(const struct skim *skim, const char *object);

/*
 * Writes the object without members that nobody reads into to (at least
 * length bytes); returns the bytes written. The object is of length bytes and
 * has been skimmed to its end.
 */
size_t skim_trim(const char *object, size_t length, char *to);

#endif
