/* SPDX-License-Identifier: MIT */
/* What of an app is told from what was known of it before; its reply. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/reading.h"

static const struct app_reader plain = {.source = "marathon"};

#define RUNS(id, port, results) \
	"{'id':'" id "','host':'h','ports':[" port \
	"],'startedAt':'x','version':'1','state':'TASK_RUNNING'," \
	"'healthCheckResults':[" results "]}"
#define CHECKED(tasks) \
	"{'id':'/a','version':'1','ports':[10000],'healthChecks':[{}]," \
	"'instances':2,'tasks':[" tasks "]}"

static enum instance_state state_of(const struct app *app, const char *id)
{
	const struct instance *instance = app_instance(app, id);

	assert(instance);
	return instance->state;
}

TEST(a_leader_without_results_changes_nothing)
{
	CLEANUP(app_unref) struct app *before = NULL;
	CLEANUP(app_unref) struct app *after = NULL;

	before = read_app(CHECKED(RUNS("a.1", "1", "{'alive':true}") "," RUNS(
		"a.2", "2", "{'alive':false}") "," RUNS("a.3", "3", "")));
	after = read_app_as(&plain, before,
		CHECKED(RUNS("a.1", "1", "") "," RUNS("a.2", "2", "") "," RUNS(
			"a.3", "3", "") "," RUNS("a.4", "4", "")));
	assert(state_of(after, "a.1") == INSTANCE_SERVING);
	assert(state_of(after, "a.2") == INSTANCE_UNHEALTHY);
	assert(state_of(after, "a.3") == INSTANCE_WAITING);
	assert(state_of(after, "a.4") == INSTANCE_WAITING);
	assert(app_instance(after, "a.1")->health == HEALTH_ALIVE);
}

TEST(at_the_first_read_an_app_without_any_result_is_shown)
{
	static const struct app_reader first = {
		.source = "marathon", .first = true};
	CLEANUP(app_unref) struct app *none = NULL;
	CLEANUP(app_unref) struct app *some = NULL;

	none = read_app_as(&first, NULL,
		CHECKED(RUNS("a.1", "1", "") "," RUNS("a.2", "2", "")));
	assert(none->serving_count == 2);
	some = read_app_as(&first, NULL,
		CHECKED(RUNS("a.1", "1", "{'alive':true}") "," RUNS(
			"a.2", "2", "")));
	assert(some->serving_count == 1);
}

#define LOST(members) \
	"{'id':'a.1','host':'h','state':'TASK_UNREACHABLE'" members "}"

TEST(what_is_lost_from_sight_stays_where_it_was)
{
	CLEANUP(app_unref) struct app *before = NULL;
	CLEANUP(app_unref) struct app *after = NULL;

	before = read_app(CHECKED(RUNS("a.1", "31000", "{'alive':true}")));
	after = read_app_as(&plain, before, CHECKED(LOST("")));
	expect_ports_of(after, "10000 tcp: h:31000\n");
	assert(state_of(after, "a.1") == INSTANCE_SERVING);
	assert(after->instances[0].lost);
	assert(strcmp(after->instances[0].version, "1") == 0);
	assert(strcmp(after->instances[0].started, "x") == 0);
}

TEST(what_is_lost_and_still_has_ports_has_those)
{
	CLEANUP(app_unref) struct app *before = NULL;
	CLEANUP(app_unref) struct app *after = NULL;

	before = read_app(CHECKED(RUNS("a.1", "31000", "{'alive':true}")));
	after = read_app_as(&plain, before, CHECKED(LOST(",'ports':[31007]")));
	expect_ports_of(after, "10000 tcp: h:31007\n");
}

TEST(what_is_lost_from_sight_goes_when_it_is_to_be_dropped)
{
	static const struct app_reader drop = {
		.source = "marathon", .health = {HEALTH_KNOWN, true}};
	CLEANUP(app_unref) struct app *before = NULL;
	CLEANUP(app_unref) struct app *after = NULL;

	before = read_app(CHECKED(RUNS("a.1", "31000", "{'alive':true}")));
	after = read_app_as(&drop, before, CHECKED(LOST("")));
	assert(state_of(after, "a.1") == INSTANCE_UNREACHABLE);
	assert(!after->instances[0].lost);
}

TEST(a_lost_one_of_an_app_with_fewer_ports_now_is_cut_short)
{
	CLEANUP(app_unref) struct app *before = NULL;
	CLEANUP(app_unref) struct app *after = NULL;

	before = read_app("{'id':'/a','ports':[1],'tasks':[" RUNS(
		"a.1", "31000", "") "]}");
	after = read_app_as(&plain, before,
		"{'id':'/a','ports':[1,2],'tasks':[" LOST("") "]}");
	expect_ports_of(after, "1 tcp: h:31000\n2 tcp: -\n");
	app_unref(after);
	after = read_app_as(&plain, before,
		"{'id':'/a','ports':[],'tasks':[" LOST("") "]}");
	expect_ports_of(after, "");
}

TEST(an_answer_without_a_target_is_no_scale_down)
{
	CLEANUP(app_unref) struct app *before = NULL;
	CLEANUP(app_unref) struct app *after = NULL;
	CLEANUP(app_unref) struct app *fresh = NULL;

	before = read_app("{'id':'/a','instances':9,'tasks':[]}");
	after = read_app_as(&plain, before,
		"{'id':'/a','tasks':[" RUNS("a.1", "1", "") "]}");
	assert(after->target == 9);
	fresh = read_app("{'id':'/a','tasks':[" RUNS("a.1", "1", "") "]}");
	assert(fresh->target == 1);
}

struct asked {
	int count;
	char id[64];
};

static const struct app *ask(void *context, const char *id)
{
	struct asked *asked = context;

	asked->count++;
	snprintf(asked->id, sizeof(asked->id), "%s", id);
	return NULL;
}

TEST(what_was_known_is_asked_once_and_for_a_bad_app_too)
{
	static const char *const texts[] = {"{'id':'/a','tasks':[]}",
		"{'tasks':[],'labels':7,'id':'/a'}", "{'id':'/a'}"};

	for (size_t i = 0; i < 3; i++) {
		CLEANUP(app_unref) struct app *app = NULL;
		CLEANUP(free) char *text = quoted(texts[i]);
		struct asked asked = {0, ""};

		app_from_json(
			&plain, text, strlen(text), 1, ask, &asked, &app, NULL);
		assert(asked.count == 1 && strcmp(asked.id, "/a") == 0);
	}
}

static int read_reply(const char *quoted_text, struct app **ret)
{
	CLEANUP(free) char *text = quoted(quoted_text);
	struct why why = {""};
	int r;

	*ret = NULL;
	r = app_reply_from_json(
		&plain, text, strlen(text), NULL, NULL, ret, &why);
	assert(r == 0 || why.text[0]);
	return r;
}

TEST(the_reply_of_one_app_has_it_in_app)
{
	CLEANUP(app_unref) struct app *app = NULL;

	assert(read_reply("{'app':{'id':'/a','tasks':[]}}\n", &app) == 0);
	assert(app && strcmp(app->key.id, "/a") == 0);
	assert(app->fingerprint == 0);
}

TEST(a_reply_that_holds_no_app_is_refused)
{
	struct app *app;

	assert(read_reply("{'message':'App does not exist'}", &app) == -EPROTO);
	assert(read_reply("{'app':null}", &app) == -EPROTO);
	assert(read_reply("{'app':[]}", &app) == -EPROTO);
	assert(read_reply("[]", &app) == -EPROTO);
	assert(read_reply("{'app':{'id':'/a','tasks':[]}", &app) == -EPROTO);
	assert(read_reply("{'app':{'id':'/a'}}", &app) == -ENODATA);
	assert(read_reply("{'app':{'id':'/a','tasks':7}}", &app) == -EBADMSG);
	assert(!app);
}

TEST(an_app_that_groups_leave_out_is_read_to_nothing)
{
	CLEANUP(groups_free) struct groups *groups = NULL;
	CLEANUP(free) char *text = quoted("{'id':'/a','tasks':[]}");
	struct app_reader reader = {.source = "marathon"};
	struct app *app = NULL;

	assert(groups_new("b", GROUPS_BY_ANY, &groups, NULL) == 0);
	reader.groups = groups;
	assert(app_from_json(&reader, text, strlen(text), 1, NULL, NULL, &app,
		       NULL) == 0);
	assert(!app);
}

TEST(ceilings_make_an_app_bad)
{
	CLEANUP(free) char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	fprintf(out, "{'id':'/a','tasks':[],'ports':[1");
	for (int i = 0; i < PORTS_MAX; i++)
		fprintf(out, ",1");
	fprintf(out, "]}");
	fclose(out);
	expect_refused(text, -EBADMSG, "more than 256 ports");
	free(text);

	out = open_memstream(&text, &length);
	fprintf(out, "{'id':'/a','tasks':[{}");
	for (int i = 0; i < INSTANCES_MAX; i++)
		fprintf(out, ",{}");
	fprintf(out, "]}");
	fclose(out);
	expect_refused(text, -EBADMSG, "more than 20000 tasks");
	free(text);

	out = open_memstream(&text, &length);
	fprintf(out, "{'id':'/a','tasks':[],'labels':{'x':''");
	for (int i = 0; i < LABELS_MAX; i++)
		fprintf(out, ",'%d':''", i);
	fprintf(out, "}}");
	fclose(out);
	expect_refused(text, -EBADMSG, "more than 4096 labels");
	free(text);

	out = open_memstream(&text, &length);
	fprintf(out, "{'id':'/%0*d','tasks':[]}", NAME_LEN_MAX, 7);
	fclose(out);
	expect_refused(text, -EBADMSG, "id of more than 4096");
}
