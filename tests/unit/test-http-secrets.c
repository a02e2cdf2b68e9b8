/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <curl/curlver.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/asking.h"
#include "tests/unit/serving.h"

static struct serving serving, second;
static char file[] = "/tmp/mmsdfs-secret-XXXXXX";

/* In place, and as if nothing had happened. */
static void write_secret(const char *text)
{
	static const struct timespec times[2] = {{1000, 0}, {1000, 0}};
	int fd = open(file, O_WRONLY | O_TRUNC | O_CLOEXEC);

	assert(fd >= 0);
	assert(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	assert(futimens(fd, times) == 0);
	close(fd);
}

static void secret_begin(const char *text)
{
	int fd;

	memcpy(file + strlen(file) - 6, "XXXXXX", 6);
	fd = mkstemp(file);
	assert(fd >= 0);
	close(fd);
	write_secret(text);
}

static struct identity *who;

static struct http *http_with(bool user, struct why *why)
{
	struct identity_settings settings = {
		.user_file = user ? file : NULL,
		.token_file = user ? NULL : file,
	};

	assert(identity_new(&settings, &who, why) == 0);
	return http_plain();
}

static int ask_once(struct http *http, const char *path, struct asking *asking)
{
	*asking = (struct asking){.length = 0};
	asking->call.identity = who;
	ask(http, asking, serving.port, "%s", path);
	ask_wait(http, asking);
	return asking->error;
}

/* "user:right" and the token "right" are right. */
static bool serve_guarded(struct served *served)
{
	bool good = served_has(served, "Authorization: Basic dXNlcjpyaWdodA==")
		|| served_has(served, "Authorization: token=right")
		|| served_has(served, "Authorization: Bearer right");

	return good ? served_answer(served, "200 OK", "welcome")
		    : served_answer(served, "401 Unauthorized", "");
}

static void expect_second_try(bool user, const char *wrong, const char *right)
{
	struct why why = {""};
	struct asking asking;
	struct http *http;

	secret_begin(wrong);
	http = http_with(user, &why);
	assert(ask_once(http, "/", &asking) == -EACCES);
	assert(strstr(asking.why.text, "HTTP 401"));
	asking_done(&asking);
	write_secret(right);
	assert(ask_once(http, "/", &asking) == 0);
	assert(strcmp(asking.body, "welcome") == 0);
	asking_done(&asking);
	http_free(http);
	identity_free(who);
	unlink(file);
}

TEST(a_secret_is_read_again_whatever_the_files_times_say)
{
	assert(serving_start(&serving, AF_INET, serve_guarded));
	expect_second_try(true, "user:wrong\n", "user:right\n");
	expect_second_try(false, "wrong", "right");
	expect_second_try(false, "Bearer wrong\n", "Bearer right\r\nmore");
	expect_second_try(false, "token=wrong\n", "token=right\n");
	serving_stop(&serving);
}

TEST(a_file_that_became_bad_leaves_the_last_secret)
{
	static const char *const bad[] = {
		"", "\n", "no colon\n", "user:\x01\n"};
	struct why why = {""};
	struct asking asking;
	struct http *http;

	assert(serving_start(&serving, AF_INET, serve_guarded));
	secret_begin("user:right\n");
	http = http_with(true, &why);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_secret(bad[i]);
		assert(ask_once(http, "/", &asking) == 0);
		asking_done(&asking);
	}
	unlink(file);
	assert(ask_once(http, "/", &asking) == 0);
	asking_done(&asking);
	http_free(http);
	identity_free(who);
	serving_stop(&serving);
}

TEST(who_is_refused_hears_that_the_file_cannot_be_read)
{
	struct why why = {""};
	struct asking asking;
	struct http *http;

	assert(serving_start(&serving, AF_INET, serve_guarded));
	secret_begin("user:wrong\n");
	http = http_with(true, &why);
	unlink(file);
	assert(ask_once(http, "/", &asking) == -EACCES);
	assert(strstr(asking.why.text, file));
	assert(!strstr(asking.why.text, "wrong"));
	asking_done(&asking);
	http_free(http);
	identity_free(who);
	serving_stop(&serving);
}

TEST(a_bad_file_is_refused_at_the_start)
{
	static const char *const bad[] = {"", "\nx", "user", "a:\tb"};
	struct identity_settings settings = {.user_file = file};
	struct identity *identity = NULL;

	secret_begin("");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct why why = {""};

		write_secret(bad[i]);
		assert(identity_new(&settings, &identity, &why) == -EINVAL);
		assert(strstr(why.text, file) && !identity);
	}
	unlink(file);
	assert(identity_new(&settings, &identity, NULL) == -ENOENT);
	settings = (struct identity_settings){.ca_file = file};
	assert(identity_new(&settings, &identity, NULL) == -ENOENT);
}

/* To the second server, by a name or by its number, or to itself for ever. */
static bool serve_redirect(struct served *served)
{
	const char *host = served_is(served, "/name") ? "other.test"
						      : "127.0.0.1";
	bool self = served_is(served, "/self");

	assert(strstr(served->request, "\r\nAuthorization: "));
	return served_say(served,
		"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"
		"Location: http://%s:%u%s\r\n\r\n",
		host, self ? serving.port : second.port,
		self ? "/self" : "/");
}

static bool serve_spy(struct served *served)
{
	assert(!strcasestr(served->request, "authorization"));
	assert(!strcasestr(served->request, "right"));
	assert(strstr(served->request, "\r\nAccept: application/json\r\n"));
	return served_answer(served, "200 OK", "thanks");
}

static void expect_no_secret(bool user, const char *secret)
{
	struct why why = {""};
	struct asking asking;
	struct http *http;

	secret_begin(secret);
	http = http_with(user, &why);
	/* The same host at another port is another one since 7.83. */
#if LIBCURL_VERSION_NUM >= 0x075300
	assert(ask_once(http, "/port", &asking) == 0);
	asking_done(&asking);
#endif
	if (names_are_ours()) {
		assert(ask_once(http, "/name", &asking) == 0);
		asking_done(&asking);
	}
	/* But it goes with a redirect to the same. */
	assert(ask_once(http, "/self", &asking) == -EPROTO);
	assert(strstr(asking.why.text, "too many redirects"));
	asking_done(&asking);
	http_free(http);
	identity_free(who);
	unlink(file);
}

TEST(secrets_do_not_follow_to_another_server)
{
	assert(serving_start(&serving, AF_INET, serve_redirect));
	assert(serving_start(&second, AF_INET, serve_spy));
	expect_no_secret(true, "user:right\n");
	expect_no_secret(false, "right");
	expect_no_secret(false, "Bearer right\n");
	serving_stop(&serving);
	serving_stop(&second);
}
