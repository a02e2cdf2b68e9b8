/* SPDX-License-Identifier: MIT */
#include "fetch/fetch.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/clock.h"
#include "fetch/http.h"
#include "fetch/source.h"

struct fetch {
	struct http *http;
	struct groups *groups;
	const struct source_kind *kind;
	void *source;

	struct catalog *newest; /* of the source */
	struct catalog *shown;  /* what settled */
	int64_t settle_ms;
	int64_t settle_by; /* newest becomes shown; NEVER: it is */
};

#define NEVER INT64_MAX

int fetch_new(const struct fetch_settings *settings, struct fetch **ret,
	struct why *why)
{
	CLEANUP(fetch_free) struct fetch *fetch = NULL;
	struct http_settings http = {
		.ca_file = settings->ca_file,
		.insecure = settings->insecure,
		.user_file = settings->user_file,
		.token_file = settings->token_file,
	};
	struct source_context context = {.settings = settings};
	int r;

	fetch = calloc(1, sizeof(*fetch));
	if (!fetch)
		return why_set(why, -ENOMEM, "out of memory");
	fetch->settle_ms = settings->settle_ms;
	fetch->settle_by = NEVER;
	r = groups_new(settings->groups, settings->groups_by, &fetch->groups,
		why);
	if (r == 0)
		r = http_new(&http, &fetch->http, why);
	if (r < 0)
		return r;
	context.http = fetch->http;
	context.reader = (struct app_reader){
		.source = "marathon",
		.health = settings->health,
		.groups = fetch->groups,
	};
	fetch->kind = source_kind_of(settings->marathon);
	r = fetch->kind->new(settings->marathon, &context, &fetch->source, why);
	if (r < 0)
		return r;
	*ret = take_ptr(&fetch);
	return 0;
}

void fetch_free(struct fetch *fetch)
{
	if (!fetch)
		return;
	if (fetch->source)
		fetch->kind->free(fetch->source);
	http_free(fetch->http);
	groups_free(fetch->groups);
	catalog_unref(fetch->newest);
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

static void settle(struct fetch *fetch)
{
	fetch->settle_by = NEVER;
	catalog_unref(fetch->shown);
	fetch->shown = catalog_ref(fetch->newest);
}

/*
 * Removals never wait; additions may be gathered (DESIGN 3.6). What is gathered
 * goes out with the first removal that comes.
 */
static void take_newest(struct fetch *fetch, int64_t now)
{
	struct catalog *newest = fetch->kind->catalog(fetch->source);

	if (newest == fetch->newest)
		return;
	catalog_unref(fetch->newest);
	fetch->newest = catalog_ref(newest);
	if (!fetch->settle_ms || !fetch->shown
		|| catalog_diff(fetch->shown, newest, is_removal, NULL) != 0)
		settle(fetch);
	else if (fetch->settle_by == NEVER)
		fetch->settle_by = now + fetch->settle_ms;
}

static int turn_source(struct fetch *fetch)
{
	int64_t now = clock_now_ms();
	bool news;

	news = fetch->kind->turn(fetch->source, now);
	if (news)
		take_newest(fetch, now);
	if (now >= fetch->settle_by) {
		settle(fetch);
		news = true;
	}
	return news;
}

/* Until the first deadline of anybody. */
static int patience(struct fetch *fetch, int timeout_ms)
{
	int64_t deadline = fetch->kind->deadline(fetch->source);
	int64_t left;

	if (fetch->settle_by < deadline)
		deadline = fetch->settle_by;
	if (deadline == NEVER)
		return timeout_ms;
	left = deadline - clock_now_ms();
	if (left < 0)
		left = 0;
	return timeout_ms >= 0 && timeout_ms < left ? timeout_ms : (int)left;
}

int fetch_turn(struct fetch *fetch, int timeout_ms)
{
	struct pollfd wait = {
		.fd = fetch->kind->fd(fetch->source), .events = POLLIN};
	int r;

	/* What is due now is not to wait for what comes. */
	if (turn_source(fetch))
		return 1;
	r = http_turn(fetch->http, &wait, wait.fd >= 0,
		patience(fetch, timeout_ms));
	if (turn_source(fetch))
		return 1;
	return r;
}

void fetch_wake(struct fetch *fetch)
{
	http_wake(fetch->http);
}

void fetch_refresh(struct fetch *fetch)
{
	fetch->kind->refresh(fetch->source);
}

struct catalog *fetch_catalog(struct fetch *fetch)
{
	return catalog_ref(fetch->shown);
}

const struct source_report *fetch_reports(
	const struct fetch *fetch, size_t *ret_count)
{
	*ret_count = 1;
	return fetch->kind->report(fetch->source);
}
