/* SPDX-License-Identifier: MIT */
#define FUSE_USE_VERSION 312

#include "fs/teller.h"

#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <sched.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fetch/clock.h"
#include "fs/join.h"
#include "fs/notifier_handle.h"

/* A name that waits. */
struct item {
	struct item *next;
	uint64_t number;
	int64_t since; /* monotonic milliseconds */
	bool quiet;
	bool noted; /* by lock: teller_overdue() has seen to it */
	char name[];
};

struct teller {
	struct teller_settings settings; /* set before start, then constant */
	struct notifier_handle notifier; /* teller thread only */
	int64_t no_start_before;         /* teller thread only */

	pthread_mutex_t lock; /* a leaf */
	pthread_cond_t changed;
	struct item *first, **last; /* by lock */
	void *names;                /* by lock: the same items, for tfind() */
	struct item *busy;          /* by lock: what is being told now */
	int64_t busy_since;         /* by lock */
	struct teller_count count;  /* by lock */
	bool stop;                  /* by lock */
	pthread_t thread;
};

static int item_order(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return strcmp(x->name, y->name);
}

static struct item *item_new(uint64_t number, const char *name, bool quiet)
{
	size_t size = strlen(name) + 1;
	struct item *item = malloc(sizeof(*item) + size);

	if (!item)
		return NULL;
	*item = (struct item){
		.number = number, .since = clock_now_ms(), .quiet = quiet};
	memcpy(item->name, name, size);
	return item;
}

/* What is to be told of a name, read off the current tree. */
enum news { NEWS_NONE, NEWS_DIR, NEWS_NEW, NEWS_REPLACED, NEWS_GOING, NEWS_SHOWN };

struct state {
	enum news news;
	struct node *node; /* a reference: shown, or the one to be shown */
	char path[NOTIFIER_PATH_MAX];
};

static void state_done(struct state *state)
{
	node_unref(state->node);
}

static enum news news_of(const struct tree_entry *entry)
{
	if (!entry)
		return NEWS_NONE;
	if (entry->dir)
		return entry->hidden_dir ? NEWS_DIR : NEWS_NONE;
	if (entry->leaving)
		return NEWS_GOING;
	if (entry->next)
		return entry->shown ? NEWS_REPLACED : NEWS_NEW;
	return NEWS_SHOWN;
}

static void state_read(struct teller *teller, const struct item *item,
	struct state *ret)
{
	CLEANUP(dir_unref) struct dir *tree = NULL;
	const struct tree_entry *entry = NULL;
	const struct dir *dir;
	const char *parent;

	*ret = (struct state){.news = NEWS_NONE};
	tree = published_get(teller->settings.ops->published);
	dir = tree_dir(tree, item->number);
	parent = tree_dir_name(tree, item->number);
	if (dir)
		entry = dir_find(dir, item->name);
	ret->news = news_of(entry);
	if (ret->news == NEWS_NONE)
		return;
	ret->node = node_ref(entry->next ? entry->next : entry->shown);
	if (snprintf(ret->path, sizeof(ret->path), "%s%s%s", parent,
		    *parent ? "/" : "", item->name)
		>= (int)sizeof(ret->path))
		ret->path[0] = '\0';
}

static void invalidate(struct teller *teller, uint64_t number, const char *name)
{
	/* -ENOENT: the kernel does not hold it. Others: it is going away. */
	fuse_lowlevel_notify_inval_entry(
		teller->settings.session, number, name, strlen(name));
}

/* What waits is published now, and nobody hears of it. */
static void settle(struct teller *teller, uint64_t number, const char *name,
	enum news news)
{
	struct tree_change change = {.name = name,
		.op = news == NEWS_GOING ? TREE_GONE : TREE_SHOW};

	published_edit(teller->settings.ops->published, number, &change, 1);
}

/* The same if it waits at all; false: it does not. */
static bool settle_pending(
	struct teller *teller, uint64_t number, const char *name)
{
	CLEANUP(dir_unref) struct dir *tree = NULL;
	const struct tree_entry *entry = NULL;
	const struct dir *dir;

	tree = published_get(teller->settings.ops->published);
	dir = tree_dir(tree, number);
	if (dir)
		entry = dir_find(dir, name);
	if (!entry || !entry_is_pending(entry))
		return false;
	settle(teller, number, name, news_of(entry));
	return true;
}

static void settle_and_invalidate(
	struct teller *teller, const struct item *item, enum news news)
{
	settle(teller, item->number, item->name, news);
	invalidate(teller, item->number, item->name);
	fuse_lowlevel_notify_inval_inode(
		teller->settings.session, item->number, -1, 0);
}

static void count_up(struct teller *teller, uint64_t *counter)
{
	pthread_mutex_lock(&teller->lock);
	(*counter)++;
	pthread_mutex_unlock(&teller->lock);
}

