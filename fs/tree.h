/* SPDX-License-Identifier: MIT */
#ifndef FS_TREE_H
#define FS_TREE_H

/*
 * Which name shows which node: one immutable snapshot of the whole mount. An
 * edit makes a new tree that shares all it does not touch.
 *
 * The tree is also the whole truth about names that are on their way. A new
 * name stays hidden until the notifier's own mknod for it arrives at the file
 * system, and a name that goes stays until the notifier's unlink does, so that
 * the kernel's CREATE and DELETE are real (DESIGN 2, rule 4). What is still to
 * be told of a name is read off its entry.
 */

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "fetch/cleanup.h"
#include "fetch/sorted.h"
#include "fs/node.h"

enum { DIR_ROOT = 1 }; /* FUSE_ROOT_ID */

/* One directory of one tree. Immutable, counted. */
struct dir {
	uint64_t number;
	struct timespec mtime;  /* of the last change of its visible names */
	struct sorted *entries; /* of struct tree_entry, by name */
	uint32_t subdirs;       /* visible ones, for st_nlink */
	uint32_t references;    /* atomic */
};

/*
 * shown is what readers get; next waits for the notifier. So: shown alone is a
 * plain file; next alone is a new name, hidden; both is a replacement by
 * rename; leaving is on its way out. A directory has dir instead.
 */
struct tree_entry {
	struct node *shown;
	struct node *next;
	struct dir *dir;
	bool leaving;
	bool hidden_dir;
	uint32_t references; /* atomic */
	char name[];
};

/* The name is there for readers. */
bool entry_is_visible(const struct tree_entry *entry);
/* Something of the name waits for the notifier's own request. */
bool entry_is_pending(const struct tree_entry *entry);

enum tree_op {
	TREE_PUT,     /* node is the newest version of name */
	TREE_REPLACE, /* the same, but a shown version stays until TREE_SHOW */
	TREE_DROP,    /* name is to go */
	TREE_SHOW,    /* what waits is shown now */
	TREE_GONE,    /* a leaving name goes now */
	TREE_MKDIR,   /* an empty directory of this number, hidden */
};

struct tree_change {
	const char *name;
	enum tree_op op;
	struct node *node; /* borrowed */
	uint64_t number;   /* TREE_MKDIR: 2 and up, below NODE_FIRST */
};

/* The root directory stands for the tree. */
struct dir *dir_ref(struct dir *dir);
void dir_unref(struct dir *dir);
CLEANUP_DEFINE(struct dir *, dir_unref)

int tree_new(uint64_t root_number, struct dir **ret);

/*
 * *ret is a new reference to tree with the changes made in the directory of
 * that number; changes are sorted by name, no name twice. In a hidden
 * directory names are shown at once: nobody can see them come. An operation
 * that does not fit the entry's state does nothing. -ENOMEM, -ENOENT.
 */
int tree_edit(struct dir *tree, uint64_t number,
	const struct tree_change *changes, size_t count, struct dir **ret);

/* Borrowed: valid while tree lives. NULL: no such (visible) directory. */
const struct dir *tree_dir(const struct dir *tree, uint64_t number);
/* The name of that directory, "" for the root; NULL: no such. */
const char *tree_dir_name(const struct dir *tree, uint64_t number);

/* Borrowed: valid while dir lives; also hidden ones. NULL: no such name. */
const struct tree_entry *dir_find(const struct dir *dir, const char *name);

#endif
