/* SPDX-License-Identifier: MIT */
#include "tests/marathon/stream.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

enum { BUFFER_SIZE = 8192 };

struct stream {
	struct stream *next; /* by hub->lock */
	const struct stream_wish *wish;
	struct hub *hub;
	struct wire *wire;
	int wake; /* eventfd */
	enum framing framing;
	unsigned queue_limit;
	bool queue_closes;
	/* by hub->lock */
	struct event **queue;
	size_t queue_count;
	size_t queue_size;
	size_t in_flight;
	enum order order;
	/* own thread */
	int64_t beat_at;
	unsigned sent;
	struct text out;
};

void hub_init(struct hub *hub)
{
	memset(hub, 0, sizeof(*hub));
	pthread_mutex_init(&hub->lock, NULL);
	pthread_cond_init(&hub->written, NULL);
	hub->heartbeat = true;
	hub->heartbeat_ms = 10000;
}

void hub_done(struct hub *hub)
{
	pthread_cond_destroy(&hub->written);
	pthread_mutex_destroy(&hub->lock);
}

bool hub_heavy(struct hub *hub)
{
	struct stream *stream;
	bool heavy;

	pthread_mutex_lock(&hub->lock);
	heavy = hub->callback != NULL;
	for (stream = hub->streams; stream; stream = stream->next)
		heavy = heavy || stream->wish->heavy;
	pthread_mutex_unlock(&hub->lock);
	return heavy;
}

static void stream_wake(struct stream *stream)
{
	uint64_t one = 1;

	if (write(stream->wake, &one, sizeof(one)) < 0)
		return; /* it is awake already */
}

static bool stream_wants(const struct stream *stream, const char *type)
{
	size_t i;

	if (!type || !stream->wish->type_count)
		return true;
	for (i = 0; i < stream->wish->type_count; i++)
		if (strcmp(stream->wish->types[i], type) == 0)
			return true;
	return false;
}

/* A full queue drops the event or ends the stream, by version. */
static bool stream_queue(struct stream *stream, struct event *event)
{
	struct event **queue;

	if (stream->queue_count + stream->in_flight >= stream->queue_limit) {
		stream->hub->dropped++;
		if (stream->queue_closes && stream->order == ORDER_NONE)
			stream->order = ORDER_EOF;
		stream_wake(stream);
		return false;
	}
	if (stream->queue_count == stream->queue_size) {
		queue = reallocarray(stream->queue,
			stream->queue_size * 2 + 16, sizeof(*queue));
		if (!queue)
			return false;
		stream->queue = queue;
		stream->queue_size = stream->queue_size * 2 + 16;
	}
	stream->queue[stream->queue_count++] = event_ref(event);
	if (stream->queue_count == 1)
		stream_wake(stream);
	return true;
}

void hub_publish(struct hub *hub, struct event *event)
{
	struct stream *stream;
	bool taken = false;

	pthread_mutex_lock(&hub->lock);
	hub->events++;
	for (stream = hub->streams; stream; stream = stream->next)
		if (stream->order == ORDER_NONE &&
			stream_wants(stream, event->type))
			taken |= stream_queue(stream, event);
	if (hub->callback && event->type)
		hub->callback(hub->callback_context, event);
	if (!taken)
		atomic_store(&event->written_ns, now_ns());
	pthread_mutex_unlock(&hub->lock);
}

static struct timespec deadline(int64_t ms)
{
	struct timespec at;

	clock_gettime(CLOCK_REALTIME, &at);
	at.tv_sec += ms / 1000;
	at.tv_nsec += ms % 1000 * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_nsec -= 1000000000;
		at.tv_sec++;
	}
	return at;
}

int64_t hub_wait_written(struct hub *hub, struct event *event)
{
	struct timespec until = deadline(1000);
	int r = 0;

	pthread_mutex_lock(&hub->lock);
	while (!atomic_load(&event->written_ns) && r == 0)
		r = pthread_cond_timedwait(&hub->written, &hub->lock, &until);
	pthread_mutex_unlock(&hub->lock);
	return atomic_load(&event->written_ns);
}

static bool hub_room(const struct hub *hub)
{
	const struct stream *stream;

	for (stream = hub->streams; stream; stream = stream->next)
		if (stream->queue_count + stream->in_flight >
			stream->queue_limit / 2)
			return false;
	return true;
}

void hub_wait_room(struct hub *hub)
{
	struct timespec until = deadline(1000);
	int r = 0;

	pthread_mutex_lock(&hub->lock);
	while (!hub_room(hub) && r == 0)
		r = pthread_cond_timedwait(&hub->written, &hub->lock, &until);
	pthread_mutex_unlock(&hub->lock);
}

void hub_order(struct hub *hub, int node, enum order order, unsigned armed)
{
	struct stream *stream;

	pthread_mutex_lock(&hub->lock);
	hub->next_order = armed ? order : hub->next_order;
	hub->next_count = armed ? armed : hub->next_count;
	for (stream = hub->streams; stream && !armed; stream = stream->next) {
		if (node >= 0 && stream->wish->node != (unsigned)node)
			continue;
		stream->order = order;
		stream_wake(stream);
	}
	pthread_mutex_unlock(&hub->lock);
}