enum { REFUSED = 1 };

/*
 * Negative: the process failed; REFUSED: not the process, but what it was asked
 * to do.
 */
static int ask(struct teller *teller, struct notifier_request *request,
	const struct state *state)
{
	int error = 0, r;

	memcpy(request->path, state->path, sizeof(request->path));
	r = notifier_ask(&teller->notifier, request, &error);
	if (r < 0)
		return r;
	if (error < 0)
		count_up(teller, &teller->count.failed);
	return error < 0 ? REFUSED : 0;
}

static int ask_simple(
	struct teller *teller, enum notifier_verb verb, struct state *state)
{
	struct notifier_request request = {.verb = verb};

	if (verb == NOTIFIER_RENAME) {
		request.count = 1;
		request.numbers[0] = state->node->number;
	}
	return ask(teller, &request, state);
}

/*
 * The versions before, for those who watch the file and not its directory.
 * An alias would pin its version until memory is short (F14): it is dropped.
 */
static int tell_old(
	struct teller *teller, enum notifier_verb verb, struct state *state)
{
	struct notifier_request request = {.verb = verb};
	size_t count;
	int r;

	if (!teller->settings.aliases)
		return 0;
	count = node_others(state->node, request.numbers);
	if (count == 0)
		return 0;
	request.count = (uint32_t)(count < OLD_VERSIONS_MAX ? count
							    : OLD_VERSIONS_MAX);
	r = ask(teller, &request, state);
	for (uint32_t i = 0; i < request.count; i++) {
		char number[24];

		snprintf(number, sizeof(number), "%llu",
			(unsigned long long)request.numbers[i]);
		invalidate(teller, DIR_ALIAS, number);
	}
	return r;
}

static int tell_shown(
	struct teller *teller, const struct item *item, struct state *state)
{
	int r;

	invalidate(teller, item->number, item->name);
	if (item->quiet)
		return 0;
	r = ask_simple(teller, NOTIFIER_TOUCH, state);
	return r < 0 ? r : tell_old(teller, NOTIFIER_TOUCH_OLD, state);
}

static int tell_pending(
	struct teller *teller, const struct item *item, struct state *state)
{
	bool by_rename = teller->settings.mode == NOTIFY_RENAME;
	struct state now;
	int r;

	if (state->news == NEWS_DIR)
		r = ask_simple(teller, NOTIFIER_MKDIR, state);
	else if (state->news == NEWS_GOING)
		r = ask_simple(teller, NOTIFIER_REMOVE, state);
	else if (by_rename)
		r = ask_simple(teller, NOTIFIER_RENAME, state);
	else
		r = ask_simple(teller, NOTIFIER_CREATE, state);
	if (r >= 0 && state->news == NEWS_GOING)
		r = tell_old(teller, NOTIFIER_REMOVE_OLD, state);
	if (r < 0)
		return r;

	/* Refused: the data must not wait for what the kernel thinks. */
	state_read(teller, item, &now);
	if (now.news == state->news && now.node == state->node) {
		settle_and_invalidate(teller, item, now.news);
		count_up(teller, &teller->count.silent);
	} else if (r == REFUSED && now.news == NEWS_SHOWN) {
		/* It had waited too long, and was shown meanwhile. */
		r = tell_shown(teller, item, &now);
	}
	state_done(&now);
	return r < 0 ? r : 0;
}

/*
 * Not at publication: until the entry is invalidated an open still gives the
 * version before.
 */
static void pass_on(struct teller *teller, const struct item *item,
	const struct state *state)
{
	if (!teller->settings.told || item->quiet)
		return;
	teller->settings.told(teller->settings.told_context, item->number,
		item->name, state->node ? state->node->number : 0);
}

static int tell(struct teller *teller, const struct item *item)
{
	struct state state;
	int r = 0;

	state_read(teller, item, &state);
	if (state.news == NEWS_NONE) {
		invalidate(teller, item->number, item->name);
	} else if (teller->settings.mode == NOTIFY_OFF || !state.path[0]) {
		settle_and_invalidate(teller, item, state.news);
	} else if (state.news == NEWS_SHOWN) {
		r = tell_shown(teller, item, &state);
	} else {
		r = tell_pending(teller, item, &state);
	}
	if (r >= 0)
		pass_on(teller, item, &state);
	state_done(&state);
	return r < 0 ? r : 0;
}

/*
 * A notifier that will not start is not tried more than once a second; names
 * are published without events meanwhile.
 */
static int need_notifier(struct teller *teller)
{
	int64_t now = clock_now_ms();
	int r;

	if (teller->settings.mode == NOTIFY_OFF
		|| teller->notifier.socket >= 0)
		return 0;
	if (now < teller->no_start_before)
		return -EAGAIN;
	r = notifier_start(&teller->notifier);
	if (r < 0)
		teller->no_start_before = now + 1000;
	pthread_mutex_lock(&teller->lock);
	teller->count.notifier = teller->notifier.pid;
	pthread_mutex_unlock(&teller->lock);
	return r;
}

