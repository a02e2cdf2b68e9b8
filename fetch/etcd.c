/* SPDX-License-Identifier: MIT */
#include "fetch/etcd.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/etcd_impl.h"

enum { INFO_TOTAL_MS = 10000, EDIT_RETRY_MS = 200 };

/* The path for a human: that of the root is "". */
static const char *path_of(const struct etcd *e)
{
	return e->address.path[0] ? e->address.path : "/";
}

static void report_url(struct etcd *e)
{
	snprintf(e->source.report.url, sizeof(e->source.report.url), "%s%s",
		replicas_url(e->replicas), path_of(e));
}

static int set_up(struct etcd *e, const struct source_context *context,
	struct why *why)
{
	const char *address = context->source->address;
	int r;

	r = etcd_address_parse(address, &e->address, why);
	if (r < 0)
		return r;
	e->dialect = e->address.v3 ? &etcd3_dialect : &etcd2_dialect;
	r = replicas_new(e->address.urls, &e->replicas);
	if (r == 0)
		r = source_begin(&e->source, &etcd_source, context);
	return r < 0 ? why_set(why, r, "%s: %s", address, strerror(-r)) : 0;
}

static void etcd_free(struct source *source)
{
	struct etcd *e = (void *)source;

	http_cancel(e->info);
	etcd_read_done(e);
	etcd_watch_done(e);
	etcd_login_done(e);
	etcd_change_forget(e);
	registry_free(e->registry);
	belief_free(e->source.belief);
	replicas_free(e->replicas);
	etcd_address_done(&e->address);
	free(e);
}

static int etcd_new(const struct source_context *context, struct source **ret,
	struct why *why)
{
	struct etcd *e = calloc(1, sizeof(*e));
	int r;

	if (!e)
		return why_set(why, -ENOMEM, "out of memory");
	e->http = context->http;
	e->identity = context->identity;
	e->reader = (struct registry_reader){
		.origin = context->belief.origin,
		.groups = context->reader.groups,
	};
	e->refresh_ms = context->settings->refresh_ms;
	e->poll_ms = context->settings->poll_ms;
	e->pending_end = &e->pending;
	e->watch.attach_by = NEVER;
	r = set_up(e, context, why);
	if (r < 0) {
		etcd_free(&e->source);
		return r;
	}
	report_url(e);
	*ret = &e->source;
	return 0;
}

/* What is wrong, the worst first. */
static const char *why_of(const struct etcd *e)
{
	if (e->read_why.text[0])
		return e->read_why.text;
	if (e->anew_why.text[0])
		return e->anew_why.text;
	return e->watch.why.text;
}

void etcd_report_why(struct etcd *e)
{
	struct why missing = {""};
	const char *why = why_of(e);

	if (!why[0] && e->missing) {
		why_set(&missing, 0, "there is nothing at %s", path_of(e));
		why_at(replicas_url(e->replicas), &missing);
		why = missing.text;
	}
	e->source.report.stale =
		e->read_why.text[0] && belief_shown(e->source.belief);
	e->source.report.streaming = e->watch.attached;
	report_url(e);
	source_say(&e->source, why);
}

void etcd_refusal(
	struct etcd *e, const struct etcd_error *error, struct why *why)
{
	why_set(why, 0, "%s", error->text);
	why_at(replicas_url(e->replicas), why);
}

int etcd_url(struct etcd *e, struct etcd_question *question,
	const char *format, ...)
{
	const char *url = replicas_url(e->replicas);
	size_t length = strlen(url);
	va_list arguments;
	int more;

	if (length >= sizeof(question->url))
		return -E2BIG;
	memcpy(question->url, url, length);
	va_start(arguments, format);
	more = vsnprintf(question->url + length,
		sizeof(question->url) - length, format, arguments);
	va_end(arguments);
	return (size_t)more < sizeof(question->url) - length ? 0 : -E2BIG;
}

