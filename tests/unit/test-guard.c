/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "fetch/guard.h"
#include "tests/unit/maker.h"

enum { HOLD = 60000, AGENTS = 10 };

/* A claim: /app with the agents whose bit is set, of a target. */
static struct catalog *claim_of(unsigned agents, uint32_t target)
{
	CLEANUP(app_unref) struct app *app = NULL;
	struct catalog *catalog = NULL;
	struct maker m;

	maker_begin(&m, "/app");
	maker_port(&m, 10000);
	m.app.target = target;
	for (unsigned i = 0; i < AGENTS; i++) {
		struct instance *instance;
		static const char *const ids[AGENTS] = {"t0", "t1", "t2", "t3",
			"t4", "t5", "t6", "t7", "t8", "t9"};

		if (!(agents >> i & 1))
			continue;
		instance = maker_instance(&m, "agent", (uint16_t)(1000 + i));
		instance->id = ids[i];
	}
	app = maker_done(&m);
	catalog_put(&catalog, app);
	return catalog;
}

/* What is shown after this claim, as bits. */
static unsigned update(struct guard *guard, unsigned agents, uint32_t target,
	bool answer, int64_t now)
{
	CLEANUP(catalog_unref) struct catalog *claim = NULL;
	CLEANUP(catalog_unref) struct catalog *shown = NULL;
	struct app_key key = {"/app", "marathon"};
	const struct app *app;
	unsigned bits = 0;

	claim = claim_of(agents, target);
	assert(guard_update(guard, claim, answer, now, &shown) == 0);
	app = catalog_find(shown, &key);
	for (uint32_t i = 0; app && i < app->instance_count; i++)
		if (app->instances[i].state == INSTANCE_SERVING)
			bits |= 1u << (app->instances[i].endpoints[0].port
				- 1000);
	return bits;
}

static struct guard *begin(int percent)
{
	struct guard *guard;

	assert(guard_new("marathon", percent, HOLD, &guard) == 0);
	assert(update(guard, 0x3ff, 10, true, 0) == 0x3ff);
	return guard;
}

TEST(half_may_go_and_no_more)
{
	CLEANUP(guard_free) struct guard *guard = begin(50);

	assert(update(guard, 0x01f, 10, true, 1000) == 0x01f);
	assert(guard_held(guard) == 0);
	/* The losses of the hold time add up. */
	assert(update(guard, 0x00f, 10, true, 2000) == 0x01f);
	assert(guard_held(guard) == 1);
}

TEST(nothing_at_all_is_held_until_it_is_repeated_long_enough)
{
	CLEANUP(guard_free) struct guard *guard = begin(50);

	assert(update(guard, 0, 10, true, 1000) == 0x3ff);
	assert(guard_held(guard) == 10);
	assert(guard_held_since(guard) == 1000);
	assert(update(guard, 0, 10, true, 30000) == 0x3ff);
	/* An event is no answer, and time alone proves nothing. */
	assert(update(guard, 0, 10, false, 70000) == 0x3ff);
	assert(update(guard, 0, 10, true, 70001) == 0);
	assert(guard_held(guard) == 0);
}

TEST(an_answer_that_has_them_again_ends_it)
{
	CLEANUP(guard_free) struct guard *guard = begin(50);

	assert(update(guard, 0, 10, true, 1000) == 0x3ff);
	assert(update(guard, 0x3ff, 10, true, 2000) == 0x3ff);
	assert(guard_held(guard) == 0);
	assert(guard_deadline(guard) == -1);
}

TEST(what_is_announced_goes_at_once)
{
	CLEANUP(guard_free) struct guard *guard = begin(50);
	static const char *const ids[] = {
		"t3", "t4", "t5", "t6", "t7", "t8", "t9"};

	for (size_t i = 0; i < 7; i++)
		assert(guard_announce(guard, "/app", ids[i]) == 0);
	assert(update(guard, 0x007, 10, false, 1000) == 0x007);
	assert(guard_held(guard) == 0);
}

TEST(what_is_announced_while_it_is_held_goes_too)
{
	CLEANUP(guard_free) struct guard *guard = begin(50);

	assert(update(guard, 0, 10, true, 1000) == 0x3ff);
	assert(guard_announce(guard, "/app", "t0") == 0);
	assert(update(guard, 0, 10, false, 2000) == 0x3fe);
	assert(guard_held(guard) == 9);
}

TEST(an_app_that_is_announced_goes_with_all_it_has)
{
	CLEANUP(guard_free) struct guard *guard = begin(50);

	assert(guard_announce(guard, "/app", NULL) == 0);
	assert(update(guard, 0, 10, true, 1000) == 0);
}

TEST(a_scale_down_is_no_loss)
{
	CLEANUP(guard_free) struct guard *guard = begin(50);

	assert(update(guard, 0x003, 2, true, 1000) == 0x003);
	assert(guard_held(guard) == 0);
}

TEST(switched_off_it_believes_everything)
{
	CLEANUP(guard_free) struct guard *guard = begin(-1);

	assert(update(guard, 0, 10, true, 1000) == 0);
	assert(guard_held(guard) == 0);
}

static unsigned next_random(unsigned *state, unsigned below)
{
	*state = *state * 1103515245u + 12345u;
	return (*state >> 16) % below;
}

/*
 * Whatever happens: nothing is shown that was never claimed, what is claimed
 * is shown, and when one claim is repeated for the hold time it is believed.
 */
TEST(whatever_happens_the_truth_comes_through)
{
	for (unsigned seed = 1; seed <= 200; seed++) {
		CLEANUP(guard_free) struct guard *guard = begin(50);
		unsigned state = seed, ever = 0x3ff, claim = 0x3ff, shown;
		int64_t now = 0;

		for (int step = 0; step < 40; step++) {
			now += next_random(&state, 20000);
			claim = next_random(&state, 3)
				? claim ^ (1u << next_random(&state, AGENTS))
				: next_random(&state, 0x400);
			ever |= claim;
			shown = update(guard, claim, 10,
				next_random(&state, 2), now);
			assert((shown & claim) == claim);
			assert((shown & ~ever) == 0);
		}
		update(guard, claim, 10, true, now + 1);
		update(guard, claim, 10, true, now + HOLD / 2);
		shown = update(guard, claim, 10, true, now + 2 * HOLD);
		assert(shown == claim);
		assert(guard_held(guard) == 0);
	}
}
