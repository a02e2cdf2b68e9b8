/* SPDX-License-Identifier: MIT */
#include "fs/watcher.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>

#include "fetch/clock.h"
#include "fs/log.h"

enum {
	RETRY_MS = 1000, /* after a failure of our own: memory */
	KEEP_MS = 10000, /* between two writes of the names */
	NEXT_MS = 10,    /* between two looks at the sources to come */
};

struct watcher {
	struct watcher_settings settings; /* set before start, then constant */
	pthread_t thread;
	int first;    /* eventfd */
	bool stop;    /* atomic */
	bool refresh; /* atomic */

	/* Watcher only. */
	struct fetch *fetch;
	struct fetch *next; /* to take its place; NULL: none */
	struct catalog *shown;
	struct source_report reports[SOURCES_MAX];
	size_t report_count;
	struct hosts_report hosts;
	bool handed; /* what is shown is the renderer's, too */
	struct problems problems; /* of names, as passed on */
	int64_t retry_at;         /* 0: no need */
	int64_t keep_at;          /* names are to be kept; 0: no need */

	pthread_mutex_t lock; /* a leaf */
	struct why why;       /* by lock */
	struct fetch *asked;  /* by lock: to be next; NULL: none */
	struct fetch *woken;  /* by lock: what fetch_wake() is for */
};

static void log_secrets(
	const struct source_report *before, const struct source_report *now)
{
	if (now->warning[0] && strcmp(before->warning, now->warning) != 0)
		log_warn("%s: %s", now->name, now->warning);
	if (!now->warning[0] && before->warning[0])
		log_info("%s: its secrets and certificates are well again",
			now->name);
	if (now->exposed[0] && strcmp(before->exposed, now->exposed) != 0)
		log_warn("%s: everybody can read %s", now->name, now->exposed);
}

/* The log speaks of changes of state, not of each retry. */
static void log_report(
	const struct source_report *before, const struct source_report *now)
{
	if (now->why[0] && strcmp(before->why, now->why) != 0)
		log_warn("%s: %s", now->name, now->why);
	if (!now->why[0] && before->why[0])
		log_info("%s: back after %lld s", now->name,
			(long long)((clock_unix_ms() - before->since) / 1000));
	if (now->held != before->held && now->held)
		log_warn("%s: the shrink guard keeps %llu instances that are "
			 "gone from its answer",
			now->name, (unsigned long long)now->held);
	if (!now->held && before->held)
		log_info("%s: the shrink guard holds nothing back any more",
			now->name);
	if (now->bad_app_why[0]
		&& strcmp(before->bad_app_why, now->bad_app_why) != 0)
		log_warn("%s: %llu bad apps left out: %s", now->name,
			(unsigned long long)now->bad_apps, now->bad_app_why);
	log_secrets(before, now);
}

static void note_why(struct watcher *watcher)
{
	pthread_mutex_lock(&watcher->lock);
	why_set(&watcher->why, 0, "no complete answer yet");
	for (size_t i = 0; i < watcher->report_count; i++) {
		const struct source_report *report = &watcher->reports[i];

		if (report->complete)
			continue;
		why_set(&watcher->why, 0, "waited in vain for %s (%s)",
			report->url[0] ? report->url : report->name,
			report->why[0] ? report->why : "no answer yet");
	}
	pthread_mutex_unlock(&watcher->lock);
}

static void take_reports(struct watcher *watcher)
{
	const struct source_report *reports;
	size_t count;

	reports = fetch_reports(watcher->fetch, &count);
	if (count > SOURCES_MAX)
		count = SOURCES_MAX;
	if (count == watcher->report_count
		&& memcmp(reports, watcher->reports, count * sizeof(*reports))
			== 0)
		return;
	for (size_t i = 0; i < count; i++) {
		log_report(&watcher->reports[i], &reports[i]);
		watcher->reports[i] = reports[i];
	}
	watcher->report_count = count;
	note_why(watcher);
	mailbox_put_reports(watcher->settings.mailbox, reports, count);
	if (watcher->settings.keep)
		mailbox_put_reports(watcher->settings.keep, reports, count);
}

