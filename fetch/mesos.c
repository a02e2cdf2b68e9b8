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

static int take_settings(
	struct mesos *m, const struct mesos_settings *settings)
{
	const struct mesos_wishes *wishes = settings->wishes;

	m->http = settings->http;
	m->identity = settings->identity;
	m->reader = settings->reader;
	m->tasks_wanted = wishes->tasks;
	m->poll_ms = wishes->poll_ms;
	if (copy_text(wishes->frameworks, &m->frameworks) < 0
		|| copy_text(wishes->others, &m->others) < 0
		|| copy_text(wishes->domain, &m->domain) < 0)
		return -ENOMEM;
	return replicas_new(settings->urls, &m->replicas);
}

int mesos_new(const struct mesos_settings *settings, struct mesos **ret,
	struct why *why)
{
	struct mesos *m = calloc(1, sizeof(*m));
	int r;

	if (!m)
		return why_set(why, -ENOMEM, "out of memory");
	r = take_settings(m, settings);
	if (r == 0)
		r = belief_new(&settings->belief, &m->report, &m->belief);
	if (r < 0) {
		mesos_free(m);
		return why_set(why, r, "%s: %s", settings->urls, strerror(-r));
	}
	snprintf(m->report.name, sizeof(m->report.name), "%s",
		m->reader.source);
	snprintf(m->report.url, sizeof(m->report.url), "%s",
		replicas_url(m->replicas));
	m->news = true;
	*ret = m;
	return 0;
}

void mesos_free(struct mesos *m)
{
	if (!m)
		return;
	http_cancel(m->request);
	mesos_state_free(m->state);
	mesos_tasks_free(m->tasks);
	belief_free(m->belief);
	replicas_free(m->replicas);
	free(m->frameworks);
	free(m->others);
	free(m->domain);
	free(m);
}

static void report_why(struct mesos *m)
{
	struct source_report *report = &m->report;

	report->stale = m->why.text[0] && belief_shown(m->belief);
	if (!m->why.text[0])
		report->since = 0;
	else if (!report->since)
		report->since = clock_unix_ms();
	snprintf(report->why, sizeof(report->why), "%s", m->why.text);
	m->news = true;
}

void mesos_failed(struct mesos *m, const struct why *why)
{
	unsigned rounds = m->failures / (unsigned)replicas_count(m->replicas);
	int64_t delay = rounds < 6 ? (int64_t)RETRY_MS << rounds : RETRY_MAX_MS;

	m->failures++;
	m->report.failures++;
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
	m->report.last_answer = clock_unix_ms();
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

	if (belief_restore(m->belief, &why) < 0) {
		m->why = why;
		report_why(m);
	}
}

static void believe(struct mesos *m)
{
	if (m->failures >= replicas_count(m->replicas)
		&& !belief_shown(m->belief))
		belief_despair(m->belief);
	if (belief_turn(m->belief, m->now))
		report_why(m);
}

/* What is held back wants an answer, also before its time. */
static bool is_due(const struct mesos *m)
{
	if (m->request)
		return false;
	return m->now >= m->at
		|| (!m->failures && m->now >= belief_wants_answer(m->belief));
}

bool mesos_turn(struct mesos *m, int64_t now)
{
	bool news;

	m->now = now;
	restore(m);
	if (is_due(m))
		ask(m);
	believe(m);
	news = m->news;
	m->news = false;
	return news;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t mesos_deadline(const struct mesos *m)
{
	int64_t deadline = belief_deadline(m->belief);

	if (m->request)
		return deadline;
	deadline = sooner(deadline, m->at);
	return m->failures ? deadline
			   : sooner(deadline, belief_wants_answer(m->belief));
}

void mesos_refresh(struct mesos *m)
{
	if (m->request)
		m->again = true;
	else
		m->at = clock_now_ms();
}

struct belief *mesos_belief(const struct mesos *m)
{
	return m->belief;
}

struct catalog *mesos_catalog(const struct mesos *m)
{
	return belief_shown(m->belief);
}

const struct source_report *mesos_report(const struct mesos *m)
{
	return &m->report;
}
