/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fetch/clock.h"
#include "fetch/login.h"
#include "tests/unit/asking.h"
#include "tests/unit/openssl.h"
#include "tests/unit/serving.h"

enum { BODY_MAX = 8192, PATIENCE_MS = 60000 };

/* The servers: one that gives tokens, one that takes them. */
static struct serving giver, taker;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *answer; /* by lock: instead of a token; NULL: a token */
static int life;           /* by lock: of it, in seconds; 0: not said */
static unsigned given;     /* by lock: their number, which is in them */
static unsigned good;      /* by lock: the one that is taken; 0: any */
static char question[BODY_MAX]; /* by lock: what was asked last */

static struct http *http;
static struct identity *who;

static void read_body(struct served *served, char *to, size_t size)
{
	const char *head = strcasestr(served->request, "\r\nContent-Length: ");
	size_t want = head ? strtoul(head + 18, NULL, 10) : 0, length = 0;

	assert(want < size);
	while (length < want) {
		ssize_t n = recv(served->fd, to + length, want - length, 0);

		assert(n > 0);
		length += (size_t)n;
	}
	to[length] = '\0';
}

static void base64url(const char *text, char *ret)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789-_";
	size_t length = strlen(text);

	for (size_t i = 0; i < length * 8; i += 6) {
		unsigned bits = 0;

		for (size_t bit = i; bit < i + 6; bit++)
			bits = bits << 1
				| (bit / 8 < length
						? (unsigned char)text[bit / 8]
								>> (7 - bit % 8)
							& 1u
						: 0);
		*ret++ = digits[bits];
	}
	*ret = '\0';
}

/* "head.PAYLOAD.NUMBER", as if it were signed. */
static void make_token(char *ret, size_t size)
{
	char payload[64], coded[128];

	snprintf(payload, sizeof(payload), "{\"exp\":%lld}",
		(long long)(clock_unix_ms() / 1000 + life));
	base64url(life ? payload : "{}", coded);
	snprintf(ret, size, "head.%s.%u", coded, ++given);
}

static bool give_answer(struct served *served)
{
	char token[256], reply[512];

	if (answer && answer[0] == '{')
		return served_answer(served, "200 OK", answer);
	if (answer && strncmp(answer, "302", 3) == 0)
		return served_say(served,
			"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"
			"Location: http://127.0.0.1:%u/login\r\n\r\n",
			taker.port);
	if (answer)
		return served_answer(served, answer, "<html>");
	make_token(token, sizeof(token));
	snprintf(reply, sizeof(reply), "{\"token\":\"%s\"}", token);
	return served_answer(served, "200 OK", reply);
}

static bool give(struct served *served)
{
	char body[BODY_MAX];
	bool more;

	assert(strncmp(served->request, "POST /login ", 12) == 0);
	assert(!strcasestr(served->request, "\r\nAuthorization"));
	assert(served_has(served, "Content-Type: application/json"));
	read_body(served, body, sizeof(body));
	pthread_mutex_lock(&lock);
	memcpy(question, body, sizeof(question));
	more = give_answer(served);
	pthread_mutex_unlock(&lock);
	return more;
}

/* Whose tokens are taken: the number behind the last dot. */
static bool take(struct served *served)
{
	const char *line = strstr(served->request,
		"\r\nAuthorization: token=head.");
	const char *dot = line ? strchr(line + 29, '.') : NULL;
	unsigned number = dot ? (unsigned)strtoul(dot + 1, NULL, 10) : 0;
	bool taken;

	assert(!strstr(served->request, "login"));
	pthread_mutex_lock(&lock);
	taken = number && (!good || number == good);
	pthread_mutex_unlock(&lock);
	if (taken)
		return served_answer(served, "200 OK", "welcome");
	return served_answer(served, "401 Unauthorized", "<html>");
}

