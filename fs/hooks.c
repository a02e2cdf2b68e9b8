/* SPDX-License-Identifier: MIT */
#include "fs/hooks.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "fetch/clock.h"
#include "fs/haproxy.h"
#include "fs/join.h"
#include "fs/log.h"
#include "fs/tree.h"
#include "fs/watcher.h"

/*
 * At the end: a manager of haproxy may finish, then SIGTERM, then SIGKILL. What
 * is left then hangs in the kernel.
 */
enum { END_MS = 8000 };

/* What other threads say to a hook, and what it says to them. */
struct slot {
	bool changed;		   /* by lock */
	uint64_t generation;	   /* by lock: the newest that was told */
	bool needed;		   /* by lock: a reload, with this version: */
	uint64_t needed_number;	   /* by lock */
	bool busy;		   /* by lock: a run waits, or is under way */
	struct status_hook report; /* by lock */
};

struct hooks {
	const struct hooks_settings *settings; /* constant */
	int claim; /* the pidfile is ours while it is open; -1: there is none */
	int wake;  /* eventfd */
	pthread_t thread;
	bool runs; /* the thread is there; of who starts and stops it */

	pthread_mutex_t lock; /* a leaf */
	bool stop;	      /* by lock */
	struct slot slots[HOOKS_MAX];

	struct hook hooks[HOOKS_MAX]; /* hooks thread only */
};

/* Takes over what other threads have said. False: it is to end. */
static bool take(struct hooks *hooks)
{
	eventfd_t ignored;
	bool stop;

	eventfd_read(hooks->wake, &ignored);
	pthread_mutex_lock(&hooks->lock);
	for (size_t i = 0; i < hooks->settings->count; i++) {
		struct slot *slot = &hooks->slots[i];

		if (slot->changed)
			hook_change(&hooks->hooks[i], slot->generation);
		slot->changed = false;
		slot->busy = hook_is_busy(&hooks->hooks[i]);
	}
	stop = hooks->stop;
	pthread_mutex_unlock(&hooks->lock);
	return !stop;
}

static void give_reports(struct hooks *hooks)
{
	pthread_mutex_lock(&hooks->lock);
	for (size_t i = 0; i < hooks->settings->count; i++) {
		hooks->slots[i].report = hooks->hooks[i].report;
		hooks->slots[i].busy = hook_is_busy(&hooks->hooks[i]);
	}
	pthread_mutex_unlock(&hooks->lock);
}

static void wait(struct hooks *hooks, int timeout)
{
	struct pollfd polls[1 + HOOKS_MAX * HOOK_POLLS];
	nfds_t count = 1;

	polls[0] = (struct pollfd){.fd = hooks->wake, .events = POLLIN};
	for (size_t i = 0; i < hooks->settings->count; i++) {
		hook_poll(&hooks->hooks[i], &polls[count]);
		count += HOOK_POLLS;
	}
	poll(polls, count, timeout);
}

static int turn(struct hooks *hooks)
{
	int timeout = -1;

	for (size_t i = 0; i < hooks->settings->count; i++) {
		int wait_ms = hook_turn(&hooks->hooks[i]);

		if (wait_ms >= 0 && (timeout < 0 || wait_ms < timeout))
			timeout = wait_ms;
	}
	give_reports(hooks);
	return timeout;
}

static void end(struct hooks *hooks)
{
	int64_t deadline = clock_now_ms() + END_MS;
	bool ended = false;

	while (!ended && clock_now_ms() < deadline) {
		ended = true;
		for (size_t i = 0; i < hooks->settings->count; i++)
			ended = hook_end(&hooks->hooks[i]) && ended;
		if (!ended)
			wait(hooks, 100);
	}
	if (!ended)
		log_error("a hook cannot be killed; ends without it");
}

static void *hooks_run(void *argument)
{
	struct hooks *hooks = argument;

	while (take(hooks))
		wait(hooks, turn(hooks));
	end(hooks);
	return NULL;
}

static int init(struct hooks *hooks, struct why *why)
{
	const struct hooks_settings *settings = hooks->settings;
	int r = 0;

	pthread_mutex_init(&hooks->lock, NULL);
	for (size_t i = 0; i < settings->count; i++) {
		int one = hook_init(&hooks->hooks[i], &settings->items[i]);

		hooks->slots[i].report = hooks->hooks[i].report;
		r = r < 0 ? r : one;
	}
	hooks->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (r == 0 && hooks->wake < 0)
		r = -errno;
	if (r < 0)
		return why_set(why, r, "cannot start the hooks");
	for (size_t i = 0; i < settings->count && r == 0; i++)
		if (settings->items[i].pidfile)
			r = haproxy_claim(
				settings->items[i].pidfile, &hooks->claim, why);
	return r;
}

int hooks_new(const struct hooks_settings *settings, struct hooks **ret,
	struct why *why)
{
	struct hooks *hooks;
	int r;

	hooks = calloc(1, sizeof(*hooks));
	if (!hooks)
		return why_set(why, -ENOMEM, "out of memory");
	hooks->settings = settings;
	hooks->claim = hooks->wake = -1;
	r = init(hooks, why);
	if (r == 0) {
		r = -pthread_create(&hooks->thread, NULL, hooks_run, hooks);
		hooks->runs = r == 0;
		if (r < 0)
			why_set(why, r, "cannot start the hooks");
	}
	if (r < 0) {
		hooks_free(hooks);
		return r;
	}
	*ret = hooks;
	return 0;
}

