/* SPDX-License-Identifier: MIT */
#include "fetch/listener.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "fetch/body.h"
#include "fetch/clock.h"
#include "fetch/listener_socket.h"

enum {
	HEAD_MEMORY = 32 << 10,
	TOO_LARGE = 413, /* its name differs between versions */
};

/* One connection. */
struct visitor {
	struct listener *listener;
	int fd;
	struct in6_addr address;
	bool local;
	bool asked;    /* at least once */
	bool busy;     /* a request of it is under way */
	bool late;     /* it was told to go */
	int64_t since; /* connected, or began or ended a request */
	struct visitor *before, *next;
};

/* One request. */
struct message {
	struct visitor *visitor;
	struct body body;
	uint64_t received;
	unsigned refused; /* status; 0: it is taken so far */
};

struct listener {
	struct listener_settings settings;
	struct MHD_Daemon *daemon;
	int fd; /* epoll, of daemon */
	struct visitor *visitors; /* a list */
	size_t kept; /* bytes of all bodies */
	int64_t now; /* of this turn */
	bool moved;  /* a connection came or went */
	bool ending;
};

bool listener_is_built(void)
{
	return true;
}

static void refuse(struct listener *listener, enum listener_refusal refusal,
	const struct in6_addr *from, const char *words)
{
	struct why why;

	if (listener->ending)
		return;
	why_set(&why, 0, "callback from %s refused: %.300s",
		address_text(from).text, words);
	listener->settings.refused(listener->settings.context, refusal, &why);
}

static bool may(const struct visitor *visitor)
{
	const struct listener_settings *s = &visitor->listener->settings;

	return s->may(s->context, &visitor->address, visitor->local);
}

/* Where it came to is where it came from, or nobody else is there. */
static bool is_local(int fd, const struct in6_addr *from)
{
	struct sockaddr_storage ours = {.ss_family = AF_UNSPEC};
	socklen_t length = sizeof(ours);
	struct in6_addr to;

	if (address_is_loopback(from))
		return true;
	if (getsockname(fd, (struct sockaddr *)(void *)&ours, &length) < 0)
		return false;
	to = address_of((const struct sockaddr *)(const void *)&ours);
	return address_same(&to, from);
}

/* Before it is accepted: who has too many connections is told nothing. */
static enum MHD_Result on_accept(
	void *context, const struct sockaddr *socket, socklen_t length)
{
	struct listener *listener = context;
	struct in6_addr from = address_of(socket);
	unsigned same = 0, strangers = 0;

	(void)length;
	for (struct visitor *v = listener->visitors; v; v = v->next) {
		bool allowed = may(v);

		same += address_same(&v->address, &from);
		strangers += !allowed;
	}
	listener->moved = true;
	if (same >= LISTENER_ADDRESS_MAX) {
		refuse(listener, LISTENER_LOST, &from,
			"too many connections");
		return MHD_NO;
	}
	if (strangers >= LISTENER_STRANGERS_MAX
		&& !listener->settings.may(listener->settings.context, &from,
			address_is_loopback(&from))) {
		refuse(listener, LISTENER_STRANGER, &from,
			"too many connections of strangers");
		return MHD_NO;
	}
	return MHD_YES;
}

static void visitor_new(
	struct listener *listener, struct MHD_Connection *connection, void **ret)
{
	const union MHD_ConnectionInfo *address = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const union MHD_ConnectionInfo *fd = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct visitor *visitor = calloc(1, sizeof(*visitor));

	*ret = visitor;
	if (!visitor || !address || !fd)
		return;
	visitor->listener = listener;
	visitor->fd = fd->connect_fd;
	visitor->address = address_of(address->client_addr);
	visitor->local = is_local(visitor->fd, &visitor->address);
	visitor->since = listener->now;
	visitor->next = listener->visitors;
	if (listener->visitors)
		listener->visitors->before = visitor;
	listener->visitors = visitor;
}

static void visitor_free(struct listener *listener, struct visitor *visitor)
{
	if (!visitor)
		return;
	if (visitor->before)
		visitor->before->next = visitor->next;
	else if (listener->visitors == visitor)
		listener->visitors = visitor->next;
	if (visitor->next)
		visitor->next->before = visitor->before;
	free(visitor);
}

static void on_connection(void *context, struct MHD_Connection *connection,
	void **visitor, enum MHD_ConnectionNotificationCode code)
{
	struct listener *listener = context;

	listener->moved = true;
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		visitor_new(listener, connection, visitor);
	else
		visitor_free(listener, take_ptr((struct visitor **)visitor));
}

/* NULL: there was no memory for it. */
static struct visitor *visitor_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct visitor *visitor = info ? info->socket_context : NULL;

	return visitor && visitor->listener ? visitor : NULL;
}

