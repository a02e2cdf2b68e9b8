/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "fetch/dirty.h"

static struct dirty_table *begin(void)
{
	struct dirty_table *table;

	assert(dirty_table_new(&table) == 0);
	return table;
}

static void expect_next(struct dirty_table *table, const char *id)
{
	struct dirty *dirty = dirty_next(table);

	assert(dirty ? id && strcmp(dirty->id, id) == 0 : !id);
	if (dirty)
		dirty_unwant(table, dirty);
}

TEST(apps_are_read_in_the_order_in_which_they_are_due)
{
	CLEANUP(dirty_table_free) struct dirty_table *table = begin();

	assert(dirty_want(table, "/late", 300) == 0);
	assert(dirty_want(table, "/soon", 100) == 0);
	assert(dirty_want(table, "/then", 200) == 0);
	/* Wanted again: the earlier time counts. */
	assert(dirty_want(table, "/late", 50) == 0);
	assert(dirty_want(table, "/soon", 900) == 0);
	assert(dirty_wanted(table) == 3);
	expect_next(table, "/late");
	expect_next(table, "/soon");
	expect_next(table, "/then");
	expect_next(table, NULL);
}

TEST(an_app_that_is_being_read_is_not_read_twice_at_a_time)
{
	CLEANUP(dirty_table_free) struct dirty_table *table = begin();
	int reader;

	assert(dirty_want(table, "/a", 1) == 0);
	dirty_find(table, "/a")->reading = &reader;
	expect_next(table, NULL);
	dirty_find(table, "/a")->reading = NULL;
	expect_next(table, "/a");
}

static int count(void *context, const char *id)
{
	(void)id;
	++*(int *)context;
	return 0;
}

TEST(what_changed_since_a_question_is_known)
{
	CLEANUP(dirty_table_free) struct dirty_table *table = begin();
	uint64_t asked;
	int changed = 0;

	assert(dirty_change(table, "/before", NULL) == 0);
	asked = dirty_stamp(table);
	assert(dirty_change(table, "/after", NULL) == 0);
	assert(dirty_changed_since(table, asked, count, &changed) == 0);
	assert(changed == 1);
	/* What nobody asks about any more is forgotten. */
	dirty_prune(table, asked);
	assert(!dirty_find(table, "/before") && dirty_find(table, "/after"));
	dirty_prune(table, dirty_stamp(table));
	assert(!dirty_find(table, "/after"));
}

TEST(a_list_answers_for_what_was_wanted_before_it_was_asked_for)
{
	CLEANUP(dirty_table_free) struct dirty_table *table = begin();
	uint64_t asked;

	assert(dirty_want(table, "/before", 1) == 0);
	assert(dirty_want(table, "/again", 1) == 0);
	asked = dirty_stamp(table);
	assert(dirty_want(table, "/again", 1) == 0);
	assert(dirty_want(table, "/after", 1) == 0);
	dirty_unwant_before(table, asked);
	assert(dirty_wanted(table) == 2);
	expect_next(table, "/again");
	expect_next(table, "/after");
}

TEST(who_is_sick_is_so_until_he_was_read)
{
	CLEANUP(dirty_table_free) struct dirty_table *table = begin();
	int reader;

	assert(!dirty_any_sick(table));
	assert(dirty_want_sick(table, "/a", 1) == 0);
	assert(dirty_any_sick(table));
	dirty_find(table, "/a")->reading = &reader;
	expect_next(table, NULL);
	dirty_unwant(table, dirty_find(table, "/a"));
	assert(dirty_any_sick(table));
	dirty_find(table, "/a")->reading = NULL;
	assert(!dirty_any_sick(table));
}

TEST(thousands_are_no_problem)
{
	CLEANUP(dirty_table_free) struct dirty_table *table = begin();
	char id[16];

	for (int i = 0; i < 5000; i++) {
		snprintf(id, sizeof(id), "/%d", i);
		assert(dirty_want(table, id, i) == 0);
	}
	assert(dirty_wanted(table) == 5000);
	dirty_unwant_before(table, dirty_stamp(table));
	dirty_prune(table, dirty_stamp(table));
	assert(!dirty_next(table) && !dirty_find(table, "/7"));
}
