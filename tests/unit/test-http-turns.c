/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/asking.h"
#include "tests/unit/serving.h"

static struct serving serving;

enum { CHUNK = 64 << 10, CHUNKS = 16 };

/* A body of CHUNKS, or one that never ends; either stays open. */
static bool serve_much(struct served *served)
{
	static const char zeros[CHUNK];
	bool endless = served_is(served, "/endless");

	if (endless)
		served_say(served, "HTTP/1.1 200 OK\r\n\r\n");
	else
		served_say(served,
			"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n",
			CHUNK * (CHUNKS + served_is(served, "/open")));
	for (int i = 0; endless || i < CHUNKS; i++)
		if (!served_send(served, zeros, sizeof(zeros)))
			return false;
	return true;
}

/* Takes all of its turn, where there is one. */
static int slow_body(void *context, const char *bytes, size_t length,
	struct why *why)
{
	struct asking *asking = context;

	(void)bytes;
	(void)why;
	if (asking->call.yields)
		usleep((HTTP_TURN_MS + 1) * 1000);
	asking->length += length;
	asking->pieces++;
	return 0;
}

static void expect_progress(bool endless_first)
{
	struct http *http = http_plain();
	struct asking endless = {
		.call = {.yields = true, .body = slow_body}};
	struct asking finite = endless, other = endless;

	assert(serving_start(&serving, AF_INET, serve_much));
	if (endless_first)
		ask(http, &endless, serving.port, "/endless");
	ask(http, &finite, serving.port, "/");
	if (!endless_first)
		ask(http, &endless, serving.port, "/endless");
	ask(http, &other, serving.port, "/");
	assert(ask_wait(http, &finite) == 0);
	assert(ask_wait(http, &other) == 0);
	assert(finite.length == CHUNK * CHUNKS);
	assert(other.length == CHUNK * CHUNKS);
	assert(endless.pieces > 0 && !endless.ended);
	asking_done(&endless);
	http_free(http);
	serving_stop(&serving);
}

TEST(who_yields_starves_nobody_who_yields)
{
	expect_progress(true);
	expect_progress(false);
}

/* Two pieces of a body at once, and then nothing more. */
static bool serve_two(struct served *served)
{
	static char answer[32 << 10] =
		"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";

	served_send(served, answer, sizeof(answer));
	served_wait(served);
	return false;
}

/* Fails at the second piece, which comes when it is resumed. */
static int failing_body(void *context, const char *bytes, size_t length,
	struct why *why)
{
	struct asking *asking = context;

	if (asking->pieces > 0)
		return why_set(why, -EILSEQ, "not what was wanted");
	return slow_body(context, bytes, length, why);
}

TEST(a_failure_when_it_is_resumed_is_the_end)
{
	struct http *http = http_plain();
	struct asking asking = {
		.call = {.yields = true, .body = failing_body}};

	assert(serving_start(&serving, AF_INET, serve_two));
	ask(http, &asking, serving.port, "/");
	assert(ask_wait(http, &asking) == -EILSEQ);
	assert(strcmp(asking.why.text, "not what was wanted") == 0);
	asking_done(&asking);
	http_free(http);
	serving_stop(&serving);
}

static int failing_head(
	void *context, const struct http_head *head, struct why *why)
{
	(void)context;
	(void)head;
	return why_set(why, -EBADMSG, "not this one");
}

TEST(a_callback_that_fails_is_the_end)
{
	struct http *http = http_plain();
	struct asking head = {.call.head = failing_head};
	struct asking body = {.call.body = failing_body};

	assert(serving_start(&serving, AF_INET, serve_much));
	ask(http, &head, serving.port, "/open");
	ask(http, &body, serving.port, "/open");
	assert(ask_wait(http, &head) == -EBADMSG);
	assert(strcmp(head.why.text, "not this one") == 0);
	assert(head.length == 0);
	assert(ask_wait(http, &body) == -EILSEQ);
	asking_done(&head);
	asking_done(&body);
	http_free(http);
	serving_stop(&serving);
}

/* Cancels itself and another, at a moment of its own. */
struct canceller {
	struct asking asking, *other;
	char moment;
};

static void cancel_both(struct canceller *c, char moment)
{
	if (c->moment != moment)
		return;
	assert(!c->other->ended);
	http_cancel(c->other->request);
	c->other->request = NULL;
	if (moment != 'd')
		http_cancel(c->asking.request);
	c->asking.request = NULL;
	c->asking.ended = true;
}

static int cancel_head(
	void *context, const struct http_head *head, struct why *why)
{
	(void)head;
	(void)why;
	cancel_both(context, 'h');
	return 0;
}

static int cancel_body(void *context, const char *bytes, size_t length,
	struct why *why)
{
	struct canceller *c = context;

	assert(!c->asking.ended);
	slow_body(&c->asking, bytes, length, why);
	cancel_both(c, c->asking.pieces == 1 ? 'b' : 'r');
	return 0;
}

static void cancel_done(void *context, int error,
	const struct http_head *head, const struct why *why)
{
	struct canceller *c = context;

	(void)head;
	(void)why;
	assert(!c->asking.ended && c->moment == 'd');
	assert(error == 0);
	cancel_both(c, 'd');
}

static void expect_cancel(char moment, bool yields, bool other_first)
{
	struct http *http = http_plain();
	struct asking other = {
		.call = {.yields = yields, .body = slow_body}};
	struct canceller c = {.other = &other, .moment = moment};

	c.asking.call = (struct http_call){.yields = yields,
		.context = &c,
		.head = cancel_head,
		.body = cancel_body,
		.done = cancel_done};
	if (other_first)
		ask(http, &other, serving.port, "/endless");
	ask(http, &c.asking, serving.port, moment == 'd' ? "/" : "/open");
	if (!other_first)
		ask(http, &other, serving.port, "/endless");
	while (!c.asking.ended)
		assert(http_turn(http, NULL, 0, -1) == 0);
	/* Nobody hears of them any more. */
	for (int i = 0; i < 3; i++)
		assert(http_turn(http, NULL, 0, 1) == 0);
	assert(!other.ended);
	http_free(http);
}

TEST(a_request_can_be_cancelled_in_every_callback)
{
	assert(serving_start(&serving, AF_INET, serve_much));
	for (const char *moment = "hbrd"; *moment; moment++)
		for (int i = 0; i < 4; i++)
			expect_cancel(*moment, i & 1, i & 2);
	serving_stop(&serving);
}

TEST(a_request_can_be_cancelled_after_every_turn)
{
	assert(serving_start(&serving, AF_INET, serve_much));
	for (int turns = 0; turns < 12; turns++) {
		struct http *http = http_plain();
		struct asking asking = {
			.call = {.yields = turns % 2, .body = slow_body}};
		struct asking left = asking;

		ask(http, &asking, serving.port, "/open");
		ask(http, &left, serving.port, "/open");
		for (int i = 0; i < turns; i++)
			assert(http_turn(http, NULL, 0, 10) == 0);
		asking_done(&asking);
		assert(http_turn(http, NULL, 0, 0) == 0);
		assert(!asking.ended && !left.ended);
		/* What is left ends with http. */
		http_free(http);
	}
	serving_stop(&serving);
}
