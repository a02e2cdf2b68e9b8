/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fetch/marathon_impl.h"

static void full_end(struct marathon *m)
{
	m->full.request = NULL;
	m->full.ended = false;
	list_free(take_ptr(&m->full.list));
	catalog_unref(take_ptr(&m->full.before));
}

void full_done_all(struct marathon *m)
{
	http_cancel(m->full.request);
	full_end(m);
}

void full_want(struct marathon *m, int64_t at)
{
	/* What is under way may be older than what this is wanted for. */
	if (m->full.list)
		m->full.again = true;
	else if (at < m->full.at)
		m->full.at = at;
}

/*
 * Put off as long as events keep coming, but not for ever, and not so that
 * nothing else is done than reading.
 */
void full_want_soon(struct marathon *m)
{
	struct full *full = &m->full;
	int64_t latest;

	if (full->soon_at == NEVER)
		full->soon_since = m->now;
	latest = full->soon_since + SOON_MAX_MS;
	full->soon_at = m->now + SOON_QUIET_MS;
	if (full->soon_at > latest)
		full->soon_at = latest;
	if (full->soon_at < full->began + SOON_SHARE * full->lasted)
		full->soon_at = full->began + SOON_SHARE * full->lasted;
}

static int full_head(
	void *context, const struct http_head *head, struct why *why)
{
	struct marathon *m = context;

	return expect_json(
		replicas_url(m->replicas), head->content_type, why);
}

static int full_body(
	void *context, const char *bytes, size_t length, struct why *why)
{
	struct marathon *m = context;
	int r;

	m->full.bytes += length;
	r = list_feed(m->full.list, bytes, length, why);
	if (r < 0)
		why_at(replicas_url(m->replicas), why);
	return r;
}

/* What the answer says of an app that was changed since it was asked for. */
struct correction {
	struct marathon *m;
	struct catalog *catalog;
};

static int correct(void *context, const char *id)
{
	struct correction *c = context;
	struct catalog_change change = {
		.key = {.id = id, .source = c->m->reader.source}};
	struct catalog *next;
	int r;

	change.app = catalog_find(
		belief_claim(c->m->source.belief), &change.key);
	if (change.app == catalog_find(c->catalog, &change.key))
		return 0;
	r = catalog_edit(c->catalog, &change, 1, &next);
	if (r < 0)
		return r;
	catalog_unref(c->catalog);
	c->catalog = next;
	return 0;
}

/* Takes over catalog, which the list has made. */
static int take_list(struct marathon *m, struct catalog *catalog)
{
	struct correction c = {.m = m, .catalog = catalog};
	int r = 0;

	/* Before the first answer events only say what is to be read. */
	if (belief_claim(m->source.belief) && m->source.report.complete)
		r = dirty_changed_since(
			m->dirty, m->full.asked, correct, &c);
	if (r < 0) {
		catalog_unref(c.catalog);
		return r;
	}
	belief_answer(m->source.belief, c.catalog);
	dirty_unwant_before(m->dirty, m->full.asked);
	dirty_prune(m->dirty, dirty_stamp(m->dirty));
	return 0;
}

/* A standby may buffer the stream, or cut it: see 1.9 of the API. */
static void note_leader(struct marathon *m, const char *leader)
{
	char before[sizeof(m->source.report.leader)];
	bool moved, changed;

	memcpy(before, m->source.report.leader, sizeof(before));
	report_leader(m, leader);
	changed = strcmp(before, m->source.report.leader) != 0;
	moved = replicas_prefer(m->replicas, leader);
	/* Where there was no stream, a new leader may have one for us. */
	if (moved || (changed && !m->stream.request))
		stream_move(m);
}

static void note_answer(struct marathon *m, const char *leader, size_t bad,
	const struct why *first_bad)
{
	struct source_report *report = &m->source.report;

	/* Who comes back may have forgotten us, or be another version. */
	if (m->full.failures > 0) {
		callback_doubt(m);
		stream_probe(m);
	}
	report->full_reads++;
	report->bytes += m->full.bytes;
	report->last_answer = clock_unix_ms();
	source_leaves_out(&m->source, bad, first_bad);
	source_is_at(&m->source, replicas_url(m->replicas));
	m->list_why.text[0] = '\0';
	m->full.failures = 0;
	m->full.lasted = clock_now_ms() - m->full.began;
	if (leader[0])
		note_leader(m, leader);
}

