/* SPDX-License-Identifier: MIT */
#include "fs/mirror.h"

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "fetch/clock.h"
#include "fs/join.h"
#include "fs/log.h"
#include "fs/mirror_impl.h"

/* Between two tries; the longer the less succeeds. */
enum { RETRY_MS = 1000, RETRY_MAX_MS = 30000 };

static void list_init(struct list *list)
{
	list->first = NULL;
	list->last = &list->first;
}

static void list_add(struct list *list, struct item *item)
{
	item->next = NULL;
	*list->last = item;
	list->last = &item->next;
}

static struct item *list_take(struct list *list)
{
	struct item *item = list->first;

	list->first = item->next;
	if (!list->first)
		list->last = &list->first;
	return item;
}

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
	*item = (struct item){.number = number, .quiet = quiet};
	memcpy(item->name, name, size);
	return item;
}

/* Under the lock. Takes over item. */
static void enqueue(struct mirror *mirror, struct list *list, struct item *item)
{
	struct item **known = tsearch(item, &mirror->names, item_order);

	if (known && *known != item) {
		(*known)->quiet = (*known)->quiet && item->quiet;
		/* Of two that have failed one is left. */
		if ((*known)->failed && item->failed)
			mirror->count.waiting--;
		(*known)->failed = (*known)->failed || item->failed;
		free(item);
		return;
	}
	list_add(list, item);
	pthread_cond_signal(&mirror->changed);
}

void mirror_tell(void *outlet, uint64_t number, const char *name, bool quiet)
{
	struct mirror *mirror = outlet;
	struct item *item = item_new(number, name, quiet);

	pthread_mutex_lock(&mirror->lock);
	if (item)
		enqueue(mirror, &mirror->queue, item);
	else if (!mirror->retry_at)
		mirror->retry_at = clock_now_ms() + mirror->delay;
	mirror->lost |= !item;
	pthread_mutex_unlock(&mirror->lock);
}

void mirror_again(void *outlet)
{
	struct mirror *mirror = outlet;

	pthread_mutex_lock(&mirror->lock);
	mirror->look_again = true;
	pthread_cond_signal(&mirror->changed);
	pthread_mutex_unlock(&mirror->lock);
}

static void mirror_complete(void *outlet)
{
	struct mirror *mirror = outlet;

	pthread_mutex_lock(&mirror->lock);
	mirror->complete = mirror->to_sweep = true;
	pthread_cond_signal(&mirror->changed);
	pthread_mutex_unlock(&mirror->lock);
}

void mirror_count_up(struct mirror *mirror, uint64_t *counter)
{
	pthread_mutex_lock(&mirror->lock);
	(*counter)++;
	pthread_mutex_unlock(&mirror->lock);
}

bool mirror_is_stopped(struct mirror *mirror)
{
	bool stop;

	pthread_mutex_lock(&mirror->lock);
	stop = mirror->stop;
	pthread_mutex_unlock(&mirror->lock);
	return stop;
}

/* A full disk is one line in the log, each name of somebody else's one. */
static void say_failure(struct mirror *mirror, const struct item *item,
	const char *path, int error)
{
	char why[sizeof(mirror->count.why)];

	snprintf(why, sizeof(why), "%.140s: %.45s", path,
		error == -EEXIST ? "is somebody else's, and is left alone"
				 : strerror(-error));
	if (!mirror->count.since || (!item->failed && error == -EEXIST))
		log_warn("%s/%s", mirror->settings.path, why);
	pthread_mutex_lock(&mirror->lock);
	memcpy(mirror->count.why, why, sizeof(why));
	if (!mirror->count.since)
		mirror->count.since = clock_unix_ms();
	pthread_mutex_unlock(&mirror->lock);
}

/* Takes over item. */
static void note_failure(
	struct mirror *mirror, struct item *item, const char *path, int error)
{
	say_failure(mirror, item, path, error);
	pthread_mutex_lock(&mirror->lock);
	mirror->count.failures++;
	mirror->count.waiting += !item->failed;
	item->failed = true;
	if (!mirror->retry_at)
		mirror->retry_at = clock_now_ms() + mirror->delay;
	enqueue(mirror, &mirror->later, item);
	pthread_mutex_unlock(&mirror->lock);
}

/* Takes over item. */
static void note_success(struct mirror *mirror, struct item *item)
{
	struct mirror_count *count = &mirror->count;

	if (item->failed && count->waiting == 1)
		log_info("%s: all files are as they should be again",
			mirror->settings.path);
	pthread_mutex_lock(&mirror->lock);
	mirror->delay = RETRY_MS;
	if (item->failed && --count->waiting == 0) {
		count->since = 0;
		count->why[0] = '\0';
	}
	pthread_mutex_unlock(&mirror->lock);
	free(item);
}

/* Under the lock, which it gives back meanwhile. */
static void do_first(struct mirror *mirror)
{
	struct item *item = list_take(&mirror->queue);
	char path[MANIFEST_PATH_SIZE];
	int r;

	tdelete(item, &mirror->names, item_order);
	mirror->busy = true;
	pthread_mutex_unlock(&mirror->lock);

	r = mirror_apply(mirror, item, path);
	if (r < 0)
		note_failure(mirror, item, path, r);
	else
		note_success(mirror, item);

	pthread_mutex_lock(&mirror->lock);
	mirror->busy = false;
}

static void queue_all(struct mirror *mirror, const struct dir *dir)
{
	struct sorted_cursor cursor = {0};
	const struct tree_entry *entry;

	while (sorted_count(dir->entries) > 0 &&
		(entry = sorted_next(dir->entries, &cursor))) {
		mirror_tell(mirror, dir->number, entry->name, true);
		if (entry->dir && !entry->hidden_dir)
			queue_all(mirror, entry->dir);
	}
}

