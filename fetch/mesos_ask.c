/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fetch/mesos_apps.h"
#include "fetch/mesos_impl.h"

enum {
	STATE_TOTAL_MS = 120000,
	STATE_SILENCE_MS = 30000,
	STATE_BODY_MAX = 512 << 20,
	LEADER_TOTAL_MS = 10000,
	LEADER_BODY_MAX = 1 << 20,
	HOPS_MAX = 3, /* from a master that does not lead to who does */
};

/* Where the state is, newer ones first. */
static const char *const paths[] = {
	"/master/state", "/master/state.json", "/state.json"};

enum { PATHS = sizeof(paths) / sizeof(paths[0]) };

static const char *url_now(const struct mesos *m)
{
	return m->direct[0] ? m->direct : replicas_url(m->replicas);
}

/* Tasks that the master says have ended do not wait for the guard. */
static void announce(struct mesos *m, const struct mesos_tasks *tasks)
{
	const struct catalog *shown = belief_shown(m->source.belief);
	struct catalog_cursor cursor = {0, 0};
	const struct app *app;

	while (shown && (app = catalog_next(shown, &cursor)))
		for (uint32_t i = 0; i < app->instance_count; i++)
			if (mesos_tasks_ended(tasks, app->instances[i].id))
				belief_announce(m->source.belief, app->key.id,
					app->instances[i].id);
}

static void note_answer(struct mesos *m, const struct mesos_master *master)
{
	struct source_report *report = &m->source.report;
	struct why first_bad;

	report->full_reads++;
	report->bytes += m->bytes;
	source_leaves_out(
		&m->source, mesos_state_bad(m->state, &first_bad), &first_bad);
	snprintf(report->leader, sizeof(report->leader), "%s", master->leader);
	snprintf(report->version, sizeof(report->version), "%s",
		master->version);
	m->hops = 0;
	/* The next question goes to the leader, if it is one of ours. */
	if (!replicas_prefer(m->replicas, master->leader)) {
		const char *colon = strrchr(master->leader, ':');
		char named[300];

		snprintf(named, sizeof(named), "%.255s%.32s",
			master->leader_name, colon ? colon : "");
		if (master->leader_name[0])
			replicas_prefer(m->replicas, named);
	}
	source_is_at(&m->source, url_now(m));
}

/*
 * What one master says, believed. The same tasks and the same leader as before
 * are the same catalog.
 */
static int take_state(struct mesos *m, struct why *why)
{
	const struct mesos_master *master = mesos_state_master(m->state);
	CLEANUP(mesos_tasks_free) struct mesos_tasks *tasks = NULL;
	struct mesos_apps_settings settings = {
		.reader = &m->reader,
		.known = belief_known(m->source.belief),
		.domain = m->domain,
	};
	struct catalog *next;
	bool same;
	int r = 0;

	tasks = mesos_state_take(m->state);
	same = m->source.report.complete && mesos_tasks_same(m->tasks, tasks)
		&& strcmp(m->source.report.leader, master->leader) == 0;
	if (same)
		next = catalog_ref(belief_claim(m->source.belief));
	else
		r = mesos_apps_make(&settings, tasks, master, &next, why);
	if (r < 0)
		return r;
	if (!same || m->source.report.held)
		announce(m, tasks);
	belief_answer(m->source.belief, next);
	note_answer(m, master);
	mesos_tasks_free(m->tasks);
	m->tasks = take_ptr(&tasks);
	return 0;
}

/*
 * An old master that does not lead shows its own state, which is empty, and
 * says who leads. It is asked then, as one of ours if it is, else with no
 * secret of ours.
 */
static bool go_to_leader(struct mesos *m)
{
	const struct mesos_master *master = mesos_state_master(m->state);
	bool secure = strncmp(replicas_url(m->replicas), "https", 5) == 0;

	if (!m->tasks_wanted || !master->place[0] || !master->leader[0]
		|| strcmp(master->place, master->leader) == 0
		|| m->hops++ >= HOPS_MAX)
		return false;
	m->direct[0] = '\0';
	if (!replicas_prefer(m->replicas, master->leader))
		snprintf(m->direct, sizeof(m->direct), "%s://%s",
			secure ? "https" : "http", master->leader);
	m->at = m->now;
	return true;
}

