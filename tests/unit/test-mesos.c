/* SPDX-License-Identifier: MIT */
/* What a master's state says, and what becomes of it. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fetch/mesos_apps.h"
#include "fetch/mesos_name.h"
#include "tests/unit/reading.h"

#define LEADS "'pid':'master@10.0.0.1:5050','leader':'master@10.0.0.1:5050',"
#define AGENTS                                                                 \
	"'slaves':[{'id':'S0','hostname':'agent-0','pid':"                     \
	"'slave(1)@10.1.0.1:5051'},{'id':'S1','hostname':'agent-1'},"          \
	"{'id':'S6','hostname':'agent-6','pid':'slave(1)@[::6]:5051'}],"
#define STATE(tasks)                                                           \
	"{" LEADS AGENTS "'frameworks':[{'id':'F','name':'fw','tasks':[" tasks \
	"]}]}"
#define TASK(id, more)                                                         \
	"{'id':'" id "','name':'web','slave_id':'S0','state':'TASK_RUNNING'"   \
	more "}"
#define PORTS ",'resources':{'ports':'[1000-1000]'}"

static struct app_reader reader = {.source = "mesos"};

/* One cluster, as it is read again and again. */
struct cluster {
	struct mesos_state_settings settings;
	struct mesos_tasks *tasks;
	struct catalog *catalog;
	struct mesos_master master;
	size_t bad;
	struct why first_bad;
	bool same; /* as the state before */
};

static int read_text(struct cluster *cluster, const char *json, size_t length,
	size_t piece, struct why *why)
{
	CLEANUP(mesos_state_free) struct mesos_state *state = NULL;
	struct mesos_tasks *tasks;
	struct mesos_apps_settings settings = {
		&reader, cluster->catalog, NULL};
	struct catalog *next;
	int r = 0;

	cluster->settings.reader = &reader;
	assert(mesos_state_new(&cluster->settings, cluster->tasks, &state)
		== 0);
	for (size_t at = 0; at < length && r == 0; at += piece)
		r = mesos_state_feed(state, json + at,
			length - at < piece ? length - at : piece, why);
	if (r == 0 || r == -ECANCELED)
		r = mesos_state_end(state, why);
	if (r < 0)
		return r;
	cluster->master = *mesos_state_master(state);
	cluster->bad = mesos_state_bad(state, &cluster->first_bad);
	tasks = mesos_state_take(state);
	r = mesos_apps_make(&settings, tasks, &cluster->master, &next, why);
	if (r < 0) {
		mesos_tasks_free(tasks);
		return r;
	}
	cluster->same = mesos_tasks_same(cluster->tasks, tasks);
	catalog_unref(cluster->catalog);
	cluster->catalog = next;
	mesos_tasks_free(cluster->tasks);
	cluster->tasks = tasks;
	return 0;
}

static void take(struct cluster *cluster, const char *text)
{
	CLEANUP(free) char *json = quoted(text);
	struct why why = {""};
	int r = read_text(cluster, json, strlen(json), 7, &why);

	if (r < 0)
		printf("  %s\n", why.text);
	assert(r == 0);
}

static void refuse(struct cluster *cluster, const char *text, const char *words)
{
	CLEANUP(free) char *json = quoted(text);
	struct why why = {""};

	assert(read_text(cluster, json, strlen(json), 9, &why) < 0);
	if (!strstr(why.text, words))
		printf("  %s\n", why.text);
	assert(strstr(why.text, words));
}

static void done(struct cluster *cluster)
{
	catalog_unref(cluster->catalog);
	mesos_tasks_free(cluster->tasks);
}

static struct cluster all(void)
{
	return (struct cluster){.settings.tasks = true};
}

static struct app *find(const struct cluster *cluster, const char *id)
{
	const struct app_key key = {id, "mesos"};

	return catalog_find(cluster->catalog, &key);
}

static void one_task(const char *task, const char *ports)
{
	struct cluster cluster = all();
	char text[4096];

	snprintf(text, sizeof(text), STATE("%s"), task);
	take(&cluster, text);
	assert(cluster.bad == 0);
	assert(find(&cluster, "/fw/web"));
	expect_ports_of(find(&cluster, "/fw/web"), ports);
	done(&cluster);
}

