/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>

#include "fetch/host_table.h"

static struct host *add(struct host_table *table, unsigned number)
{
	struct host *host = NULL;
	char name[16];

	snprintf(name, sizeof(name), "host-%u", number);
	assert(host_add(table, name, &host) == 0);
	return host;
}

static struct host *find(const struct host_table *table, unsigned number)
{
	char name[16];

	snprintf(name, sizeof(name), "host-%u", number);
	return host_find(table, name);
}

TEST(a_host_is_found_by_its_name_while_it_is_there)
{
	struct host_table table = {.buckets = NULL};

	assert(!find(&table, 0));
	for (unsigned i = 0; i < 1000; i++)
		add(&table, i);
	for (unsigned i = 0; i < 1000; i += 2)
		host_remove(&table, find(&table, i));
	for (unsigned i = 0; i < 1000; i++)
		assert(!find(&table, i) == (i % 2 == 0));
	assert(table.count == 500);
	host_table_done(&table);
}

/* A generator of our own: the same run on every machine. */
static unsigned next_random(unsigned *state, unsigned below)
{
	*state = *state * 1103515245u + 12345u;
	return (*state >> 16) % below;
}

static void expect_in_order(struct host_table *table, size_t count)
{
	int64_t last = 0;

	for (size_t i = 0; i < count; i++) {
		struct host *host = host_first(table);

		assert(host && host->due >= last);
		last = host->due;
		host_unqueue(table, host);
	}
	assert(!host_first(table));
}

TEST(hosts_come_out_of_the_queue_in_the_order_in_which_they_are_due)
{
	struct host_table table = {.buckets = NULL};
	unsigned state = 1, queued = 0;

	for (unsigned i = 0; i < 2000; i++)
		host_queue(&table, add(&table, i),
			(int64_t)next_random(&state, 500));
	for (unsigned i = 0; i < 2000; i++) {
		struct host *host = find(&table, i);

		if (i % 5 == 0)
			host_unqueue(&table, host);
		else if (i % 5 == 1)
			host_remove(&table, host);
		else if (i % 5 == 2)
			host_queue(&table, host,
				(int64_t)next_random(&state, 500));
		queued += i % 5 >= 2;
	}
	expect_in_order(&table, queued);
	host_table_done(&table);
}

TEST(the_hosts_of_a_state_stand_in_the_order_in_which_they_came_into_it)
{
	struct host_table table = {.buckets = NULL};
	struct host *a = add(&table, 1), *b = add(&table, 2);

	assert(table.states[HOST_KEPT].count == 2);
	host_move(&table, b, HOST_MISSING);
	host_move(&table, a, HOST_MISSING);
	assert(table.states[HOST_KEPT].count == 0);
	assert(!table.states[HOST_KEPT].first);
	assert(table.states[HOST_MISSING].first == b && b->next == a);
	host_remove(&table, b);
	assert(table.states[HOST_MISSING].first == a);
	assert(table.states[HOST_MISSING].count == 1);
	host_table_done(&table);
}

TEST(there_is_a_ceiling)
{
	struct host_table table = {.buckets = NULL};
	struct host *host;

	for (unsigned i = 0; i < HOSTS_MAX; i++)
		add(&table, i);
	assert(host_add(&table, "one-more", &host) == -E2BIG);
	host_remove(&table, find(&table, 7));
	assert(host_add(&table, "one-more", &host) == 0);
	host_table_done(&table);
}
