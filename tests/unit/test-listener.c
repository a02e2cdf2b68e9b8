/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "fetch/clock.h"
#include "fetch/listener.h"

enum { CLIENTS_MAX = 128, PATIENCE_MS = 60000 };

/* A listener and what it told. One thread: the clients are sockets. */
struct hearing {
	struct listener *listener;
	struct listener_settings settings;
	unsigned bodies, refused[3];
	size_t length; /* of the last body */
	char last[64]; /* how it begins */
	struct why why;
	bool open; /* strangers may, too */
	int64_t ahead, step; /* of its clock, and more in each turn */
};

static bool may(void *context, const struct in6_addr *from, bool local)
{
	struct hearing *hearing = context;
	struct in6_addr stranger;

	assert(address_read("127.0.0.66", &stranger) == 0);
	/* Whoever comes from here. */
	assert(local);
	return hearing->open || !address_same(from, &stranger);
}

static int body(
	void *context, const char *bytes, size_t length, struct why *why)
{
	struct hearing *hearing = context;

	hearing->bodies++;
	hearing->length = length;
	snprintf(hearing->last, sizeof(hearing->last), "%s", bytes);
	assert(strlen(bytes) == length || length > 0);
	return strcmp(bytes, "bad") == 0 ? why_set(why, -EBADMSG, "no event")
					 : 0;
}

static void refused(void *context, enum listener_refusal refusal,
	const struct why *why)
{
	struct hearing *hearing = context;

	hearing->refused[refusal]++;
	hearing->why = *why;
}

static const char *const here = "127.0.0.1";

/* A port that is free now; another is taken when it is not any more. */
static void hear(struct hearing *hearing)
{
	static uint16_t port = 18000;
	int r = -EADDRINUSE;

	*hearing = (struct hearing){.step = 0};
	hearing->settings.context = hearing;
	hearing->settings.may = may;
	hearing->settings.body = body;
	hearing->settings.refused = refused;
	assert(address_read(here, &hearing->settings.place.address) == 0);
	strcpy(hearing->settings.place.path, "/callback");
	while (r == -EADDRINUSE) {
		hearing->settings.place.port = ++port;
		r = listener_new(&hearing->settings, &hearing->listener,
			&hearing->why);
	}
	assert(r == 0);
}

/* Turns once, when there is something to do or soon. */
static void turn(struct hearing *hearing)
{
	int64_t now = clock_now_ms() + hearing->ahead;
	struct pollfd wait = {
		.fd = listener_fd(hearing->listener), .events = POLLIN};

	poll(&wait, 1, listener_deadline(hearing->listener) > now ? 2 : 0);
	hearing->ahead += hearing->step;
	listener_turn(hearing->listener, now + hearing->step);
}

