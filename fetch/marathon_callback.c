/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/callback_json.h"
#include "fetch/marathon_impl.h"

/*
 * Marathon calls nobody twice, in no order, and not at all for a while after a
 * call that failed; it forgets URLs with its ZooKeeper, and tells nobody. So a
 * URL that it says it has is believed only while calls come: where there were
 * none since the last look, it is given the URL again, which changes nothing
 * but is itself an event that is called for.
 */

static void later(struct marathon *m)
{
	struct callback *cb = &m->callback;
	size_t count = replicas_count(m->replicas);

	cb->step = CALLBACK_LOOK;
	cb->met = cb->looked >= count;
	cb->replica = cb->met ? cb->home : (cb->replica + 1) % count;
	cb->at = cb->met && !cb->doubt
		? m->now + jitter(m->refresh_ms)
		: m->now;
}

/* No callbacks come: the list is polled. */
static void stop(struct marathon *m)
{
	if (!m->source.report.callbacks)
		return;
	m->source.report.callbacks = false;
	full_want(m, m->now + jitter(m->poll_ms));
}

static void settled(struct marathon *m)
{
	struct callback *cb = &m->callback;

	cb->failures = 0;
	cb->home = cb->replica;
	if (!cb->unproved)
		cb->why.text[0] = '\0';
	later(m);
	report_why(m);
}

/* Of refusals the cause stays for long, else somebody may just start anew. */
static int64_t failed_delay(struct marathon *m, const struct http_head *head)
{
	int64_t most = head ? m->refresh_ms : LIST_RETRY_MAX_MS;
	unsigned failures = m->callback.failures;
	int64_t delay = failures < 16 ? (int64_t)LIST_RETRY_MS << failures
				      : most;

	if (head && head->status == 404)
		return STREAM_PROBE_MS;
	if (head && head->status < 500)
		return m->refresh_ms;
	return delay < most ? delay : most;
}

static void say_failed(struct marathon *m, const struct http_head *head,
	const struct why *why)
{
	struct why *words = &m->callback.why;

	if (head && head->status == 400)
		why_set(words, 0,
			"%.300s: callbacks are off there; start Marathon with "
			"--event_subscriber http_callback",
			why->text);
	else if (head && head->status == 404)
		why_set(words, 0,
			"%.300s: no /v2/eventSubscriptions; Marathon has it "
			"to 1.4",
			why->text);
	else
		*words = *why;
	report_why(m);
}

static void failed(struct marathon *m, const struct http_head *head,
	const struct why *why)
{
	struct callback *cb = &m->callback;

	/* One of them is down, but another has the URL. */
	if (cb->registered && !cb->met) {
		later(m);
		return;
	}
	cb->step = CALLBACK_LOOK;
	cb->at = m->now + jitter(failed_delay(m, head));
	cb->failures++;
	cb->replica = (cb->replica + 1) % replicas_count(m->replicas);
	cb->prove_by = NEVER;
	if (head && head->status == 404) {
		cb->registered = false;
		stream_probe(m);
	}
	stop(m);
	say_failed(m, head, why);
}

static void looked(struct marathon *m, const struct http_head *head)
{
	struct callback *cb = &m->callback;
	bool called = m->source.report.callbacks_taken != cb->taken_before;
	struct why why = {""}, words;

	if (callback_is_listed(cb->body.bytes ? cb->body.bytes : "",
		    cb->body.length, cb->url, &cb->registered, &why)
		< 0) {
		why_set(&words, 0, "%.200s: %.200s", head->url, why.text);
		failed(m, head, &words);
		return;
	}
	cb->taken_before = m->source.report.callbacks_taken;
	if (cb->registered && (called || cb->prove_by != NEVER)) {
		settled(m);
		return;
	}
	if (!cb->registered)
		stop(m);
	cb->step = CALLBACK_REGISTER;
	cb->at = m->now;
}

static void registered(struct marathon *m)
{
	struct callback *cb = &m->callback;

	cb->registered = true;
	cb->prove_by = m->source.report.callbacks_taken == cb->taken_before
		? m->now + CALLBACK_PROVE_MS
		: NEVER;
	settled(m);
}

static void left(struct marathon *m, const struct http_head *head)
{
	struct callback *cb = &m->callback;

	cb->step = CALLBACK_LOOK;
	cb->at = m->now + LIST_RETRY_MAX_MS;
	/* Whatever it said: one that does not know callbacks has none. */
	if (head)
		cb->registered = false;
}

static void unproved(struct marathon *m)
{
	struct callback *cb = &m->callback;

	cb->prove_by = NEVER;
	cb->unproved = true;
	why_set(&cb->why, 0,
		"Marathon has %.200s for callbacks, but none comes: can it "
		"reach that?",
		cb->url);
	stop(m);
	report_why(m);
}

