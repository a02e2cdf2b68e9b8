/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <stdbool.h>
#include <stdlib.h>

#include "fetch/sorted.h"

struct number {
	int value;
	int references;
};

static const void *number_key(const void *item)
{
	return &((const struct number *)item)->value;
}

static int number_compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void number_ref(void *item)
{
	((struct number *)item)->references++;
}

static void number_unref(void *item)
{
	((struct number *)item)->references--;
}

static const struct sorted_ops ops = {
	.key = number_key,
	.compare = number_compare,
	.ref = number_ref,
	.unref = number_unref,
};

enum { RANGE = 5000 };

static struct number numbers[RANGE];
static struct number others[RANGE];

static void numbers_reset(void)
{
	for (int i = 0; i < RANGE; i++)
		numbers[i] = others[i] = (struct number){.value = i};
}

static void numbers_are_all_released(void)
{
	for (int i = 0; i < RANGE; i++)
		assert(numbers[i].references == 0 && others[i].references == 0);
}

static struct sorted *edit_one(
	struct sorted *taken, int value, struct number *item)
{
	struct sorted_change change = {&value, item};
	struct sorted *ret = NULL;

	assert(sorted_edit(taken, &ops, &change, 1, &ret) == 0);
	sorted_unref(taken);
	return ret;
}

static struct sorted *everything(void)
{
	static struct sorted_change changes[RANGE];
	struct sorted *all = NULL;

	for (int i = 0; i < RANGE; i++)
		changes[i] = (struct sorted_change){
			&numbers[i].value, &numbers[i]};
	assert(sorted_edit(NULL, &ops, changes, RANGE, &all) == 0);
	return all;
}

TEST(an_empty_array_holds_nothing_and_can_be_asked)
{
	struct sorted_cursor cursor = {0};
	int key = 1;

	assert(sorted_count(NULL) == 0);
	assert(!sorted_find(NULL, &key));
	assert(!sorted_next(NULL, &cursor));
	sorted_unref(NULL);
}

TEST(what_a_thousand_random_edits_leave_is_what_a_plain_table_holds)
{
	static bool there[RANGE];
	struct sorted *array = NULL;

	numbers_reset();
	srand(7);
	for (int turn = 0; turn < 20000; turn++) {
		int value = rand() % RANGE;
		bool add = rand() % 5 < 3;

		array = edit_one(array, value, add ? &numbers[value] : NULL);
		there[value] = add;
		if (turn % 500 == 0) {
			struct sorted_cursor cursor = {0};
			size_t count = 0;

			for (int i = 0; i < RANGE; i++) {
				struct number *n = sorted_find(array, &i);

				assert(!!n == there[i]);
				assert(!n || n->value == i);
				if (!there[i])
					continue;
				count++;
				n = sorted_next(array, &cursor);
				assert(n && n->value == i);
			}
			assert(!sorted_next(array, &cursor));
			assert(sorted_count(array) == count);
		}
	}
	sorted_unref(array);
	numbers_are_all_released();
}

TEST(an_old_array_does_not_see_an_edit)
{
	struct sorted *before, *after;
	int key = 1234;

	numbers_reset();
	before = everything();
	after = edit_one(sorted_ref(before), key, &others[key]);
	assert(sorted_find(before, &key) == &numbers[key]);
	assert(sorted_find(after, &key) == &others[key]);
	sorted_unref(before);
	sorted_unref(after);
	numbers_are_all_released();
}

TEST(an_edit_of_one_item_touches_few_references)
{
	struct sorted *before, *after;
	int touched = 0;

	numbers_reset();
	before = everything();
	after = edit_one(sorted_ref(before), 2500, &others[2500]);
	for (int i = 0; i < RANGE; i++)
		touched += numbers[i].references == 2;
	assert(touched < 200);
	sorted_unref(before);
	sorted_unref(after);
}

struct seen {
	int count, added, removed;
};

static int see(void *context, void *before, void *after)
{
	struct seen *seen = context;

	seen->count++;
	seen->added += !before;
	seen->removed += !after;
	return 0;
}

TEST(a_diff_names_exactly_what_differs)
{
	struct sorted *before, *after;
	struct seen seen = {0};
	int fresh = 17;

	numbers_reset();
	before = edit_one(everything(), fresh, NULL);
	after = sorted_ref(before);
	for (int i = 100; i < 4000; i += 13)
		after = edit_one(after, i, i % 2 ? NULL : &others[i]);
	after = edit_one(after, fresh, &numbers[fresh]);

	assert(sorted_diff(before, after, see, &seen) == 0);
	assert(seen.count == 301);
	assert(seen.added == 1);
	assert(seen.removed == 150);

	seen = (struct seen){0};
	assert(sorted_diff(NULL, after, see, &seen) == 0);
	assert(seen.count == (int)sorted_count(after));
	seen = (struct seen){0};
	assert(sorted_diff(after, after, see, &seen) == 0);
	assert(seen.count == 0);
	sorted_unref(before);
	sorted_unref(after);
}