static int64_t next_interval(const struct marathon *m)
{
	bool events = m->stream.attached || m->source.report.callbacks;
	int64_t interval = events ? m->refresh_ms
				  : m->poll_ms;
	int64_t share = SOON_SHARE * m->full.lasted;

	return jitter(interval > share ? interval : share);
}

static int full_finish(
	struct marathon *m, const char *leader, struct why *why)
{
	struct why first_bad = {""};
	struct catalog *catalog;
	size_t bad;
	int r;

	r = list_end(m->full.list, &catalog, &bad, &first_bad, why);
	if (r < 0) {
		why_at(replicas_url(m->replicas), why);
		return r;
	}
	r = take_list(m, catalog);
	if (r < 0)
		return why_set(why, r, "out of memory");
	note_answer(m, leader, bad, &first_bad);
	return 0;
}

/* Each replica in turn, at first quickly, then ever more slowly. */
static void full_failed(struct marathon *m, const struct why *why)
{
	struct full *full = &m->full;
	unsigned rounds = full->failures / (unsigned)replicas_count(m->replicas);
	int64_t delay = rounds < 6 ? (int64_t)LIST_RETRY_MS << rounds
				   : LIST_RETRY_MAX_MS;

	if (delay > LIST_RETRY_MAX_MS)
		delay = LIST_RETRY_MAX_MS;
	full->failures++;
	m->source.report.failures++;
	m->list_why = *why;
	full->at = clock_now_ms() + jitter(delay);
	replicas_failed(m->replicas);
}

void full_judged(struct marathon *m, int error, const char *leader,
	const struct why *why)
{
	struct why words = *why;
	bool again = m->full.again;

	m->full.again = false;
	if (error == 0)
		error = full_finish(m, leader, &words);
	full_end(m);
	if (error < 0)
		full_failed(m, &words);
	else
		m->full.at = clock_now_ms() + (again ? 0 : next_interval(m));
	report_why(m);
}

static void full_done(void *context, int error, const struct http_head *head,
	const struct why *why)
{
	struct marathon *m = context;

	if (error == 0)
		callback_meet(m, head);
	m->full.request = NULL;
	m->full.ended = error == 0 && leader_must_be_asked(m, head);
	if (!m->full.ended)
		full_judged(m, error, head ? head->leader : "", why);
}

static int full_begin(struct marathon *m, struct why *why)
{
	struct full *full = &m->full;
	char url[1024];
	struct http_call call = {
		.url = url,
		.identity = m->identity,
		.yields = true,
		.total_ms = LIST_TOTAL_MS,
		.silence_ms = LIST_SILENCE_MS,
		.body_max = LIST_BODY_MAX,
		.context = m,
		.head = full_head,
		.body = full_body,
		.done = full_done,
	};
	int r;

	full->before = catalog_ref(belief_known(m->source.belief));
	m->reader.first = !full->before;
	full->asked = dirty_stamp(m->dirty);
	full->began = m->now;
	full->bytes = 0;
	r = list_new(&m->reader, full->before, &full->list);
	if (r < 0)
		return why_set(why, r, "out of memory");
	full->url = replicas_url(m->replicas);
	snprintf(url, sizeof(url),
		"%s/v2/apps?embed=apps.tasks&embed=apps.counts"
		"&embed=apps.deployments",
		full->url);
	return http_begin(m->http, &call, &full->request, why);
}

/* It waits until it is known who leads. */
static void full_verify(struct marathon *m)
{
	struct why why = {""};
	int r;

	if (m->full.request || !m->full.ended)
		return;
	r = leader_ask(m, &m->full.request, &why);
	if (r < 0)
		full_judged(m, r, "", &why);
}

void full_turn(struct marathon *m)
{
	struct full *full = &m->full;
	struct why why = {""};
	int r;

	full_verify(m);
	if (full->list || (m->now < full->at && m->now < full->soon_at))
		return;
	full->at = full->soon_at = NEVER;
	r = full_begin(m, &why);
	if (r == 0)
		return;
	full_end(m);
	full_failed(m, &why);
	report_why(m);
}
