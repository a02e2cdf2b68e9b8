/* SPDX-License-Identifier: MIT */
#ifndef FS_EXIT_STATUS_H
#define FS_EXIT_STATUS_H

/* What a command ends with beside 0 and 1, as mmsdfs(8) promises it. */
enum {
	EXIT_USAGE = 2,
	EXIT_NO_ANSWER = 3,
	EXIT_CHANGED = 10, /* of render --if-changed alone */
};

#endif
