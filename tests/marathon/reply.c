/* SPDX-License-Identifier: MIT */
#include "tests/marathon/server.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

enum {
	CHUNK = 32768, /* Jetty's buffer: beyond it replies are chunked */
	VECTOR = 3 * 256,
};

const char *status_text(int status)
{
	static const struct {
		int status;
		const char *text;
	} texts[] = {
		{200, "OK"}, {204, "No Content"}, {302, "Found"},
		{400, "Bad Request"}, {401, "Unauthorized"},
		{403, "Forbidden"}, {404, "Not Found"},
		{405, "Method Not Allowed"}, {406, "Not Acceptable"},
		{409, "Conflict"}, {422, "Unprocessable Entity"},
		{500, "Internal Server Error"}, {502, "Bad Gateway"},
		{503, "Service Unavailable"}, {504, "Gateway Timeout"},
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (texts[i].status == status)
			return texts[i].text;
	return "Unknown";
}

void reply_header(struct reply *reply, const char *name, const char *value)
{
	text_print(&reply->headers, "%s: %s\r\n", name, value);
}

void reply_json(struct reply *reply, int status)
{
	reply->status = status;
	reply->type = "application/json";
}

void reply_error(struct request *request, struct reply *reply, int status,
	const char *format, ...)
{
	CLEANUP(free) char *message = NULL;
	va_list args;
	int len;

	va_start(args, format);
	len = vasprintf(&message, format, args);
	va_end(args);
	text_clear(&reply->body);
	reply_json(reply, status);
	text_put(&reply->body, "{\"message\":");
	text_quote(&reply->body, len < 0 ? NULL : message);
	if (request->server->model.profile.error_details)
		text_put(&reply->body, ",\"details\":[]");
	text_put(&reply->body, "}");
}

void reply_html(struct request *request, struct reply *reply, int status,
	const char *reason)
{
	reply->status = status;
	reply->type = "text/html;charset=ISO-8859-1";
	text_clear(&reply->body);
	text_print(&reply->body,
		"<html>\n<head>\n<meta http-equiv=\"Content-Type\" "
		"content=\"text/html;charset=ISO-8859-1\"/>\n"
		"<title>Error %d </title>\n</head>\n<body>\n"
		"<h2>HTTP ERROR: %d</h2>\n"
		"<p>Problem accessing %s. Reason:\n<pre>    %s</pre></p>\n"
		"<hr /><a href=\"http://eclipse.org/jetty\">Powered by "
		"Jetty:// 9.3.z-SNAPSHOT</a><hr/>\n</body>\n</html>\n",
		status, status, request->path, reason);
}

void reply_head(struct request *request, const struct reply *reply,
	struct text *head)
{
	struct server *server = request->server;
	const struct profile *profile = &server->model.profile;
	char date[64];
	struct tm tm;
	time_t now = time(NULL);

	gmtime_r(&now, &tm);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	text_print(head, "HTTP/1.1 %d %s\r\nDate: %s\r\n", reply->status,
		status_text(reply->status), date);
	if (profile->leader_header && server->leader >= 0)
		text_print(head, "X-Marathon-Leader: %s://%s\r\n",
			server->tls ? "https" : "http",
			server->nodes[server->leader].name);
	if (profile->leader_header && server->leader >= 0 &&
		(int)request->node->index != server->leader)
		text_print(head, "X-Marathon-Via: 1.1 %s\r\n",
			request->node->name);
	if (profile->frame_headers)
		text_put(head, "X-Frame-Options: DENY\r\n"
			"X-XSS-Protection: 1; mode=block\r\n");
	text_put(head,
		"Cache-Control: no-cache, no-store, must-revalidate\r\n"
		"Pragma: no-cache\r\nExpires: 0\r\n");
	if (reply->headers.len)
		text_add(head, reply->headers.data, reply->headers.len);
	if (reply->type)
		text_print(head, "Content-Type: %s\r\n", reply->type);
	if (profile->server)
		text_print(head, "Server: %s\r\n", profile->server);
}

static bool gzip_asked(const struct request *request)
{
	const char *accept = request_header(request, "Accept-Encoding");

	return request->server->model.profile.gzip && accept &&
	       strstr(accept, "gzip");
}

static int gzip_body(struct request *request, struct reply *reply)
{
	const struct fault *fault = request->fault;
	struct text out = {0};
	z_stream z = {0};
	int r;

	/* 16: with a gzip head */
	if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8,
		    Z_DEFAULT_STRATEGY) != Z_OK)
		return -ENOMEM;
	if (text_room(&out, deflateBound(&z, reply->body.len))) {
		z.next_in = (Bytef *)reply->body.data;
		z.avail_in = (uInt)reply->body.len;
		z.next_out = (Bytef *)out.data;
		z.avail_out = (uInt)out.size;
		deflate(&z, Z_FINISH);
		out.len = z.total_out;
	}
	r = deflateEnd(&z) == Z_OK && !out.failed ? 0 : -ENOMEM;
	if (fault_is(fault, FAULT_GZIP_CRC) && out.len > 8)
		out.data[out.len - 6] ^= 0x55;
	if (fault_is(fault, FAULT_GZIP_CUT))
		out.len /= 2;
	text_done(&reply->body);
	reply->body = out;
	reply_header(reply, "Content-Encoding", "gzip");
	reply_header(reply, "Vary", "Accept-Encoding");
	return r;
}

