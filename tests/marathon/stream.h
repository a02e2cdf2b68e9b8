/* SPDX-License-Identifier: MIT */
#ifndef MARATHON_STREAM_H
#define MARATHON_STREAM_H

/*
 * /v2/events. The hub hands each event to every open stream; a stream is
 * written by the thread of its connection, which also beats its heart.
 * All functions may be called by any thread.
 */

#include "tests/marathon/event.h"
#include "tests/marathon/wire.h"

/* What a stream is told to do; the end of most streams. */
enum order {
	ORDER_NONE,
	ORDER_EOF,
	ORDER_RESET,
	ORDER_SILENCE, /* nothing more is written, the connection stays */
	ORDER_CUT,     /* ends within the data line of an event */
	ORDER_ENDLESS, /* a line that never ends */
};

struct stream;

struct hub {
	pthread_mutex_t lock; /* a leaf; may be taken under the model's */
	pthread_cond_t written;
	struct stream *streams; /* by lock, as all below */
	unsigned stream_count;
	unsigned node_streams[64];
	unsigned opened;
	unsigned dropped;
	uint64_t events;
	unsigned heartbeat_ms;
	unsigned heartbeat_gap_ms; /* between CR and LF */
	unsigned attach_delay_ms;  /* between the head and the subscription */
	bool heartbeat;
	bool split;   /* a byte at a time */
	bool glue;    /* data lines only, whatever the version */
	bool hostile;
	bool refuse;  /* 200 and the end, as a Marathon that lost its office */
	enum order next_order; /* of streams to come */
	unsigned next_count;
	uint64_t endless; /* bytes of the endless line; 0: no end */
	void (*callback)(void *context, struct event *event);
	void *callback_context;
};

struct stream_wish {
	unsigned node;
	bool heavy;
	bool buffered; /* through a 0.9 standby */
	char **types;  /* event_type=; borrowed for the stream's life */
	size_t type_count;
	const char *address;
};

void hub_init(struct hub *hub);
void hub_done(struct hub *hub);
/* Whether somebody wants whole plans. */
bool hub_heavy(struct hub *hub);
/* Borrows the event. */
void hub_publish(struct hub *hub, struct event *event);
/* Until the event is on some wire, none can take it, or a second passed. */
int64_t hub_wait_written(struct hub *hub, struct event *event);
/* Waits (shortly) until no stream has half a queue. */
void hub_wait_room(struct hub *hub);
/* node < 0: all. armed > 0: so many streams to come, instead of the open. */
void hub_order(
	struct hub *hub, int node, enum order order, unsigned armed);
/* Bytes as they are, on all streams. */
void hub_raw(struct hub *hub, const char *data, size_t len);

/* Serves a stream whose head is sent, until its end. */
void stream_serve(struct hub *hub, struct wire *wire,
	const struct profile *profile, const struct stream_wish *wish);

#endif
