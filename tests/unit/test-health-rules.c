/* SPDX-License-Identifier: MIT */
/*
 * The words of fetch/health.h, one rule after the other, held against every
 * situation there is.
 */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "fetch/health.h"

struct situation {
	int mode, drop, first, checks;
	int task;
	int started;
	int result;	  /* of this reading */
	int other_result; /* of the other instance of the app */
	int before;	  /* instance_state, -1: it is new */
	int before_health;
};

struct verdict {
	enum instance_state state;
	enum instance_health health;
	bool lost;
};

static struct verdict judge(const struct situation *s)
{
	struct health_policy policy = {
		.mode = (enum health_mode)s->mode, .drop_unreachable = s->drop};
	struct check check = {.protocol = CHECK_HTTP};
	struct instance before = {.id = "a",
		.state = (uint8_t)s->before,
		.health = (uint8_t)s->before_health};
	struct instance now[2] = {{.id = "a",
					  .started = s->started ? "x" : NULL,
					  .health = (uint8_t)s->result},
		{.id = "b", .health = (uint8_t)s->other_result}};
	struct health_input inputs[2] = {
		{(enum task_state)s->task, s->before < 0 ? NULL : &before},
		{TASK_RUNNING, NULL}};
	struct app draft = {.key = {"/a", "marathon"},
		.instances = now,
		.instance_count = 2,
		.checks = &check,
		.check_count = (uint32_t)s->checks};

	health_judge(&policy, s->first, &draft, inputs, now);
	return (struct verdict){(enum instance_state)now[0].state,
		(enum instance_health)now[0].health, now[0].lost};
}

/* What runs, or is judged like what runs. */
static enum instance_state expected_running(const struct situation *s)
{
	bool known = s->before >= 0;
	bool nothing = s->result == HEALTH_UNKNOWN &&
		s->other_result == HEALTH_UNKNOWN;

	if (s->mode == HEALTH_IGNORE)
		return INSTANCE_SERVING;
	/* A failed check takes an instance out, a passed one puts it in. */
	if (s->result == HEALTH_DEAD)
		return INSTANCE_UNHEALTHY;
	if (s->result == HEALTH_ALIVE)
		return INSTANCE_SERVING;
	/* Where the app has no checks it is given as soon as it runs. */
	if (!s->checks)
		return INSTANCE_SERVING;
	/* Without a result it stays as it was: out, in, or waiting. */
	if (known && s->before_health != HEALTH_UNKNOWN)
		return s->before_health == HEALTH_DEAD ? INSTANCE_UNHEALTHY
						       : INSTANCE_SERVING;
	/* One that had no checks and now should have keeps serving. */
	if (known && s->before == INSTANCE_SERVING)
		return INSTANCE_SERVING;
	/* Only at the very first read an app without results is shown. */
	return s->first && nothing ? INSTANCE_SERVING : INSTANCE_WAITING;
}

static bool expected_ever_ran(const struct situation *s)
{
	if (s->before < 0 || s->before == INSTANCE_STARTING)
		return s->started;
	return s->before == INSTANCE_SERVING || s->before == INSTANCE_WAITING
		|| s->before == INSTANCE_UNHEALTHY;
}

static struct verdict expected(const struct situation *s)
{
	struct verdict v = {
		INSTANCE_ENDED, (enum instance_health)s->result, false};

	if (s->task == TASK_STARTING)
		v.state = INSTANCE_STARTING;
	else if (s->task == TASK_KILLING)
		v.state = INSTANCE_KILLING;
	else if (s->task == TASK_RUNNING)
		v.state = expected_running(s);
	else if (s->task == TASK_LOST)
		v.state = s->drop || !expected_ever_ran(s)
			? INSTANCE_UNREACHABLE
			: expected_running(s);
	v.lost = s->task == TASK_LOST && v.state == INSTANCE_SERVING;
	if (s->result == HEALTH_UNKNOWN && s->checks && s->before >= 0)
		v.health = (enum instance_health)s->before_health;
	return v;
}

static size_t situations, wrong;

static void try_situation(const struct situation *s)
{
	struct verdict got = judge(s), want = expected(s);

	situations++;
	if (got.state == want.state && got.health == want.health &&
		got.lost == want.lost)
		return;
	if (wrong++ < 5)
		printf("mode %d drop %d first %d checks %d task %d started %d "
		       "result %d other %d before %d/%d: %d/%d/%d, not "
		       "%d/%d/%d\n",
			s->mode, s->drop, s->first, s->checks, s->task,
			s->started, s->result, s->other_result, s->before,
			s->before_health, got.state, got.health, got.lost,
			want.state, want.health, want.lost);
}

static void try_befores(struct situation s)
{
	for (s.started = 0; s.started < 2; s.started++)
		for (s.before = -1; s.before <= INSTANCE_ENDED; s.before++)
			for (s.before_health = HEALTH_UNKNOWN;
				s.before_health <= HEALTH_DEAD;
				s.before_health++)
				try_situation(&s);
}

static void try_results(struct situation s)
{
	for (s.task = TASK_STARTING; s.task <= TASK_ENDED; s.task++)
		for (s.result = HEALTH_UNKNOWN; s.result <= HEALTH_DEAD;
			s.result++)
			for (s.other_result = HEALTH_UNKNOWN;
				s.other_result <= HEALTH_DEAD; s.other_result++)
				try_befores(s);
}

TEST(every_situation_is_judged_as_the_rules_say)
{
	struct situation s = {0};

	for (s.mode = HEALTH_KNOWN; s.mode <= HEALTH_IGNORE; s.mode++)
		for (s.drop = 0; s.drop < 2; s.drop++)
			for (s.first = 0; s.first < 2; s.first++)
				for (s.checks = 0; s.checks < 2; s.checks++)
					try_results(s);
	printf("  %zu situations\n", situations);
	assert(situations > 50000 && wrong == 0);
}

TEST(every_count_of_results_has_its_verdict)
{
	static const enum health_mode modes[] = {
		HEALTH_KNOWN, HEALTH_ANY, HEALTH_ALL, HEALTH_IGNORE};
	/* alive, dead, and the verdict of each mode, of two checks */
	static const struct {
		uint32_t alive, dead;
		enum instance_health known, any, all;
	} table[] = {
		{0, 0, HEALTH_UNKNOWN, HEALTH_UNKNOWN, HEALTH_UNKNOWN},
		{1, 0, HEALTH_ALIVE, HEALTH_ALIVE, HEALTH_UNKNOWN},
		{2, 0, HEALTH_ALIVE, HEALTH_ALIVE, HEALTH_ALIVE},
		{3, 0, HEALTH_ALIVE, HEALTH_ALIVE, HEALTH_ALIVE},
		{0, 1, HEALTH_DEAD, HEALTH_DEAD, HEALTH_DEAD},
		{1, 1, HEALTH_DEAD, HEALTH_ALIVE, HEALTH_DEAD},
		{0, 2, HEALTH_DEAD, HEALTH_DEAD, HEALTH_DEAD},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		for (int mode = 0; mode < 3; mode++) {
			const struct health_policy policy = {modes[mode], 0};
			const enum instance_health want[] = {
				table[i].known, table[i].any, table[i].all};

			assert(health_of_results(&policy, 2, table[i].alive,
				       table[i].dead) == want[mode]);
		}
}