static int on_answer(
	void *context, const char *bytes, size_t length, struct why *why)
{
	struct marathon *m = context;

	if (body_add(&m->callback.body, bytes, length) < 0)
		return why_set(why, -ENOMEM, "out of memory");
	return 0;
}

static void on_answered(void *context, int error, const struct http_head *head,
	const struct why *why)
{
	struct marathon *m = context;
	struct callback *cb = &m->callback;

	m->now = clock_now_ms();
	cb->request = NULL;
	if (head)
		callback_meet(m, head);
	if (cb->step == CALLBACK_LEAVE)
		left(m, head);
	else if (error < 0)
		failed(m, head, why);
	else if (cb->step == CALLBACK_LOOK)
		looked(m, head);
	else
		registered(m);
	body_done(&cb->body);
}

static int ask(struct marathon *m, enum callback_step step, int64_t total_ms)
{
	static const enum http_method methods[] = {
		[CALLBACK_LOOK] = HTTP_GET,
		[CALLBACK_REGISTER] = HTTP_POST,
		[CALLBACK_LEAVE] = HTTP_DELETE,
	};
	struct callback *cb = &m->callback;
	char escaped[3 * CALLBACK_URL_MAX], url[1024 + sizeof(escaped)];
	struct http_call call = {
		.method = methods[step],
		.url = url,
		.identity = m->identity,
		.total_ms = total_ms,
		.body_max = CALLBACK_LIST_MAX,
		.context = m,
		.body = on_answer,
		.done = on_answered,
	};

	callback_escape(cb->url, escaped, sizeof(escaped));
	snprintf(url, sizeof(url), "%s/v2/eventSubscriptions%s%s",
		replicas_url_at(m->replicas, cb->replica),
		step == CALLBACK_LOOK ? "" : "?callbackUrl=",
		step == CALLBACK_LOOK ? "" : escaped);
	cb->step = step;
	cb->doubt = false;
	return http_begin(m->http, &call, &cb->request, NULL);
}

static void works(struct marathon *m)
{
	struct callback *cb = &m->callback;

	cb->prove_by = NEVER;
	/* Who calls has the URL, be it of an earlier run of ours. */
	cb->registered = true;
	if (m->source.report.callbacks || !m->stream.none)
		return;
	/* What happened before nobody may have called for. */
	m->source.report.callbacks = true;
	full_want(m, m->now);
	cb->unproved = false;
	cb->why.text[0] = '\0';
	report_why(m);
}

static int on_event(
	void *context, const char *bytes, size_t length, struct why *why)
{
	struct marathon *m = context;
	int r;

	r = event_take(m, "", bytes, length, why);
	if (r < 0)
		return r;
	m->source.report.callbacks_taken++;
	works(m);
	return 0;
}

/* What is lost of Marathon's the list has; a stranger's words it has not. */
static void on_refused(void *context, enum listener_refusal refusal,
	const struct why *why)
{
	struct marathon *m = context;
	struct callback *cb = &m->callback;
	struct source_report *report = &m->source.report;

	m->source.news = true;
	report->callbacks_refused++;
	snprintf(report->callback_refused_why,
		sizeof(report->callback_refused_why), "%.255s", why->text);
	if (refusal == LISTENER_MISTAKE)
		return;
	if (refusal == LISTENER_LOST)
		full_want_soon(m);
	cb->refused_until = m->now + m->refresh_ms;
	if (cb->refused.text[0])
		return;
	cb->refused = *why;
	report_why(m);
}

static bool may_call(void *context, const struct in6_addr *from, bool local)
{
	const struct marathon *m = context;
	const struct callback *cb = &m->callback;

	if (ranges_hold(&cb->may, from))
		return true;
	/* A Marathon on this machine comes from any of its addresses. */
	return !cb->limited && local && cb->here;
}

static void forget_refused(struct marathon *m)
{
	m->callback.refused.text[0] = '\0';
	m->callback.refused_until = NEVER;
	report_why(m);
}

void callback_meet(struct marathon *m, const struct http_head *head)
{
	struct callback *cb = &m->callback;
	struct in6_addr peer;

	if (!cb->url || cb->limited || address_read(head->peer, &peer) < 0
		|| ranges_hold(&cb->may, &peer))
		return;
	ranges_add(&cb->may, &peer);
	cb->here = cb->here || strcmp(head->peer, head->ours) == 0;
	/* It may have called before it was known. */
	if (!cb->refused.text[0])
		return;
	forget_refused(m);
	full_want_soon(m);
	cb->prove_by = NEVER;
	callback_doubt(m);
}

void callback_doubt(struct marathon *m)
{
	m->callback.doubt = true;
	m->callback.at = m->now;
}

