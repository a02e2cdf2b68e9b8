/* SPDX-License-Identifier: MIT */
#ifndef FETCH_JITTER_H
#define FETCH_JITTER_H

#include <stdint.h>
#include <stdlib.h>

/* delay, more or less: many agents must not come at the same moment. */
static inline int64_t jitter(int64_t delay)
{
	return delay + (int64_t)arc4random_uniform((uint32_t)(delay / 4 + 1));
}

#endif