/* v2 wants the password each time, v3 what it was exchanged for. */
int etcd_ask(struct etcd *e, struct etcd_question *question,
	struct http_call *call, struct http_request **ret, struct why *why)
{
	call->url = question->url;
	call->json = question->json;
	call->method = question->json ? HTTP_POST : HTTP_GET;
	call->identity = e->identity;
	call->nameless = e->address.v3;
	if (e->address.v3)
		call->authorization = e->login.token;
	call->refusals = true;
	call->context = e;
	return http_begin(e->http, call, ret, why);
}

/* Its words are forgotten with the first answer: it has done its harm then. */
static void restore(struct etcd *e)
{
	struct why why = {""};

	if (belief_restore(e->source.belief, &why) < 0) {
		e->read_why = why;
		etcd_report_why(e);
	}
}

static void believe(struct etcd *e)
{
	bool answerless = e->read.failures >= replicas_count(e->replicas);

	if (answerless && !belief_shown(e->source.belief))
		belief_despair(e->source.belief);
	if (!belief_turn(e->source.belief, e->now))
		return;
	if (!e->source.report.held)
		e->anew_why.text[0] = '\0';
	etcd_report_why(e);
}

static int info_body(
	void *context, const char *bytes, size_t length, struct why *why)
{
	struct etcd *e = context;

	(void)why;
	/* It comes in one piece, or is done without. */
	if (etcd_version_read(bytes, length, e->source.report.version,
		    sizeof(e->source.report.version))
		== 0)
		e->source.news = true;
	return 0;
}

static void info_done(void *context, int error, const struct http_head *head,
	const struct why *why)
{
	struct etcd *e = context;

	(void)error;
	(void)head;
	(void)why;
	e->info = NULL;
}

/* After each outage: it may have been for an upgrade. For people only. */
static void ask_version(struct etcd *e)
{
	struct etcd_question question = {.json = NULL};
	struct http_call call = {
		.total_ms = INFO_TOTAL_MS,
		.body_max = SMALL_BODY_MAX,
		.body = info_body,
		.done = info_done,
	};

	if (e->versioned || e->info || !e->source.report.complete
		|| e->read.failures > 0)
		return;
	e->versioned = true;
	if (etcd_url(e, &question, "/version") < 0
		|| etcd_ask(e, &question, &call, &e->info, NULL) < 0)
		e->info = NULL;
}

/* Who is held back is let go by an answer at the right time. */
static void guard_turn(struct etcd *e)
{
	if (e->now < belief_wants_answer(e->source.belief) || e->read.request
		|| e->read.failures > 0)
		return;
	replicas_rotate(e->replicas);
	etcd_read_want(e, e->now);
}

static void etcd_turn(struct source *source, int64_t now)
{
	struct etcd *e = (void *)source;

	e->now = now;
	if (etcd_change_edit(e) < 0 && e->read.failures == 0)
		etcd_read_want(e, now + EDIT_RETRY_MS);
	guard_turn(e);
	restore(e);
	etcd_read_turn(e);
	etcd_watch_turn(e);
	ask_version(e);
	believe(e);
}

static int64_t etcd_deadline(const struct source *source)
{
	const struct etcd *e = (const void *)source;
	int64_t deadline = sooner(
		etcd_watch_deadline(e), belief_deadline(source->belief));

	if (e->read.request || e->login.request)
		return deadline;
	if (e->read.failures == 0)
		deadline = sooner(
			deadline, belief_wants_answer(source->belief));
	return sooner(deadline, e->read.at);
}

static void etcd_refresh(struct source *source)
{
	struct etcd *e = (void *)source;

	etcd_read_want(e, clock_now_ms());
}

const struct source_kind etcd_source = {
	.prefix = "etcd",
	.new = etcd_new,
	.free = etcd_free,
	.turn = etcd_turn,
	.deadline = etcd_deadline,
	.refresh = etcd_refresh,
};
