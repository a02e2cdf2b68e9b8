/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fetch/clock.h"
#include "tests/unit/running.h"

/* Two servers, and a haproxy that has the first. */
struct scene {
	struct origin a, b;
	struct running running;
	struct haproxy_runtime *runtime;
	struct runtime_server servers[2];
	struct runtime_backend backend;
	struct why why;
};

static struct runtime_server server_of(
	const char *name, const struct origin *origin)
{
	return (struct runtime_server){.name = name,
		.host = "127.0.0.1",
		.port = origin->port,
		.weight = 1,
		.words = "weight 1"};
}

static void scene_start(struct scene *scene, const char *mode)
{
	char rest[256];

	memset(scene, 0, sizeof(*scene));
	origin_start(&scene->a);
	origin_start(&scene->b);
	snprintf(rest, sizeof(rest),
		"backend one\n\tbalance roundrobin\n"
		"\tserver a 127.0.0.1:%u weight 1\n",
		scene->a.port);
	running_start(&scene->running, mode, rest);
	scene->runtime = runtime_of(&scene->running);
	scene->servers[0] = server_of("a", &scene->a);
	scene->servers[1] = server_of("b", &scene->b);
	scene->backend =
		(struct runtime_backend){"one", NULL, scene->servers, 1};
}

static void scene_stop(struct scene *scene)
{
	haproxy_runtime_free(scene->runtime);
	running_stop(&scene->running);
	origin_stop(&scene->a);
	origin_stop(&scene->b);
}

static void apply(struct scene *scene)
{
	int r = haproxy_runtime_apply(
		scene->runtime, &scene->backend, 1, &scene->why);

	if (r != 0)
		printf("  %d: %s\n", r, scene->why.text);
	assert(r == 0);
}

static void expect(struct scene *scene, const char *server,
	const struct origin *origin, const char *rest)
{
	char text[128];

	snprintf(text, sizeof(text), "127.0.0.1:%u %s", origin->port, rest);
	running_expect(&scene->running, "one", server, text);
}

/* Only the second. */
static void apply_second(struct scene *scene)
{
	scene->backend.servers = scene->servers + 1;
	scene->backend.count = 1;
	apply(scene);
}

static void apply_both(struct scene *scene)
{
	scene->backend.servers = scene->servers;
	scene->backend.count = 2;
	apply(scene);
}

TEST(what_is_as_wanted_stays)
{
	struct scene scene;

	scene_start(&scene, "tcp");
	apply(&scene);
	apply(&scene);
	expect(&scene, "a", &scene.a, "1 0 0");
	assert(client_get_once(&scene.running) == scene.a.port);
	scene_stop(&scene);
}

TEST(a_new_server_gets_clients)
{
	struct scene scene;
	uint16_t first, second;

	scene_start(&scene, "tcp");
	scene.servers[1].id = 14676;
	scene.servers[1].maxconn = 7;
	scene.servers[1].words = "check inter 10s id 14676 maxconn 7";
	apply_both(&scene);
	expect(&scene, "b", &scene.b, "1 0 7");
	first = client_get_once(&scene.running);
	second = client_get_once(&scene.running);
	assert(first != second);
	assert(first == scene.b.port || second == scene.b.port);
	scene_stop(&scene);
}

static uint32_t check_of(const struct scene *scene, const char *server)
{
	struct known known = {0};
	struct known_server *found;
	size_t hint = 0;
	uint32_t check;

	found = known_server_find(
		running_look(&scene->running, &known, "one"), server, &hint);
	assert(found);
	check = found->check;
	known_done(&known);
	return check;
}

static bool is_down(const struct scene *scene, const char *server)
{
	CLEANUP(free)
	char *stat = running_ask(&scene->running, "show stat one 4 -1");
	char begin[32];
	const char *line;

	snprintf(begin, sizeof(begin), "one,%s,", server);
	line = strstr(stat, begin);
	assert(line);
	line = strstr(line, ",DOWN");
	return line != NULL;
}

TEST(a_new_server_is_checked)
{
	struct scene scene;
	int64_t deadline = clock_now_ms() + 10000;

	scene_start(&scene, "tcp");
	scene.servers[1].port = 1; /* nobody there */
	scene.servers[1].words = "check inter 10ms fall 1";
	apply_both(&scene);
	assert(check_of(&scene, "b") & KNOWN_CHECK_ENABLED);
	/* until the check has failed, every second client goes there */
	while (client_get_once(&scene.running) == 0
		|| client_get_once(&scene.running) == 0)
		assert(clock_now_ms() < deadline);
	scene_stop(&scene);
}

