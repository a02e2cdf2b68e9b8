/* SPDX-License-Identifier: MIT */
#define FUSE_USE_VERSION 312

#include "fs/ops.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

/*
 * A name keeps its node, and a node its attributes, until we say otherwise:
 * for ever, as the kernel counts.
 */
static const double FOR_EVER = 3600.0 * 24 * 365 * 10;

static struct ops *ops_of(fuse_req_t request)
{
	return fuse_req_userdata(request);
}

static bool from_notifier(fuse_req_t request)
{
	pid_t notifier =
		__atomic_load_n(&ops_of(request)->notifier, __ATOMIC_ACQUIRE);
	pid_t caller = fuse_req_ctx(request)->pid;

	return caller != 0 && caller == notifier;
}

/* The one place where our negative errno becomes FUSE's positive one. */
static void reply_error(fuse_req_t request, int error)
{
	fuse_reply_err(request, -error);
}

static void node_attributes(
	const struct ops *ops, const struct node *node, struct stat *ret)
{
	*ret = (struct stat){
		.st_ino = node->number,
		.st_mode = S_IFREG | (0644 & ~ops->umask),
		.st_nlink = 1,
		.st_uid = ops->uid,
		.st_gid = ops->gid,
		.st_size = (off_t)node->size,
		.st_blocks = (blkcnt_t)((node->size + 511) / 512),
		.st_blksize = 4096,
		.st_atim = node->mtime,
		.st_mtim = node->mtime,
		.st_ctim = node->mtime,
	};
}

static void dir_attributes(const struct ops *ops, uint64_t number,
	const struct dir *dir, struct stat *ret)
{
	*ret = (struct stat){
		.st_ino = number,
		.st_mode = S_IFDIR | (0755 & ~ops->umask),
		.st_nlink = 2 + (dir ? dir->subdirs : 0),
		.st_uid = ops->uid,
		.st_gid = ops->gid,
		.st_blksize = 4096,
	};
	if (dir)
		ret->st_atim = ret->st_mtim = ret->st_ctim = dir->mtime;
}

/*
 * The kernel's lookup is counted before it can hear of the node, so that its
 * forget never comes first.
 */
static void reply_node(fuse_req_t request, struct node *node, double timeout)
{
	struct fuse_entry_param param = {
		.ino = node->number,
		.generation = 1,
		.attr_timeout = FOR_EVER,
		.entry_timeout = timeout,
	};

	node_attributes(ops_of(request), node, &param.attr);
	node_looked_up(node);
	if (fuse_reply_entry(request, &param) != 0)
		nodes_forget(node->table, node->number, 1);
}

static void reply_dir(fuse_req_t request, uint64_t number,
	const struct dir *dir, double timeout)
{
	struct fuse_entry_param param = {
		.ino = number,
		.generation = 1,
		.attr_timeout = timeout,
		.entry_timeout = timeout,
	};

	dir_attributes(ops_of(request), number, dir, &param.attr);
	fuse_reply_entry(request, &param);
}

static void reply_visible(fuse_req_t request, const struct tree_entry *entry)
{
	if (!entry || !entry_is_visible(entry))
		reply_error(request, -ENOENT);
	else if (entry->dir)
		reply_dir(request, entry->dir->number, entry->dir, FOR_EVER);
	else
		reply_node(request, entry->shown, FOR_EVER);
}

static bool parse_number(const char *text, uint64_t *ret)
{
	char *end;

	if (*text < '1' || *text > '9')
		return false;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	return *end == '\0' && errno == 0;
}

/* Only the notifier gets here; nothing of it is cached by the kernel. */
static void lookup_alias(fuse_req_t request, const char *name)
{
	CLEANUP(node_unref) struct node *node = NULL;
	uint64_t number;

	if (!from_notifier(request) || !parse_number(name, &number)) {
		reply_error(request, -ENOENT);
		return;
	}
	node = nodes_find(ops_of(request)->nodes, number);
	if (!node) {
		reply_error(request, -ENOENT);
		return;
	}
	reply_node(request, node, 0);
}

static void ops_lookup(fuse_req_t request, fuse_ino_t parent, const char *name)
{
	CLEANUP(dir_unref) struct dir *tree = NULL;
	const struct dir *dir;

	if (parent == DIR_ALIAS) {
		lookup_alias(request, name);
		return;
	}
	if (parent == DIR_ROOT && strcmp(name, ALIAS_NAME) == 0) {
		if (!from_notifier(request)) {
			reply_error(request, -ENOENT);
			return;
		}
		reply_dir(request, DIR_ALIAS, NULL, 0);
		return;
	}
	tree = published_get(ops_of(request)->published);
	dir = tree_dir(tree, parent);
	reply_visible(request, dir ? dir_find(dir, name) : NULL);
}