static enum MHD_Result answer(struct MHD_Connection *connection,
	unsigned status, const char *words)
{
	struct MHD_Response *response;
	enum MHD_Result r;

	response = MHD_create_response_from_buffer(strlen(words),
		(void *)(uintptr_t)words, MHD_RESPMEM_MUST_COPY);
	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, "Content-Type", "text/plain");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, "Allow", "POST");
	r = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return r;
}

/* What is wrong with a request. */
struct fault {
	unsigned status; /* 0: nothing */
	enum listener_refusal refusal;
	const char *words;
};

static const struct fault fault_stranger = {MHD_HTTP_FORBIDDEN,
	LISTENER_STRANGER,
	"not the address of a Marathon (see --callback-allow)"};
static const struct fault fault_path = {
	MHD_HTTP_NOT_FOUND, LISTENER_MISTAKE, "another path"};
static const struct fault fault_method = {
	MHD_HTTP_METHOD_NOT_ALLOWED, LISTENER_MISTAKE, "not a POST"};
static const struct fault fault_big = {
	TOO_LARGE, LISTENER_LOST, "a body of more than 32 MB"};
static const struct fault fault_full = {MHD_HTTP_SERVICE_UNAVAILABLE,
	LISTENER_LOST, "too many big bodies at a time"};

static bool is_too_big(struct MHD_Connection *connection)
{
	const char *length = MHD_lookup_connection_value(
		connection, MHD_HEADER_KIND, "Content-Length");

	return length && strtoull(length, NULL, 10) > LISTENER_BODY_MAX;
}

static const struct fault *head_fault(const struct visitor *visitor,
	struct MHD_Connection *connection, const char *path, const char *method)
{
	if (!may(visitor))
		return &fault_stranger;
	if (strcmp(path, visitor->listener->settings.place.path) != 0)
		return &fault_path;
	if (strcmp(method, MHD_HTTP_METHOD_POST) != 0)
		return &fault_method;
	return is_too_big(connection) ? &fault_big : NULL;
}

static void message_drop(struct message *message)
{
	message->visitor->listener->kept -= message->body.length;
	body_done(&message->body);
}

static void message_refuse(struct message *message, const struct fault *fault)
{
	message_drop(message);
	message->refused = fault->status;
	refuse(message->visitor->listener, fault->refusal,
		&message->visitor->address, fault->words);
}

/* The head has come. An answer to it closes the connection before the body. */
static enum MHD_Result message_begin(struct message **ret,
	struct MHD_Connection *connection, const char *path, const char *method)
{
	struct visitor *visitor = visitor_of(connection);
	struct message *message;
	const struct fault *fault;

	if (!visitor)
		return MHD_NO;
	message = calloc(1, sizeof(*message));
	if (!message)
		return MHD_NO;
	message->visitor = visitor;
	visitor->asked = visitor->busy = true;
	visitor->since = visitor->listener->now;
	*ret = message;
	fault = head_fault(visitor, connection, path, method);
	if (!fault)
		return MHD_YES;
	message_refuse(message, fault);
	return answer(connection, fault->status, fault->words);
}

/*
 * Nothing can be answered in the middle of a body: one that came without its
 * length, and is too big, is read to its end and thrown away.
 */
static enum MHD_Result message_take(
	struct message *message, const char *bytes, size_t length)
{
	struct listener *listener = message->visitor->listener;

	message->received += length;
	if (message->received > LISTENER_DRAIN_MAX)
		return MHD_NO;
	if (message->refused)
		return MHD_YES;
	if (message->received > LISTENER_BODY_MAX) {
		message_refuse(message, &fault_big);
		return MHD_YES;
	}
	if (listener->kept + length > LISTENER_KEPT_MAX
		|| body_add(&message->body, bytes, length) < 0) {
		message_refuse(message, &fault_full);
		return MHD_YES;
	}
	listener->kept += length;
	return MHD_YES;
}

/* The body is complete. */
static enum MHD_Result message_end(
	struct message *message, struct MHD_Connection *connection)
{
	struct listener *listener = message->visitor->listener;
	const struct listener_settings *s = &listener->settings;
	struct why why = {""};

	if (message->refused)
		return answer(connection, message->refused, "not taken\n");
	if (s->body(s->context, message->body.bytes ? message->body.bytes : "",
		    message->body.length, &why) == 0)
		return answer(connection, MHD_HTTP_OK, "");
	message->refused = MHD_HTTP_BAD_REQUEST;
	refuse(listener, LISTENER_LOST, &message->visitor->address, why.text);
	return answer(connection, message->refused, "not taken\n");
}

