/* SPDX-License-Identifier: MIT */
/* The rules of fetch/guard.h, a scenario for each. Times are in seconds. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "fetch/guard.h"
#include "tests/unit/claims.h"

enum { HOLD = 60 };

static struct guard *begin(int percent, const char *line)
{
	CLEANUP(catalog_unref) struct catalog *first = claim(line);
	CLEANUP(catalog_unref) struct catalog *shown = NULL;
	struct guard *guard;

	assert(guard_new("marathon", percent, HOLD * 1000, &guard) == 0);
	assert(guard_update(guard, first, true, 0, &shown) == 0);
	assert(shown == first);
	return guard;
}

static void update(struct guard *guard, bool answer, int seconds,
	const char *line, const char *expected)
{
	CLEANUP(catalog_unref) struct catalog *claimed = claim(line);
	CLEANUP(catalog_unref) struct catalog *shown = NULL;
	CLEANUP(free) char *got = NULL;

	assert(guard_update(guard, claimed, answer, seconds * 1000, &shown) ==
		0);
	got = serving_of(shown);
	if (strcmp(got, expected) != 0)
		printf("%d s, \"%s\": \"%s\", not \"%s\"\n", seconds, line, got,
			expected);
	assert(strcmp(got, expected) == 0);
	assert((shown == claimed) == (guard_held(guard) == 0));
	assert((guard_deadline(guard) < 0) == (guard_held(guard) == 0));
}

static void answers(struct guard *guard, int seconds, const char *line,
	const char *expected)
{
	update(guard, true, seconds, line, expected);
}

static void tells(struct guard *guard, int seconds, const char *line,
	const char *expected)
{
	update(guard, false, seconds, line, expected);
}

#define FOUR "/a:4 a0 a1 a2 a3"

TEST(any_way_not_to_serve_is_a_loss)
{
	static const char *const claims[] = {"/a:4", "", "/a:4 a0! a1! a2! a3!",
		"/a:4 a0u a1u a2u a3u", "/a:4 a0w a1w a2w a3w",
		"/a:4 a0s a1s a2s a3s", "/a:4 a0! a2u"};

	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		CLEANUP(guard_free) struct guard *guard = begin(50, FOUR);

		answers(guard, 1, claims[i], "a0 a1 a2 a3");
		assert(guard_held(guard) == 4);
		assert(guard_held_since(guard) == 1000);
	}
}

TEST(what_is_listed_as_ending_was_announced)
{
	CLEANUP(guard_free) struct guard *guard = begin(50, FOUR);

	answers(guard, 1, "/a:4 a0k a1e a2k a3", "a3");
	answers(guard, 2, "/a:4 a3k", "");
}

TEST(exactly_the_share_may_go)
{
	CLEANUP(guard_free) struct guard *guard = begin(50, FOUR);

	answers(guard, 1, "/a:4 a0 a1", "a0 a1");
	answers(guard, 2, "/a:4 a0", "a0 a1");
}

TEST(with_0_percent_every_loss_is_held)
{
	CLEANUP(guard_free) struct guard *guard = begin(0, FOUR);

	answers(guard, 1, "/a:4 a0 a1 a2", "a0 a1 a2 a3");
	assert(guard_held(guard) == 1);
}

TEST(with_100_percent_only_the_loss_of_all_is_held)
{
	CLEANUP(guard_free) struct guard *guard = begin(100, FOUR);

	answers(guard, 1, "/a:4 a0", "a0");
	answers(guard, 2, "/a:4", "a0");
}

TEST(the_share_is_of_all_apps_of_the_source)
{
	CLEANUP(guard_free)
	struct guard *guard = begin(50, FOUR "; /b:4 b0 b1 b2 b3");

	answers(guard, 1, "/b:4 b0 b1 b2 b3", "b0 b1 b2 b3");
	answers(guard, 2, "/b:4 b0 b1 b2", "b0 b1 b2 b3");
	assert(guard_held(guard) == 1);
}

TEST(losses_are_forgotten_after_the_hold_time)
{
	CLEANUP(guard_free) struct guard *guard = begin(50, FOUR);

	answers(guard, 1, "/a:4 a0 a1 a2", "a0 a1 a2");
	answers(guard, 2, "/a:4 a0 a1", "a0 a1");
	answers(guard, 62, "/a:4 a0", "a0");
}

TEST(losses_are_remembered_for_the_hold_time)
{
	CLEANUP(guard_free) struct guard *guard = begin(50, FOUR);

	answers(guard, 1, "/a:4 a0 a1 a2", "a0 a1 a2");
	answers(guard, 2, "/a:4 a0 a1", "a0 a1");
	answers(guard, 60, "/a:4 a0", "a0 a1");
}

TEST(one_that_came_back_is_no_loss_any_more)
{
	CLEANUP(guard_free) struct guard *guard = begin(50, FOUR);

	answers(guard, 1, "/a:4 a0 a1", "a0 a1");
	answers(guard, 2, FOUR, "a0 a1 a2 a3");
	answers(guard, 3, "/a:4 a2 a3", "a2 a3");
	answers(guard, 4, "/a:4 a2", "a2 a3");
}

TEST(one_that_was_replaced_is_no_loss)
{
	CLEANUP(guard_free) struct guard *guard = begin(50, FOUR);

	answers(guard, 1, "/a:4 a4 a5 a6 a3", "a3 a4 a5 a6");
	answers(guard, 2, "/a:4 a4 a5 a6 a7", "a4 a5 a6 a7");
	answers(guard, 3, "/a:4 a4 a5", "a4 a5");
}

TEST(one_that_is_replaced_later_is_taken_off)
{
	CLEANUP(guard_free) struct guard *guard = begin(50, FOUR);

	answers(guard, 1, "/a:4 a0 a1", "a0 a1");
	answers(guard, 2, "/a:4 a0 a1 a4 a5", "a0 a1 a4 a5");
	answers(guard, 3, "/a:4 a4 a5", "a4 a5");
}

TEST(a_new_one_of_another_app_replaces_nothing)
{
	CLEANUP(guard_free) struct guard *guard = begin(50, FOUR);

	answers(guard, 1, "/a:4 a0; /b:3 b0 b1 b2", "a0 a1 a2 a3 b0 b1 b2");
	assert(guard_held(guard) == 3);
}

TEST(a_new_one_that_does_not_serve_replaces_nothing)
{
	CLEANUP(guard_free) struct guard *guard = begin(0, FOUR);

	answers(guard, 1, "/a:4 a0 a1 a2 a4w a5!", "a0 a1 a2 a3");
}

TEST(a_scale_down_goes_at_once)
{
	CLEANUP(guard_free) struct guard *guard = begin(0, FOUR);

	answers(guard, 1, "/a:1 a2", "a2");
	answers(guard, 2, "/a:0", "");
}

TEST(a_scale_down_of_the_sick_is_none)
{
	CLEANUP(guard_free) struct guard *guard = begin(0, FOUR);

	answers(guard, 1, "/a:1 a0! a1! a2! a3", "a0 a1 a2 a3");
}

TEST(a_scale_down_goes_no_further_than_the_target)
{
	CLEANUP(guard_free) struct guard *guard = begin(0, FOUR);

	/* Two may go, and which does not matter. */
	answers(guard, 1, "/a:2 a3", "a2 a3");
	assert(guard_held(guard) == 1);
}

