/* SPDX-License-Identifier: MIT */
#include "tests/marathon/server.h"

#include <errno.h>
#include <string.h>

static char *base64(const char *s)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789+/";
	size_t len = strlen(s), i, at = 0;
	char *out = calloc(len / 3 + 1, 4 + 1);
	unsigned bits;

	for (i = 0; out && i < len; i += 3) {
		bits = (unsigned)(unsigned char)s[i] << 16;
		bits |= i + 1 < len ? (unsigned)(unsigned char)s[i + 1] << 8 : 0;
		bits |= i + 2 < len ? (unsigned)(unsigned char)s[i + 2] : 0;
		out[at++] = digits[bits >> 18];
		out[at++] = digits[bits >> 12 & 63];
		out[at++] = '=';
		out[at++] = '=';
		if (i + 1 < len)
			out[at - 2] = digits[bits >> 6 & 63];
		if (i + 2 < len)
			out[at - 1] = digits[bits & 63];
	}
	return out;
}

int access_init(struct access *access, const char *option)
{
	CLEANUP(free) char *coded = NULL;
	int r = -1;

	if (strncmp(option, "basic:", 6) == 0 && strchr(option + 6, ':')) {
		access->kind = AUTH_BASIC;
		coded = base64(option + 6);
		if (coded)
			r = asprintf(&access->expected, "Basic %s", coded);
	} else if (strncmp(option, "token:", 6) == 0 && option[6]) {
		access->kind = AUTH_TOKEN;
		r = asprintf(&access->expected, "token=%s", option + 6);
	} else {
		return -EINVAL;
	}
	return r < 0 ? -ENOMEM : 0;
}

int access_set_token(struct server *server, const char *token)
{
	char *expected;

	if (asprintf(&expected, "token=%s", token) < 0)
		return -ENOMEM;
	pthread_mutex_lock(&server->lock);
	free(server->access.expected);
	server->access.expected = expected;
	pthread_mutex_unlock(&server->lock);
	return 0;
}

static int refuse_401(struct request *request, struct reply *reply)
{
	if (request->server->access.kind == AUTH_BASIC) {
		reply_html(request, reply, 401, "Unauthorized");
		reply_header(reply, "WWW-Authenticate",
			"basic realm=\"Mesosphere\"");
		return 401;
	}
	/* Admin Router's page, not Jetty's */
	reply->status = 401;
	reply->type = "text/html; charset=UTF-8";
	text_put(&reply->body,
		"<html>\r\n<head><title>401 Authorization Required</title>"
		"</head>\r\n<body>Authentication required. Please log in."
		"</body>\r\n</html>\r\n");
	reply_header(reply, "WWW-Authenticate", "oauthjwt");
	return 401;
}

static int refuse_403(struct reply *reply)
{
	reply->status = 403;
	reply->type = "text/html; charset=UTF-8";
	text_put(&reply->body,
		"<html>\r\n<head><title>403 Forbidden</title></head>\r\n"
		"<body>Not Authorized to perform this action.</body>\r\n"
		"</html>\r\n");
	return 403;
}

int access_check(struct request *request, struct reply *reply)
{
	struct server *server = request->server;
	const struct access *access = &server->access;
	const char *given = request_header(request, "Authorization");
	bool events = strcmp(request->path, "/v2/events") == 0;
	bool unknown, forbidden;

	pthread_mutex_lock(&server->lock);
	unknown = access->kind != AUTH_NONE &&
		  (access->expired || !given ||
			  strcmp(given, access->expected) != 0);
	forbidden = access->forbid || (access->forbid_stream && events);
	pthread_mutex_unlock(&server->lock);
	if (unknown)
		return refuse_401(request, reply);
	return forbidden ? refuse_403(reply) : 0;
}

bool access_shows(const struct access *access, const char *id)
{
	size_t len = strlen(access->filter);

	return strncmp(id, access->filter, len) == 0 &&
	       (len == 0 || id[len] == '/' || id[len] == '\0');
}
