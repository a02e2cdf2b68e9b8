/* SPDX-License-Identifier: MIT */
#define FUSE_USE_VERSION 312

#include "fs/live.h"

#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "fs/session.h"

struct live {
	struct live_settings settings;
	struct ops ops;
	struct session *session;
	struct mount mount;
	/* Written while the mount is made: what changes meanwhile waits, or a
	 * reader who came before the outlet would not be told. */
	pthread_rwlock_t attaching;
	struct outlet outlet; /* by attaching */
	int mount_table; /* /proc/self/mountinfo; says when it changes */
};

static int make_tables(struct live *live)
{
	struct dir *first;
	int r;

	r = nodes_new(&live->ops.nodes);
	if (r < 0)
		return r;
	r = tree_new(DIR_ROOT, &first);
	if (r < 0)
		return r;
	return published_new(first, &live->ops.published);
}

static int start_teller(struct live *live)
{
	struct teller_settings settings = {
		.ops = &live->ops,
		.session = session_fuse(live->session),
		.path = live->settings.path,
		.clone_fd = live->mount.clone_fd,
		.reach = live->mount.reach,
		.mode = live->settings.mode,
		.aliases = live->settings.aliases,
		.told = live->settings.told,
		.told_context = live->settings.told_context,
		.told_fd = live->settings.told_fd,
	};
	struct teller *teller;
	int r = teller_new(&settings, &teller);

	if (r == 0)
		live->outlet = (struct outlet){&teller_outlet, teller};
	return r;
}

static int start_mirror(struct live *live, struct why *why)
{
	struct mirror_settings settings = {
		.path = live->settings.path,
		.published = live->ops.published,
		.uid = live->settings.uid,
		.gid = live->settings.gid,
		.umask = live->settings.umask,
		.told = live->settings.told,
		.told_context = live->settings.told_context,
	};
	struct mirror *mirror;
	int r = mirror_new(&settings, &mirror, why);

	if (r == 0)
		live->outlet = (struct outlet){&mirror_outlet, mirror};
	return r;
}

/*
 * The order where we make the mount: device, session, workers (so that INIT is
 * answered), and then it becomes visible. Where libfuse mounts it is visible
 * first.
 */
static int start(struct live *live, struct why *why)
{
	struct mount_settings mount = {
		.path = live->settings.path,
		.allow_other = live->settings.allow_other,
		.fsname = live->settings.fsname,
	};
	int r;

	r = make_tables(live);
	if (r < 0)
		return why_set(why, r, "out of memory");
	if (live->settings.export)
		return start_mirror(live, why);
	r = mount_prepare(&mount, &live->mount, why);
	if (r < 0)
		return r;
	r = session_new(&live->ops, mount.allow_other, mount.fsname,
		&live->session, why);
	if (r < 0)
		return r;
	r = mount_give(&live->mount, session_fuse(live->session), why);
	if (r < 0)
		return r;
	return live->settings.late ? 0 : live_attach(live, why);
}

static int attach(struct live *live, struct why *why)
{
	int r;

	r = mount_attach(&live->mount, session_fuse(live->session), why);
	if (r < 0)
		return r;
	r = session_start(live->session);
	if (r == 0)
		r = start_teller(live);
	return r < 0 ? why_set(why, r, "cannot start threads") : 0;
}

int live_attach(struct live *live, struct why *why)
{
	int r;

	pthread_rwlock_wrlock(&live->attaching);
	r = attach(live, why);
	pthread_rwlock_unlock(&live->attaching);
	return r;
}

int live_new(const struct live_settings *settings, struct live **ret,
	struct why *why)
{
	struct live *live;
	int r;