static void ops_forget(fuse_req_t request, fuse_ino_t number, uint64_t count)
{
	nodes_forget(ops_of(request)->nodes, number, count);
	fuse_reply_none(request);
}

static void ops_forget_multi(
	fuse_req_t request, size_t count, struct fuse_forget_data *forgets)
{
	for (size_t i = 0; i < count; i++)
		nodes_forget(ops_of(request)->nodes, forgets[i].ino,
			forgets[i].nlookup);
	fuse_reply_none(request);
}

static void ops_getattr(
	fuse_req_t request, fuse_ino_t number, struct fuse_file_info *file)
{
	CLEANUP(dir_unref) struct dir *tree = NULL;
	CLEANUP(node_unref) struct node *node = NULL;
	const struct dir *dir;
	struct stat attributes;

	(void)file;
	node = nodes_find(ops_of(request)->nodes, number);
	if (node) {
		node_attributes(ops_of(request), node, &attributes);
		fuse_reply_attr(request, &attributes, FOR_EVER);
		return;
	}
	tree = published_get(ops_of(request)->published);
	dir = tree_dir(tree, number);
	if (!dir && number != DIR_ALIAS) {
		reply_error(request, -ENOENT);
		return;
	}
	dir_attributes(ops_of(request), number, dir, &attributes);
	fuse_reply_attr(request, &attributes, dir ? FOR_EVER : 0);
}

/*
 * The poke: a truncate to the size that the node has. It changes nothing, and
 * the kernel tells every watcher (DESIGN 2, F2 and F4).
 */
static void ops_setattr(fuse_req_t request, fuse_ino_t number,
	struct stat *wanted, int what, struct fuse_file_info *file)
{
	CLEANUP(node_unref) struct node *node = NULL;
	struct stat attributes;

	(void)file;
	if (!from_notifier(request) || !(what & FUSE_SET_ATTR_SIZE)) {
		reply_error(request, -EROFS);
		return;
	}
	node = nodes_find(ops_of(request)->nodes, number);
	if (!node || wanted->st_size != (off_t)node->size) {
		reply_error(request, -EROFS);
		return;
	}
	node_attributes(ops_of(request), node, &attributes);
	fuse_reply_attr(request, &attributes, FOR_EVER);
}

/* The kernel then never asks again: nothing is pinned at open (F6). */
static void ops_open(
	fuse_req_t request, fuse_ino_t number, struct fuse_file_info *file)
{
	(void)number;
	(void)file;
	reply_error(request, -ENOSYS);
}

static void ops_read(fuse_req_t request, fuse_ino_t number, size_t size,
	off_t offset, struct fuse_file_info *file)
{
	CLEANUP(node_unref) struct node *node = NULL;
	size_t from;

	(void)file;
	node = nodes_find(ops_of(request)->nodes, number);
	if (!node) {
		reply_error(request, -ESTALE);
		return;
	}
	from = (uint64_t)offset < node->size ? (size_t)offset : node->size;
	if (size > node->size - from)
		size = node->size - from;
	fuse_reply_buf(request, node->bytes + from, size);
}

/* A listing over many reads is of one tree: it is pinned here. */
static void ops_opendir(
	fuse_req_t request, fuse_ino_t number, struct fuse_file_info *file)
{
	CLEANUP(dir_unref) struct dir *tree = NULL;
	const struct dir *dir;

	tree = published_get(ops_of(request)->published);
	dir = tree_dir(tree, number);
	if (!dir) {
		reply_error(request,
			number == DIR_ALIAS ? -EACCES : -ENOENT);
		return;
	}
	file->fh = (uintptr_t)dir_ref((struct dir *)(uintptr_t)dir);
	if (fuse_reply_open(request, file) != 0)
		dir_unref((struct dir *)(uintptr_t)file->fh);
}

static void ops_releasedir(
	fuse_req_t request, fuse_ino_t number, struct fuse_file_info *file)
{
	(void)number;
	dir_unref((struct dir *)(uintptr_t)file->fh);
	reply_error(request, 0);
}

/*
 * Where a listing stands: 1 and 2 are behind "." and "..", then the place in
 * the sorted array, which has at most 255 items in a chunk.
 */
static off_t offset_of(const struct sorted_cursor *cursor)
{
	return (off_t)(2 + (cursor->chunk << 8 | cursor->item));
}

