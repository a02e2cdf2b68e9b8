/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/running.h"

static const char *const backends =
	"backend one\n\tbalance roundrobin\n"
	"\tserver a 127.0.0.1:31001 cookie k\n"
	"\tserver n localhost:31002\n"
	"backend fixed\n\tbalance static-rr\n"
	"\tserver a 127.0.0.1:31001\n"
	"backend tracked\n\tbalance leastconn\n"
	"\tserver a 127.0.0.1:31001 check\n"
	"\tserver b 127.0.0.1:31002 track tracked/a\n";

struct scene {
	struct running running;
	struct haproxy_runtime *runtime;
	struct runtime_server servers[3];
	struct runtime_backend backend;
	struct why why;
};

static void scene_start(struct scene *scene, const char *backend)
{
	struct runtime_server server = {.name = "a",
		.host = "127.0.0.1",
		.port = 31001,
		.weight = 1,
		.words = ""};

	memset(scene, 0, sizeof(*scene));
	running_start(&scene->running, "http", backends);
	scene->runtime = runtime_of(&scene->running);
	for (size_t i = 0; i < 3; i++)
		scene->servers[i] = server;
	scene->backend =
		(struct runtime_backend){backend, NULL, scene->servers, 1};
}

/* Backend one as it is, and room for a third server. */
static struct runtime_server *scene_one(struct scene *scene)
{
	scene_start(scene, "one");
	scene->servers[0].words = "cookie k";
	scene->servers[1].name = "n";
	scene->servers[1].host = "localhost";
	scene->servers[1].port = 31002;
	scene->servers[2].name = "new";
	scene->backend.count = 2;
	return &scene->servers[2];
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

/* Needs a reload, says so with these words, and again when asked again. */
static void expect_refusal(struct scene *scene, const char *words)
{
	for (int i = 0; i < 2; i++) {
		scene->why.text[0] = '\0';
		assert(apply(scene) == 1);
		if (!strstr(scene->why.text, words))
			printf("  %s\n", scene->why.text);
		assert(strstr(scene->why.text, words));
	}
}

TEST(a_backend_that_haproxy_has_not)
{
	struct scene scene;

	scene_start(&scene, "other");
	expect_refusal(&scene, "other: haproxy has no such backend");
	scene_stop(&scene);
}

TEST(a_server_for_a_static_algorithm)
{
	struct scene scene;

	scene_start(&scene, "fixed");
	assert(apply(&scene) == 0);
	scene.servers[1].name = "b";
	scene.backend.count = 2;
	expect_refusal(&scene, "b: Backend must use a dynamic load balancing");
	running_expect(&scene.running, "fixed", "b", NULL);
	scene_stop(&scene);
}

TEST(a_weight_for_a_static_algorithm)
{
	struct scene scene;

	scene_start(&scene, "fixed");
	scene.servers[0].weight = 2;
	expect_refusal(&scene, "a: Backend is using a static LB algorithm");
	running_expect(&scene.running, "fixed", "a", "127.0.0.1:31001 1 0 0");
	scene_stop(&scene);
}

TEST(a_word_that_no_new_server_may_have)
{
	struct scene scene;

	scene_one(&scene)->words = "cookie x";
	assert(apply(&scene) == 0);
	scene.backend.count = 3;
	expect_refusal(&scene, "new: 'cookie' option is not accepted");
	running_expect(&scene.running, "one", "new", NULL);
	scene_stop(&scene);
}

TEST(a_weight_beyond_what_there_is)
{
	struct scene scene;

	scene_one(&scene);
	scene.servers[0].weight = 257;
	expect_refusal(&scene, "a: Absolute weight can only be between");
	scene_stop(&scene);
}

TEST(an_option_of_a_server_in_use)
{
	struct scene scene;

	scene_one(&scene);
	assert(apply(&scene) == 0);
	scene.servers[0].words = "cookie other";
	expect_refusal(&scene, "one/a: other options");
	scene.servers[0].words = "cookie k check";
	expect_refusal(&scene, "one/a: other options");
	scene.servers[0].words = "cookie k";
	scene.servers[0].id = 77;
	expect_refusal(&scene, "one/a: other options");
	scene.servers[0].id = 0;
	assert(apply(&scene) == 0);
	scene_stop(&scene);
}

TEST(an_option_that_was_there_before_us)
{
	struct scene scene;

	scene_one(&scene);
	scene.servers[0].words = "cookie other";
	expect_refusal(&scene, "one/a: other options");
	scene_stop(&scene);
}

TEST(a_name_as_a_new_address)
{
	struct scene scene;
	struct runtime_server *new = scene_one(&scene);

	new->host = "localhost";
	scene.backend.count = 3;
	expect_refusal(&scene, "one/new: haproxy resolves no name");
	scene.backend.count = 2;
	scene.servers[0].host = "localhost";
	expect_refusal(&scene, "one/a: haproxy takes no name");
	scene_stop(&scene);
}

TEST(a_name_that_stays_can_change_its_port)
{
	struct scene scene;

	scene_one(&scene);
	assert(apply(&scene) == 0);
	scene.servers[1].port = 31003;
	assert(apply(&scene) == 0);
	running_expect(&scene.running, "one", "n", "127.0.0.1:31003 1 0 0");
	scene.servers[1].host = "127.0.0.2";
	assert(apply(&scene) == 0);
	running_expect(&scene.running, "one", "n", "127.0.0.2:31003 1 0 0");
	/* what the name was is lost now */
	scene.servers[1].host = "localhost";
	expect_refusal(&scene, "one/n: haproxy takes no name");
	scene_stop(&scene);
}

TEST(words_that_would_be_another_command)
{
	static const char *const bad[] = {"check\nshow info",
		"check; show info", "sni \"x\"", "a\\ b", "agent-send x<<"};
	struct scene scene;
	struct runtime_server *new = scene_one(&scene);

	scene.backend.count = 3;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		new->words = bad[i];
		expect_refusal(&scene, "cannot be told");
	}
	new->words = "";
	new->name = "a b";
	expect_refusal(&scene, "cannot be told");
	new->name = "#1";
	expect_refusal(&scene, "cannot be told");
	new->name = "x/y";
	expect_refusal(&scene, "cannot be told");
	new->name = "";
	expect_refusal(&scene, "cannot be told");
	scene.backend.name = "one;show info";
	expect_refusal(&scene, "cannot be told");
	scene_stop(&scene);
}