void hub_raw(struct hub *hub, const char *data, size_t len)
{
	CLEANUP(event_unref) struct event *event = event_new(NULL);

	if (!event)
		return;
	event->verbatim = true;
	text_clear(&event->json);
	text_add(&event->json, data, len);
	hub_publish(hub, event);
}

/* Legal event streams all, but nothing that Jetty would write. */
static void frame_hostile(
	struct text *out, const char *type, const struct text *json, unsigned n)
{
	const char *comma = memchr(json->data, ',', json->len);

	text_print(out, ": comment %u\ndata:", n);
	if (n % 4 == 3 && comma) {
		text_add(out, json->data, (size_t)(comma + 1 - json->data));
		text_put(out, "\ndata:");
		text_put(out, comma + 1);
	} else {
		text_add(out, json->data, json->len);
	}
	text_print(out, "\nevent:%s\nid:%u\nretry: 5\n\n", type, n);
}

static void frame(struct stream *stream, const struct event *event)
{
	const struct text *json = &event->json;
	const char *type = event->type ? event->type : "test_event";
	struct hub *hub = stream->hub;

	if (event->verbatim) {
		text_add(&stream->out, json->data, json->len);
		return;
	}
	if (stream->wish->heavy && event->heavy.len)
		json = &event->heavy;
	stream->sent++;
	if (hub->hostile) {
		frame_hostile(&stream->out, type, json, stream->sent);
		return;
	}
	if (stream->framing == FRAMING_STD && !hub->glue)
		text_print(&stream->out, "event: %s\r\n", type);
	text_put(&stream->out, "data: ");
	text_add(&stream->out, json->data, json->len);
	text_put(&stream->out, "\r\n");
	if (stream->framing == FRAMING_STD && !hub->glue)
		text_put(&stream->out, "\r\n");
}

static int stream_write(struct stream *stream, const char *data, size_t len)
{
	size_t i;
	int r = 0;

	if (!stream->hub->split)
		return wire_write(stream->wire, data, len);
	for (i = 0; i < len && r == 0; i++)
		r = wire_write(stream->wire, data + i, 1);
	return r;
}

static int stream_flush(struct stream *stream)
{
	int r;

	/* a 0.9 standby passes on only what fills its buffer */
	if (stream->wish->buffered && stream->out.len < BUFFER_SIZE)
		return 0;
	r = stream_write(stream, stream->out.data, stream->out.len);
	text_clear(&stream->out);
	return r;
}

static void pause_ms(unsigned ms)
{
	struct timespec pause = {ms / 1000, ms % 1000 * 1000000L};

	nanosleep(&pause, NULL);
}

static int stream_beat(struct stream *stream)
{
	struct hub *hub = stream->hub;
	int64_t now = now_ns();
	int r;

	if (now < stream->beat_at)
		return 0;
	stream->beat_at = now + hub->heartbeat_ms * 1000000LL;
	if (!hub->heartbeat)
		return 0;
	if (stream->wish->buffered) {
		text_put(&stream->out, "\r\n");
		return stream_flush(stream);
	}
	r = wire_write(stream->wire, "\r", 1);
	if (r < 0)
		return r;
	if (hub->heartbeat_gap_ms)
		pause_ms(hub->heartbeat_gap_ms);
	return wire_write(stream->wire, "\n", 1);
}

/* The events that are due; *ret_order is what to do behind them. */
static struct event **stream_take(
	struct stream *stream, size_t *ret_count, enum order *ret_order)
{
	struct event **queue;

	pthread_mutex_lock(&stream->hub->lock);
	queue = stream->queue;
	*ret_count = stream->in_flight = stream->queue_count;
	*ret_order = stream->order;
	stream->queue = NULL;
	stream->queue_count = stream->queue_size = 0;
	pthread_mutex_unlock(&stream->hub->lock);
	return queue;
}

static int stream_send(struct stream *stream, enum order *ret_order)
{
	CLEANUP(free) struct event **queue = NULL;
	int64_t zero, now;
	size_t count, i;
	int r = 0;

	queue = stream_take(stream, &count, ret_order);
	for (i = 0; i < count; i++)
		frame(stream, queue[i]);
	if (stream->out.len && *ret_order == ORDER_NONE)
		r = stream_flush(stream);
	now = now_ns();
	pthread_mutex_lock(&stream->hub->lock);
	stream->in_flight = 0;
	for (i = 0; i < count; i++) {
		zero = 0;
		atomic_compare_exchange_strong(
			&queue[i]->written_ns, &zero, now);
		event_unref(queue[i]);
	}
	pthread_cond_broadcast(&stream->hub->written);
	pthread_mutex_unlock(&stream->hub->lock);
	return r;
}

