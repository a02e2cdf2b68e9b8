/* SPDX-License-Identifier: MIT */
#ifndef FETCH_GUARD_LOSSES_H
#define FETCH_GUARD_LOSSES_H

/*
 * The losses that the guard has let pass of late, which count against the next
 * ones. One that is there again is taken off, but only when the update that
 * found it is made: losses_settle() ends each update. Names are hashes. Used by
 * guard.c and its parts alone.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loss;

/* Zeroed it is empty. */
struct losses {
	struct loss *items; /* in order of time */
	size_t count, space;
	size_t back; /* so many are there again, in the update under way */
	size_t look; /* where the next of them is likely to be */
};

void losses_done(struct losses *losses);

/* Room for so many more. -ENOMEM. */
int losses_reserve(struct losses *losses, size_t more);
/* Where there is room; no earlier than the last. */
void losses_add(
	struct losses *losses, int64_t at, uint64_t app, uint64_t task);

/* Those that still count in the update under way. */
size_t losses_standing(const struct losses *losses);

/* Whether this is a loss that came back, which then counts no more. */
bool losses_take_back(struct losses *losses, uint64_t task);

/* made: those that came back are taken off; else nothing has changed. */
void losses_settle(struct losses *losses, bool made);

/* So many new instances of an app take off losses of it, oldest first. */
void losses_replace(struct losses *losses, uint64_t app, uint32_t fresh);

/* Drops those of that time and before. */
void losses_forget(struct losses *losses, int64_t until);

#endif
