/* SPDX-License-Identifier: MIT */
#ifndef FETCH_HTTP_IMPL_H
#define FETCH_HTTP_IMPL_H

/*
 * What http.c and its parts share; for nobody else. The parts: how a request is
 * asked (http_ask.c), and what is made of its answer (http_answer.c).
 */

#include <curl/curl.h>

#include "fetch/gunzip.h"
#include "fetch/http.h"
#include "fetch/identity_impl.h"

struct http {
	CURLM *multi;
	struct http_request *requests; /* a list */
	uint64_t turn;    /* their number */
	int64_t turn_end; /* bodies that yield do so from then on */
	bool in_turn;
	bool yielded; /* one is paused */
};

struct http_request {
	struct http *http;
	CURL *easy;
	struct curl_slist *headers;
	struct curl_slist secret; /* in front of them; data NULL: none */
	uint64_t token; /* the number of the token in it */
	struct http_call call;
	int64_t last_byte;
	uint64_t decoded;
	uint64_t passed_turn;  /* the last turn that gave it some body */
	struct gunzip *gunzip; /* NULL: the body comes as it is */
	size_t skip; /* what of the bytes that come again was taken already */
	size_t head_size; /* of all header lines */
	bool head_ended; /* its last line came */
	bool head_said;
	bool cancelled; /* to be freed at the end of the turn */
	bool paused;
	bool parked; /* not begun: its identity is logging in */
	bool again;  /* begun for the second time, after a 401 */
	int error; /* of a callback; 0: none */
	struct why why;
	char leader[256];
	char index[32];
	char location[1024];
	char coding[64]; /* of the content; "" none */
	char answered[256]; /* the place of the last answer, of redirects too */
	char words[CURL_ERROR_SIZE];
	char url[1024]; /* after redirects, for head and words */
	struct http_request *before, *next;
};

/* http_ask.c: tells libcurl all about a request but who asks. -ENOMEM. */
int request_set_up(struct http_request *request);
/*
 * Who asks, and whom we believe, as the files of the identity say now. -ENOMEM,
 * or -EACCES when it has not come to a token, with words in the request.
 */
int request_introduce(struct http_request *request);
void request_forget_secret(struct http_request *request);

/* http_park.c: begins a request, or parks it. As request_introduce(). */
int request_begin(struct http_request *request);
/* True: this refusal is not the end; the request is parked. */
bool request_park(struct http_request *request, const struct http_head *head);
/* It waits for nothing any more. */
bool request_is_due(const struct http_request *request);

/* http_answer.c: what libcurl calls with the request as context. */
size_t on_header(char *line, size_t size, size_t count, void *context);
size_t on_body(char *bytes, size_t size, size_t count, void *context);
/* Borrowed until the next call. */
struct http_head head_of(struct http_request *request);
/*
 * 0, or the errno of all that can be wrong with an answer, with words. code is
 * libcurl's own judgement.
 */
int request_judge(struct http_request *request, int code,
	const struct http_head *head);

#endif