static struct sorted_cursor cursor_of(off_t offset)
{
	uint64_t place = offset > 2 ? (uint64_t)offset - 2 : 0;

	return (struct sorted_cursor){place >> 8, place & 255};
}

/* One line of a listing; false: the buffer is full. */
struct listing {
	fuse_req_t request;
	char *bytes;
	size_t used, size;
};

static bool list(struct listing *listing, const char *name, uint64_t number,
	mode_t type, off_t next)
{
	struct stat attributes = {.st_ino = number, .st_mode = type};
	size_t left = listing->size - listing->used;
	size_t needs = fuse_add_direntry(listing->request,
		listing->bytes + listing->used, left, name, &attributes, next);

	if (needs > left)
		return false;
	listing->used += needs;
	return true;
}

static void list_entries(
	struct listing *listing, const struct dir *dir, off_t offset)
{
	struct sorted_cursor cursor = cursor_of(offset);
	const struct tree_entry *entry;

	while ((entry = sorted_next(dir->entries, &cursor))) {
		uint64_t number;

		if (!entry_is_visible(entry))
			continue;
		number = entry->dir ? entry->dir->number : entry->shown->number;
		if (!list(listing, entry->name, number,
			    entry->dir ? S_IFDIR : S_IFREG, offset_of(&cursor)))
			return;
	}
}

static void ops_readdir(fuse_req_t request, fuse_ino_t number, size_t size,
	off_t offset, struct fuse_file_info *file)
{
	const struct dir *dir = (const struct dir *)(uintptr_t)file->fh;
	struct listing listing = {.request = request, .size = size};

	listing.bytes = malloc(size);
	if (!listing.bytes) {
		reply_error(request, -ENOMEM);
		return;
	}
	if ((offset > 0 || list(&listing, ".", number, S_IFDIR, 1))
		&& (offset > 1 || list(&listing, "..", DIR_ROOT, S_IFDIR, 2)))
		list_entries(&listing, dir, offset);
	fuse_reply_buf(request, listing.bytes, listing.used);
	free(listing.bytes);
}

/*
 * What the notifier does to a name happens in the tree, and then the answer
 * lets the kernel tell it.
 */
static const struct tree_entry *make_happen(fuse_req_t request, uint64_t parent,
	const char *name, enum tree_op op, struct dir **ret_tree)
{
	struct published *published = ops_of(request)->published;
	struct tree_change change = {.name = name, .op = op};
	const struct dir *dir;

	if (published_edit(published, parent, &change, 1) < 0)
		return NULL;
	*ret_tree = published_get(published);
	dir = tree_dir(*ret_tree, parent);
	return dir ? dir_find(dir, name) : NULL;
}

static void show_name(fuse_req_t request, fuse_ino_t parent, const char *name)
{
	CLEANUP(dir_unref) struct dir *tree = NULL;
	const struct tree_entry *entry;

	if (!from_notifier(request)) {
		reply_error(request, -EROFS);
		return;
	}
	entry = make_happen(request, parent, name, TREE_SHOW, &tree);
	if (!entry || !entry_is_visible(entry)) {
		reply_error(request, -EROFS);
		return;
	}
	reply_visible(request, entry);
}

static void ops_mknod(fuse_req_t request, fuse_ino_t parent, const char *name,
	mode_t mode, dev_t device)
{
	(void)mode;
	(void)device;
	show_name(request, parent, name);
}

static void ops_mkdir(
	fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode)
{
	(void)mode;
	show_name(request, parent, name);
}

/*
 * In the alias directory an unlink is the way to raise DELETE_SELF for those
 * who watch an old version of a name that is gone.
 */
static void ops_unlink(fuse_req_t request, fuse_ino_t parent, const char *name)
{
	CLEANUP(dir_unref) struct dir *tree = NULL;
	const struct tree_entry *entry;

	if (!from_notifier(request)) {
		reply_error(request, -EROFS);
		return;
	}
	if (parent == DIR_ALIAS) {
		reply_error(request, 0);
		return;
	}
	entry = make_happen(request, parent, name, TREE_GONE, &tree);
	reply_error(request, entry || !tree ? -EROFS : 0);
}

/* From the alias directory onto the name: MOVED_TO, with --notify=rename. */
static void ops_rename(fuse_req_t request, fuse_ino_t parent, const char *name,
	fuse_ino_t new_parent, const char *new_name, unsigned int flags)
{
	CLEANUP(dir_unref) struct dir *tree = NULL;
	const struct tree_entry *entry;
	uint64_t number;

	if (!from_notifier(request) || parent != DIR_ALIAS || flags
		|| !parse_number(name, &number)) {
		reply_error(request, -EROFS);
		return;
	}
	entry = make_happen(request, new_parent, new_name, TREE_SHOW, &tree);
	if (!entry || !entry->shown || entry->shown->number != number) {
		reply_error(request, -EROFS);
		return;
	}
	reply_error(request, 0);
}

