/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/reading.h"

/* An app with these members and no tasks. */
static struct app *app_with(const char *members)
{
	char text[2048];

	snprintf(text, sizeof(text), "{'id':'/a',%s,'tasks':[]}", members);
	return read_app(text);
}

/* The state of the only task of an app, -1: there is none. */
static int state_of(const char *app_members, const char *task_members)
{
	CLEANUP(app_unref) struct app *app = NULL;
	char text[1024];

	snprintf(text, sizeof(text), "{'id':'/a',%s'tasks':[{'id':'a.1',%s}]}",
		app_members, task_members);
	app = read_app(text);
	return app->instance_count ? app->instances[0].state : -1;
}

TEST(an_app_is_what_its_fields_say)
{
	CLEANUP(app_unref) struct app *app = NULL;

	app = read_app("{'id':'/developer/trapni/php','version':'2015-01-01',"
		       "'instances':3,'cmd':'x','cpus':0.1,'ports':[10000],"
		       "'tasks':[{'id':'t','host':'h','ports':[1],'state':"
		       "'TASK_RUNNING','startedAt':'2016','version':'2014',"
		       "'ipAddresses':[{'ipAddress':'10.0.0.9'}]}]}");
	assert(strcmp(app->key.id, "/developer/trapni/php") == 0);
	assert(strcmp(app->key.source, "marathon") == 0);
	assert(strcmp(app->version, "2015-01-01") == 0);
	assert(app->target == 3 && app->fingerprint == 1);
	assert(app->instance_count == 1 && app->serving_count == 1);
	assert(strcmp(app->instances[0].started, "2016") == 0);
	assert(strcmp(app->instances[0].version, "2014") == 0);
	assert(strcmp(app->instances[0].ip, "10.0.0.9") == 0);
}

TEST(labels_are_texts_and_may_be_empty)
{
	CLEANUP(app_unref) struct app *app = NULL;

	app = app_with("'labels':{'b':'','a':'x\\u00e9\\n\\\\','n':null}");
	assert(app->label_count == 2);
	assert(strcmp(app_label(app, "a"), "x\xc3\xa9\n\\") == 0);
	assert(strcmp(app_label(app, "b"), "") == 0);
	assert(!app_label(app, "n"));
}

TEST(of_the_environment_only_what_is_haproxys_is_kept)
{
	CLEANUP(app_unref) struct app *app = NULL;

	app = app_with("'env':{'PATH':'/bin','HAPROXY_GROUP':'x',"
		       "'HAPROXY':'y','HAPROXY_SECRET':{'secret':'s'},"
		       "'PASSWORD':{'secret':'p'},'HAPROXY_N':7}");
	assert(app->env_count == 1);
	assert(strcmp(app->env[0].key, "HAPROXY_GROUP") == 0);
	assert(strcmp(app->env[0].value, "x") == 0);
}

TEST(each_check_has_its_protocol)
{
	static const struct {
		const char *name;
		enum check_protocol expected;
	} table[] = {{"'HTTP'", CHECK_HTTP}, {"'HTTPS'", CHECK_HTTPS},
		{"'TCP'", CHECK_TCP}, {"'COMMAND'", CHECK_COMMAND},
		{"'MESOS_HTTP'", CHECK_MESOS_HTTP},
		{"'MESOS_HTTPS'", CHECK_MESOS_HTTPS},
		{"'MESOS_TCP'", CHECK_MESOS_TCP}, {"'GRPC'", CHECK_UNKNOWN},
		{"null", CHECK_HTTP}, {"''", CHECK_HTTP}};
	char text[128];

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		CLEANUP(app_unref) struct app *app = NULL;

		snprintf(text, sizeof(text),
			"'healthChecks':[{'protocol':%s,'portIndex':0}]",
			table[i].name);
		app = app_with(text);
		assert(app->check_count == 1);
		assert(app->checks[0].protocol == table[i].expected);
	}
}

TEST(a_check_has_an_index_or_a_port)
{
	CLEANUP(app_unref) struct app *app = NULL;
	const struct check *c;

	app = app_with(
		"'healthChecks':[{'protocol':'HTTP','path':'/p','portIndex':1,"
		"'port':null,'command':null,'gracePeriodSeconds':300,"
		"'intervalSeconds':60,'timeoutSeconds':20,"
		"'maxConsecutiveFailures':3,'ignoreHttp1xx':false},"
		"{'protocol':'TCP','port':8080,'intervalSeconds':5.0},{}]");
	assert(app->check_count == 3);
	c = app->checks;
	assert(strcmp(c[0].path, "/p") == 0 && c[0].port_index == 1);
	assert(c[0].port == 0 && c[0].interval_seconds == 60);
	assert(c[0].timeout_seconds == 20 && c[0].max_failures == 3);
	assert(c[1].port_index == -1 && c[1].port == 8080 && !c[1].path);
	assert(c[1].interval_seconds == 5);
	assert(c[2].port_index == -1 && c[2].protocol == CHECK_HTTP);
}

