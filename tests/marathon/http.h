/* SPDX-License-Identifier: MIT */
#ifndef MARATHON_HTTP_H
#define MARATHON_HTTP_H

/*
 * HTTP/1.1 as Jetty speaks it, written out by hand: the faults need every
 * byte of a reply to be ours.
 */

#include "tests/marathon/text.h"
#include "tests/marathon/wire.h"

enum { HEADERS_MAX = 100, PARAMS_MAX = 100 };

struct server;
struct node;
struct fault;

struct pair {
	char *name;
	char *value;
};

struct request {
	struct server *server;
	struct node *node;
	struct wire *wire;
	char address[64]; /* of the client */
	struct text head; /* all strings below point into it */
	char *method;
	char *target; /* as sent */
	char *path;   /* decoded, without the query */
	struct pair headers[HEADERS_MAX];
	size_t header_count;
	struct pair params[PARAMS_MAX];
	size_t param_count;
	struct text body;
	bool http10;
	bool keep; /* the connection, behind the reply */
	const struct fault *fault; /* NULL: none */
};

struct reply {
	int status;
	const char *type; /* Content-Type; NULL: none */
	struct text headers;
	struct text body;
	bool taken; /* the handler has answered, the connection ends */
};

/* Borrowed; NULL: not there. The first one of the name. */
const char *request_header(const struct request *request, const char *name);
const char *request_param(const struct request *request, const char *name);
long request_number(
	const struct request *request, const char *name, long fallback);
bool request_flag(const struct request *request, const char *name);

void reply_json(struct reply *reply, int status);
/* {"message": ...}, as Marathon words its errors. */
__attribute__((format(printf, 4, 5))) void reply_error(struct request *request,
	struct reply *reply, int status, const char *format, ...);
/* A page as Jetty's sendError() makes it. */
void reply_html(struct request *request, struct reply *reply, int status,
	const char *reason);
void reply_header(struct reply *reply, const char *name, const char *value);
/* The status line and all headers but those of the body. */
void reply_head(struct request *request, const struct reply *reply,
	struct text *head);
const char *status_text(int status);
/* Head and body, with the fault if there is one. -errno: no more on it. */
int reply_send(struct request *request, struct reply *reply);

struct connection;

/* The thread of a connection. */
void *connection_run(void *connection);
int connection_new(struct node *node, int fd, const char *address,
	struct connection **ret);
void connection_free(struct connection *connection);
struct wire *connection_wire(struct connection *connection);
struct node *connection_node(struct connection *connection);
struct connection **connection_next(struct connection *connection);

#endif
