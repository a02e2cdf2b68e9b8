/* SPDX-License-Identifier: MIT */
#include "fetch/health.h"

enum instance_health health_of_results(const struct health_policy *policy,
	uint32_t check_count, uint32_t alive, uint32_t dead)
{
	if (policy->mode == HEALTH_ANY && alive > 0)
		return HEALTH_ALIVE;
	if (dead > 0)
		return HEALTH_DEAD;
	if (policy->mode == HEALTH_ALL && alive < check_count)
		return HEALTH_UNKNOWN;
	return alive > 0 ? HEALTH_ALIVE : HEALTH_UNKNOWN;
}

/* What the whole app tells about each of its instances. */
struct judge {
	const struct health_policy *policy;
	bool unchecked; /* it has no checks, or they do not matter */
	bool trust;     /* what has no result is taken to be well */
};

static enum instance_state judge_running(const struct judge *judge,
	const struct instance *before, const struct instance *instance)
{
	if (judge->policy->mode == HEALTH_IGNORE)
		return INSTANCE_SERVING;
	if (instance->health == HEALTH_DEAD)
		return INSTANCE_UNHEALTHY;
	if (instance->health == HEALTH_ALIVE || judge->unchecked)
		return INSTANCE_SERVING;
	if (before && before->health == HEALTH_DEAD)
		return INSTANCE_UNHEALTHY;
	if (before && before->health == HEALTH_ALIVE)
		return INSTANCE_SERVING;
	if (before && before->state == INSTANCE_SERVING)
		return INSTANCE_SERVING;
	return judge->trust ? INSTANCE_SERVING : INSTANCE_WAITING;
}

/* Whether something out of sight was running when it was last seen. */
static bool ever_ran(
	const struct instance *before, const struct instance *instance)
{
	if (!before)
		return instance->started != NULL;
	switch ((enum instance_state)before->state) {
	case INSTANCE_SERVING:
	case INSTANCE_WAITING:
	case INSTANCE_UNHEALTHY:
		return true;
	case INSTANCE_STARTING:
		/* It may have run between two looks. */
		return instance->started != NULL;
	case INSTANCE_KILLING:
	case INSTANCE_UNREACHABLE:
	case INSTANCE_ENDED:
		return false;
	}
	return false;
}

static enum instance_state judge_state(const struct judge *judge,
	const struct health_input *input, const struct instance *instance)
{
	switch (input->task) {
	case TASK_STARTING:
		return INSTANCE_STARTING;
	case TASK_RUNNING:
		return judge_running(judge, input->before, instance);
	case TASK_KILLING:
		return INSTANCE_KILLING;
	case TASK_LOST:
		if (judge->policy->drop_unreachable
			|| !ever_ran(input->before, instance))
			return INSTANCE_UNREACHABLE;
		return judge_running(judge, input->before, instance);
	case TASK_ENDED:
		return INSTANCE_ENDED;
	}
	return INSTANCE_ENDED;
}

static bool no_results(const struct app *draft)
{
	for (uint32_t i = 0; i < draft->instance_count; i++)
		if (draft->instances[i].health != HEALTH_UNKNOWN)
			return false;
	return true;
}

void health_judge(const struct health_policy *policy, bool first,
	const struct app *draft, const struct health_input *inputs,
	struct instance *instances)
{
	struct judge judge = {
		.policy = policy,
		.unchecked = draft->check_count == 0,
		.trust = first && no_results(draft),
	};

	for (uint32_t i = 0; i < draft->instance_count; i++) {
		struct instance *instance = &instances[i];
		const struct instance *before = inputs[i].before;
		enum instance_state state =
			judge_state(&judge, &inputs[i], instance);

		instance->lost = inputs[i].task == TASK_LOST
			&& state == INSTANCE_SERVING;
		instance->state = (uint8_t)state;
		if (before && instance->health == HEALTH_UNKNOWN
			&& draft->check_count > 0)
			instance->health = before->health;
	}
}
