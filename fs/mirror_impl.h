/* SPDX-License-Identifier: MIT */
#ifndef FS_MIRROR_IMPL_H
#define FS_MIRROR_IMPL_H

/* What mirror.c and mirror_apply.c share; for nobody else. */

#include <pthread.h>

#include "fs/mirror.h"
#include "fs/mirror_file.h"

/* A name that waits. */
struct item {
	struct item *next;
	uint64_t number;
	bool quiet;  /* by lock, while it is in a list */
	bool failed; /* the same: it has been tried */
	char name[];
};

struct list {
	struct item *first, **last;
};

struct mirror {
	struct mirror_settings settings; /* set before start, then constant */
	struct mirror_files files;	 /* mirror thread only */
	pthread_t thread;

	pthread_mutex_t lock; /* a leaf */
	pthread_cond_t changed;
	struct list queue; /* by lock, as all below */
	struct list later; /* to be tried again at retry_at */
	void *names;	   /* the items of both, for tfind() */
	int64_t retry_at, delay;
	bool busy, stop;
	bool complete, to_sweep;
	bool look_again;	   /* at all names */
	bool lost;		   /* some, for want of memory */
	struct mirror_count count; /* written by the mirror thread alone */
};

/* As the tell of an outlet. */
void mirror_tell(void *outlet, uint64_t number, const char *name, bool quiet);
/* As its again. */
void mirror_again(void *outlet);
bool mirror_is_stopped(struct mirror *mirror);
void mirror_count_up(struct mirror *mirror, uint64_t *counter);

/*
 * mirror_apply.c, in the mirror's thread: makes outside what the tree says of
 * the name, and settles it there. Negative errno: it is to be tried again. path
 * is the name's, as far as it is known.
 */
int mirror_apply(struct mirror *mirror, const struct item *item,
	char ret_path[MANIFEST_PATH_SIZE]);

/*
 * Removes what an earlier run has left, and has no place any more; complete:
 * also where a directory or a view has not been put at all.
 */
void mirror_sweep(struct mirror *mirror, bool complete);

#endif
