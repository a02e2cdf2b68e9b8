/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/running.h"

enum { BACKENDS = 1000, SERVERS = 10, ROUNDS = 20, CROWD = 1500 };

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static char backend_names[BACKENDS][16];
static char server_names[CROWD][16];
static struct runtime_server servers[BACKENDS][SERVERS + 1];
static struct runtime_backend backends[BACKENDS];

static void name_servers(struct runtime_server *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		snprintf(server_names[i], sizeof(server_names[i]), "s%zu", i);
		list[i] = (struct runtime_server){.name = server_names[i],
			.host = "127.0.0.1",
			.port = (uint16_t)(2000 + i),
			.weight = 1,
			.words = "inter 10s fall 3"};
	}
}

/* The configuration of all backends, which the caller frees. */
static char *make_backends(void)
{
	size_t length;
	char *text;
	FILE *out = open_memstream(&text, &length);

	assert(out);
	fputs("backend one\n\tbalance roundrobin\n", out);
	for (size_t i = 0; i < BACKENDS; i++) {
		snprintf(backend_names[i], sizeof(backend_names[i]), "b%zu", i);
		name_servers(servers[i], SERVERS + 1);
		backends[i] = (struct runtime_backend){
			backend_names[i], NULL, servers[i], SERVERS};
		fprintf(out, "backend b%zu\n\tbalance leastconn\n", i);
		for (size_t j = 0; j < SERVERS; j++)
			fprintf(out, "\tserver s%zu 127.0.0.1:%zu inter 10s\n",
				j, 2000 + j);
	}
	assert(fclose(out) == 0);
	return text;
}

static double apply(struct haproxy_runtime *runtime, size_t from, size_t count)
{
	double before = now_ms();
	struct why why;
	int r;

	r = haproxy_runtime_apply(runtime, backends + from, count, &why);
	if (r != 0)
		printf("  %d: %s\n", r, why.text);
	assert(r == 0);
	return now_ms() - before;
}

/* Adds or removes one server of one backend; count backends are handed over. */
static double change(struct haproxy_runtime *runtime, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < ROUNDS; i++) {
		size_t at = (i * 37) % BACKENDS;

		backends[at].count = SERVERS + (i % 2 == 0);
		sum += apply(runtime, count == 1 ? at : 0, count);
		backends[at].count = SERVERS;
		sum += apply(runtime, count == 1 ? at : 0, count);
	}
	return sum / (2 * ROUNDS);
}

TEST(a_change_among_a_thousand_backends)
{
	CLEANUP(free) char *rest = make_backends();
	struct haproxy_runtime *runtime;
	struct running running;

	running_start(&running, "tcp", rest);
	runtime = runtime_of(&running);
	printf("  the first look: %.1f ms\n", apply(runtime, 0, BACKENDS));
	printf("  nothing changed: %.2f ms\n", apply(runtime, 0, BACKENDS));
	printf("  a change, one backend handed over: %.2f ms\n",
		change(runtime, 1));
	printf("  a change, all handed over: %.2f ms\n",
		change(runtime, BACKENDS));
	for (size_t i = 0; i < BACKENDS; i++)
		servers[i][0].port = 1999;
	printf("  a change of each: %.1f ms\n", apply(runtime, 0, BACKENDS));
	running_expect(&running, "b999", "s0", "127.0.0.1:1999 1 0 0");
	haproxy_runtime_free(runtime);
	running_stop(&running);
}

TEST(a_crowd_in_one_backend)
{
	static struct runtime_server crowd[CROWD];
	struct runtime_backend backend = {"one", NULL, crowd, CROWD};
	struct haproxy_runtime *runtime;
	struct running running;
	struct why why;
	double before;

	name_servers(crowd, CROWD);
	running_start(&running, "tcp", "backend one\n\tbalance roundrobin\n");
	runtime = runtime_of(&running);
	before = now_ms();
	assert(haproxy_runtime_apply(runtime, &backend, 1, &why) == 0);
	printf("  added: %.0f ms\n", now_ms() - before);
	running_expect(&running, "one", "s1499", "127.0.0.1:3499 1 0 0");
	backend.count = 1;
	assert(haproxy_runtime_apply(runtime, &backend, 1, &why) == 0);
	running_expect(&running, "one", "s1499", NULL);
	running_expect(&running, "one", "s0", "127.0.0.1:2000 1 0 0");
	haproxy_runtime_free(runtime);
	running_stop(&running);
}

enum { NAMES = 8, WISHES = 200 };

static uint32_t random_state;

static uint32_t random_below(uint32_t limit)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 16) % limit;
}

/* Some of the names, anyhow. */
static size_t wish(struct runtime_server *list, const struct origin *origins)
{
	size_t count = 0;

	for (size_t i = 0; i < NAMES; i++) {
		if (random_below(3) == 0)
			continue;
		list[count++] = (struct runtime_server){
			.name = server_names[i],
			.host = "127.0.0.1",
			.port = origins[random_below(2)].port,
			.weight = random_below(257),
			.maxconn = random_below(2) * 50,
			.drained = random_below(4) == 0,
			.words = i % 2 ? "check inter 10s" : "",
		};
	}
	return count;
}

static void expect_wish(const struct running *running,
	const struct runtime_server *list, size_t count)
{
	char text[64];

	for (size_t i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "127.0.0.1:%u %u %u %u",
			list[i].port, list[i].weight,
			list[i].drained ? KNOWN_DRAIN : 0, list[i].maxconn);
		running_expect(running, "one", list[i].name, text);
	}
}

/* Those that are there beyond the wish are in maintenance. */
static void expect_no_more(const struct running *running, size_t count)
{
	struct known known = {0};
	struct known_backend *backend = running_look(running, &known, "one");
	size_t serving = 0;

	for (size_t i = 0; i < backend->count; i++)
		serving += !(backend->servers[i].admin & KNOWN_MAINT);
	assert(serving == count);
	known_done(&known);
}

TEST(any_row_of_wishes_comes_true)
{
	struct runtime_server list[NAMES], names[NAMES];
	struct runtime_backend backend = {"one", NULL, list, 0};
	struct haproxy_runtime *runtime;
	struct running running;
	struct origin origins[2];
	int clients[WISHES];
	struct why why;

	name_servers(names, NAMES);
	origin_start(&origins[0]);
	origin_start(&origins[1]);
	running_start(&running, "tcp", "backend one\n\tbalance roundrobin\n");
	runtime = runtime_of(&running);
	for (size_t i = 0; i < WISHES; i++) {
		backend.count = wish(list, origins);
		assert(haproxy_runtime_apply(runtime, &backend, 1, &why) == 0);
		expect_wish(&running, list, backend.count);
		expect_no_more(&running, backend.count);
		clients[i] = client_open(&running);
		/* nobody answers where all are drained or weigh nothing */
		client_send(clients[i]);
		if (i >= 8)
			close(clients[i - 8]);
		assert(haproxy_runtime_tick(runtime, &why) == 0);
	}
	for (size_t i = WISHES - 8; i < WISHES; i++)
		close(clients[i]);
	haproxy_runtime_free(runtime);
	running_stop(&running);
	origin_stop(&origins[0]);
	origin_stop(&origins[1]);
}
