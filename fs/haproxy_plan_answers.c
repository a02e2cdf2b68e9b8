/* SPDX-License-Identifier: MIT */
#include "fs/haproxy_plan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* Keeps the first line of the first answer that is no "yes". */
static void take_refusal(const struct planned *item, const char *answer)
{
	static const char *const yes[] = {
		"IP changed", "port changed", "no need to change"};
	char *text;

	if (!*answer || item->backend->refusal)
		return;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		if (begins(answer, yes[i]))
			return;
	if (asprintf(&text, "%s: %.*s", item->server,
		    (int)strcspn(answer, "\n"), answer)
		>= 0)
		item->backend->refusal = text;
}

/* What was known of it is of another server now. */
static void take_added(const struct planned *item, const char *answer)
{
	struct known_server *server;
	size_t hint = 0;

	if (!begins(answer, "New server")) {
		take_refusal(item, answer);
		return;
	}
	server = known_server_find(item->backend, item->server, &hint);
	if (server)
		known_server_drop(item->backend, server);
}

static void take_deleted(
	struct plan *plan, const struct planned *item, const char *answer)
{
	struct known_server *server;
	size_t hint = 0;

	server = known_server_find(item->backend, item->server, &hint);
	if (!server)
		return;
	if (begins(answer, "Server deleted") || begins(answer, "No such")) {
		known_server_drop(item->backend, server);
		return;
	}
	if (server->delete_pause == 0)
		server->delete_pause = DELETE_FIRST_MS;
	else if (server->delete_pause < DELETE_LAST_MS / 2)
		server->delete_pause *= 2;
	else
		server->delete_pause = DELETE_LAST_MS;
	if (server->delete_at)
		server->delete_at = plan->now + server->delete_pause;
}

static int take_answer(
	struct plan *plan, const struct planned *item, const char *answer)
{
	switch (item->kind) {
	case PLAN_TELL:
		take_refusal(item, answer);
		return 0;
	case PLAN_ADD:
		take_added(item, answer);
		return 0;
	case PLAN_DELETE:
		take_deleted(plan, item, answer);
		return 0;
	case PLAN_STATE:
		return known_state_read(item->backend, answer);
	case PLAN_STAT:
		return known_stat_read(item->backend, answer);
	}
	return -EBADMSG;
}

int plan_take_answers(struct plan *plan)
{
	int r = 0;

	for (size_t i = 0; i < plan->count && r == 0; i++)
		r = take_answer(plan, &plan->items[i],
			haproxy_batch_answer(
				&plan->batch, plan->items[i].index));
	return r;
}
