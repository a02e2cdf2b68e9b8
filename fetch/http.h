/* SPDX-License-Identifier: MIT */
#ifndef FETCH_HTTP_H
#define FETCH_HTTP_H

/*
 * HTTP requests of one thread over one curl multi handle, with the bounds that
 * keep a bad server from doing harm: deadlines, a silence limit, a ceiling on
 * decoded bytes, few redirects, verified TLS. Only its own files include curl.
 *
 * A request whose identity is about to log in waits for that, and one that is
 * refused with 401 is asked once more with the next token, if one is at hand.
 *
 * Callbacks are made only inside http_turn(), and never for a request that was
 * cancelled. They may cancel requests, this one included; new ones are begun
 * between two turns, since libcurl takes none from inside of it.
 */

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fetch/cleanup.h"
#include "fetch/identity.h"
#include "fetch/why.h"

enum {
	HTTP_REDIRECTS_MAX = 5,
	HTTP_CONNECT_MS = 3000,
	HTTP_TURN_MS = 2, /* of bodies in one turn, for those that yield */
};

struct http;
struct http_request;

int http_new(struct http **ret, struct why *why);
/* Cancels what is still running. */
void http_free(struct http *http);
CLEANUP_DEFINE(struct http *, http_free)

/* What the server said before its body. Borrowed for the call. */
struct http_head {
	long status;
	const char *url;          /* after redirects, without credentials */
	bool redirected;          /* there have been some */
	const char *content_type; /* "" when not given */
	const char *leader;       /* X-Marathon-Leader, "" when not given */
	const char *index;        /* X-Etcd-Index, "" when not given */
	const char *location;     /* Location, "" when not given */
	const char *peer;         /* the address that answered */
	const char *ours;         /* from which it was asked */
};

enum http_method { HTTP_GET, HTTP_POST, HTTP_DELETE };

struct http_call {
	enum http_method method;
	const char *url;    /* no credentials in it; copied */
	const char *accept; /* NULL: application/json; copied */
	const char *json;   /* the body of a POST; NULL: none; copied */
	struct identity *identity; /* borrowed for the request; NULL: nobody */
	const char *authorization; /* of a nameless call; NULL: none; copied */
	bool fresh;         /* a connection of its own: long streams */
	bool yields;        /* its body may wait for the next turn (2 ms) */
	bool stays;         /* a redirect is an answer, and not followed */
	bool refusals;      /* head and body also of answers from 400 on */
	bool nameless;      /* without secrets: asks for them */
	int64_t total_ms;   /* until the end of the body; 0: no limit */
	int64_t silence_ms; /* between two bytes; 0: no limit */
	uint64_t body_max;  /* decoded bytes; 0: no limit */
	void *context;

	/*
	 * A 2xx answer has begun. NULL: fine. A negative answer ends the
	 * request with it, and done() gets the words.
	 */
	int (*head)(void *context, const struct http_head *head,
		struct why *why);
	/* Bytes of a 2xx body. A negative answer ends the request with it. */
	int (*body)(void *context, const char *bytes, size_t length,
		struct why *why);
	/*
	 * The end, exactly once, unless cancelled; the request is gone then.
	 * error 0: a complete 2xx answer. Else a negative errno and words that
	 * name the server: "marathon-2:8080: HTTP 503". head is NULL when there
	 * was no answer at all. -EACCES: 401 or 403; -ENOENT: 404; -EPROTO: any
	 * other status that is not 2xx, a redirect that leads nowhere, a cut
	 * body; -ETIMEDOUT; -E2BIG; -ECONNREFUSED, -EHOSTUNREACH (also an
	 * unknown name), -ECONNRESET, -EIO.
	 */
	void (*done)(void *context, int error, const struct http_head *head,
		const struct why *why);
};

/* *ret may be NULL: nobody wants to cancel it. -ENOMEM. */
int http_begin(struct http *http, const struct http_call *call,
	struct http_request **ret, struct why *why);

/* No callback comes any more; the request is gone. NULL is fine. */
void http_cancel(struct http_request *request);

/*
 * Waits at most timeout_ms (-1: for ever) for anything to do on its own
 * connections or on extra (whose revents are set), does it, and makes the
 * callbacks. Returns at once when a body yielded in the turn before.
 */
int http_turn(struct http *http, struct pollfd *extra, size_t extra_count,
	int timeout_ms);

/* From any thread: http_turn() returns soon. */
void http_wake(struct http *http);

#endif