TEST(an_address_changes_in_place)
{
	struct scene scene;

	scene_start(&scene, "tcp");
	apply(&scene);
	scene.servers[0].port = scene.b.port;
	apply(&scene);
	assert(client_get_once(&scene.running) == scene.b.port);
	scene.servers[0].host = "::1";
	apply(&scene);
	scene.servers[0].host = "0:0:0:0:0:0:0:1";
	apply(&scene);
	scene.servers[0].host = "127.0.0.1";
	scene.servers[0].port = scene.a.port;
	apply(&scene);
	expect(&scene, "a", &scene.a, "1 0 0");
	assert(client_get_once(&scene.running) == scene.a.port);
	scene_stop(&scene);
}

TEST(a_server_that_was_down_serves_at_once_at_its_new_address)
{
	struct scene scene;
	int64_t deadline = clock_now_ms() + 10000;

	scene_start(&scene, "tcp");
	scene.servers[1].port = 1; /* nobody there */
	scene.servers[1].words = "check inter 1s fall 1 rise 50";
	apply_second(&scene);
	while (!is_down(&scene, "b"))
		assert(clock_now_ms() < deadline);
	scene.servers[1].port = scene.b.port;
	apply_second(&scene);
	assert(client_get_once(&scene.running) == scene.b.port);
	scene_stop(&scene);
}

TEST(weights_and_limits_change)
{
	struct scene scene;

	scene_start(&scene, "tcp");
	apply(&scene);
	scene.servers[0].weight = 256;
	scene.servers[0].maxconn = 20;
	apply(&scene);
	expect(&scene, "a", &scene.a, "256 0 20");
	scene.servers[0].weight = 0;
	scene.servers[0].maxconn = 0;
	apply(&scene);
	expect(&scene, "a", &scene.a, "0 0 0");
	scene_stop(&scene);
}

TEST(a_drained_server_keeps_its_connections)
{
	struct scene scene;
	int client;

	scene_start(&scene, "tcp");
	apply(&scene);
	client = client_open(&scene.running);
	assert(client_get(client) == scene.a.port);
	scene.servers[0].drained = true;
	apply_both(&scene);
	for (int i = 0; i < 4; i++) {
		assert(client_get_once(&scene.running) == scene.b.port);
		assert(client_get(client) == scene.a.port);
	}
	expect(&scene, "a", &scene.a, "1 8 0");
	scene.servers[0].drained = false;
	scene.servers[1].drained = true;
	apply_both(&scene);
	assert(client_get_once(&scene.running) == scene.a.port);
	close(client);
	scene_stop(&scene);
}

TEST(a_new_server_can_come_drained)
{
	struct scene scene;

	scene_start(&scene, "tcp");
	scene.servers[1].drained = true;
	apply_both(&scene);
	expect(&scene, "b", &scene.b, "1 8 0");
	for (int i = 0; i < 4; i++)
		assert(client_get_once(&scene.running) == scene.a.port);
	scene_stop(&scene);
}

TEST(a_server_without_connections_goes_at_once)
{
	struct scene scene;

	scene_start(&scene, "tcp");
	apply(&scene);
	apply_second(&scene);
	running_expect(&scene.running, "one", "a", NULL);
	assert(haproxy_runtime_waiting(scene.runtime) == 0);
	assert(client_get_once(&scene.running) == scene.b.port);
	scene_stop(&scene);
}

static void tick_until_gone(struct scene *scene)
{
	int64_t deadline = clock_now_ms() + 20000;

	while (haproxy_runtime_waiting(scene->runtime) > 0) {
		assert(haproxy_runtime_tick(scene->runtime, &scene->why) == 0);
		assert(clock_now_ms() < deadline);
		usleep(20000);
	}
}

