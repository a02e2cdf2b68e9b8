/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fs/hook.h"
#include "fs/log.h"

enum { PATIENCE_MS = 60000 };

/* A hook with the command text, as fs/hooks.c has it. */
struct tried {
	struct hook_settings settings;
	struct hook hook;
};

static void try_begin(struct tried *tried, const char *text)
{
	log_open(LOG_LEVEL_ERROR, LOG_TARGET_STDERR);
	memset(tried, 0, sizeof(*tried));
	tried->settings = (struct hook_settings){
		.view = "services",
		.shown = text,
		.path = "/mnt/services",
		.timeout_ms = PATIENCE_MS,
	};
	assert(words_parse(text, &tried->settings.command, NULL) == 0);
	assert(hook_init(&tried->hook, &tried->settings) == 0);
}

static void pause_for(const struct hook *hook, int ms)
{
	struct pollfd polls[HOOK_POLLS];

	hook_poll(hook, polls);
	poll(polls, HOOK_POLLS, ms >= 0 ? ms : PATIENCE_MS);
}

static void try_end(struct tried *tried)
{
	while (!hook_end(&tried->hook))
		pause_for(&tried->hook, 10);
	hook_done(&tried->hook);
	words_done(&tried->settings.command);
}

static void until_runs(struct tried *tried, uint64_t runs)
{
	for (;;) {
		int wait = hook_turn(&tried->hook);

		if (tried->hook.report.runs >= runs)
			return;
		pause_for(&tried->hook, wait);
	}
}

/* Nothing is due, and nothing runs. */
static bool is_idle(struct tried *tried)
{
	return hook_turn(&tried->hook) < 0;
}

static bool says(const struct tried *tried, const char *words)
{
	const char *found = tried->hook.report.last_exit;

	if (strcmp(found, words) != 0)
		printf("  %s, not %s\n", found, words);
	return strcmp(found, words) == 0;
}

TEST(without_a_change_nothing_runs)
{
	struct tried tried;

	try_begin(&tried, "true");
	assert(is_idle(&tried));
	assert(tried.hook.report.runs == 0);
	try_end(&tried);
}

TEST(a_change_is_one_run)
{
	struct tried tried;

	try_begin(&tried, "true");
	hook_change(&tried.hook, 1);
	until_runs(&tried, 1);
	assert(is_idle(&tried));
	assert(tried.hook.report.failures == 0);
	assert(tried.hook.report.last_success > 0);
	assert(says(&tried, "exit status 0"));
	try_end(&tried);
}

TEST(changes_during_a_run_are_one_more_with_the_last)
{
	struct tried tried;

	try_begin(&tried, "sh:test $MMSDFS_GENERATION != 100 || exit 7");
	hook_change(&tried.hook, 1);
	assert(hook_turn(&tried.hook) >= 0);
	assert(tried.hook.child.pid > 0);
	for (uint64_t i = 2; i <= 100; i++)
		hook_change(&tried.hook, i);
	until_runs(&tried, 2);
	assert(says(&tried, "exit status 7"));
	assert(!tried.hook.wanted);
	try_end(&tried);
}

TEST(the_interval_is_between_two_beginnings)
{
	struct tried tried;
	int wait;

	try_begin(&tried, "true");
	tried.hook.settings.interval_ms = PATIENCE_MS;
	hook_change(&tried.hook, 1);
	until_runs(&tried, 1);
	hook_change(&tried.hook, 2);
	wait = hook_turn(&tried.hook);
	assert(wait > 0 && wait <= PATIENCE_MS);
	assert(tried.hook.child.pid == 0);
	try_end(&tried);
}

TEST(a_failure_is_tried_again_and_told_with_its_last_line)
{
	struct tried tried;

	try_begin(&tried,
		"sh:test $MMSDFS_REASON = retry && exit; echo a; echo b; exit "
		"3");
	hook_change(&tried.hook, 1);
	until_runs(&tried, 1);
	assert(says(&tried, "exit status 3: b"));
	assert(tried.hook.report.failing_since > 0);
	assert(!is_idle(&tried));
	until_runs(&tried, 2);
	assert(says(&tried, "exit status 0"));
	assert(tried.hook.report.failing_since == 0);
	assert(tried.hook.report.failures == 1);
	assert(is_idle(&tried));
	try_end(&tried);
}

TEST(a_program_that_is_missing_is_a_failure)
{
	struct tried tried;

	try_begin(&tried, "/nonexistent/program");
	hook_change(&tried.hook, 1);
	until_runs(&tried, 1);
	assert(says(&tried, "cannot be executed: No such file or directory"));
	assert(tried.hook.report.failures == 1);
	try_end(&tried);
}

TEST(what_takes_too_long_is_ended)
{
	struct tried tried;

	try_begin(&tried, "sleep 1000");
	tried.hook.settings.timeout_ms = 10;
	hook_change(&tried.hook, 1);
	until_runs(&tried, 1);
	assert(says(&tried, "no end within 10 ms: killed by SIGTERM"));
	try_end(&tried);
}

TEST(what_succeeds_only_when_it_is_ended_has_failed)
{
	struct tried tried;

	try_begin(
		&tried, "sh:trap 'exit 0' TERM; while :; do sleep 0.01; done");
	tried.hook.settings.timeout_ms = 500;
	hook_change(&tried.hook, 1);
	until_runs(&tried, 1);
	assert(tried.hook.report.failures == 1);
	try_end(&tried);
}

TEST(the_end_ends_what_runs)
{
	struct tried tried;

	try_begin(&tried, "sleep 1000");
	hook_change(&tried.hook, 1);
	hook_turn(&tried.hook);
	assert(tried.hook.child.pid > 0);
	try_end(&tried);
	assert(tried.hook.child.pid == 0);
	assert(tried.hook.report.runs == 0);
}

TEST(a_first_command_is_run_until_one_has_succeeded)
{
	struct tried tried;

	try_begin(&tried, "sh:exit 5");
	assert(words_parse("true", &tried.hook.settings.first, NULL) == 0);
	hook_change(&tried.hook, 1);
	until_runs(&tried, 1);
	assert(says(&tried, "exit status 0"));
	hook_change(&tried.hook, 2);
	until_runs(&tried, 2);
	assert(says(&tried, "exit status 5"));
	words_done(&tried.hook.settings.first);
	try_end(&tried);
}
