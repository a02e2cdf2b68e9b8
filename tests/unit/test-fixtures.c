/* SPDX-License-Identifier: MIT */
/*
 * Real payloads, where they are there: test-fixtures FOLDER. What each holds
 * was worked out by hand from its text.
 */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/event_json.h"
#include "fetch/list.h"
#include "fetch/sse.h"

static const struct app_reader reader = {.source = "marathon", .first = true};

static char *read_file(const char *name, size_t *ret_length)
{
	char path[4096], *text;
	size_t length;
	FILE *file;

	assert(unit_argc == 2);
	snprintf(path, sizeof(path), "%s/%s", unit_argv[1], name);
	file = fopen(path, "re");
	if (!file)
		printf("no %s\n", path);
	assert(file);
	text = calloc(1, (4 << 20) + 1);
	assert(text);
	length = fread(text, 1, 4 << 20, file);
	fclose(file);
	*ret_length = length;
	return text;
}

/* "host:port host:port", of the first port, serving. */
static void expect_endpoints(const struct app *app, const char *expected)
{
	char got[1024] = "";
	size_t length = 0;

	for (uint32_t i = 0; i < app->instance_count; i++) {
		const struct instance *instance = &app->instances[i];

		if (instance->state != INSTANCE_SERVING || !app->port_count)
			continue;
		length += (size_t)snprintf(got + length, sizeof(got) - length,
			"%s%s:%u", length ? " " : "",
			instance->endpoints[0].host,
			instance->endpoints[0].port);
	}
	if (strcmp(got, expected) != 0)
		printf("%s: got '%s', wanted '%s'\n", app->key.id, got,
			expected);
	assert(strcmp(got, expected) == 0);
}

struct expected {
	const char *file, *id, *endpoints;
	unsigned service_port;
};

#define GREEN "10.0.6.25:16916 10.0.6.25:23336 10.0.6.25:31184"
#define TOGGLE "10.141.141.10:31045 10.141.141.10:31234"

TEST(the_endpoints_of_every_list_are_those_worked_out_by_hand)
{
	static const struct expected table[] = {
		{"apps/app-zdd-blue-1.5-marathonlb.json", "/nginx-green",
			GREEN, 10000},
		{"apps/app-zdd-blue-CAPTURED-marathonlb.json", "/nginx-green",
			GREEN, 10000},
		{"apps/apps-zdd-list-marathonlb.json", "/nginx-green", GREEN,
			10000},
		{"apps/apps-zdd-list-marathonlb.json", "/nginx-blue",
			"10.0.1.147:25724", 10001},
		{"apps/apps-embed-tasks-1.5-bridge-CAPTURED-marathonlb.json",
			"/pywebserver", "10.0.2.148:1565", 10101},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		CLEANUP(catalog_unref) struct catalog *catalog = NULL;
		CLEANUP(list_free) struct list *list = NULL;
		CLEANUP(free) char *text = NULL;
		struct app_key key = {table[i].id, "marathon"};
		struct why why = {""}, first_bad = {""};
		const struct app *app;
		size_t length, bad;

		text = read_file(table[i].file, &length);
		assert(list_new(&reader, NULL, &list) == 0);
		assert(list_feed(list, text, length, &why) == 0);
		assert(list_end(list, &catalog, &bad, &first_bad, &why) == 0);
		assert(bad == 0);
		app = catalog_find(catalog, &key);
		assert(app);
		assert(app->ports[0].service_port == table[i].service_port);
		expect_endpoints(app, table[i].endpoints);
	}
}

static const struct app *nobody(void *context, const char *id)
{
	(void)context;
	(void)id;
	return NULL;
}

TEST(the_endpoints_of_every_single_app_are_those_worked_out_by_hand)
{
	static const struct expected table[] = {
		{"apps/app-with-tasks-health-gomarathon.json", "/fake-app",
			TOGGLE, 9000},
		{"apps/apps-list-0.8.0-docs.json", "/toggle", TOGGLE, 10000},
		{"apps/apps-list-0.8.2-docs.json", "/toggle", TOGGLE, 10000},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		CLEANUP(app_unref) struct app *app = NULL;
		CLEANUP(free) char *text = NULL;
		struct why why = {""};
		size_t length;

		text = read_file(table[i].file, &length);
		assert(app_reply_from_json(&reader, text, length, nobody, NULL,
			       &app, &why)
			== 0);
		assert(app && strcmp(app->key.id, table[i].id) == 0);
		assert(app->ports[0].service_port == table[i].service_port);
		expect_endpoints(app, table[i].endpoints);
	}
}

/* The tasks of one app in a reply of /v2/tasks, as /v2/apps would embed them. */
static char *as_app(struct json_object *tasks, const char *id)
{
	struct json_object *app = json_object_new_object();
	struct json_object *mine = json_object_new_array();
	struct json_object *ports = NULL;
	char *text;

	for (size_t i = 0; i < json_object_array_length(tasks); i++) {
		struct json_object *task = json_object_array_get_idx(tasks, i);
		struct json_object *of = json_object_object_get(task, "appId");

		if (!of || strcmp(json_object_get_string(of), id) != 0)
			continue;
		json_object_array_add(mine, json_object_get(task));
		ports = json_object_object_get(task, "servicePorts");
		if (!ports)
			ports = json_object_object_get(task, "ports");
	}
	json_object_object_add(app, "id", json_object_new_string(id));
	json_object_object_add(app, "ports", json_object_get(ports));
	json_object_object_add(app, "tasks", mine);
	text = strdup(json_object_to_json_string(app));
	json_object_put(app);
	return text;
}

