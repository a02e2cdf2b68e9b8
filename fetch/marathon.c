/* SPDX-License-Identifier: MIT */
#include "fetch/marathon.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/info_json.h"
#include "fetch/marathon_impl.h"

enum { INFO_TOTAL_MS = 10000 };

static int set_up(struct marathon *m, const struct source_context *context)
{
	const char *urls = context->source->address;
	int r;

	r = source_begin(&m->source, &marathon_source, context);
	if (r == 0)
		r = replicas_new(urls, &m->replicas);
	if (r == 0)
		r = list_memory_new(&m->memory);
	if (r == 0)
		r = dirty_table_new(&m->dirty);
	if (r == 0)
		r = sse_new(events_take, m, &m->stream.sse);
	return r;
}

static void marathon_free(struct source *source);

static int marathon_new(const struct source_context *context,
	struct source **ret, struct why *why)
{
	struct marathon *m;
	int r;

	m = calloc(1, sizeof(*m));
	if (!m)
		return why_set(why, -ENOMEM, "out of memory");
	m->http = context->http;
	m->identity = context->identity;
	m->refresh_ms = context->settings->refresh_ms;
	m->poll_ms = context->settings->poll_ms;
	m->full.soon_at = NEVER;
	m->stream.attach_by = NEVER;
	m->sick.since = NEVER;
	/* The first list waits for the stream, so that it need not be read
	 * twice; for a moment only. */
	m->full.at = clock_now_ms() + STREAM_FIRST_MS;
	r = set_up(m, context);
	if (r < 0)
		why_set(why, r, "%s: %s", context->source->address,
			strerror(-r));
	else
		r = callback_init(m, context, why);
	if (r < 0) {
		marathon_free(&m->source);
		return r;
	}
	m->reader = context->reader;
	m->reader.memory = m->memory;
	source_is_at(&m->source, replicas_url(m->replicas));
	*ret = &m->source;
	return 0;
}

/* Takes back the URL for callbacks: may turn http for CALLBACK_LEAVE_MS. */
static void marathon_free(struct source *source)
{
	struct marathon *m = (void *)source;

	callback_done_all(m);
	http_cancel(m->info);
	apps_done_all(m);
	sick_done_all(m);
	full_done_all(m);
	stream_done_all(m);
	sse_free(m->stream.sse);
	dirty_table_free(m->dirty);
	belief_free(m->source.belief);
	list_memory_free(m->memory);
	replicas_free(m->replicas);
	free(m);
}

/* Of several that are wrong the first is the worst. */
static const char *worst(const struct marathon *m)
{
	if (m->list_why.text[0])
		return m->list_why.text;
	/* Where callbacks come, nobody misses the stream. */
	if (m->stream.why.text[0]
		&& !(m->stream.none && m->source.report.callbacks))
		return m->stream.why.text;
	return m->callback.refused.text[0] ? m->callback.refused.text
					   : m->callback.why.text;
}

void report_why(struct marathon *m)
{
	m->source.report.stale =
		m->list_why.text[0] && belief_shown(m->source.belief);
	m->source.report.streaming = m->stream.attached;
	source_say(&m->source, worst(m));
}

void report_leader(struct marathon *m, const char *leader)
{
	struct source_report *report = &m->source.report;
	char before[sizeof(report->leader)];

	memcpy(before, report->leader, sizeof(before));
	snprintf(report->leader, sizeof(report->leader), "%s",
		url_place(leader).text);
	if (before[0] && strcmp(before, report->leader) != 0)
		callback_doubt(m);
	m->source.news = true;
}

/*
 * Ahead of the first list, which may be due in the first turn: it remembers
 * health by this. Its words are forgotten with the first answer: it has done its
 * harm then.
 */
static void restore(struct marathon *m)
{
	struct why why = {""};

	if (belief_restore(m->source.belief, &why) < 0) {
		m->list_why = why;
		report_why(m);
	}
}

static void believe(struct marathon *m)
{
	bool answerless = m->full.failures >= replicas_count(m->replicas);

	if (answerless && !belief_shown(m->source.belief))
		belief_despair(m->source.belief);
	if (belief_turn(m->source.belief, m->now))
		report_why(m);
}

static int info_body(
	void *context, const char *bytes, size_t length, struct why *why)
{
	struct marathon *m = context;
	char version[sizeof(m->source.report.version)];

	(void)why;
	/* It comes in one piece, or is done without. */
	if (info_version(bytes, length, version, sizeof(version)) == 0) {
		memcpy(m->source.report.version, version, sizeof(version));
		m->source.news = true;
	}
	return 0;
}

static void info_done(void *context, int error, const struct http_head *head,
	const struct why *why)
{
	struct marathon *m = context;

	(void)error;
	(void)head;
	(void)why;
	m->info = NULL;
}

/* Once for each server that leads; for people only. */
static void ask_version(struct marathon *m)
{
	struct source_report *report = &m->source.report;
	char url[1024];
	struct http_call call = {
		.url = url,
		.identity = m->identity,
		.total_ms = INFO_TOTAL_MS,
		.body_max = 1 << 20,
		.context = m,
		.body = info_body,
		.done = info_done,
	};

	if (report->version[0] || m->info || !report->complete)
		return;
	snprintf(report->version, sizeof(report->version), "unknown");
	snprintf(url, sizeof(url), "%s/v2/info", replicas_url(m->replicas));
	if (http_begin(m->http, &call, &m->info, NULL) < 0)
		m->info = NULL;
}

/* Who is held back is let go by an answer at the right time. */
static void guard_turn(struct marathon *m)
{
	if (m->now < belief_wants_answer(m->source.belief) || m->full.list
		|| m->full.failures > 0)
		return;
	replicas_rotate(m->replicas);
	full_want(m, m->now);
}

static void marathon_turn(struct source *source, int64_t now)
{
	struct marathon *m = (void *)source;

	m->now = now;
	stream_turn(m);
	callback_turn(m);
	guard_turn(m);
	restore(m);
	full_turn(m);
	apps_turn(m);
	sick_turn(m);
	ask_version(m);
	believe(m);
}

static int64_t marathon_deadline(const struct source *source)
{
	const struct marathon *m = (const void *)source;
	int64_t deadline = sooner(stream_deadline(m), apps_deadline(m));

	deadline = sooner(deadline, callback_deadline(m));
	if (m->sick.since != NEVER)
		deadline = sooner(deadline, m->sick.since + SICK_MAX_MS);
	deadline = sooner(deadline, belief_deadline(source->belief));
	if (m->full.ended && !m->full.request)
		return m->now;
	if (!m->full.list) {
		deadline = sooner(deadline, m->full.at);
		deadline = sooner(deadline, m->full.soon_at);
		if (m->full.failures == 0)
			deadline = sooner(deadline,
				belief_wants_answer(source->belief));
	}
	return deadline;
}

/* Of who listens for callbacks. */
static int marathon_fd(const struct source *source)
{
	const struct marathon *m = (const void *)source;

	return m->callback.listener ? listener_fd(m->callback.listener) : -1;
}

static void marathon_refresh(struct source *source)
{
	struct marathon *m = (void *)source;

	full_want(m, clock_now_ms());
}

const struct source_kind marathon_source = {
	.prefix = "http",
	.new = marathon_new,
	.free = marathon_free,
	.turn = marathon_turn,
	.deadline = marathon_deadline,
	.fd = marathon_fd,
	.refresh = marathon_refresh,
};