static int client_from(struct hearing *hearing, const char *from)
{
	struct sockaddr_in ours = {.sin_family = AF_INET};
	struct sockaddr_in theirs = {.sin_family = AF_INET,
		.sin_port = htons(hearing->settings.place.port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert(fd >= 0);
	assert(inet_pton(AF_INET, from, &ours.sin_addr) == 1);
	assert(inet_pton(AF_INET, here, &theirs.sin_addr) == 1);
	assert(bind(fd, (struct sockaddr *)(void *)&ours, sizeof(ours)) == 0);
	if (connect(fd, (struct sockaddr *)(void *)&theirs, sizeof(theirs)) < 0)
		assert(errno == EINPROGRESS);
	return fd;
}

/* All of it, however slowly; false: nobody reads it. */
static bool send_bytes(
	struct hearing *hearing, int fd, const char *bytes, size_t length)
{
	int64_t end = clock_now_ms() + PATIENCE_MS;

	while (length > 0) {
		ssize_t size = send(fd, bytes, length, MSG_NOSIGNAL);

		assert(clock_now_ms() < end);
		if (size < 0 && errno != EAGAIN)
			return false;
		if (size > 0) {
			bytes += size;
			length -= (size_t)size;
		}
		turn(hearing);
	}
	return true;
}

static bool say(struct hearing *hearing, int fd, const char *text)
{
	return send_bytes(hearing, fd, text, strlen(text));
}

/* The status of the next answer; 0: it was closed instead. */
static int answer_of(struct hearing *hearing, int fd)
{
	int64_t end = clock_now_ms() + PATIENCE_MS;
	char text[4096];
	int status;

	for (;;) {
		ssize_t size = recv(fd, text, sizeof(text) - 1, 0);

		assert(clock_now_ms() < end);
		if (size == 0 || (size < 0 && errno != EAGAIN))
			return 0;
		if (size > 0) {
			text[size] = '\0';
			assert(sscanf(text, "HTTP/1.1 %d", &status) == 1);
			return status;
		}
		turn(hearing);
	}
}

static int ask_once(struct hearing *hearing, const char *from, const char *text)
{
	int fd = client_from(hearing, from);
	int status = say(hearing, fd, text) ? answer_of(hearing, fd) : 0;

	close(fd);
	return status;
}

#define HEAD "Host: x\r\nContent-Type: application/json\r\n"
#define POST "POST /callback HTTP/1.1\r\n" HEAD

static bool says(const struct hearing *hearing, const char *words)
{
	if (strstr(hearing->why.text, words))
		return true;
	printf("  says: %s\n", hearing->why.text);
	return false;
}

TEST(a_post_is_taken_and_the_connection_kept)
{
	struct hearing hearing;
	int fd;

	hear(&hearing);
	fd = client_from(&hearing, here);
	assert(say(&hearing, fd, POST "Content-Length: 5\r\n\r\nhello"));
	assert(answer_of(&hearing, fd) == 200);
	assert(hearing.bodies == 1 && strcmp(hearing.last, "hello") == 0);
	assert(say(&hearing, fd, POST "Transfer-Encoding: chunked\r\n\r\n"
		"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"));
	assert(answer_of(&hearing, fd) == 200);
	assert(hearing.bodies == 2 && strcmp(hearing.last, "abcde") == 0);
	/* A query is the caller's own affair. */
	assert(say(&hearing, fd, "POST /callback?x=y HTTP/1.1\r\n" HEAD
		"Content-Length: 0\r\n\r\n"));
	assert(answer_of(&hearing, fd) == 200);
	assert(hearing.bodies == 3 && hearing.length == 0);
	close(fd);
	listener_free(hearing.listener);
}

TEST(what_is_no_callback_is_told_so)
{
	struct hearing hearing;

	hear(&hearing);
	assert(ask_once(&hearing, here, "GET /callback HTTP/1.1\r\n" HEAD
		"\r\n") == 405);
	assert(says(&hearing, "callback from 127.0.0.1 refused: not a POST"));
	assert(ask_once(&hearing, here, "PUT /callback HTTP/1.1\r\n" HEAD
		"Content-Length: 1\r\n\r\nx") == 405);
	assert(ask_once(&hearing, here, "POST /other HTTP/1.1\r\n" HEAD
		"Content-Length: 1\r\n\r\nx") == 404);
	assert(says(&hearing, "another path"));
	assert(hearing.refused[LISTENER_MISTAKE] == 3);
	assert(ask_once(&hearing, here,
		       POST "Content-Length: 3\r\n\r\nbad") == 400);
	assert(says(&hearing, "refused: no event"));
	assert(hearing.refused[LISTENER_LOST] == 1);
	/* libmicrohttpd's own answer, or none. */
	ask_once(&hearing, here, "nonsense\r\n\r\n");
	assert(hearing.bodies == 1);
	listener_free(hearing.listener);
}

TEST(a_stranger_is_told_so_until_he_is_known)
{
	struct hearing hearing;
	int fd;

	hear(&hearing);
	fd = client_from(&hearing, "127.0.0.66");
	assert(say(&hearing, fd, POST "Content-Length: 0\r\n\r\n"));
	assert(answer_of(&hearing, fd) == 403);
	assert(hearing.refused[LISTENER_STRANGER] == 1 && !hearing.bodies);
	assert(says(&hearing, "callback from 127.0.0.66 refused: not the "));
	close(fd);
	hearing.open = true;
	assert(ask_once(&hearing, "127.0.0.66",
		       POST "Content-Length: 0\r\n\r\n") == 200);
	listener_free(hearing.listener);
}

static char *big_body(size_t length)
{
	char *bytes = malloc(length);

	assert(bytes);
	memset(bytes, 'x', length);
	return bytes;
}

TEST(the_biggest_body_is_taken_whole)
{
	struct hearing hearing;
	char *bytes = big_body(LISTENER_BODY_MAX), head[256];
	int fd;

	hear(&hearing);
	fd = client_from(&hearing, here);
	snprintf(head, sizeof(head), POST "Content-Length: %d\r\n\r\n",
		LISTENER_BODY_MAX);
	assert(say(&hearing, fd, head));
	assert(send_bytes(&hearing, fd, bytes, LISTENER_BODY_MAX));
	assert(answer_of(&hearing, fd) == 200);
	assert(hearing.length == LISTENER_BODY_MAX);
	close(fd);
	listener_free(hearing.listener);
	free(bytes);
}

TEST(a_body_that_is_too_big_is_refused_by_its_length)
{
	struct hearing hearing;

	hear(&hearing);
	assert(ask_once(&hearing, here,
		       POST "Content-Length: 33554433\r\n\r\n") == 413);
	assert(ask_once(&hearing, here, POST
		"Content-Length: 99999999999999999999\r\n\r\n") != 200);
	assert(says(&hearing, "more than 32 MB"));
	assert(hearing.refused[LISTENER_LOST] >= 1 && !hearing.bodies);
	listener_free(hearing.listener);
}

TEST(a_body_of_unknown_length_is_thrown_away_when_it_is_too_big)
{
	enum { PIECE = 1 << 20 };
	struct hearing hearing;
	char *bytes = big_body(PIECE);
	int fd;

	hear(&hearing);
	fd = client_from(&hearing, here);
	assert(say(&hearing, fd, POST "Transfer-Encoding: chunked\r\n\r\n"));
	for (int i = 0; i < 33; i++) {
		assert(say(&hearing, fd, "100000\r\n"));
		assert(send_bytes(&hearing, fd, bytes, PIECE));
		assert(say(&hearing, fd, "\r\n"));
	}
	assert(say(&hearing, fd, "0\r\n\r\n"));
	assert(answer_of(&hearing, fd) == 413);
	assert(hearing.refused[LISTENER_LOST] == 1 && !hearing.bodies);
	/* The connection is as good as before. */
	assert(say(&hearing, fd, POST "Content-Length: 2\r\n\r\nok"));
	assert(answer_of(&hearing, fd) == 200);
	close(fd);
	listener_free(hearing.listener);
	free(bytes);
}

TEST(many_big_bodies_at_a_time_are_too_many)
{
	enum { PART = 25 << 20, BOTH = 2 };
	struct hearing hearing;
	char *bytes = big_body(PART);
	int fds[BOTH + 1];

	hear(&hearing);
	for (int i = 0; i <= BOTH; i++) {
		fds[i] = client_from(&hearing, here);
		assert(say(&hearing, fds[i],
			POST "Content-Length: 26214401\r\n\r\n"));
		assert(send_bytes(&hearing, fds[i], bytes, PART));
	}
	for (int i = 0; i <= BOTH; i++) {
		assert(say(&hearing, fds[i], "y"));
		assert(answer_of(&hearing, fds[i]) == (i < BOTH ? 200 : 503));
		close(fds[i]);
	}
	assert(says(&hearing, "too many big bodies"));
	/* They are forgotten: there is room again. */
	assert(ask_once(&hearing, here,
		       POST "Content-Length: 2\r\n\r\nok") == 200);
	listener_free(hearing.listener);
	free(bytes);
}

static void wait_refused(struct hearing *hearing, enum listener_refusal refusal,
	unsigned count)
{
	int64_t end = clock_now_ms() + PATIENCE_MS;

	while (hearing->refused[refusal] < count) {
		assert(clock_now_ms() < end);
		turn(hearing);
	}
}

TEST(who_is_slow_is_cut_off)
{
	struct hearing hearing;
	int idle, head, cut, kept;

	hear(&hearing);
	kept = client_from(&hearing, here);
	assert(say(&hearing, kept, POST "Content-Length: 2\r\n\r\nok"));
	assert(answer_of(&hearing, kept) == 200);
	idle = client_from(&hearing, here);
	head = client_from(&hearing, here);
	cut = client_from(&hearing, here);
	assert(say(&hearing, head, "POST /callb"));
	assert(say(&hearing, cut, POST "Content-Length: 9\r\n\r\nhalf"));
	for (int i = 0; i < 50; i++)
		turn(&hearing);
	assert(hearing.refused[LISTENER_MISTAKE] == 0
		&& hearing.refused[LISTENER_LOST] == 0);
	hearing.step = 1000;
	wait_refused(&hearing, LISTENER_LOST, 1);
	assert(says(&hearing, "too slow"));
	wait_refused(&hearing, LISTENER_MISTAKE, 2);
	assert(answer_of(&hearing, idle) == 0 && answer_of(&hearing, head) == 0
		&& answer_of(&hearing, cut) == 0);
	/* Nothing is wrong with one that has nothing to say. */
	assert(answer_of(&hearing, kept) == 0);
	assert(hearing.refused[LISTENER_MISTAKE] == 2
		&& hearing.refused[LISTENER_LOST] == 1);
	assert(listener_deadline(hearing.listener) == INT64_MAX);
	close(idle);
	close(head);
	close(cut);
	close(kept);
	listener_free(hearing.listener);
}

TEST(who_goes_in_the_middle_has_lost_an_event)
{
	struct hearing hearing;
	int fd;

	hear(&hearing);
	fd = client_from(&hearing, here);
	assert(say(&hearing, fd, POST "Content-Length: 9\r\n\r\nhalf"));
	close(fd);
	wait_refused(&hearing, LISTENER_LOST, 1);
	assert(says(&hearing, "it ended before its body did"));
	assert(!hearing.bodies);
	listener_free(hearing.listener);
}

TEST(one_address_has_no_more_than_its_share)
{
	struct hearing hearing;
	int fds[LISTENER_ADDRESS_MAX + 4];
	size_t count = sizeof(fds) / sizeof(fds[0]);

	hear(&hearing);
	for (size_t i = 0; i < count; i++)
		fds[i] = client_from(&hearing, "127.0.0.9");
	wait_refused(&hearing, LISTENER_LOST, 4);
	assert(says(&hearing, "127.0.0.9 refused: too many connections"));
	assert(ask_once(&hearing, here,
		       POST "Content-Length: 2\r\n\r\nok") == 200);
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
	/* Its share is free again when they are seen to be gone. */
	for (int i = 0; i < 100; i++)
		turn(&hearing);
	assert(ask_once(&hearing, "127.0.0.9",
		       POST "Content-Length: 2\r\n\r\nok") == 200);
	listener_free(hearing.listener);
}

TEST(strangers_cannot_take_all_room)
{
	struct hearing hearing;
	int fds[LISTENER_STRANGERS_MAX + 4];
	size_t count = sizeof(fds) / sizeof(fds[0]);

	hear(&hearing);
	for (size_t i = 0; i < count; i++)
		fds[i] = client_from(&hearing, "127.0.0.66");
	wait_refused(&hearing, LISTENER_STRANGER, 4);
	assert(says(&hearing, "too many connections of strangers"));
	assert(ask_once(&hearing, here,
		       POST "Content-Length: 2\r\n\r\nok") == 200);
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
	listener_free(hearing.listener);
}

TEST(those_beyond_the_last_wait_for_their_turn)
{
	enum { EACH = 10, ADDRESSES = 10 };
	struct hearing hearing;
	int fds[ADDRESSES * EACH], answered = 0;
	char from[32];

	hear(&hearing);
	for (int i = 0; i < ADDRESSES * EACH; i++) {
		snprintf(from, sizeof(from), "127.0.1.%d", 1 + i / EACH);
		fds[i] = client_from(&hearing, from);
	}
	for (int i = 0; i < ADDRESSES * EACH; i++) {
		assert(say(&hearing, fds[i], POST "Connection: close\r\n"
			"Content-Length: 2\r\n\r\nok"));
		answered += answer_of(&hearing, fds[i]) == 200;
		close(fds[i]);
	}
	assert(answered == ADDRESSES * EACH);
	assert(hearing.bodies == ADDRESSES * EACH);
	listener_free(hearing.listener);
}

TEST(a_place_that_is_taken_is_named)
{
	struct hearing hearing;
	struct listener *second;
	struct why why;

	hear(&hearing);
	assert(listener_new(&hearing.settings, &second, &why) == -EADDRINUSE);
	assert(strstr(why.text, "127.0.0.1 port"));
	assert(address_read("192.0.2.1", &hearing.settings.place.address) == 0);
	assert(listener_new(&hearing.settings, &second, &why)
		== -EADDRNOTAVAIL);
	assert(strstr(why.text, "--callback-bind"));
	listener_free(hearing.listener);
}

TEST(any_address_is_also_that_of_ipv4)
{
	struct hearing hearing;

	hear(&hearing);
	listener_free(hearing.listener);
	hearing.settings.place.address = in6addr_any;
	assert(listener_new(&hearing.settings, &hearing.listener, &hearing.why)
		== 0);
	assert(ask_once(&hearing, here,
		       POST "Content-Length: 2\r\n\r\nok") == 200);
	listener_free(hearing.listener);
}