/* Under the lock, which it gives back meanwhile. */
static void look_again(struct mirror *mirror)
{
	CLEANUP(dir_unref) struct dir *tree = NULL;

	mirror->look_again = false;
	mirror->busy = true;
	pthread_mutex_unlock(&mirror->lock);
	tree = published_get(mirror->settings.published);
	queue_all(mirror, tree);
	pthread_mutex_lock(&mirror->lock);
	mirror->busy = false;
}

/* Under the lock, which it gives back meanwhile. */
static void sweep(struct mirror *mirror)
{
	bool complete = mirror->complete;

	mirror->to_sweep = false;
	mirror->busy = true;
	pthread_mutex_unlock(&mirror->lock);
	mirror_sweep(mirror, complete);
	pthread_mutex_lock(&mirror->lock);
	mirror->busy = false;
}

/* Under the lock. */
static void try_again(struct mirror *mirror)
{
	mirror->retry_at = 0;
	mirror->look_again |= mirror->lost;
	mirror->lost = false;
	mirror->delay = mirror->delay * 2 < RETRY_MAX_MS ? mirror->delay * 2
							 : RETRY_MAX_MS;
	while (mirror->later.first)
		list_add(&mirror->queue, list_take(&mirror->later));
}

/* Under the lock. */
static void wait(struct mirror *mirror)
{
	struct timespec until = {
		.tv_sec = mirror->retry_at / 1000,
		.tv_nsec = mirror->retry_at % 1000 * 1000000,
	};

	if (mirror->retry_at)
		pthread_cond_timedwait(&mirror->changed, &mirror->lock, &until);
	else
		pthread_cond_wait(&mirror->changed, &mirror->lock);
}

static void *mirror_run(void *argument)
{
	struct mirror *mirror = argument;

	pthread_mutex_lock(&mirror->lock);
	while (!mirror->stop) {
		if (mirror->retry_at && clock_now_ms() >= mirror->retry_at)
			try_again(mirror);
		else if (mirror->queue.first)
			do_first(mirror);
		else if (mirror->look_again)
			look_again(mirror);
		else if (mirror->to_sweep)
			sweep(mirror);
		else
			wait(mirror);
	}
	pthread_mutex_unlock(&mirror->lock);
	return NULL;
}

int mirror_check(const char *path, struct why *why)
{
	CLEANUP(close) int fd = -1;

	return mirror_root_open(path, &fd, why);
}

bool mirror_runs_at(const char *path)
{
	CLEANUP(close) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 &&
		errno == EWOULDBLOCK;
}

bool mirror_was_at(const char *path)
{
	CLEANUP(free) char *manifest = NULL;

	if (asprintf(&manifest, "%s/" MANIFEST_NAME, path) < 0) {
		manifest = NULL;
		return false;
	}
	return access(manifest, F_OK) == 0;
}

/* Deadlines are those of clock_now_ms(). */
static void init_locks(struct mirror *mirror)
{
	pthread_condattr_t attributes;

	pthread_mutex_init(&mirror->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&mirror->changed, &attributes);
	pthread_condattr_destroy(&attributes);
}

static void destroy(struct mirror *mirror)
{
	while (mirror->queue.first)
		list_add(&mirror->later, list_take(&mirror->queue));
	while (mirror->later.first) {
		struct item *item = list_take(&mirror->later);

		tdelete(item, &mirror->names, item_order);
		free(item);
	}
	mirror_files_done(&mirror->files);
	pthread_cond_destroy(&mirror->changed);
	pthread_mutex_destroy(&mirror->lock);
	free(mirror);
}

int mirror_new(const struct mirror_settings *settings, struct mirror **ret,
	struct why *why)
{
	struct mirror *mirror = calloc(1, sizeof(*mirror));
	int r;

	if (!mirror)
		return why_set(why, -ENOMEM, "out of memory");
	mirror->settings = *settings;
	mirror->files = (struct mirror_files){
		.root = -1,
		.uid = settings->uid,
		.gid = settings->gid,
		.umask = settings->umask,
	};
	mirror->delay = RETRY_MS;
	list_init(&mirror->queue);
	list_init(&mirror->later);
	init_locks(mirror);
	r = mirror_files_init(&mirror->files, settings->path, why);
	if (r == 0) {
		r = -pthread_create(&mirror->thread, NULL, mirror_run, mirror);
		if (r < 0)
			why_set(why, r, "cannot start threads");
	}
	if (r < 0) {
		destroy(mirror);
		return r;
	}
	*ret = mirror;
	return 0;
}

static bool mirror_free(void *outlet)
{
	struct mirror *mirror = outlet;

	pthread_mutex_lock(&mirror->lock);
	mirror->stop = true;
	pthread_cond_signal(&mirror->changed);
	pthread_mutex_unlock(&mirror->lock);

	if (!join_in_time(mirror->thread))
		return false;
	destroy(mirror);
	return true;
}

static bool mirror_is_idle(void *outlet)
{
	struct mirror *mirror = outlet;
	bool idle;

	pthread_mutex_lock(&mirror->lock);
	idle = !mirror->queue.first && !mirror->busy && !mirror->to_sweep;
	pthread_mutex_unlock(&mirror->lock);
	return idle;
}

struct mirror_count mirror_count(struct mirror *mirror)
{
	struct mirror_count count;

	pthread_mutex_lock(&mirror->lock);
	count = mirror->count;
	pthread_mutex_unlock(&mirror->lock);
	return count;
}

const struct outlet_kind mirror_outlet = {
	.tell = mirror_tell,
	.complete = mirror_complete,
	.again = mirror_again,
	.is_idle = mirror_is_idle,
	.free = mirror_free,
};
