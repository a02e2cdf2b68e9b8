/* SPDX-License-Identifier: MIT */
#include "fetch/fetch.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/clock.h"
#include "fetch/hosts.h"
#include "fetch/http.h"
#include "fetch/merge.h"
#include "fetch/source.h"

struct one {
	char *name;
	struct source *source;
	struct identity *identity;
	struct catalog *newest; /* what of it is in all */
};

struct fetch {
	struct http *http;
	struct groups *groups;
	struct one sources[SOURCES_MAX];
	struct source_report reports[SOURCES_MAX];
	size_t count;
	int64_t partial_by; /* sources without an answer are waited for */

	struct catalog *all;     /* newest of the sources */
	struct catalog *settled; /* of it */
	int64_t settle_ms;
	int64_t settle_by; /* all becomes settled; NEVER: it is */

	struct hosts *hosts;
	struct catalog *shown; /* what settled, with addresses of hosts */
	int64_t show_by;    /* what settled becomes shown; NEVER: it is */
	int64_t looking_by; /* hosts of the first are looked for; 0: no more */
};

#define NEVER INT64_MAX

enum {
	RETRY_MS = 1000, /* without memory */
	POLLS_MAX = SOURCES_MAX + HOSTS_POLLS_MAX,
};

static int make_hosts(const struct fetch_settings *settings,
	struct hosts **ret, struct why *why)
{
	struct hosts_settings hosts = hosts_defaults;
	int r;

	hosts.off = !settings->resolve_hosts;
	r = hosts_new(&hosts, ret);
	return r < 0 ? why_set(why, r, "out of memory") : 0;
}

static int add_source(struct fetch *fetch,
	const struct fetch_settings *settings,
	const struct source_settings *source, struct why *why)
{
	struct one *one = &fetch->sources[fetch->count];
	struct source_context context = {
		.settings = settings,
		.source = source,
		.http = fetch->http,
	};
	uint8_t rank = (uint8_t)fetch->count;
	int r;

	one->name = strdup(source->name);
	if (!one->name)
		return why_set(why, -ENOMEM, "out of memory");
	fetch->count++;
	r = identity_new(&source->identity, &one->identity, why);
	if (r < 0)
		return r;
	context.identity = one->identity;
	context.reader = (struct app_reader){
		.source = one->name,
		.rank = rank,
		.health = settings->health,
		.groups = fetch->groups,
	};
	context.belief = (struct belief_settings){
		.origin = {one->name, rank},
		.hosts = fetch->hosts,
		.state_dir = settings->state_dir,
		.shrink_hold_ms = settings->shrink_hold_ms,
		.shrink_percent = settings->shrink_percent,
	};
	return source_new(&context, &one->source, why);
}

static int add_sources(struct fetch *fetch,
	const struct fetch_settings *settings, struct why *why)
{
	int r = 0;

	if (settings->source_count > SOURCES_MAX)
		return why_set(why, -EINVAL, "more than %d sources",
			SOURCES_MAX);
	for (size_t i = 0; r == 0 && i < settings->source_count; i++)
		r = add_source(fetch, settings, &settings->sources[i], why);
	return r;
}

int fetch_new(const struct fetch_settings *settings, struct fetch **ret,
	struct why *why)
{
	CLEANUP(fetch_free) struct fetch *fetch = NULL;
	int r;

	fetch = calloc(1, sizeof(*fetch));
	if (!fetch)
		return why_set(why, -ENOMEM, "out of memory");
	fetch->settle_ms = settings->settle_ms;
	fetch->settle_by = fetch->show_by = NEVER;
	fetch->partial_by = settings->partial_ms < 0
		? NEVER
		: clock_now_ms() + settings->partial_ms;
	r = groups_new(settings->groups, settings->groups_by, &fetch->groups,
		why);
	if (r == 0)
		r = make_hosts(settings, &fetch->hosts, why);
	if (r == 0)
		r = http_new(&fetch->http, why);
	if (r == 0)
		r = add_sources(fetch, settings, why);
	if (r < 0)
		return r;
	*ret = take_ptr(&fetch);
	return 0;
}