TEST(the_tasks_of_every_task_list_are_those_worked_out_by_hand)
{
	static const struct expected table[] = {
		{"tasks/app-tasks-1.1.7-docs.json",
			"/minecraft/survival-world",
			"srv7.hw.ca1.mesosphere.com:31756", 31756},
		/* staging: not given to anybody yet */
		{"tasks/app-tasks-1.11-docs.json", "/minecraft/survival-world",
			"", 31756},
		{"tasks/tasks-0.8.0-docs.json", "/bridged-webapp",
			"10.141.141.10:31000 10.141.141.10:31001", 9000},
		/* trimmed: neither state nor startedAt, so they do not run */
		{"tasks/tasks-canary-proxymatic.json", "/demo/webapp",
			"", 1234},
		{"tasks/tasks-canary-proxymatic.json", "/demo/webapp-canary",
			"", 10000},
		{"tasks/tasks-lboptions-proxymatic.json", "/demo/webapp",
			"", 1234},
		{"tasks/tasks-refresh-before-proxymatic.json", "/demo/webapp",
			"", 1234},
		{"tasks/tasks-refresh-after-proxymatic.json", "/demo/webapp",
			"", 1234},
		{"tasks/tasklist-1.11-test.json", "/my/app", "", 0},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		CLEANUP(app_unref) struct app *app = NULL;
		CLEANUP(free) char *text = NULL;
		CLEANUP(free) char *one = NULL;
		struct json_object *reply;
		struct why why = {""};
		size_t length;

		text = read_file(table[i].file, &length);
		reply = json_tokener_parse(text);
		one = as_app(json_object_object_get(reply, "tasks"),
			table[i].id);
		json_object_put(reply);
		if (app_from_json(&reader, one, strlen(one), 1, nobody, NULL,
			    &app, &why)
			< 0)
			printf("%s: %s\n", table[i].file, why.text);
		assert(app);
		if (table[i].service_port)
			assert(app->ports[0].service_port
				== table[i].service_port);
		expect_endpoints(app, table[i].endpoints);
	}
}

TEST(a_list_without_tasks_is_no_list_of_nothing)
{
	CLEANUP(list_free) struct list *list = NULL;
	CLEANUP(free) char *text = NULL;
	struct why why = {""};
	size_t length;

	text = read_file("apps/apps-list-1.11-docs.json", &length);
	assert(list_new(&reader, NULL, &list) == 0);
	assert(list_feed(list, text, length, &why) == -ENODATA);
	assert(strstr(why.text, "tasks"));
}

static void read_events_of(const char *folder, size_t expected)
{
	char path[4096];
	struct dirent *entry;
	size_t count = 0;
	DIR *directory;

	snprintf(path, sizeof(path), "%s/events/%s", unit_argv[1], folder);
	directory = opendir(path);
	assert(directory);
	while ((entry = readdir(directory))) {
		CLEANUP(free) char *text = NULL;
		struct event event;
		struct why why = {""};
		size_t length;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "events/%s/%.200s", folder,
			entry->d_name);
		text = read_file(path, &length);
		if (event_from_json("", text, length, &event, &why) < 0) {
			printf("%s: %s\n", path, why.text);
			continue;
		}
		count++;
		event_done(&event);
	}
	closedir(directory);
	assert(count == expected);
}

TEST(every_event_of_the_documentation_is_understood)
{
	read_events_of("docs-0.8", 11);
	read_events_of("docs-1.3", 7);
	read_events_of("docs-1.11", 20);
}

struct seen {
	size_t count, tasks, health, bad;
};

static int on_event(
	void *context, const char *type, const char *data, size_t length)
{
	struct seen *seen = context;
	struct event event;
	struct why why;

	seen->count++;
	if (!data || event_from_json(type, data, length, &event, &why) < 0) {
		seen->bad++;
		return 0;
	}
	seen->tasks += event.kind == EVENT_TASK;
	seen->health += event.kind == EVENT_HEALTH;
	event_done(&event);
	return 0;
}

TEST(every_stream_gives_its_events_whatever_it_is_cut_into)
{
	static const struct {
		const char *file;
		size_t count, tasks, health;
	} table[] = {
		{"events/sse-0.10-docs.txt", 2, 0, 0},
		{"events/sse-1.x-docs.txt", 3, 2, 0},
		{"wire/sse-0.9-0.10-ASSEMBLED.bin", 4, 1, 1},
		{"wire/sse-1.8-deploy-ASSEMBLED.bin", 14, 2, 2},
	};
	static const size_t pieces[] = {1, 2, 7, 64, 4096};

	for (size_t i = 0; i < 4 * 5; i++) {
		CLEANUP(sse_free) struct sse *sse = NULL;
		CLEANUP(free) char *text = NULL;
		struct seen seen = {0, 0, 0, 0};
		size_t length, piece = pieces[i % 5];

		text = read_file(table[i / 5].file, &length);
		assert(sse_new(on_event, &seen, &sse) == 0);
		for (size_t at = 0; at < length; at += piece)
			assert(sse_feed(sse, text + at,
				       length - at < piece ? length - at
							   : piece)
				== 0);
		assert(seen.count == table[i / 5].count);
		assert(seen.tasks == table[i / 5].tasks);
		assert(seen.health == table[i / 5].health);
		assert(seen.bad == 0);
	}
}
