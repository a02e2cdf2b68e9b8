/* SPDX-License-Identifier: MIT */
#include "fs/teller_queue.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/clock.h"

static int item_order(const void *a, const void *b)
{
	const struct teller_item *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return strcmp(x->name, y->name);
}

struct teller_item *teller_item_new(
	uint64_t number, const char *name, bool quiet)
{
	size_t size = strlen(name) + 1;
	struct teller_item *item = malloc(sizeof(*item) + size);

	if (!item)
		return NULL;
	*item = (struct teller_item){
		.number = number, .since = clock_now_ms(), .quiet = quiet};
	memcpy(item->name, name, size);
	return item;
}

void teller_queue_init(struct teller_queue *queue)
{
	*queue = (struct teller_queue){.last = &queue->first};
}

static struct teller_item *take_first(struct teller_queue *queue)
{
	struct teller_item *item = queue->first;

	queue->first = item->next;
	if (!queue->first)
		queue->last = &queue->first;
	tdelete(item, &queue->names, item_order);
	return item;
}

void teller_queue_done(struct teller_queue *queue)
{
	while (queue->first)
		free(take_first(queue));
}

bool teller_queue_put(struct teller_queue *queue, struct teller_item *item)
{
	struct teller_item **known = tsearch(item, &queue->names, item_order);

	if (known && *known != item) {
		(*known)->quiet = (*known)->quiet && item->quiet;
		free(item);
		return false;
	}
	/* Without memory for the search tree the name may be told twice. */
	*queue->last = item;
	queue->last = &item->next;
	return true;
}

struct teller_item *teller_queue_take(struct teller_queue *queue)
{
	if (!queue->first)
		return NULL;
	queue->busy = take_first(queue);
	queue->busy_since = clock_now_ms();
	return queue->busy;
}

void teller_queue_told(struct teller_queue *queue)
{
	free(queue->busy);
	queue->busy = NULL;
}

bool teller_queue_is_idle(const struct teller_queue *queue)
{
	return !queue->first && !queue->busy;
}

int64_t teller_queue_stuck(
	const struct teller_queue *queue, int least_ms, uint64_t *ret_number)
{
	int64_t lasts;

	if (!queue->busy)
		return 0;
	lasts = clock_now_ms() - queue->busy_since;
	if (lasts < least_ms)
		return 0;
	*ret_number = queue->busy->number;
	return lasts;
}

/* Notes item if it is overdue; false: it and all behind it are not. */
static bool note_overdue(
	struct teller_item *item, int64_t since, struct teller_overdue *ret)
{
	if (item->since > since)
		return false;
	if (item->noted || ret->count == OVERDUE_MAX)
		return true;
	item->noted = true;
	ret->items[ret->count].number = item->number;
	snprintf(ret->items[ret->count].name,
		sizeof(ret->items[ret->count].name), "%s", item->name);
	ret->count++;
	return true;
}

bool teller_queue_overdue(struct teller_queue *queue, int patience_ms,
	struct teller_overdue *ret)
{
	int64_t since = clock_now_ms() - patience_ms;
	bool more = false;

	ret->count = 0;
	if (queue->busy)
		more = !note_overdue(queue->busy, since, ret);
	for (struct teller_item *item = queue->first; item; item = item->next)
		if (!note_overdue(item, since, ret))
			return true;
	return more;
}
