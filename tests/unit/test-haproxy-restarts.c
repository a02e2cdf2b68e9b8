/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fetch/clock.h"
#include "tests/unit/running.h"

static const char *const first = "backend one\n\tbalance roundrobin\n"
				 "\tserver a 127.0.0.1:31001\n";
static const char *const second = "backend one\n\tbalance roundrobin\n"
				  "\tserver x 127.0.0.1:31009\n";

struct scene {
	struct running running;
	struct haproxy_runtime *runtime;
	struct runtime_server servers[2];
	struct runtime_backend backend;
	struct why why;
};

static void scene_start(struct scene *scene)
{
	struct runtime_server server = {.name = "a",
		.host = "127.0.0.1",
		.port = 31001,
		.weight = 1,
		.words = ""};

	memset(scene, 0, sizeof(*scene));
	running_start(&scene->running, "tcp", first);
	scene->runtime = runtime_of(&scene->running);
	scene->servers[0] = server;
	server.name = "b";
	server.port = 31002;
	scene->servers[1] = server;
	scene->backend =
		(struct runtime_backend){"one", NULL, scene->servers, 2};
}

static void scene_stop(struct scene *scene)
{
	haproxy_runtime_free(scene->runtime);
	running_stop(&scene->running);
}

static int apply(struct scene *scene)
{
	return haproxy_runtime_apply(
		scene->runtime, &scene->backend, 1, &scene->why);
}

static void expect_both(struct scene *scene)
{
	running_expect(&scene->running, "one", "a", "127.0.0.1:31001 1 0 0");
	running_expect(&scene->running, "one", "b", "127.0.0.1:31002 1 0 0");
}

TEST(after_a_reload_everything_is_compared_anew)
{
	struct scene scene;
	pid_t old;

	scene_start(&scene);
	assert(apply(&scene) == 0);
	expect_both(&scene);
	old = running_reload(&scene.running, "tcp", second);
	running_expect(&scene.running, "one", "a", NULL);
	assert(apply(&scene) == 0);
	expect_both(&scene);
	running_expect(&scene.running, "one", "x", NULL);
	waitpid(old, NULL, 0);
	scene_stop(&scene);
}

TEST(a_change_right_after_a_reload_comes_too)
{
	struct scene scene;
	pid_t old;

	scene_start(&scene);
	assert(apply(&scene) == 0);
	old = running_reload(&scene.running, "tcp", second);
	scene.servers[1].weight = 7;
	assert(apply(&scene) == 0);
	running_expect(&scene.running, "one", "b", "127.0.0.1:31002 7 0 0");
	running_expect(&scene.running, "one", "x", NULL);
	waitpid(old, NULL, 0);
	scene_stop(&scene);
}

TEST(the_tick_notices_a_reload)
{
	struct scene scene;
	pid_t old;

	scene_start(&scene);
	assert(haproxy_runtime_tick(scene.runtime, &scene.why) == 1);
	assert(apply(&scene) == 0);
	assert(haproxy_runtime_tick(scene.runtime, &scene.why) == 0);
	old = running_reload(&scene.running, "tcp", second);
	assert(haproxy_runtime_tick(scene.runtime, &scene.why) == 1);
	assert(apply(&scene) == 0);
	assert(haproxy_runtime_tick(scene.runtime, &scene.why) == 0);
	expect_both(&scene);
	waitpid(old, NULL, 0);
	scene_stop(&scene);
}

TEST(what_waited_in_the_old_process_is_forgotten)
{
	struct origin origin;
	struct scene scene;
	int client;
	pid_t old;

	scene_start(&scene);
	origin_start(&origin);
	scene.servers[0].port = origin.port;
	scene.backend.count = 1;
	assert(apply(&scene) == 0);
	client = client_open(&scene.running);
	assert(client_get(client) == origin.port);
	scene.backend.servers = scene.servers + 1;
	assert(apply(&scene) == 0);
	assert(haproxy_runtime_waiting(scene.runtime) == 1);
	old = running_reload(&scene.running, "tcp", second);
	assert(apply(&scene) == 0);
	assert(haproxy_runtime_waiting(scene.runtime) == 0);
	close(client);
	waitpid(old, NULL, 0);
	origin_stop(&origin);
	scene_stop(&scene);
}

TEST(a_killed_haproxy_is_an_error_and_another_is_met)
{
	struct scene scene;
	int64_t before;
	int r;

	scene_start(&scene);
	assert(apply(&scene) == 0);
	running_kill(&scene.running);
	before = clock_now_ms();
	r = apply(&scene);
	assert(r == -ECONNREFUSED);
	assert(strstr(scene.why.text, "Connection refused"));
	assert(haproxy_runtime_tick(scene.runtime, &scene.why) == 1);
	assert(clock_now_ms() - before < 5000);
	running_stop(&scene.running);
	running_start(&scene.running, "tcp", second);
	haproxy_runtime_free(scene.runtime);
	scene.runtime = runtime_of(&scene.running);
	assert(apply(&scene) == 0);
	expect_both(&scene);
	scene_stop(&scene);
}

TEST(a_haproxy_that_stands_still_is_an_error)
{
	struct runtime_settings settings = {.timeout_ms = 1000};
	struct scene scene;

	scene_start(&scene);
	haproxy_runtime_free(scene.runtime);
	settings.socket = scene.running.socket;
	assert(haproxy_runtime_new(&settings, &scene.runtime) == 0);
	assert(apply(&scene) == 0);
	kill(scene.running.pid, SIGSTOP);
	assert(waitpid(scene.running.pid, NULL, WUNTRACED) > 0);
	assert(apply(&scene) == -ETIMEDOUT);
	kill(scene.running.pid, SIGCONT);
	assert(apply(&scene) == 0);
	expect_both(&scene);
	scene_stop(&scene);
}

/* It keeps what it was told; we only have to look. */
TEST(a_second_runtime_takes_over)
{
	struct scene scene;

	scene_start(&scene);
	assert(apply(&scene) == 0);
	haproxy_runtime_free(scene.runtime);
	scene.runtime = runtime_of(&scene.running);
	assert(apply(&scene) == 0);
	expect_both(&scene);
	scene.backend.count = 1;
	assert(apply(&scene) == 0);
	running_expect(&scene.running, "one", "b", NULL);
	scene_stop(&scene);
}
