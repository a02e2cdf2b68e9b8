/* SPDX-License-Identifier: MIT */
#include "fs/runtime.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fetch/clock.h"
#include "fs/haproxy_runtime.h"
#include "fs/log.h"
#include "fs/runtime_backends.h"

enum {
	TICK_MS = 1000,
	SOON_MS = 50,       /* between ticks after a reload was asked for */
	SOON_FOR_MS = 5000, /* so long */
	TIMEOUT_MS = 5000,  /* of one exchange */
};

struct runtime_update {
	struct backend_lines **items;
	size_t count, space;
	bool all;
	uint64_t number, structure;
	struct runtime_update *next; /* put later */
};

struct runtime {
	struct runtime_thread_settings settings;
	pthread_t thread;
	pthread_mutex_t lock; /* a leaf */
	pthread_cond_t changed;
	struct runtime_update *first, *last; /* by lock */
	struct status_runtime report;        /* by lock */
	bool stop;                           /* by lock */

	/* Of the thread alone. */
	struct haproxy_runtime *haproxy;
	struct runtime_backends backends;
	uint64_t number, structure;
	bool again;         /* everything is to be compared */
	int64_t soon_until; /* ticks come quicker */
	int64_t tick_at;
	struct status_runtime now;
};

int runtime_update_new(struct runtime_update **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void runtime_update_free(struct runtime_update *update)
{
	if (!update)
		return;
	for (size_t i = 0; i < update->count; i++)
		free(update->items[i]);
	free(update->items);
	free(update);
}

int runtime_update_add(void *context, const char *name, size_t name_length,
	const struct iovec *lines, size_t count)
{
	struct runtime_update *update = context;

	if (update->count == update->space) {
		size_t space = update->space ? update->space * 2 : 4;
		struct backend_lines **larger = reallocarray(
			update->items, space, sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		update->items = larger;
		update->space = space;
	}
	update->items[update->count] =
		backend_lines_new(name, name_length, lines, count);
	return update->items[update->count] ? (update->count++, 0) : -ENOMEM;
}

/* error: HAProxy cannot be reached, or 0. */
static void want_reload(struct runtime *runtime, int error, const char *reason)
{
	struct hooks *hooks = runtime->settings.hooks;

	runtime->soon_until = clock_now_ms() + SOON_FOR_MS;
	if (hooks && error < 0 && !hooks_revive(hooks, runtime->number))
		return;
	if (hooks && error >= 0)
		hooks_need(hooks, runtime->number);
	runtime->now.reloads++;
	snprintf(runtime->now.reason, sizeof(runtime->now.reason), "%.180s",
		reason);
	log_debug("haproxy is to be reloaded: %s", reason);
}

static void in_trouble(struct runtime *runtime, const char *words)
{
	struct status_runtime *now = &runtime->now;

	if (!now->since)
		now->since = clock_unix_ms();
	snprintf(now->why, sizeof(now->why), "%.180s", words);
}

static void out_of_trouble(struct runtime *runtime)
{
	runtime->now.since = 0;
	runtime->now.why[0] = '\0';
}

/*
 * Tells what has changed (or all there is). structure: a reload was asked for
 * anyway, what HAProxy cannot be told is in there.
 */
static void apply(struct runtime *runtime, bool all, bool structure)
{
	struct runtime_wanted wanted = {.backends = NULL};
	struct why why = {""};
	int r;

	r = runtime_backends_want(&runtime->backends, all,
		runtime->settings.defaults, &wanted);
	if (r == 0)
		r = haproxy_runtime_apply(runtime->haproxy, wanted.backends,
			wanted.count, &why);
	if (r == 0 && wanted.strange)
		r = why_set(&why, 1, "a server's line has quotes in it");
	if (r >= 0) {
		runtime->now.changes += wanted.count;
		runtime->again = false;
		runtime_backends_told(&runtime->backends);
		out_of_trouble(runtime);
	} else {
		runtime->again = true;
		runtime->now.failures++;
		in_trouble(runtime, why.text[0] ? why.text : strerror(-r));
	}
	if (r != 0 && !structure)
		want_reload(runtime, r,
			why.text[0] ? why.text : strerror(abs(r)));
	runtime_wanted_done(&wanted);
}

static void take(struct runtime *runtime, struct runtime_update *update)
{
	bool structure = update->structure != runtime->structure;

	runtime_backends_take(&runtime->backends, update->items, update->count,
		update->all);
	update->count = 0;
	if (update->number)
		runtime->number = update->number;
	runtime->structure = update->structure;
	if (structure)
		want_reload(runtime, 0, "more than servers has changed");
	apply(runtime, runtime->again, structure);
}

static void tick(struct runtime *runtime)
{
	struct why why = {""};
	int r = haproxy_runtime_tick(runtime->haproxy, &why);

	runtime->now.waiting = haproxy_runtime_waiting(runtime->haproxy);
	if (r > 0 || (r == 0 && runtime->again))
		apply(runtime, true, false);
	else if (r < 0)
		runtime->again = true;
	if (r < 0 && r != -EAGAIN)
		in_trouble(runtime, why.text);
}

/* Under the lock: until there is an update, or the next tick is due. */
static void wait_for_update(struct runtime *runtime)
{
	int64_t left = runtime->tick_at - clock_now_ms();
	struct timespec deadline;
	int r = 0;

	if (left <= 0)
		return;
	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += left / 1000;
	deadline.tv_nsec += left % 1000 * 1000000L;
	if (deadline.tv_nsec >= 1000000000) {
		deadline.tv_nsec -= 1000000000;
		deadline.tv_sec++;
	}
	while (r == 0 && !runtime->first && !runtime->stop)
		r = pthread_cond_timedwait(
			&runtime->changed, &runtime->lock, &deadline);
}

/* NULL: it is time for a tick, or to end. */
static struct runtime_update *next_update(struct runtime *runtime)
{
	struct runtime_update *update;

	pthread_mutex_lock(&runtime->lock);
	runtime->report = runtime->now;
	wait_for_update(runtime);
	update = runtime->first;
	if (update) {
		runtime->first = update->next;
		if (!runtime->first)
			runtime->last = NULL;
	}
	pthread_mutex_unlock(&runtime->lock);
	return update;
}

static bool is_stopped(struct runtime *runtime)
{
	bool stop;

	pthread_mutex_lock(&runtime->lock);
	stop = runtime->stop;
	pthread_mutex_unlock(&runtime->lock);
	return stop;
}

static void *runtime_run(void *argument)
{
	struct runtime *runtime = argument;

	while (!is_stopped(runtime)) {
		struct runtime_update *update = next_update(runtime);

		if (update) {
			take(runtime, update);
			runtime_update_free(update);
		}
		if (clock_now_ms() < runtime->tick_at)
			continue;
		if (runtime->structure)
			tick(runtime);
		runtime->tick_at = clock_now_ms()
			+ (clock_now_ms() < runtime->soon_until ? SOON_MS
								: TICK_MS);
	}
	return NULL;
}

int runtime_new(
	const struct runtime_thread_settings *settings, struct runtime **ret)
{
	struct runtime_settings haproxy = {
		.socket = settings->socket,
		.timeout_ms = TIMEOUT_MS,
		.shutdown_ms = (int)settings->drain_ms,
	};
	struct runtime *runtime = calloc(1, sizeof(*runtime));
	pthread_condattr_t monotonic;
	int r;

	if (!runtime)
		return -ENOMEM;
	runtime->settings = *settings;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&runtime->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&runtime->lock, NULL);
	r = haproxy_runtime_new(&haproxy, &runtime->haproxy);
	if (r == 0)
		r = -pthread_create(
			&runtime->thread, NULL, runtime_run, runtime);
	if (r < 0) {
		haproxy_runtime_free(runtime->haproxy);
		free(runtime);
		return r;
	}
	*ret = runtime;
	return 0;
}

void runtime_free(struct runtime *runtime)
{
	if (!runtime)
		return;
	pthread_mutex_lock(&runtime->lock);
	runtime->stop = true;
	pthread_cond_signal(&runtime->changed);
	pthread_mutex_unlock(&runtime->lock);
	pthread_join(runtime->thread, NULL);
	while (runtime->first) {
		struct runtime_update *update = runtime->first;

		runtime->first = update->next;
		runtime_update_free(update);
	}
	haproxy_runtime_free(runtime->haproxy);
	runtime_backends_done(&runtime->backends);
	pthread_cond_destroy(&runtime->changed);
	pthread_mutex_destroy(&runtime->lock);
	free(runtime);
}

void runtime_put(struct runtime *runtime, struct runtime_update *update,
	bool all, uint64_t number, uint64_t structure)
{
	update->all = all;
	update->number = number;
	update->structure = structure;
	update->next = NULL;
	pthread_mutex_lock(&runtime->lock);
	if (runtime->last)
		runtime->last->next = update;
	else
		runtime->first = update;
	runtime->last = update;
	pthread_cond_signal(&runtime->changed);
	pthread_mutex_unlock(&runtime->lock);
}

struct status_runtime runtime_report(struct runtime *runtime)
{
	struct status_runtime report = {.reason = ""};

	if (!runtime)
		return report;
	pthread_mutex_lock(&runtime->lock);
	report = runtime->report;
	pthread_mutex_unlock(&runtime->lock);
	return report;
}