/* What the giver answers from now on. */
static void says(const char *what, int seconds)
{
	pthread_mutex_lock(&lock);
	answer = what;
	life = seconds;
	pthread_mutex_unlock(&lock);
}

static void takes(unsigned number)
{
	pthread_mutex_lock(&lock);
	good = number;
	pthread_mutex_unlock(&lock);
}

static unsigned tokens(void)
{
	unsigned count;

	pthread_mutex_lock(&lock);
	count = given;
	pthread_mutex_unlock(&lock);
	return count;
}

static void write_account(const char *uid, const char *key)
{
	char pem[BODY_MAX], text[2 * BODY_MAX], *to = text;
	FILE *in = fopen(openssl_path(key), "re");
	size_t length;

	assert(in);
	length = fread(pem, 1, sizeof(pem) - 1, in);
	fclose(in);
	to += sprintf(to, "{\"uid\":\"%s\",\"scheme\":\"RS256\","
			  "\"login_endpoint\":\"http://127.0.0.1:%u/login\","
			  "\"private_key\":\"",
		uid, giver.port);
	for (size_t i = 0; i < length; i++)
		to += sprintf(to, pem[i] == '\n' ? "\\n" : "%c", pem[i]);
	to += sprintf(to, "\"}\n");
	openssl_write("account", text, (size_t)(to - text));
}

static void meet(void)
{
	struct identity_settings settings = {
		.account = openssl_path("account")};
	struct why why = {""};

	if (identity_new(&settings, &who, &why) < 0) {
		printf("  %s\n", why.text);
		assert(false);
	}
	http = http_plain();
}

static void begin(void)
{
	openssl_begin();
	assert(openssl_run("genrsa -out key 2048"));
	assert(openssl_run("rsa -in key -pubout -out public"));
	says(NULL, 0);
	takes(0);
	given = 0;
	assert(serving_start(&giver, AF_INET, give));
	assert(serving_start(&taker, AF_INET, take));
	write_account("me", "key");
}

static void end(void)
{
	http_free(http);
	identity_free(who);
	serving_stop(&giver);
	serving_stop(&taker);
	openssl_end();
}

/* As fetch_turn() does. */
static void turn(void)
{
	int64_t now = clock_now_ms(), left;

	identity_turn(who, http, now);
	left = identity_deadline(who) - now;
	assert(http_turn(http, NULL, 0, left < 0 ? 0 : left < 20 ? (int)left
								 : 20)
		== 0);
}

static struct asking ask_taker(void)
{
	int64_t until = clock_now_ms() + PATIENCE_MS;
	struct asking asking = {.length = 0};

	asking.call.identity = who;
	ask(http, &asking, taker.port, "/");
	while (!asking.ended) {
		turn();
		assert(clock_now_ms() < until);
	}
	return asking;
}

static void welcome(void)
{
	struct asking asking = ask_taker();

	if (asking.error)
		printf("  %s\n", asking.why.text);
	assert(asking.error == 0 && strcmp(asking.body, "welcome") == 0);
	asking_done(&asking);
}

static void denied(const char *words)
{
	struct asking asking = ask_taker();

	if (!strstr(asking.why.text, words))
		printf("  %s\n", asking.why.text);
	assert(asking.error == -EACCES && strstr(asking.why.text, words));
	assert(!strstr(asking.why.text, "head."));
	asking_done(&asking);
}

static void wrong(const char *words)
{
	assert(strstr(identity_words(who).wrong, words));
}

/* Until the giver was asked that often, and it is known what came of it. */
static void wait_logins(unsigned count)
{
	int64_t until = clock_now_ms() + PATIENCE_MS;

	while (serving_requests(&giver) < count
		|| identity_deadline(who) == INT64_MAX) {
		turn();
		assert(clock_now_ms() < until);
	}
}

