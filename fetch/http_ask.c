/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fetch/http_impl.h"
#include "fetch/http_words.h"

enum {
	BIG_BUFFER = 256 << 10,
	IDLE_SECONDS = 20, /* Jetty closes after 30: do not race with it */
};

static int add_header(
	struct http_request *request, const char *name, const char *value)
{
	char *line = NULL;
	struct curl_slist *headers;

	if (asprintf(&line, "%s: %s", name, value) < 0)
		return -ENOMEM;
	headers = curl_slist_append(request->headers, line);
	/* It may be a secret. */
	explicit_bzero(line, strlen(line));
	free(line);
	if (!headers)
		return -ENOMEM;
	request->headers = headers;
	return 0;
}

/* The server says what dialect it wants: "token=..." is that of DC/OS. */
static int add_token(struct http_request *request, const char *token)
{
	bool whole = strncasecmp(token, "token=", 6) == 0
		|| strncasecmp(token, "bearer ", 7) == 0;
	char *value = NULL;
	int r;

	if (whole)
		return add_header(request, "Authorization", token);
	if (asprintf(&value, "token=%s", token) < 0)
		return -ENOMEM;
	r = add_header(request, "Authorization", value);
	explicit_bzero(value, strlen(value));
	free(value);
	return r;
}

/* libcurl keeps both from other hosts that a redirect leads to. */
static int add_secrets(struct http_request *request)
{
	struct identity *identity = request->call.identity;
	struct secret *secret;

	if (request->call.authorization)
		return request->call.authorization[0]
			? add_header(request, "Authorization",
				  request->call.authorization)
			: 0;
	if (!identity)
		return 0;
	secret = identity->user ? identity->user : identity->token;
	identity->secret_why.text[0] = '\0';
	if (!secret)
		return 0;
	/* If it cannot be read now, what it held before may still do. */
	secret_refresh(secret, &identity->secret_why);
	if (secret == identity->token)
		return add_token(request, secret_text(secret));
	curl_easy_setopt(
		request->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	return curl_easy_setopt(request->easy, CURLOPT_USERPWD,
		       secret_text(secret))
		? -ENOMEM
		: 0;
}

/*
 * gzip is ours to decode, piece by piece: libcurl decodes all that it has read
 * at once, and keeps that when the body is paused.
 */
static int add_accept(struct http_request *request)
{
	const struct http_call *call = &request->call;
	int r;

	r = add_header(request, "Accept",
		call->accept ? call->accept : "application/json");
	/* Between two processes of one machine it only costs. */
	if (r < 0 || call->fresh || url_is_local(call->url))
		return r;
	return add_header(request, "Accept-Encoding", "gzip");
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

static void set_tls(const struct identity *identity, CURL *easy)
{
	if (!identity)
		return;
	if (identity->ca_file) {
		curl_easy_setopt(easy, CURLOPT_CAINFO, identity->ca_file);
		/* Instead of the system's, not beside them. */
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	}
	if (identity->insecure) {
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
}

static void set_limits(const struct http_call *call, CURL *easy)
{
	curl_easy_setopt(
		easy, CURLOPT_CONNECTTIMEOUT_MS, (long)HTTP_CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)call->total_ms);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, call->stays ? 0L : 1L);
	curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)HTTP_REDIRECTS_MAX);
	curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)IDLE_SECONDS);
	if (call->yields)
		curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)BIG_BUFFER);
	if (call->fresh) {
		curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
		curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	}
}

static void set_manners(CURL *easy)
{
	/* No thread may be woken by a signal of the resolver. */
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* Who gives up while a name is looked up does not wait for that; before
	 * 7.87 it does, as long as the resolver likes. */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "mmsdfs/" MMSDFS_VERSION);
	set_protocols(easy);
}

/* A standby redirects to the leader, which needs all of it again. */
static int set_method(struct http_request *request)
{
	const struct http_call *call = &request->call;
	CURL *easy = request->easy;
	int r;

	if (call->method == HTTP_GET)
		return 0;
	if (call->method == HTTP_DELETE)
		return curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "DELETE")
			? -ENOMEM
			: 0;
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
	curl_easy_setopt(easy, CURLOPT_POSTREDIR, (long)CURL_REDIR_POST_ALL);
	if (curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS,
		    call->json ? call->json : ""))
		return -ENOMEM;
	r = add_header(request, "Content-Type", "application/json");
	/* A server that does not know "Expect" would cost a second. */
	return r < 0 ? r : add_header(request, "Expect", "");
}

int request_set_up(struct http_request *request)
{
	CURL *easy = request->easy;
	int r;

	set_manners(easy);
	set_tls(request->call.identity, easy);
	set_limits(&request->call, easy);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, request);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, request->words);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, request);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
	r = add_accept(request);
	if (r == 0)
		r = set_method(request);
	if (r == 0)
		r = add_secrets(request);
	if (r < 0)
		return r;
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->headers);
	return curl_easy_setopt(easy, CURLOPT_URL, request->call.url) ? -ENOMEM
								      : 0;
}