TEST(a_command_may_be_written_in_two_ways)
{
	CLEANUP(app_unref) struct app *app = NULL;

	app = app_with("'healthChecks':[{'protocol':'COMMAND','command':"
		       "'true','portIndex':0},{'protocol':'COMMAND',"
		       "'command':{'value':'true'}}]");
	assert(app->check_count == 2);
	assert(app->checks[0].port_index == -1);
	assert(app->checks[1].port_index == -1);
}

TEST(what_is_missing_null_or_empty_is_the_same)
{
	static const struct {
		const char *name, *empty;
	} fields[] = {{"version", "''"}, {"labels", "{}"}, {"env", "{}"},
		{"networks", "[]"}, {"container", "{}"},
		{"portDefinitions", "[]"}, {"ports", "[]"},
		{"healthChecks", "[]"}, {"tasksRunning", "0"},
		{"instances", "0"}};
	CLEANUP(app_unref) struct app *missing = NULL;
	char text[128];

	missing = read_app("{'id':'/a','tasks':[]}");
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		CLEANUP(app_unref) struct app *null = NULL;
		CLEANUP(app_unref) struct app *empty = NULL;

		snprintf(text, sizeof(text), "'%s':null", fields[i].name);
		null = app_with(text);
		snprintf(text, sizeof(text), "'%s':%s", fields[i].name,
			fields[i].empty);
		empty = app_with(text);
		assert(app_same(missing, null));
		assert(app_same(missing, empty));
	}
}

TEST(what_nobody_knows_is_passed_over)
{
	CLEANUP(app_unref) struct app *app = NULL;
	CLEANUP(app_unref) struct app *bare = NULL;

	bare = read_app("{'id':'/a','tasks':[]}");
	app = app_with("'unreachableStrategy':'disabled','zzz':[[{}]],"
		       "'cpus':1e-3,'residency':null,'x':true");
	assert(app_same(app, bare));
}

TEST(a_field_of_the_wrong_type_makes_the_app_bad)
{
	static const char *const fields[] = {"version':7", "labels':[]",
		"labels':{'x':7}", "env':'x'", "instances':'3'",
		"instances':-1", "instances':1.5", "instances':true",
		"healthChecks':{}", "healthChecks':[7]", "healthChecks':[null]",
		"healthChecks':[{'protocol':7}]", "healthChecks':[{'path':[]}]",
		"healthChecks':[{'portIndex':'0'}]",
		"healthChecks':[{'portIndex':-1}]",
		"healthChecks':[{'intervalSeconds':-1}]",
		"healthChecks':[{'port':'x'}]", "tasksRunning':'3'",
		"version':'a\\u0000b'", "tasksRunning':3"};
	char text[256];

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		snprintf(text, sizeof(text), "{'id':'/a','tasks':[],'%s}",
			fields[i]);
		expect_refused(text, -EBADMSG, "/a: ");
	}
}

TEST(a_task_that_cannot_be_understood_makes_the_app_bad)
{
	static const char *const tasks[] = {"7", "null", "{}",
		"{'id':null,'host':'h'}", "{'id':'','host':'h'}",
		"{'id':7,'host':'h'}", "{'id':'t','host':7}",
		"{'id':'t','host':'h','ports':7}",
		"{'id':'t','host':'h','ports':['x']}",
		"{'id':'t','host':'h','state':7}",
		"{'id':'t','host':'h','startedAt':7}",
		"{'id':'t','host':'h','version':{}}",
		"{'id':'t','host':'h','ipAddresses':{}}",
		"{'id':'t','host':'h','ipAddresses':['x']}",
		"{'id':'t','host':'h','ipAddresses':[{'ipAddress':7}]}",
		"{'id':'t','host':'h','healthCheckResults':{}}",
		"{'id':'t','host':'h','healthCheckResults':[7]}",
		"{'id':'t','host':'h','healthCheckResults':[{'alive':1}]}"};
	char text[256];

	for (size_t i = 0; i < sizeof(tasks) / sizeof(tasks[0]); i++) {
		snprintf(text, sizeof(text),
			"{'id':'/a','ports':[1],'tasks':[%s]}", tasks[i]);
		expect_refused(text, -EBADMSG, "/a: ");
	}
	expect_refused("{'id':'/a','tasks':{}}", -EBADMSG, "tasks");
}

TEST(an_app_needs_an_id)
{
	expect_refused("{'tasks':[]}", -EBADMSG, "id");
	expect_refused("{'id':null,'tasks':[]}", -EBADMSG, "id");
	expect_refused("{'id':'','tasks':[]}", -EBADMSG, "id");
	expect_refused("{'id':7,'tasks':[]}", -EBADMSG, "id");
}

TEST(without_tasks_the_whole_answer_is_of_no_use)
{
	expect_refused("{'id':'/a','ports':[1]}", -ENODATA, "embed");
	expect_refused("{'id':'/a','tasks':null}", -ENODATA, "embed");
}