TEST(a_server_with_connections_goes_after_them)
{
	struct scene scene;
	int client;

	scene_start(&scene, "tcp");
	apply(&scene);
	client = client_open(&scene.running);
	assert(client_get(client) == scene.a.port);
	apply_second(&scene);
	apply_second(&scene);
	expect(&scene, "a", &scene.a, "1 1 0");
	assert(haproxy_runtime_waiting(scene.runtime) == 1);
	assert(haproxy_runtime_tick(scene.runtime, &scene.why) == 0);
	assert(client_get(client) == scene.a.port);
	assert(client_get_once(&scene.running) == scene.b.port);
	close(client);
	tick_until_gone(&scene);
	running_expect(&scene.running, "one", "a", NULL);
	scene_stop(&scene);
}

TEST(an_idle_connection_kept_for_reuse_does_not_hold_it)
{
	struct scene scene;
	int client;

	scene_start(&scene, "http");
	apply(&scene);
	client = client_open(&scene.running);
	assert(client_get(client) == scene.a.port);
	close(client);
	apply_second(&scene);
	tick_until_gone(&scene);
	running_expect(&scene.running, "one", "a", NULL);
	assert(client_get_once(&scene.running) == scene.b.port);
	scene_stop(&scene);
}

TEST(connections_are_ended_when_that_is_asked_for)
{
	struct runtime_settings settings = {.timeout_ms = 5000};
	struct scene scene;
	int client;

	scene_start(&scene, "tcp");
	haproxy_runtime_free(scene.runtime);
	settings.socket = scene.running.socket;
	settings.shutdown = true;
	assert(haproxy_runtime_new(&settings, &scene.runtime) == 0);
	client = client_open(&scene.running);
	assert(client_get(client) == scene.a.port);
	apply_second(&scene);
	assert(client_get(client) == 0);
	close(client);
	tick_until_gone(&scene);
	scene_stop(&scene);
}

TEST(a_name_that_returns_takes_its_old_place)
{
	struct scene scene;
	int client;

	scene_start(&scene, "tcp");
	apply(&scene);
	client = client_open(&scene.running);
	assert(client_get(client) == scene.a.port);
	apply_second(&scene);
	expect(&scene, "a", &scene.a, "1 1 0");
	scene.servers[0].port = scene.b.port;
	scene.servers[0].weight = 9;
	apply_both(&scene);
	expect(&scene, "a", &scene.b, "9 0 0");
	assert(haproxy_runtime_waiting(scene.runtime) == 0);
	assert(client_get(client) == scene.a.port);
	close(client);
	scene_stop(&scene);
}

TEST(a_name_that_went_drained_can_return_so)
{
	struct scene scene;
	int client;

	scene_start(&scene, "tcp");
	scene.servers[0].drained = true;
	client = client_open(&scene.running);
	assert(client_get(client) == scene.a.port);
	apply_both(&scene);
	apply_second(&scene);
	apply_both(&scene);
	expect(&scene, "a", &scene.a, "1 8 0");
	apply_second(&scene);
	scene.servers[0].drained = false;
	apply_both(&scene);
	expect(&scene, "a", &scene.a, "1 0 0");
	assert(client_get(client) == scene.a.port);
	close(client);
	scene_stop(&scene);
}

TEST(a_name_that_returns_with_other_options_is_made_anew)
{
	struct scene scene;

	scene_start(&scene, "tcp");
	apply(&scene);
	free(running_ask(&scene.running, "set server one/a state maint"));
	/* noticed, as the backend is read again with the other's change */
	scene.servers[0].words = "check";
	apply_both(&scene);
	assert(check_of(&scene, "a") & KNOWN_CHECK_ENABLED);
	expect(&scene, "a", &scene.a, "1 0 0");
	scene_stop(&scene);
}

TEST(the_defaults_go_with_a_new_server)
{
	struct scene scene;

	scene_start(&scene, "tcp");
	scene.backend.defaults = "init-addr last,libc,none check inter 10s";
	scene.servers[0].words = "no-check";
	scene.backend.servers = scene.servers + 1;
	scene.backend.count = 1;
	apply(&scene);
	assert(check_of(&scene, "b") & KNOWN_CHECK_ENABLED);
	apply(&scene);
	/* the same options, said otherwise */
	scene.backend.defaults = NULL;
	scene.servers[1].words = "check inter 10s";
	apply(&scene);
	scene.servers[1].words = "check inter 11s";
	assert(haproxy_runtime_apply(
		       scene.runtime, &scene.backend, 1, &scene.why)
		== 1);
	assert(haproxy_runtime_apply(
		       scene.runtime, &scene.backend, 1, &scene.why)
		== 1);
	scene_stop(&scene);
}