TEST(a_rolling_deployment_goes_through)
{
	CLEANUP(guard_free) struct guard *guard = begin(0, "/a:2 a0 a1");

	answers(guard, 1, "/a:2 a0 a1 a2s a3s", "a0 a1");
	answers(guard, 2, "/a:2 a0 a1 a2 a3", "a0 a1 a2 a3");
	answers(guard, 3, "/a:2 a2 a3", "a2 a3");
	assert(guard_held(guard) == 0);
}

TEST(an_app_that_is_gone_unannounced_is_held_as_it_was)
{
	CLEANUP(guard_free)
	struct guard *guard = begin(50, "/a:2 a0 a1; /b:1 b0");
	CLEANUP(catalog_unref) struct catalog *less = claim("/b:1 b0");
	CLEANUP(catalog_unref) struct catalog *shown = NULL;
	const struct app_key key = {"/a", "marathon"};
	const struct app *app;

	assert(guard_update(guard, less, true, 1000, &shown) == 0);
	app = catalog_find(shown, &key);
	assert(app && app->instance_count == 2 && app->target == 2);
	assert(app->fingerprint == 0);
	assert(catalog_serving_count(shown) == 3);
}

TEST(once_something_is_held_further_losses_are_too)
{
	CLEANUP(guard_free) struct guard *guard = begin(50, FOUR);

	answers(guard, 1, "/a:4 a0", "a0 a1 a2 a3");
	answers(guard, 2, "/a:4 a1", "a0 a1 a2 a3");
	assert(guard_held(guard) == 3);
}

