/* SPDX-License-Identifier: MIT */
#include "fetch/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "fetch/clock.h"
#include "fetch/http_words.h"
#include "fetch/secret.h"

enum {
	BIG_BUFFER = 256 << 10,
	ERROR_BODY_MAX = 64 << 10, /* of an answer that nobody reads */
	IDLE_SECONDS = 20, /* Jetty closes after 30: do not race with it */
	CONNECTIONS_MAX = 32,
	EXTRA_MAX = 32,
};

struct http {
	CURLM *multi;
	char *ca_file;
	bool insecure;
	struct secret *user, *token;
	struct why secret_why; /* why the file of one cannot be read now */
	struct http_request *requests; /* a list */
	int64_t turn_end; /* bodies that yield do so from then on */
	bool in_turn;
	bool yielded; /* one is paused */
};

struct http_request {
	struct http *http;
	CURL *easy;
	struct curl_slist *headers;
	struct http_call call;
	int64_t last_byte;
	uint64_t decoded;
	bool head_said;
	bool cancelled; /* to be freed at the end of the turn */
	bool paused;
	int error; /* of a callback; 0: none */
	struct why why;
	char leader[256];
	char words[CURL_ERROR_SIZE];
	char url[1024]; /* after redirects, for head and words */
	struct http_request *before, *next;
};

static int check_ca(const char *path, struct why *why)
{
	if (access(path, R_OK) == 0)
		return 0;
	return why_set(why, -errno, "CA file %s: %s", path, strerror(errno));
}

static int read_secrets(struct http *http,
	const struct http_settings *settings, struct why *why)
{
	int r = 0;

	if (settings->user_file) {
		r = secret_new(settings->user_file, &http->user, why);
		if (r == 0 && !strchr(secret_text(http->user), ':'))
			r = why_set(why, -EINVAL,
				"%s: its first line is not user:password",
				settings->user_file);
	}
	if (r == 0 && settings->token_file)
		r = secret_new(settings->token_file, &http->token, why);
	return r;
}

int http_new(const struct http_settings *settings, struct http **ret,
	struct why *why)
{
	CLEANUP(http_free) struct http *http = NULL;
	int r;

	if (settings->ca_file) {
		r = check_ca(settings->ca_file, why);
		if (r < 0)
			return r;
	}
	http = calloc(1, sizeof(*http));
	if (!http || curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
		free(take_ptr(&http));
		return why_set(why, -ENOMEM, "out of memory");
	}
	http->insecure = settings->insecure;
	http->multi = curl_multi_init();
	if (settings->ca_file)
		http->ca_file = strdup(settings->ca_file);
	if (!http->multi || (settings->ca_file && !http->ca_file))
		return why_set(why, -ENOMEM, "out of memory");
	curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS,
		(long)CONNECTIONS_MAX);
	r = read_secrets(http, settings, why);
	if (r < 0)
		return r;
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
	secret_free(http->user);
	secret_free(http->token);
	free(http->ca_file);
	free(http);
}

/* The value of a header line, without the blanks around it. */
static void keep_header(const char *line, size_t length, const char *name,
	char *ret, size_t size)
{
	size_t skip = strlen(name);

	if (length <= skip || strncasecmp(line, name, skip) != 0)
		return;
	line += skip;
	length -= skip;
	while (length > 0 && (*line == ' ' || *line == '\t')) {
		line++;
		length--;
	}
	while (length > 0 && (unsigned char)line[length - 1] <= ' ')
		length--;
	snprintf(ret, size, "%.*s", (int)length, line);
}

static size_t on_header(char *line, size_t size, size_t count, void *context)
{
	struct http_request *request = context;
	size_t length = size * count;

	request->last_byte = clock_now_ms();
	/* The answer behind a redirect begins anew. */
	if (length > 5 && strncmp(line, "HTTP/", 5) == 0)
		request->leader[0] = '\0';
	keep_header(line, length, "X-Marathon-Leader:", request->leader,
		sizeof(request->leader));
	return length;
}

static struct http_head head_of(struct http_request *request)
{
	struct http_head head = {.leader = request->leader};
	char *type = NULL, *url = NULL;

	curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &head.status);
	curl_easy_getinfo(request->easy, CURLINFO_CONTENT_TYPE, &type);
	curl_easy_getinfo(request->easy, CURLINFO_EFFECTIVE_URL, &url);
	url_without_user(url ? url : "", request->url, sizeof(request->url));
	head.url = request->url;
	head.content_type = type ? type : "";
	return head;
}

