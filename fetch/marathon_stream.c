/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fetch/marathon_impl.h"

/*
 * Marathon 1.3.7 and later send only these; older ones send all. Left out are
 * what is heavy or comes in storms and changes nothing by itself.
 */
static const char *const wanted_types[] = {
	"event_stream_attached",
	"status_update_event",
	"health_status_changed_event",
	"instance_changed_event",
	"instance_health_changed_event",
	"unhealthy_task_kill_event",
	"unhealthy_instance_kill_event",
	"unknown_task_terminated_event",
	"unknown_instance_terminated_event",
	"add_health_check_event",
	"remove_health_check_event",
	"api_post_event",
	"group_change_success",
	"deployment_success",
	"deployment_failed",
	"deployment_step_success",
	"app_terminated_event",
	"scheduler_registered_event",
	"scheduler_reregistered_event",
};

static void stream_close(struct marathon *m)
{
	m->stream.request = NULL;
	m->stream.attach_by = NEVER;
	m->stream.attached = m->stream.proved = false;
}

void stream_done_all(struct marathon *m)
{
	http_cancel(m->stream.request);
	stream_close(m);
}

void stream_move(struct marathon *m)
{
	http_cancel(m->stream.request);
	stream_close(m);
	m->stream.at = m->now;
}

/*
 * There is a subscription from now on: what the list says is complete if it is
 * asked for now, and events tell what happens later.
 */
static void stream_attached(struct marathon *m)
{
	m->stream.attached = true;
	m->stream.none = false;
	m->stream.attach_by = NEVER;
	m->stream.why.text[0] = '\0';
	m->source.report.attaches++;
	m->source.report.last_attach = clock_unix_ms();
	full_want(m, m->now);
	report_why(m);
}

static int stream_head(
	void *context, const struct http_head *head, struct why *why)
{
	struct marathon *m = context;

	if (strncasecmp(head->content_type, "text/event-stream", 17) != 0) {
		why_set(why, -EPROTO, "no event stream but %s",
			head->content_type[0] ? head->content_type : "nothing");
		why_at(replicas_url(m->replicas), why);
		return -EPROTO;
	}
	if (head->leader[0])
		report_leader(m, head->leader);
	m->stream.attach_by = clock_now_ms() + STREAM_ATTACH_MS;
	return 0;
}

static int stream_body(
	void *context, const char *bytes, size_t length, struct why *why)
{
	struct marathon *m = context;
	uint64_t events = m->source.report.events;
	int r;

	m->now = clock_now_ms();
	r = sse_feed(m->stream.sse, bytes, length);
	if (r < 0)
		return why_set(why, r, "the event stream: %s", strerror(-r));
	if (m->source.report.events == events)
		return 0;
	m->stream.proved = true;
	if (!m->stream.attached)
		stream_attached(m);
	return 0;
}

/* Nobody can be listened to here; the list is polled instead. */
static bool is_no_stream(int error, const struct http_head *head)
{
	return head && (error == -ENOENT || error == -EACCES
		|| head->status == 405);
}

/*
 * A redirect led to another of the replicas, where libcurl has shown none of
 * our secrets: it is asked by its own URL. To one that is not configured they
 * do not go at all.
 */
static bool is_led_on(
	struct marathon *m, int error, const struct http_head *head)
{
	if (error == 0 || !head || !head->redirected)
		return false;
	return replicas_prefer(m->replicas, head->url);
}

/* How long until the next try. */
static int64_t stream_delay(struct marathon *m)
{
	struct stream *stream = &m->stream;
	int64_t delay = stream->failures < 8
		? (int64_t)STREAM_RETRY_MS << stream->failures
		: STREAM_RETRY_MAX_MS;

	return jitter(delay < STREAM_RETRY_MAX_MS ? delay
						  : STREAM_RETRY_MAX_MS);
}

/*
 * Until it is attached again the list is polled. A stream that ends says that
 * somebody may have taken over: the next replica is asked.
 */
static void stream_lost(struct marathon *m, int error,
	const struct http_head *head, const struct why *why)
{
	struct stream *stream = &m->stream;
	bool good = stream->proved
		&& (stream->failures == 0
			|| m->now - stream->opened > STREAM_LIVED_MS);
	bool none = is_no_stream(error, head);

	stream_close(m);
	if (none && !stream->none)
		callback_doubt(m);
	/* Whoever cannot be asked has what he had. */
	stream->none = stream->none || none;
	stream->at = m->now
		+ (none ? jitter(STREAM_PROBE_MS) : stream_delay(m));
	stream->failures = good ? 0 : stream->failures + 1;
	/* 0.8 has none, and nothing is wrong with that. */
	stream->why.text[0] = '\0';
	if (error == 0)
		why_set(&stream->why, 0, "the event stream ended");
	else if (error == -EACCES && head && head->redirected)
		why_set(&stream->why, 0, "%s (the event stream leads there, "
			"and it is not in --marathon)", why->text);
	else if (error != -ENOENT)
		stream->why = *why;
	if (error == 0)
		why_at(replicas_url(m->replicas), &stream->why);
	if (!none)
		replicas_rotate(m->replicas);
	full_want(m, m->now + jitter(m->poll_ms));
	report_why(m);
}

/* At once, but not for ever: two may lead to each other. */
static void stream_follow(struct marathon *m)
{
	stream_close(m);
	m->stream.at = m->now;
	if (m->stream.failures > 0)
		m->stream.at += stream_delay(m);
	m->stream.failures++;
	full_want(m, m->now + jitter(m->poll_ms));
	report_why(m);
}

static void stream_done(void *context, int error, const struct http_head *head,
	const struct why *why)
{
	struct marathon *m = context;

	m->now = clock_now_ms();
	if (is_led_on(m, error, head))
		stream_follow(m);
	else
		stream_lost(m, error, head, why);
}

static int stream_open(struct marathon *m, struct why *why)
{
	char url[2048];
	struct http_call call = {
		.url = url,
		.identity = m->identity,
		.accept = "text/event-stream",
		.fresh = true,
		.silence_ms = STREAM_SILENCE_MS,
		.context = m,
		.head = stream_head,
		.body = stream_body,
		.done = stream_done,
	};
	size_t count = sizeof(wanted_types) / sizeof(wanted_types[0]);
	size_t length;

	length = (size_t)snprintf(url, sizeof(url),
		"%s/v2/events?plan-format=light", replicas_url(m->replicas));
	for (size_t i = 0; i < count && length < sizeof(url); i++)
		length += (size_t)snprintf(url + length, sizeof(url) - length,
			"&event_type=%s", wanted_types[i]);
	if (length >= sizeof(url))
		return why_set(why, -E2BIG, "a URL that is too long");
	sse_reset(m->stream.sse);
	m->stream.opened = m->now;
	return http_begin(m->http, &call, &m->stream.request, why);
}

void stream_probe(struct marathon *m)
{
	if (m->stream.none && !m->stream.request)
		m->stream.at = m->now;
}

void stream_turn(struct marathon *m)
{
	struct stream *stream = &m->stream;
	struct why why = {""};
	int r;

	/* 0.9 and 0.10 may say nothing until something happens. */
	if (stream->request && m->now >= stream->attach_by)
		stream_attached(m);
	if (stream->request || m->now < stream->at)
		return;
	r = stream_open(m, &why);
	if (r < 0)
		stream_lost(m, r, NULL, &why);
}

int64_t stream_deadline(const struct marathon *m)
{
	return m->stream.request ? m->stream.attach_by : m->stream.at;
}
