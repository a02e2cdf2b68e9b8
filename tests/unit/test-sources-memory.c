/* SPDX-License-Identifier: MIT */
/*
 * Each allocation of a source fails in its turn: what was known is never
 * harmed, and the next try gives what it should.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "fetch/mesos_apps.h"
#include "fetch/source.h"
#include "tests/unit/failing.h"
#include "tests/unit/reading.h"

static const struct app_reader files_reader = {.source = "files"};
static const struct app_reader mesos_reader = {.source = "mesos"};

enum { TRIES_MAX = 2000, TURNS_MAX = 50 };

static const char state[] =
	"{'pid':'m@10.0.0.1:1','leader':'m@10.0.0.1:1','slaves':[{'id':'S',"
	"'hostname':'h'}],'frameworks':[{'name':'f','tasks':[{'id':'a','name':"
	"'x','slave_id':'S','state':'TASK_RUNNING','labels':[{'key':'k',"
	"'value':'v'}],'discovery':{'ports':{'ports':[{'number':80}]}},"
	"'statuses':[{'state':'TASK_RUNNING','timestamp':1}]},{'id':'b','name':"
	"'x','slave_id':'S','state':'TASK_RUNNING','resources':{'ports':"
	"'[1-2]'}}],'completed_tasks':[{'id':'z'}]}]}";

static int read_state(
	const char *json, const struct catalog *known, struct catalog **ret)
{
	const struct mesos_state_settings settings = {
		.reader = &mesos_reader, .tasks = true};
	const struct mesos_apps_settings apps = {
		.reader = &mesos_reader, .known = known, .domain = "d"};
	CLEANUP(mesos_state_free) struct mesos_state *reading = NULL;
	CLEANUP(mesos_tasks_free) struct mesos_tasks *tasks = NULL;
	struct why why = {""};
	int r;

	r = mesos_state_new(&settings, NULL, &reading);
	/* In pieces, so that something is carried over. */
	for (size_t at = 0; r == 0 && at < strlen(json); at += 100)
		r = mesos_state_feed(reading, json + at,
			strlen(json + at) < 100 ? strlen(json + at) : 100,
			&why);
	if (r == 0)
		r = mesos_state_end(reading, &why);
	if (r < 0)
		return r;
	tasks = mesos_state_take(reading);
	return mesos_apps_make(
		&apps, tasks, mesos_state_master(reading), ret, &why);
}

TEST(a_state_is_read_or_it_is_said_that_there_is_no_memory)
{
	CLEANUP(free) char *json = quoted(state);
	unsigned n = 0;
	bool failed = true;

	for (; failed && n < TRIES_MAX; n++) {
		CLEANUP(catalog_unref) struct catalog *catalog = NULL;
		int r;

		failing_at(n + 1);
		r = read_state(json, NULL, &catalog);
		failed = failing_stop();
		assert(r == (failed ? -ENOMEM : 0));
		assert(failed || catalog_app_count(catalog) == 2);
	}
	assert(n > 20 && n < TRIES_MAX);
}

/* Not with memory of ours: it is short. */
static void write_file(const char *directory, const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "we");
	assert(file);
	for (; *text; text++)
		fputc(*text == '\'' ? '"' : *text, file);
	assert(fclose(file) == 0);
}

/* Turns until nothing is due for a long time. */
static int64_t turn(struct source *source, int64_t now)
{
	for (int i = 0; i < TURNS_MAX; i++) {
		source_turn(source, now);
		now += 1000;
	}
	return now;
}

static size_t serving(const struct source *source)
{
	return catalog_serving_count(source_catalog(source));
}

/* One life of a directory, in which one allocation fails. */
static bool live_once(const char *directory, unsigned n)
{
	const struct fetch_settings settings = {
		.refresh_ms = 1000000000, .poll_ms = 1000};
	const struct source_settings files = {
		.name = "files", .address = directory};
	const struct source_context context = {
		.settings = &settings,
		.source = &files,
		.reader = files_reader,
		.belief = {.origin = {"files", 0}, .shrink_percent = 50,
			.shrink_hold_ms = 1000000},
	};
	struct source *dir = NULL;
	struct why why;
	int64_t now = 1000;
	bool failed;

	write_file(directory, "a.json",
		"{'hosts':[{'ip':'a','port':1}],'domain':'d','config':'x'}");
	write_file(directory, "b.json", "{'hosts':[{'ip':'b','port':1}]}");
	failing_at(n);
	if (source_new(&context, &dir, &why) < 0)
		return failing_stop();
	now = turn(dir, now);
	assert(serving(dir) == 2);
	write_file(directory, "a.json",
		"[{'id':'a','hosts':[{'ip':'a','port':2}]},{'id':'c','hosts':["
		"{'ip':'c','port':1}]}]");
	now = turn(dir, now);
	assert(serving(dir) == 3);
	write_file(directory, "b.json", "{");
	turn(dir, now);
	assert(serving(dir) == 3);
	assert(dir->report.bad_apps == 1);
	failed = failing_stop();
	source_free(dir);
	return failed;
}

TEST(a_directory_is_followed_though_memory_is_short)
{
	char directory[] = "/tmp/mmsdfs-unit-XXXXXX", path[64];
	bool failed = true;
	unsigned n = 0;

	assert(mkdtemp(directory));
	for (; failed && n < TRIES_MAX; n++)
		failed = live_once(directory, n + 1);
	assert(n > 20 && n < TRIES_MAX);
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%c.json", directory, "ab"[i]);
		assert(unlink(path) == 0);
	}
	assert(rmdir(directory) == 0);
}