static bool is_good(long status)
{
	return status >= 200 && status < 300;
}

/* Once, before the first byte of a 2xx body, or at its end. */
static int say_head(struct http_request *request)
{
	struct http_head head;

	if (request->head_said || !request->call.head)
		return 0;
	request->head_said = true;
	head = head_of(request);
	return request->call.head(
		request->call.context, &head, &request->why);
}

static int pass_body(
	struct http_request *request, const char *bytes, size_t length)
{
	uint64_t max = request->call.body_max;
	int r;

	r = say_head(request);
	if (r < 0 || request->cancelled)
		return r;
	request->decoded += length;
	if (max && request->decoded > max) {
		char *url = NULL;

		curl_easy_getinfo(request->easy, CURLINFO_EFFECTIVE_URL, &url);
		return why_set(&request->why, -E2BIG,
			"%s: a body of more than %llu MB",
			url_place(url ? url : "").text,
			(unsigned long long)(max >> 20));
	}
	if (!request->call.body)
		return 0;
	return request->call.body(
		request->call.context, bytes, length, &request->why);
}

/* What is not 2xx is read, so that the connection can be used again. */
static size_t drop_body(struct http_request *request, size_t length)
{
	request->decoded += length;
	return request->decoded > ERROR_BODY_MAX ? 0 : length;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
	struct http_request *request = context;
	size_t length = size * count;
	long status = 0;
	int r;

	request->last_byte = clock_now_ms();
	if (request->cancelled || request->error < 0)
		return 0;
	curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
	if (!is_good(status))
		return drop_body(request, length);
	if (request->call.yields
		&& request->last_byte >= request->http->turn_end) {
		request->paused = request->http->yielded = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	r = pass_body(request, bytes, length);
	if (r < 0)
		request->error = r;
	return r < 0 || request->cancelled ? 0 : length;
}

/* The server says what dialect it wants: "token=..." is that of DC/OS. */
static int add_token(struct http_request *request, const char *token)
{
	bool whole = strncasecmp(token, "token=", 6) == 0
		|| strncasecmp(token, "bearer ", 7) == 0;
	CLEANUP(free) char *line = NULL;
	struct curl_slist *headers;

	if (asprintf(&line, "Authorization: %s%s", whole ? "" : "token=",
		    token)
		< 0) {
		line = NULL;
		return -ENOMEM;
	}
	headers = curl_slist_append(request->headers, line);
	explicit_bzero(line, strlen(line));
	if (!headers)
		return -ENOMEM;
	request->headers = headers;
	return 0;
}

/* libcurl keeps both from other hosts that a redirect leads to. */
static int add_secrets(struct http_request *request)
{
	struct http *http = request->http;
	struct secret *secret = http->user ? http->user : http->token;

	http->secret_why.text[0] = '\0';
	if (!secret)
		return 0;
	/* If it cannot be read now, what it held before may still do. */
	secret_refresh(secret, &http->secret_why);
	if (secret == http->token)
		return add_token(request, secret_text(secret));
	curl_easy_setopt(
		request->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	return curl_easy_setopt(request->easy, CURLOPT_USERPWD,
		       secret_text(secret))
		? -ENOMEM
		: 0;
}

static int add_accept(struct http_request *request)
{
	const char *accept = request->call.accept;
	CLEANUP(free) char *line = NULL;

	if (asprintf(&line, "Accept: %s",
		    accept ? accept : "application/json")
		< 0) {
		line = NULL;
		return -ENOMEM;
	}
	request->headers = curl_slist_append(NULL, line);
	return request->headers ? 0 : -ENOMEM;
}

static void set_protocols(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
	long both = CURLPROTO_HTTP | CURLPROTO_HTTPS;

	curl_easy_setopt(easy, CURLOPT_PROTOCOLS, both);
	curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS, both);
#endif
}

static void set_tls(const struct http *http, CURL *easy)
{
	if (http->ca_file) {
		curl_easy_setopt(easy, CURLOPT_CAINFO, http->ca_file);
		/* Instead of the system's, not beside them. */
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	}
	if (http->insecure) {
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
}

static void set_limits(const struct http_call *call, CURL *easy)
{
	curl_easy_setopt(
		easy, CURLOPT_CONNECTTIMEOUT_MS, (long)HTTP_CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)call->total_ms);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)HTTP_REDIRECTS_MAX);
	curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)IDLE_SECONDS);
	if (call->yields)
		curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)BIG_BUFFER);
	if (call->fresh) {
		curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
		curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	} else if (!url_is_local(call->url)) {
		/* Between two processes of one machine it only costs. */
		curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
	}
}

