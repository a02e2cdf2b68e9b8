/* SPDX-License-Identifier: MIT */
#include "fs/node.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

enum { BUCKETS_FIRST = 1024 }; /* a power of two */

/* The versions of one name. Lives as long as any of them. */
struct series {
	struct node *newest; /* by lock; a list through sibling */
};

struct nodes {
	pthread_mutex_t lock;  /* a leaf: nothing else is locked under it */
	struct node **buckets; /* by lock, as all below */
	size_t bucket_count;
	uint64_t last_number;
	struct timespec last_mtime;
	struct nodes_count count;
};

int nodes_new(struct nodes **ret)
{
	struct nodes *nodes;

	nodes = calloc(1, sizeof(*nodes));
	if (!nodes)
		return -ENOMEM;
	nodes->bucket_count = BUCKETS_FIRST;
	nodes->buckets = calloc(BUCKETS_FIRST, sizeof(struct node *));
	if (!nodes->buckets) {
		free(nodes);
		return -ENOMEM;
	}
	nodes->last_number = NODE_FIRST - 1;
	pthread_mutex_init(&nodes->lock, NULL);
	*ret = nodes;
	return 0;
}

static struct node **bucket_of(struct nodes *nodes, uint64_t number)
{
	/* Numbers are consecutive: they spread by themselves. */
	return &nodes->buckets[number & (nodes->bucket_count - 1)];
}

/* Under the lock. Without memory the chains only get longer. */
static void grow(struct nodes *nodes)
{
	struct node **old = nodes->buckets;
	size_t old_count = nodes->bucket_count;
	struct node **larger;

	if (nodes->count.live < old_count)
		return;
	larger = calloc(old_count * 2, sizeof(larger[0]));
	if (!larger)
		return;
	nodes->buckets = larger;
	nodes->bucket_count = old_count * 2;
	for (size_t i = 0; i < old_count; i++) {
		struct node *node = old[i];

		while (node) {
			struct node *next = node->next;
			struct node **bucket = bucket_of(nodes, node->number);

			node->next = *bucket;
			*bucket = node;
			node = next;
		}
	}
	free(old);
}

/* Under the lock. */
static struct node *find(struct nodes *nodes, uint64_t number)
{
	struct node *node = *bucket_of(nodes, number);

	while (node && node->number != number)
		node = node->next;
	return node;
}

/* Under the lock: takes node out of its bucket and its series. */
static void drop(struct nodes *nodes, struct node *node)
{
	struct node **at = bucket_of(nodes, node->number);

	while (*at != node)
		at = &(*at)->next;
	*at = node->next;

	at = &node->series->newest;
	while (*at != node)
		at = &(*at)->sibling;
	*at = node->sibling;
	if (!node->series->newest)
		free(node->series);
	nodes->count.live--;
}

static void destroy(struct node *node)
{
	free((char *)(uintptr_t)node->bytes);
	free(node);
}

void nodes_free(struct nodes *nodes)
{
	if (!nodes)
		return;
	for (size_t i = 0; i < nodes->bucket_count; i++) {
		struct node *node;

		while ((node = nodes->buckets[i])) {
			/* Only the kernel's reference can be left. */
			assert(node->references == 1 && node->lookups > 0);
			drop(nodes, node);
			destroy(node);
		}
	}
	free(nodes->buckets);
	pthread_mutex_destroy(&nodes->lock);
	free(nodes);
}

static bool is_later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec
				      : a->tv_nsec > b->tv_nsec;
}

/* Under the lock: now, but strictly later than ever before. */
static struct timespec next_mtime(struct nodes *nodes)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (!is_later(&now, &nodes->last_mtime)) {
		now = nodes->last_mtime;
		now.tv_nsec++;
		if (now.tv_nsec == 1000000000) {
			now.tv_nsec = 0;
			now.tv_sec++;
		}
	}
	nodes->last_mtime = now;
	return now;
}

