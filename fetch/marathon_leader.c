/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "fetch/info_json.h"
#include "fetch/marathon_impl.h"

/*
 * Marathon 0.8 does not say who leads, and its standby that knows no leader
 * answers for itself, with what it remembers or with nothing. It says so when
 * it is asked who leads (404), as one without --ha does, too: but of those
 * there are not several.
 */
bool leader_must_be_asked(
	const struct marathon *m, const struct http_head *head)
{
	return !head->leader[0] && replicas_count(m->replicas) > 1;
}

static int leader_body(
	void *context, const char *bytes, size_t length, struct why *why)
{
	struct leader *leader = &((struct marathon *)context)->leader;

	(void)why;
	/* http holds it to LEADER_BODY_MAX. */
	memcpy(leader->body + leader->length, bytes, length);
	leader->length += length;
	return 0;
}

static int leader_read(struct marathon *m, char *ret, size_t size,
	struct why *why)
{
	struct leader *leader = &m->leader;
	int r = info_leader(leader->body, leader->length, ret, size);

	if (r < 0) {
		why_set(why, r, "does not say who leads");
		why_at(replicas_url(m->replicas), why);
	}
	return r;
}

/* It says no, and does not merely have no such thing to ask. */
static bool is_leaderless(int error, const struct http_head *head)
{
	return error == -ENOENT && head
		&& strcasestr(head->content_type, "json");
}

static void leader_done(void *context, int error, const struct http_head *head,
	const struct why *why)
{
	struct marathon *m = context;
	char name[sizeof(m->source.report.leader)] = "";
	struct why words = *why;

	if (error == 0) {
		error = leader_read(m, name, sizeof(name), &words);
	} else if (is_leaderless(error, head)) {
		why_set(&words, 0, "knows no leader, and answers for itself");
		why_at(replicas_url(m->replicas), &words);
	} else if (head && head->status >= 400 && head->status < 500) {
		/* A proxy, say, that lets only apps pass. */
		error = 0;
	}
	full_judged(m, error, name, &words);
}

int leader_ask(struct marathon *m, struct http_request **ret, struct why *why)
{
	char url[1024];
	struct http_call call = {
		.url = url,
		.identity = m->identity,
		.total_ms = LEADER_TOTAL_MS,
		.body_max = LEADER_BODY_MAX,
		.context = m,
		.body = leader_body,
		.done = leader_done,
	};

	m->leader.length = 0;
	snprintf(url, sizeof(url), "%s/v2/leader", m->full.url);
	return http_begin(m->http, &call, ret, why);
}
