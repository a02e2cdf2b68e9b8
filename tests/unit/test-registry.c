/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/registry.h"

static const struct registry_reader reader = {{"r", 3}, NULL};

/* All that the registry said, in one text. */
struct heard {
	char text[4096];
	size_t length;
};

__attribute__((format(printf, 2, 3))) static void hear(
	struct heard *heard, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	heard->length += (size_t)vsnprintf(heard->text + heard->length,
		sizeof(heard->text) - heard->length, format, arguments);
	va_end(arguments);
	assert(heard->length < sizeof(heard->text));
}

static void hear_ports(struct heard *heard, const struct app *app)
{
	for (uint32_t i = 0; i < app->port_count; i++)
		hear(heard, " %u>%u%s", app->ports[i].service_port,
			app->ports[i].container_port,
			app->ports[i].protocols == PORT_UDP ? "u" : "");
}

static int take(void *context, const char *id, struct app *app)
{
	struct heard *heard = context;

	hear(heard, "%s:", id);
	if (!app) {
		hear(heard, " gone;");
		return 0;
	}
	assert(strcmp(app->key.id, id) == 0);
	assert(strcmp(app->key.source, "r") == 0 && app->rank == 3);
	assert(app->serving_count == app->instance_count);
	hear_ports(heard, app);
	for (uint32_t i = 0; i < app->instance_count; i++) {
		const struct instance *instance = &app->instances[i];

		hear(heard, " %s@%s=", instance->id, instance->host);
		for (uint32_t j = 0; j < app->port_count; j++)
			hear(heard, "%s%s:%u", j ? "," : "",
				instance->endpoints[j].host,
				instance->endpoints[j].port);
	}
	hear(heard, ";");
	return 0;
}

static void expect(struct registry *registry, const char *text)
{
	struct heard heard = {.length = 0};

	assert(registry_changes(registry, &reader, take, &heard) == 0);
	if (strcmp(heard.text, text) != 0)
		printf("  %s\n", heard.text);
	assert(strcmp(heard.text, text) == 0);
}

static void put(struct registry *registry, const char *key, const char *value)
{
	assert(registry_put(registry, key, value, false) == 0);
}

static int on_gone(void *context, const char *app, const char *instance)
{
	hear(context, "%s %s;", app, instance);
	return 0;
}

static void expect_gone(struct registry *registry, const char *key, bool below,
	const char *text)
{
	struct heard heard = {.length = 0};

	assert((below ? registry_remove_below(registry, key, on_gone, &heard)
		      : registry_remove(registry, key, on_gone, &heard))
		== 0);
	if (strcmp(heard.text, text) != 0)
		printf("  %s\n", heard.text);
	assert(strcmp(heard.text, text) == 0);
}

TEST(a_service_has_a_port_for_each_that_is_exposed)
{
	CLEANUP(registry_free) struct registry *r = NULL;

	assert(registry_new(&r) == 0);
	put(r, "web/h2:c:443", "10.0.0.2:3");
	put(r, "web/h1:c:80", "10.0.0.1:1");
	put(r, "web/h2:c:80:udp", "10.0.0.2:5");
	put(r, "web/h2:c:80", "[fd00::2]:2");
	expect(r, "/web: 80>80 80>80u 443>443 "
		  "h1:c@h1=10.0.0.1:1,h1:0,h1:0 "
		  "h2:c@h2=fd00::2:2,10.0.0.2:5,10.0.0.2:3;");
	assert(registry_count(r) == 4 && registry_bad(r) == 0);
	expect(r, "");
}

TEST(only_what_changed_is_said_again)
{
	CLEANUP(registry_free) struct registry *r = NULL;

	assert(registry_new(&r) == 0);
	put(r, "a/h:c:1", "h:1");
	expect(r, "/a: 1>1 h:c@h=h:1;");
	put(r, "b/h:c:1", "h:1");
	expect(r, "/b: 1>1 h:c@h=h:1;");
	put(r, "b/h:c:1", "h:1");
	expect(r, "");
	put(r, "b/h:c:1", "h:2");
	expect(r, "/b: 1>1 h:c@h=h:2;");
	expect_gone(r, "b/h:c:1", false, "/b h:c;");
	expect(r, "/b: gone;");
	expect_gone(r, "b/h:c:1", false, "");
	expect(r, "");
	assert(registry_count(r) == 1);
}

TEST(an_instance_is_gone_with_the_last_of_its_keys)
{
	CLEANUP(registry_free) struct registry *r = NULL;

	assert(registry_new(&r) == 0);
	put(r, "a/h:c:1", "h:1");
	put(r, "a/h:c:2", "h:2");
	put(r, "a/h:cc:2", "h:3");
	expect_gone(r, "a/h:c:1", false, "");
	expect_gone(r, "a/h:c:2", false, "/a h:c;");
	expect(r, "/a: 2>2 h:cc@h=h:3;");
}

