/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fetch/state.h"
#include "tests/unit/maker.h"

static char directory[64];
static char path[128];

static void make_directory(void)
{
	snprintf(directory, sizeof(directory), "/tmp/test-state.XXXXXX");
	assert(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/marathon.state", directory);
}

static void drop_directory(void)
{
	unlink(path);
	assert(rmdir(directory) == 0);
}

/* Everything an app can have, and bytes that are not UTF-8. */
static struct catalog *rich_catalog(void)
{
	struct catalog *catalog = NULL;
	struct instance *instance;
	struct check *check;
	struct maker m;
	struct app *app;

	maker_begin(&m, "/rich/app");
	maker_label(&m, "a", "b \"c\" \n \xff\xfe");
	m.app.version = "2026-11-21T00:00:00.000Z";
	m.app.network = NETWORK_BRIDGE;
	m.app.target = 3;
	maker_port(&m, 10000)->name = "http";
	maker_port(&m, 0)->hidden = true;
	maker_port_label(&m, 1, "x", "y");
	check = maker_check(&m, CHECK_HTTPS, "/health");
	check->interval_seconds = 7;
	check->port_index = -1;
	check->port = 99;
	instance = maker_instance(&m, "2001:db8::1", 31000);
	instance->version = "v";
	instance->started = "s";
	instance->ip = "192.0.2.1";
	instance->health = HEALTH_ALIVE;
	instance->lost = true;
	instance = maker_instance(&m, "agent", 31000);
	instance->address = "192.0.2.2";
	instance->state = INSTANCE_UNHEALTHY;
	instance->health = HEALTH_DEAD;
	app = maker_done(&m);
	catalog_put(&catalog, app);
	app_unref(app);
	app = app_with_ports("/plain", "marathon", 3);
	catalog_put(&catalog, app);
	app_unref(app);
	app = app_with_ports("/elsewhere", "other", 1);
	catalog_put(&catalog, app);
	app_unref(app);
	return catalog;
}

static int load(struct catalog **ret, struct why *why)
{
	int64_t saved = 0;
	const struct app_origin origin = {"marathon", 0};
	int r = state_load(directory, &origin, ret, &saved, why);

	assert(r < 0 || saved == 1234567890123);
	return r;
}

TEST(what_is_saved_is_what_is_loaded)
{
	CLEANUP(catalog_unref) struct catalog *catalog = rich_catalog();
	CLEANUP(catalog_unref) struct catalog *loaded = NULL;
	struct catalog_cursor cursor = {0, 0};
	struct why why = {""};
	struct app *app;

	make_directory();
	assert(state_save(directory, catalog, "marathon", 1234567890123, &why)
		== 0);
	assert(load(&loaded, &why) == 0);
	assert(catalog_app_count(loaded) == 2);
	while ((app = catalog_next(loaded, &cursor)))
		assert(app_same(app, catalog_find(catalog, &app->key)));
	drop_directory();
}

static size_t read_state(char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	size_t length;

	assert(file);
	length = fread(text, 1, size, file);
	fclose(file);
	return length;
}

static void write_state(const char *text, size_t length)
{
	FILE *file = fopen(path, "we");

	assert(file && fwrite(text, 1, length, file) == length);
	assert(fclose(file) == 0);
}

TEST(a_file_that_is_cut_or_changed_anywhere_is_refused)
{
	CLEANUP(catalog_unref) struct catalog *catalog = rich_catalog();
	CLEANUP(free) char *text = calloc(1, 65536);
	struct catalog *loaded = NULL;
	struct why why = {""};
	size_t length;

	make_directory();
	assert(state_save(directory, catalog, "marathon", 1234567890123, &why)
		== 0);
	length = read_state(text, 65536);
	for (size_t cut = 0; cut < length; cut += 1 + length / 40) {
		write_state(text, cut);
		assert(load(&loaded, &why) == -EBADMSG);
		assert(strstr(why.text, "marathon.state"));
	}
	/* Behind the head, whose time is not covered. */
	for (size_t at = 70; at < length; at += 1 + length / 40) {
		text[at] ^= 1;
		write_state(text, length);
		assert(load(&loaded, &why) == -EBADMSG);
		text[at] ^= 1;
	}
	drop_directory();
}

TEST(where_nothing_was_saved_nothing_is_loaded)
{
	struct catalog *loaded = NULL;
	struct why why = {""};

	make_directory();
	assert(load(&loaded, &why) == -ENOENT);
	drop_directory();
}

TEST(what_cannot_be_written_leaves_the_old_file)
{
	CLEANUP(catalog_unref) struct catalog *catalog = rich_catalog();
	CLEANUP(catalog_unref) struct catalog *loaded = NULL;
	char blocker[160];
	struct why why = {""};

	make_directory();
	assert(state_save(directory, catalog, "marathon", 1234567890123, &why)
		== 0);
	/* A directory stands where the temporary file would. */
	snprintf(blocker, sizeof(blocker), "%s.new", path);
	assert(mkdir(blocker, 0700) == 0);
	assert(state_save(directory, catalog, "marathon", 2, &why) < 0);
	assert(why.text[0]);
	assert(load(&loaded, &why) == 0);
	assert(rmdir(blocker) == 0);
	drop_directory();
}