static void log_hosts(
	const struct hosts_report *before, const struct hosts_report *now)
{
	if (!before->missing && now->missing)
		log_warn("no address for the name %s: %s", now->name,
			now->why);
	if (before->missing && !now->missing)
		log_info("all names have addresses again");
}

static void take_hosts(struct watcher *watcher)
{
	struct hosts_report hosts;

	fetch_hosts(watcher->fetch, &hosts);
	if (memcmp(&hosts, &watcher->hosts, sizeof(hosts)) == 0)
		return;
	log_hosts(&watcher->hosts, &hosts);
	watcher->hosts = hosts;
	mailbox_put_hosts(watcher->settings.mailbox, &hosts);
}

static int put_live(void *context, struct live_file *files, size_t count)
{
	struct watcher *watcher = context;

	return live_put(watcher->settings.live, watcher->settings.services_dir,
		files, count, false);
}

/* The directory is filled unseen and then shown as a whole. */
static void show_first(struct watcher *watcher)
{
	if (watcher->settings.services_dir != DIR_ROOT)
		live_show_dir(watcher->settings.live, "services");
	eventfd_write(watcher->first, 1);
	log_info("%zu apps, %zu instances in service",
		catalog_app_count(watcher->shown),
		catalog_serving_count(watcher->shown));
}

/* Costs what is wrong, which is little or nothing. */
static void pass_problems(struct watcher *watcher)
{
	struct problems problems = {NULL, 0, 0};

	services_problems(watcher->settings.services, &problems);
	if (problems_same(&problems, &watcher->problems)) {
		problems_done(&problems);
		return;
	}
	problems_done(&watcher->problems);
	problems_append(&watcher->problems, &problems);
	mailbox_put_problems(watcher->settings.mailbox, &problems);
}

static void take_catalog(struct watcher *watcher)
{
	CLEANUP(catalog_unref) struct catalog *catalog = NULL;
	bool first = !watcher->shown;
	struct why why;
	int r;

	catalog = fetch_catalog(watcher->fetch);
	if (!catalog || catalog == watcher->shown)
		return;
	r = services_update(watcher->settings.services, catalog, put_live,
		watcher, &why);
	if (r < 0) {
		log_error("cannot publish: %s", why.text);
		watcher->retry_at = clock_now_ms() + RETRY_MS;
		return;
	}
	watcher->retry_at = 0;
	pass_problems(watcher);
	catalog_unref(watcher->shown);
	watcher->shown = catalog_ref(catalog);
	if (first)
		show_first(watcher);
	if (watcher->settings.keep)
		mailbox_put_catalog(
			watcher->settings.keep, catalog_ref(catalog));
	watcher->handed = false;
	if (!watcher->keep_at)
		watcher->keep_at = clock_now_ms() + (first ? 0 : KEEP_MS);
}

/*
 * The first haproxy.cfg is not to call servers by names that it changes in a
 * moment: that would be a reload, and other cookies.
 */
static void hand_on(struct watcher *watcher)
{
	if (watcher->handed || !watcher->shown
		|| fetch_looking(watcher->fetch))
		return;
	watcher->handed = true;
	mailbox_put_catalog(
		watcher->settings.mailbox, catalog_ref(watcher->shown));
}

