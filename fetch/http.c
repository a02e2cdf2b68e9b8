/* SPDX-License-Identifier: MIT */
#include "fetch/http.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "fetch/clock.h"
#include "fetch/http_impl.h"
#include "fetch/http_words.h"

enum {
	CONNECTIONS_MAX = 32,
	EXTRA_MAX = 32,
};

int http_new(struct http **ret, struct why *why)
{
	CLEANUP(http_free) struct http *http = NULL;

	http = calloc(1, sizeof(*http));
	if (!http || curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
		free(take_ptr(&http));
		return why_set(why, -ENOMEM, "out of memory");
	}
	http->multi = curl_multi_init();
	if (!http->multi)
		return why_set(why, -ENOMEM, "out of memory");
	curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS,
		(long)CONNECTIONS_MAX);
	*ret = take_ptr(&http);
	return 0;
}

static void request_free(struct http_request *request)
{
	struct http *http = request->http;

	if (request->before)
		request->before->next = request->next;
	else
		http->requests = request->next;
	if (request->next)
		request->next->before = request->before;
	if (request->easy) {
		curl_multi_remove_handle(http->multi, request->easy);
		curl_easy_cleanup(request->easy);
	}
	curl_slist_free_all(request->headers);
	request_forget_secret(request);
	gunzip_free(request->gunzip);
	free(request);
}

void http_free(struct http *http)
{
	if (!http)
		return;
	while (http->requests)
		request_free(http->requests);
	if (http->multi)
		curl_multi_cleanup(http->multi);
	curl_global_cleanup();
	free(http);
}

int http_begin(struct http *http, const struct http_call *call,
	struct http_request **ret, struct why *why)
{
	struct http_request *request;
	int r;

	request = calloc(1, sizeof(*request));
	if (!request)
		return why_set(why, -ENOMEM, "out of memory");
	request->http = http;
	request->call = *call;
	request->next = http->requests;
	if (http->requests)
		http->requests->before = request;
	http->requests = request;
	request->easy = curl_easy_init();
	r = request->easy ? request_set_up(request) : -ENOMEM;
	if (r == 0)
		r = request_begin(request);
	/* What is wrong with who asks is heard at the end. */
	if (r == -EACCES) {
		request->parked = true;
		r = 0;
	}
	/* libcurl has copies of them; the caller's go. */
	request->call.url = request->call.accept = request->call.json = NULL;
	request->call.authorization = NULL;
	if (r < 0) {
		request_free(request);
		return why_set(why, r, "out of memory");
	}
	if (ret)
		*ret = request;
	return 0;
}

void http_cancel(struct http_request *request)
{
	if (!request)
		return;
	/* libcurl may be inside of it. */
	if (request->http->in_turn)
		request->cancelled = true;
	else
		request_free(request);
}

static void add_secret_words(struct http_request *request, int error)
{
	const struct identity *identity = request->call.identity;
	struct why words = request->why;
	const char *wrong = identity ? identity_words(identity).wrong : "";

	/* The words of one that was never asked are these. */
	if (error != -EACCES || !wrong[0] || strstr(words.text, wrong))
		return;
	why_set(&request->why, 0, "%.250s (%.250s)", words.text, wrong);
}

/* The end of a request, by itself: tells, and frees it. */
static void finish(struct http_request *request, int code, int error)
{
	struct http_head head = head_of(request);

	if (!request->cancelled && error == 0)
		error = request_judge(request, code, &head);
	if (!request->cancelled && error == -EACCES
		&& request_park(request, &head))
		return;
	if (!request->cancelled) {
		add_secret_words(request, error);
		request->call.done(request->call.context, error,
			head.status ? &head : NULL, &request->why);
	}
	request_free(request);
}

static void finish_ended(struct http *http)
{
	struct http_request *request;
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(http->multi, &left))) {
		char *private = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(
			message->easy_handle, CURLINFO_PRIVATE, &private);
		request = (struct http_request *)(void *)private;
		finish(request, (int)message->data.result, 0);
	}
}

