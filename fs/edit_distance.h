/* SPDX-License-Identifier: MIT */
#ifndef FS_EDIT_DISTANCE_H
#define FS_EDIT_DISTANCE_H

/* How far a name is from what was meant by it, for guesses at typing errors. */

#include <stddef.h>

enum { EDIT_LEN_MAX = 100 };

/*
 * Insertions, deletions and replacements from the first length bytes of a to b.
 * SIZE_MAX where one is longer than EDIT_LEN_MAX: not worth a guess. Pure.
 */
size_t edit_distance(const char *a, size_t length, const char *b);

#endif
