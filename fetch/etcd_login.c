/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fetch/etcd3_json.h"
#include "fetch/etcd_impl.h"

static void forget_token(struct etcd *e)
{
	if (e->login.token)
		explicit_bzero(e->login.token, strlen(e->login.token));
	free(take_ptr(&e->login.token));
	e->login.proved = false;
}

static void login_end(struct etcd *e)
{
	struct buffer *answer = &e->login.answer;

	e->login.request = NULL;
	if (answer->bytes)
		explicit_bzero(answer->bytes, answer->space);
	buffer_done(answer);
}

void etcd_login_done(struct etcd *e)
{
	http_cancel(e->login.request);
	login_end(e);
	forget_token(e);
}

bool etcd_login_needed(struct etcd *e)
{
	return e->address.v3 && !e->login.token
		&& identity_user(e->identity);
}

bool etcd_login_renew(struct etcd *e)
{
	bool proved = e->login.proved;

	if (!e->login.token)
		return false;
	forget_token(e);
	return proved;
}

static int login_head(
	void *context, const struct http_head *head, struct why *why)
{
	struct etcd *e = context;

	e->login.refused = head->status >= 400;
	if (e->login.refused)
		return 0;
	return expect_json(
		replicas_url(e->replicas), head->content_type, why);
}

static int login_body(
	void *context, const char *bytes, size_t length, struct why *why)
{
	struct etcd *e = context;

	(void)why;
	return buffer_add(&e->login.answer, bytes, length, SMALL_BODY_MAX);
}

/* A server that knows no users lets everybody in. */
static int login_refused(struct etcd *e, int error, struct why *why)
{
	const struct buffer *answer = &e->login.answer;
	struct etcd_error refusal;

	if (error == -ENOENT)
		return etcd3_gateway_next(e, error, why);
	if (etcd3_refusal_read(answer, &refusal) < 0)
		return error;
	if (strstr(refusal.text, "authentication is not enabled")) {
		e->login.token = strdup("");
		return e->login.token ? 0 : -ENOMEM;
	}
	etcd_refusal(e, &refusal, why);
	return error;
}

static void login_ended(void *context, int error,
	const struct http_head *head, const struct why *why)
{
	struct etcd *e = context;
	const struct buffer *answer = &e->login.answer;
	struct why words = *why;
	int r = error;

	e->now = clock_now_ms();
	if (error == 0)
		r = etcd3_token_read(buffer_text(answer), answer->length,
			&e->login.token, &words);
	else if (head && head->status >= 400)
		r = login_refused(e, error, &words);
	if (error == 0 && r < 0)
		why_at(replicas_url(e->replicas), &words);
	login_end(e);
	if (r < 0 && r != -EAGAIN)
		etcd_read_failed(e, &words);
	else
		e->read.at = e->now;
}

static int write_login(const char *user, char **ret)
{
	size_t length = strcspn(user, ":");
	CLEANUP(free) char *name = strndup(user, length);

	return name ? etcd3_login_write(name, user + length + 1, ret)
		    : -ENOMEM;
}

int etcd_login_begin(struct etcd *e, struct why *why)
{
	struct etcd_question question = {.json = NULL};
	struct http_call call = {
		.total_ms = LOGIN_TOTAL_MS,
		.body_max = SMALL_BODY_MAX,
		.head = login_head,
		.body = login_body,
		.done = login_ended,
	};
	int r;

	e->login.refused = false;
	r = etcd3_url(e, &question, "auth/authenticate");
	if (r == 0)
		r = write_login(identity_user(e->identity),
			&question.json);
	if (r < 0)
		return why_set(why, r, "%s", strerror(-r));
	r = etcd_ask(e, &question, &call, &e->login.request, why);
	explicit_bzero(question.json, strlen(question.json));
	free(question.json);
	return r;
}