/* A server that says nothing for too long has lost us. */
static void finish_silent(struct http *http)
{
	int64_t now = clock_now_ms();
	struct http_request *next;

	for (struct http_request *r = http->requests; r; r = next) {
		int64_t silence = r->call.silence_ms;
		struct http_head head;

		next = r->next;
		if (!silence || r->paused || r->parked || r->cancelled
			|| now - r->last_byte < silence)
			continue;
		head = head_of(r);
		why_set(&r->why, 0, "%s: nothing for %lld s",
			url_place(head.url).text,
			(long long)(silence / 1000));
		finish(r, 0, -ETIMEDOUT);
		next = http->requests; /* callbacks may have changed it */
	}
}

/* Those that waited for a login, which has ended, well or not. */
static void begin_parked(struct http *http)
{
	struct http_request *next;
	int r;

	for (struct http_request *one = http->requests; one; one = next) {
		next = one->next;
		if (!one->parked || one->cancelled || !request_is_due(one))
			continue;
		r = request_begin(one);
		if (r == 0)
			continue;
		finish(one, 0, r);
		next = http->requests; /* callbacks may have changed it */
	}
}

static void free_cancelled(struct http *http)
{
	struct http_request *next;

	for (struct http_request *r = http->requests; r; r = next) {
		next = r->next;
		if (r->cancelled)
			request_free(r);
	}
}

/*
 * libcurl may make callbacks in it, and when these fail, or it has no memory,
 * what it kept of the body is lost: nothing good can come behind that.
 */
static void resume_paused(struct http *http)
{
	struct http_request *next;
	CURLcode code;

	http->yielded = false;
	for (struct http_request *r = http->requests; r; r = next) {
		next = r->next;
		if (!r->paused || r->cancelled)
			continue;
		r->paused = false;
		r->last_byte = clock_now_ms();
		code = curl_easy_pause(r->easy, CURLPAUSE_CONT);
		if (code != CURLE_OK)
			finish(r, (int)code, 0);
	}
}

/* Until the next of our own deadlines. */
static int patience(const struct http *http, int timeout_ms)
{
	int64_t wait = timeout_ms < 0 ? INT_MAX : timeout_ms;
	int64_t now = clock_now_ms();

	if (http->yielded)
		return 0;
	for (struct http_request *r = http->requests; r; r = r->next) {
		int64_t left = r->last_byte + r->call.silence_ms - now;

		if (r->parked && request_is_due(r))
			return 0;
		if (!r->call.silence_ms || r->parked)
			continue;
		if (left < wait)
			wait = left > 0 ? left : 0;
	}
	return (int)wait;
}

static short wait_events(const struct pollfd *extra)
{
	return (short)((extra->events & POLLIN ? CURL_WAIT_POLLIN : 0)
		| (extra->events & POLLOUT ? CURL_WAIT_POLLOUT : 0));
}

static int wait_for_any(struct http *http, struct pollfd *extra, size_t count,
	int timeout_ms)
{
	struct curl_waitfd waits[EXTRA_MAX];
	CURLMcode code;

	if (count > EXTRA_MAX)
		return -EINVAL;
	for (size_t i = 0; i < count; i++)
		waits[i] = (struct curl_waitfd){
			.fd = extra[i].fd, .events = wait_events(&extra[i])};
	code = curl_multi_poll(http->multi, waits, (unsigned)count,
		patience(http, timeout_ms), NULL);
	for (size_t i = 0; i < count; i++)
		extra[i].revents = code == CURLM_OK ? waits[i].revents : 0;
	return code == CURLM_OK ? 0 : -ENOMEM;
}

int http_turn(struct http *http, struct pollfd *extra, size_t extra_count,
	int timeout_ms)
{
	int running, r;

	r = wait_for_any(http, extra, extra_count, timeout_ms);
	http->in_turn = true;
	http->turn++;
	http->turn_end = clock_now_ms() + HTTP_TURN_MS;
	resume_paused(http);
	curl_multi_perform(http->multi, &running);
	finish_ended(http);
	finish_silent(http);
	begin_parked(http);
	http->in_turn = false;
	free_cancelled(http);
	return r;
}

void http_wake(struct http *http)
{
	curl_multi_wakeup(http->multi);
}
