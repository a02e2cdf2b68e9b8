/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/lists.h"
#include "tests/unit/maker.h"
#include "tests/unit/reading.h"

static const struct app_reader reader = {.source = "marathon"};

/* Texts that look like what a scanner looks for, and all that may be left out.
 */
#define ODD \
	"{'id':'/odd','cmd':'echo \\'}]},{\\' \\\\','args':['\\\\\\'','[{']," \
	"'labels':{'k\\'}':'\\u0022,\\'tasks\\':[{','x':'\\\\\\\\'," \
	"'lastSuccess':'l'},'env':{'HAPROXY_X':'}','A':{'secret':'s'}}," \
	"'tasksRunning':1,'unreachableStrategy':{'a':[[1],{'b':2}]}," \
	"'ports':[10000],'tasks':[{'slaveId':'s','id':'odd.1','host':'h'," \
	"'ports':[7],'startedAt':'x','healthCheckResults':[{'taskId':'t'," \
	"'alive':true,'lastSuccess':'2015','lastFailure':null," \
	"'consecutiveFailures':0}],'appId':'/odd'}],'lastTaskFailure':{" \
	"'message':'\\ud83d\\ude00 \xf0\x9f\x98\x80'}}"
#define SIMPLE(id) "{'id':'" id "','tasks':[]}"
#define ENVELOPE \
	" {'total':[{'apps':[1]},'}',null,-1.5e3],'\\'apps':{}," \
	"'apps' :\n[" ODD " ,\r\n" SIMPLE("/b") "] , 'z':'\\\\'} \n"

TEST(pieces_of_every_size_give_the_same_catalog)
{
	CLEANUP(catalog_unref) struct catalog *whole = list_of(NULL, ENVELOPE);

	assert(catalog_app_count(whole) == 2);
	assert(catalog_serving_count(whole) == 1);
	for (size_t piece = 1; piece <= 200; piece++) {
		struct list_result got =
			read_list_as(&reader, NULL, ENVELOPE, piece);

		assert(got.error == 0 && got.bad == 0);
		assert(same_catalogs(whole, got.catalog));
		assert(find_app(got.catalog, "/odd")->fingerprint ==
			find_app(whole, "/odd")->fingerprint);
		catalog_unref(got.catalog);
	}
}

TEST(an_app_in_a_list_is_the_app_alone)
{
	CLEANUP(catalog_unref) struct catalog *list = list_of(NULL, ENVELOPE);
	CLEANUP(app_unref) struct app *alone = read_app(ODD);

	assert(app_same(find_app(list, "/odd"), alone));
	assert(strcmp(app_label(alone, "k\"}"), "\",\"tasks\":[{") == 0);
	assert(strcmp(app_label(alone, "x"), "\\\\") == 0);
}

TEST(blanks_before_an_app_move_nothing_but_the_blocks)
{
	CLEANUP(catalog_unref) struct catalog *first = list_of(NULL, ENVELOPE);
	char text[4096];

	for (int blanks = 0; blanks < 130; blanks++) {
		CLEANUP(catalog_unref) struct catalog *moved = NULL;

		snprintf(text, sizeof(text),
			"{'apps':[%*s" ODD "," SIMPLE("/b") "]}", blanks, "");
		moved = list_of(first, text);
		assert(find_app(moved, "/odd") == find_app(first, "/odd"));
	}
}

TEST(a_list_cut_anywhere_is_refused_and_changes_nothing)
{
	CLEANUP(catalog_unref) struct catalog *before = NULL;
	static const char text[] = ENVELOPE;
	char cut[sizeof(text)];

	before = list_of(NULL, "{'apps':[" SIMPLE("/b") "]}");
	/* Behind the last brace there is only a blank and a line's end. */
	for (size_t length = 0; length < sizeof(text) - 3; length++) {
		struct list_result got;

		snprintf(cut, sizeof(cut), "%.*s", (int)length, text);
		got = read_list_as(&reader, before, cut, 61);
		if (got.error != -EBADMSG)
			printf("%zu bytes: %d\n", length, got.error);
		assert(got.error == -EBADMSG);
	}
	assert(catalog_app_count(before) == 1);
}

#define TIMED(results, counts) \
	"{'apps':[{'id':'/a','version':'1',%s'healthChecks':[{}],'ports':[1]," \
	"'tasks':[{'id':'a.1','host':'h','ports':[2],'startedAt':'x'," \
	"'healthCheckResults':[{%s}]}]}]}", \
		counts, results

/* Whether /a is the same app by address with other results and counts. */
static bool stays(const char *results, const char *counts,
	const char *other_results, const char *other_counts)
{
	CLEANUP(catalog_unref) struct catalog *first = NULL;
	CLEANUP(catalog_unref) struct catalog *second = NULL;
	char text[1024];

	snprintf(text, sizeof(text), TIMED(results, counts));
	first = list_of(NULL, text);
	snprintf(text, sizeof(text), TIMED(other_results, other_counts));
	second = list_of(first, text);
	return find_app(first, "/a") == find_app(second, "/a");
}