	live = calloc(1, sizeof(*live));
	if (!live)
		return why_set(why, -ENOMEM, "out of memory");
	live->settings = *settings;
	pthread_rwlock_init(&live->attaching, NULL);
	live->ops.uid = settings->uid;
	live->ops.gid = settings->gid;
	live->ops.umask = settings->umask;
	/* A file is there as it was until its next version has been written. */
	if (settings->export)
		live->settings.mode = NOTIFY_RENAME;
	live->mount_table = settings->export
		? -1
		: open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	live->mount.tree_fd = live->mount.clone_fd = live->mount.device_fd = -1;
	r = start(live, why);
	if (r < 0) {
		live_free(live);
		return r;
	}
	*ret = live;
	return 0;
}

bool live_free(struct live *live)
{
	if (!live)
		return true;
	if (live->outlet.kind && !live->outlet.kind->free(live->outlet.self))
		return false;
	live->outlet.kind = NULL;
	mount_undo(&live->mount,
		live->session ? session_fuse(live->session) : NULL);
	session_stop(live->session);
	session_free(live->session);
	published_free(live->ops.published);
	nodes_free(live->ops.nodes);
	if (live->mount_table >= 0)
		close(live->mount_table);
	pthread_rwlock_destroy(&live->attaching);
	free(live);
	return true;
}

/* Without a kind: not attached yet. */
static struct outlet outlet_of(struct live *live)
{
	struct outlet outlet;

	pthread_rwlock_rdlock(&live->attaching);
	outlet = live->outlet;
	pthread_rwlock_unlock(&live->attaching);
	return outlet;
}

static void tell(
	struct live *live, uint64_t number, const char *name, bool quiet)
{
	struct tree_change show = {.name = name, .op = TREE_SHOW};

	pthread_rwlock_rdlock(&live->attaching);
	if (live->outlet.kind)
		live->outlet.kind->tell(
			live->outlet.self, number, name, quiet);
	else /* Not attached yet: nobody can see it come. */
		published_edit(live->ops.published, number, &show, 1);
	pthread_rwlock_unlock(&live->attaching);
}

int live_mkdir(struct live *live, uint64_t number, const char *name)
{
	struct tree_change change = {
		.name = name, .op = TREE_MKDIR, .number = number};

	return published_edit(live->ops.published, DIR_ROOT, &change, 1);
}

void live_show_dir(struct live *live, const char *name)
{
	tell(live, DIR_ROOT, name, false);
}

