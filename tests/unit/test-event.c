/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fetch/event_json.h"
#include "tests/unit/maker.h"

static const struct health_policy known = {.mode = HEALTH_KNOWN};

static struct event read_event(const char *text)
{
	struct event event;
	struct why why = {""};

	if (event_from_json("", text, strlen(text), &event, &why) < 0)
		printf("%s\n", why.text);
	assert(!why.text[0]);
	return event;
}

static void expect_kind(const char *text, enum event_kind kind)
{
	struct event event = read_event(text);

	if (event.kind != kind)
		printf("%s: %d\n", text, event.kind);
	assert(event.kind == kind);
	event_done(&event);
}

TEST(each_type_asks_for_what_it_should)
{
	expect_kind("{\"eventType\":\"event_stream_attached\"}",
		EVENT_ATTACHED);
	expect_kind("{\"eventType\":\"app_terminated_event\",\"appId\":\"/a\"}",
		EVENT_APP_GONE);
	expect_kind("{\"eventType\":\"api_post_event\",\"appDefinition\":"
		    "{\"id\":\"/a\"}}",
		EVENT_APP);
	expect_kind("{\"eventType\":\"instance_changed_event\","
		    "\"runSpecId\":\"/a\"}",
		EVENT_INSTANCE);
	expect_kind("{\"eventType\":\"scheduler_registered_event\"}",
		EVENT_ALL);
	expect_kind("{\"eventType\":\"group_change_success\"}",
		EVENT_LIST_SOON);
	expect_kind("{\"eventType\":\"nobody_knows_this\"}", EVENT_LIST_SOON);
	expect_kind("{\"eventType\":\"failed_health_check_event\"}",
		EVENT_NOTHING);
}

TEST(what_is_no_event_is_refused)
{
	static const char *const bad[] = {"", "x", "[]", "{\"eventType\":7}",
		"{\"eventType\":\"status_update_event\",\"appId\":7}",
		"{\"eventType\":\"status_update_event\"", "{} {}"};
	struct event event;
	struct why why;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert(event_from_json("", bad[i], strlen(bad[i]), &event, &why)
			< 0);
}

/* An app of version v with one instance "a.1" in that state. */
static struct app *app_in(enum instance_state state, bool checks)
{
	struct maker m;

	maker_begin(&m, "/a");
	m.app.version = "v";
	maker_port(&m, 10000);
	if (checks)
		maker_check(&m, CHECK_TCP, NULL);
	maker_instance(&m, "host", 1000)->id = "a.1";
	m.instances[0].state = (uint8_t)state;
	return maker_done(&m);
}

/* The state of the task after the event, -1: it is gone, -2: no change. */
static int state_after(const struct app *app, const char *text,
	const char *task, const struct health_policy *policy)
{
	CLEANUP(app_unref) struct app *after = NULL;
	struct event event = read_event(text);
	const struct instance *instance;

	if (event.kind == EVENT_HEALTH)
		assert(app_after_health(app, &event, policy, &after) == 0);
	else
		assert(app_after_event(app, &event, policy, &after) == 0);
	event_done(&event);
	if (!after)
		return -2;
	instance = app_instance(after, task);
	return instance ? instance->state : -1;
}

#define STATUS(task, status, version)                                          \
	"{\"eventType\":\"status_update_event\",\"appId\":\"/a\",\"taskId\":\"" \
	task "\",\"taskStatus\":\"TASK_" status "\",\"host\":\"h\","           \
	"\"ports\":[5],\"version\":\"" version "\"}"

TEST(a_task_that_ends_leaves_and_one_that_is_being_killed_too)
{
	CLEANUP(app_unref) struct app *app = app_in(INSTANCE_SERVING, false);
	static const char *const ends[] = {STATUS("a.1", "FINISHED", "v"),
		STATUS("a.1", "FAILED", "v"), STATUS("a.1", "KILLED", "v"),
		STATUS("a.1", "ERROR", "v"), STATUS("a.1", "DROPPED", "v"),
		STATUS("a.1", "GONE", "v"),
		STATUS("a.1", "GONE_BY_OPERATOR", "v")};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		assert(state_after(app, ends[i], "a.1", &known) == -1);
	assert(state_after(app, STATUS("a.1", "KILLING", "v"), "a.1", &known)
		== INSTANCE_KILLING);
	assert(state_after(app, STATUS("a.2", "KILLED", "v"), "a.2", &known)
		== -2);
}

