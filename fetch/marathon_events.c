/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "fetch/event_json.h"
#include "fetch/marathon_impl.h"

static bool is_going(enum task_state task)
{
	return task == TASK_ENDED || task == TASK_KILLING;
}

/*
 * What the event says in full is shown before anything is asked (DESIGN 3.4),
 * and read later to confirm it, together with what comes until then. What it
 * does not say in full is read at once.
 */
static int take_task(struct marathon *m, const struct event *event)
{
	struct app_key key = {
		.id = event->app_id, .source = m->reader.source};
	struct app *before = catalog_find(belief_claim(m->source.belief), &key);
	CLEANUP(app_unref) struct app *after = NULL;
	int64_t due = m->now;
	int r = 0;

	if (is_going(event->task) && event->task_id)
		r = belief_announce(
			m->source.belief, event->app_id, event->task_id);
	if (r == 0 && before)
		r = app_after_event(
			before, event, &m->reader.health, &after);
	if (r == 0 && after) {
		r = belief_edit(m->source.belief, event->app_id, after);
		due += VERIFY_MS;
	} else if (before && is_going(event->task)) {
		due += VERIFY_MS;
	}
	if (r == 0)
		r = dirty_change(m->dirty, event->app_id, NULL);
	return r < 0 ? r : dirty_want(m->dirty, event->app_id, due);
}

/* A check that passes may say all; of one that fails see marathon_sick.c. */
static int take_health(struct marathon *m, const struct event *event)
{
	struct app_key key = {
		.id = event->app_id, .source = m->reader.source};
	struct app *before = catalog_find(belief_claim(m->source.belief), &key);
	CLEANUP(app_unref) struct app *after = NULL;
	int r;

	if (!event->alive)
		return sick_want(m, event->app_id);
	r = app_after_health(before, event, &m->reader.health, &after);
	if (r < 0)
		return r;
	if (!after)
		return dirty_want(m->dirty, event->app_id, m->now);
	r = belief_edit(m->source.belief, event->app_id, after);
	if (r == 0)
		r = dirty_change(m->dirty, event->app_id, NULL);
	return r < 0 ? r
		     : dirty_want(m->dirty, event->app_id, m->now + VERIFY_MS);
}

static int take_event(struct marathon *m, const struct event *event)
{
	switch (event->kind) {
	case EVENT_NOTHING:
	case EVENT_ATTACHED:
		return 0;
	case EVENT_TASK:
		return take_task(m, event);
	case EVENT_HEALTH:
		return take_health(m, event);
	case EVENT_INSTANCE:
		return dirty_want(
			m->dirty, event->app_id, m->now + VERIFY_MS);
	case EVENT_APP:
		return dirty_want(m->dirty, event->app_id, m->now);
	case EVENT_APP_GONE:
		if (belief_announce(m->source.belief, event->app_id, NULL) < 0)
			return -ENOMEM;
		return dirty_want(m->dirty, event->app_id, m->now);
	case EVENT_ALL:
		full_want(m, m->now);
		return 0;
	case EVENT_LIST_SOON:
		full_want_soon(m);
		return 0;
	}
	return 0;
}

int event_take(struct marathon *m, const char *type, const char *data,
	size_t length, struct why *why)
{
	struct event event;
	int r;

	m->source.news = true;
	m->source.report.events++;
	m->source.report.bytes += length;
	/* Not understood: the list knows. */
	r = event_from_json(type, data, length, &event, why);
	if (r < 0) {
		full_want_soon(m);
		return r;
	}
	if (event.app_id)
		m->source.report.last_event = clock_unix_ms();
	r = take_event(m, &event);
	event_done(&event);
	if (r < 0)
		full_want_soon(m);
	/* What waits for a quiet moment waits on. */
	else if (m->full.soon_at != NEVER)
		full_want_soon(m);
	return 0;
}

int events_take(void *context, const char *type, const char *data, size_t length)
{
	struct marathon *m = context;
	struct why why;

	if (data) {
		event_take(m, type, data, length, &why);
		return 0;
	}
	m->source.news = true;
	m->source.report.events++;
	full_want_soon(m);
	return 0;
}