TEST(what_is_no_json_object_is_no_app)
{
	static const char *const texts[] = {"", " ", "null", "[]", "7", "'x'",
		"{", "{'id':'/a','tasks':[]", "{'id':'/a','tasks':[]}}",
		"{'id':'/a','tasks':[]} x", "{'id':'/a','tasks':[],}",
		"{'id':'/a' 'tasks':[]}", "{id:'/a','tasks':[]}", "<html>"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect_refused(texts[i], -EPROTO, "");
}

TEST(blanks_around_an_app_mean_nothing)
{
	CLEANUP(app_unref) struct app *app = NULL;

	app = read_app(" \r\n\t{ 'id' : '/a' , 'tasks' : [ ] } \r\n\t");
	assert(app->instance_count == 0);
}

TEST(tasks_that_are_said_to_run_have_to_be_listed)
{
	CLEANUP(app_unref) struct app *app = NULL;

	expect_refused("{'id':'/a','tasksRunning':3,'tasks':[]}", -EBADMSG,
		"3 tasks are said to run");
	app = read_app("{'id':'/a','tasksRunning':3,'tasks':[{'id':'t',"
		       "'host':'h'}]}");
	assert(app->instance_count == 1);
}

TEST(a_state_says_what_a_task_does)
{
	static const struct {
		const char *task;
		int expected;
	} table[] = {{"'host':'h','state':'TASK_RUNNING'", INSTANCE_SERVING},
		{"'host':'h','state':'TASK_STAGING'", INSTANCE_STARTING},
		{"'host':'h','state':'TASK_STARTING'", INSTANCE_STARTING},
		{"'host':'h','state':'TASK_KILLING'", INSTANCE_KILLING},
		{"'host':'h','state':'TASK_FINISHED'", INSTANCE_ENDED},
		{"'host':'h','state':'TASK_FAILED'", INSTANCE_ENDED},
		{"'host':'h','state':'TASK_GONE'", INSTANCE_ENDED},
		{"'host':'h','state':'TASK_UNKNOWN'", INSTANCE_ENDED},
		/* never seen to run, and out of sight */
		{"'host':'h','state':'TASK_LOST'", INSTANCE_UNREACHABLE},
		{"'host':'h','state':'TASK_NOBODY_KNOWS'",
			INSTANCE_UNREACHABLE},
		{"'host':'h','state':'TASK_UNREACHABLE','startedAt':'x'",
			INSTANCE_SERVING},
		/* to 1.1.1 there is no state */
		{"'host':'h','ports':[],'startedAt':'x'", INSTANCE_SERVING},
		{"'host':'h','ports':[],'startedAt':null", INSTANCE_STARTING},
		{"'host':'h','ports':[]", INSTANCE_STARTING},
		{"'host':'h','startedAt':'x'", INSTANCE_STARTING},
		{"'host':'h','state':null,'ports':[1],'startedAt':'x'",
			INSTANCE_SERVING},
		{"'host':'h','state':'','ports':[1],'startedAt':'x'",
			INSTANCE_SERVING},
		{"'state':'TASK_RUNNING'", -1},
		{"'host':'','state':'TASK_RUNNING'", -1}};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		int got = state_of("", table[i].task);

		if (got != table[i].expected)
			printf("%s: %d\n", table[i].task, got);
		assert(got == table[i].expected);
	}
}

TEST(results_say_how_a_task_does)
{
	static const struct {
		const char *results;
		int expected;
	} table[] = {{"[]", INSTANCE_WAITING}, {"null", INSTANCE_WAITING},
		{"[null]", INSTANCE_WAITING}, {"[{}]", INSTANCE_WAITING},
		{"[{'alive':true}]", INSTANCE_SERVING},
		{"[{'alive':false}]", INSTANCE_UNHEALTHY},
		{"[{'alive':true},{'alive':false}]", INSTANCE_UNHEALTHY},
		{"[null,{'alive':true}]", INSTANCE_SERVING},
		/* never made yet */
		{"[{'alive':false,'consecutiveFailures':0,'lastFailure':null,"
		 "'lastSuccess':null}]",
			INSTANCE_WAITING},
		{"[{'alive':false,'consecutiveFailures':0}]", INSTANCE_WAITING},
		{"[{'alive':false,'consecutiveFailures':1}]",
			INSTANCE_UNHEALTHY},
		{"[{'alive':false,'consecutiveFailures':0,'lastFailure':'x'}]",
			INSTANCE_UNHEALTHY},
		{"[{'alive':false,'consecutiveFailures':0,'lastSuccess':'x'}]",
			INSTANCE_UNHEALTHY}};
	char text[256];

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		int got;

		snprintf(text, sizeof(text),
			"'host':'h','state':'TASK_RUNNING',"
			"'healthCheckResults':%s",
			table[i].results);
		got = state_of("'healthChecks':[{}],", text);
		if (got != table[i].expected)
			printf("%s: %d\n", table[i].results, got);
		assert(got == table[i].expected);
	}
}

TEST(of_tasks_with_one_id_the_first_counts)
{
	expect_ports("{'id':'/a','ports':[1],'tasks':["
		     "{'id':'t','host':'h','ports':[2],'startedAt':'x'},"
		     "{'id':'t','host':'i','ports':[3],'startedAt':'x'},"
		     "{'id':'u','host':'j','ports':[4],'startedAt':'x'}]}",
		"1 tcp: h:2 j:4\n");
}
