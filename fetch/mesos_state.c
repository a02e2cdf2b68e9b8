/* SPDX-License-Identifier: MIT */
#include "fetch/mesos_state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fetch/arena.h"
#include "fetch/mesos_json.h"
#include "fetch/mesos_name.h"
#include "fetch/skim.h"
#include "fetch/walk.h"

/* Where in the document we are. */
enum part { ELSEWHERE, AGENTS, FRAMEWORKS, ENDED_FRAMEWORKS, LEADER_INFO };

struct mesos_state {
	struct mesos_state_settings settings;
	const struct mesos_tasks *before;
	struct walk *walk;
	struct mesos_parser *parser;
	struct mesos_master master;
	struct mesos_tasks *tasks;
	bool enough, has_frameworks;

	struct arena arena; /* of agents */
	struct mesos_agent *agents;
	size_t agent_count, agent_space;
	uint32_t *agent_slots; /* by id: the index, plus one; or NULL */
	size_t agent_mask;
	uint64_t agents_print; /* of all, in any order */

	enum part part;
	char *text;      /* of the document, where what is taken goes */
	size_t text_size;
	bool in_ended;   /* in completed_tasks, not in tasks */
	bool named;      /* the framework is; and it is wanted: */
	bool wanted;
	char framework[MESOS_NAME_MAX + 1];
	uint64_t framework_print;
	size_t bad;
	struct why first_bad;
};

static uint64_t print_of(const char *bytes, size_t length)
{
	const struct skim whole = {.end = length};

	return skim_fingerprint(&whole, bytes);
}

static uint64_t mix(uint64_t a, uint64_t b)
{
	const uint64_t both[] = {a, b};

	return print_of((const char *)both, sizeof(both));
}

static enum walk_verdict see_top(struct mesos_state *state, const char *key)
{
	static const struct {
		const char *key;
		enum part part;
		bool tasks; /* only where these are wanted */
	} parts[] = {
		{"slaves", AGENTS, true},
		{"frameworks", FRAMEWORKS, true},
		{"completed_frameworks", ENDED_FRAMEWORKS, true},
		{"leader_info", LEADER_INFO, false},
	};
	static const struct {
		const char *key;
		size_t offset, size;
	} texts[] = {
#define TEXT(key, field)                                                       \
	{key, offsetof(struct mesos_master, field),                            \
		sizeof(((struct mesos_master *)NULL)->field)}
		TEXT("pid", place),
		TEXT("leader", leader),
		TEXT("version", version),
#undef TEXT
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strcmp(key, parts[i].key) == 0) {
			if (parts[i].tasks && !state->settings.tasks)
				return WALK_PASS;
			state->part = parts[i].part;
			state->has_frameworks |= state->part == FRAMEWORKS;
			return WALK_ENTER;
		}
	state->part = ELSEWHERE;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(key, texts[i].key) == 0) {
			state->text = (char *)&state->master + texts[i].offset;
			state->text_size = texts[i].size;
			return WALK_TAKE;
		}
	return WALK_PASS;
}

/* An agent, a framework, or a member of who leads. */
static enum walk_verdict see_element(
	struct mesos_state *state, const char *key)
{
	if (state->part == LEADER_INFO && key
		&& strcmp(key, "hostname") == 0) {
		state->text = state->master.leader_name;
		state->text_size = sizeof(state->master.leader_name);
		return WALK_TAKE;
	}
	if (key || state->part == LEADER_INFO)
		return WALK_PASS;
	if (state->part == AGENTS)
		return WALK_TAKE;
	state->named = false;
	state->wanted = false;
	return WALK_ENTER;
}

/* A member of a framework. */
static enum walk_verdict see_member(struct mesos_state *state, const char *key)
{
	if (!key)
		return WALK_PASS;
	if (strcmp(key, "name") == 0 && state->part == FRAMEWORKS)
		return WALK_TAKE;
	state->in_ended = strcmp(key, "completed_tasks") == 0;
	if (state->in_ended)
		return WALK_ENTER;
	if (strcmp(key, "tasks") == 0 && state->part == FRAMEWORKS
		&& (state->wanted || !state->named))
		return WALK_ENTER;
	return WALK_PASS;
}

static enum walk_verdict on_value(
	void *context, unsigned depth, const char *key)
{
	struct mesos_state *state = context;

	switch (depth) {
	case 1:
		return see_top(state, key ? key : "");
	case 2:
		return see_element(state, key);
	case 3:
		return see_member(state, key);
	case 4:
		return state->in_ended ? WALK_ENTER : WALK_TAKE;
	default:
		return key && strcmp(key, "id") == 0 ? WALK_TAKE : WALK_PASS;
	}
}

