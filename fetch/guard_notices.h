/* SPDX-License-Identifier: MIT */
#ifndef FETCH_GUARD_NOTICES_H
#define FETCH_GUARD_NOTICES_H

/*
 * What events have announced to the guard: that an instance, or all of an app,
 * goes. A notice holds in the next update and for the hold time from then on;
 * one for an instance is used up when that went. Names are hashes, of which
 * task 0 is all of the app. Used by guard.c and its parts alone.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct notice;

/* Zeroed it is empty. */
struct notices {
	struct notice *items;
	size_t count, space;
};

void notices_done(struct notices *notices);

/* -ENOMEM. */
int notices_add(struct notices *notices, uint64_t app, uint64_t task);

/* Whether this instance was announced, which uses its notice. */
bool notices_use(
	struct notices *notices, uint64_t app, uint64_t task, int64_t now);

/* Whether there is one that no update has seen yet. */
bool notices_any_new(const struct notices *notices);
bool notices_any_new_of(const struct notices *notices, uint64_t app);

/* After an update: drops what was said too long ago, or has come true. */
void notices_settle(struct notices *notices, int64_t now, int64_t hold_ms);

#endif
