/* SPDX-License-Identifier: MIT */
#include "fs/hook.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fetch/cleanup.h"
#include "fetch/clock.h"
#include "fs/haproxy.h"
#include "fs/log.h"

enum {
	GRACE_MS = 2000, /* between SIGTERM and SIGKILL */
	RETRY_MS = 1000,
	RETRY_MAX_MS = 60000,
	STABLE_MS = 60000, /* a haproxy that ran so long may start at once */
	LOOK_MS = 50,	   /* without a pidfd */
};

/* What a run is told, beside our own environment. */
static const char *const variables[] = {
	"MMSDFS_VIEW=", "MMSDFS_PATH=", "MMSDFS_GENERATION=", "MMSDFS_REASON="};

enum { VARIABLES = sizeof(variables) / sizeof(variables[0]) };

/* The protocol of the service manager is ours alone. */
static const char *const private_variables[] = {
	"NOTIFY_SOCKET=", "WATCHDOG_", "LISTEN_"};

int hook_init(struct hook *hook, const struct hook_settings *settings)
{
	*hook = (struct hook){
		.settings = *settings,
		.report = {.view = settings->view, .command = settings->shown},
		.child = CHILD_NONE,
		.haproxy = {.fd = -1},
	};
	return output_init(&hook->output, settings->view);
}

static void haproxy_forget(struct hook *hook)
{
	if (hook->haproxy.fd >= 0)
		close(hook->haproxy.fd);
	hook->haproxy.pid = 0;
	hook->haproxy.fd = -1;
}

void hook_done(struct hook *hook)
{
	haproxy_forget(hook);
	output_done(&hook->output);
}

void hook_change(struct hook *hook, uint64_t generation)
{
	hook->generation = generation;
	hook->wanted = true;
}

static bool is_running(const struct hook *hook)
{
	return hook->child.pid != 0;
}

bool hook_is_busy(const struct hook *hook)
{
	return hook->wanted || is_running(hook);
}

static int64_t longer(int64_t delay)
{
	if (delay == 0)
		return RETRY_MS;
	return delay * 2 < RETRY_MAX_MS ? delay * 2 : RETRY_MAX_MS;
}

/* Up to a quarter more, so that many machines do not keep step. */
static int64_t jittered(int64_t delay)
{
	return delay + (int64_t)arc4random_uniform((uint32_t)(delay / 4 + 1));
}

static bool begins_with(
	const char *text, const char *const *heads, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strncmp(text, heads[i], strlen(heads[i])) == 0)
			return true;
	return false;
}

/* The texts of our own variables for one run. */
struct environment {
	char *made[VARIABLES];
	char **all; /* ended by NULL; borrowed texts, of ours and of made */
};

static void environment_done(struct environment *environment)
{
	for (size_t i = 0; i < VARIABLES; i++)
		free(environment->made[i]);
	free(environment->all);
}

static int environment_make(
	const struct hook *hook, const char *reason, struct environment *ret)
{
	size_t size = VARIABLES + 1, count = 0;
	char generation[24];
	const char *values[VARIABLES] = {
		hook->settings.view, hook->settings.path, generation, reason};

	for (char **variable = environ; *variable; variable++)
		size++;
	snprintf(generation, sizeof(generation), "%llu",
		(unsigned long long)hook->generation);
	ret->all = calloc(size, sizeof(ret->all[0]));
	if (!ret->all)
		return -ENOMEM;
	for (size_t i = 0; i < VARIABLES; i++) {
		if (asprintf(&ret->made[i], "%s%s", variables[i], values[i]) <
			0) {
			ret->made[i] = NULL;
			return -ENOMEM;
		}
		ret->all[count++] = ret->made[i];
	}
	for (char **variable = environ; *variable; variable++)
		if (!begins_with(*variable, variables, VARIABLES) &&
			!begins_with(*variable, private_variables,
				sizeof(private_variables) /
					sizeof(private_variables[0])))
			ret->all[count++] = *variable;
	return 0;
}