static enum MHD_Result on_request(void *context,
	struct MHD_Connection *connection, const char *path, const char *method,
	const char *version, const char *bytes, size_t *length, void **state)
{
	enum MHD_Result r;

	(void)context;
	(void)version;
	if (!*state)
		return message_begin(
			(struct message **)state, connection, path, method);
	if (!*length)
		return message_end(*state, connection);
	r = message_take(*state, bytes, *length);
	*length = 0;
	return r;
}

static void on_completed(void *context, struct MHD_Connection *connection,
	void **state, enum MHD_RequestTerminationCode code)
{
	struct message *message = take_ptr((struct message **)state);
	struct listener *listener = context;
	struct visitor *visitor;

	(void)connection;
	if (!message)
		return;
	visitor = message->visitor;
	if (code != MHD_REQUEST_TERMINATED_COMPLETED_OK && !message->refused
		&& !visitor->late)
		refuse(listener, LISTENER_LOST, &visitor->address,
			"it ended before its body did");
	message_drop(message);
	free(message);
	visitor->busy = false;
	visitor->since = listener->now;
}

static int start(struct listener *listener, int socket, struct why *why)
{
	const union MHD_DaemonInfo *info;

	listener->daemon = MHD_start_daemon(
		MHD_USE_EPOLL, 0, on_accept,
		listener, on_request, listener,
		MHD_OPTION_LISTEN_SOCKET, socket,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)LISTENER_CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEAD_MEMORY,
		MHD_OPTION_CONNECTION_TIMEOUT, 0u,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, listener,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, listener,
		MHD_OPTION_END);
	if (!listener->daemon)
		return why_set(why, -ENOMEM, "cannot start to listen");
	info = MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (!info || info->epoll_fd < 0)
		return why_set(why, -ENOTSUP, "libmicrohttpd has no epoll");
	listener->fd = info->epoll_fd;
	return 0;
}

int listener_new(const struct listener_settings *settings,
	struct listener **ret, struct why *why)
{
	CLEANUP(listener_free) struct listener *listener = NULL;
	CLEANUP(close) int socket = -1;
	int r;

	listener = calloc(1, sizeof(*listener));
	if (!listener)
		return why_set(why, -ENOMEM, "out of memory");
	listener->settings = *settings;
	r = listener_socket_open(&settings->place, &socket, why);
	if (r < 0)
		return r;
	r = start(listener, socket, why);
	if (listener->daemon)
		take_fd(&socket);
	if (r < 0)
		return r;
	*ret = take_ptr(&listener);
	return 0;
}

void listener_free(struct listener *listener)
{
	if (!listener)
		return;
	listener->ending = true;
	if (listener->daemon)
		MHD_stop_daemon(listener->daemon);
	free(listener);
}

int listener_fd(const struct listener *listener)
{
	return listener->fd;
}

/* When a connection is to go. */
static int64_t visitor_deadline(const struct visitor *visitor)
{
	if (visitor->late)
		return INT64_MAX;
	if (visitor->busy)
		return visitor->since + LISTENER_BODY_MS;
	return visitor->since
		+ (visitor->asked ? LISTENER_IDLE_MS : LISTENER_HEAD_MS);
}

/* libmicrohttpd sees the end of it, and closes it. */
static void visitor_cut(struct visitor *visitor)
{
	bool lost = visitor->busy && may(visitor);

	visitor->late = true;
	shutdown(visitor->fd, SHUT_RDWR);
	if (visitor->busy || !visitor->asked)
		refuse(visitor->listener,
			lost ? LISTENER_LOST : LISTENER_MISTAKE,
			&visitor->address, "too slow");
}

static bool has_work(const struct listener *listener)
{
	MHD_UNSIGNED_LONG_LONG wait;

	return listener->moved
		|| (MHD_get_timeout(listener->daemon, &wait) == MHD_YES
			&& wait == 0);
}

int64_t listener_deadline(const struct listener *listener)
{
	int64_t deadline = INT64_MAX;

	if (has_work(listener))
		return 0;
	for (struct visitor *v = listener->visitors; v; v = v->next) {
		int64_t due = visitor_deadline(v);

		deadline = due < deadline ? due : deadline;
	}
	return deadline;
}

void listener_turn(struct listener *listener, int64_t now)
{
	int64_t end = now + LISTENER_TURN_MS;

	listener->now = now;
	for (struct visitor *v = listener->visitors; v; v = v->next)
		if (now >= visitor_deadline(v))
			visitor_cut(v);
	do {
		/* Who went makes room for one who waits to be accepted. */
		listener->moved = false;
		MHD_run(listener->daemon);
	} while (has_work(listener) && clock_now_ms() < end);
}
