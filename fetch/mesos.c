/* SPDX-License-Identifier: MIT */
#include "fetch/mesos.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fetch/jitter.h"
#include "fetch/mesos_impl.h"

#define NEVER INT64_MAX

enum {
	RETRY_MS = 200, /* doubled by each round that fails, up to */
	RETRY_MAX_MS = 10000,
	SHARE = 4, /* reading takes a fourth of the time at most */
};

static int copy_text(const char *text, char **ret)
{
	if (!text)
		return 0;
	*ret = strdup(text);
	return *ret ? 0 : -ENOMEM;
}

static const char *urls_of(const struct source_context *context)
{
	return context->source->address + strlen(mesos_source.prefix);
}

static int take_settings(struct mesos *m, const struct source_context *context)
{
	const struct mesos_wishes *wishes = &context->settings->mesos;

	m->http = context->http;
	m->identity = context->identity;
	m->reader = context->reader;
	m->tasks_wanted = wishes->tasks;
	m->poll_ms = wishes->poll_ms;
	if (copy_text(wishes->frameworks, &m->frameworks) < 0
		|| copy_text(wishes->others, &m->others) < 0
		|| copy_text(wishes->domain, &m->domain) < 0)
		return -ENOMEM;
	return replicas_new(urls_of(context), &m->replicas);
}

static void mesos_free(struct source *source)
{
	struct mesos *m = (void *)source;

	http_cancel(m->request);
	mesos_state_free(m->state);
	mesos_tasks_free(m->tasks);
	belief_free(m->source.belief);
	replicas_free(m->replicas);
	free(m->frameworks);
	free(m->others);
	free(m->domain);
	free(m);
}

static int mesos_new(const struct source_context *context,
	struct source **ret, struct why *why)
{
	struct mesos *m = calloc(1, sizeof(*m));
	int r;

	if (!m)
		return why_set(why, -ENOMEM, "out of memory");
	r = source_begin(&m->source, &mesos_source, context);
	if (r == 0)
		r = take_settings(m, context);
	if (r < 0) {
		mesos_free(&m->source);
		return why_set(why, r, "%s: %s", urls_of(context),
			strerror(-r));
	}
	source_is_at(&m->source, replicas_url(m->replicas));
	*ret = &m->source;
	return 0;
}

static void report_why(struct mesos *m)
{
	m->source.report.stale =
		m->why.text[0] && belief_shown(m->source.belief);
	source_say(&m->source, m->why.text);
}

void mesos_failed(struct mesos *m, const struct why *why)
{
	unsigned rounds = m->failures / (unsigned)replicas_count(m->replicas);
	int64_t delay = rounds < 6 ? (int64_t)RETRY_MS << rounds : RETRY_MAX_MS;

	m->failures++;
	m->source.report.failures++;
	m->why = *why;
	m->direct[0] = m->pointed[0] = '\0';
	m->hops = 0;
	m->path = 0;
	m->at = clock_now_ms()
		+ jitter(delay < RETRY_MAX_MS ? delay : RETRY_MAX_MS);
	replicas_rotate(m->replicas);
	report_why(m);
}

void mesos_answered(struct mesos *m)
{
	int64_t lasted = clock_now_ms() - m->began;

	m->failures = 0;
	m->why.text[0] = '\0';
	m->source.report.last_answer = clock_unix_ms();
	m->at = clock_now_ms();
	if (!m->again)
		m->at += jitter(m->poll_ms > SHARE * lasted ? m->poll_ms
							    : SHARE * lasted);
	m->again = false;
	report_why(m);
}

static void ask(struct mesos *m)
{
	struct why why = {""};
	int r;

	m->at = NEVER;
	m->began = m->now;
	r = m->poll_leader ? mesos_ask_leader(m, &why)
			   : mesos_ask_state(m, &why);
	if (r == 0)
		return;
	mesos_state_free(take_ptr(&m->state));
	mesos_failed(m, &why);
}

/* Its words are forgotten with the first answer: it has done its harm then. */
static void restore(struct mesos *m)
{
	struct why why = {""};

	if (belief_restore(m->source.belief, &why) < 0) {
		m->why = why;
		report_why(m);
	}
}

static void believe(struct mesos *m)
{
	if (m->failures >= replicas_count(m->replicas)
		&& !belief_shown(m->source.belief))
		belief_despair(m->source.belief);
	if (belief_turn(m->source.belief, m->now))
		report_why(m);
}

/* What is held back wants an answer, also before its time. */
static bool is_due(const struct mesos *m)
{
	if (m->request)
		return false;
	if (m->now >= m->at)
		return true;
	return !m->failures && m->now >= belief_wants_answer(m->source.belief);
}

static void mesos_turn(struct source *source, int64_t now)
{
	struct mesos *m = (void *)source;

	m->now = now;
	restore(m);
	if (is_due(m))
		ask(m);
	believe(m);
}

static int64_t mesos_deadline(const struct source *source)
{
	const struct mesos *m = (const void *)source;
	int64_t deadline = belief_deadline(source->belief);

	if (m->request)
		return deadline;
	deadline = sooner(deadline, m->at);
	if (m->failures)
		return deadline;
	return sooner(deadline, belief_wants_answer(source->belief));
}

static void mesos_refresh(struct source *source)
{
	struct mesos *m = (void *)source;

	if (m->request)
		m->again = true;
	else
		m->at = clock_now_ms();
}

const struct source_kind mesos_source = {
	.prefix = "mesos:",
	.new = mesos_new,
	.free = mesos_free,
	.turn = mesos_turn,
	.deadline = mesos_deadline,
	.refresh = mesos_refresh,
};
