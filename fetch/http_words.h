/* SPDX-License-Identifier: MIT */
#ifndef FETCH_HTTP_WORDS_H
#define FETCH_HTTP_WORDS_H

/*
 * Who was asked, for people, and how a request that failed becomes an errno and
 * words.
 */

#include <stdbool.h>
#include <stddef.h>

#include "fetch/why.h"

/* "host:port" of a URL, without credentials. */
struct url_place {
	char text[256];
};

struct url_place url_place(const char *url);

/* "marathon-2:8080: ..." in front of words that do not name the server. */
void why_at(const char *url, struct why *why);

/* -EPROTO with words when an answer is not JSON (a page of some proxy). */
int expect_json(const char *url, const char *content_type, struct why *why);

/* A URL without "user:password@", cut to size. */
void url_without_user(const char *url, char *ret, size_t size);

/* The host is this machine, by a name or address that says so. */
bool url_is_local(const char *url);

/* What libcurl says at the end of a transfer. */
struct http_failure {
	int code;          /* CURLcode */
	long status;       /* 0: no answer */
	long os_error;     /* of the connection, 0: none */
	const char *words; /* libcurl's own, "" none */
	unsigned long long bytes; /* of the body that came */
	long total_ms;
};

/* A transfer that libcurl gave up. */
int http_failed(
	const char *url, const struct http_failure *failure, struct why *why);

/* A complete answer whose status is not 2xx. */
int http_refused(const char *url, long status, struct why *why);

#endif