static int send_chunked(
	struct wire *wire, struct text *head, const char *data, size_t len)
{
	char sizes[VECTOR / 3][16], end[] = "\r\n";
	struct iovec vector[VECTOR + 1];
	size_t count = 0, part;
	unsigned i = 0;
	int r = 0;

	vector[count++] = (struct iovec){head->data, head->len};
	while (len && r == 0) {
		part = len < CHUNK ? len : CHUNK;
		snprintf(sizes[i], sizeof(*sizes), "%zX\r\n", part);
		vector[count++] = (struct iovec){sizes[i], strlen(sizes[i])};
		vector[count++] = (struct iovec){(void *)(uintptr_t)data, part};
		vector[count++] = (struct iovec){end, 2};
		data += part;
		len -= part;
		if (++i < VECTOR / 3 && len)
			continue;
		r = wire_write_vector(wire, vector, count);
		count = i = 0;
	}
	if (r == 0 && count)
		r = wire_write_vector(wire, vector, count);
	return r;
}

static void pause_ms(int64_t ms)
{
	struct timespec pause = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&pause, NULL);
}

/* The body, with all that can go wrong on its way. */
static int send_slowly(struct request *request, const struct text *all)
{
	const struct fault *fault = request->fault;
	struct wire *wire = request->wire;
	size_t half = all->len / 2;
	size_t i;
	int r = 0;

	switch ((int)fault->kind) {
	case FAULT_TRICKLE:
		for (i = 0; i < all->len && r == 0; i++) {
			r = wire_write(wire, all->data + i, 1);
			pause_ms(fault->value);
		}
		return r;
	case FAULT_STALL:
		r = wire_write(wire, all->data, half);
		pause_ms(fault->value);
		return r < 0 ? r : wire_write(wire, all->data + half,
					   all->len - half);
	case FAULT_RESET:
		i = (size_t)fault->value < all->len ? (size_t)fault->value
						    : all->len;
		wire_write(wire, all->data, i);
		wire_reset(wire);
		return -ECONNRESET;
	}
	return wire_write(wire, all->data, all->len);
}

static int64_t body_end(const struct request *request, const struct text *body)
{
	const struct fault *fault = request->fault;

	if (fault_is(fault, FAULT_TRUNCATE) &&
		(size_t)fault->value < body->len)
		return fault->value;
	return (int64_t)body->len;
}

