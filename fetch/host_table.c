/* SPDX-License-Identifier: MIT */
#include "fetch/host_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 64 };

#define NOWHERE SIZE_MAX

static uint64_t hash_of(const char *name)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * UINT64_C(1099511628211);
	return hash ^ hash >> 32;
}

void host_table_done(struct host_table *table)
{
	for (size_t i = 0; i < table->size; i++) {
		struct host *host = table->buckets[i];

		while (host) {
			struct host *same = host->same;

			free(host);
			host = same;
		}
	}
	free(table->buckets);
	free(table->queue);
	*table = (struct host_table){.buckets = NULL};
}

static struct host **bucket_of(const struct host_table *table, uint64_t hash)
{
	return &table->buckets[hash & (table->size - 1)];
}

struct host *host_find(const struct host_table *table, const char *name)
{
	uint64_t hash = hash_of(name);
	struct host *host = table->size ? *bucket_of(table, hash) : NULL;

	while (host && (host->hash != hash || strcmp(host->name, name) != 0))
		host = host->same;
	return host;
}

static int grow_buckets(struct host_table *table)
{
	struct host_table larger = {
		.size = table->size ? table->size * 2 : FIRST_SIZE};

	larger.buckets = calloc(larger.size, sizeof(struct host *));
	if (!larger.buckets)
		return -ENOMEM;
	for (size_t i = 0; i < table->size; i++)
		for (struct host *host = table->buckets[i], *same; host;
			host = same) {
			struct host **bucket = bucket_of(&larger, host->hash);

			same = host->same;
			host->same = *bucket;
			*bucket = host;
		}
	free(table->buckets);
	table->buckets = larger.buckets;
	table->size = larger.size;
	return 0;
}

static int grow_queue(struct host_table *table)
{
	size_t room = table->room ? table->room * 2 : FIRST_SIZE;
	struct host **queue;

	queue = reallocarray(table->queue, room, sizeof(struct host *));
	if (!queue)
		return -ENOMEM;
	table->queue = queue;
	table->room = room;
	return 0;
}

static int make_room(struct host_table *table)
{
	int r = 0;

	if (table->count == HOSTS_MAX)
		return -E2BIG;
	if (table->count == table->size)
		r = grow_buckets(table);
	if (r == 0 && table->count == table->room)
		r = grow_queue(table);
	return r;
}

static void list_add(
	struct host_table *table, struct host *host, enum host_state state)
{
	struct host *last = table->states[state].last;

	host->state = state;
	host->before = last;
	host->next = NULL;
	if (last)
		last->next = host;
	else
		table->states[state].first = host;
	table->states[state].last = host;
	table->states[state].count++;
}

static void list_remove(struct host_table *table, struct host *host)
{
	if (host->before)
		host->before->next = host->next;
	else
		table->states[host->state].first = host->next;
	if (host->next)
		host->next->before = host->before;
	else
		table->states[host->state].last = host->before;
	table->states[host->state].count--;
}

int host_add(struct host_table *table, const char *name, struct host **ret)
{
	size_t size = strlen(name) + 1;
	struct host *host, **bucket;
	int r;

	r = make_room(table);
	if (r < 0)
		return r;
	host = calloc(1, sizeof(*host) + size);
	if (!host)
		return -ENOMEM;
	memcpy(host->name, name, size);
	host->place = NOWHERE;
	host->hash = hash_of(name);
	bucket = bucket_of(table, host->hash);
	host->same = *bucket;
	*bucket = host;
	table->count++;
	list_add(table, host, HOST_KEPT);
	*ret = host;
	return 0;
}

void host_remove(struct host_table *table, struct host *host)
{
	struct host **at = bucket_of(table, host->hash);

	while (*at != host)
		at = &(*at)->same;
	*at = host->same;
	table->count--;
	host_unqueue(table, host);
	list_remove(table, host);
	free(host);
}

void host_move(
	struct host_table *table, struct host *host, enum host_state state)
{
	list_remove(table, host);
	list_add(table, host, state);
}

static void put(struct host_table *table, struct host *host, size_t place)
{
	table->queue[place] = host;
	host->place = place;
}

/* To where it belongs, from a place that is its own. */
static void settle(struct host_table *table, struct host *host)
{
	size_t place = host->place;

	while (place > 0 && table->queue[(place - 1) / 2]->due > host->due) {
		put(table, table->queue[(place - 1) / 2], place);
		place = (place - 1) / 2;
	}
	for (;;) {
		size_t child = 2 * place + 1;

		if (child + 1 < table->queued && table->queue[child + 1]->due
				< table->queue[child]->due)
			child++;
		if (child >= table->queued
			|| table->queue[child]->due >= host->due)
			break;
		put(table, table->queue[child], place);
		place = child;
	}
	put(table, host, place);
}

void host_queue(struct host_table *table, struct host *host, int64_t due)
{
	host->due = due;
	if (host->place == NOWHERE)
		put(table, host, table->queued++);
	settle(table, host);
}

void host_unqueue(struct host_table *table, struct host *host)
{
	size_t place = host->place;
	struct host *last;

	if (place == NOWHERE)
		return;
	host->place = NOWHERE;
	last = table->queue[--table->queued];
	if (last == host)
		return;
	put(table, last, place);
	settle(table, last);
}

struct host *host_first(const struct host_table *table)
{
	return table->queued ? table->queue[0] : NULL;
}