static int start(struct hook *hook, const char *reason)
{
	const struct hook_settings *settings = &hook->settings;
	struct environment environment = {.all = NULL};
	const struct words *command = settings->first.list && !hook->succeeded
		? &settings->first
		: &settings->command;
	struct child_settings child = {
		.program = settings->program ? settings->program
					     : command->list[0],
		.words = command->list,
		.output = hook->output.write_end,
	};
	int r;

	r = environment_make(hook, reason, &environment);
	child.environment = environment.all;
	if (r == 0)
		r = child_start(&hook->child, &child);
	environment_done(&environment);
	return r;
}

/* A haproxy that is there is watched from now on. */
static void haproxy_watch(struct hook *hook)
{
	pid_t pids[HAPROXY_PIDS_MAX];

	haproxy_forget(hook);
	if (!hook->settings.pidfile ||
		haproxy_pids(hook->settings.pidfile, hook->settings.haproxy,
			pids) == 0)
		return;
	/* The number is looked at again once the pidfd holds it. */
	hook->haproxy.pid = pids[0];
	hook->haproxy.fd = (int)syscall(SYS_pidfd_open, pids[0], 0);
}

static void note_failure(struct hook *hook)
{
	struct status_hook *report = &hook->report;

	report->failures++;
	if (!report->failing_since) {
		report->failing_since = clock_unix_ms();
		log_warn("%s: '%s': %s; it is tried again", report->view,
			report->command, report->last_exit);
	} else {
		log_debug("%s: '%s': %s", report->view, report->command,
			report->last_exit);
	}
	hook->delay = longer(hook->delay);
	hook->retry_at = clock_now_ms() + jittered(hook->delay);
}

static void note_success(struct hook *hook)
{
	struct status_hook *report = &hook->report;
	int64_t now = clock_unix_ms();

	if (report->failing_since)
		log_info("%s: '%s': works again after %lld s", report->view,
			report->command,
			(long long)((now - report->failing_since) / 1000));
	report->failing_since = 0;
	report->last_success = now;
	hook->succeeded = true;
	hook->delay = 0;
	hook->retry_at = 0;
}

/* What became of a run; words are in the report already. */
static void finish(struct hook *hook, bool good)
{
	hook->report.runs++;
	hook->report.running_since = 0;
	hook->kill_at = 0;
	hook->late = false;
	if (good)
		note_success(hook);
	else
		note_failure(hook);
	haproxy_watch(hook);
}

static const char *reason_of(const struct hook *hook)
{
	if (!hook->begun)
		return "start";
	return hook->wanted ? "change" : "retry";
}

static void begin(struct hook *hook)
{
	const char *reason = reason_of(hook);
	int r;

	output_begin(&hook->output);
	hook->begun_at = clock_now_ms();
	hook->report.running_since = clock_unix_ms();
	r = start(hook, reason);
	hook->begun = true;
	hook->wanted = false;
	hook->retry_at = 0;
	if (r == 0) {
		log_debug("%s: runs '%s' (%s)", hook->report.view,
			hook->report.command, reason);
		hook->term_at = hook->begun_at + hook->settings.timeout_ms;
		return;
	}
	snprintf(hook->report.last_exit, sizeof(hook->report.last_exit),
		"cannot be executed: %s", strerror(-r));
	finish(hook, false);
}

/* "no end within 30000 ms: killed by SIGTERM: the last line of its output" */
static void put_words(struct hook *hook, int status)
{
	const char *last = status == 0 ? "" : hook->output.last;
	char how[64], late[48] = "";

	child_words(status, how, sizeof(how));
	if (hook->late)
		snprintf(late, sizeof(late),
			"no end within %u ms: ", hook->settings.timeout_ms);
	snprintf(hook->report.last_exit, sizeof(hook->report.last_exit),
		"%s%s%s%s", late, how, *last ? ": " : "", last);
}

static int collect(struct hook *hook)
{
	int status;

	/* Before its group can lose its number. */
	if (hook->kill_at)
		child_signal(&hook->child, SIGKILL);
	status = child_reap(&hook->child);
	output_end(&hook->output);
	return status;
}