TEST(what_moves_with_every_check_is_no_change)
{
	assert(stays("'lastSuccess':'1','alive':true", "",
		"'lastSuccess':'22222','alive':true", ""));
	assert(stays("'alive':false,'lastFailure':'1'", "",
		"'alive':false,'lastFailure':'2'", ""));
	assert(stays("'alive':false,'consecutiveFailures':1", "",
		"'alive':false,'consecutiveFailures':200", ""));
	assert(stays("'lastFailureCause':'a}','alive':true", "",
		"'lastFailureCause':'b\\\\','alive':true", ""));
	assert(stays("'firstSuccess':'1'", "'tasksRunning':1,",
		"'firstSuccess':'2'", "'tasksRunning':2,"));
	assert(stays("", "'tasksStaged':1,'tasksHealthy':1,", "",
		"'tasksStaged':12,'tasksHealthy':3,"));
	assert(stays("", "'tasksUnhealthy':1,", "", "'tasksUnhealthy':7,"));
}

TEST(what_says_something_is_a_change)
{
	assert(!stays("'alive':true", "", "'alive':false", ""));
	assert(!stays("'lastSuccess':null", "", "'lastSuccess':'1'", ""));
	assert(!stays(
		"'consecutiveFailures':0", "", "'consecutiveFailures':1", ""));
	assert(!stays("", "'tasksRunning':0,", "", "'tasksRunning':1,"));
	assert(!stays("", "'instances':1,", "", "'instances':2,"));
	/* The same names elsewhere are not the times of checks. */
	assert(!stays("", "'labels':{'lastSuccess':'1'},", "",
		"'labels':{'lastSuccess':'2'},"));
	assert(!stays("", "'lastSuccess':'1',", "", "'lastSuccess':'2',"));
	assert(!stays(
		"'x':{'lastSuccess':'1'}", "", "'x':{'lastSuccess':'2'}", ""));
	assert(!stays("'x\\\\':1,'lastSuccess\\u0020':'1'", "",
		"'x\\\\':1,'lastSuccess\\u0020':'2'", ""));
}

TEST(apps_of_other_sources_are_kept)
{
	CLEANUP(app_unref) struct app *other = app_with_ports("/a", "spare", 1);
	CLEANUP(catalog_unref) struct catalog *before = NULL;
	CLEANUP(catalog_unref) struct catalog *after = NULL;
	const struct app_key key = {"/a", "spare"};

	catalog_put(&before, other);
	after = list_of(before, "{'apps':[" SIMPLE("/a") "]}");
	assert(catalog_app_count(after) == 2);
	assert(catalog_find(after, &key) == other);
	catalog_unref(after);
	after = list_of(before, "{'apps':[]}");
	assert(catalog_app_count(after) == 1);
}

#define VERSION(id, version, port) \
	"{'id':'" id "','version':'" version "','ports':[" port "],'tasks':[]" \
								"}"

static unsigned port_of_a(const struct catalog *catalog)
{
	return find_app(catalog, "/a")->ports[0].service_port;
}

TEST(of_two_apps_with_one_id_the_newer_version_counts)
{
	static const char *const lists[] = {
		"{'apps':[" VERSION("/a", "1", "1") "," VERSION(
			"/a", "2", "2") "]}",
		"{'apps':[" VERSION("/a", "2", "2") "," VERSION(
			"/a", "1", "1") "]}"};
	CLEANUP(catalog_unref) struct catalog *old = NULL;
	CLEANUP(catalog_unref) struct catalog *new = NULL;

	old = list_of(NULL, "{'apps':[" VERSION("/a", "1", "1") "]}");
	new = list_of(NULL, "{'apps':[" VERSION("/a", "2", "2") "]}");
	for (int i = 0; i < 2; i++) {
		const struct catalog *befores[] = {NULL, old, new};

		for (int k = 0; k < 3; k++) {
			CLEANUP(catalog_unref)
			struct catalog *got =
				list_with_bad(befores[k], lists[i], 1);

			assert(catalog_app_count(got) == 1);
			assert(port_of_a(got) == 2);
			assert(k < 2 ||
				find_app(got, "/a") == find_app(new, "/a"));
		}
	}
}