static int finish_state(struct mesos *m, struct why *why)
{
	const struct mesos_master *master = mesos_state_master(m->state);
	int r;

	r = mesos_state_end(m->state, why);
	if (r == 0 && m->tasks_wanted && master->place[0]
		&& strcmp(master->place, master->leader) != 0)
		return why_set(why, -EPROTO, "does not lead; %s is said to",
			master->leader);
	return r < 0 ? r : take_state(m, why);
}

static int state_head(
	void *context, const struct http_head *head, struct why *why)
{
	struct mesos *m = context;

	return expect_json(url_now(m), head->content_type, why);
}

static int state_body(
	void *context, const char *bytes, size_t length, struct why *why)
{
	struct mesos *m = context;
	int r;

	m->bytes += length;
	r = mesos_state_feed(m->state, bytes, length, why);
	if (r < 0 && r != -ECANCELED)
		why_at(url_now(m), why);
	return r;
}

/* Whoever was redirected to is asked at once, with our secrets, if it is ours:
 * libcurl keeps them from where a redirect leads. */
static bool follow_refusal(struct mesos *m, const struct http_head *head)
{
	return head && m->hops++ < HOPS_MAX
		&& replicas_prefer(m->replicas, head->url);
}

static void state_done(void *context, int error, const struct http_head *head,
	const struct why *why)
{
	struct mesos *m = context;
	struct why words = *why;

	m->request = NULL;
	if (error == -ENOENT && m->path + 1 < PATHS) {
		m->path++;
		m->at = m->now;
	} else if (error == -EACCES && follow_refusal(m, head)) {
		m->at = m->now;
	} else if (error < 0 && error != -ECANCELED) {
		mesos_failed(m, &words);
	} else if (!go_to_leader(m)) {
		error = finish_state(m, &words);
		if (error < 0) {
			why_at(url_now(m), &words);
			mesos_failed(m, &words);
		} else {
			mesos_answered(m);
		}
	}
	mesos_state_free(take_ptr(&m->state));
	m->poll_leader = error == 0 && !m->tasks_wanted;
}

int mesos_ask_state(struct mesos *m, struct why *why)
{
	char url[1024];
	const struct mesos_state_settings settings = {
		.reader = &m->reader,
		.tasks = m->tasks_wanted,
		.frameworks = m->frameworks,
		.others = m->others,
	};
	struct http_call call = {
		.url = url,
		.identity = m->direct[0] ? NULL : m->identity,
		.yields = true,
		.total_ms = STATE_TOTAL_MS,
		.silence_ms = STATE_SILENCE_MS,
		.body_max = STATE_BODY_MAX,
		.context = m,
		.head = state_head,
		.body = state_body,
		.done = state_done,
	};

	m->bytes = 0;
	if (mesos_state_new(&settings, m->tasks, &m->state) < 0)
		return why_set(why, -ENOMEM, "out of memory");
	snprintf(url, sizeof(url), "%s%s", url_now(m), paths[m->path]);
	return http_begin(m->http, &call, &m->request, why);
}

/* The same place as before is the same leader; else its state says more. */
static void leader_done(void *context, int error, const struct http_head *head,
	const struct why *why)
{
	struct mesos *m = context;
	char place[sizeof(m->pointed)] = "";

	m->request = NULL;
	if (error < 0 && error != -ENOENT) {
		mesos_failed(m, why);
		return;
	}
	if (head && head->location[0])
		snprintf(place, sizeof(place), "%s",
			url_place(head->location).text);
	if (place[0] && strcmp(place, m->pointed) == 0) {
		mesos_answered(m);
		return;
	}
	memcpy(m->pointed, place, sizeof(place));
	m->poll_leader = false;
	m->at = m->now;
}

int mesos_ask_leader(struct mesos *m, struct why *why)
{
	char url[1024];
	struct http_call call = {
		.url = url,
		.identity = m->identity,
		.stays = true,
		.total_ms = LEADER_TOTAL_MS,
		.body_max = LEADER_BODY_MAX,
		.context = m,
		.done = leader_done,
	};

	snprintf(url, sizeof(url), "%s/master/redirect",
		replicas_url(m->replicas));
	return http_begin(m->http, &call, &m->request, why);
}
