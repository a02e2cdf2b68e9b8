/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fetch/catalog.h"

static struct app *two_instances(const char *id, const char *second_host)
{
	struct label labels[] = {{"z", "1"}, {"a", "2"}, {"m", ""}};
	struct port ports[] = {{.service_port = 10001, .protocols = PORT_TCP}};
	struct endpoint b[] = {{second_host, 31002}}, a[] = {{"agent-1", 31001}};
	struct instance instances[] = {
		{.id = "t2", .host = second_host, .endpoints = b},
		{.id = "t1", .host = "agent-1", .endpoints = a},
	};
	struct app draft = {
		.key = {id, "marathon"},
		.labels = labels,
		.label_count = 3,
		.ports = ports,
		.port_count = 1,
		.instances = instances,
		.instance_count = 2,
	};
	struct app *app = NULL;

	assert(app_pack(&draft, &app, NULL) == 0);
	return app;
}

TEST(a_packed_app_is_a_sorted_copy_of_its_draft)
{
	CLEANUP(app_unref) struct app *app = two_instances("/a", "agent-2");

	assert(strcmp(app->instances[0].id, "t1") == 0);
	assert(strcmp(app->instances[1].id, "t2") == 0);
	assert(strcmp(app->labels[0].key, "a") == 0);
	assert(strcmp(app_label(app, "z"), "1") == 0);
	assert(strcmp(app_label(app, "m"), "") == 0);
	assert(!app_label(app, "nope"));
	assert(app->serving_count == 2);
	assert(app->instances[0].endpoints[0].host == app->instances[0].host);
	assert(app_instance(app, "t2") == &app->instances[1]);
	assert(!app_instance(app, "t3"));
}

TEST(apps_are_the_same_when_a_reader_cannot_tell_them_apart)
{
	CLEANUP(app_unref) struct app *one = two_instances("/a", "agent-2");
	CLEANUP(app_unref) struct app *same = two_instances("/a", "agent-2");
	CLEANUP(app_unref) struct app *other = two_instances("/a", "agent-3");

	assert(app_same(one, same));
	assert(!app_same(one, other));
}

TEST(an_app_beyond_a_ceiling_is_refused_with_words)
{
	static struct port ports[PORTS_MAX + 1];
	struct app draft = {.key = {"/a", "m"},
		.ports = ports,
		.port_count = PORTS_MAX + 1};
	struct app *app = NULL;
	struct why why = {""};

	assert(app_pack(&draft, &app, &why) == -E2BIG);
	assert(strcmp(why.text, "/a: more than 256 ports") == 0);
	assert(!app);
}

static int count_change(void *context, struct app *before, struct app *after)
{
	int *count = context;

	(void)before;
	(void)after;
	(*count)++;
	return 0;
}

TEST(an_edited_catalog_shares_what_it_does_not_change)
{
	CLEANUP(catalog_unref) struct catalog *before = NULL;
	CLEANUP(catalog_unref) struct catalog *after = NULL;
	CLEANUP(app_unref) struct app *a = two_instances("/a", "agent-2");
	CLEANUP(app_unref) struct app *b = two_instances("/b", "agent-2");
	CLEANUP(app_unref) struct app *b2 = two_instances("/b", "agent-3");
	struct catalog_change first[] = {{b->key, b}, {a->key, a}};
	struct catalog_change second[] = {{b2->key, b2}};
	struct catalog_cursor cursor = {0};
	int count = 0;

	assert(catalog_edit(NULL, first, 2, &before) == 0);
	assert(catalog_edit(before, second, 1, &after) == 0);
	assert(catalog_find(after, &a->key) == a);
	assert(catalog_find(after, &b->key) == b2);
	assert(catalog_find(before, &b->key) == b);
	assert(catalog_app_count(after) == 2);
	assert(catalog_serving_count(after) == 4);
	assert(catalog_next(after, &cursor) == a);
	assert(catalog_next(after, &cursor) == b2);
	assert(!catalog_next(after, &cursor));
	assert(catalog_diff(before, after, count_change, &count) == 0);
	assert(count == 1);
}

TEST(a_catalog_counts_what_serves_as_apps_go)
{
	CLEANUP(catalog_unref) struct catalog *before = NULL;
	CLEANUP(catalog_unref) struct catalog *after = NULL;
	CLEANUP(app_unref) struct app *a = two_instances("/a", "agent-2");
	struct catalog_change add = {a->key, a}, gone = {a->key, NULL};

	assert(catalog_edit(NULL, &add, 1, &before) == 0);
	assert(catalog_edit(before, &gone, 1, &after) == 0);
	assert(catalog_serving_count(after) == 0);
	assert(catalog_app_count(after) == 0);
	assert(catalog_serving_count(before) == 2);
}
