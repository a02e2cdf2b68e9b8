/* SPDX-License-Identifier: MIT */
#include "tests/marathon/server.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum { HEAD_MAX = 256 * 1024, BODY_MAX = 512 * 1024 * 1024 };

struct connection {
	struct connection *next; /* by server->lock */
	struct node *node;
	struct wire wire;
	char address[64];
	char rest[65536]; /* read, not yet used */
	size_t rest_len;
};

const char *request_header(const struct request *request, const char *name)
{
	size_t i;

	for (i = 0; i < request->header_count; i++)
		if (strcasecmp(request->headers[i].name, name) == 0)
			return request->headers[i].value;
	return NULL;
}

const char *request_param(const struct request *request, const char *name)
{
	size_t i;

	for (i = 0; i < request->param_count; i++)
		if (strcmp(request->params[i].name, name) == 0)
			return request->params[i].value;
	return NULL;
}

long request_number(
	const struct request *request, const char *name, long fallback)
{
	const char *value = request_param(request, name);

	return value && *value ? strtol(value, NULL, 10) : fallback;
}

bool request_flag(const struct request *request, const char *name)
{
	const char *value = request_param(request, name);

	return value && (strcmp(value, "1") == 0 || strcmp(value, "true") == 0);
}

static int hex(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	return isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10
					  : -1;
}

static void url_decode(char *s, bool plus)
{
	char *to = s;

	for (; *s; s++) {
		if (*s == '%' && hex(s[1]) >= 0 && hex(s[2]) >= 0) {
			*to++ = (char)(hex(s[1]) * 16 + hex(s[2]));
			s += 2;
		} else {
			*to++ = (char)(plus && *s == '+' ? ' ' : *s);
		}
	}
	*to = '\0';
}

static void parse_query(struct request *request, char *query)
{
	struct pair *pair;
	char *next;

	while (query && *query && request->param_count < PARAMS_MAX) {
		next = strchr(query, '&');
		if (next)
			*next++ = '\0';
		pair = &request->params[request->param_count++];
		pair->name = query;
		pair->value = strchr(query, '=');
		if (pair->value)
			*pair->value++ = '\0';
		else
			pair->value = query + strlen(query);
		url_decode(pair->name, true);
		url_decode(pair->value, true);
		query = next;
	}
}

/* Splits the line at *at off its end; NULL: there is none. */
static char *next_line(char **at)
{
	char *line = *at;
	char *end = line ? strchr(line, '\n') : NULL;

	if (!end)
		return NULL;
	*at = end + 1;
	*end = '\0';
	if (end > line && end[-1] == '\r')
		end[-1] = '\0';
	return line;
}

static int parse_line(struct request *request, char *line)
{
	char *version, *query;

	request->method = line;
	request->target = strchr(line, ' ');
	version = strrchr(line, ' ');
	if (!request->target || version == request->target)
		return -EPROTO;
	*request->target++ = '\0';
	*version++ = '\0';
	request->http10 = strcmp(version, "HTTP/1.0") == 0;
	request->keep = !request->http10;
	/* the target is kept for redirects: the copy stands behind the head */
	request->path = strdup(request->target);
	if (!request->path)
		return -ENOMEM;
	query = strchr(request->path, '?');
	if (query)
		*query++ = '\0';
	url_decode(request->path, false);
	parse_query(request, query);
	return 0;
}

static int parse_head(struct request *request)
{
	char *at = request->head.data;
	char *line = next_line(&at);
	const char *connection;
	char *value;
	int r = line ? parse_line(request, line) : -EPROTO;

	while (r == 0 && (line = next_line(&at)) && *line) {
		value = strchr(line, ':');
		if (!value || request->header_count == HEADERS_MAX)
			return -EPROTO;
		*value++ = '\0';
		value += strspn(value, " \t");
		request->headers[request->header_count].name = line;
		request->headers[request->header_count++].value = value;
	}
	connection = r == 0 ? request_header(request, "Connection") : NULL;
	if (connection && strcasecmp(connection, "close") == 0)
		request->keep = false;
	return r;
}

/* More bytes behind the rest; 0 at the end. */
static ssize_t connection_fill(struct connection *c)
{
	ssize_t r = wire_read(&c->wire, c->rest + c->rest_len,
		sizeof(c->rest) - c->rest_len);

	if (r > 0)
		c->rest_len += (size_t)r;
	return r;
}

static void connection_use(struct connection *c, struct text *to, size_t len)
{
	text_add(to, c->rest, len);
	c->rest_len -= len;
	memmove(c->rest, c->rest + len, c->rest_len);
}

static int read_head(struct connection *c, struct request *request)
{
	const char *end;
	size_t search;
	ssize_t r;

	for (;;) {
		if (!c->rest_len) {
			r = connection_fill(c);
			if (r <= 0)
				return r < 0 ? (int)r : -ENODATA;
		}
		connection_use(c, &request->head, c->rest_len);
		if (request->head.failed || request->head.len > HEAD_MAX)
			return -ENOMEM;
		end = strstr(request->head.data, "\r\n\r\n");
		if (end)
			break;
	}
	/* what came behind the head goes back */
	search = (size_t)(end + 4 - request->head.data);
	c->rest_len = request->head.len - search;
	if (c->rest_len > sizeof(c->rest))
		return -EPROTO;
	memcpy(c->rest, request->head.data + search, c->rest_len);
	request->head.data[search] = '\0';
	request->head.len = search;
	return 0;
}

