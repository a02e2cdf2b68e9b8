/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/mirror_impl.h"

/* What the tree says now, to be made so outside. */
struct state {
	struct dir *tree;      /* a reference */
	const char *directory; /* NULL: it is not to be seen */
	const struct tree_entry *entry;
};

static void state_read(
	struct mirror *mirror, const struct item *item, struct state *ret)
{
	const struct dir *dir;

	ret->tree = published_get(mirror->settings.published);
	dir = tree_dir(ret->tree, item->number);
	ret->directory = dir ? tree_dir_name(ret->tree, item->number) : NULL;
	ret->entry = dir ? dir_find(dir, item->name) : NULL;
}

static void settle(
	struct mirror *mirror, const struct item *item, enum tree_op op)
{
	struct tree_change change = {.name = item->name, .op = op};

	published_edit(mirror->settings.published, item->number, &change, 1);
}

static struct mirror_file file_of(
	const char *directory, const char *name, const struct node *node)
{
	return (struct mirror_file){
		.directory = directory,
		.name = name,
		.bytes = node->bytes,
		.size = node->size,
	};
}

/*
 * Quiet is the status when nothing but counters has moved: it is not worth a
 * wait for the disk, and not counted, or it would never rest.
 */
static int put(
	struct mirror *mirror, const struct mirror_file *file, bool quiet)
{
	int r = mirror_prepare(&mirror->files, file, 0);
	int synced = 0;

	if (r > 0 && !quiet)
		synced = mirror_sync(&mirror->files, 0);
	if (r > 0)
		r = synced < 0 ? synced
			       : mirror_commit(&mirror->files, file, 0);
	if (r > 0 && !quiet)
		mirror_count_up(mirror, &mirror->count.written);
	return r;
}

static int drop(struct mirror *mirror, const char *path)
{
	int r = mirror_remove(&mirror->files, path);

	if (r > 0)
		mirror_count_up(mirror, &mirror->count.removed);
	return r;
}

static int drop_item(struct mirror *mirror, const struct item *item,
	const struct state *state)
{
	char path[MANIFEST_PATH_SIZE];
	int r = mirror_path(state->directory, item->name, path);

	return r < 0 ? r : drop(mirror, path);
}

static void tell_reader(
	struct mirror *mirror, const struct item *item, uint64_t number)
{
	if (mirror->settings.told)
		mirror->settings.told(mirror->settings.told_context,
			item->number, item->name, number);
}

/* Whether a file of an earlier run has no place any more. */
struct sweep {
	struct mirror *mirror;
	struct dir *tree;
	bool complete;
};

static bool is_left(const struct sweep *sweep, const char *path)
{
	const char *slash = strchr(path, '/');
	char directory[MANIFEST_PATH_SIZE];
	const struct tree_entry *entry;

	if (!slash)
		return sweep->complete && !dir_find(sweep->tree, path);
	snprintf(directory, sizeof(directory), "%.*s", (int)(slash - path),
		path);
	entry = dir_find(sweep->tree, directory);
	if (!entry || !entry->dir)
		return sweep->complete;
	return !entry->hidden_dir && !dir_find(entry->dir, slash + 1);
}

static void sweep_one(void *context, const char *path)
{
	const struct sweep *sweep = context;

	if (is_left(sweep, path) && drop(sweep->mirror, path) < 0)
		mirror_count_up(sweep->mirror, &sweep->mirror->count.failures);
}

void mirror_sweep(struct mirror *mirror, bool complete)
{
	CLEANUP(dir_unref)
	struct dir *tree = published_get(mirror->settings.published);
	struct sweep sweep = {mirror, tree, complete};

	manifest_each(mirror->files.manifest, sweep_one, &sweep);
}

/*
 * What is done together when a directory is filled: one sync of its files, and
 * one of the manifest. One for each of ten thousand would take minutes.
 */
struct batch {
	const struct tree_entry *entries[MIRROR_BATCH];
	bool prepared[MIRROR_BATCH];
	size_t count;

	char texts[MIRROR_BATCH][MANIFEST_PATH_SIZE];
	const char *paths[MIRROR_BATCH]; /* of those prepared */
	size_t path_count;
};

/* What cannot be put now is a name of its own from here on. */
static void put_off(struct mirror *mirror, const struct dir *dir,
	const struct tree_entry *entry)
{
	mirror_tell(mirror, dir->number, entry->name, false);
}