static int earlier(int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

static int time_left(int64_t deadline)
{
	int64_t left = deadline - clock_now_ms();

	return left > 0 ? (int)left : 0;
}

/* How long the next turn may wait. */
static int patience(struct watcher *watcher)
{
	int wait = live_overdue(watcher->settings.live);

	if (watcher->retry_at)
		wait = earlier(wait, time_left(watcher->retry_at));
	if (watcher->keep_at)
		wait = earlier(wait, time_left(watcher->keep_at));
	return wait;
}

static void keep_names(struct watcher *watcher)
{
	if (!watcher->keep_at || time_left(watcher->keep_at) > 0)
		return;
	watcher->keep_at = 0;
	services_keep(watcher->settings.services);
}

static void take_asked(struct watcher *watcher)
{
	struct fetch *asked;

	pthread_mutex_lock(&watcher->lock);
	asked = take_ptr(&watcher->asked);
	pthread_mutex_unlock(&watcher->lock);
	if (!asked)
		return;
	fetch_free(watcher->next);
	watcher->next = asked;
	if (watcher->shown)
		fetch_remember(asked, watcher->shown);
}

/* True: the next has something to show, and is the one from now on. */
static bool turn_next(struct watcher *watcher)
{
	CLEANUP(catalog_unref) struct catalog *catalog = NULL;
	struct fetch *before = watcher->fetch;

	fetch_turn(watcher->next, 0);
	catalog = fetch_catalog(watcher->next);
	if (!catalog || fetch_looking(watcher->next))
		return false;
	pthread_mutex_lock(&watcher->lock);
	watcher->fetch = watcher->woken = take_ptr(&watcher->next);
	pthread_mutex_unlock(&watcher->lock);
	fetch_free(before);
	/* They are of other sources, even if they have the same names. */
	watcher->report_count = 0;
	memset(watcher->reports, 0, sizeof(watcher->reports));
	return true;
}

static int turn(struct watcher *watcher)
{
	int wait = patience(watcher);
	int r;

	take_asked(watcher);
	if (watcher->next && turn_next(watcher))
		return 1;
	r = fetch_turn(
		watcher->fetch, watcher->next ? earlier(wait, NEXT_MS) : wait);
	if (__atomic_exchange_n(&watcher->refresh, false, __ATOMIC_ACQ_REL))
		fetch_refresh(watcher->fetch);
	return r;
}

static void *watcher_run(void *argument)
{
	struct watcher *watcher = argument;

	take_reports(watcher);
	while (!__atomic_load_n(&watcher->stop, __ATOMIC_ACQUIRE)) {
		int r = turn(watcher);

		if (r < 0)
			log_error("the sources: %s", strerror(-r));
		if (r != 0 || watcher->retry_at) {
			/* Whoever sees a catalog knows what it is worth. */
			take_reports(watcher);
			take_hosts(watcher);
			take_catalog(watcher);
			hand_on(watcher);
		}
		keep_names(watcher);
	}
	services_keep(watcher->settings.services);
	return NULL;
}

int watcher_new(const struct watcher_settings *settings, struct fetch *fetch,
	struct watcher **ret)
{
	struct watcher *watcher;
	int r;

	watcher = calloc(1, sizeof(*watcher));
	if (!watcher)
		return -ENOMEM;
	watcher->settings = *settings;
	watcher->fetch = watcher->woken = fetch;
	pthread_mutex_init(&watcher->lock, NULL);
	watcher->first = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = watcher->first < 0 ? -errno
			       : -pthread_create(&watcher->thread, NULL,
					 watcher_run, watcher);
	if (r < 0) {
		if (watcher->first >= 0)
			close(watcher->first);
		free(watcher);
		return r;
	}
	*ret = watcher;
	return 0;
}

/* From any thread. What it wakes may be replaced meanwhile; it never blocks. */
static void wake(struct watcher *watcher)
{
	pthread_mutex_lock(&watcher->lock);
	fetch_wake(watcher->woken);
	pthread_mutex_unlock(&watcher->lock);
}

void watcher_free(struct watcher *watcher)
{
	if (!watcher)
		return;
	__atomic_store_n(&watcher->stop, true, __ATOMIC_RELEASE);
	wake(watcher);
	pthread_join(watcher->thread, NULL);
	fetch_free(watcher->fetch);
	fetch_free(watcher->next);
	fetch_free(watcher->asked);
	catalog_unref(watcher->shown);
	problems_done(&watcher->problems);
	close(watcher->first);
	pthread_mutex_destroy(&watcher->lock);
	free(watcher);
}

void watcher_refresh(struct watcher *watcher)
{
	__atomic_store_n(&watcher->refresh, true, __ATOMIC_RELEASE);
	wake(watcher);
}

void watcher_replace(struct watcher *watcher, struct fetch *fetch)
{
	struct fetch *skipped;

	pthread_mutex_lock(&watcher->lock);
	skipped = watcher->asked;
	watcher->asked = fetch;
	pthread_mutex_unlock(&watcher->lock);
	fetch_free(skipped);
	wake(watcher);
}

int watcher_first_fd(const struct watcher *watcher)
{
	return watcher->first;
}

void watcher_why(struct watcher *watcher, struct why *ret)
{
	pthread_mutex_lock(&watcher->lock);
	*ret = watcher->why;
	pthread_mutex_unlock(&watcher->lock);
}
