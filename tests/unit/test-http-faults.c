/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <curl/curlver.h>
#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "tests/unit/asking.h"
#include "tests/unit/serving.h"

static struct serving serving;

#define OK "HTTP/1.1 200 OK\r\n"

/* What is said before the connection is closed, and what becomes of it. */
static const struct fault {
	const char *path, *says;
	int error;
	const char *words;
} faults[] = {
	{"/cut", OK "Content-Length: 10\r\n\r\nhalf", -EPROTO,
		"cut after 4 bytes"},
	{"/cut-chunk", OK "Transfer-Encoding: chunked\r\n\r\na\r\nhalf",
		-EPROTO, "4 bytes"},
	{"/no-last-chunk",
		OK "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", -EPROTO,
		"4 bytes"},
	{"/bad-chunk", OK "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 0,
		NULL},
	{"/cut-gzip",
		OK "Content-Encoding: gzip\r\nContent-Length: 10\r\n\r\n"
		   "\x1f\x8b\x08\x01\x01\x01\x01\x01\x01\x03",
		-EPROTO, "cut after 0 bytes"},
	{"/no-gzip",
		OK "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n{\"a\"",
		-EPROTO, "not gzip"},
	{"/brotli", OK "Content-Encoding: br\r\nContent-Length: 0\r\n\r\n",
		-EPROTO, "coding"},
	{"/twice",
		OK "Content-Encoding: gzip, gzip\r\nContent-Length: 1\r\n\r\nx",
		-EPROTO, "coding"},
	{"/transfer",
		OK "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		-EPROTO, "coding"},
	{"/nothing", "", -ECONNRESET, "without an answer"},
	{"/half-a-head", "HTTP/1.1 200 OK\r\nContent-", -EPROTO,
		"cut after 0 bytes"},
	{"/most-of-a-head", "HTTP/1.1 200 OK\r\nContent-Type: x/y\r\n",
		-EPROTO, "cut after 0 bytes"},
	{"/no-http", "hello, who is there?\n", 0, NULL},
	{"/401", "HTTP/1.1 401 No\r\n\r\nx", -EACCES, "HTTP 401"},
	{"/403", "HTTP/1.1 403 No\r\n\r\n", -EACCES, "HTTP 403"},
	{"/404", "HTTP/1.1 404 No\r\n\r\n", -ENOENT, "HTTP 404"},
	{"/500", "HTTP/1.1 500 No\r\n\r\nbut why", -EPROTO, "HTTP 500"},
	{"/503", "HTTP/1.1 503 No\r\nContent-Encoding: br\r\n\r\nx", -EPROTO,
		"HTTP 503"},
	{"/304", "HTTP/1.1 304 No\r\n\r\n", -EPROTO, "leads nowhere"},
	{"/302", "HTTP/1.1 302 No\r\n\r\n", -EPROTO, "leads nowhere"},
	{"/loop",
		"HTTP/1.1 302 No\r\nLocation: /loop\r\nContent-Length: 0\r\n"
		"\r\n",
		-EPROTO, "too many redirects"},
	{"/file", "HTTP/1.1 302 No\r\nLocation: file:///etc/passwd\r\n\r\n",
		-EPROTO, "file"},
	{"/ftp", "HTTP/1.1 302 No\r\nLocation: ftp://127.0.0.1/\r\n\r\n",
		-EPROTO, "ftp"},
};
enum { FAULTS = sizeof(faults) / sizeof(faults[0]) };

static bool serve_fault(struct served *served)
{
	for (size_t i = 0; i < FAULTS; i++)
		if (served_is(served, faults[i].path))
			served_say(served, "%s", faults[i].says);
	return false;
}

static void expect_fault(const struct fault *fault, bool yields)
{
	struct http *http = http_plain();
	struct asking asking = {.call.yields = yields};
	char place[32];

	snprintf(place, sizeof(place), "127.0.0.1:%u", serving.port);
	ask(http, &asking, serving.port, "%s", fault->path);
	ask_wait(http, &asking);
	if (fault->error ? asking.error != fault->error : asking.error == 0)
		printf("  %s: %d %s\n", fault->path, asking.error,
			asking.why.text);
	assert(asking.error < 0);
	/* 0: whatever libcurl makes of it. */
	assert(!fault->error || asking.error == fault->error);
	if (!strstr(asking.why.text, place))
		printf("  %s: %s\n", fault->path, asking.why.text);
	assert(strstr(asking.why.text, place));
	assert(!fault->words || strstr(asking.why.text, fault->words));
	asking_done(&asking);
	http_free(http);
}

TEST(every_fault_has_its_errno_and_words_with_the_server)
{
	assert(serving_start(&serving, AF_INET, serve_fault));
	for (size_t i = 0; i < FAULTS; i++) {
		expect_fault(&faults[i], false);
		expect_fault(&faults[i], true);
	}
	serving_stop(&serving);
}

static bool serve_endless(struct served *served)
{
	static const char zeros[16 << 10];
	bool head = served_is(served, "/head");

	served_say(served, "HTTP/1.1 %s\r\n%s",
		served_is(served, "/error") ? "500 No" : "200 OK",
		head ? "" : "\r\n");
	if (served_is(served, "/exactly")) {
		for (int i = 0; i < 64; i++)
			served_send(served, zeros, sizeof(zeros));
		return false;
	}
	while (head ? served_say(served, "X: y\r\n")
		    : served_send(served, zeros, sizeof(zeros)))
		;
	return false;
}

static void expect_end(const char *path, int error, bool yields)
{
	struct http *http = http_plain();
	struct asking asking = {
		.call.yields = yields, .call.body_max = 1 << 20};

	ask(http, &asking, serving.port, "%s", path);
	ask_wait(http, &asking);
	if (asking.error != error)
		printf("  %s: %s\n", path, asking.why.text);
	assert(asking.error == error);
	assert(asking.length <= 1 << 20);
	assert(error || asking.length == 1 << 20);
	asking_done(&asking);
	http_free(http);
}

TEST(what_never_ends_is_ended)
{
	assert(serving_start(&serving, AF_INET, serve_endless));
	for (int yields = 0; yields < 2; yields++) {
		expect_end("/body", -E2BIG, yields);
		expect_end("/head", -E2BIG, yields);
		expect_end("/error", -EPROTO, yields);
		expect_end("/exactly", 0, yields);
	}
	serving_stop(&serving);
}

/* Of all of this program; 0 where nobody counts. */
static size_t memory_used(void)
{
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
#else
	return 0;
#endif
}

enum { BOMB = 48 << 20, BOMB_MAX = 1 << 20 };
static char bomb[BOMB / 500];
static size_t bomb_size;

static void make_bomb(void)
{
	static char zeros[1 << 16];
	z_stream stream = {
		.next_out = (Bytef *)bomb, .avail_out = sizeof(bomb)};

	assert(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 9,
		       Z_DEFAULT_STRATEGY)
		== Z_OK);
	for (size_t i = 0; i < BOMB / sizeof(zeros); i++) {
		stream.next_in = (Bytef *)zeros;
		stream.avail_in = sizeof(zeros);
		assert(deflate(&stream, Z_NO_FLUSH) == Z_OK);
	}
	assert(deflate(&stream, Z_FINISH) == Z_STREAM_END);
	deflateEnd(&stream);
	bomb_size = sizeof(bomb) - stream.avail_out;
}

