/* SPDX-License-Identifier: MIT */
#include "fs/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool entry_is_visible(const struct tree_entry *entry)
{
	return entry->shown || (entry->dir && !entry->hidden_dir);
}

bool entry_is_pending(const struct tree_entry *entry)
{
	return entry->next || entry->leaving || entry->hidden_dir;
}

static struct tree_entry *entry_new(const char *name)
{
	size_t size = strlen(name) + 1;
	struct tree_entry *entry;

	entry = calloc(1, sizeof(*entry) + size);
	if (!entry)
		return NULL;
	entry->references = 1;
	memcpy(entry->name, name, size);
	return entry;
}

static void entry_ref(void *item)
{
	struct tree_entry *entry = item;

	__atomic_add_fetch(&entry->references, 1, __ATOMIC_RELAXED);
}

static void entry_unref(void *item)
{
	struct tree_entry *entry = item;

	if (__atomic_sub_fetch(&entry->references, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	node_unref(entry->shown);
	node_unref(entry->next);
	dir_unref(entry->dir);
	free(entry);
}

static const void *entry_key(const void *item)
{
	return ((const struct tree_entry *)item)->name;
}

static int entry_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static const struct sorted_ops entry_ops = {
	.key = entry_key,
	.compare = entry_compare,
	.ref = entry_ref,
	.unref = entry_unref,
};

struct dir *dir_ref(struct dir *dir)
{
	if (dir)
		__atomic_add_fetch(&dir->references, 1, __ATOMIC_RELAXED);
	return dir;
}

void dir_unref(struct dir *dir)
{
	if (!dir
		|| __atomic_sub_fetch(&dir->references, 1, __ATOMIC_ACQ_REL)
			> 0)
		return;
	sorted_unref(dir->entries);
	free(dir);
}

int tree_new(uint64_t root_number, struct dir **ret)
{
	struct dir *dir;

	dir = calloc(1, sizeof(*dir));
	if (!dir)
		return -ENOMEM;
	dir->number = root_number;
	dir->references = 1;
	clock_gettime(CLOCK_REALTIME, &dir->mtime);
	*ret = dir;
	return 0;
}

const struct tree_entry *dir_find(const struct dir *dir, const char *name)
{
	return sorted_find(dir->entries, name);
}

/* Directories are few (a dozen at most): a walk of the root finds them. */
static const struct tree_entry *dir_entry(const struct dir *tree, uint64_t number)
{
	struct sorted_cursor cursor = {0};
	const struct tree_entry *entry;

	if (sorted_count(tree->entries) == 0)
		return NULL;
	while ((entry = sorted_next(tree->entries, &cursor)))
		if (entry->dir && entry->dir->number == number)
			return entry;
	return NULL;
}

const struct dir *tree_dir(const struct dir *tree, uint64_t number)
{
	const struct tree_entry *entry;

	if (tree->number == number)
		return tree;
	entry = dir_entry(tree, number);
	return entry && !entry->hidden_dir ? entry->dir : NULL;
}

const char *tree_dir_name(const struct dir *tree, uint64_t number)
{
	const struct tree_entry *entry;

	if (tree->number == number)
		return "";
	entry = dir_entry(tree, number);
	return entry ? entry->name : NULL;
}

/* What one change makes of an entry; false: nothing is left of it. */
static bool apply(const struct tree_change *change, const struct tree_entry *old,
	bool unseen, struct tree_entry *ret)
{
	switch (change->op) {
	case TREE_PUT:
	case TREE_REPLACE:
		ret->leaving = false;
		if (unseen || (ret->shown && change->op == TREE_PUT)) {
			ret->shown = change->node;
			ret->next = NULL;
		} else {
			ret->next = change->node;
		}
		return true;
	case TREE_DROP:
		ret->next = NULL;
		ret->leaving = ret->shown != NULL;
		return ret->leaving && !unseen;
	case TREE_SHOW:
		ret->hidden_dir = false;
		if (ret->next) {
			ret->shown = ret->next;
			ret->next = NULL;
		}
		return old != NULL;
	case TREE_GONE:
		return old != NULL && !old->leaving;
	case TREE_MKDIR:
		return true;
	}
	return false;
}

static int make_entry(const struct tree_change *change,
	const struct tree_entry *old, bool unseen, struct tree_entry **ret)
{
	struct tree_entry state = {
		.shown = old ? old->shown : NULL,
		.next = old ? old->next : NULL,
		.dir = old ? old->dir : NULL,
		.leaving = old && old->leaving,
		.hidden_dir = old && old->hidden_dir,
	};
	struct tree_entry *entry;
	int r;

	if (!apply(change, old, unseen, &state)) {
		*ret = NULL;
		return 0;
	}
	entry = entry_new(change->name);
	if (!entry)
		return -ENOMEM;
	entry->shown = node_ref(state.shown);
	entry->next = node_ref(state.next);
	entry->leaving = state.leaving;
	entry->hidden_dir = state.hidden_dir;
	entry->dir = dir_ref(state.dir);
	if (change->op == TREE_MKDIR && !entry->dir) {
		entry->hidden_dir = true;
		r = tree_new(change->number, &entry->dir);
		if (r < 0) {
			entry_unref(entry);
			return r;
		}
	}
	*ret = entry;
	return 0;
}

/* Notes on the directory what a change does to its visible names. */
static void note_names(
	struct dir *dir, const struct tree_entry *before, const struct tree_entry *after)
{
	bool was = before && entry_is_visible(before);
	bool is = after && entry_is_visible(after);

	if (was == is)
		return;
	clock_gettime(CLOCK_REALTIME, &dir->mtime);
	if (is && after->dir)
		dir->subdirs++;
	if (was && before->dir)
		dir->subdirs--;
}

/* Not the whole struct: another thread may count its references just now. */
static struct dir *dir_copy_head(const struct dir *dir)
{
	struct dir *copy = malloc(sizeof(*copy));

	if (!copy)
		return NULL;
	*copy = (struct dir){
		.number = dir->number,
		.mtime = dir->mtime,
		.subdirs = dir->subdirs,
		.references = 1,
	};
	return copy;
}

static int edit_dir(const struct dir *dir, bool unseen,
	const struct tree_change *changes, size_t count, struct dir **ret)
{
	CLEANUP(free) struct sorted_change *edits = NULL;
	CLEANUP(dir_unref) struct dir *copy = dir_copy_head(dir);
	size_t made = 0;
	int r = 0;

	edits = calloc(count ? count : 1, sizeof(*edits));
	if (!copy || !edits)
		return -ENOMEM;
	for (; made < count && r == 0; made++) {
		const struct tree_entry *old = dir_find(dir, changes[made].name);
		struct tree_entry *entry = NULL;

		r = make_entry(&changes[made], old, unseen, &entry);
		if (r == 0)
			note_names(copy, old, entry);
		edits[made].key = changes[made].name;
		edits[made].item = entry;
	}
	if (r == 0)
		r = sorted_edit(
			dir->entries, &entry_ops, edits, count, &copy->entries);
	for (size_t i = 0; i < made; i++)
		if (edits[i].item)
			entry_unref(edits[i].item);
	if (r < 0)
		return r;
	*ret = take_ptr(&copy);
	return 0;
}

/* The root with one of its directories replaced. */
static int replace_dir(const struct dir *tree, const struct tree_entry *old,
	struct dir *dir, struct dir **ret)
{
	CLEANUP(dir_unref) struct dir *copy = dir_copy_head(tree);
	struct tree_entry *entry = entry_new(old->name);
	struct sorted_change edit = {old->name, entry};
	int r;

	if (!copy || !entry) {
		free(entry);
		return -ENOMEM;
	}
	entry->dir = dir_ref(dir);
	entry->hidden_dir = old->hidden_dir;
	r = sorted_edit(tree->entries, &entry_ops, &edit, 1, &copy->entries);
	entry_unref(entry);
	if (r < 0)
		return r;
	*ret = take_ptr(&copy);
	return 0;
}

int tree_edit(struct dir *tree, uint64_t number,
	const struct tree_change *changes, size_t count, struct dir **ret)
{
	CLEANUP(dir_unref) struct dir *edited = NULL;
	const struct tree_entry *entry;
	int r;

	if (tree->number == number)
		return edit_dir(tree, false, changes, count, ret);
	entry = dir_entry(tree, number);
	if (!entry)
		return -ENOENT;
	r = edit_dir(entry->dir, entry->hidden_dir, changes, count, &edited);
	if (r < 0)
		return r;
	return replace_dir(tree, entry, edited, ret);
}
