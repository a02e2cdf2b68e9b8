/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "fetch/health.h"

/* One instance, judged by itself. */
struct situation {
	enum health_mode mode;
	bool first, checks;
	enum task_state task;
	enum instance_health result; /* of this reading */
	int before; /* instance_state, -1: it is new */
	enum instance_health before_health;
	enum instance_state expected;
};

static enum instance_state judge(const struct situation *s)
{
	struct health_policy policy = {.mode = s->mode};
	struct check check = {.protocol = CHECK_HTTP};
	struct instance before = {.id = "a",
		.state = (uint8_t)s->before,
		.health = (uint8_t)s->before_health};
	struct instance now = {.id = "a", .health = (uint8_t)s->result};
	struct health_input input = {
		.task = s->task, .before = s->before < 0 ? NULL : &before};
	struct app draft = {.key = {"/a", "marathon"}, .instances = &now,
		.instance_count = 1, .checks = &check,
		.check_count = s->checks};

	health_judge(&policy, s->first, &draft, &input, &now);
	return now.state;
}

#define ALIVE HEALTH_ALIVE
#define DEAD HEALTH_DEAD
#define UNKNOWN HEALTH_UNKNOWN
#define KNOWN HEALTH_KNOWN

TEST(every_situation_has_one_verdict)
{
	static const struct situation table[] = {
		/* without checks who runs serves */
		{KNOWN, false, false, TASK_RUNNING, UNKNOWN, -1, UNKNOWN,
			INSTANCE_SERVING},
		{KNOWN, false, false, TASK_STARTING, UNKNOWN, -1, UNKNOWN,
			INSTANCE_STARTING},
		/* a new one waits for its first pass */
		{KNOWN, false, true, TASK_RUNNING, UNKNOWN, -1, UNKNOWN,
			INSTANCE_WAITING},
		{KNOWN, false, true, TASK_RUNNING, ALIVE, -1, UNKNOWN,
			INSTANCE_SERVING},
		{KNOWN, false, true, TASK_RUNNING, UNKNOWN, INSTANCE_WAITING,
			UNKNOWN, INSTANCE_WAITING},
		/* a failed check takes it out, a passed one puts it in */
		{KNOWN, false, true, TASK_RUNNING, DEAD, INSTANCE_SERVING,
			ALIVE, INSTANCE_UNHEALTHY},
		{KNOWN, false, true, TASK_RUNNING, ALIVE, INSTANCE_UNHEALTHY,
			DEAD, INSTANCE_SERVING},
		/* a new leader knows nothing: it stays as it was */
		{KNOWN, false, true, TASK_RUNNING, UNKNOWN, INSTANCE_SERVING,
			ALIVE, INSTANCE_SERVING},
		{KNOWN, false, true, TASK_RUNNING, UNKNOWN,
			INSTANCE_UNHEALTHY, DEAD, INSTANCE_UNHEALTHY},
		/* at the very first read nobody knows: who runs is shown */
		{KNOWN, true, true, TASK_RUNNING, UNKNOWN, -1, UNKNOWN,
			INSTANCE_SERVING},
		{KNOWN, true, true, TASK_RUNNING, DEAD, -1, UNKNOWN,
			INSTANCE_UNHEALTHY},
		/* other policies */
		{HEALTH_IGNORE, false, true, TASK_RUNNING, DEAD, -1, UNKNOWN,
			INSTANCE_SERVING},
		{HEALTH_IGNORE, false, true, TASK_RUNNING, UNKNOWN, -1,
			UNKNOWN, INSTANCE_SERVING},
		/* what is going is gone, whatever its checks say */
		{KNOWN, false, true, TASK_KILLING, ALIVE, INSTANCE_SERVING,
			ALIVE, INSTANCE_KILLING},
		{KNOWN, false, true, TASK_ENDED, ALIVE, INSTANCE_SERVING,
			ALIVE, INSTANCE_ENDED},
		/* lost from sight: it may live */
		{KNOWN, false, true, TASK_LOST, UNKNOWN, INSTANCE_SERVING,
			ALIVE, INSTANCE_SERVING},
		{KNOWN, false, true, TASK_LOST, DEAD, INSTANCE_SERVING, ALIVE,
			INSTANCE_UNHEALTHY},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		enum instance_state got = judge(&table[i]);

		if (got != table[i].expected)
			printf("row %zu: %d, not %d\n", i, got,
				table[i].expected);
		assert(got == table[i].expected);
	}
}

TEST(what_is_lost_goes_only_if_asked_for)
{
	struct health_policy policy = {
		.mode = HEALTH_KNOWN, .drop_unreachable = true};
	struct instance before = {
		.id = "a", .state = INSTANCE_SERVING, .health = ALIVE};
	struct instance now = {.id = "a"};
	struct health_input input = {.task = TASK_LOST, .before = &before};
	struct app draft = {.key = {"/a", "marathon"}, .instances = &now,
		.instance_count = 1};

	health_judge(&policy, false, &draft, &input, &now);
	assert(now.state == INSTANCE_UNREACHABLE);
	policy.drop_unreachable = false;
	now = (struct instance){.id = "a"};
	health_judge(&policy, false, &draft, &input, &now);
	assert(now.state == INSTANCE_SERVING && now.lost);
}

TEST(results_are_counted_by_the_mode)
{
	struct health_policy known = {.mode = HEALTH_KNOWN};
	struct health_policy any = {.mode = HEALTH_ANY};
	struct health_policy all = {.mode = HEALTH_ALL};

	assert(health_of_results(&known, 2, 0, 0) == UNKNOWN);
	assert(health_of_results(&known, 2, 1, 1) == DEAD);
	assert(health_of_results(&any, 2, 1, 1) == ALIVE);
	assert(health_of_results(&all, 2, 1, 0) == UNKNOWN);
	assert(health_of_results(&all, 2, 2, 0) == ALIVE);
	assert(health_of_results(&all, 2, 1, 1) == DEAD);
}