static bool serve_bomb(struct served *served)
{
	served_say(served,
		OK "Content-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n",
		bomb_size);
	return served_send(served, bomb, bomb_size);
}

/* Nobody is quick enough for it: each piece takes all of its turn. */
static int slow_body(void *context, const char *bytes, size_t length,
	struct why *why)
{
	struct asking *asking = context;

	(void)why;
	for (size_t i = 0; i < length; i++)
		assert(bytes[i] == 0);
	usleep((HTTP_TURN_MS + 1) * 1000);
	asking->length += length;
	return 0;
}

TEST(a_bomb_takes_no_more_than_its_bound)
{
	make_bomb();
	for (int yields = 0; yields < 2; yields++) {
		struct http *http = http_plain();
		struct asking asking = {.call = {.yields = yields,
						.body_max = BOMB_MAX,
						.body = slow_body}};
		size_t before = memory_used();

		assert(serving_start(&serving, AF_INET, serve_bomb));
		ask(http, &asking, 0, "http://%s:%u/",
			names_are_ours() ? "other.test" : "127.0.0.1",
			serving.port);
		while (!asking.ended) {
			http_turn(http, NULL, 0, -1);
			assert(memory_used() <= before + BOMB_MAX + (1 << 20));
		}
		assert(asking.error == -E2BIG);
		assert(asking.length <= BOMB_MAX);
		http_free(http);
		serving_stop(&serving);
	}
}