TEST(an_app_may_come_three_times)
{
	static const char text[] =
		"{'apps':[" VERSION("/a", "1", "1") "," VERSION("/a", "3",
			"3") "," VERSION("/b", "1", "1") "," VERSION("/a", "2",
			"2") "," VERSION("/a", "3", "3") "]}";
	CLEANUP(catalog_unref) struct catalog *first = NULL;
	CLEANUP(catalog_unref) struct catalog *second = NULL;

	first = list_with_bad(NULL, text, 3);
	assert(port_of_a(first) == 3 && catalog_app_count(first) == 2);
	second = list_with_bad(first, text, 3);
	assert(port_of_a(second) == 3 && catalog_app_count(second) == 2);
	assert(find_app(first, "/a") == find_app(second, "/a"));
	assert(find_app(first, "/b") == find_app(second, "/b"));
}

#define BAD(id) "{'id':" id ",'labels':7,'tasks':[]}"

TEST(a_bad_app_stays_as_it_was_and_a_new_one_is_absent)
{
	CLEANUP(catalog_unref) struct catalog *first = NULL;
	CLEANUP(catalog_unref) struct catalog *second = NULL;
	CLEANUP(catalog_unref) struct catalog *third = NULL;

	first = list_of(NULL, "{'apps':[" SIMPLE("/a") "," SIMPLE("/b") "]}");
	second = list_with_bad(
		first, "{'apps':[" BAD("'/a'") "," BAD("'/c'") "]}", 2);
	assert(catalog_app_count(second) == 1);
	assert(find_app(second, "/a") == find_app(first, "/a"));
	third = list_of(second, "{'apps':[" SIMPLE("/c") "]}");
	assert(catalog_app_count(third) == 1 && find_app(third, "/c"));
}

TEST(a_bad_app_beside_a_good_one_with_its_id_harms_nothing)
{
	CLEANUP(catalog_unref) struct catalog *first = NULL;
	CLEANUP(catalog_unref) struct catalog *second = NULL;

	first = list_of(NULL, "{'apps':[" SIMPLE("/a") "]}");
	second = list_with_bad(first,
		"{'apps':[" BAD("'/a'") "," VERSION("/a", "2", "2") "]}", 1);
	assert(port_of_a(second) == 2);
}

TEST(while_a_bad_app_has_no_name_none_is_taken_to_be_gone)
{
	CLEANUP(catalog_unref) struct catalog *first = NULL;
	CLEANUP(catalog_unref) struct catalog *second = NULL;

	first = list_of(NULL, "{'apps':[" SIMPLE("/a") "," SIMPLE("/b") "]}");
	second = list_with_bad(
		first, "{'apps':[" BAD("7") "," SIMPLE("/b") "]}", 1);
	assert(find_app(second, "/a") == find_app(first, "/a"));
	assert(catalog_app_count(second) == 2);
}

TEST(the_first_bad_app_is_told)
{
	struct list_result got = read_list_as(&reader, NULL,
		"{'apps':[" SIMPLE("/a") "," BAD("'/b'") "," BAD("'/c'") "]}",
		7);

	assert(got.bad == 2 && strstr(got.first_bad.text, "/b: "));
	assert(strstr(got.first_bad.text, "labels"));
	catalog_unref(got.catalog);
}

static struct catalog *list_of_group(struct list_memory *memory,
	struct groups *groups, const struct catalog *before, const char *text)
{
	const struct app_reader some = {
		.source = "marathon", .groups = groups, .memory = memory};
	struct list_result got = read_list_as(&some, before, text, 33);

	assert(got.bad == 0);
	return got.catalog;
}

#define GROUP(id, group) \
	"{'id':'" id "','labels':{'group':'" group "'},'tasks':[]}"

TEST(an_app_moves_in_and_out_of_the_groups)
{
	CLEANUP(list_memory_free) struct list_memory *memory = NULL;
	CLEANUP(groups_free) struct groups *groups = NULL;
	CLEANUP(catalog_unref) struct catalog *at = NULL;
	static const struct {
		const char *text;
		size_t count; /* of apps; SIZE_MAX: refused */
	} steps[] = {
		{"{'apps':[" GROUP("/a", "in") "," GROUP("/b", "out") "]}", 1},
		{"{'apps':[" GROUP("/a", "in") "," GROUP("/b", "out") "]}", 1},
		{"{'apps':[" GROUP("/a", "out") "," GROUP("/b", "in") "]}", 1},
		{"{'apps':[" GROUP("/a", "out") "," GROUP("/b", "in") "]", 9},
		{"{'apps':[" GROUP("/a", "in") "," GROUP("/b", "in") "]}", 2},
		{"{'apps':[" GROUP("/a", "out") "," GROUP("/b", "out") "]}", 0},
		{"{'apps':[" GROUP("/b", "in") "]}", 1}};

	assert(list_memory_new(&memory) == 0);
	assert(groups_new("label:in", GROUPS_BY_ANY, &groups, NULL) == 0);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct catalog *after =
			list_of_group(memory, groups, at, steps[i].text);

		assert(!after == (steps[i].count == 9));
		if (!after)
			continue;
		catalog_unref(at);
		at = after;
		assert(catalog_app_count(at) == steps[i].count);
	}
}
