/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/clock.h"
#include "fetch/etcd_address.h"
#include "fetch/fetch.h"
#include "tests/unit/serving.h"

enum { PATIENCE_MS = 20000 };

/*
 * What the server answers to full reads and to watches, one after the other;
 * the last one of each for ever. One that ends in '+' stays open.
 */
struct script {
	const char *const *reads, *const *watches;
	unsigned read, watch; /* by lock of the server: asked so often */
	unsigned hold;        /* this read waits for so many watches to end */
	bool let_go;          /* by lock */
};

static struct serving serving;
static struct script script;

#define HEAD "HTTP/1.1 200 OK\r\nConnection: close\r\n"
#define JSON "Content-Type: application/json\r\n\r\n"
#define INDEX(n) "X-Etcd-Index: " #n "\r\n"
#define REFUSED(status) "HTTP/1.1 " status "\r\nConnection: close\r\n"

/* /services/web/h:c:80 is 10.0.0.1:1, or 10.0.0.2:2 */
#define KEY3 "\"key\":\"L3NlcnZpY2VzL3dlYi9oOmM6ODA=\""
#define ONE3 KEY3 ",\"value\":\"MTAuMC4wLjE6MQ==\""
#define TWO3 KEY3 ",\"value\":\"MTAuMC4wLjI6Mg==\""
#define RANGE3(n, kvs)                                                         \
	HEAD JSON "{\"header\":{\"cluster_id\":\"7\",\"revision\":\"" #n       \
		  "\"},\"kvs\":[" kvs "]}"
#define LINE3(text) "{\"result\":{\"header\":{\"revision\":\"9\"}," text "}}\n"
#define CREATED3 LINE3("\"created\":true")
#define CANCELED3(why, text)                                                   \
	LINE3("\"canceled\":true,\"" why "\":\"" text "\"") "+"
