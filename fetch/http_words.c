/* SPDX-License-Identifier: MIT */
#include "fetch/http_words.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/*
 * The host's begin: behind "http://", which a Mesos master may leave at "//",
 * and behind "user:password@".
 */
static const char *host_of(const char *url)
{
	const char *host = strstr(url, "://");
	const char *at;
	size_t length;

	host = host ? host + 3 : url + (strncmp(url, "//", 2) == 0 ? 2 : 0);
	length = strcspn(host, "/?#");
	at = memrchr(host, '@', length);
	return at ? at + 1 : host;
}

struct url_place url_place(const char *url)
{
	const char *host = host_of(url);
	struct url_place place;

	snprintf(place.text, sizeof(place.text), "%.*s",
		(int)strcspn(host, "/?#"), host);
	return place;
}

void why_at(const char *url, struct why *why)
{
	struct why words = *why;

	why_set(why, 0, "%s: %s", url_place(url).text, words.text);
}

int expect_json(const char *url, const char *content_type, struct why *why)
{
	if (strcasestr(content_type, "json"))
		return 0;
	return why_set(why, -EPROTO, "%s: answered with %s instead of JSON",
		url_place(url).text,
		content_type[0] ? content_type : "nothing named");
}

void url_without_user(const char *url, char *ret, size_t size)
{
	const char *scheme_end = strstr(url, "://");
	int scheme = scheme_end ? (int)(scheme_end + 3 - url) : 0;

	snprintf(ret, size, "%.*s%s", scheme, url, host_of(url));
}

bool url_is_local(const char *url)
{
	static const char *const local[] = {"127.", "localhost", "[::1]"};
	const char *host = host_of(url);

	for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++) {
		size_t length = strlen(local[i]);

		if (strncasecmp(host, local[i], length) == 0
			&& (i == 0 || strchr(":/?", host[length])))
			return true;
	}
	return false;
}

static int connect_error(long os_error)
{
	switch (os_error) {
	case EHOSTUNREACH:
	case ENETUNREACH:
		return -EHOSTUNREACH;
	case ETIMEDOUT:
		return -ETIMEDOUT;
	case ECONNRESET:
		return -ECONNRESET;
	default:
		return -ECONNREFUSED;
	}
}

/*
 * A server that wants a certificate says so by an alert, with TLS 1.3 only
 * after the handshake (RFC 8446, 4.4.2.4 and 6.2).
 */
static const char *hint(const char *words)
{
	static const char *const alerts[] = {"certificate required",
		"alert bad certificate", "alert handshake failure"};

	for (size_t i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++)
		if (strstr(words, alerts[i]))
			return "; it may want another certificate of ours (see "
			       "the options *-cert)";
	return "";
}

int http_failed(
	const char *url, const struct http_failure *f, struct why *why)
{
	struct url_place place = url_place(url);
	const char *host = place.text;
	const char *words = f->words[0]
		? f->words
		: curl_easy_strerror((CURLcode)f->code);

	switch ((CURLcode)f->code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return why_set(why, -EHOSTUNREACH,
			"%s: this name cannot be resolved", host);
	case CURLE_COULDNT_CONNECT:
		return why_set(why, connect_error(f->os_error), "%s: %s", host,
			f->os_error ? strerror((int)f->os_error) : words);
	case CURLE_OPERATION_TIMEDOUT:
		return why_set(why, -ETIMEDOUT, "%s: %s", host,
			f->status ? "the answer takes too long"
				  : "no answer in time");
	case CURLE_TOO_MANY_REDIRECTS:
		return why_set(why, -EPROTO,
			"%s: HTTP %ld leads nowhere: too many redirects", host,
			f->status);
	case CURLE_PARTIAL_FILE:
		return why_set(why, -EPROTO,
			"%s: the body was cut after %llu bytes", host,
			f->bytes);
	case CURLE_GOT_NOTHING:
		return why_set(why, -ECONNRESET,
			"%s: closed the connection without an answer", host);
	case CURLE_SSL_CONNECT_ERROR:
		return why_set(why, -EIO, "%s: %s%s", host, words, hint(words));
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
		if (!f->bytes)
			return why_set(why, -ECONNRESET,
				"%s: the connection broke: %s%s", host, words,
				hint(words));
		return why_set(why, -EPROTO,
			"%s: the connection broke after %llu bytes of body",
			host, f->bytes);
	case CURLE_PEER_FAILED_VERIFICATION:
		return why_set(why, -EIO,
			"%s: certificate not accepted: %s (see the options "
			"*-ca)",
			host, words);
	case CURLE_OUT_OF_MEMORY:
		return why_set(why, -ENOMEM, "out of memory");
	case CURLE_UNSUPPORTED_PROTOCOL:
		return why_set(why, -EPROTO, "%s: HTTP %ld leads nowhere: %s",
			host, f->status, words);
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_HTTP2:
		return why_set(why, -EPROTO, "%s: %s", host, words);
	default:
		return why_set(why, -EIO, "%s: %s", host, words);
	}
}

int http_refused(const char *url, long status, struct why *why)
{
	struct url_place place = url_place(url);

	if (status == 401 || status == 403)
		return why_set(why, -EACCES,
			"%s: HTTP %ld: credentials missing or not accepted",
			place.text, status);
	if (status == 404)
		return why_set(why, -ENOENT, "%s: HTTP 404", place.text);
	if (status >= 300 && status < 400)
		return why_set(why, -EPROTO, "%s: HTTP %ld leads nowhere",
			place.text, status);
	return why_set(why, -EPROTO, "%s: HTTP %ld", place.text, status);
}
