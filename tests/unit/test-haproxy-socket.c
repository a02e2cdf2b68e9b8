/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fetch/clock.h"
#include "fs/haproxy_socket.h"

/* What stands at the socket instead of haproxy, for one connection. */
struct fake {
	char path[64];
	int listener;
	pthread_t thread;
	void (*act)(int fd);
};

static void *fake_run(void *argument)
{
	struct fake *fake = argument;
	int fd = accept(fake->listener, NULL, NULL);

	if (fd >= 0) {
		fake->act(fd);
		close(fd);
	}
	return NULL;
}

static void fake_start(struct fake *fake, void (*act)(int fd))
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(fake->path, sizeof(fake->path), "abns@mmsdfs-unit-%d",
		(int)getpid());
	memcpy(address.sun_path + 1, fake->path + 5, strlen(fake->path + 5));
	fake->act = act;
	fake->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert(fake->listener >= 0);
	assert(bind(fake->listener, (struct sockaddr *)&address,
		       sizeof(address))
		== 0);
	assert(listen(fake->listener, 4) == 0);
	assert(pthread_create(&fake->thread, NULL, fake_run, fake) == 0);
}

static void fake_stop(struct fake *fake)
{
	shutdown(fake->listener, SHUT_RDWR);
	pthread_join(fake->thread, NULL);
	close(fake->listener);
}

/* Until the other side has closed. */
static void say_nothing(int fd)
{
	char text[512];

	while (read(fd, text, sizeof(text)) > 0)
		;
}

static void say(int fd, const char *text)
{
	ssize_t n = send(fd, text, strlen(text), MSG_NOSIGNAL);

	(void)n;
}

static void say_two_answers(int fd)
{
	say(fd, "\n> one\ntwo\n\n");
	say(fd, "> Server deleted.\n> \n");
	say(fd, "> last\n\n> ");
	say_nothing(fd);
}

static void say_half(int fd)
{
	char text[512];
	ssize_t n = read(fd, text, sizeof(text));

	(void)n;
	say(fd, "\n> half an ans");
}

static void say_without_end(int fd)
{
	static char text[65536];

	memset(text, 'x', sizeof(text));
	while (send(fd, text, sizeof(text), MSG_NOSIGNAL) > 0)
		;
}

/* A byte now and then must not keep it alive. */
static void say_slowly(int fd)
{
	while (send(fd, "x", 1, MSG_NOSIGNAL) > 0)
		usleep(10000);
}

static int ask(
	void (*act)(int fd), struct haproxy_batch *batch, struct why *why)
{
	struct fake fake;
	int r;

	fake_start(&fake, act);
	r = haproxy_socket_ask(fake.path, 300, batch, why);
	fake_stop(&fake);
	return r;
}

static int ask_once(void (*act)(int fd), struct why *why)
{
	struct haproxy_batch batch = {0};
	int r;

	assert(haproxy_batch_add(&batch, "show info") == 0);
	r = ask(act, &batch, why);
	haproxy_batch_done(&batch);
	return r;
}

TEST(answers_are_cut_at_the_prompts)
{
	struct haproxy_batch batch = {0};
	struct why why;

	for (int i = 0; i < 4; i++)
		assert(haproxy_batch_add(&batch, "command %d", i) == 0);
	assert(ask(say_two_answers, &batch, &why) == 0);
	assert(strcmp(haproxy_batch_answer(&batch, 0), "one\ntwo") == 0);
	assert(strcmp(haproxy_batch_answer(&batch, 1), "Server deleted.") == 0);
	assert(strcmp(haproxy_batch_answer(&batch, 2), "") == 0);
	assert(strcmp(haproxy_batch_answer(&batch, 3), "last") == 0);
	assert(strcmp(haproxy_batch_answer(&batch, 4), "") == 0);
	haproxy_batch_done(&batch);
}

TEST(silence_ends_at_the_deadline)
{
	struct why why;
	int64_t before = clock_now_ms();

	assert(ask_once(say_nothing, &why) == -ETIMEDOUT);
	assert(clock_now_ms() - before >= 300);
	assert(strstr(why.text, "no complete answer in 300 ms"));
}

TEST(trickling_ends_at_the_deadline)
{
	struct why why;

	assert(ask_once(say_slowly, &why) == -ETIMEDOUT);
}

TEST(half_an_answer_is_none)
{
	struct why why;

	assert(ask_once(say_half, &why) == -ECONNRESET);
}

TEST(an_answer_without_end_is_bounded)
{
	struct haproxy_batch batch = {0};
	struct fake fake;
	struct why why;

	assert(haproxy_batch_add(&batch, "show info") == 0);
	fake_start(&fake, say_without_end);
	assert(haproxy_socket_ask(fake.path, 60000, &batch, &why) == -EMSGSIZE);
	fake_stop(&fake);
	assert(batch.reply_space <= 2 * (size_t)HAPROXY_REPLY_MAX);
	haproxy_batch_done(&batch);
}

TEST(nobody_there_is_an_error)
{
	struct haproxy_batch batch = {0};
	struct why why;
	char path[300];

	assert(haproxy_batch_add(&batch, "show info") == 0);
	assert(haproxy_socket_ask("/nowhere/s", 300, &batch, &why) == -ENOENT);
	assert(haproxy_socket_ask("abns@mmsdfs-nobody", 300, &batch, &why)
		== -ECONNREFUSED);
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert(haproxy_socket_ask(path, 300, &batch, &why) == -EINVAL);
	haproxy_batch_done(&batch);
}

TEST(no_text_becomes_another_command)
{
	static const char *const bad[] = {"a;b", "a\nb", "a\\b", "a\"", "a'",
		"a<<", "a\x7f", "a\r", "a\t"};
	struct haproxy_batch batch = {0};
	struct why why;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert(haproxy_batch_add(&batch, "set %s", bad[i]) == -EINVAL);
		assert(batch.count == 0);
	}
	assert(haproxy_socket_ask("abns@mmsdfs-nobody", 300, &batch, &why)
		== -EINVAL);
	haproxy_batch_reset(&batch);
	assert(haproxy_batch_add(&batch, "%*d", HAPROXY_COMMAND_MAX, 1)
		== -E2BIG);
	haproxy_batch_done(&batch);
}
