/* SPDX-License-Identifier: MIT */
/* Files of services, of both generations of proxym, and what is wrong in them. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fetch/service_claim.h"
#include "tests/unit/reading.h"

static const struct app_reader reader = {.source = "files", .rank = 3};

static struct service_list read_list(const char *name, const char *text)
{
	CLEANUP(free) char *json = quoted(text);
	struct service_list list = {NULL, 0};
	struct why why = {""};
	int r;

	r = services_from_json(
		&reader, name, json, strlen(json), &list, &why);
	if (r < 0)
		printf("  %s\n", why.text);
	assert(r == 0);
	return list;
}

/* Just these words, which name the file and the line. */
static void refuse(const char *text, const char *words)
{
	CLEANUP(free) char *json = quoted(text);
	struct service_list list = {NULL, 0};
	struct why why = {""};
	int r;

	r = services_from_json(
		&reader, "web.json", json, strlen(json), &list, &why);
	if (r != -EBADMSG || strcmp(why.text, words) != 0)
		printf("  %d '%s' instead of '%s'\n", r, why.text, words);
	assert(r == -EBADMSG && strcmp(why.text, words) == 0);
	assert(!list.apps && !list.count);
}

static void has_label(const struct app *app, const char *key, const char *value)
{
	const char *found = app_label(app, key);

	if (!value ? found != NULL : !found || strcmp(found, value) != 0)
		printf("  %s is %s\n", key, found ? found : "not there");
	assert(value ? found && strcmp(found, value) == 0 : !found);
}

TEST(the_older_generation_has_one_domain_and_one_protocol)
{
	struct service_list list = read_list("x.json",
		"{'domain':'one.app.local','hosts':[{'ip':'10.0.0.1','port':80}"
		",{'ip':'10.0.0.2','port':81}],'id':'/one/webapp','port':80,"
		"'protocol':'tcp'}");
	const struct app *app = list.apps[0];

	assert(list.count == 1 && strcmp(app->key.id, "/one/webapp") == 0);
	assert(strcmp(app->key.source, "files") == 0 && app->rank == 3);
	assert(app->serving_count == 2 && app->target == 2);
	assert(app->ports[0].service_port == 80);
	assert(app->ports[0].protocols == PORT_TCP);
	expect_ports_of(app, "80 tcp: 10.0.0.1:80 10.0.0.2:81\n");
	has_label(app, "proxym.domains", "one.app.local");
	has_label(app, "proxym.port.80.protocol", NULL);
	service_list_done(&list);
}

TEST(the_newer_generation_says_more)
{
	struct service_list list = read_list("x.json",
		"{'applicationProtocol':'http','domains':['a.example.com',"
		"'b.example.com'],'id':'registry','transportProtocol':'tcp',"
		"'port':80,'servicePort':8080,'config':'option x',"
		"'proxyPath':'/v1','hosts':[]}");
	const struct app *app = list.apps[0];

	assert(app->ports[0].service_port == 8080);
	assert(app->ports[0].container_port == 80);
	has_label(app, "proxym.domains", "a.example.com,b.example.com");
	has_label(app, "proxym.port.80.protocol", "http");
	has_label(app, "proxym.port.80.config", "option x");
	has_label(app, "HAPROXY_0_PATH", "/v1");
	assert(app->instance_count == 0);
	service_list_done(&list);
}

TEST(keys_count_in_any_case_and_the_last_of_two)
{
	struct service_list list = read_list("x.json",
		"{'ID':'/a','Id':'/b','PORT':1,'Port':2,'HOSTS':[{'IP':'h',"
		"'Port':1,'PORT':3}],'unknown':{'id':'/c'},'domains':null}");

	assert(strcmp(list.apps[0]->key.id, "/b") == 0);
	expect_ports_of(list.apps[0], "2 tcp: h:3\n");
	service_list_done(&list);
}

TEST(virtual_hosts_are_for_what_speaks_http)
{
	struct service_list list = read_list("x.json",
		"[{'id':'a','domain':'a','applicationProtocol':'redis'},"
		"{'id':'b','domain':'b','protocol':'http'},"
		"{'id':'c','domain':'c','protocol':'udp','port':53},"
		"{'id':'d','protocol':'udp,tcp'}]");

	has_label(list.apps[0], "proxym.domains", NULL);
	has_label(list.apps[1], "proxym.domains", "b");
	has_label(list.apps[1], "proxym.port.0.protocol", "http");
	assert(list.apps[1]->ports[0].protocols == PORT_TCP);
	assert(list.apps[2]->ports[0].protocols == PORT_UDP);
	assert(list.apps[3]->ports[0].protocols == (PORT_TCP | PORT_UDP));
	/* Nobody gave it a port, so nobody misses one. */
	assert(list.apps[3]->ports[0].unserved);
	assert(!list.apps[2]->ports[0].unserved);
	service_list_done(&list);
}

