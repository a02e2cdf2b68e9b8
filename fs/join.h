/* SPDX-License-Identifier: MIT */
#ifndef FS_JOIN_H
#define FS_JOIN_H

#include <pthread.h>
#include <stdbool.h>

/*
 * What a thread does at its end takes less, unless the kernel holds it: the
 * longest is what is being told, two silences of the notifier and a start.
 */
enum { JOIN_SECONDS = 10 };

/* False: it hangs in the kernel. Nothing it uses may be freed then. */
bool join_in_time(pthread_t thread);

#endif