TEST(a_directory_goes_with_what_is_in_it_alone)
{
	CLEANUP(registry_free) struct registry *r = NULL;

	assert(registry_new(&r) == 0);
	put(r, "a/h:c:1", "h:1");
	put(r, "a@9/h:d:1", "h:2");
	put(r, "ab/h:c:1", "h:1");
	put(r, "a/b/h:c:1", "h:1");
	put(r, "a", "h:1");
	assert(registry_bad(r) == 2);
	expect_gone(r, "a", true, "/a h:c;");
	assert(registry_count(r) == 3 && registry_bad(r) == 1);
	expect_gone(r, "a@9", true, "/a h:d;");
	expect_gone(r, "a", false, "");
	assert(registry_bad(r) == 0);
	put(r, "a/h:c:1", "h:1");
	put(r, "x", "h:1");
	expect_gone(r, "", true, "/a h:c;/ab h:c;");
	assert(registry_count(r) == 0 && registry_bad(r) == 0);
}

TEST(two_suffixes_of_one_service_are_two_ports)
{
	CLEANUP(registry_free) struct registry *r = NULL;

	assert(registry_new(&r) == 0);
	put(r, "a@9/h:c:1", "h:1");
	put(r, "a/h:d:1", "h:2");
	expect(r, "/a: 1>1 9>1 h:c@h=h:0,h:1 h:d@h=h:2,h:0;");
	/* The same port of the same container: the smaller key has it. */
	put(r, "a@1/h:d:1", "h:3");
	expect(r, "/a: 1>1 9>1 h:c@h=h:0,h:1 h:d@h=h:2,h:0;");
}

TEST(a_bad_key_is_one_bad_key)
{
	CLEANUP(registry_free) struct registry *r = NULL;
	struct why why;

	assert(registry_new(&r) == 0);
	registry_bad_why(r, &why);
	assert(!why.text[0]);
	put(r, "a/h:c:1", "h:1");
	put(r, "a/h:d:1", "bad");
	put(r, "a/x", "h:1");
	assert(registry_bad(r) == 2);
	registry_bad_why(r, &why);
	assert(strstr(why.text, "a/h:d:1 = 'bad'"));
	expect(r, "/a: 1>1 h:c@h=h:1;");
	put(r, "a/h:d:1", "h:2");
	assert(registry_bad(r) == 1);
	registry_bad_why(r, &why);
	assert(strstr(why.text, "a/x"));
	put(r, "a/h:c:1", "bad");
	expect(r, "/a: 1>1 h:d@h=h:2;");
	expect_gone(r, "a/x", false, "");
	expect_gone(r, "a/h:c:1", false, "");
	assert(registry_bad(r) == 0 && registry_count(r) == 1);
}

static int count_ports(void *context, const char *id, struct app *app)
{
	(void)context;
	assert(strcmp(id, "/a") == 0);
	assert(app && app->port_count == PORTS_MAX);
	return 0;
}

TEST(a_service_of_too_many_ports_is_left_out_with_words)
{
	CLEANUP(registry_free) struct registry *r = NULL;
	struct why why;
	char key[64];

	assert(registry_new(&r) == 0);
	put(r, "b/h:c:1", "h:1");
	for (int i = 1; i <= PORTS_MAX + 1; i++) {
		snprintf(key, sizeof(key), "a/h:c:%d", i);
		put(r, key, "h:1");
	}
	expect(r, "/a: gone;/b: 1>1 h:c@h=h:1;");
	assert(registry_bad(r) == 1);
	registry_bad_why(r, &why);
	assert(strstr(why.text, "more than 256 ports"));
	/* With one less it is an app. */
	expect_gone(r, key, false, "");
	assert(registry_changes(r, &reader, count_ports, NULL) == 0);
	assert(registry_bad(r) == 0);
}

TEST(a_service_of_too_many_instances_is_left_out_with_words)
{
	CLEANUP(registry_free) struct registry *r = NULL;
	struct why why;
	char key[64];

	assert(registry_new(&r) == 0);
	for (int i = 0; i <= INSTANCES_MAX; i++) {
		snprintf(key, sizeof(key), "a/h:c%d:80", i);
		put(r, key, "h:1");
	}
	expect(r, "/a: gone;");
	registry_bad_why(r, &why);
	assert(strstr(why.text, "more than 20000 instances"));
}

TEST(the_lease_of_a_key_is_that_of_its_last_write)
{
	CLEANUP(registry_free) struct registry *r = NULL;

	assert(registry_new(&r) == 0);
	assert(registry_put(r, "a/h:c:1", "h:1", true) == 0);
	assert(registry_is_leased(r, "a/h:c:1"));
	assert(!registry_is_leased(r, "b"));
	put(r, "a/h:c:1", "h:1");
	assert(!registry_is_leased(r, "a/h:c:1"));
}