/* Until there is something to do. -EPIPE: the client has gone. */
static int stream_wait(struct stream *stream, int timeout_ms)
{
	struct pollfd fds[] = {
		{.fd = stream->wake, .events = POLLIN},
		{.fd = stream->wire->fd, .events = POLLIN | POLLRDHUP},
	};
	uint64_t ignored;
	char byte;

	if (poll(fds, 2, timeout_ms) < 0)
		return errno == EINTR ? 0 : -EPIPE;
	if (fds[0].revents && read(stream->wake, &ignored, sizeof(ignored)) < 0)
		return -EPIPE;
	if (fds[1].revents & (POLLHUP | POLLERR | POLLRDHUP))
		return -EPIPE;
	/* nobody sends on a stream: what comes is the end, or TLS's word of it */
	if (fds[1].revents & POLLIN &&
		wire_read(stream->wire, &byte, 1) <= 0)
		return -EPIPE;
	return 0;
}

static void stream_endless(struct stream *stream)
{
	static const char start[] = "event: status_update_event\r\ndata: {\"";
	uint64_t left = stream->hub->endless ? stream->hub->endless
					     : UINT64_MAX;
	char block[65536];
	int r;

	memset(block, 'x', sizeof(block));
	r = wire_write(stream->wire, start, sizeof(start) - 1);
	while (left && r == 0) {
		r = wire_write(stream->wire, block,
			left < sizeof(block) ? (size_t)left : sizeof(block));
		left -= left < sizeof(block) ? left : sizeof(block);
	}
	while (r == 0)
		r = stream_wait(stream, -1);
}

/* Does what ends the stream. */
static void stream_obey(struct stream *stream, enum order order)
{
	static const char part[] =
		"event: status_update_event\r\n"
		"data: {\"slaveId\":\"4fb620fa-ba8d-4eb0-8ae3-f2912aaf0";

	switch (order) {
	case ORDER_NONE:
	case ORDER_EOF:
		return;
	case ORDER_RESET:
		wire_reset(stream->wire);
		return;
	case ORDER_CUT:
		wire_write(stream->wire, part, sizeof(part) - 1);
		return;
	case ORDER_ENDLESS:
		stream_endless(stream);
		return;
	case ORDER_SILENCE:
		/* until the client leaves, or there is another order */
		while (stream->order == ORDER_SILENCE &&
			stream_wait(stream, -1) == 0)
			continue;
		return;
	}
}

static void stream_loop(struct stream *stream)
{
	enum order order = ORDER_NONE;
	int64_t left;
	int r = 0;

	stream->beat_at = now_ns() + stream->hub->heartbeat_ms * 1000000LL;
	while (r == 0) {
		r = stream_send(stream, &order);
		if (r == 0 && order != ORDER_NONE) {
			stream_obey(stream, order);
			return;
		}
		if (r == 0)
			r = stream_beat(stream);
		left = (stream->beat_at - now_ns()) / 1000000 + 1;
		if (r == 0)
			r = stream_wait(stream, left > 0 ? (int)left : 0);
	}
}

static void hub_attach(struct hub *hub, struct stream *stream)
{
	pthread_mutex_lock(&hub->lock);
	stream->next = hub->streams;
	hub->streams = stream;
	hub->stream_count++;
	hub->opened++;
	hub->node_streams[stream->wish->node]++;
	if (hub->next_count) {
		hub->next_count--;
		stream->order = hub->next_order;
	}
	if (hub->refuse)
		stream->order = ORDER_EOF;
	pthread_mutex_unlock(&hub->lock);
}

static void hub_detach(struct hub *hub, struct stream *stream)
{
	struct stream **place = &hub->streams;
	int64_t zero;
	size_t i;

	pthread_mutex_lock(&hub->lock);
	while (*place != stream)
		place = &(*place)->next;
	*place = stream->next;
	hub->stream_count--;
	hub->node_streams[stream->wish->node]--;
	for (i = 0; i < stream->queue_count; i++) {
		zero = 0;
		atomic_compare_exchange_strong(
			&stream->queue[i]->written_ns, &zero, now_ns());
		event_unref(stream->queue[i]);
	}
	pthread_cond_broadcast(&hub->written);
	pthread_mutex_unlock(&hub->lock);
	free(stream->queue);
	text_done(&stream->out);
	close(stream->wake);
}

static void publish_attached(
	struct hub *hub, const char *type, const char *address)
{
	CLEANUP(event_unref) struct event *event =
		event_attached(type, address);

	if (event)
		hub_publish(hub, event);
}

void stream_serve(struct hub *hub, struct wire *wire,
	const struct profile *profile, const struct stream_wish *wish)
{
	struct stream stream = {
		.wish = wish,
		.hub = hub,
		.wire = wire,
		.framing = profile->framing,
		.queue_limit = profile->queue_limit,
		.queue_closes = profile->queue_closes,
	};

	stream.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (stream.wake < 0)
		return;
	if (hub->attach_delay_ms)
		pause_ms(hub->attach_delay_ms);
	hub_attach(hub, &stream);
	if (stream.order == ORDER_NONE)
		publish_attached(hub, "event_stream_attached", wish->address);
	stream_loop(&stream);
	hub_detach(hub, &stream);
	publish_attached(hub, "event_stream_detached", wish->address);
}