TEST(ids_are_made_of_what_is_written)
{
	struct service_list list = read_list("a.b_C.json", "{}");

	assert(strcmp(list.apps[0]->key.id, "/a.b_C") == 0);
	service_list_done(&list);
	list = read_list("x.json", "{'id':'//a//b c/'}");
	assert(strcmp(list.apps[0]->key.id, "/a/b c") == 0);
	service_list_done(&list);
}

TEST(a_file_may_hold_several_and_labels_of_any_kind)
{
	struct service_list list = read_list("x.json",
		"[{'id':'b','labels':{'lb-group':'x'}},{'id':'a','hosts':"
		"[{'ip':'::1','port':1},{'ip':'::1','port':1}]}]");

	assert(list.count == 2);
	assert(strcmp(list.apps[0]->key.id, "/a") == 0);
	assert(list.apps[0]->instance_count == 1);
	has_label(list.apps[1], "lb-group", "x");
	service_list_done(&list);
	list = read_list("x.json", "[]");
	assert(list.count == 0);
	service_list_done(&list);
}

TEST(groups_leave_services_out)
{
	CLEANUP(groups_free) struct groups *groups = NULL;
	struct app_reader some = reader;
	struct service_list list = {NULL, 0};
	CLEANUP(free) char *json =
		quoted("[{'id':'a/b'},{'id':'c','labels':{'group':'a'}},"
		       "{'id':'d'}]");

	assert(groups_new("a", GROUPS_BY_ANY, &groups, NULL) == 0);
	some.groups = groups;
	assert(services_from_json(
		       &some, "x.json", json, strlen(json), &list, NULL)
		== 0);
	assert(list.count == 2);
	assert(strcmp(list.apps[1]->key.id, "/c") == 0);
	service_list_done(&list);
}

TEST(what_is_wrong_is_named_with_its_line)
{
	refuse("{\n'id': 1}", "web.json:2: \"id\" is int, not string");
	refuse("{'id':'a',\n\n 'port': 70000}",
		"web.json:3: \"port\" is out of range: 70000");
	refuse("{'port': 1,\n'Port': '2'}",
		"web.json:2: \"port\" is not a whole number");
	refuse("{'transportProtocol':\n'sctp'}",
		"web.json:2: \"transportProtocol\" is none of tcp, udp: sctp");
	refuse("{'hosts': {}}", "web.json:1: \"hosts\" is object, not array");
	refuse("{'hosts': [\n{'ip':'a','port':1},\n7]}",
		"web.json:3: a host is no object");
	refuse("{'hosts': [\n{'ip':'a b','port':1},\n{'ip':'a',\n'port':0}]}",
		"web.json:2: \"ip\" is no address or name: 'a b'");
	refuse("{'hosts': [\n{'ip':'a','x':']}\\\\',\n'port':1},"
	       "\n{'ip':'a',\n'port':0}]}",
		"web.json:5: \"port\" is out of range: 0");
	refuse("{'domains':['a',\n2]}",
		"web.json:1: \"domains\" is int, not string");
	refuse("[{'id':'a'},\n{'id':'b','labels':{'a':1}}]",
		"web.json:2: \"a\" is int, not string");
	refuse("[{'id':'a'},\nnull]", "web.json:2: a service is no object");
	refuse("[{'id':'a/b'},{'id':'/a//b'}]",
		"web.json:1: two services with the id /a/b");
	refuse("{'id':'a/./b'}",
		"web.json:1: \"id\" has a step of a path in it");
	refuse("{'id':'//'}", "web.json:1: \"id\" has nothing but /");
	refuse("'x'", "web.json:1: a service is no object");
	refuse("", "web.json:1: JSON that ends too early");
}

TEST(what_is_nested_too_deep_or_too_much_is_refused)
{
	char deep[SERVICE_DEPTH_MAX * 2 + 16] = "{'x':";
	CLEANUP(free) char *many = malloc(SERVICES_MAX * 3 + 16);
	size_t at = 1;

	memset(deep + 5, '[', SERVICE_DEPTH_MAX + 1);
	refuse(deep, "web.json:1: no JSON: nesting too deep at byte 20");
	assert(many);
	many[0] = '[';
	for (int i = 0; i <= SERVICES_MAX; i++, at += 3)
		memcpy(many + at, "{},", 3);
	strcpy(many + at - 1, "]");
	refuse(many, "web.json:1: more than 10000 services");
}

