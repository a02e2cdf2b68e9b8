/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <pthread.h>
#include <string.h>

#include "fs/node.h"

static struct node *make(struct nodes *nodes, const struct node *before)
{
	struct node *node = NULL;

	assert(node_new(nodes, strdup("x\n"), 2, before, &node) == 0);
	return node;
}

TEST(numbers_are_never_reused_and_mtime_rises_strictly)
{
	struct nodes *nodes = NULL;
	struct timespec last = {0};
	uint64_t number = 0;

	assert(nodes_new(&nodes) == 0);
	for (int i = 0; i < 10000; i++) {
		struct node *node = make(nodes, NULL);

		assert(node->number > number);
		assert(node->mtime.tv_sec > last.tv_sec
			|| (node->mtime.tv_sec == last.tv_sec
				&& node->mtime.tv_nsec > last.tv_nsec));
		assert(node->mtime.tv_nsec < 1000000000);
		number = node->number;
		last = node->mtime;
		node_unref(node);
	}
	assert(nodes_count(nodes).live == 0);
	nodes_free(nodes);
}

TEST(a_node_lives_until_the_kernel_forgets_it)
{
	struct nodes *nodes = NULL;
	struct node *node;
	uint64_t number;

	assert(nodes_new(&nodes) == 0);
	node = make(nodes, NULL);
	number = node->number;
	node_looked_up(node);
	node_looked_up(node);
	node_unref(node);

	node = nodes_find(nodes, number);
	assert(node && memcmp(node->bytes, "x\n", 2) == 0);
	node_unref(node);
	nodes_forget(nodes, number, 1);
	assert(nodes_count(nodes).held == 1);
	nodes_forget(nodes, number, 1);
	assert(!nodes_find(nodes, number));
	assert(nodes_count(nodes).live == 0);
	nodes_forget(nodes, number, 1); /* unknown: ignored */
	nodes_free(nodes);
}

TEST(the_others_of_a_name_are_the_held_old_versions_newest_first)
{
	struct nodes *nodes = NULL;
	struct node *versions[4] = {NULL};
	struct node *stranger;
	uint64_t numbers[OLD_VERSIONS_MAX];

	assert(nodes_new(&nodes) == 0);
	stranger = make(nodes, NULL);
	node_looked_up(stranger);
	for (int i = 0; i < 4; i++)
		versions[i] = make(nodes, i ? versions[i - 1] : NULL);
	node_looked_up(versions[0]);
	node_looked_up(versions[2]);
	node_looked_up(versions[3]);

	assert(node_others(versions[3], numbers) == 2);
	assert(numbers[0] == versions[2]->number);
	assert(numbers[1] == versions[0]->number);

	for (int i = 0; i < 4; i++)
		node_unref(versions[i]);
	node_unref(stranger);
	nodes_free(nodes); /* the kernel holds four still: unmounted */
}

TEST(versions_beyond_the_limit_are_counted)
{
	struct nodes *nodes = NULL;
	struct node *node = NULL;
	uint64_t numbers[OLD_VERSIONS_MAX];

	assert(nodes_new(&nodes) == 0);
	for (int i = 0; i < OLD_VERSIONS_MAX + 3; i++) {
		struct node *next = make(nodes, node);

		node_looked_up(next);
		node_unref(node);
		node = next;
	}
	assert(node_others(node, numbers) == OLD_VERSIONS_MAX + 2);
	assert(nodes_count(nodes).beyond == 2);
	node_unref(node);
	nodes_free(nodes);
}

/* What session workers do: find, look up and forget by number. */
static void *worker(void *argument)
{
	struct nodes *nodes = argument;

	for (uint64_t i = 0; i < 200000; i++) {
		struct node *node = nodes_find(nodes, NODE_FIRST + i % 5000);

		if (!node)
			continue;
		assert(node->bytes[0] == 'x');
		node_looked_up(node);
		node_unref(node);
		nodes_forget(nodes, NODE_FIRST + i % 5000, 1);
	}
	return NULL;
}

/* Run with the thread sanitizer; it must fail when the lock is taken out. */
TEST(finding_and_releasing_from_many_threads_never_meets_a_freed_node)
{
	struct nodes *nodes = NULL;
	struct node *node = NULL;
	pthread_t threads[4];

	assert(nodes_new(&nodes) == 0);
	for (int i = 0; i < 4; i++)
		assert(pthread_create(&threads[i], NULL, worker, nodes) == 0);
	for (int i = 0; i < 20000; i++) {
		struct node *next = make(nodes, node);

		node_unref(node);
		node = next;
	}
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	node_unref(node);
	assert(nodes_count(nodes).live == 0);
	nodes_free(nodes);
}