#define EVENT3(n, kv)                                                          \
	LINE3("\"events\":[{\"kv\":{" kv ",\"mod_revision\":\"" #n "\"}}]")

#define NODE2(value)                                                           \
	"{\"key\":\"/services/web\",\"dir\":true,\"nodes\":[{\"key\":"         \
	"\"/services/web/h:c:80\",\"value\":\"" value                          \
	"\",\"modifiedIndex\":1}]}"
#define KEYS2(n, nodes)                                                        \
	HEAD INDEX(n)                                                          \
	JSON "{\"action\":\"get\",\"node\":{\"key\":\"/services\","            \
	     "\"dir\":true,\"nodes\":[" nodes "]}}"
#define EVENT2(n, action, value)                                               \
	HEAD INDEX(n)                                                          \
	JSON "{\"action\":\"" action "\",\"node\":{\"key\":"                   \
	     "\"/services/web/h:c:80\",\"value\":\"" value                     \
	     "\",\"modifiedIndex\":" #n "}}"
#define OPEN HEAD JSON "+"

/* Of a POST, so that the answer is not lost with what nobody has read. */
static void drop_body(struct served *served)
{
	const char *at = strcasestr(served->request, "Content-Length:");
	long length = at ? strtol(at + 15, NULL, 10) : 0;
	char byte;

	while (length-- > 0 && recv(served->fd, &byte, 1, 0) == 1)
		;
}

/* The next of a list, unless it is the last. */
static const char *next_of(const char *const *list, unsigned count)
{
	unsigned i = 0;

	while (i < count && list[i + 1])
		i++;
	return list[i];
}

static bool answer(struct served *served, const char *text)
{
	size_t length = strlen(text);
	bool open = length > 0 && text[length - 1] == '+';

	served_send(served, text, length - open);
	if (open)
		served_wait(served);
	return false;
}

static bool is_held(struct serving *s, unsigned at)
{
	bool held;

	pthread_mutex_lock(&s->lock);
	held = script.hold && at + 1 == script.hold && !script.let_go;
	pthread_mutex_unlock(&s->lock);
	return held;
}

static bool serve(struct served *served)
{
	struct serving *s = served->serving;
	bool watch = strstr(served->request, "wait=true")
		|| strstr(served->request, "/watch ");
	unsigned at;

	drop_body(served);
	if (strstr(served->request, "/version "))
		return answer(served,
			HEAD JSON "{\"etcdserver\":\"3.9\"}");
	pthread_mutex_lock(&s->lock);
	at = watch ? script.watch++ : script.read++;
	pthread_mutex_unlock(&s->lock);
	while (!watch && is_held(s, at))
		usleep(1000);
	return answer(served,
		next_of(watch ? script.watches : script.reads, at));
}

static struct fetch *begin(const char *scheme, const char *const *reads,
	const char *const *watches)
{
	char address[64];
	struct source_settings source = {.name = "r", .address = address};
	struct fetch_settings settings = {
		.sources = &source,
		.source_count = 1,
		.partial_ms = -1,
		.refresh_ms = 600000,
		.poll_ms = 100,
		.shrink_percent = -1,
		.groups = "*",
	};
	struct why why = {""};
	struct fetch *fetch;

	script = (struct script){.reads = reads, .watches = watches};
	assert(serving_start(&serving, AF_INET, serve));
	snprintf(address, sizeof(address), "%s://127.0.0.1:%u/services", scheme,
		serving.port);
	assert(fetch_new(&settings, &fetch, &why) == 0);
	return fetch;
}

static void end(struct fetch *fetch)
{
	fetch_free(fetch);
	serving_stop(&serving);
}

static const struct source_report *report_of(struct fetch *fetch)
{
	size_t count;
	const struct source_report *reports = fetch_reports(fetch, &count);

	assert(count == 1);
	return reports;
}

/* The port of the only instance of /web; 0: there is none. */
static unsigned shown(struct fetch *fetch)
{
	CLEANUP(catalog_unref) struct catalog *catalog = fetch_catalog(fetch);
	struct app_key key = {"/web", "r"};
	struct app *app = catalog ? catalog_find(catalog, &key) : NULL;

	return app ? app->instances[0].endpoints[0].port : 0;
}

/* Turns until condition holds. */
#define UNTIL(condition)                                                       \
	do {                                                                   \
		int64_t by_ = clock_now_ms() + PATIENCE_MS;                    \
		while (!(condition)) {                                         \
			if (clock_now_ms() > by_)                              \
				printf("  %s\n", report_of(fetch)->why);       \
			assert(clock_now_ms() <= by_);                         \
			assert(fetch_turn(fetch, 100) >= 0);                   \
		}                                                              \
	} while (0)

static void expect_words(
	const char *scheme, const char *read, const char *words)
{
	const char *const reads[] = {read, NULL};
	const char *const watches[] = {OPEN, NULL};
	struct fetch *fetch = begin(scheme, reads, watches);

	UNTIL(report_of(fetch)->why[0]);
	if (!strstr(report_of(fetch)->why, words))
		printf("  %s\n", report_of(fetch)->why);
	assert(strstr(report_of(fetch)->why, words));
	assert(strncmp(report_of(fetch)->why, "127.0.0.1:", 10) == 0);
	assert(report_of(fetch)->since > 0 && !report_of(fetch)->complete);
	end(fetch);
}

TEST(an_address_names_the_members_and_the_path)
{
	struct etcd_address address;

	assert(etcd_address_parse("etcd3s://a:1,[::1]:2/x/y", &address, NULL)
		== 0);
	assert(address.v3);
	assert(strcmp(address.urls, "https://a:1,https://[::1]:2") == 0);
	assert(strcmp(address.path, "/x/y") == 0);
	etcd_address_done(&address);
	assert(etcd_address_parse("etcd://a:1/", &address, NULL) == 0);
	assert(!address.v3 && strcmp(address.urls, "http://a:1") == 0);
	assert(strcmp(address.path, "") == 0);
	etcd_address_done(&address);
	assert(!etcd_address_is("http://a:1"));
	assert(etcd_address_parse("etcd:///x", &address, NULL) == -EINVAL);
	assert(etcd_address_parse("http://a", &address, NULL) == -EINVAL);
}

TEST(what_is_no_answer_of_v2_has_words)
{
	expect_words("etcd", HEAD JSON "{}", "an answer without a node");
	expect_words("etcd", KEYS2(x, ""), "without X-Etcd-Index");
	expect_words("etcd",
		HEAD INDEX(5) JSON
		"{\"node\":{\"key\":\"/services\",\"value\":\"x\"}}",
		"the path is a key, and no directory");
	expect_words("etcd", KEYS2(5, "{\"key\":5}"), "\"key\" is int");
	expect_words("etcd", KEYS2(5, "{\"key\":\"/other/web\"}"),
		"a key of another path: /other/web");
	expect_words("etcd", HEAD "Content-Type: text/html\r\n\r\n<p>",
		"answered with text/html instead of JSON");
	expect_words("etcd", HEAD INDEX(5) JSON "{\"node\":", "ends too early");
	expect_words("etcd",
		REFUSED("404 Not Found") "\r\n404 page not found",
		"no v2 API");
	expect_words("etcd",
		REFUSED("500 Internal Server Error") JSON
		"{\"errorCode\":300,\"message\":\"Raft Internal Error\","
		"\"cause\":\"etcdserver: request timed out\"}",
		"Raft Internal Error (etcdserver: request timed out)");
}

TEST(what_is_no_answer_of_v3_has_words)
{
	expect_words("etcd3", HEAD JSON "{}", "no revision");
	expect_words("etcd3", HEAD JSON "[]", "no object");
	expect_words("etcd3", RANGE3(5, ONE3 "}{"), "JSON");
	expect_words("etcd3", RANGE3(5, "{\"key\":\"*\"}"), "no base64");
	expect_words("etcd3",
		HEAD JSON "{\"header\":{\"revision\":\"5\"},\"more\":true}",
		"only a part of the keys");
	expect_words("etcd3",
		HEAD JSON "{\"header\":{\"revision\":\"5\"},"
			  "\"other\":[{\"key\":\"\"}]}",
		"a key of another path");
	expect_words("etcd3",
		REFUSED("503 Service Unavailable") JSON
		"{\"error\":\"etcdserver: no leader\",\"code\":14}",
		"etcdserver: no leader");
	expect_words("etcd3", REFUSED("404 Not Found") "\r\n",
		"no JSON gateway of v3");
}

TEST(the_gateway_of_an_older_etcd_is_found)
{
	static const char *const reads[] = {
		REFUSED("404 Not Found") "\r\n404 page not found",
		REFUSED("404 Not Found") "\r\nNot Found",
		RANGE3(5, "{" ONE3 "}"), NULL};
	static const char *const watches[] = {HEAD JSON CREATED3 "+", NULL};
	struct fetch *fetch = begin("etcd3", reads, watches);

	UNTIL(shown(fetch) == 1 && report_of(fetch)->streaming);
	assert(report_of(fetch)->failures == 0);
	UNTIL(strcmp(report_of(fetch)->version, "3.9") == 0);
	end(fetch);
}

TEST(a_watch_of_v3_is_followed_line_by_line)
{
	static const char *const reads[] = {RANGE3(5, "{" ONE3 "}"), NULL};
	static const char *const watches[] = {
		HEAD JSON CREATED3 EVENT3(6, TWO3) "+", NULL};
	struct fetch *fetch = begin("etcd3", reads, watches);

	UNTIL(shown(fetch) == 2);
	assert(report_of(fetch)->events == 1);
	assert(report_of(fetch)->full_reads == 1);
	end(fetch);
}

/* After the watch has ended so, all is read again. */
static void expect_reread(const char *scheme, const char *first,
	const char *second, const char *watch, const char *words)
{
	const char *const reads[] = {first, second, NULL};
	const char *const watches[] = {watch, OPEN, NULL};
	struct fetch *fetch = begin(scheme, reads, watches);

	UNTIL(report_of(fetch)->full_reads == 1);
	UNTIL(shown(fetch) == 2 || report_of(fetch)->why[0]);
	if (words[0] ? !strstr(report_of(fetch)->why, words)
		     : report_of(fetch)->why[0])
		printf("  %s\n", report_of(fetch)->why);
	assert(words[0] ? strstr(report_of(fetch)->why, words) != NULL
			: !report_of(fetch)->why[0]);
	UNTIL(shown(fetch) == 2 && !report_of(fetch)->why[0]);
	assert(report_of(fetch)->full_reads == 2);
	end(fetch);
}

static void expect_reread3(const char *watch, const char *words)
{
	expect_reread("etcd3", RANGE3(5, "{" ONE3 "}"),
		RANGE3(8, "{" TWO3 "}"), watch, words);
}

TEST(a_watch_of_v3_that_ends_is_made_up_for)
{
	expect_reread3(HEAD JSON CREATED3 CANCELED3("compact_revision", "7"),
		"");
	expect_reread3(HEAD JSON CREATED3 CANCELED3("cancel_reason", "why not"),
		"the watch ended: why not");
	expect_reread3(HEAD JSON "{\"error\":{\"message\":\"too bad\"}}\n+",
		"the watch ended: too bad");
	expect_reread3(HEAD JSON CREATED3, "the watch ended");
	expect_reread3(HEAD JSON CREATED3 "{]\n+", "no JSON");
	expect_reread3(HEAD JSON CREATED3 LINE3(
			       "\"events\":[{\"type\":\"MOVE\",\"kv\":{" KEY3
			       "}}]") "+",
		"");
	expect_reread3(REFUSED("503 Service Unavailable") JSON
		"{\"error\":\"etcdserver: no leader\"}",
		"etcdserver: no leader");
}

static void expect_reread2(const char *watch, const char *words)
{
	expect_reread("etcd", KEYS2(5, NODE2("10.0.0.1:1")),
		KEYS2(8, NODE2("10.0.0.2:2")), watch, words);
}

TEST(who_has_fallen_behind_reads_all_again)
{
	static const char *const reads[] = {
		RANGE3(5, "{" ONE3 "}"), RANGE3(300, "{" TWO3 "}"),
		NULL};
	static const char many[] = EVENT3(6, ONE3);
	static char answers[sizeof(HEAD JSON CREATED3 "+") + 100 * sizeof(many)];
	const char *const watches[] = {answers, OPEN, NULL};
	char *at = stpcpy(answers, HEAD JSON CREATED3);
	struct fetch *fetch;

	/* Of the one change that is behind these nothing is said. */
	for (int i = 0; i < 100; i++)
		at = stpcpy(at, many);
	stpcpy(at, "+");
	fetch = begin("etcd3", reads, watches);
	UNTIL(shown(fetch) == 2);
	assert(report_of(fetch)->full_reads == 2);
	assert(report_of(fetch)->failures == 0);
	end(fetch);
}

TEST(a_watch_of_v2_that_ends_is_made_up_for)
{
	expect_reread2(REFUSED("400 Bad Request") JSON
		"{\"errorCode\":401,\"message\":\"The event in requested index "
		"is outdated and cleared\",\"cause\":\"x\",\"index\":8}",
		"");
	expect_reread2(EVENT2(4, "set", "10.0.0.3:3"), "");
	expect_reread2(EVENT2(6, "rename", "10.0.0.3:3"), "");
	expect_reread2(HEAD JSON, "the watch ended");
	expect_reread2(HEAD JSON "{\"action\":", "ends too early");
}

TEST(a_watch_of_v2_is_followed_poll_by_poll)
{
	static const char *const reads[] = {
		KEYS2(5, NODE2("10.0.0.1:1")), NULL};
	static const char *const watches[] = {
		EVENT2(6, "update", "10.0.0.2:2"),
		EVENT2(8, "compareAndSwap", "10.0.0.3:3"), OPEN, NULL};
	struct fetch *fetch = begin("etcd", reads, watches);

	UNTIL(shown(fetch) == 3);
	assert(report_of(fetch)->events == 2);
	assert(report_of(fetch)->full_reads == 1);
	end(fetch);
}

TEST(a_watch_that_dies_each_time_is_not_begun_each_time_at_once)
{
	static const char *const reads[] = {
		KEYS2(5, NODE2("10.0.0.1:1")), NULL};
	static const char *const watches[] = {HEAD JSON, NULL};
	struct fetch *fetch = begin("etcd", reads, watches);
	int64_t began = clock_now_ms();

	/* The first is made up for at once, each other after 100 ms; a slow
	 * machine only makes it longer. */
	UNTIL(report_of(fetch)->full_reads == 7);
	assert(clock_now_ms() - began >= 500);
	assert(strstr(report_of(fetch)->why, "the watch ended"));
	assert(!report_of(fetch)->stale && shown(fetch) == 1);
	end(fetch);
}

TEST(an_answer_that_is_older_than_an_event_does_not_undo_it)
{
	static const char *const reads[] = {RANGE3(5, "{" ONE3 "}"), NULL};
	static const char *const watches[] = {
		HEAD JSON CREATED3 EVENT3(6, TWO3) "+", OPEN, NULL};
	struct fetch *fetch = begin("etcd3", reads, watches);

	pthread_mutex_lock(&serving.lock);
	script.hold = 2;
	pthread_mutex_unlock(&serving.lock);
	UNTIL(report_of(fetch)->full_reads == 1);
	fetch_refresh(fetch);
	/* The event comes while the second answer is awaited. */
	UNTIL(shown(fetch) == 2);
	pthread_mutex_lock(&serving.lock);
	script.let_go = true;
	pthread_mutex_unlock(&serving.lock);
	UNTIL(report_of(fetch)->full_reads == 2);
	assert(shown(fetch) == 2);
	end(fetch);
}

TEST(a_store_that_begins_anew_is_told_apart)
{
	static const char *const reads[] = {
		KEYS2(50, NODE2("10.0.0.1:1")), KEYS2(3, NODE2("10.0.0.2:2")),
		NULL};
	static const char *const watches[] = {OPEN, NULL};
	struct fetch *fetch = begin("etcd", reads, watches);

	UNTIL(shown(fetch) == 1);
	fetch_refresh(fetch);
	UNTIL(shown(fetch) == 2);
	/* Nothing was held back: there is nothing more to say. */
	UNTIL(!report_of(fetch)->why[0]);
	end(fetch);
}

TEST(a_path_that_is_not_there_is_an_answer)
{
	static const char *const reads[] = {
		REFUSED("404 Not Found") INDEX(5) JSON
		"{\"errorCode\":100,\"message\":\"Key not found\","
		"\"cause\":\"/services\",\"index\":5}",
		NULL};
	static const char *const watches[] = {
		EVENT2(6, "set", "10.0.0.2:2"), OPEN, NULL};
	struct fetch *fetch = begin("etcd", reads, watches);

	UNTIL(report_of(fetch)->complete);
	assert(strstr(report_of(fetch)->why, "there is nothing at /services"));
	UNTIL(shown(fetch) == 2);
	UNTIL(!report_of(fetch)->why[0]);
	assert(report_of(fetch)->failures == 0);
	end(fetch);
}