static enum fault_framing framing_of(
	const struct request *request, const struct reply *reply)
{
	if (request->fault && request->fault->framing_set)
		return request->fault->framing;
	if (reply->body.len <= CHUNK)
		return FRAME_LENGTH;
	return request->http10 ? FRAME_CLOSE : FRAME_CHUNKED;
}

static void put_framing(struct request *request, enum fault_framing framing,
	size_t len, struct text *head)
{
	switch (framing) {
	case FRAME_LENGTH:
		text_print(head, "Content-Length: %zu\r\n", len);
		break;
	case FRAME_CHUNKED:
		text_put(head, "Transfer-Encoding: chunked\r\n");
		break;
	case FRAME_CLOSE:
		request->keep = false;
		break;
	}
	if (!request->keep)
		text_put(head, "Connection: close\r\n");
	text_put(head, "\r\n");
}

static int send_body(struct request *request, struct reply *reply,
	enum fault_framing framing, struct text *head)
{
	size_t end = (size_t)body_end(request, &reply->body);
	bool whole = end == reply->body.len;
	struct iovec vector[] = {
		{head->data, head->len},
		{reply->body.data, end},
	};
	int r;

	if (strcmp(request->method, "HEAD") == 0)
		return wire_write(request->wire, head->data, head->len);
	if (framing != FRAME_CHUNKED) {
		r = wire_write_vector(request->wire, vector, 2);
	} else {
		r = send_chunked(request->wire, head, reply->body.data, end);
		if (r == 0 && whole)
			r = wire_write(request->wire, "0\r\n\r\n", 5);
	}
	return r == 0 && !whole ? -ESHUTDOWN : r;
}

/* Without end, or nearly: made on the way, never held. */
static int send_huge(struct request *request, struct text *head)
{
	static const char item[] = "{\"id\":\"/huge/app\",\"labels\":{}},";
	uint64_t left = request->fault->value ? (uint64_t)request->fault->value
					      : UINT64_MAX;
	struct text block = {0};
	int r;

	while (block.len < CHUNK)
		text_put(&block, item);
	request->keep = false;
	text_print(head, "Connection: close\r\n\r\n{\"apps\":[");
	r = wire_write(request->wire, head->data, head->len);
	while (r == 0 && left) {
		r = wire_write(request->wire, block.data,
			left < block.len ? (size_t)left : block.len);
		left -= left < block.len ? left : block.len;
	}
	text_done(&block);
	return r < 0 ? r : -ESHUTDOWN;
}

static bool is_slow(const struct fault *fault)
{
	return fault_is(fault, FAULT_TRICKLE) || fault_is(fault, FAULT_STALL) ||
	       fault_is(fault, FAULT_RESET);
}

int reply_send(struct request *request, struct reply *reply)
{
	CLEANUP(text) struct text head = {0};
	const struct fault *fault = request->fault;
	enum fault_framing framing;
	int r = 0;

	if (fault_is(fault, FAULT_GARBAGE))
		text_put(&reply->body, "}]garbage{\"apps\":[");
	if (reply->body.len && gzip_asked(request))
		r = gzip_body(request, reply);
	if (r < 0 || reply->body.failed)
		reply_error(request, reply, 500, "out of memory");
	if (fault_is(fault, FAULT_DELAY_HEAD))
		pause_ms(fault->value);
	framing = framing_of(request, reply);
	reply_head(request, reply, &head);
	if (fault_is(fault, FAULT_HUGE))
		return send_huge(request, &head);
	put_framing(request, framing, reply->body.len, &head);
	if (fault_is(fault, FAULT_DELAY_BODY)) {
		r = wire_write(request->wire, head.data, head.len);
		text_clear(&head);
		pause_ms(fault->value);
	}
	if (is_slow(fault)) {
		text_add(&head, reply->body.data, reply->body.len);
		return send_slowly(request, &head);
	}
	return r < 0 ? r : send_body(request, reply, framing, &head);
}
