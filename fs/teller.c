/* SPDX-License-Identifier: MIT */
#include "fs/teller_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "fetch/clock.h"
#include "fs/join.h"

void teller_count_up(struct teller *teller, uint64_t *counter)
{
	pthread_mutex_lock(&teller->lock);
	(*counter)++;
	pthread_mutex_unlock(&teller->lock);
}

void teller_count_notifier(struct teller *teller)
{
	pthread_mutex_lock(&teller->lock);
	teller->count.notifier = teller->notifier.pid;
	pthread_mutex_unlock(&teller->lock);
}

static void *teller_run(void *argument)
{
	struct teller *teller = argument;

	teller_descriptors_own(&teller->settings);
	pthread_mutex_lock(&teller->lock);
	while (!teller->stop) {
		const struct teller_item *item =
			teller_queue_take(&teller->queue);

		if (!item) {
			pthread_cond_wait(&teller->changed, &teller->lock);
			continue;
		}
		pthread_mutex_unlock(&teller->lock);

		teller_news_tell(teller, item);

		pthread_mutex_lock(&teller->lock);
		teller->count.told += !item->quiet;
		teller_queue_told(&teller->queue);
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
	teller_queue_init(&teller->queue);
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

/* False: the thread hangs in the kernel and could not be ended. */
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
	teller_queue_done(&teller->queue);
	pthread_cond_destroy(&teller->changed);
	pthread_mutex_destroy(&teller->lock);
	free(teller);
	return true;
}

/*
 * quiet: the entry is invalidated and no event raised. Without memory the name
 * is settled at once, without events.
 */
static void teller_tell(
	void *outlet, uint64_t number, const char *name, bool quiet)
{
	struct teller *teller = outlet;
	struct teller_item *item = teller_item_new(number, name, quiet);

	if (!item) {
		teller_news_settle(teller, number, name);
		return;
	}
	pthread_mutex_lock(&teller->lock);
	if (teller_queue_put(&teller->queue, item))
		pthread_cond_signal(&teller->changed);
	pthread_mutex_unlock(&teller->lock);
}

/*
 * Only the tree is edited here: the kernel's own caches are told when the
 * teller gets there, which may be what hangs.
 */
static int teller_overdue(void *outlet)
{
	struct teller *teller = outlet;
	struct teller_overdue overdue;
	/* A rename shows a newer version of what is there; once it is shown
	 * nothing can raise MOVED_TO for it any more. */
	int patience = teller->settings.mode == NOTIFY_RENAME ? STUCK_MS
							      : PENDING_MS;
	bool more;

	do {
		pthread_mutex_lock(&teller->lock);
		more = teller_queue_overdue(&teller->queue, patience, &overdue);
		pthread_mutex_unlock(&teller->lock);
		for (size_t i = 0; i < overdue.count; i++)
			if (teller_news_settle(teller, overdue.items[i].number,
				    overdue.items[i].name))
				teller_count_up(teller, &teller->count.silent);
	} while (overdue.count == OVERDUE_MAX);
	return more ? patience : -1;
}

struct teller_count teller_count(struct teller *teller)
{
	CLEANUP(dir_unref) struct dir *tree = NULL;
	struct teller_count count;
	uint64_t number = 0;
	const char *name;
	int64_t stuck;

	pthread_mutex_lock(&teller->lock);
	count = teller->count;
	stuck = teller_queue_stuck(&teller->queue, STUCK_MS, &number);
	pthread_mutex_unlock(&teller->lock);
	if (stuck == 0)
		return count;
	count.stuck_since = clock_unix_ms() - stuck;
	tree = published_get(teller->settings.ops->published);
	name = tree_dir_name(tree, number);
	snprintf(count.stuck_in, sizeof(count.stuck_in), "%s",
		name && *name ? name : "/");
	return count;
}

static bool teller_is_idle(void *outlet)
{
	struct teller *teller = outlet;
	bool idle;

	pthread_mutex_lock(&teller->lock);
	idle = teller_queue_is_idle(&teller->queue);
	pthread_mutex_unlock(&teller->lock);
	return idle;
}

const struct outlet_kind teller_outlet = {
	.tell = teller_tell,
	.overdue = teller_overdue,
	.is_idle = teller_is_idle,
	.free = teller_free,
};
