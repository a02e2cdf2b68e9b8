/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fetch/etcd_impl.h"

static void read_end(struct etcd *e)
{
	e->read.request = NULL;
	elements_free(take_ptr(&e->read.elements));
	registry_free(take_ptr(&e->read.registry));
	buffer_done(&e->read.refusal);
	etcd_change_forget(e);
}

void etcd_read_done(struct etcd *e)
{
	http_cancel(e->read.request);
	read_end(e);
}

void etcd_read_want(struct etcd *e, int64_t at)
{
	/* What is under way may be older than what this is wanted for. */
	if (e->read.request)
		e->read.again = true;
	else if (at < e->read.at)
		e->read.at = at;
}

static int on_element(
	void *context, const char *bytes, size_t length, struct why *why)
{
	struct etcd *e = context;

	return e->dialect->element(bytes, length, etcd_change_read, e, why);
}

static int read_head(
	void *context, const struct http_head *head, struct why *why)
{
	struct etcd *e = context;

	e->read.refused = head->status >= 400;
	if (e->read.refused)
		return 0;
	return expect_json(
		replicas_url(e->replicas), head->content_type, why);
}

static int read_body(
	void *context, const char *bytes, size_t length, struct why *why)
{
	struct etcd *e = context;
	int r;

	e->read.bytes += length;
	if (e->read.refused)
		return buffer_add(
			&e->read.refusal, bytes, length, SMALL_BODY_MAX);
	r = elements_feed(e->read.elements, bytes, length, why);
	if (r < 0)
		why_at(replicas_url(e->replicas), why);
	return r;
}

/* An index only grows, as long as it is that of one store. */
static void note_position(struct etcd *e, const struct etcd_position *next)
{
	const struct etcd_position *last = &e->position;
	bool other = last->cluster[0] && next->cluster[0]
		&& strcmp(last->cluster, next->cluster) != 0;

	if (other || next->index < last->index) {
		why_set(&e->anew_why, 0,
			"the store begins anew at index %lld, it was at %lld%s",
			(long long)next->index, (long long)last->index,
			other ? " in another cluster" : "");
		why_at(replicas_url(e->replicas), &e->anew_why);
		/* Their numbers mean nothing in the new one. */
		etcd_change_forget(e);
	}
	e->position = *next;
}

static int take_answer(struct etcd *e, const struct etcd_position *position,
	struct why *why)
{
	int r;

	note_position(e, position);
	r = etcd_change_replay(e, position->index);
	if (r == 0)
		r = etcd_change_answer(e);
	if (r < 0)
		return why_set(why, r, "%s", strerror(-r));
	e->missing = registry_count(e->registry) == 0
		&& (e->address.v3 || e->read.refused);
	e->source.report.full_reads++;
	e->source.report.bytes += e->read.bytes;
	e->source.report.last_answer = clock_unix_ms();
	e->read_why.text[0] = '\0';
	e->read.failures = 0;
	e->gateways_tried = 0;
	e->login.proved = true;
	etcd_watch_from(e, position->index);
	return 0;
}

/* Each member in turn, at first quickly, then ever more slowly. */
void etcd_read_failed(struct etcd *e, const struct why *why)
{
	struct etcd_read *read = &e->read;
	unsigned rounds = read->failures
		/ (unsigned)replicas_count(e->replicas);
	int64_t delay = rounds < 6 ? (int64_t)READ_RETRY_MS << rounds
				   : READ_RETRY_MAX_MS;

	if (delay > READ_RETRY_MAX_MS)
		delay = READ_RETRY_MAX_MS;
	read->failures++;
	e->source.report.failures++;
	e->versioned = false;
	e->read_why = *why;
	read->at = clock_now_ms() + jitter(delay);
	replicas_rotate(e->replicas);
	etcd_report_why(e);
}

static int judge(struct etcd *e, int error, const struct http_head *head,
	struct why *why)
{
	struct etcd_position position = {.index = 0};
	int r = error;

	if (error == 0)
		r = e->dialect->frame(e, head, &position, why);
	else if (e->read.refused)
		r = e->dialect->refused(e, error, head, &position, why);
	if (r == 0)
		r = take_answer(e, &position, why);
	else if (error == 0)
		why_at(replicas_url(e->replicas), why);
	return r;
}

static void read_done(void *context, int error, const struct http_head *head,
	const struct why *why)
{
	struct etcd *e = context;
	struct why words = *why;
	bool again = e->read.again;
	int r;

	e->now = clock_now_ms();
	e->read.again = false;
	/* One without a body had no callback for its head. */
	e->read.refused = head && head->status >= 400;
	r = judge(e, error, head, &words);
	read_end(e);
	if (r == 0)
		e->read.at = e->now
			+ (again ? 0 : jitter(e->refresh_ms));
	else if (r == -EAGAIN)
		e->read.at = e->now;
	else
		etcd_read_failed(e, &words);
	etcd_report_why(e);
}

static int read_begin(struct etcd *e, struct why *why)
{
	struct etcd_question question = {.json = NULL};
	struct http_call call = {
		.yields = true,
		.total_ms = READ_TOTAL_MS,
		.silence_ms = READ_SILENCE_MS,
		.body_max = READ_BODY_MAX,
		.head = read_head,
		.body = read_body,
		.done = read_done,
	};
	int r;

	e->read.bytes = 0;
	e->read.refused = false;
	r = elements_new(e->dialect->element_depth, on_element, e,
		&e->read.elements);
	if (r == 0)
		r = registry_new(&e->read.registry);
	if (r == 0)
		r = e->dialect->ask_all(e, &question);
	if (r < 0)
		return why_set(why, r, "%s", strerror(-r));
	r = etcd_ask(e, &question, &call, &e->read.request, why);
	free(question.json);
	return r;
}

void etcd_read_turn(struct etcd *e)
{
	struct why why = {""};
	int r;

	if (e->read.request || e->login.request || e->now < e->read.at)
		return;
	e->read.at = NEVER;
	r = etcd_login_needed(e) ? etcd_login_begin(e, &why)
				 : read_begin(e, &why);
	if (r == 0)
		return;
	read_end(e);
	etcd_read_failed(e, &why);
}