/* The bytes of text, up to its end or a dot or a quote. */
static size_t from_base64url(const char *text, char *ret)
{
	unsigned bits = 0, count = 0;
	size_t length = 0;

	for (; *text && !strchr(".\"", *text); text++) {
		unsigned digit = *text == '-' ? 62
			: *text == '_'        ? 63
			: *text <= '9'        ? (unsigned)(*text - '0') + 52
			: *text <= 'Z'        ? (unsigned)(*text - 'A')
					      : (unsigned)(*text - 'a') + 26;

		bits = bits << 6 | digit;
		count += 6;
		if (count < 8)
			continue;
		count -= 8;
		ret[length++] = (char)(bits >> count & 255);
	}
	ret[length] = '\0';
	return length;
}

/* What we ask with, as others read it: openssl judges the signature. */
static void expect_question(const char *uid)
{
	char text[BODY_MAX], bytes[BODY_MAX], words[64];
	const char *claim, *signature;
	int64_t now = clock_unix_ms() / 1000, expiry;

	pthread_mutex_lock(&lock);
	memcpy(text, question, sizeof(text));
	pthread_mutex_unlock(&lock);
	snprintf(words, sizeof(words), "{\"uid\":\"%s\",\"token\":\"", uid);
	assert(strncmp(text, words, strlen(words)) == 0);
	claim = text + strlen(words);
	signature = strrchr(claim, '.') + 1;
	openssl_write("claim", claim, (size_t)(signature - 1 - claim));
	openssl_write("signature", bytes, from_base64url(signature, bytes));
	assert(openssl_run("dgst -sha256 -verify public -signature signature"
			   " claim"));
	from_base64url(claim, bytes);
	assert(strcmp(bytes, "{\"alg\":\"RS256\",\"typ\":\"JWT\"}") == 0);
	from_base64url(strchr(claim, '.') + 1, bytes);
	snprintf(words, sizeof(words), "{\"uid\":\"%s\",\"exp\":", uid);
	assert(strncmp(bytes, words, strlen(words)) == 0);
	expiry = strtoll(bytes + strlen(words), NULL, 10);
	assert(expiry > now && expiry <= now + LOGIN_CLAIM_S);
}

TEST(requests_wait_for_the_first_token_and_carry_it)
{
	begin();
	meet();
	welcome();
	expect_question("me");
	welcome();
	assert(tokens() == 1 && serving_requests(&taker) == 2);
	assert(!identity_words(who).wrong[0]);
	end();
}

TEST(a_refused_token_is_renewed_at_once_and_nobody_hears_of_it)
{
	begin();
	meet();
	welcome();
	takes(2);
	welcome();
	assert(tokens() == 2 && serving_requests(&taker) == 3);
	end();
}

TEST(where_every_token_is_refused_the_login_is_not_asked_without_end)
{
	begin();
	meet();
	takes(UINT_MAX);
	for (int i = 0; i < 100; i++)
		denied("HTTP 401");
	assert(serving_requests(&giver) < 20);
	end();
}

TEST(without_a_login_requests_fail_and_say_which_endpoint_is_to_blame)
{
	char place[64];

	begin();
	says("503 Service Unavailable", 0);
	meet();
	snprintf(place, sizeof(place),
		"no token: login: 127.0.0.1:%u: HTTP 503", giver.port);
	for (int i = 0; i < 100; i++)
		denied(place);
	/* And the login itself is asked more and more seldom. */
	assert(serving_requests(&giver) < 20);
	assert(serving_requests(&taker) == 0);
	wrong("HTTP 503");
	says(NULL, 0);
	wait_logins(serving_requests(&giver) + 1);
	welcome();
	assert(!identity_words(who).wrong[0]);
	end();
}

