/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/body.h"
#include "fetch/marathon_impl.h"

/* One app that is being read. */
struct app_read {
	struct marathon *m;
	struct dirty *dirty;
	struct http_request *request;
	struct body body;
	struct app_read *before, *next;
};

static void read_free(struct app_read *read)
{
	struct marathon *m = read->m;

	if (read->before)
		read->before->next = read->next;
	else
		m->reads = read->next;
	if (read->next)
		read->next->before = read->before;
	m->app_reads--;
	read->dirty->reading = NULL;
	body_done(&read->body);
	free(read);
}

void apps_done_all(struct marathon *m)
{
	while (m->reads) {
		http_cancel(m->reads->request);
		read_free(m->reads);
	}
}

static int read_head(
	void *context, const struct http_head *head, struct why *why)
{
	struct app_read *read = context;

	return expect_json(
		replicas_url(read->m->replicas), head->content_type, why);
}

static int read_body(
	void *context, const char *bytes, size_t length, struct why *why)
{
	struct app_read *read = context;

	if (body_add(&read->body, bytes, length) < 0)
		return why_set(why, -ENOMEM, "out of memory");
	return 0;
}

static const struct app *known_app(void *context, const char *id)
{
	struct marathon *m = context;
	struct app_key key = {.id = id, .source = m->reader.source};

	return catalog_find(belief_claim(m->source.belief), &key);
}

/* app NULL: it is not there, or --groups leaves it out. */
static int take_app(struct marathon *m, struct dirty *dirty, struct app *app)
{
	const struct app *known = known_app(m, dirty->id);
	int r;

	if (app == known || (app && known && app_same(app, known)))
		return 0;
	if (dirty->sick)
		return sick_add(m, dirty->id, app, dirty->asked);
	r = dirty_change(m->dirty, dirty->id, NULL);
	return r < 0 ? r : belief_edit(m->source.belief, dirty->id, app);
}

static int take_body(struct app_read *read, struct why *why)
{
	CLEANUP(app_unref) struct app *app = NULL;
	struct marathon *m = read->m;
	int r;

	m->reader.first = false;
	r = app_reply_from_json(&m->reader,
		read->body.bytes ? read->body.bytes : "", read->body.length,
		known_app, m, &app, why);
	if (r < 0)
		return r;
	/* An app of another name would put the wrong one in its place. */
	if (app && strcmp(app->key.id, read->dirty->id) != 0)
		return why_set(why, -EBADMSG, "asked for %s, got %s",
			read->dirty->id, app->key.id);
	return take_app(m, read->dirty, app);
}

static void note_bytes(struct app_read *read)
{
	read->m->source.report.app_reads++;
	read->m->source.report.bytes += read->body.length;
	read->m->source.news = true;
}

static void read_done(void *context, int error, const struct http_head *head,
	const struct why *why)
{
	struct app_read *read = context;
	struct dirty *dirty = read->dirty;
	struct marathon *m = read->m;
	struct why words;

	(void)head;
	(void)why;
	note_bytes(read);
	if (dirty->changed > dirty->asked && (error == 0 || error == -ENOENT))
		/* Asked before the event: it proves nothing. */
		error = dirty_want(m->dirty, dirty->id, m->now + VERIFY_MS);
	else if (error == 0)
		error = take_body(read, &words);
	else if (error == -ENOENT)
		error = take_app(m, dirty, NULL);
	read_free(read);
	if (error < 0) {
		/* The list will tell, and says why if it cannot either. */
		m->source.report.failures++;
		full_want_soon(m);
	}
}

/* An id as a path: all but [A-Za-z0-9._-/] is escaped. */
static void write_path(const char *id, char *to, size_t size)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._-/";
	char *end = to + size - 4;

	for (; *id && to < end; id++) {
		if (strchr(plain, *id))
			*to++ = *id;
		else
			to += snprintf(to, 4, "%%%02X", (unsigned char)*id);
	}
	*to = '\0';
}

static int read_begin(struct marathon *m, struct dirty *dirty)
{
	char url[1024 + 3 * NAME_LEN_MAX], path[3 * NAME_LEN_MAX + 4];
	struct app_read *read = calloc(1, sizeof(*read));
	struct http_call call = {
		.url = url,
		.identity = m->identity,
		.total_ms = APP_TOTAL_MS,
		.body_max = LIST_ELEMENT_MAX,
		.context = read,
		.head = read_head,
		.body = read_body,
		.done = read_done,
	};
	int r;

	if (!read)
		return -ENOMEM;
	read->m = m;
	read->dirty = dirty;
	read->next = m->reads;
	if (m->reads)
		m->reads->before = read;
	m->reads = read;
	m->app_reads++;
	dirty->reading = read;
	dirty->asked = dirty_stamp(m->dirty);
	dirty_unwant(m->dirty, dirty);
	write_path(dirty->id, path, sizeof(path));
	snprintf(url, sizeof(url), "%s/v2/apps%s", replicas_url(m->replicas),
		path);
	r = http_begin(m->http, &call, &read->request, NULL);
	if (r < 0)
		read_free(read);
	return r;
}

/* When most is to be read one by one, the list is cheaper. */
static bool too_many(struct marathon *m)
{
	const struct catalog *claim = belief_claim(m->source.belief);
	size_t wanted = dirty_wanted(m->dirty);

	return wanted > APPS_DIRTY_MAX && wanted > catalog_app_count(claim) / 2;
}

void apps_turn(struct marathon *m)
{
	struct dirty *dirty;

	if (!m->source.report.complete)
		return;
	if (too_many(m)) {
		dirty_unwant_before(m->dirty, dirty_stamp(m->dirty));
		full_want(m, m->now);
	}
	while (m->app_reads < APP_READS_MAX
		&& (dirty = dirty_next(m->dirty)) && dirty->due <= m->now)
		if (read_begin(m, dirty) < 0) {
			full_want_soon(m);
			return;
		}
	if (!m->full.list && !m->reads && !dirty_wanted(m->dirty)
		&& !m->sick.count)
		dirty_prune(m->dirty, dirty_stamp(m->dirty));
}

int64_t apps_deadline(const struct marathon *m)
{
	struct dirty *dirty = dirty_next(m->dirty);

	if (!dirty || !m->source.report.complete
		|| m->app_reads == APP_READS_MAX)
		return NEVER;
	return dirty->due;
}