/* Under the lock: gives node its number and its place. */
static void enter(struct nodes *nodes, struct node *node)
{
	struct node **bucket;

	grow(nodes);
	node->number = ++nodes->last_number;
	node->mtime = next_mtime(nodes);
	bucket = bucket_of(nodes, node->number);
	node->next = *bucket;
	*bucket = node;
	node->sibling = node->series->newest;
	node->series->newest = node;
	nodes->count.live++;
	nodes->count.made++;
}

int node_new(struct nodes *nodes, char *bytes, size_t size,
	const struct node *before, struct node **ret)
{
	struct node *node;

	node = calloc(1, sizeof(*node));
	if (!node) {
		free(bytes);
		return -ENOMEM;
	}
	node->bytes = bytes;
	node->size = size;
	node->table = nodes;
	node->references = 1;
	/* before lives, so its series does. */
	node->series = before ? before->series : calloc(1, sizeof(struct series));
	if (!node->series) {
		destroy(node);
		return -ENOMEM;
	}
	pthread_mutex_lock(&nodes->lock);
	enter(nodes, node);
	pthread_mutex_unlock(&nodes->lock);
	*ret = node;
	return 0;
}

struct node *node_ref(struct node *node)
{
	if (node)
		__atomic_add_fetch(&node->references, 1, __ATOMIC_RELAXED);
	return node;
}

/* Drops a reference that is not the last; false: it may be. */
static bool unref_fast(struct node *node)
{
	uint32_t seen = __atomic_load_n(&node->references, __ATOMIC_RELAXED);

	while (seen > 1)
		if (__atomic_compare_exchange_n(&node->references, &seen,
			    seen - 1, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
			return true;
	return false;
}

/* Under the lock; true when node is out of the table and to be destroyed. */
static bool unref_locked(struct node *node)
{
	if (__atomic_sub_fetch(&node->references, 1, __ATOMIC_ACQ_REL) > 0)
		return false;
	drop(node->table, node);
	return true;
}

/*
 * The last reference goes under the lock, because nodes_find() gives new ones
 * to whatever is in the table.
 */
void node_unref(struct node *node)
{
	struct nodes *nodes;
	bool last;

	if (!node || unref_fast(node))
		return;
	nodes = node->table;
	pthread_mutex_lock(&nodes->lock);
	last = unref_locked(node);
	pthread_mutex_unlock(&nodes->lock);
	if (last)
		destroy(node);
}

struct node *nodes_find(struct nodes *nodes, uint64_t number)
{
	struct node *node;

	pthread_mutex_lock(&nodes->lock);
	node = node_ref(find(nodes, number));
	pthread_mutex_unlock(&nodes->lock);
	return node;
}

void node_looked_up(struct node *node)
{
	struct nodes *nodes = node->table;

	pthread_mutex_lock(&nodes->lock);
	if (node->lookups++ == 0) {
		node_ref(node);
		nodes->count.held++;
	}
	pthread_mutex_unlock(&nodes->lock);
}

void nodes_forget(struct nodes *nodes, uint64_t number, uint64_t count)
{
	struct node *node;
	bool last = false;

	pthread_mutex_lock(&nodes->lock);
	node = find(nodes, number);
	if (node && node->lookups > 0) {
		node->lookups -= count < node->lookups ? count : node->lookups;
		if (node->lookups == 0) {
			nodes->count.held--;
			last = unref_locked(node);
		}
	}
	pthread_mutex_unlock(&nodes->lock);
	if (last)
		destroy(node);
}

size_t node_others(struct node *node, uint64_t ret_numbers[OLD_VERSIONS_MAX])
{
	struct nodes *nodes = node->table;
	size_t count = 0;

	pthread_mutex_lock(&nodes->lock);
	for (struct node *other = node->series->newest; other;
		other = other->sibling) {
		if (other == node || other->lookups == 0)
			continue;
		if (count < OLD_VERSIONS_MAX)
			ret_numbers[count] = other->number;
		else
			nodes->count.beyond++;
		count++;
	}
	pthread_mutex_unlock(&nodes->lock);
	return count;
}

struct nodes_count nodes_count(struct nodes *nodes)
{
	struct nodes_count count;

	pthread_mutex_lock(&nodes->lock);
	count = nodes->count;
	pthread_mutex_unlock(&nodes->lock);
	return count;
}