TEST(without_answers_nothing_is_let_go)
{
	CLEANUP(guard_free) struct guard *guard = begin(50, FOUR);

	answers(guard, 1, "/a:4 a0", "a0 a1 a2 a3");
	for (int seconds = 2; seconds < 1000; seconds += 50)
		tells(guard, seconds, "/a:4 a0", "a0 a1 a2 a3");
	answers(guard, 1001, "/a:4 a0", "a0");
}

TEST(each_is_held_for_its_own_time)
{
	CLEANUP(guard_free) struct guard *guard = begin(50, FOUR);

	answers(guard, 1, "/a:4 a3", "a0 a1 a2 a3");
	answers(guard, 31, "/a:4", "a0 a1 a2 a3");
	answers(guard, 60, "/a:4", "a0 a1 a2 a3");
	answers(guard, 61, "/a:4", "a3");
	assert(guard_held_since(guard) == 31000);
	answers(guard, 91, "/a:4", "");
}

TEST(an_answer_that_has_it_once_begins_its_time_anew)
{
	CLEANUP(guard_free) struct guard *guard = begin(50, FOUR);

	answers(guard, 1, "/a:4 a0", "a0 a1 a2 a3");
	answers(guard, 50, "/a:4 a0 a1", "a0 a1 a2 a3");
	answers(guard, 55, "/a:4 a0", "a0 a1 a2 a3");
	answers(guard, 61, "/a:4 a0", "a0 a1");
	answers(guard, 115, "/a:4 a0", "a0");
}

TEST(an_event_that_has_it_again_ends_its_time_too)
{
	CLEANUP(guard_free) struct guard *guard = begin(50, FOUR);

	answers(guard, 1, "/a:4 a0", "a0 a1 a2 a3");
	tells(guard, 2, FOUR, "a0 a1 a2 a3");
	assert(guard_held(guard) == 0);
}

TEST(what_is_held_may_be_replaced)
{
	CLEANUP(guard_free) struct guard *guard = begin(50, FOUR);

	answers(guard, 1, "/a:4 a0", "a0 a1 a2 a3");
	tells(guard, 2, "/a:4 a0 a4 a5", "a0 a3 a4 a5");
	tells(guard, 3, "/a:4 a0 a4 a5 a6", "a0 a4 a5 a6");
}

TEST(what_is_held_may_turn_out_to_be_beyond_the_target)
{
	CLEANUP(guard_free) struct guard *guard = begin(50, FOUR);

	answers(guard, 1, "/a:4 a0", "a0 a1 a2 a3");
	tells(guard, 2, "/a:1 a0", "a0");
}

TEST(what_is_held_may_turn_out_to_end)
{
	CLEANUP(guard_free) struct guard *guard = begin(50, FOUR);

	answers(guard, 1, "/a:4 a0! a1! a2! a3!", "a0 a1 a2 a3");
	tells(guard, 2, "/a:4 a0k a1! a2! a3e", "a1 a2");
}

static void announce(struct guard *guard, const char *app, const char *task)
{
	assert(guard_announce(guard, app, task) == 0);
}

TEST(an_announcement_counts_for_the_hold_time)
{
	CLEANUP(guard_free) struct guard *guard = begin(0, FOUR);

	announce(guard, "/a", "a0");
	announce(guard, "/a", "a1");
	tells(guard, 1, FOUR, "a0 a1 a2 a3");
	tells(guard, 60, "/a:4 a1 a2 a3", "a1 a2 a3");
	tells(guard, 61, "/a:4 a2 a3", "a1 a2 a3");
}

TEST(an_announcement_is_for_one_going_alone)
{
	CLEANUP(guard_free) struct guard *guard = begin(0, FOUR);

	announce(guard, "/a", "a0");
	tells(guard, 1, "/a:4 a1 a2 a3", "a1 a2 a3");
	tells(guard, 2, FOUR, "a0 a1 a2 a3");
	tells(guard, 3, "/a:4 a1 a2 a3", "a0 a1 a2 a3");
}

TEST(what_is_announced_is_not_added_up)
{
	CLEANUP(guard_free) struct guard *guard = begin(50, FOUR);

	announce(guard, "/a", "a0");
	announce(guard, "/a", "a1");
	tells(guard, 1, "/a:4 a2 a3", "a2 a3");
	/* One of two is half. */
	answers(guard, 2, "/a:4 a3", "a3");
}

TEST(an_announced_app_takes_all_that_it_has_or_gets)
{
	CLEANUP(guard_free)
	struct guard *guard = begin(0, "/a:2 a0 a1; /b:1 b0");

	announce(guard, "/a", NULL);
	tells(guard, 1, "/a:2 a0 a1; /b:1 b0", "a0 a1 b0");
	tells(guard, 2, "/a:2 a1 a2; /b:1 b0", "a1 a2 b0");
	answers(guard, 3, "/b:1 b0", "b0");
	answers(guard, 4, "", "b0");
}