static bool serve_slowly(struct served *served)
{
	if (served_is(served, "/silence")) {
		served_wait(served);
		return false;
	}
	served_say(served, OK "\r\nbegins");
	while (served_is(served, "/drip") && served_say(served, "."))
		usleep(2000);
	served_wait(served);
	return false;
}

static void expect_timeout(const char *path, int64_t total, int64_t silence,
	const char *words)
{
	struct http *http = http_plain();
	struct asking asking = {
		.call = {.total_ms = total, .silence_ms = silence}};

	ask(http, &asking, serving.port, "%s", path);
	assert(ask_wait(http, &asking) == -ETIMEDOUT);
	assert(strstr(asking.why.text, words));
	asking_done(&asking);
	http_free(http);
}

TEST(who_is_silent_or_too_slow_is_left)
{
	assert(serving_start(&serving, AF_INET, serve_slowly));
	expect_timeout("/silence", 50, 0, "no answer in time");
	expect_timeout("/silence", 0, 50, "nothing for");
	expect_timeout("/half", 100, 0, "takes too long");
	expect_timeout("/half", 0, 100, "nothing for");
	expect_timeout("/half", 60000, 100, "nothing for");
	/* Each byte is news, but that is not enough. */
	expect_timeout("/drip", 200, 60000, "takes too long");
	serving_stop(&serving);
}

TEST(a_port_where_nobody_listens_refuses)
{
	struct http *http = http_plain();
	struct asking asking = {.length = 0};

	assert(serving_start(&serving, AF_INET, serve_fault));
	serving_stop(&serving);
	ask(http, &asking, serving.port, "/");
	assert(ask_wait(http, &asking) == -ECONNREFUSED);
	assert(asking.status == 0);
	asking_done(&asking);
	http_free(http);
}

TEST(a_name_that_nobody_knows_is_no_host)
{
	struct http *http = http_plain();
	struct asking asking = {.length = 0};

	if (names_are_ours()) {
		ask(http, &asking, 0, "http://user:secret@unknown.test/");
		assert(ask_wait(http, &asking) == -EHOSTUNREACH);
		assert(strcmp(asking.why.text, "unknown.test: this name cannot"
					       " be resolved")
			== 0);
		asking_done(&asking);
	}
	http_free(http);
}

#if LIBCURL_VERSION_NUM >= 0x075700
static unsigned threads(void)
{
	DIR *all = opendir("/proc/self/task");
	unsigned count = 0;

	while (all && readdir(all))
		count++;
	closedir(all);
	return count;
}
#endif

TEST(a_slow_resolver_keeps_nobody_who_gives_up)
{
#if LIBCURL_VERSION_NUM >= 0x075700
	struct http *http = http_plain();
	struct asking cancelled = {.length = 0}, late = {.call.total_ms = 50};
	struct asking freed = {.length = 0};
	unsigned before;

	if (!names_are_ours()) {
		http_free(http);
		return;
	}
	before = threads();
	names_hold();
	ask(http, &cancelled, 0, "http://slow.test:1/");
	ask(http, &late, 0, "http://slow.test:2/");
	ask(http, &freed, 0, "http://slow.test:3/");
	assert(http_turn(http, NULL, 0, 0) == 0);
	names_wait(3);
	asking_done(&cancelled);
	assert(ask_wait(http, &late) == -ETIMEDOUT);
	http_free(http);
	names_let_go();
	/* They are left alone, but have descriptors. */
	while (threads() > before)
		usleep(1000);
	assert(!cancelled.ended && !freed.ended);
#else
	printf("  skipped: this libcurl waits\n");
#endif
}