static int begin_to_listen(struct marathon *m, struct why *why)
{
	struct callback *cb = &m->callback;
	struct listener_settings settings = {
		.place = cb->place,
		.context = m,
		.may = may_call,
		.body = on_event,
		.refused = on_refused,
	};

	cb->listen_at = m->now + CALLBACK_LISTEN_MS;
	return listener_new(&settings, &cb->listener, why);
}

int callback_init(struct marathon *m, const struct source_context *context,
	struct why *why)
{
	const struct callback_settings *settings = &context->source->callback;
	struct callback *cb = &m->callback;
	int r;

	cb->prove_by = cb->refused_until = NEVER;
	if (!settings->url)
		return 0;
	r = callback_place(settings, &cb->place, why);
	if (r == 0 && settings->allow)
		r = ranges_parse(settings->allow, &cb->may, why);
	if (r < 0)
		return r;
	cb->limited = settings->allow;
	cb->here = address_is_loopback(&cb->place.address);
	cb->url = strdup(settings->url);
	if (!cb->url)
		return why_set(why, -ENOMEM, "out of memory");
	r = begin_to_listen(m, why);
	return r == -EADDRINUSE && context->settings->follows ? 0 : r;
}

/* Whom we follow on has the port until he ends; somebody else, for ever. */
static void listen_again(struct marathon *m)
{
	struct callback *cb = &m->callback;
	struct why why = {""};

	if (m->now < cb->listen_at)
		return;
	if (begin_to_listen(m, &why) == 0) {
		cb->failures = 0;
		cb->why.text[0] = '\0';
		report_why(m);
	} else if (m->source.report.complete
		&& ++cb->failures == CALLBACK_LISTEN_TRIES) {
		cb->why = why;
		report_why(m);
	}
}

/* Where there is a stream, what Marathon calls for is told twice. */
static void rest(struct marathon *m)
{
	struct callback *cb = &m->callback;

	cb->prove_by = NEVER;
	cb->unproved = false;
	if (m->source.report.callbacks || cb->why.text[0]) {
		m->source.report.callbacks = false;
		cb->why.text[0] = '\0';
		report_why(m);
	}
	if (m->stream.attached && cb->registered && !cb->request
		&& m->now >= cb->at
		&& ask(m, CALLBACK_LEAVE, CALLBACK_TOTAL_MS) < 0)
		left(m, NULL);
}

void callback_turn(struct marathon *m)
{
	struct callback *cb = &m->callback;
	struct why why;

	if (!cb->url)
		return;
	if (!cb->listener)
		listen_again(m);
	if (!cb->listener)
		return;
	listener_turn(cb->listener, m->now);
	if (m->now >= cb->refused_until)
		forget_refused(m);
	if (!m->stream.none) {
		rest(m);
		return;
	}
	if (m->now >= cb->prove_by)
		unproved(m);
	if (cb->request || m->now < cb->at)
		return;
	cb->looked += cb->step == CALLBACK_LOOK;
	if (ask(m, cb->step, CALLBACK_TOTAL_MS) == 0)
		return;
	why_set(&why, -ENOMEM, "out of memory");
	failed(m, NULL, &why);
}

int64_t callback_deadline(const struct marathon *m)
{
	const struct callback *cb = &m->callback;
	int64_t deadline;

	if (!cb->url)
		return NEVER;
	if (!cb->listener)
		return cb->listen_at;
	deadline = listener_deadline(cb->listener);
	if (cb->refused_until < deadline)
		deadline = cb->refused_until;
	if (cb->prove_by < deadline)
		deadline = cb->prove_by;
	if (!cb->request && cb->at < deadline
		&& (m->stream.none || (m->stream.attached && cb->registered)))
		deadline = cb->at;
	return deadline;
}

/* At the end of the process: who does not answer soon keeps the URL. */
static void leave(struct marathon *m)
{
	struct callback *cb = &m->callback;
	int64_t end = clock_now_ms() + CALLBACK_LEAVE_MS;
	int r = 0;

	http_cancel(take_ptr(&cb->request));
	cb->replica = cb->home;
	if (ask(m, CALLBACK_LEAVE, CALLBACK_LEAVE_MS) < 0)
		cb->request = NULL;
	while (cb->request && r == 0) {
		int64_t left_ms = end - clock_now_ms();

		if (left_ms <= 0)
			break;
		r = http_turn(m->http, NULL, 0, (int)left_ms);
	}
}

void callback_done_all(struct marathon *m)
{
	struct callback *cb = &m->callback;
	bool registering = cb->request && cb->step == CALLBACK_REGISTER;

	if (cb->listener && (cb->registered || registering))
		leave(m);
	http_cancel(cb->request);
	listener_free(cb->listener);
	body_done(&cb->body);
	free(cb->url);
}
