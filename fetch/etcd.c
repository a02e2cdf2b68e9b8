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
	snprintf(e->report.url, sizeof(e->report.url), "%s%s",
		replicas_url(e->replicas), path_of(e));
}

static int set_up(struct etcd *e, const char *address, struct why *why)
{
	int r;

	r = etcd_address_parse(address, &e->address, why);
	if (r < 0)
		return r;
	e->dialect = e->address.v3 ? &etcd3_dialect : &etcd2_dialect;
	r = replicas_new(e->address.urls, &e->replicas);
	if (r == 0)
		r = belief_new(&e->settings.belief, &e->report, &e->belief);
	return r < 0 ? why_set(why, r, "%s: %s", address, strerror(-r)) : 0;
}

int etcd_new(const struct etcd_settings *settings, struct etcd **ret,
	struct why *why)
{
	CLEANUP(etcd_free) struct etcd *e = calloc(1, sizeof(*e));
	int r;

	if (!e)
		return why_set(why, -ENOMEM, "out of memory");
	e->settings = *settings;
	e->pending_end = &e->pending;
	e->watch.attach_by = NEVER;
	r = set_up(e, settings->address, why);
	if (r < 0)
		return r;
	e->settings.address = NULL;
	snprintf(e->report.name, sizeof(e->report.name), "%s",
		settings->reader.origin.source);
	report_url(e);
	e->news = true;
	*ret = take_ptr(&e);
	return 0;
}

void etcd_free(struct etcd *e)
{
	if (!e)
		return;
	http_cancel(e->info);
	etcd_read_done(e);
	etcd_watch_done(e);
	etcd_login_done(e);
	etcd_change_forget(e);
	registry_free(e->registry);
	belief_free(e->belief);
	replicas_free(e->replicas);
	etcd_address_done(&e->address);
	free(e);
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
	struct source_report *report = &e->report;
	struct why missing = {""};
	const char *why = why_of(e);

	if (!why[0] && e->missing) {
		why_set(&missing, 0, "there is nothing at %s", path_of(e));
		etcd_why_prefix(e, &missing);
		why = missing.text;
	}
	report->stale = e->read_why.text[0] && belief_shown(e->belief);
	report->streaming = e->watch.attached;
	if (!why[0])
		report->since = 0;
	else if (!report->since)
		report->since = clock_unix_ms();
	snprintf(report->why, sizeof(report->why), "%s", why);
	report_url(e);
	e->news = true;
}

void etcd_why_prefix(struct etcd *e, struct why *why)
{
	const char *place = strstr(replicas_url(e->replicas), "://") + 3;
	struct why words = *why;

	why_set(why, 0, "%s: %s", place, words.text);
}

int etcd_head_check(
	struct etcd *e, const struct http_head *head, struct why *why)
{
	if (strcasestr(head->content_type, "json"))
		return 0;
	why_set(why, -EPROTO, "answered with %s instead of JSON",
		head->content_type[0] ? head->content_type : "nothing named");
	etcd_why_prefix(e, why);
	return -EPROTO;
}

void etcd_refusal(
	struct etcd *e, const struct etcd_error *error, struct why *why)
{
	why_set(why, 0, "%s", error->text);
	etcd_why_prefix(e, why);
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
	call->identity = e->settings.identity;
	call->nameless = e->address.v3;
	if (e->address.v3)
		call->authorization = e->login.token;
	call->refusals = true;
	call->context = e;
	return http_begin(e->settings.http, call, ret, why);
}

/* Its words are forgotten with the first answer: it has done its harm then. */
static void restore(struct etcd *e)
{
	struct why why = {""};

	if (belief_restore(e->belief, &why) < 0) {
		e->read_why = why;
		etcd_report_why(e);
	}
}

static void believe(struct etcd *e)
{
	bool answerless = e->read.failures >= replicas_count(e->replicas);

	if (answerless && !belief_shown(e->belief))
		belief_despair(e->belief);
	if (!belief_turn(e->belief, e->now))
		return;
	if (!e->report.held)
		e->anew_why.text[0] = '\0';
	etcd_report_why(e);
}

static int info_body(
	void *context, const char *bytes, size_t length, struct why *why)
{
	struct etcd *e = context;

	(void)why;
	/* It comes in one piece, or is done without. */
	if (etcd_version_read(bytes, length, e->report.version,
		    sizeof(e->report.version))
		== 0)
		e->news = true;
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

	if (e->versioned || e->info || !e->report.complete
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
	if (e->now < belief_wants_answer(e->belief) || e->read.request
		|| e->read.failures > 0)
		return;
	replicas_rotate(e->replicas);
	etcd_read_want(e, e->now);
}

bool etcd_turn(struct etcd *e, int64_t now)
{
	bool news;

	e->now = now;
	if (etcd_change_edit(e) < 0 && e->read.failures == 0)
		etcd_read_want(e, now + EDIT_RETRY_MS);
	guard_turn(e);
	etcd_read_turn(e);
	etcd_watch_turn(e);
	restore(e);
	ask_version(e);
	believe(e);
	news = e->news;
	e->news = false;
	return news;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t etcd_deadline(const struct etcd *e)
{
	int64_t deadline =
		sooner(etcd_watch_deadline(e), belief_deadline(e->belief));

	if (e->read.request || e->login.request)
		return deadline;
	if (e->read.failures == 0)
		deadline = sooner(deadline, belief_wants_answer(e->belief));
	return sooner(deadline, e->read.at);
}

void etcd_refresh(struct etcd *e)
{
	etcd_read_want(e, clock_now_ms());
}

struct belief *etcd_belief(const struct etcd *e)
{
	return e->belief;
}

struct catalog *etcd_catalog(const struct etcd *e)
{
	return belief_shown(e->belief);
}

const struct source_report *etcd_report(const struct etcd *e)
{
	return &e->report;
}
