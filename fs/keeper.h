/* SPDX-License-Identifier: MIT */
#ifndef FS_KEEPER_H
#define FS_KEEPER_H

/*
 * The thread that keeps the last good catalog of each source in the state
 * directory. It alone waits for that disk, so a slow or full one delays
 * nothing; what it could not write it writes with the next change.
 */

#include "fs/mailbox.h"

struct keeper;

/* dir is borrowed. Starts the thread. */
int keeper_new(const char *dir, struct keeper **ret);
/* Writes what is unwritten and ends the thread. */
void keeper_free(struct keeper *keeper);

/* Where catalogs and reports are put. Borrowed. */
struct mailbox *keeper_mailbox(struct keeper *keeper);

#endif
