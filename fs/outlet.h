/* SPDX-License-Identifier: MIT */
#ifndef FS_OUTLET_H
#define FS_OUTLET_H

/*
 * Where the published tree goes from here: to the kernel and the watchers of a
 * mount (fs/teller.h), or into real files (fs/mirror.h). An outlet reads off
 * the tree what has become of a name, makes it so outside, and then settles
 * what waited for that in the tree. All but free may be called from any thread.
 */

#include <stdbool.h>
#include <stdint.h>

/*
 * Called by the outlet's thread when all who open name from now on see what
 * was published. number is the node that they see or one before it; 0: there
 * is none. Must not block.
 */
typedef void outlet_told(
	void *context, uint64_t directory, const char *name, uint64_t number);

struct outlet_kind {
	/*
	 * name in directory number has changed in the tree. quiet: in nothing
	 * that anybody has to be woken for. Never blocks.
	 */
	void (*tell)(
		void *outlet, uint64_t number, const char *name, bool quiet);
	/*
	 * All that is to be there has been put: what is left of an earlier run
	 * may go. NULL: nothing can be left.
	 */
	void (*complete)(void *outlet);
	/* What is outside may differ. NULL: that cannot be. */
	void (*again)(void *outlet);
	/*
	 * Publishes what has waited too long. Returns the milliseconds until it
	 * should be called again, -1: no need. NULL: nothing has to.
	 */
	int (*overdue)(void *outlet);
	/* All that was told has been done, or has failed and waits. */
	bool (*is_idle)(void *outlet);
	/* False: its thread hangs in the kernel; nothing may be freed. */
	bool (*free)(void *outlet);
};

/* Zeroed: there is none, and nobody sees anything yet. */
struct outlet {
	const struct outlet_kind *kind;
	void *self;
};

#endif