static void reap(struct hook *hook)
{
	int status = collect(hook);

	put_words(hook, status);
	finish(hook, status == 0 && !hook->late);
}

static void ask_to_end(struct hook *hook, int64_t now)
{
	child_signal(&hook->child, SIGTERM);
	hook->kill_at = now + GRACE_MS;
}

static void press(struct hook *hook, int64_t now)
{
	if (!hook->kill_at && now >= hook->term_at) {
		hook->late = true;
		ask_to_end(hook, now);
	} else if (hook->kill_at && now >= hook->kill_at) {
		child_signal(&hook->child, SIGKILL);
		hook->kill_at = now + GRACE_MS;
	}
}

static void note_death(struct hook *hook, int64_t now)
{
	struct status_hook *report = &hook->report;

	log_warn("%s: haproxy has died; it is started again", report->view);
	report->deaths++;
	if (!report->failing_since)
		report->failing_since = clock_unix_ms();
	snprintf(report->last_exit, sizeof(report->last_exit),
		"haproxy has died");
	if (now - hook->begun_at >= STABLE_MS)
		hook->death_delay = 0;
	hook->retry_at = now + jittered(hook->death_delay);
	hook->death_delay = longer(hook->death_delay);
}

/* While a run replaces it, its end is no news. */
static void look_after_haproxy(struct hook *hook)
{
	if (!hook->settings.pidfile || !hook->succeeded || is_running(hook))
		return;
	if (hook->haproxy.pid &&
		haproxy_lives(hook->haproxy.pid, hook->settings.haproxy))
		return;
	haproxy_forget(hook);
	if (!hook->retry_at)
		note_death(hook, clock_now_ms());
}

/* INT64_MAX: never, as it is. */
static int64_t due_at(const struct hook *hook)
{
	int64_t at = hook->retry_at ? hook->retry_at : INT64_MAX;
	int64_t earliest =
		hook->begun ? hook->begun_at + hook->settings.interval_ms : 0;

	if (hook->wanted)
		at = 0;
	return at > earliest ? at : earliest;
}

static int time_left(int64_t deadline)
{
	int64_t left = deadline - clock_now_ms();

	if (deadline == INT64_MAX)
		return -1;
	return left > 0 ? (int)left : 0;
}

static int earlier(int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

static int patience(const struct hook *hook)
{
	int wait;

	if (is_running(hook))
		wait = time_left(hook->kill_at ? hook->kill_at : hook->term_at);
	else
		wait = time_left(due_at(hook));
	if ((is_running(hook) && hook->child.fd < 0) ||
		(hook->haproxy.pid && hook->haproxy.fd < 0))
		wait = earlier(wait, LOOK_MS);
	return wait;
}

int hook_turn(struct hook *hook)
{
	int64_t now = clock_now_ms();

	output_read(&hook->output);
	if (is_running(hook)) {
		if (child_has_ended(&hook->child))
			reap(hook);
		else
			press(hook, now);
	}
	look_after_haproxy(hook);
	if (!is_running(hook) && clock_now_ms() >= due_at(hook))
		begin(hook);
	return patience(hook);
}

void hook_poll(const struct hook *hook, struct pollfd ret[HOOK_POLLS])
{
	ret[0] = (struct pollfd){.fd = hook->output.read_end, .events = POLLIN};
	ret[1] = (struct pollfd){.fd = hook->child.fd, .events = POLLIN};
	ret[2] = (struct pollfd){.fd = is_running(hook) ? -1 : hook->haproxy.fd,
		.events = POLLIN};
}

bool hook_end(struct hook *hook)
{
	int64_t now = clock_now_ms();

	hook->wanted = false;
	hook->retry_at = 0;
	if (!is_running(hook))
		return true;
	output_read(&hook->output);
	if (child_has_ended(&hook->child)) {
		collect(hook);
		return true;
	}
	if (!hook->kill_at && !hook->settings.pidfile)
		ask_to_end(hook, now);
	if (!hook->kill_at && hook->term_at > now + GRACE_MS)
		hook->term_at = now + GRACE_MS;
	press(hook, now);
	return false;
}