bool hooks_stop(struct hooks *hooks)
{

	if (!hooks || !hooks->runs)
		return true;
	pthread_mutex_lock(&hooks->lock);
	hooks->stop = true;
	pthread_mutex_unlock(&hooks->lock);
	eventfd_write(hooks->wake, 1);

	if (!join_in_time(hooks->thread))
		return false;
	hooks->runs = false;
	return true;
}

void hooks_free(struct hooks *hooks)
{
	if (!hooks)
		return;
	for (size_t i = 0; i < hooks->settings->count; i++)
		hook_done(&hooks->hooks[i]);
	if (hooks->claim >= 0)
		close(hooks->claim);
	if (hooks->wake >= 0)
		close(hooks->wake);
	pthread_mutex_destroy(&hooks->lock);
	free(hooks);
}

static bool is_services(
	const struct hooks *hooks, uint64_t directory, const char *name)
{
	return directory == hooks->settings->services_dir ||
		(directory == DIR_ROOT && strcmp(name, HOOK_SERVICES) == 0);
}

static bool is_map(const char *path)
{
	return strncmp(path, "haproxy/", 8) == 0;
}

/* It is run when the runtime asks, and not for each version. */
static bool is_asked(const struct hooks *hooks, size_t index)
{
	return hooks->settings->has_runtime && hooks->settings->reloads[index];
}

/* True: what is needed can be read by now. */
static bool take_need(struct slot *slot)
{
	if (!slot->needed || slot->generation == 0
		|| slot->generation < slot->needed_number)
		return false;
	slot->needed = false;
	slot->changed = true;
	return true;
}

/* Generations: of a view its node, of the directory a count of changes. */
static bool note_change(const struct hook_settings *settings, struct slot *slot,
	bool asked, bool services, const char *name, uint64_t number)
{
	bool of_services = strcmp(settings->view, HOOK_SERVICES) == 0;

	if (of_services != services)
		return false;
	if (asked) {
		/* A change of a map is never one of servers alone. */
		if (!is_map(name) && strcmp(settings->view, name) == 0)
			slot->generation = number;
		slot->needed |= is_map(name) && slot->generation != 0;
		return take_need(slot);
	}
	/* What haproxy.cfg refers to is read with it. */
	if (is_map(name) && strcmp(settings->view, "haproxy.cfg") == 0 &&
		slot->generation != 0) {
		slot->changed = true;
		return true;
	}
	if (!services && (number == 0 || strcmp(settings->view, name) != 0))
		return false;
	slot->generation = services ? slot->generation + 1 : number;
	slot->changed = true;
	return true;
}

void hooks_told(
	void *context, uint64_t directory, const char *name, uint64_t number)
{
	struct hooks *hooks = context;
	bool services = is_services(hooks, directory, name);
	char path[NAME_MAX + 16];
	bool changed = false;

	if (!services && directory != DIR_ROOT && directory != DIR_HAPROXY)
		return;
	snprintf(path, sizeof(path), "%s%s",
		directory == DIR_HAPROXY ? "haproxy/" : "", name);
	pthread_mutex_lock(&hooks->lock);
	for (size_t i = 0; i < hooks->settings->count; i++)
		if (note_change(&hooks->settings->items[i], &hooks->slots[i],
			    is_asked(hooks, i), services, path, number))
			changed = true;
	pthread_mutex_unlock(&hooks->lock);
	if (changed)
		eventfd_write(hooks->wake, 1);
}

int hooks_fd(const struct hooks *hooks)
{
	return hooks ? hooks->wake : -1;
}

/* A run will begin, or has not ended. */
static bool is_coming(const struct slot *slot)
{
	return slot->needed || slot->changed || slot->busy;
}

static bool need(struct hooks *hooks, uint64_t number, bool unless_coming)
{
	bool asked = false, changed = false;

	pthread_mutex_lock(&hooks->lock);
	for (size_t i = 0; i < hooks->settings->count; i++) {
		struct slot *slot = &hooks->slots[i];

		if (!is_asked(hooks, i) || (unless_coming && is_coming(slot)))
			continue;
		asked = slot->needed = true;
		if (slot->needed_number < number)
			slot->needed_number = number;
		changed |= take_need(slot);
	}
	pthread_mutex_unlock(&hooks->lock);
	if (changed)
		eventfd_write(hooks->wake, 1);
	return asked;
}

void hooks_need(struct hooks *hooks, uint64_t number)
{
	need(hooks, number, false);
}

bool hooks_revive(struct hooks *hooks, uint64_t number)
{
	return need(hooks, number, true);
}

void hooks_services_shown(struct hooks *hooks)
{
	if (hooks)
		hooks_told(
			hooks, hooks->settings->services_dir, HOOK_SERVICES, 0);
}

size_t hooks_report(struct hooks *hooks, struct status_hook ret[HOOKS_MAX])
{
	if (!hooks)
		return 0;
	pthread_mutex_lock(&hooks->lock);
	for (size_t i = 0; i < hooks->settings->count; i++)
		ret[i] = hooks->slots[i].report;
	pthread_mutex_unlock(&hooks->lock);
	return hooks->settings->count;
}