TEST(bad_answers_are_named)
{
	static const struct {
		const char *answer, *words;
	} bad[] = {
		{"401 Unauthorized", "HTTP 401"},
		{"302", "HTTP 302 leads nowhere"},
		{"{}", "\"token\" is missing"},
		{"{\"token\":7}", "\"token\" is int"},
		{"{\"token\":\"a\\nb: c\"}", "with a blank or worse"},
		{"{\"token\":\"a", "JSON that ends too early"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		begin();
		says(bad[i].answer, 0);
		meet();
		denied(bad[i].words);
		denied("no token: login: 127.0.0.1:");
		assert(serving_requests(&taker) == 0);
		end();
	}
}

TEST(a_token_is_renewed_before_it_ends_and_serves_while_that_fails)
{
	begin();
	says(NULL, 12);
	meet();
	welcome();
	wait_logins(2);
	assert(tokens() == 2);
	says("503 Service Unavailable", 0);
	wait_logins(3);
	welcome();
	wrong("HTTP 503");
	takes(3);
	denied("HTTP 401");
	says(NULL, 12);
	wait_logins(serving_requests(&giver) + 1);
	welcome();
	assert(tokens() == 3);
	end();
}

TEST(a_changed_account_is_tried_at_once_and_a_bad_one_leaves_the_last)
{
	begin();
	meet();
	welcome();
	write_account("you", "key");
	welcome();
	wait_logins(2);
	expect_question("you");
	openssl_write("account", "{}\n", 3);
	welcome();
	wrong("account: \"uid\" is missing");
	welcome();
	wrong("account: \"uid\" is missing");
	assert(tokens() == 2);
	takes(3);
	welcome();
	expect_question("you");
	takes(0);
	write_account("me", "key");
	welcome();
	assert(!identity_words(who).wrong[0]);
	assert(chmod(openssl_path("account"), 0644) == 0);
	welcome();
	assert(strcmp(identity_words(who).exposed, openssl_path("account"))
		== 0);
	end();
}

static void refuse(const char *account, const char *words)
{
	struct identity_settings settings = {.account = account};
	struct identity *none = NULL;
	struct why why = {""};

	assert(identity_new(&settings, &none, &why) == -EINVAL && !none);
	if (!strstr(why.text, words))
		printf("  %s\n", why.text);
	assert(strstr(why.text, words) && !strstr(why.text, "SECRET"));
}

#define ACCOUNT(scheme, key, url)                                              \
	"{\"uid\":\"me\",\"scheme\":\"" scheme "\",\"private_key\":\"" key  \
	"\",\"login_endpoint\":\"" url "\"}"

TEST(a_bad_account_is_refused_at_the_start)
{
	openssl_begin();
	openssl_write("account", "{\"uid\":\"SECRET\"}", 15);
	refuse(openssl_path("account"), "account: JSON that ends too early");
	openssl_write("account", "[]", 2);
	refuse(openssl_path("account"), "account: JSON that is no object");
	refuse("{\"uid\":\"SECRET\"}", "account: \"private_key\" is missing");
	refuse(ACCOUNT("HS256", "SECRET", "https://h"), "\"scheme\" is not");
	refuse(ACCOUNT("RS256", "SECRET", "ftp://h"), "is not a plain URL");
	refuse(ACCOUNT("RS256", "SECRET", "https://u:SECRET@h"), "plain URL");
	refuse(ACCOUNT("RS256", "SECRET", "https://h"), "is no RSA key");
	openssl_end();
}

TEST(an_account_may_be_given_as_it_is)
{
	char account[2 * BODY_MAX] = "";
	struct identity_settings settings = {.account = account};
	FILE *in;

	begin();
	in = fopen(openssl_path("account"), "re");
	assert(in && fread(account, 1, sizeof(account) - 1, in) > 0);
	fclose(in);
	assert(identity_new(&settings, &who, NULL) == 0);
	http = http_plain();
	welcome();
	expect_question("me");
	end();
}

TEST(a_request_that_waits_can_be_cancelled)
{
	struct asking asking = {.length = 0};

	begin();
	meet();
	asking.call.identity = who;
	ask(http, &asking, taker.port, "/");
	http_cancel(asking.request);
	welcome();
	assert(!asking.ended && serving_requests(&taker) == 1);
	end();
}