static void put_file(
	struct service_files *files, const char *name, const char *text)
{
	struct service_file *file;

	assert(service_files_take(files, name, &file) == 0);
	service_list_done(&file->list);
	file->list = read_list(name, text);
	file->good = true;
}

static const struct app *change_of(
	const struct service_claim *claim, const char *id, bool *found)
{
	*found = false;
	for (size_t i = 0; i < claim->count; i++)
		if (strcmp(claim->changes[i].key.id, id) == 0) {
			*found = true;
			return claim->changes[i].app;
		}
	return NULL;
}

TEST(of_one_id_the_first_file_has_it)
{
	struct service_files files = {NULL, 0, 0};
	struct service_claim claim;
	struct service_file *file;
	const struct app *app;
	bool found;

	put_file(&files, "b.json", "{'id':'x','port':2}");
	put_file(&files, "a.json", "{'id':'x','port':1}");
	put_file(&files, "c.json", "{'id':'y','port':3}");
	assert(service_claim_make(&files, NULL, NULL, &claim) == 0);
	app = change_of(&claim, "/x", &found);
	assert(claim.count == 2 && found && app->ports[0].service_port == 1);
	assert(claim.bad == 1);
	assert(strcmp(claim.first_bad.text, "b.json: /x is in a.json, too")
		== 0);
	service_claim_done(&claim);

	/* Who is on the way out gives way, and is no trouble. */
	file = service_files_find(&files, "a.json");
	file->gone = true;
	why_set(&file->why, 0, "a.json: bad");
	assert(service_claim_make(&files, NULL, NULL, &claim) == 0);
	app = change_of(&claim, "/x", &found);
	assert(found && app->ports[0].service_port == 2 && claim.bad == 0);
	service_claim_done(&claim);
	service_files_done(&files);
}

TEST(a_claim_is_what_differs_and_spares_what_it_is_told_to)
{
	struct service_files files = {NULL, 0, 0};
	CLEANUP(catalog_unref) struct catalog *known = NULL;
	struct service_claim claim;
	bool found;

	put_file(&files, "a.json", "[{'id':'a'},{'id':'b'},{'id':'d'}]");
	assert(service_claim_make(&files, NULL, NULL, &claim) == 0);
	assert(catalog_edit(NULL, claim.changes, claim.count, &known) == 0);
	service_claim_done(&claim);

	/* The same, read anew: nothing differs, though all is another. */
	put_file(&files, "a.json", "[{'id':'a'},{'id':'b'},{'id':'d'}]");
	assert(service_claim_make(&files, known, NULL, &claim) == 0);
	assert(claim.count == 0);
	service_claim_done(&claim);

	put_file(&files, "a.json", "[{'id':'b','port':1},{'id':'c'}]");
	assert(service_claim_make(&files, known, NULL, &claim) == 0);
	assert(claim.count == 4);
	assert(!change_of(&claim, "/a", &found) && found);
	assert(change_of(&claim, "/b", &found));
	assert(change_of(&claim, "/c", &found));
	assert(!change_of(&claim, "/d", &found) && found);
	service_claim_done(&claim);
	assert(service_claim_make(&files, known, known, &claim) == 0);
	assert(claim.count == 2);
	service_claim_done(&claim);
	service_files_done(&files);
}

TEST(only_names_of_json_files_are_ours)
{
	assert(service_file_is_name("a.json"));
	assert(!service_file_is_name(".json"));
	assert(!service_file_is_name(".a.json"));
	assert(!service_file_is_name("a.json~"));
	assert(!service_file_is_name("a.json.swp"));
	assert(!service_file_is_name("a.JSON"));
	assert(!service_file_is_name("..data"));
}

TEST(there_are_not_too_many_files)
{
	struct service_files files = {NULL, 0, 0};
	struct service_file *file;
	char name[32];

	for (int i = 0; i < SERVICE_FILES_MAX; i++) {
		snprintf(name, sizeof(name), "%d.json", i);
		assert(service_files_take(&files, name, &file) == 0);
	}
	assert(service_files_take(&files, "7.json", &file) == 0);
	assert(service_files_take(&files, "x.json", &file) == -E2BIG);
	service_files_done(&files);
}
