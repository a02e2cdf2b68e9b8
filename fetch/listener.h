/* SPDX-License-Identifier: MIT */
#ifndef FETCH_LISTENER_H
#define FETCH_LISTENER_H

/*
 * A small HTTP server that takes POSTs at one path, with the bounds that keep
 * a bad client from doing harm. It has no thread: listener_turn() does all, and
 * is due when listener_fd() can be read or listener_deadline() has come. The
 * only file that includes libmicrohttpd.
 *
 * Who is slow is cut off, and who keeps a connection that he does not use; the
 * times are longer than Marathon's own (30 s for its kept connections), so that
 * it is never cut off between two events.
 */

#include "fetch/callback_place.h"
#include "fetch/cleanup.h"

enum {
	LISTENER_BODY_MAX = 32 << 20,
	LISTENER_KEPT_MAX = 64 << 20, /* of all bodies at a time */
	LISTENER_DRAIN_MAX = 256 << 20, /* of a body that is not kept */
	LISTENER_CONNECTIONS_MAX = 64, /* more wait to be accepted */
	LISTENER_ADDRESS_MAX = 16, /* from one address; more are closed */
	LISTENER_STRANGERS_MAX = 8, /* from all who may not; likewise */
	LISTENER_HEAD_MS = 10000, /* until a new connection has asked */
	LISTENER_BODY_MS = 60000, /* from the head to the end of a request */
	LISTENER_IDLE_MS = 90000, /* until it asks again */
	LISTENER_TURN_MS = 2,
};

/* What was not taken, as far as it matters. */
enum listener_refusal {
	LISTENER_MISTAKE,  /* another path or method: nobody's event */
	LISTENER_STRANGER, /* of whoever may not */
	LISTENER_LOST,     /* something of one who may: it may be an event */
};

struct listener_settings {
	struct callback_place place;
	void *context;

	/* local: this machine talks to itself. */
	bool (*may)(void *context, const struct in6_addr *from, bool local);
	/*
	 * A complete body, borrowed for the call. A negative answer, with
	 * words, is a refusal.
	 */
	int (*body)(void *context, const char *bytes, size_t length,
		struct why *why);
	/* Words: "callback from 10.1.2.3 refused: ..." */
	void (*refused)(void *context, enum listener_refusal refusal,
		const struct why *why);
};

struct listener;

/* False: built without libmicrohttpd; listener_new() is -ENOTSUP. */
bool listener_is_built(void);

/* Listens already. A negative errno with words that name the address. */
int listener_new(const struct listener_settings *settings,
	struct listener **ret, struct why *why);
/* Closes what is open; no callback comes of that. */
void listener_free(struct listener *listener);
CLEANUP_DEFINE(struct listener *, listener_free)

int listener_fd(const struct listener *listener);
int64_t listener_deadline(const struct listener *listener);

/* Does what is due at now (clock_now_ms()), and makes the callbacks. */
void listener_turn(struct listener *listener, int64_t now);

#endif
