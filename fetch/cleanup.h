/* SPDX-License-Identifier: MIT */
#ifndef FETCH_CLEANUP_H
#define FETCH_CLEANUP_H

/*
 * Ownership inside a function. A temporary is released at the end of its
 * scope; take_ptr() hands it over and leaves NULL behind.
 *
 *	CLEANUP(free) char *text = NULL;
 *	...
 *	*ret = take_ptr(&text);
 *
 * CLEANUP(f) needs CLEANUP_DEFINE(type, f) once, next to f. Every f that is
 * named so takes NULL.
 */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(f) __attribute__((cleanup(f##_cleanup)))

#define CLEANUP_DEFINE(type, f)                                                \
	static inline void f##_cleanup(type *p)                                \
	{                                                                      \
		if (*p)                                                        \
			f(*p);                                                 \
	}

#define take_ptr(p)                                                            \
	__extension__({                                                        \
		__auto_type take_ptr_ = *(p);                                  \
		*(p) = NULL;                                                   \
		take_ptr_;                                                     \
	})

static inline void free_cleanup(void *p)
{
	free(*(void **)p);
}

static inline void fclose_cleanup(FILE **p)
{
	if (*p)
		fclose(*p);
}

/* For descriptors: -1 is "none". */
static inline void close_cleanup(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#endif