static int set_up(struct http_request *request)
{
	CURL *easy = request->easy;
	int r;

	/* No thread may be woken by a signal of the resolver. */
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "mmsdfs/" MMSDFS_VERSION);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, request);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, request->words);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, request);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
	set_protocols(easy);
	set_tls(request->http, easy);
	set_limits(&request->call, easy);
	r = add_accept(request);
	if (r == 0)
		r = add_secrets(request);
	if (r < 0)
		return r;
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->headers);
	return curl_easy_setopt(easy, CURLOPT_URL, request->call.url) ? -ENOMEM
								      : 0;
}

int http_get(struct http *http, const struct http_call *call,
	struct http_request **ret, struct why *why)
{
	struct http_request *request;
	int r;

	request = calloc(1, sizeof(*request));
	if (!request)
		return why_set(why, -ENOMEM, "out of memory");
	request->http = http;
	request->call = *call;
	request->last_byte = clock_now_ms();
	request->next = http->requests;
	if (http->requests)
		http->requests->before = request;
	http->requests = request;
	request->easy = curl_easy_init();
	r = request->easy ? set_up(request) : -ENOMEM;
	if (r == 0 && curl_multi_add_handle(http->multi, request->easy) != 0)
		r = -ENOMEM;
	/* libcurl has copies of them; the caller's go. */
	request->call.url = request->call.accept = NULL;
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

static struct http_failure failure_of(struct http_request *request, int code)
{
	struct http_failure failure = {
		.code = code,
		.words = request->words,
		.bytes = request->decoded,
	};

	curl_easy_getinfo(
		request->easy, CURLINFO_RESPONSE_CODE, &failure.status);
	curl_easy_getinfo(
		request->easy, CURLINFO_OS_ERRNO, &failure.os_error);
	return failure;
}

/* 0, or the errno of all that can be wrong with an answer, with words. */
static int judge(struct http_request *request, int code,
	const struct http_head *head)
{
	struct http_failure failure = failure_of(request, code);
	bool dropped = code == CURLE_WRITE_ERROR && !is_good(head->status);

	if (request->error < 0)
		return request->error;
	if (code != CURLE_OK && !dropped)
		return http_failed(head->url, &failure, &request->why);
	if (!is_good(head->status))
		return http_refused(head->url, head->status, &request->why);
	return say_head(request);
}

static void add_secret_words(struct http_request *request, int error)
{
	struct http *http = request->http;
	struct why words = request->why;

	if (error != -EACCES || !http->secret_why.text[0])
		return;
	why_set(&request->why, 0, "%.300s (%.180s)", words.text,
		http->secret_why.text);
}

/* The end of a request, by itself: tells, and frees it. */
static void finish(struct http_request *request, int code, int error)
{
	struct http_head head = head_of(request);

	if (!request->cancelled && error == 0)
		error = judge(request, code, &head);
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
		if (!silence || r->paused || r->cancelled
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

static void free_cancelled(struct http *http)
{
	struct http_request *next;

	for (struct http_request *r = http->requests; r; r = next) {
		next = r->next;
		if (r->cancelled)
			request_free(r);
	}
}

static void resume_paused(struct http *http)
{
	http->yielded = false;
	for (struct http_request *r = http->requests; r; r = r->next) {
		if (!r->paused || r->cancelled)
			continue;
		r->paused = false;
		r->last_byte = clock_now_ms();
		curl_easy_pause(r->easy, CURLPAUSE_CONT);
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

		if (!r->call.silence_ms)
			continue;
		if (left < wait)
			wait = left > 0 ? left : 0;
	}
	return (int)wait;
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
			.fd = extra[i].fd, .events = CURL_WAIT_POLLIN};
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
	http->turn_end = clock_now_ms() + HTTP_TURN_MS;
	resume_paused(http);
	curl_multi_perform(http->multi, &running);
	finish_ended(http);
	finish_silent(http);
	http->in_turn = false;
	free_cancelled(http);
	return r;
}

void http_wake(struct http *http)
{
	curl_multi_wakeup(http->multi);
}
