/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "fetch/clock.h"
#include "fetch/http_impl.h"
#include "fetch/http_words.h"

enum {
	HEAD_MAX = 256 << 10,      /* all header lines, of redirects too */
	ERROR_BODY_MAX = 64 << 10, /* of an answer that nobody reads */
};

static struct url_place place_of(struct http_request *request)
{
	char *url = NULL;

	curl_easy_getinfo(request->easy, CURLINFO_EFFECTIVE_URL, &url);
	return url_place(url ? url : "");
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

/* libcurl would decode it, and much of it before we see any. */
static int check_transfer(
	struct http_request *request, const char *line, size_t length)
{
	char coding[64] = "";

	keep_header(line, length, "Transfer-Encoding:", coding,
		sizeof(coding));
	if (!coding[0] || strcasecmp(coding, "chunked") == 0
		|| strcasecmp(coding, "identity") == 0)
		return 0;
	return why_set(&request->why, -EPROTO,
		"%s: a body in a coding nobody asked for",
		place_of(request).text);
}

size_t on_header(char *line, size_t size, size_t count, void *context)
{
	struct http_request *request = context;
	size_t length = size * count;

	request->last_byte = clock_now_ms();
	if (request->cancelled || request->error < 0)
		return 0;
	/* The answer behind a redirect begins anew. */
	if (length > 5 && strncmp(line, "HTTP/", 5) == 0) {
		request->leader[0] = request->coding[0] = '\0';
		request->index[0] = request->location[0] = '\0';
		request->head_ended = false;
		snprintf(request->answered, sizeof(request->answered), "%s",
			place_of(request).text);
	}
	request->head_ended |= line[0] == '\r' || line[0] == '\n';
	keep_header(line, length, "X-Marathon-Leader:", request->leader,
		sizeof(request->leader));
	keep_header(line, length, "X-Etcd-Index:", request->index,
		sizeof(request->index));
	keep_header(line, length, "Location:", request->location,
		sizeof(request->location));
	keep_header(line, length, "Content-Encoding:", request->coding,
		sizeof(request->coding));
	request->head_size += length;
	if (request->head_size > HEAD_MAX)
		request->error = why_set(&request->why, -E2BIG,
			"%s: a head of more than %d KB",
			place_of(request).text, HEAD_MAX >> 10);
	else
		request->error = check_transfer(request, line, length);
	return request->error < 0 ? 0 : length;
}

struct http_head head_of(struct http_request *request)
{
	struct http_head head = {
		.leader = request->leader,
		.index = request->index,
		.location = request->location,
	};
	char *type = NULL, *url = NULL, *peer = NULL, *ours = NULL;
	long redirects = 0;

	curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &head.status);
	curl_easy_getinfo(
		request->easy, CURLINFO_REDIRECT_COUNT, &redirects);
	head.redirected = redirects > 0;
	curl_easy_getinfo(request->easy, CURLINFO_PRIMARY_IP, &peer);
	curl_easy_getinfo(request->easy, CURLINFO_LOCAL_IP, &ours);
	curl_easy_getinfo(request->easy, CURLINFO_CONTENT_TYPE, &type);
	curl_easy_getinfo(request->easy, CURLINFO_EFFECTIVE_URL, &url);
	url_without_user(url ? url : "", request->url, sizeof(request->url));
	head.url = request->url;
	head.peer = peer ? peer : "";
	head.ours = ours ? ours : "";
	head.content_type = type ? type : "";
	return head;
}

static bool is_good(const struct http_request *request, long status)
{
	return status >= 200 && status < (request->call.stays ? 400 : 300);
}

static int choose_coding(struct http_request *request)
{
	const char *coding = request->coding;
	int r;

	if (!coding[0] || strcasecmp(coding, "identity") == 0)
		return 0;
	if (strcasecmp(coding, "gzip") != 0
		&& strcasecmp(coding, "x-gzip") != 0)
		return why_set(&request->why, -EPROTO,
			"%s: a body in a coding nobody asked for",
			place_of(request).text);
	r = gunzip_new(&request->gunzip);
	return r < 0 ? why_set(&request->why, r, "out of memory") : 0;
}