static int read_body(struct connection *c, struct request *request)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	const char *length = request_header(request, "Content-Length");
	const char *expect = request_header(request, "Expect");
	size_t left = length ? strtoul(length, NULL, 10) : 0;
	size_t take;
	ssize_t r;

	if (left > BODY_MAX)
		return -EPROTO;
	if (left && expect && strcasecmp(expect, "100-continue") == 0 &&
		wire_write(&c->wire, go_on, sizeof(go_on) - 1) < 0)
		return -EPIPE;
	while (left) {
		if (!c->rest_len) {
			r = connection_fill(c);
			if (r <= 0)
				return -ECONNRESET;
		}
		take = c->rest_len < left ? c->rest_len : left;
		connection_use(c, &request->body, take);
		left -= take;
	}
	return request->body.failed ? -ENOMEM : 0;
}

static void request_done(struct request *request)
{
	text_done(&request->head);
	text_done(&request->body);
	free(request->path);
	if (request->fault)
		fault_unref(&request->server->faults, request->fault);
}

/* Each once; by lock. */
static void log_secret(struct request_log *log, const struct request *request)
{
	const char *given = request_header(request, "Authorization");
	struct log_secret *secret;
	size_t i = 0;

	if (!given)
		return;
	log->authorized++;
	for (; i < log->secret_count; i++)
		if (log->secrets[i].node == request->node->index
			&& strcmp(log->secrets[i].authorization, given) == 0)
			return;
	if (i == LOG_SECRETS_MAX)
		return;
	secret = &log->secrets[log->secret_count++];
	secret->node = request->node->index;
	snprintf(secret->authorization, sizeof(secret->authorization), "%s",
		given);
}

static void log_request(struct server *server, const struct request *request)
{
	struct request_log *log = &server->log;
	const char *path = request->path;
	bool app = strncmp(path, "/v2/apps/", 9) == 0;
	size_t i = 0;

	/* one line for all apps, or a big cluster would fill the table */
	if (app)
		path = "/v2/apps/<id>";
	pthread_mutex_lock(&server->lock);
	log->requests++;
	log->lists += strcmp(path, "/v2/apps") == 0;
	log->task_lists += strcmp(path, "/v2/tasks") == 0;
	log->single_apps += app;
	log_secret(log, request);
	while (i < log->path_count && strcmp(log->paths[i].path, path) != 0)
		i++;
	if (i == log->path_count && i < LOG_PATHS_MAX)
		snprintf(log->paths[log->path_count++].path,
			sizeof(log->paths[i].path), "%s", path);
	if (i < log->path_count)
		log->paths[i].count++;
	pthread_mutex_unlock(&server->lock);
}

static bool is_control(const struct request *request)
{
	return strncmp(request->path, "/control/", 9) == 0;
}

static void serve(struct request *request, struct reply *reply)
{
	struct server *server = request->server;

	if (is_control(request)) {
		control_serve(request, reply);
		return;
	}
	log_request(server, request);
	request->fault = fault_take(&server->faults, request);
	if (fault_reply(request, reply))
		return;
	if (access_check(request, reply) != 0)
		return;
	api_serve(request, reply);
}

/* One request and its reply; -errno ends the connection. */
static int connection_turn(struct connection *c)
{
	struct request request = {
		.server = c->node->server,
		.node = c->node,
		.wire = &c->wire,
	};
	struct reply reply = {.status = 200};
	int r;

	memcpy(request.address, c->address, sizeof(request.address));
	r = read_head(c, &request);
	if (r == 0)
		r = parse_head(&request);
	if (r == 0)
		r = read_body(c, &request);
	if (r == 0) {
		serve(&request, &reply);
		if (reply.taken)
			r = -ESHUTDOWN;
		else
			r = reply_send(&request, &reply);
		if (r == 0 && !request.keep)
			r = -ESHUTDOWN;
	}
	request_done(&request);
	text_done(&reply.headers);
	text_done(&reply.body);
	return r;
}

int connection_new(struct node *node, int fd, const char *address,
	struct connection **ret)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->node = node;
	c->wire.fd = fd;
	snprintf(c->address, sizeof(c->address), "%s", address);
	*ret = c;
	return 0;
}

void connection_free(struct connection *c)
{
	wire_done(&c->wire);
	free(c);
}

struct wire *connection_wire(struct connection *connection)
{
	return &connection->wire;
}

struct node *connection_node(struct connection *connection)
{
	return connection->node;
}

struct connection **connection_next(struct connection *connection)
{
	return &connection->next;
}

/* Jetty 9 closes a connection that was idle for 30 s, Jetty 8 after 200 s. */
static void idle_limit_set(struct connection *c)
{
	struct timeval limit = {.tv_sec = 30};

	if (c->node->server->model.profile.number < VERSION(0, 11, 0))
		limit.tv_sec = 200;
	setsockopt(c->wire.fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
}

void *connection_run(void *connection)
{
	struct connection *c = connection;

	idle_limit_set(c);
	if (wire_init(&c->wire, c->wire.fd, c->node->server->tls) == 0)
		while (connection_turn(c) == 0)
			continue;
	server_forget(c);
	return NULL;
}