/* One restart for a name; what fails twice is published without events. */
static void tell_surely(struct teller *teller, const struct item *item)
{
	struct state state;

	for (int tries = 0; tries < 2; tries++) {
		if (need_notifier(teller) < 0)
			break;
		if (tell(teller, item) == 0)
			return;
		count_up(teller, &teller->count.restarts);
	}
	state_read(teller, item, &state);
	if (state.news != NEWS_NONE)
		settle_and_invalidate(teller, item, state.news);
	pass_on(teller, item, &state);
	state_done(&state);
	count_up(teller, &teller->count.silent);
}

/* Under the lock. */
static struct item *take_first(struct teller *teller)
{
	struct item *item = teller->first;

	teller->first = item->next;
	if (!teller->first)
		teller->last = &teller->first;
	tdelete(item, &teller->names, item_order);
	return item;
}

static int fd_order(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/*
 * What other threads close is to be closed: a port is free, and a pipe ends,
 * when nobody has it open.
 */
static void close_all_but(int *kept, size_t count)
{
	unsigned first = STDERR_FILENO + 1;

	qsort(kept, count, sizeof(*kept), fd_order);
	for (size_t i = 0; i < count; i++) {
		unsigned fd = (unsigned)kept[i];

		if (kept[i] < (int)first)
			continue;
		if (fd > first)
			close_range(first, fd - 1, 0);
		first = fd + 1;
	}
	close_range(first, ~0U, 0);
}

/*
 * From here on the thread has descriptors of its own, those it uses and no
 * others, and in the place of the session's device a second one of the same
 * connection. After a SIGKILL it may wait in the kernel for a directory that is
 * locked by whoever asked a worker which is dead: the kernel then closes the
 * workers' device, which ends what they had read (fuse_dev_release), and both
 * go on. With one device for all it stays open as long as this thread waits,
 * and that is for ever.
 */
static void take_own_descriptors(struct teller *teller)
{
	int session = fuse_session_fd(teller->settings.session);
	int kept[] = {session, teller->settings.clone_fd,
		teller->settings.told_fd};
	uint32_t first = (uint32_t)session;
	int own;

	if (unshare(CLONE_FILES) < 0)
		return;
	own = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (own >= 0 && ioctl(own, FUSE_DEV_IOC_CLONE, &first) == 0)
		dup3(own, session, O_CLOEXEC);
	/* In the background that is /dev/null from the beginning. */
	dup2(STDOUT_FILENO, STDERR_FILENO);
	close_all_but(kept, sizeof(kept) / sizeof(kept[0]));
}

static void *teller_run(void *argument)
{
	struct teller *teller = argument;

	take_own_descriptors(teller);
	pthread_mutex_lock(&teller->lock);
	while (!teller->stop) {
		struct item *item;

		if (!teller->first) {
			pthread_cond_wait(&teller->changed, &teller->lock);
			continue;
		}
		item = teller->busy = take_first(teller);
		teller->busy_since = clock_now_ms();
		pthread_mutex_unlock(&teller->lock);

		tell_surely(teller, item);

		pthread_mutex_lock(&teller->lock);
		teller->busy = NULL;
		teller->count.told += !item->quiet;
		free(item);
	}
	pthread_mutex_unlock(&teller->lock);
	notifier_stop(&teller->notifier);
	return NULL;
}

int teller_new(const struct teller_settings *settings, struct teller **ret)
{
	struct teller *teller;
	int r;

	teller = calloc(1, sizeof(*teller));
	if (!teller)
		return -ENOMEM;
	teller->settings = *settings;
	teller->notifier = (struct notifier_handle){
		.ops = settings->ops,
		.path = settings->path,
		.clone_fd = settings->clone_fd,
		.reach = settings->reach,
		.socket = -1,
	};
	teller->last = &teller->first;
	pthread_mutex_init(&teller->lock, NULL);
	pthread_cond_init(&teller->changed, NULL);
	r = -pthread_create(&teller->thread, NULL, teller_run, teller);
	if (r < 0) {
		free(teller);
		return r;
	}
	*ret = teller;
	return 0;
}

/*
 * False: the thread hangs in the kernel and could not be ended.
 */
static bool teller_free(void *outlet)
{
	struct teller *teller = outlet;

	pthread_mutex_lock(&teller->lock);
	teller->stop = true;
	pthread_cond_signal(&teller->changed);
	pthread_mutex_unlock(&teller->lock);

	if (!join_in_time(teller->thread))
		return false;
	/* It was killed: it ends as soon as the machine lets it. */
	for (int i = 0; i < 5 && !notifier_reap(&teller->notifier); i++)
		continue;
	while (teller->first)
		free(take_first(teller));
	pthread_cond_destroy(&teller->changed);
	pthread_mutex_destroy(&teller->lock);
	free(teller);
	return true;
}

/* Under the lock. Takes over item; NULL when the name waits already. */
static void enqueue(struct teller *teller, struct item *item)
{
	struct item **known = tsearch(item, &teller->names, item_order);

	if (known && *known != item) {
		(*known)->quiet = (*known)->quiet && item->quiet;
		free(item);
		return;
	}
	/* Without memory for the search tree the name may be told twice. */
	*teller->last = item;
	teller->last = &item->next;
	pthread_cond_signal(&teller->changed);
}

/*
 * quiet: the entry is invalidated and no event raised. Without memory the name
 * is settled at once, without events.
 */
static void teller_tell(
	void *outlet, uint64_t number, const char *name, bool quiet)
{
	struct teller *teller = outlet;
	struct item *item = item_new(number, name, quiet);

	if (!item) {
		settle_pending(teller, number, name);
		return;
	}
	pthread_mutex_lock(&teller->lock);
	enqueue(teller, item);
	pthread_mutex_unlock(&teller->lock);
}

/* A name that has waited too long, copied out from under the lock. */
struct overdue {
	uint64_t number;
	char name[256];
};

enum { OVERDUE_BATCH = 32 };

/* Under the lock: notes item if it is overdue; false: it and all behind it
 * are not. */
static bool note_overdue(struct item *item, int64_t now, int pending_ms,
	struct overdue *batch, size_t *count)
{
	if (now - item->since < pending_ms)
		return false;
	if (item->noted || *count == OVERDUE_BATCH)
		return true;
	item->noted = true;
	batch[*count].number = item->number;
	snprintf(batch[*count].name, sizeof(batch[*count].name), "%s",
		item->name);
	(*count)++;
	return true;
}

/* Fills batch; *ret_wait is when the next one is due, -1 for none. */
static size_t collect_overdue(
	struct teller *teller, struct overdue *batch, int *ret_wait)
{
	/* A rename shows a newer version of what is there; once it is shown
	 * nothing can raise MOVED_TO for it any more. */
	int pending_ms = teller->settings.mode == NOTIFY_RENAME ? STUCK_MS
								: PENDING_MS;
	int64_t now = clock_now_ms();
	size_t count = 0;

	*ret_wait = -1;
	pthread_mutex_lock(&teller->lock);
	if (teller->busy
		&& !note_overdue(teller->busy, now, pending_ms, batch, &count))
		*ret_wait = pending_ms;
	for (struct item *item = teller->first; item; item = item->next)
		if (!note_overdue(item, now, pending_ms, batch, &count)) {
			*ret_wait = pending_ms;
			break;
		}
	pthread_mutex_unlock(&teller->lock);
	return count;
}

/*
 * Only the tree is edited here: the kernel's own caches are told when the
 * teller gets there, which may be what hangs.
 */
static int teller_overdue(void *outlet)
{
	struct teller *teller = outlet;
	struct overdue batch[OVERDUE_BATCH];
	size_t count;
	int wait;

	do {
		count = collect_overdue(teller, batch, &wait);
		for (size_t i = 0; i < count; i++)
			if (settle_pending(teller, batch[i].number,
				    batch[i].name))
				count_up(teller, &teller->count.silent);
	} while (count == OVERDUE_BATCH);
	return wait;
}

static void fill_stuck(struct teller *teller, struct teller_count *count)
{
	CLEANUP(dir_unref) struct dir *tree = NULL;
	int64_t now = clock_now_ms();
	uint64_t number = 0;
	const char *name;

	pthread_mutex_lock(&teller->lock);
	*count = teller->count;
	if (teller->busy && now - teller->busy_since >= STUCK_MS) {
		number = teller->busy->number;
		count->stuck_since =
			clock_unix_ms() - (now - teller->busy_since);
	}
	pthread_mutex_unlock(&teller->lock);
	if (number == 0)
		return;
	tree = published_get(teller->settings.ops->published);
	name = tree_dir_name(tree, number);
	snprintf(count->stuck_in, sizeof(count->stuck_in), "%s",
		name && *name ? name : "/");
}

struct teller_count teller_count(struct teller *teller)
{
	struct teller_count count;

	fill_stuck(teller, &count);
	return count;
}

static bool teller_is_idle(void *outlet)
{
	struct teller *teller = outlet;
	bool idle;

	pthread_mutex_lock(&teller->lock);
	idle = !teller->first && !teller->busy;
	pthread_mutex_unlock(&teller->lock);
	return idle;
}

const struct outlet_kind teller_outlet = {
	.tell = teller_tell,
	.overdue = teller_overdue,
	.is_idle = teller_is_idle,
	.free = teller_free,
};