/* Once, before the first byte of a 2xx body, or at its end. */
static int say_head(struct http_request *request)
{
	struct http_head head;
	int r;

	if (request->head_said)
		return 0;
	request->head_said = true;
	r = choose_coding(request);
	if (r < 0 || !request->call.head)
		return r;
	head = head_of(request);
	return request->call.head(
		request->call.context, &head, &request->why);
}

static int pass_piece(
	struct http_request *request, const char *bytes, size_t length)
{
	uint64_t max = request->call.body_max;

	request->decoded += length;
	if (max && request->decoded > max)
		return why_set(&request->why, -E2BIG,
			"%s: a body of more than %llu MB",
			place_of(request).text,
			(unsigned long long)(max >> 20));
	request->passed_turn = request->http->turn;
	if (!request->call.body)
		return 0;
	return request->call.body(
		request->call.context, bytes, length, &request->why);
}

/* Everybody has a piece in each turn: who is slow keeps nobody waiting long. */
static bool must_yield(const struct http_request *request)
{
	const struct http *http = request->http;

	return request->call.yields && request->passed_turn == http->turn
		&& clock_now_ms() >= http->turn_end;
}

/*
 * 0: all were taken; 1: the others have their turn. All come again then;
 * what was taken of them is remembered.
 */
static int pass_gzip(
	struct http_request *request, const char *bytes, size_t length)
{
	const char *at = bytes + request->skip, *piece;
	size_t left = length - request->skip;
	ssize_t size;
	int r;

	for (;;) {
		if (must_yield(request)) {
			request->skip = length - left;
			return 1;
		}
		size = gunzip_next(request->gunzip, &at, &left, &piece);
		if (size < 0)
			return why_set(&request->why, (int)size,
				"%s: the body is not gzip",
				place_of(request).text);
		if (size == 0)
			break;
		r = pass_piece(request, piece, (size_t)size);
		if (r < 0 || request->cancelled)
			return r;
	}
	request->skip = 0;
	return 0;
}

/* As pass_gzip(). */
static int pass_body(
	struct http_request *request, const char *bytes, size_t length)
{
	int r;

	r = say_head(request);
	if (r < 0 || request->cancelled)
		return r;
	if (request->gunzip)
		return pass_gzip(request, bytes, length);
	if (must_yield(request))
		return 1;
	return pass_piece(request, bytes, length);
}

/* What is not 2xx is read, so that the connection can be used again. */
static size_t drop_body(struct http_request *request, size_t length)
{
	request->decoded += length;
	return request->decoded > ERROR_BODY_MAX ? 0 : length;
}

size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
	struct http_request *request = context;
	size_t length = size * count;
	long status = 0;
	int r;

	request->last_byte = clock_now_ms();
	if (request->cancelled || request->error < 0)
		return 0;
	curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
	if (!is_good(request, status) && (status < 400 || !request->call.refusals))
		return drop_body(request, length);
	r = pass_body(request, bytes, length);
	if (r == 1) {
		request->paused = request->http->yielded = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	if (r < 0)
		request->error = r;
	return r < 0 || request->cancelled ? 0 : length;
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

int request_judge(struct http_request *request, int code,
	const struct http_head *head)
{
	struct http_failure failure = failure_of(request, code);
	bool dropped = code == CURLE_WRITE_ERROR && !is_good(request, head->status);
	int r;

	if (request->error < 0)
		return request->error;
	if (code == CURLE_UNSUPPORTED_PROTOCOL && request->answered[0])
		return http_failed(request->answered, &failure, &request->why);
	if (code != CURLE_OK && !dropped)
		return http_failed(head->url, &failure, &request->why);
	if (!is_good(request, head->status))
		return http_refused(head->url, head->status, &request->why);
	/* libcurl is content with half a head. */
	r = request->head_ended ? say_head(request) : 0;
	if (r < 0)
		return r;
	if (request->head_ended
		&& (!request->gunzip || gunzip_is_complete(request->gunzip)))
		return 0;
	failure.code = CURLE_PARTIAL_FILE;
	return http_failed(head->url, &failure, &request->why);
}
