/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fetch/etcd_impl.h"

static void watch_close(struct etcd *e)
{
	e->watch.request = NULL;
	e->watch.attach_by = NEVER;
	e->watch.backlog = 0;
	buffer_reset(&e->watch.line);
}

void etcd_watch_done(struct etcd *e)
{
	http_cancel(e->watch.request);
	watch_close(e);
	buffer_done(&e->watch.line);
}

void etcd_watch_from(struct etcd *e, int64_t index)
{
	int64_t attach_by = e->watch.attach_by;

	http_cancel(e->watch.request);
	watch_close(e);
	e->watch.attach_by = attach_by;
	e->watch.next = index + 1;
}

void etcd_watch_attached(struct etcd *e)
{
	e->watch.attach_by = NEVER;
	if (e->watch.attached)
		return;
	e->watch.attached = true;
	e->watch.why.text[0] = '\0';
	e->source.report.attaches++;
	e->source.report.last_attach = clock_unix_ms();
	etcd_report_why(e);
}

/*
 * For who falls behind etcd keeps 128 answers. What it compacts beyond these it
 * passes over without a word, before 3.4.31 and 3.5.13 (issue 17529 of etcd). So
 * who may have been that far behind reads all again, once it has caught up.
 */
static void settle_doubt(struct etcd *e)
{
	struct etcd_watch *watch = &e->watch;

	if (e->now < watch->told + WATCH_PAUSE_MS)
		return;
	if (watch->backlog >= WATCH_BEHIND)
		etcd_read_want(e, e->now);
	watch->backlog = 0;
}

void etcd_watch_told(struct etcd *e)
{
	settle_doubt(e);
	e->watch.backlog++;
	e->watch.told = e->now;
	etcd_watch_attached(e);
}

/* A watch that dies again and again is no better than polling. */
static int64_t retry_delay(const struct etcd *e)
{
	unsigned failures = e->watch.failures;
	int64_t delay = e->poll_ms;

	if (failures == 0)
		return 0;
	if (failures < 16 && delay > (int64_t)WATCH_RETRY_MS << failures)
		delay = (int64_t)WATCH_RETRY_MS << failures;
	return jitter(delay);
}

/*
 * What happened since is only in a full read, so that where no watch lives that
 * is what is left, at the poll interval.
 */
static void watch_lost(struct etcd *e, int error, const struct why *why)
{
	struct etcd_watch *watch = &e->watch;

	if (watch->attached && e->now - watch->opened > WATCH_LIVED_MS)
		watch->failures = 0;
	watch_close(e);
	watch->attached = false;
	watch->next = 0;
	/* That etcd does not remember for ever is nothing wrong. */
	if (error != -ESTALE)
		watch->why = *why;
	if (!e->read.request)
		etcd_read_want(e, e->now + retry_delay(e));
	watch->failures++;
	etcd_report_why(e);
}

static int watch_head(
	void *context, const struct http_head *head, struct why *why)
{
	struct etcd *e = context;

	e->watch.refused = head->status >= 400;
	if (e->watch.refused)
		return 0;
	return expect_json(
		replicas_url(e->replicas), head->content_type, why);
}

static int watch_body(
	void *context, const char *bytes, size_t length, struct why *why)
{
	struct etcd *e = context;
	int r;

	e->now = clock_now_ms();
	e->source.report.bytes += length;
	r = e->watch.refused ? buffer_add(&e->watch.line, bytes, length,
				       SMALL_BODY_MAX)
			     : e->dialect->watch_body(e, bytes, length, why);
	if (r == -E2BIG)
		why_set(why, r, "a change of more than %d MB",
			WATCH_LINE_MAX >> 20);
	if (r < 0 && r != -ESTALE)
		why_at(replicas_url(e->replicas), why);
	return r;
}

static void watch_done(void *context, int error, const struct http_head *head,
	const struct why *why)
{
	struct etcd *e = context;
	struct why words = *why;
	int r = error;

	e->now = clock_now_ms();
	/* One without a body had no callback for its head. */
	e->watch.refused = head && head->status >= 400;
	if (error != -ESTALE)
		r = e->dialect->watch_end(e, error, &words);
	if (r < 0)
		watch_lost(e, r, &words);
	else
		watch_close(e);
}

static int watch_open(struct etcd *e, struct why *why)
{
	struct etcd_question question = {.json = NULL};
	struct http_call call = {
		.fresh = e->address.v3,
		.body_max = e->address.v3 ? 0 : WATCH_LINE_MAX,
		.head = watch_head,
		.body = watch_body,
		.done = watch_done,
	};
	int r;

	e->watch.refused = false;
	e->watch.opened = e->watch.attached ? e->watch.opened : e->now;
	r = e->dialect->ask_watch(e, &question);
	if (r < 0)
		return why_set(why, r, "%s", strerror(-r));
	r = etcd_ask(e, &question, &call, &e->watch.request, why);
	free(question.json);
	return r;
}

void etcd_watch_turn(struct etcd *e)
{
	struct etcd_watch *watch = &e->watch;
	struct why why = {""};
	int r;

	if (watch->request && e->now >= watch->attach_by)
		etcd_watch_attached(e);
	settle_doubt(e);
	if (watch->request || watch->next == 0)
		return;
	r = watch_open(e, &why);
	if (r < 0)
		watch_lost(e, r, &why);
	else if (!watch->attached && watch->attach_by == NEVER)
		watch->attach_by = e->now + WATCH_ATTACH_MS;
}

int64_t etcd_watch_deadline(const struct etcd *e)
{
	const struct etcd_watch *watch = &e->watch;
	int64_t deadline = watch->attach_by;

	if (!watch->request)
		return watch->next ? e->now : NEVER;
	if (watch->backlog >= WATCH_BEHIND)
		deadline = sooner(deadline, watch->told + WATCH_PAUSE_MS);
	return deadline;
}
