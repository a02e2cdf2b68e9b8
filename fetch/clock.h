/* SPDX-License-Identifier: MIT */
#ifndef FETCH_CLOCK_H
#define FETCH_CLOCK_H

/* The two clocks, in milliseconds. */

#include <stdint.h>
#include <time.h>

/* For deadlines: never goes back. */
static inline int64_t clock_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* For humans: since 1970. */
static inline int64_t clock_unix_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Of two deadlines. */
static inline int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

#endif
