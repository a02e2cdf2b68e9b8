/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "tests/unit/asking.h"
#include "tests/unit/serving.h"

static struct serving serving;

static size_t zip(const char *text, size_t length, char *ret, size_t size)
{
	z_stream stream = {.next_in = (Bytef *)(uintptr_t)text,
		.avail_in = (uInt)length,
		.next_out = (Bytef *)ret,
		.avail_out = (uInt)size};

	assert(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 9,
		       Z_DEFAULT_STRATEGY)
		== Z_OK);
	assert(deflate(&stream, Z_FINISH) == Z_STREAM_END);
	deflateEnd(&stream);
	return size - stream.avail_out;
}

static void expect_body(struct http *http, const char *path, const char *body)
{
	struct asking asking = {.length = 0};

	ask(http, &asking, serving.port, "%s", path);
	if (ask_wait(http, &asking) != 0)
		printf("  %s: %s\n", path, asking.why.text);
	assert(asking.error == 0);
	assert(asking.heads == 1);
	assert(strcmp(asking.body ? asking.body : "", body) == 0);
	asking_done(&asking);
}

static bool serve_simple(struct served *served)
{
	if (served_is(served, "/whole"))
		return served_say(served,
			"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"
			"Content-Type: application/json\r\n"
			"x-marathon-leader:\t http://one:8080 \r\n\r\nwhole");
	if (served_is(served, "/chunked"))
		return served_say(served,
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
			"\r\n3;x=y\r\nchu\r\n4\r\nnked\r\n0\r\n"
			"Content-Encoding: gzip\r\n\r\n");
	if (served_is(served, "/empty"))
		return served_say(served, "HTTP/1.1 204 No Content\r\n\r\n");
	if (served_is(served, "/until-the-end")) {
		served_say(served, "HTTP/1.0 200 OK\r\n\r\nuntil ");
		served_say(served, "the end");
		return false;
	}
	if (served_is(served, "/continue"))
		return served_say(served,
			"HTTP/1.1 103 Early Hints\r\nContent-Encoding: gzip\r\n"
			"\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	if (served_is(served, "/redirect"))
		return served_say(served,
			"HTTP/1.1 302 Found\r\nLocation: whole?x=y#z\r\n"
			"X-Marathon-Leader: other\r\n"
			"Content-Encoding: gzip\r\n"
			"Content-Length: 4\r\n\r\nbody");
	if (served_is(served, "/whole?x=y"))
		return served_answer(served, "200 OK", "behind");
	return served_answer(served, "404 Not Found", "what?");
}

TEST(a_body_comes_whole_however_it_is_sent)
{
	struct http *http = http_plain();

	assert(serving_start(&serving, AF_INET, serve_simple));
	expect_body(http, "/whole", "whole");
	expect_body(http, "/chunked", "chunked");
	expect_body(http, "/empty", "");
	expect_body(http, "/until-the-end", "until the end");
	expect_body(http, "/continue", "ok");
	http_free(http);
	serving_stop(&serving);
}

TEST(the_head_says_who_answered)
{
	struct http *http = http_plain();
	struct asking asking = {.length = 0};
	char expected[64];

	assert(serving_start(&serving, AF_INET, serve_simple));
	snprintf(expected, sizeof(expected), "http://127.0.0.1:%u/whole",
		serving.port);
	ask(http, &asking, serving.port, "/whole");
	assert(ask_wait(http, &asking) == 0);
	assert(asking.status == 200);
	assert(strcmp(asking.leader, "http://one:8080") == 0);
	assert(strcmp(asking.type, "application/json") == 0);
	assert(strcmp(asking.place, expected) == 0);
	asking_done(&asking);
	http_free(http);
	serving_stop(&serving);
}

TEST(a_redirect_is_followed_and_what_it_said_forgotten)
{
	struct http *http = http_plain();
	struct asking asking = {.length = 0};

	assert(serving_start(&serving, AF_INET, serve_simple));
	ask(http, &asking, serving.port, "/redirect");
	assert(ask_wait(http, &asking) == 0);
	assert(asking.heads == 1 && strcmp(asking.body, "behind") == 0);
	assert(asking.leader[0] == '\0');
	assert(strstr(asking.place, "/whole?x=y"));
	asking_done(&asking);
	http_free(http);
	serving_stop(&serving);
}

TEST(a_connection_is_used_again_unless_it_is_to_be_fresh)
{
	struct http *http = http_plain();
	struct asking asking = {.call.fresh = true};

	assert(serving_start(&serving, AF_INET, serve_simple));
	for (int i = 0; i < 5; i++)
		expect_body(http, "/whole", "whole");
	assert(serving_connections(&serving) == 1);
	ask(http, &asking, serving.port, "/whole");
	assert(ask_wait(http, &asking) == 0);
	asking_done(&asking);
	assert(serving_connections(&serving) == 2);
	http_free(http);
	serving_stop(&serving);
}

TEST(what_is_refused_is_read_so_that_the_connection_goes_on)
{
	struct http *http = http_plain();
	struct asking asking = {.length = 0};

	assert(serving_start(&serving, AF_INET, serve_simple));
	ask(http, &asking, serving.port, "/nothing");
	assert(ask_wait(http, &asking) == -ENOENT);
	assert(asking.status == 404 && asking.heads == 0);
	assert(strstr(asking.why.text, "HTTP 404"));
	asking_done(&asking);
	expect_body(http, "/whole", "whole");
	assert(serving_connections(&serving) == 1);
	http_free(http);
	serving_stop(&serving);
}

TEST(ipv6_is_spoken)
{
	struct http *http = http_plain();
	struct asking asking = {.length = 0};

	if (!serving_start(&serving, AF_INET6, serve_simple)) {
		printf("  skipped: there is no IPv6\n");
		http_free(http);
		return;
	}
	ask(http, &asking, 0, "http://[::1]:%u/whole", serving.port);
	assert(ask_wait(http, &asking) == 0);
	assert(strcmp(asking.body, "whole") == 0);
	asking_done(&asking);
	http_free(http);
	serving_stop(&serving);
}

enum { TEXT_SIZE = 300000 };
static char text[TEXT_SIZE + 1], zipped[TEXT_SIZE + 1000];
static size_t zipped_size;

/* Not so regular that it would become next to nothing. */
static void make_text(void)
{
	unsigned state = 1;

	for (size_t i = 0; i < TEXT_SIZE; i++) {
		state = state * 1103515245u + 12345u;
		text[i] = (char)('a' + (state >> 16) % 26);
	}
	zipped_size = zip(text, TEXT_SIZE, zipped, sizeof(zipped));
}

static bool send_chunk(struct served *served, const char *bytes, size_t length)
{
	return served_say(served, "%zx\r\n", length)
		&& served_send(served, bytes, length)
		&& served_say(served, "\r\n");
}

/* Two members, but for "/drip"; the last byte by byte. */
static bool serve_gzip(struct served *served)
{
	char drip[64];
	size_t size = zip("drip", 4, drip, sizeof(drip));

	*(bool *)served->serving->context =
		served_has(served, "Accept-Encoding: gzip");
	served_say(served,
		"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
		"Transfer-Encoding: chunked\r\n\r\n");
	if (!served_is(served, "/drip"))
		send_chunk(served, zipped, zipped_size);
	for (size_t i = 0; i < size; i++)
		send_chunk(served, drip + i, 1);
	return served_say(served, "0\r\n\r\n");
}

static void expect_gzip(const char *host, bool yields, bool expect_asked)
{
	struct http *http = http_plain();
	struct asking asking = {.call.yields = yields};
	bool was_asked = false;

	serving.context = &was_asked;
	ask(http, &asking, 0, "http://%s:%u/", host, serving.port);
	assert(ask_wait(http, &asking) == 0);
	assert(was_asked == expect_asked);
	assert(asking.length == TEXT_SIZE + 4);
	assert(memcmp(asking.body, text, TEXT_SIZE) == 0);
	assert(strcmp(asking.body + TEXT_SIZE, "drip") == 0);
	asking_done(&asking);
	ask(http, &asking, 0, "http://%s:%u/drip", host, serving.port);
	assert(ask_wait(http, &asking) == 0);
	assert(strcmp(asking.body, "drip") == 0);
	asking_done(&asking);
	http_free(http);
}

TEST(gzip_is_decoded_and_asked_of_other_machines_alone)
{
	make_text();
	assert(serving_start(&serving, AF_INET, serve_gzip));
	expect_gzip("127.0.0.1", false, false);
	expect_gzip("127.0.0.1", true, false);
	if (names_are_ours()) {
		expect_gzip("other.test", false, true);
		expect_gzip("other.test", true, true);
	}
	serving_stop(&serving);
}

static bool serve_path(struct served *served)
{
	char path[32];

	assert(sscanf(served->request, "GET %31s", path) == 1);
	return served_answer(served, "200 OK", path);
}

TEST(many_at_once_get_each_their_own)
{
	enum { MANY = 200 };
	static struct asking many[MANY];
	struct http *http = http_plain();
	char expected[32];

	assert(serving_start(&serving, AF_INET, serve_path));
	for (int i = 0; i < MANY; i++) {
		many[i].call.yields = i % 2;
		ask(http, &many[i], serving.port, "/%d", i);
	}
	for (int i = 0; i < MANY; i++) {
		assert(ask_wait(http, &many[i]) == 0);
		snprintf(expected, sizeof(expected), "/%d", i);
		assert(strcmp(many[i].body, expected) == 0);
		asking_done(&many[i]);
	}
	http_free(http);
	serving_stop(&serving);
}

static void *wake(void *context)
{
	http_wake(context);
	return NULL;
}

TEST(a_turn_ends_when_it_is_woken_or_others_have_something)
{
	struct http *http = http_plain();
	struct pollfd extra = {.events = POLLIN};
	pthread_t thread;
	int ends[2];

	assert(pipe(ends) == 0);
	extra.fd = ends[0];
	assert(pthread_create(&thread, NULL, wake, http) == 0);
	assert(http_turn(http, &extra, 1, -1) == 0);
	assert(extra.revents == 0);
	pthread_join(thread, NULL);
	assert(write(ends[1], "x", 1) == 1);
	assert(http_turn(http, &extra, 1, -1) == 0);
	assert(extra.revents & POLLIN);
	extra = (struct pollfd){.fd = ends[1], .events = POLLOUT};
	assert(http_turn(http, &extra, 1, -1) == 0);
	assert(extra.revents & POLLOUT);
	close(ends[0]);
	close(ends[1]);
	http_free(http);
}