TEST(an_announcement_for_another_app_changes_nothing)
{
	CLEANUP(guard_free) struct guard *guard = begin(0, FOUR "; /b:1 b0");

	announce(guard, "/b", NULL);
	announce(guard, "/c", NULL);
	announce(guard, "/a", "nobody");
	tells(guard, 1, "/a:4; /b:1 b0", "a0 a1 a2 a3 b0");
}

TEST(a_held_app_that_is_announced_goes)
{
	CLEANUP(guard_free) struct guard *guard = begin(50, FOUR "; /b:1 b0");

	answers(guard, 1, "", "a0 a1 a2 a3 b0");
	announce(guard, "/a", NULL);
	tells(guard, 2, "", "b0");
	assert(guard_held(guard) == 1);
}

TEST(apps_of_other_sources_pass)
{
	CLEANUP(guard_free)
	struct guard *guard =
		begin(50, "/a:1 a0; /a@spare:2 x0 x1; /b@spare:1 y0");

	answers(guard, 1, "/a:1 a0", "a0");
	answers(guard, 2, "/a@spare:1 x0", "a0 x0");
	answers(guard, 3, "/a@spare:1; /c@spare:1 z0", "a0 z0");
	assert(guard_held(guard) == 1);
}

TEST(all_but_losses_passes_while_something_is_held)
{
	CLEANUP(guard_free)
	struct guard *guard = begin(50, FOUR "; /b:1 b0; /c:1 c0");

	answers(guard, 1, "/a:4; /b:1 b0", "a0 a1 a2 a3 b0 c0");
	answers(guard, 2, "/b:1 b0 b1; /d:1 d0", "a0 a1 a2 a3 b0 b1 c0 d0");
}

TEST(the_deadline_is_when_the_first_has_been_held_long_enough)
{
	CLEANUP(guard_free) struct guard *guard = begin(50, FOUR);

	assert(guard_deadline(guard) == -1);
	answers(guard, 5, "/a:4", "a0 a1 a2 a3");
	assert(guard_deadline(guard) == 65000);
	tells(guard, 30, "/a:4 a0", "a0 a1 a2 a3");
	assert(guard_deadline(guard) == 65000);
	/* It passed without an answer: ask again soon. */
	tells(guard, 70, "/a:4", "a0 a1 a2 a3");
	assert(guard_deadline(guard) > 70000);
	assert(guard_deadline(guard) <= 72000);
	answers(guard, 71, "/a:4", "a0");
	assert(guard_deadline(guard) == 130000);
}

/* What an app looks like that is held with another number of ports. */
static void change_ports(uint32_t before, uint32_t after)
{
	CLEANUP(catalog_unref) struct catalog *first = NULL;
	CLEANUP(catalog_unref) struct catalog *second = NULL;
	CLEANUP(catalog_unref) struct catalog *shown = NULL;
	CLEANUP(guard_free) struct guard *guard = begin(50, "");
	const struct app_key key = {"/a", "marathon"};
	const struct app *app;

	first = claim_with_ports("/a:1 a0", before);
	second = claim_with_ports("/a:1 a1w", after);
	assert(guard_update(guard, first, true, 1000, &shown) == 0);
	catalog_unref(shown);
	assert(guard_update(guard, second, true, 2000, &shown) == 0);
	app = catalog_find(shown, &key);
	assert(app->port_count == after && app->instance_count == 2);
	for (uint32_t i = 0; i < after; i++)
		assert(app_instance(app, "a0")->endpoints[i].port ==
			(i < before ? 1000 + i : 0));
}

TEST(a_held_one_has_the_ports_its_app_has_now)
{
	change_ports(1, 1);
	change_ports(1, 3);
	change_ports(3, 1);
	change_ports(2, 0);
}

TEST(without_a_hold_time_it_is_off)
{
	CLEANUP(catalog_unref) struct catalog *first = claim(FOUR);
	CLEANUP(catalog_unref) struct catalog *none = claim("");
	CLEANUP(catalog_unref) struct catalog *shown = NULL;
	CLEANUP(guard_free) struct guard *guard = NULL;

	assert(guard_new("marathon", 0, 0, &guard) == 0);
	assert(guard_update(guard, first, true, 1, &shown) == 0);
	catalog_unref(shown);
	assert(guard_update(guard, none, true, 2, &shown) == 0);
	assert(shown == none && guard_held(guard) == 0);
}