static void bad_task(const char *task, const char *words)
{
	struct cluster cluster = all();
	char text[4096];

	snprintf(text, sizeof(text), STATE("%s," TASK("good", PORTS)), task);
	take(&cluster, text);
	if (cluster.bad != 1 || !strstr(cluster.first_bad.text, words))
		printf("  %zu %s\n", cluster.bad, cluster.first_bad.text);
	assert(cluster.bad == 1 && strstr(cluster.first_bad.text, words));
	assert(find(&cluster, "/fw/web")->serving_count == 1);
	done(&cluster);
}

static void named(const char *text, const char *expected)
{
	char name[MESOS_NAME_MAX + 1];

	assert(mesos_name(text, name) == 0);
	if (strcmp(name, expected) != 0)
		printf("  %s is %s\n", text, name);
	assert(strcmp(name, expected) == 0);
}

TEST(names_become_what_an_id_may_hold)
{
	char name[MESOS_NAME_MAX + 1], big[MESOS_NAME_MAX + 2];

	named("web", "web");
	named("My_App/1", "my-app-1");
	named("php.trapni.developer", "php.trapni.developer");
	named("-.a..b._c.-", "a--b--c");
	named("ct:1500:0:job", "ct-1500-0-job");
	named("\xc3\xa4x", "x");
	assert(mesos_name("***", name) == -EINVAL);
	assert(mesos_name("", name) == -EINVAL);
	memset(big, 'a', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	assert(mesos_name(big, name) == -ENAMETOOLONG);
	assert(mesos_name_matches("a,mara*", "marathon"));
	assert(!mesos_name_matches("a,mara", "marathon"));
	assert(!mesos_name_matches("", "marathon"));
}

TEST(ports_of_resources_are_at_the_agent)
{
	one_task(TASK("t", ",'resources':{'ports':'[31000-31001, 31005-31005]'}"),
		"0 tcp: 10.1.0.1:31000\n0 tcp: 10.1.0.1:31001\n"
		"0 tcp: 10.1.0.1:31005\n");
	one_task("{'id':'t','name':'web','slave_id':'S1','state':"
		 "'TASK_RUNNING'" PORTS "}",
		"0 tcp: agent-1:1000\n");
	one_task("{'id':'t','name':'web','slave_id':'S6','state':"
		 "'TASK_RUNNING'" PORTS "}",
		"0 tcp: ::6:1000\n");
	one_task(TASK("t", ",'resources':{'ports':'[]'}"), "");
	one_task(TASK("t", ",'resources':{'ports':'[5-3]'}"), "");
	one_task(TASK("t", ",'resources':{'ports':'[70000-70001]'}"), "");
}

#define DISCOVERY(port)                                                        \
	",'discovery':{'ports':{'ports':[{'number':80" port "}]}}"
#define STATUS(time, address)                                                  \
	"{'state':'TASK_RUNNING','timestamp':" time                            \
	",'container_status':{'network_infos':[{'ip_addresses':[{"             \
	"'ip_address':'" address "'}]}]}}"

TEST(discovered_ports_are_at_the_address_of_the_task)
{
	one_task(TASK("t", DISCOVERY("")), "0 tcp: 10.1.0.1:80\n");
	one_task(TASK("t", DISCOVERY("") ",'statuses':[" STATUS(
			 "2.5", "9.0.0.2") "," STATUS("1", "9.0.0.1") "]"),
		"0 tcp: 9.0.0.2:80\n");
	/* As 0.25 had it, and before that. */
	one_task(TASK("t", DISCOVERY("") ",'statuses':[{'state':'TASK_RUNNING'"
					",'timestamp':1,'container_status':{"
					"'network_infos':[{'ip_address':"
					"'9.0.0.3'}]}}]"),
		"0 tcp: 9.0.0.3:80\n");
	one_task(TASK("t", DISCOVERY("") ",'statuses':[{'state':'TASK_RUNNING'"
					",'timestamp':1,'labels':[{'key':"
					"'MesosContainerizer.NetworkSettings."
					"IPAddress','value':'9.0.0.4'}]}]"),
		"0 tcp: 9.0.0.4:80\n");
	/* Not that of a status that says it has ended. */
	one_task(TASK("t", DISCOVERY("") ",'statuses':[{'state':'TASK_STAGING'"
					",'timestamp':1,'container_status':{"
					"'network_infos':[{'ip_address':"
					"'9.0.0.3'}]}}]"),
		"0 tcp: 10.1.0.1:80\n");
	/* Behind a bridge, and where the port says so itself. */
	one_task(TASK("t", DISCOVERY("") ",'container':{'docker':{'network':"
					"'BRIDGE'}},'statuses':[" STATUS(
						"1", "172.17.0.2") "]"),
		"0 tcp: 10.1.0.1:80\n");
	one_task(TASK("t", DISCOVERY(",'labels':{'labels':[{'key':"
				     "'network-scope','value':'host'}]}")
			 ",'statuses':[" STATUS("1", "9.0.0.2") "]"),
		"0 tcp: 10.1.0.1:80\n");
	one_task(TASK("t", DISCOVERY(",'name':'dns','protocol':'udp,tcp'")),
		"0 tcp+udp dns: 10.1.0.1:80\n");
}

TEST(what_does_not_run_or_is_nowhere_is_left_out)
{
	struct cluster cluster = all();

	take(&cluster,
		STATE(TASK("a", PORTS) ",{'id':'b','name':'x','slave_id':"
				      "'S0','state':'TASK_STAGING'},"
				      "{'id':'c','name':'x','slave_id':"
				      "'S9','state':'TASK_RUNNING'},"
				      "{'id':'d','name':'x','slave_id':"
				      "'S0','state':'TASK_LOST'}"));
	assert(catalog_app_count(cluster.catalog) == 2);
	assert(cluster.bad == 0);
	done(&cluster);
}

TEST(one_bad_task_is_one_bad_task)
{
	bad_task("{'id':'x','name':'***','slave_id':'S0','state':"
		 "'TASK_RUNNING'}",
		"fw: task x: of the name '***' no id can be made");
	bad_task("{'name':'x'}", "fw: task ?: a task without an id");
	bad_task("'7'", "a task is no object");
	bad_task(TASK("x", ",'labels':[7]"), "labels");
	bad_task(TASK("x", ",'statuses':{}"), "statuses");
	bad_task(TASK("x", DISCOVERY("000000")), "out of range");
	bad_task(TASK("x", ",'resources':{'ports':'[1-300]'}"),
		"more than 256 ports");
	bad_task(TASK("x", ",'resources':{'ports':7}"), "ports");
}

TEST(tasks_of_one_name_are_one_app_with_the_ports_of_the_widest)
{
	struct cluster cluster = all();
	const struct app *app;

	take(&cluster,
		STATE(TASK("b", PORTS) "," TASK("a",
			",'resources':{'ports':'[1-2]'},'labels':[{'key':'k',"
			"'value':'v'}]") "," TASK("a", PORTS)));
	app = find(&cluster, "/fw/web");
	assert(app && app->instance_count == 2 && app->serving_count == 2);
	expect_ports_of(app, "0 tcp: 10.1.0.1:1 10.1.0.1:1000\n"
			     "0 tcp: 10.1.0.1:2 -\n");
	assert(strcmp(app_label(app, "k"), "v") == 0);
	done(&cluster);
}

TEST(who_leads_is_an_app)
{
	struct cluster cluster = {.settings.tasks = false};
	const struct app *app;

	take(&cluster, "{'version':'1.11.0'," LEADS
		       "'leader_info':{'id':'M','hostname':'m','x':{}},"
		       "'slaves':[]} this is not read any more");
	app = find(&cluster, "/mesos-master");
	assert(app && catalog_app_count(cluster.catalog) == 1);
	expect_ports_of(app, "80 tcp: 10.0.0.1:5050\n");
	assert(strcmp(app_label(app, "proxym.port.80.protocol"), "http") == 0);
	assert(strcmp(cluster.master.version, "1.11.0") == 0);
	assert(strcmp(cluster.master.leader_name, "m") == 0);
	/* An old one says less, and is read to its end. */
	take(&cluster, "{" LEADS "'frameworks':7}");
	assert(find(&cluster, "/mesos-master") == app);
	done(&cluster);
}

TEST(frameworks_are_chosen_by_their_names)
{
	struct cluster cluster = all();
	const char *text = "{" LEADS AGENTS
			   "'frameworks':[{'name':'marathon','tasks':[" TASK(
				   "a", PORTS) "]},{'name':'Jobs','tasks':[" TASK("b",
				   PORTS) "]}]}";

	take(&cluster, text);
	assert(find(&cluster, "/marathon/web") && find(&cluster, "/jobs/web"));
	cluster.settings.others = "marathon*";
	take(&cluster, text);
	assert(!find(&cluster, "/marathon/web") && find(&cluster, "/jobs/web"));
	cluster.settings.others = NULL;
	cluster.settings.frameworks = "x,mara*";
	take(&cluster, text);
	assert(find(&cluster, "/marathon/web") && !find(&cluster, "/jobs/web"));
	done(&cluster);
}

TEST(what_did_not_change_is_the_same_object)
{
	struct cluster cluster = all();
	const struct app *before;

	take(&cluster, STATE(TASK("a", PORTS) "," TASK("b", PORTS)));
	before = find(&cluster, "/fw/web");
	take(&cluster, STATE(TASK("a", PORTS) "," TASK("b", PORTS)));
	assert(cluster.same && find(&cluster, "/fw/web") == before);
	/* Another order is the same app. */
	take(&cluster, STATE(TASK("b", PORTS) "," TASK("a", PORTS)));
	assert(!cluster.same && find(&cluster, "/fw/web") == before);
	take(&cluster, STATE(TASK("b", PORTS) "," TASK("a",
		",'resources':{'ports':'[7-7]'}")));
	assert(find(&cluster, "/fw/web") != before);
	done(&cluster);
}

TEST(another_address_of_an_agent_is_seen)
{
	struct cluster cluster = all();

	take(&cluster, STATE(TASK("a", PORTS)));
	take(&cluster,
		"{" LEADS "'slaves':[{'id':'S0','hostname':'h','pid':"
		"'slave(1)@10.1.0.9:1'}],'frameworks':[{'name':'fw','tasks':["
		TASK("a", PORTS) "]}]}");
	expect_ports_of(find(&cluster, "/fw/web"), "0 tcp: 10.1.0.9:1000\n");
	done(&cluster);
}

#define HEALTHY(value)                                                         \
	PORTS ",'health_check':{},'statuses':[{'state':'TASK_RUNNING',"        \
	      "'timestamp':1" value "}]"

TEST(health_of_mesos_is_respected)
{
	struct cluster cluster = all();

	/* At the first look, without a result, it is given a chance. */
	take(&cluster, STATE(TASK("a", HEALTHY(""))));
	assert(find(&cluster, "/fw/web")->serving_count == 1);
	take(&cluster, STATE(TASK("a", HEALTHY(",'healthy':false"))));
	assert(find(&cluster, "/fw/web")->serving_count == 0);
	take(&cluster, STATE(TASK("a", HEALTHY(",'healthy':true"))));
	assert(find(&cluster, "/fw/web")->serving_count == 1);
	assert(find(&cluster, "/fw/web")->check_count == 0);
	/* A new one waits for its first result; what is known stays. */
	take(&cluster, STATE(TASK("a", HEALTHY("")) "," TASK("b", HEALTHY(""))));
	assert(find(&cluster, "/fw/web")->serving_count == 1);
	assert(app_instance(find(&cluster, "/fw/web"), "b")->state
		== INSTANCE_WAITING);
	reader.health.mode = HEALTH_IGNORE;
	take(&cluster, STATE(TASK("a", HEALTHY(",'healthy':false"))));
	assert(find(&cluster, "/fw/web")->serving_count == 1);
	reader.health.mode = HEALTH_KNOWN;
	done(&cluster);
}

TEST(what_is_said_to_have_ended_is_known)
{
	struct cluster cluster = all();

	take(&cluster, "{" LEADS AGENTS
		       "'frameworks':[{'name':'fw','tasks':[],"
		       "'completed_tasks':[{'name':'id','id':'a.1','statuses':"
		       "[{'id':'no'}]}]}],'completed_frameworks':[{"
		       "'completed_tasks':[{'id':'b.1'}],'tasks':[{'id':'no'}]"
		       "}]}");
	assert(mesos_tasks_ended(cluster.tasks, "a.1"));
	assert(mesos_tasks_ended(cluster.tasks, "b.1"));
	assert(!mesos_tasks_ended(cluster.tasks, "no"));
	done(&cluster);
}

TEST(what_is_no_state_is_refused)
{
	struct cluster cluster = all();

	refuse(&cluster, "{'message':'hello'}", "no master leads");
	refuse(&cluster, "{" LEADS "'slaves':[]}", "frameworks");
	refuse(&cluster, "{" LEADS AGENTS "'frameworks':[{'name':'fw','tasks':[",
		"too early");
	refuse(&cluster, "{'leader':'','pid':'x','frameworks':[]}",
		"no master leads");
	refuse(&cluster, "{" LEADS "'frameworks':[{'tasks':[{}],'name':'a'}]}",
		"in front of its name");
	refuse(&cluster, "{'leader':7,'pid':null}", "no master leads");
	refuse(&cluster, "{'leader':'m@no','frameworks':[]}", "is at 'no'");
	assert(!cluster.catalog);
	done(&cluster);
}
