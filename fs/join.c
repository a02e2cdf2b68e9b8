/* SPDX-License-Identifier: MIT */
#include "fs/join.h"

#include <time.h>

bool join_in_time(pthread_t thread)
{
	struct timespec deadline;

	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += JOIN_SECONDS;
	return pthread_timedjoin_np(thread, NULL, &deadline) == 0;
}