static int take_text(struct mesos_state *state, const char *bytes,
	size_t length, struct why *why)
{
	const char *text, *place;
	int r;

	r = mesos_text_from_json(state->parser, bytes, length, &text, why);
	if (r < 0)
		return r;
	place = mesos_place(text);
	snprintf(state->text, state->text_size, "%s",
		place ? place : text ? text : "");
	state->enough = !state->settings.tasks && state->master.place[0]
		&& state->master.leader[0] && state->master.leader_name[0];
	return state->enough ? -ECANCELED : 0;
}

static uint32_t *agent_slot(const struct mesos_state *state, const char *id)
{
	size_t slot = (size_t)print_of(id, strlen(id));

	for (;; slot++) {
		uint32_t *found = &state->agent_slots[slot & state->agent_mask];

		if (*found == 0
			|| strcmp(state->agents[*found - 1].id, id) == 0)
			return found;
	}
}

/* Twice as much, and all of them find their places anew. */
static int grow_agents(struct mesos_state *state)
{
	size_t space = state->agent_space ? state->agent_space * 2 : 256;
	struct mesos_agent *larger;
	uint32_t *slots;

	larger = reallocarray(state->agents, space, sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	state->agents = larger;
	slots = calloc(space * 2, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	free(state->agent_slots);
	state->agent_slots = slots;
	state->agent_mask = space * 2 - 1;
	state->agent_space = space;
	for (size_t i = 0; i < state->agent_count; i++)
		*agent_slot(state, state->agents[i].id) = (uint32_t)i + 1;
	return 0;
}

static int keep_text(struct mesos_state *state, const char **text)
{
	size_t size = strlen(*text) + 1;
	char *copy = arena_take(&state->arena, size, 1);

	if (!copy)
		return -ENOMEM;
	*text = memcpy(copy, *text, size);
	return 0;
}

static void note_bad(struct mesos_state *state, const struct why *why)
{
	if (state->bad++ == 0)
		state->first_bad = *why;
}

static int take_agent(struct mesos_state *state, const char *bytes,
	size_t length, struct why *why)
{
	struct mesos_agent agent;
	struct why words;
	uint32_t *slot;
	uint64_t print;
	int r;

	r = mesos_agent_from_json(
		state->parser, bytes, length, &agent, &words);
	if (r == -EBADMSG) {
		note_bad(state, &words);
		return 0;
	}
	if (r == 0 && state->agent_count == MESOS_AGENTS_MAX)
		return why_set(why, -E2BIG, "more than %d agents",
			MESOS_AGENTS_MAX);
	if (r == 0 && state->agent_count == state->agent_space)
		r = grow_agents(state);
	if (r < 0)
		return r;
	slot = agent_slot(state, agent.id);
	if (*slot)
		return 0;
	if (keep_text(state, &agent.id) < 0 || keep_text(state, &agent.name) < 0
		|| keep_text(state, &agent.address) < 0)
		return -ENOMEM;
	print = mix(print_of(agent.id, strlen(agent.id)),
		print_of(agent.name, strlen(agent.name)));
	state->agents_print += mix(
		print, print_of(agent.address, strlen(agent.address)));
	state->agents[state->agent_count++] = agent;
	*slot = (uint32_t)state->agent_count;
	return 0;
}

static const struct mesos_agent *find_agent(void *context, const char *id)
{
	const struct mesos_state *state = context;
	const uint32_t *slot;

	if (!state->agent_slots)
		return NULL;
	slot = agent_slot(state, id);
	return *slot ? &state->agents[*slot - 1] : NULL;
}

static bool is_wanted(const struct mesos_state *state, const char *name)
{
	const struct mesos_state_settings *settings = &state->settings;

	if (settings->others && mesos_name_matches(settings->others, name))
		return false;
	return !settings->frameworks
		|| mesos_name_matches(settings->frameworks, name);
}

static int take_name(struct mesos_state *state, const char *bytes,
	size_t length, struct why *why)
{
	const char *name;
	struct why words;
	int r;

	r = mesos_text_from_json(state->parser, bytes, length, &name, why);
	if (r < 0)
		return r;
	state->named = true;
	if (!name || !is_wanted(state, name))
		return 0;
	if (mesos_name(name, state->framework) < 0) {
		why_set(&words, 0,
			"of the framework's name '%.64s' no id can be made",
			name);
		note_bad(state, &words);
		return 0;
	}
	state->wanted = true;
	state->framework_print =
		print_of(state->framework, strlen(state->framework));
	return 0;
}

static int parse_task(struct mesos_state *state, const char *bytes,
	size_t length, uint64_t print, struct app **ret)
{
	const struct mesos_task_context context = {
		.framework = state->framework,
		.fingerprint = print,
		.agent = find_agent,
		.context = state,
	};
	struct why words;
	int r;

	r = mesos_task_from_json(
		state->parser, bytes, length, &context, ret, &words);
	if (r != -EBADMSG)
		return r;
	note_bad(state, &words);
	return 1;
}

static int take_task(struct mesos_state *state, const char *bytes,
	size_t length, struct why *why)
{
	uint64_t print;
	struct app *app = NULL;
	int r = 0;

	if (!state->named)
		return why_set(why, -EBADMSG,
			"a framework's tasks stand in front of its name");
	print = mix(print_of(bytes, length),
		mix(state->agents_print, state->framework_print));
	if (state->before
		&& mesos_tasks_find(state->before, print,
			mesos_tasks_count(state->tasks), &app))
		app = app ? app_ref(app) : NULL;
	else
		r = parse_task(state, bytes, length, print, &app);
	/* What is bad is looked at again, to be counted again. */
	if (r != 0)
		return r < 0 ? r : 0;
	r = mesos_tasks_add(state->tasks, print, app);
	return r == -E2BIG ? why_set(why, r, "more than %d tasks",
				     MESOS_TASKS_MAX)
			   : r;
}

static int take_ended(struct mesos_state *state, const char *bytes,
	size_t length, struct why *why)
{
	const char *id;
	int r;

	r = mesos_text_from_json(state->parser, bytes, length, &id, why);
	return r < 0 || !id ? r : mesos_tasks_add_ended(state->tasks, id);
}

static int on_take(void *context, unsigned depth, const char *bytes,
	size_t length, struct why *why)
{
	struct mesos_state *state = context;

	switch (depth) {
	case 1:
		return take_text(state, bytes, length, why);
	case 2:
		return state->part == AGENTS
			? take_agent(state, bytes, length, why)
			: take_text(state, bytes, length, why);
	case 3:
		return take_name(state, bytes, length, why);
	case 4:
		return take_task(state, bytes, length, why);
	default:
		return take_ended(state, bytes, length, why);
	}
}

int mesos_state_new(const struct mesos_state_settings *settings,
	const struct mesos_tasks *before, struct mesos_state **ret)
{
	CLEANUP(mesos_state_free) struct mesos_state *state = NULL;
	struct walk_reader reader = {.value = on_value, .take = on_take};
	int r;

	state = calloc(1, sizeof(*state));
	if (!state)
		return -ENOMEM;
	state->settings = *settings;
	state->before = before;
	reader.context = state;
	r = walk_new(&reader, &state->walk);
	if (r == 0)
		r = mesos_parser_new(settings->reader, &state->parser);
	if (r == 0)
		r = mesos_tasks_new(&state->tasks);
	if (r < 0)
		return r;
	*ret = take_ptr(&state);
	return 0;
}

void mesos_state_free(struct mesos_state *state)
{
	if (!state)
		return;
	walk_free(state->walk);
	mesos_parser_free(state->parser);
	mesos_tasks_free(state->tasks);
	free(state->agents);
	free(state->agent_slots);
	arena_done(&state->arena);
	free(state);
}

int mesos_state_feed(struct mesos_state *state, const char *bytes,
	size_t length, struct why *why)
{
	int r = walk_feed(state->walk, bytes, length, why);

	return r == -ENOMEM ? why_set(why, r, "out of memory") : r;
}

int mesos_state_end(struct mesos_state *state, struct why *why)
{
	if (!state->enough && !walk_is_complete(state->walk))
		return why_set(why, -EBADMSG, "the state ends too early");
	if (!state->master.leader[0])
		return why_set(why, -EBADMSG, "no master leads");
	if (state->settings.tasks && !state->has_frameworks)
		return why_set(
			why, -EBADMSG, "a state without \"frameworks\"");
	return mesos_tasks_finish(state->tasks) < 0
		? why_set(why, -ENOMEM, "out of memory")
		: 0;
}

const struct mesos_master *mesos_state_master(const struct mesos_state *state)
{
	return &state->master;
}

size_t mesos_state_bad(
	const struct mesos_state *state, struct why *first_bad)
{
	*first_bad = state->first_bad;
	return state->bad;
}

struct mesos_tasks *mesos_state_take(struct mesos_state *state)
{
	return take_ptr(&state->tasks);
}
