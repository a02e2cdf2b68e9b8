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
	CA_SECONDS = 300,
};

void request_forget_secret(struct http_request *request)
{
	secret_forget(request->secret.data);
	request->secret = (struct curl_slist){.data = NULL};
}

static int add_header(
	struct http_request *request, const char *name, const char *value)
{
	char *line = NULL;
	struct curl_slist *headers;

	if (asprintf(&line, "%s: %s", name, value) < 0)
		return -ENOMEM;
	headers = curl_slist_append(request->headers, line);
	/* Who asks namelessly may have a secret of its own. */
	secret_forget(line);
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

	if (asprintf(&request->secret.data, "Authorization: %s%s",
		    whole ? "" : "token=", token)
		< 0) {
		request->secret.data = NULL;
		return -ENOMEM;
	}
	return 0;
}

static int add_user(CURL *easy, const struct secret *user)
{
	curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	return curl_easy_setopt(easy, CURLOPT_USERPWD, secret_text(user))
		? -ENOMEM
		: 0;
}

static int add_login(struct http_request *request, struct login *login)
{
	const char *token = login_token(login, &request->token);

	if (token)
		return add_token(request, token);
	return why_set(&request->why, -EACCES, "no token: %s",
		login_why(login));
}

/* libcurl keeps them from other hosts that a redirect leads to. */
static int add_secrets(
	struct http_request *request, struct identity *identity)
{
	struct secret *secret;

	if (identity->login)
		return add_login(request, identity->login);
	secret = identity->user ? identity->user : identity->token;
	if (!secret)
		return 0;
	/* If it cannot be read now, what it held before may still do. */
	identity->secret_why.text[0] = '\0';
	secret_refresh(secret, &identity->secret_why);
	if (secret == identity->token)
		return add_token(request, secret_text(secret));
	return add_user(request->easy, secret);
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

/* What was asked for over TLS is not to come without. */
static void set_protocols(const char *url, CURL *easy)
{
	bool tls = strncasecmp(url, "https:", 6) == 0;
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR,
		tls ? "https" : "http,https");
#else
	long both = CURLPROTO_HTTP | CURLPROTO_HTTPS;

	curl_easy_setopt(easy, CURLOPT_PROTOCOLS, both);
	curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS,
		tls ? (long)CURLPROTO_HTTPS : both);
#endif
}

static bool takes_bytes(void)
{
	const char *tls = curl_version_info(CURLVERSION_NOW)->ssl_version;

	return !tls || !strstr(tls, "GnuTLS");
}

/*
 * As bytes: libcurl keeps authorities of a file by its name for a day, but
 * tells connections and sessions by bytes. Where it can only read files (over
 * GnuTLS), these count as it reads them.
 */
static CURLcode set_pem(CURL *easy, const struct tls *tls, enum tls_part part)
{
	static const struct {
		CURLoption bytes, path;
	} options[] = {
		[TLS_AUTHORITIES] = {CURLOPT_CAINFO_BLOB, CURLOPT_CAINFO},
		[TLS_CERTIFICATE] = {CURLOPT_SSLCERT_BLOB, CURLOPT_SSLCERT},
		[TLS_KEY] = {CURLOPT_SSLKEY_BLOB, CURLOPT_SSLKEY},
	};
	const char *text = tls_text(tls, part);
	struct curl_blob blob = {.flags = CURL_BLOB_COPY};

	if (!text)
		return CURLE_OK;
	if (!takes_bytes())
		return curl_easy_setopt(
			easy, options[part].path, tls_path(tls, part));
	blob.len = strlen(text);
	blob.data = (void *)(uintptr_t)text;
	return curl_easy_setopt(easy, options[part].bytes, &blob);
}

static int set_tls(struct identity *identity, CURL *easy)
{
	const struct tls *tls = identity->tls;

	identity->tls_why.text[0] = '\0';
	tls_refresh(identity->tls, &identity->tls_why);
	if (set_pem(easy, tls, TLS_AUTHORITIES)
		|| set_pem(easy, tls, TLS_CERTIFICATE)
		|| set_pem(easy, tls, TLS_KEY)
		|| curl_easy_setopt(easy, CURLOPT_KEYPASSWD,
			tls_text(tls, TLS_PASS)))
		return -ENOMEM;
	/* Instead of the system's, not beside them. */
	if (tls_text(tls, TLS_AUTHORITIES))
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	if (identity->insecure) {
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	return 0;
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
#if LIBCURL_VERSION_NUM >= 0x075700
	/* Of the system; a day would be the default. */
	curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, (long)CA_SECONDS);
#endif
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
	set_protocols(request->call.url, easy);
	set_limits(&request->call, easy);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, request);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, request->words);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, request);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
	r = add_accept(request);
	if (r == 0 && request->call.authorization)
		r = add_header(request, "Authorization",
			request->call.authorization);
	if (r == 0)
		r = set_method(request);
	if (r < 0)
		return r;
	return curl_easy_setopt(easy, CURLOPT_URL, request->call.url) ? -ENOMEM
								      : 0;
}

int request_introduce(struct http_request *request)
{
	struct identity *identity = request->call.identity;
	int r = 0;

	request_forget_secret(request);
	if (identity)
		r = set_tls(identity, request->easy);
	if (r == 0 && identity && !request->call.nameless)
		r = add_secrets(request, identity);
	if (r < 0)
		return r;
	request->secret.next = request->headers;
	curl_easy_setopt(request->easy, CURLOPT_HTTPHEADER,
		request->secret.data ? &request->secret : request->headers);
	return 0;
}