static void ops_statfs(fuse_req_t request, fuse_ino_t number)
{
	struct nodes_count count = nodes_count(ops_of(request)->nodes);
	struct statvfs answer = {
		.f_bsize = 4096,
		.f_frsize = 4096,
		.f_files = count.live,
		.f_namemax = 255,
		.f_flag = ST_RDONLY,
	};

	(void)number;
	fuse_reply_statfs(request, &answer);
}

/*
 * Everything else that would change something. Where the mount itself is
 * read-only the kernel refuses before it asks; on a user's own mount this is
 * the guard.
 */
static void ops_create(fuse_req_t request, fuse_ino_t parent, const char *name,
	mode_t mode, struct fuse_file_info *file)
{
	(void)parent;
	(void)name;
	(void)mode;
	(void)file;
	reply_error(request, -EROFS);
}

static void ops_symlink(fuse_req_t request, const char *target,
	fuse_ino_t parent, const char *name)
{
	(void)target;
	(void)parent;
	(void)name;
	reply_error(request, -EROFS);
}

static void ops_link(fuse_req_t request, fuse_ino_t number, fuse_ino_t parent,
	const char *name)
{
	(void)number;
	(void)parent;
	(void)name;
	reply_error(request, -EROFS);
}

static void ops_rmdir(fuse_req_t request, fuse_ino_t parent, const char *name)
{
	(void)parent;
	(void)name;
	reply_error(request, -EROFS);
}

static void ops_write(fuse_req_t request, fuse_ino_t number, const char *bytes,
	size_t size, off_t offset, struct fuse_file_info *file)
{
	(void)number;
	(void)bytes;
	(void)size;
	(void)offset;
	(void)file;
	reply_error(request, -EROFS);
}

static void ops_fallocate(fuse_req_t request, fuse_ino_t number, int mode,
	off_t offset, off_t length, struct fuse_file_info *file)
{
	(void)number;
	(void)mode;
	(void)offset;
	(void)length;
	(void)file;
	reply_error(request, -EROFS);
}

static void ops_setxattr(fuse_req_t request, fuse_ino_t number,
	const char *name, const char *value, size_t size, int flags)
{
	(void)number;
	(void)name;
	(void)value;
	(void)size;
	(void)flags;
	reply_error(request, -EROFS);
}

static void ops_removexattr(
	fuse_req_t request, fuse_ino_t number, const char *name)
{
	(void)number;
	(void)name;
	reply_error(request, -EROFS);
}

/*
 * F8: with open answered ENOSYS, a truncating open must reach us as a setattr.
 * Readdirplus would plant an old node under a name that never expires (rule
 * 9). The bytes of a node never change: nothing is to be invalidated by mtime.
 */
static void ops_init(void *context, struct fuse_conn_info *connection)
{
	(void)context;
	connection->want &= ~(unsigned)(FUSE_CAP_ATOMIC_O_TRUNC
		| FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO
		| FUSE_CAP_WRITEBACK_CACHE | FUSE_CAP_AUTO_INVAL_DATA
		| FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE
		| FUSE_CAP_SPLICE_READ);
	connection->want |= connection->capable
		& (FUSE_CAP_NO_OPEN_SUPPORT | FUSE_CAP_PARALLEL_DIROPS
			| FUSE_CAP_ASYNC_READ);
	connection->max_readahead = 1 << 20;
}

const struct fuse_lowlevel_ops ops_table = {
	.init = ops_init,
	.lookup = ops_lookup,
	.forget = ops_forget,
	.forget_multi = ops_forget_multi,
	.getattr = ops_getattr,
	.setattr = ops_setattr,
	.open = ops_open,
	.read = ops_read,
	.opendir = ops_opendir,
	.readdir = ops_readdir,
	.releasedir = ops_releasedir,
	.mknod = ops_mknod,
	.mkdir = ops_mkdir,
	.unlink = ops_unlink,
	.rename = ops_rename,
	.statfs = ops_statfs,
	.create = ops_create,
	.symlink = ops_symlink,
	.link = ops_link,
	.rmdir = ops_rmdir,
	.write = ops_write,
	.fallocate = ops_fallocate,
	.setxattr = ops_setxattr,
	.removexattr = ops_removexattr,
};