static void batch_add(struct mirror *mirror, struct batch *batch,
	const char *directory, const struct dir *dir,
	const struct tree_entry *entry)
{
	size_t at = batch->count++;
	char *path = batch->texts[at];
	struct mirror_file file;
	int r;

	batch->entries[at] = entry;
	batch->prepared[at] = false;
	if (!entry->shown)
		return;
	file = file_of(directory, entry->name, entry->shown);
	r = mirror_prepare(&mirror->files, &file, (unsigned)at);
	if (r > 0 && mirror_path(directory, entry->name, path) == 0)
		batch->paths[batch->path_count++] = path;
	batch->prepared[at] = r > 0;
	if (r < 0)
		put_off(mirror, dir, entry);
}

static void batch_commit(struct mirror *mirror, struct batch *batch,
	const char *directory, const struct dir *dir)
{
	if (batch->path_count > 0) {
		/* What fails here fails again, with its words, by itself. */
		mirror_sync_all(&mirror->files);
		manifest_add(mirror->files.manifest, batch->paths,
			batch->path_count);
	}
	for (size_t i = 0; i < batch->count; i++) {
		const struct tree_entry *entry = batch->entries[i];
		struct mirror_file file;

		if (!batch->prepared[i])
			continue;
		file = file_of(directory, entry->name, entry->shown);
		if (mirror_commit(&mirror->files, &file, (unsigned)i) < 0)
			put_off(mirror, dir, entry);
		else
			mirror_count_up(mirror, &mirror->count.written);
	}
	batch->count = batch->path_count = 0;
}

static int put_all(
	struct mirror *mirror, const char *directory, const struct dir *dir)
{
	CLEANUP(free) struct batch *batch = calloc(1, sizeof(*batch));
	struct sorted_cursor cursor = {0};
	const struct tree_entry *entry;

	if (!batch || sorted_count(dir->entries) == 0)
		return batch ? 0 : -ENOMEM;
	while (!mirror_is_stopped(mirror) &&
		(entry = sorted_next(dir->entries, &cursor))) {
		batch_add(mirror, batch, directory, dir, entry);
		if (batch->count == MIRROR_BATCH)
			batch_commit(mirror, batch, directory, dir);
	}
	batch_commit(mirror, batch, directory, dir);
	return 0;
}

/*
 * A directory is shown as a whole: what is put from now on is told one by one,
 * and what was put before is in the tree that is read here.
 */
static int fill(struct mirror *mirror, const struct item *item, uint64_t number)
{
	CLEANUP(dir_unref) struct dir *tree = NULL;
	const struct dir *dir;
	int r;

	r = mirror_mkdir(&mirror->files, item->name);
	if (r < 0)
		return r;
	settle(mirror, item, TREE_SHOW);
	tree = published_get(mirror->settings.published);
	dir = tree_dir(tree, number);
	r = dir ? put_all(mirror, item->name, dir) : -ENOMEM;
	if (r < 0)
		mirror_again(mirror);
	mirror_sweep(mirror, false);
	tell_reader(mirror, item, 0);
	return 0;
}

static int put_entry(struct mirror *mirror, const struct item *item,
	const struct state *state)
{
	const struct tree_entry *entry = state->entry;
	const struct node *node = entry->next ? entry->next : entry->shown;
	struct mirror_file file = file_of(state->directory, item->name, node);
	int r;

	r = put(mirror, &file, item->quiet);
	if (r < 0)
		return r;
	settle(mirror, item, TREE_SHOW);
	if (!item->quiet)
		tell_reader(mirror, item, node->number);
	return 0;
}

static int make_so(struct mirror *mirror, const struct item *item,
	const struct state *state)
{
	const struct tree_entry *entry = state->entry;
	int r;

	if (!state->directory)
		return 0;
	if (entry && entry->dir)
		return entry->hidden_dir
			? fill(mirror, item, entry->dir->number)
			: 0;
	if (entry && !entry->leaving)
		return put_entry(mirror, item, state);
	r = drop_item(mirror, item, state);
	if (r < 0)
		return r;
	if (entry)
		settle(mirror, item, TREE_GONE);
	tell_reader(mirror, item, 0);
	return 0;
}

int mirror_apply(struct mirror *mirror, const struct item *item,
	char ret_path[MANIFEST_PATH_SIZE])
{
	struct state state;
	int r;

	state_read(mirror, item, &state);
	mirror_path(
		state.directory ? state.directory : "", item->name, ret_path);
	r = make_so(mirror, item, &state);
	dir_unref(state.tree);
	return r;
}