TEST(a_task_that_runs_serves_or_waits_for_its_check)
{
	CLEANUP(app_unref) struct app *plain = app_in(INSTANCE_SERVING, false);
	CLEANUP(app_unref) struct app *checked = app_in(INSTANCE_SERVING, true);
	struct health_policy ignore = {.mode = HEALTH_IGNORE};
	const char *running = STATUS("a.2", "RUNNING", "v");

	assert(state_after(plain, running, "a.2", &known) == INSTANCE_SERVING);
	assert(state_after(checked, running, "a.2", &known)
		== INSTANCE_WAITING);
	assert(state_after(checked, running, "a.2", &ignore)
		== INSTANCE_SERVING);
	/* Of another version its ports may mean something else. */
	assert(state_after(plain, STATUS("a.2", "RUNNING", "w"), "a.2", &known)
		== -2);
	assert(state_after(plain, STATUS("a.2", "STAGING", "v"), "a.2", &known)
		== -2);
}

TEST(an_old_event_does_not_bring_back_what_was_stopped)
{
	CLEANUP(app_unref) struct app *app = app_in(INSTANCE_KILLING, false);

	assert(state_after(app, STATUS("a.1", "RUNNING", "v"), "a.1", &known)
		== -2);
}

TEST(what_is_lost_stays_unless_it_is_to_be_dropped)
{
	CLEANUP(app_unref) struct app *app = app_in(INSTANCE_SERVING, false);
	struct health_policy drop = {HEALTH_KNOWN, true};
	const char *lost = STATUS("a.1", "UNREACHABLE", "v");

	assert(state_after(app, lost, "a.1", &known) == -2);
	assert(state_after(app, lost, "a.1", &drop) == INSTANCE_UNREACHABLE);
}

#define HEALTH(key, id, alive)                                                 \
	"{\"eventType\":\"health_status_changed_event\",\"appId\":\"/a\",\"" key \
	"\":\"" id "\",\"alive\":" alive "}"

TEST(the_only_check_that_passes_puts_its_instance_in)
{
	CLEANUP(app_unref) struct app *waits = app_in(INSTANCE_WAITING, true);
	CLEANUP(app_unref) struct app *serves = app_in(INSTANCE_SERVING, true);
	CLEANUP(app_unref) struct app *killed = app_in(INSTANCE_KILLING, true);

	assert(state_after(waits, HEALTH("taskId", "a.1", "true"), "a.1",
		       &known)
		== INSTANCE_SERVING);
	/* From 1.4 it names the instance, without the end of the task's id. */
	assert(state_after(waits, HEALTH("instanceId", "a", "true"), "a.1",
		       &known)
		== INSTANCE_SERVING);
	assert(state_after(waits, HEALTH("instanceId", "a.11", "true"), "a.1",
		       &known)
		== -2);
	assert(state_after(serves, HEALTH("taskId", "a.1", "false"), "a.1",
		       &known)
		== -2);
	assert(state_after(killed, HEALTH("taskId", "a.1", "true"), "a.1",
		       &known)
		== -2);
}

TEST(one_of_two_checks_says_nothing_by_itself)
{
	CLEANUP(app_unref) struct app *app = NULL;
	struct maker m;

	maker_begin(&m, "/a");
	maker_port(&m, 10000);
	maker_check(&m, CHECK_TCP, NULL);
	maker_check(&m, CHECK_HTTP, "/");
	maker_instance(&m, "host", 1000)->id = "a.1";
	m.instances[0].state = INSTANCE_WAITING;
	app = maker_done(&m);
	assert(state_after(app, HEALTH("taskId", "a.1", "true"), "a.1", &known)
		== -2);
}