static void one_done(struct one *one)
{
	source_free(one->source);
	catalog_unref(one->newest);
	free(one->name);
}

void fetch_free(struct fetch *fetch)
{
	if (!fetch)
		return;
	for (size_t i = 0; i < fetch->count; i++)
		one_done(&fetch->sources[i]);
	/* It may have a request of a source that is being ended. */
	http_free(fetch->http);
	for (size_t i = 0; i < fetch->count; i++)
		identity_free(fetch->sources[i].identity);
	hosts_free(fetch->hosts);
	groups_free(fetch->groups);
	catalog_unref(fetch->all);
	catalog_unref(fetch->settled);
	catalog_unref(fetch->shown);
	free(fetch);
}

/* Some instance serves no more, or is reached elsewhere. */
static int is_removal(void *context, struct app *before, struct app *after)
{
	(void)context;
	if (!before)
		return 0;
	if (!after)
		return 1;
	for (uint32_t i = 0; i < before->instance_count; i++) {
		const struct instance *was = &before->instances[i];
		const struct instance *is = app_instance(after, was->id);

		if (was->state == INSTANCE_SERVING
			&& (!is || is->state != INSTANCE_SERVING))
			return 1;
	}
	return 0;
}

static void show(struct fetch *fetch, int64_t now)
{
	struct catalog *named;

	if (hosts_take(fetch->hosts, fetch->settled, now, &named) < 0) {
		fetch->show_by = now + RETRY_MS;
		return;
	}
	fetch->show_by = NEVER;
	if (!fetch->shown)
		fetch->looking_by = now + HOSTS_FIRST_MS;
	catalog_unref(fetch->shown);
	fetch->shown = named;
}

static void settle(struct fetch *fetch, int64_t now)
{
	fetch->settle_by = NEVER;
	catalog_unref(fetch->settled);
	fetch->settled = catalog_ref(fetch->all);
	show(fetch, now);
}

static bool turn_hosts(struct fetch *fetch, int64_t now)
{
	bool news = hosts_turn(fetch->hosts, now) || now >= fetch->show_by;

	if (news && fetch->settled)
		show(fetch, now);
	if (fetch->looking_by
		&& (now >= fetch->looking_by || !hosts_looking(fetch->hosts))) {
		fetch->looking_by = 0;
		news = true;
	}
	return news;
}

/* What one source gives now is in all. Without memory it is tried again. */
static bool take_newest(struct fetch *fetch, struct one *one)
{
	struct catalog *newest = source_catalog(one->source);
	struct catalog *all;

	if (newest == one->newest)
		return false;
	if (fetch->count == 1)
		all = catalog_ref(newest);
	else if (merge_source(fetch->all, one->newest, newest, &all) < 0)
		return false;
	catalog_unref(one->newest);
	one->newest = catalog_ref(newest);
	catalog_unref(fetch->all);
	fetch->all = all;
	return true;
}

/* There is something to show, and nobody to wait for any more. */
static bool may_show(const struct fetch *fetch, int64_t now)
{
	bool all = true, any = false;

	for (size_t i = 0; i < fetch->count; i++) {
		all = all && fetch->sources[i].newest;
		any = any || fetch->sources[i].newest;
	}
	return all || (any && now >= fetch->partial_by);
}

/*
 * Removals never wait; additions may be gathered (DESIGN 3.6). What is gathered
 * goes out with the first removal that comes.
 */
static void plan_to_show(struct fetch *fetch, int64_t now)
{
	if (!fetch->settle_ms || !fetch->settled
		|| catalog_diff(fetch->settled, fetch->all, is_removal, NULL)
			!= 0)
		fetch->settle_by = now;
	else if (fetch->settle_by == NEVER)
		fetch->settle_by = now + fetch->settle_ms;
}