/* Others are served all the same. */
TEST(what_can_be_done_is_done)
{
	struct scene scene;

	scene_one(&scene)->words = "cookie x";
	scene.servers[0].weight = 5;
	scene.backend.count = 3;
	assert(apply(&scene) == 1);
	running_expect(&scene.running, "one", "a", "127.0.0.1:31001 5 0 0");
	scene_stop(&scene);
}

TEST(a_server_that_others_name_stays_in_maintenance)
{
	struct scene scene;

	scene_start(&scene, "tracked");
	scene.servers[0].name = "b";
	scene.servers[0].port = 31002;
	scene.servers[0].words = "track tracked/a";
	assert(apply(&scene) == 0);
	assert(haproxy_runtime_waiting(scene.runtime) == 1);
	assert(apply(&scene) == 0);
	running_expect(&scene.running, "tracked", "a", "127.0.0.1:31001 1 1 0");
	scene_stop(&scene);
}

TEST(a_socket_that_may_not_change_anything)
{
	struct runtime_settings settings = {.socket = "", .timeout_ms = 5000};
	struct haproxy_runtime *runtime;
	struct scene scene;
	char path[80], rest[400];

	scene_one(&scene);
	snprintf(path, sizeof(path), "abns@mmsdfs-unit-%d", (int)getpid());
	snprintf(rest, sizeof(rest),
		"%sglobal\n\tstats socket %s mode 600 level operator\n",
		backends, path);
	running_reload(&scene.running, "http", rest);
	settings.socket = path;
	assert(haproxy_runtime_new(&settings, &runtime) == 0);
	scene.servers[0].weight = 9;
	assert(haproxy_runtime_apply(runtime, &scene.backend, 1, &scene.why)
		== 1);
	assert(strstr(scene.why.text, "Permission denied"));
	haproxy_runtime_free(runtime);
	scene_stop(&scene);
}