static int file_order(const void *a, const void *b)
{
	const struct live_file *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* The version a new one follows; borrowed from the tree. */
static const struct node *newest(const struct tree_entry *entry)
{
	if (!entry)
		return NULL;
	return entry->next ? entry->next : entry->shown;
}

static bool same_bytes(const struct tree_entry *entry,
	const struct live_file *file)
{
	const struct node *node = newest(entry);

	if (!file->bytes)
		return !node || entry->leaving;
	return node && !entry->leaving && node->size == file->size
		&& memcmp(node->bytes, file->bytes, file->size) == 0;
}

static enum tree_op op_of(const struct live *live, const struct live_file *file)
{
	if (!file->bytes)
		return TREE_DROP;
	return live->settings.mode == NOTIFY_RENAME ? TREE_REPLACE : TREE_PUT;
}

/* What really changes, as edits of the tree; takes over the files' bytes. */
static int make_changes(struct live *live, const struct dir *dir,
	struct live_file *files, size_t count, struct tree_change *changes,
	size_t *ret_count)
{
	int r = 0;

	*ret_count = 0;
	for (size_t i = 0; i < count; i++) {
		const struct tree_entry *entry = NULL;
		struct tree_change *change = &changes[*ret_count];
		struct live_file *file = &files[i];

		if (dir)
			entry = dir_find(dir, file->name);
		file->number = 0;
		if (r < 0 || same_bytes(entry, file)) {
			free(take_ptr(&file->bytes));
			continue;
		}
		*change = (struct tree_change){
			.name = file->name, .op = op_of(live, file)};
		if (file->bytes)
			r = node_new(live->ops.nodes, take_ptr(&file->bytes),
				file->size, newest(entry), &change->node);
		if (r == 0 && change->node)
			file->number = change->node->number;
		if (r == 0)
			(*ret_count)++;
	}
	return r;
}

/* Also a hidden directory: it is filled before it is shown. */
static const struct dir *any_dir(const struct dir *tree, uint64_t number)
{
	const struct tree_entry *entry;
	const char *name = tree_dir_name(tree, number);

	if (!name || !*name)
		return name ? tree : NULL;
	entry = dir_find(tree, name);
	return entry ? entry->dir : NULL;
}

static void tell_all(struct live *live, uint64_t number,
	const struct tree_change *changes, size_t count, bool quiet)
{
	CLEANUP(dir_unref) struct dir *tree = NULL;

	tree = published_get(live->ops.published);
	if (!tree_dir(tree, number))
		return; /* hidden: nobody can have seen any of it */
	for (size_t i = 0; i < count; i++)
		tell(live, number, changes[i].name, quiet);
}

int live_put(struct live *live, uint64_t number, struct live_file *files,
	size_t count, bool quiet)
{
	CLEANUP(dir_unref) struct dir *tree = NULL;
	CLEANUP(free) struct tree_change *changes = NULL;
	size_t changed = 0;
	int r;

	if (count > 1)
		qsort(files, count, sizeof(*files), file_order);
	changes = calloc(count ? count : 1, sizeof(*changes));
	if (!changes) {
		for (size_t i = 0; i < count; i++)
			free(take_ptr(&files[i].bytes));
		return -ENOMEM;
	}
	tree = published_get(live->ops.published);
	r = make_changes(live, any_dir(tree, number), files, count, changes,
		&changed);
	if (r == 0 && changed > 0)
		r = published_edit(
			live->ops.published, number, changes, changed);
	if (r == 0 && changed > 0)
		tell_all(live, number, changes, changed, quiet);
	for (size_t i = 0; i < changed; i++)
		node_unref(changes[i].node);
	return r;
}

void live_complete(struct live *live)
{
	const struct outlet outlet = outlet_of(live);

	if (outlet.kind && outlet.kind->complete)
		outlet.kind->complete(outlet.self);
}

void live_again(struct live *live)
{
	const struct outlet outlet = outlet_of(live);

	if (outlet.kind && outlet.kind->again)
		outlet.kind->again(outlet.self);
}

int live_overdue(struct live *live)
{
	const struct outlet outlet = outlet_of(live);

	return outlet.kind && outlet.kind->overdue
		? outlet.kind->overdue(outlet.self)
		: -1;
}

struct live_count live_count(struct live *live)
{
	const struct outlet outlet = outlet_of(live);
	struct live_count count = {
		.nodes = nodes_count(live->ops.nodes),
		.published = published_count(live->ops.published),
		.reach = live->mount.reach,
	};

	if (outlet.kind == &teller_outlet)
		count.teller = teller_count(outlet.self);
	if (outlet.kind == &mirror_outlet)
		count.mirror = mirror_count(outlet.self);
	return count;
}

bool live_is_idle(struct live *live)
{
	const struct outlet outlet = outlet_of(live);

	return !outlet.kind || outlet.kind->is_idle(outlet.self);
}

/*
 * The clone keeps the file system alive after umount (F15): the mount table
 * says when the visible mount has gone.
 */
bool live_is_gone(struct live *live)
{
	struct pollfd ended = {.events = POLLIN};

	if (!live->session)
		return false;
	ended.fd = session_ended_fd(live->session);
	if (poll(&ended, 1, 0) > 0)
		return true;
	return live->mount.attached && !mount_is_attached(&live->mount);
}

void live_poll(struct live *live, struct pollfd ret[LIVE_POLLS])
{
	ret[0] = (struct pollfd){
		.fd = live->session ? session_ended_fd(live->session) : -1,
		.events = POLLIN};
	ret[1] = (struct pollfd){.fd = live->mount_table, .events = POLLPRI};
}
