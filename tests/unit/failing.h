/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FAILING_H
#define TESTS_FAILING_H

/*
 * Allocations that fail, one at a time, in programs linked with
 * --wrap for: malloc, calloc, realloc, reallocarray, strdup, strndup and
 * asprintf of our own code. One thread.
 */

#include <stdbool.h>

/* The n-th from now on fails, and none after it; 0: none does. */
void failing_at(unsigned n);

/* Whether it has come to that; from now on none fails. */
bool failing_stop(void);

#endif