static bool turn_sources(struct fetch *fetch)
{
	int64_t now = clock_now_ms();
	bool news = false, newer = false;

	for (size_t i = 0; i < fetch->count; i++) {
		struct one *one = &fetch->sources[i];

		news |= identity_turn(one->identity, fetch->http, now);
		news |= source_turn(one->source, now);
		newer |= take_newest(fetch, one);
	}
	if (newer && (fetch->settled || may_show(fetch, now)))
		plan_to_show(fetch, now);
	else if (!fetch->settled && may_show(fetch, now))
		fetch->settle_by = now;
	if (now >= fetch->settle_by) {
		settle(fetch, now);
		news = true;
	}
	return turn_hosts(fetch, now) || news;
}

/* Until the first deadline of anybody. */
static int patience(struct fetch *fetch, int timeout_ms)
{
	int64_t now = clock_now_ms(), left;
	int64_t deadline = hosts_deadline(fetch->hosts, now);

	deadline = sooner(deadline, fetch->settle_by);
	deadline = sooner(deadline, fetch->show_by);
	if (fetch->looking_by)
		deadline = sooner(deadline, fetch->looking_by);
	for (size_t i = 0; i < fetch->count; i++) {
		const struct one *one = &fetch->sources[i];

		deadline = sooner(deadline, source_deadline(one->source));
		deadline = sooner(deadline, identity_deadline(one->identity));
	}
	if (!fetch->settled && fetch->all)
		deadline = sooner(deadline, fetch->partial_by);
	if (deadline == NEVER)
		return timeout_ms;
	left = deadline - now;
	if (left < 0)
		left = 0;
	return timeout_ms >= 0 && timeout_ms < left ? timeout_ms : (int)left;
}

int fetch_turn(struct fetch *fetch, int timeout_ms)
{
	struct pollfd waits[POLLS_MAX];
	size_t count = 0;
	int r;

	/* What is due now is not to wait for what comes. */
	if (turn_sources(fetch))
		return 1;
	for (size_t i = 0; i < fetch->count; i++) {
		const struct one *one = &fetch->sources[i];
		int fd = source_fd(one->source);

		if (fd >= 0)
			waits[count++] = (struct pollfd){
				.fd = fd, .events = POLLIN};
	}
	count += hosts_polls(fetch->hosts, waits + count, POLLS_MAX - count);
	r = http_turn(fetch->http, waits, count, patience(fetch, timeout_ms));
	if (turn_sources(fetch))
		return 1;
	return r;
}

void fetch_wake(struct fetch *fetch)
{
	http_wake(fetch->http);
}

void fetch_refresh(struct fetch *fetch)
{
	for (size_t i = 0; i < fetch->count; i++)
		source_refresh(fetch->sources[i].source);
}

/* Without memory it is as if nothing had been known. */
void fetch_remember(struct fetch *fetch, const struct catalog *known)
{
	hosts_remember(fetch->hosts, known);
	for (size_t i = 0; i < fetch->count; i++) {
		const struct source *source = fetch->sources[i].source;

		if (source->belief)
			belief_remember(source->belief, known);
	}
}

struct catalog *fetch_catalog(struct fetch *fetch)
{
	return catalog_ref(fetch->shown);
}

bool fetch_looking(const struct fetch *fetch)
{
	return fetch->looking_by != 0;
}

void fetch_hosts(const struct fetch *fetch, struct hosts_report *ret)
{
	hosts_report(fetch->hosts, ret);
}

const struct source_report *fetch_reports(
	struct fetch *fetch, size_t *ret_count)
{
	for (size_t i = 0; i < fetch->count; i++) {
		const struct one *one = &fetch->sources[i];
		struct source_report *report = &fetch->reports[i];
		struct identity_words words = identity_words(one->identity);

		*report = one->source->report;
		snprintf(report->warning, sizeof(report->warning), "%s",
			words.wrong);
		snprintf(report->exposed, sizeof(report->exposed), "%s",
			words.exposed);
	}
	*ret_count = fetch->count;
	return fetch->reports;
}
