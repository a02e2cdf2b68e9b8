/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/reading.h"

#define TASK(id, host, ports) \
	"{'id':'" id "','host':'" host "','ports':[" ports \
	"],'startedAt':'2015-01-01T00:00:00.000Z'}"
#define TASK_IP(id, host, ports, ip) \
	"{'id':'" id "','host':'" host "','ports':[" ports \
	"],'ipAddresses':[{'ipAddress':'" ip "','protocol':'IPv4'}]," \
	"'state':'TASK_RUNNING'}"

TEST(the_first_marathons_list_numbers)
{
	expect_ports("{'id':'/a','ports':[10000,10001],'requirePorts':false,"
		     "'container':null,'tasks':[" TASK(
			     "a.1", "h1", "31000,31001") "," TASK("a.2", "h2",
			     "31500,31400") "]}",
		"10000 tcp: h1:31000 h2:31500\n"
		"10001 tcp: h1:31001 h2:31400\n");
}

TEST(port_definitions_count_before_ports)
{
	expect_ports("{'id':'/a','ports':[10000],'portDefinitions':[{'port':"
		     "10002,'protocol':'udp','name':'dns','labels':{}}],"
		     "'tasks':[" TASK("a.1", "h1", "31000") "]}",
		"10002 udp dns: h1:31000\n");
	expect_ports("{'id':'/a','ports':[10000],'portDefinitions':[],"
		     "'tasks':[" TASK("a.1", "h1", "31000") "]}",
		"10000 tcp: h1:31000\n");
}

#define OLD_BRIDGE \
	"'container':{'type':'DOCKER','docker':{'image':'x','network':" \
	"'BRIDGE','portMappings':[{'containerPort':80,'hostPort':0," \
	"'servicePort':10000,'protocol':'tcp'},{'containerPort':53," \
	"'hostPort':0,'servicePort':10001,'protocol':'udp'}]}}"

TEST(an_old_bridge_has_its_mappings_in_docker)
{
	/* To 0.8 the ports of the app are wrong. */
	expect_ports("{'id':'/a','ports':[0,0]," OLD_BRIDGE
		     ",'tasks':[" TASK("a.1", "h1", "31000,31001") "]}",
		"10000 tcp: h1:31000\n10001 udp: h1:31001\n");
}

TEST(the_address_of_a_bridge_is_of_no_use_outside)
{
	expect_ports("{'id':'/a'," OLD_BRIDGE ",'tasks':[" TASK_IP(
			     "a.1", "h1", "31000,31001", "172.17.0.2") "]}",
		"10000 tcp: h1:31000\n10001 udp: h1:31001\n");
}

#define MAPPING(members) "{'containerPort':80,'servicePort':10000" members "}"
#define NETWORK(mode, mappings) \
	"'networks':[{'mode':'" mode "'}],'container':{'type':'MESOS'," \
	"'docker':{'image':'x'},'portMappings':[" mappings "]}"

TEST(a_new_bridge_has_its_mappings_in_the_container)
{
	expect_ports(
		"{'id':'/a'," NETWORK("container/bridge",
			MAPPING(",'hostPort':0,'name':'http'")) ",'tasks':"
								"[" TASK_IP("a."
									    "1",
									"h1",
									"31000",
									"172."
									"17.0."
									"2") "]"
									     "}",
		"10000 tcp http: h1:31000\n");
}

TEST(a_bridge_has_a_host_port_even_where_none_is_written)
{
	expect_ports("{'id':'/a'," NETWORK("container/bridge",
			     MAPPING(",'hostPort':null") "," MAPPING(
				     "")) ",'tasks':[" TASK_IP("a.1", "h1",
			     "31000,31001", "172.17.0.2") "]}",
		"10000 tcp: h1:31000\n10000 tcp: h1:31001\n");
}

TEST(in_a_network_of_containers_a_task_has_its_own_address)
{
	expect_ports("{'id':'/a'," NETWORK("container",
			     MAPPING("")) ",'tasks':[" TASK_IP("a.1", "h1", "",
			     "10.1.0.7") "]}",
		"10000 tcp: 10.1.0.7:80\n");
	expect_ports(
		"{'id':'/a'," NETWORK("container",
			MAPPING("")) ",'tasks':[" TASK("a.1", "h1", "") "]}",
		"10000 tcp: -\n");
}

TEST(a_mapping_without_host_port_takes_none_of_the_ports)
{
	expect_ports("{'id':'/a'," NETWORK("container",
			     MAPPING(",'hostPort':null") "," MAPPING(",'"
								     "hostPort'"
								     ":0,'name'"
								     ":'b'") "," MAPPING(
				     ",'name':'c'") "," MAPPING(",'hostPort':"
								"8080,'name':'"
								"d'")) ",'"
								       "tasks':"
								       "[" TASK_IP("a.1",
									       "h1",
									       "31000,8080",
									       "10.1.0.7") "]}",
		"10000 tcp: 10.1.0.7:80\n"
		"10000 tcp b: h1:31000\n"
		"10000 tcp c: 10.1.0.7:80\n"
		"10000 tcp d: h1:8080\n");
}

TEST(a_user_network_of_1_3_is_one_of_containers)
{
	expect_ports("{'id':'/a','ipAddress':{'networkName':'dcos'},"
		     "'container':{'docker':{'network':'USER','portMappings':"
		     "[" MAPPING(",'hostPort':null") "," MAPPING(
			     ",'hostPort':0") "]}},'tasks':[" TASK_IP("a.1",
			     "h1", "31000", "9.0.1.2") "]}",
		"10000 tcp: 9.0.1.2:80\n10000 tcp: h1:31000\n");
	expect_ports("{'id':'/a','container':{'docker':{'network':'USER',"
		     "'portMappings':[" MAPPING("") "]}},'tasks':[" TASK_IP(
			     "a.1", "h1", "", "9.0.1.2") "]}",
		"10000 tcp: 9.0.1.2:80\n");
}

TEST(mappings_are_dead_with_the_network_of_the_host)
{
	expect_ports(
		"{'id':'/a','ports':[10005],'container':{'docker':"
		"{'network':'HOST','portMappings':[" MAPPING(
			"") "]}},'tasks':[" TASK("a.1", "h1", "31000") "]}",
		"10005 tcp: h1:31000\n");
	expect_ports("{'id':'/a','portDefinitions':[{'port':10005}]," NETWORK(
			     "host", MAPPING("")) ",'tasks':[" TASK("a.1", "h1",
			     "31000") "]}",
		"10005 tcp: h1:31000\n");
}

TEST(an_ip_per_task_may_tell_its_ports_by_discovery)
{
	expect_ports("{'id':'/a','ipAddress':{'groups':[],'labels':{},"
		     "'discovery':{'ports':[{'number':8080,'name':'http',"
		     "'protocol':'tcp'},{'number':9999,'name':'x','protocol':"
		     "'udp'}]}},'tasks':[" TASK_IP(
			     "a.1", "h1", "", "192.168.0.4") "]}",
		"0 tcp http: 192.168.0.4:8080\n"
		"0 udp x: 192.168.0.4:9999\n");
	expect_ports("{'id':'/a','ipAddress':{},'tasks':[" TASK_IP(
			     "a.1", "h1", "", "192.168.0.4") "]}",
		"");
}

TEST(both_protocols_are_written_in_any_order)
{
	expect_ports("{'id':'/a','portDefinitions':["
		     "{'port':1,'protocol':'udp,tcp'},"
		     "{'port':2,'protocol':'tcp,udp'},"
		     "{'port':3,'protocol':'TCP, Udp'},"
		     "{'port':4,'protocol':null},{'port':5,'protocol':''},"
		     "{'port':6}],'tasks':[]}",
		"1 tcp+udp:\n2 tcp+udp:\n3 tcp+udp:\n4 tcp:\n5 tcp:\n"
		"6 tcp:\n");
}

TEST(ipv6_comes_with_or_without_brackets)
{
	expect_ports("{'id':'/a'," NETWORK("container",
			     MAPPING("")) ",'tasks':[" TASK_IP("a.1", "h1", "",
			     "fd01:0:0:1::7") "," TASK_IP("a.2", "h2", "",
			     "[fd01::8]") "]}",
		"10000 tcp: fd01:0:0:1::7:80 fd01::8:80\n");
	expect_ports(
		"{'id':'/a','ports':[1],'tasks':[" TASK("a.1", "[2001:db8::1]",
			"31000") "," TASK("a.2", "fe80::1%eth0", "31001") "]}",
		"1 tcp: 2001:db8::1:31000 fe80::1%eth0:31001\n");
}

TEST(the_first_address_of_several_counts)
{
	expect_ports("{'id':'/a'," NETWORK("container",
			     MAPPING("")) ",'tasks':[{'id':'a.1','host':'h1','"
					  "ports':[],'state':"
					  "'TASK_RUNNING','ipAddresses':[{'"
					  "ipAddress':'10.1.0.1'},"
					  "{'ipAddress':'10.2.0.1'}]}]}",
		"10000 tcp: 10.1.0.1:80\n");
}

TEST(a_host_that_cannot_be_connected_to_is_left_out)
{
	static const char *const hosts[] = {"''", "null", "'a b'", "'a\\tb'",
		"'h:80'", "'[h]'", "'[]'", "'[::1'", "'::1]'", "'fe80::1%'"};
	char text[256];

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		snprintf(text, sizeof(text),
			"{'id':'/a','ports':[1],'tasks':[{'id':'a.1','host':"
			"%s,'ports':[2],'startedAt':'x'}," TASK(
				"a.2", "h", "3") "]}",
			hosts[i]);
		expect_ports(text, "1 tcp: h:3\n");
	}
}

TEST(a_port_that_a_task_has_not_yet_is_nowhere)
{
	expect_ports("{'id':'/a','ports':[1,2],'tasks':[" TASK("a.1", "h1",
			     "31000") "," TASK("a.2", "h2", "") "]}",
		"1 tcp: h1:31000 -\n2 tcp: - -\n");
	expect_ports("{'id':'/a','ports':[1,2],'tasks':[{'id':'a.1','host':"
		     "'h1','ports':[0,70000],'startedAt':'x'}]}",
		"1 tcp: -\n2 tcp: -\n");
}

#define OLDER(id, ports) \
	"{'id':'" id "','host':'h','ports':[" ports \
	"],'version':'1','state':'TASK_RUNNING'}"

TEST(a_task_of_an_older_version_keeps_its_ports_while_the_counts_agree)
{
	expect_ports("{'id':'/a','version':'2','ports':[1,2],'tasks':[" OLDER(
			     "a.1", "31000,31001") "]}",
		"1 tcp: h:31000\n2 tcp: h:31001\n");
	/* One more: what stands at its own place is the best guess. */
	expect_ports("{'id':'/a','version':'2','ports':[1,2],'tasks':[" OLDER(
			     "a.1", "31000") "]}",
		"1 tcp: h:31000\n2 tcp: -\n");
	/* The first mapping has no host port: nothing stands at its place. */
	expect_ports("{'id':'/a','version':'2'," NETWORK("container",
			     MAPPING("") "," MAPPING(
				     ",'hostPort':0")) ",'tasks':[" OLDER("a.1",
			     "31000,31001") "]}",
		"10000 tcp: -\n10000 tcp: -\n");
}

TEST(a_service_port_of_0_is_none)
{
	expect_ports("{'id':'/a','ports':[0],'tasks':[" TASK(
			     "a.1", "h1", "31000") "]}",
		"0 tcp: h1:31000\n");
	expect_ports("{'id':'/a','ports':[-1,65536],'tasks':[]}",
		"0 tcp:\n0 tcp:\n");
}

TEST(labels_of_a_port_are_kept)
{
	CLEANUP(app_unref) struct app *app = NULL;

	app = read_app("{'id':'/a'," NETWORK("container/bridge",
		MAPPING(",'labels':{'VIP_0':'1.2.3.4:80','a':''}")) ",'tasks':["
								    "]}");
	assert(app->network == NETWORK_BRIDGE);
	assert(strcmp(port_label(&app->ports[0], "VIP_0"), "1.2.3.4:80") == 0);
	assert(strcmp(port_label(&app->ports[0], "a"), "") == 0);
	assert(app->ports[0].container_port == 80);
}

TEST(the_mode_is_of_the_first_network)
{
	static const struct {
		const char *networks;
		enum app_network expected;
	} table[] = {{"[{'mode':'host'}]", NETWORK_HOST},
		{"[{'mode':'container/bridge'}]", NETWORK_BRIDGE},
		{"[{'mode':'container','name':'a'},{'mode':'container'}]",
			NETWORK_CONTAINER},
		{"[{'name':'dcos'}]", NETWORK_CONTAINER},
		{"[{'mode':null}]", NETWORK_CONTAINER},
		{"[{'mode':''}]", NETWORK_CONTAINER}, {"[]", NETWORK_HOST},
		{"null", NETWORK_HOST}};
	char text[256];

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		CLEANUP(app_unref) struct app *app = NULL;

		snprintf(text, sizeof(text),
			"{'id':'/a','networks':%s,'tasks':[]}",
			table[i].networks);
		app = read_app(text);
		assert(app->network == table[i].expected);
	}
}

TEST(networking_that_nobody_knows_makes_the_app_bad)
{
	static const struct {
		const char *members, *words;
	} bad[] = {{"'networks':[{'mode':'pigeon'}]", "pigeon"},
		{"'networks':{}", "networks"}, {"'networks':[7]", "networks"},
		{"'networks':[{'mode':7}]", "mode"},
		{"'ipAddress':[]", "ipAddress"},
		{"'ipAddress':{'discovery':7}", "discovery"},
		{"'ipAddress':{'discovery':{'ports':{}}}", "ports"},
		{"'container':'x'", "container"},
		{"'container':{'docker':[]}", "docker"},
		{"'container':{'docker':{'network':7}}", "network"},
		{"'container':{'docker':{'network':'BRIDGE',"
		 "'portMappings':{}}}",
			"portMappings"},
		{"'ports':7", "ports"}, {"'ports':['x']", "port 0"},
		{"'ports':[1,null]", "port 1"},
		{"'portDefinitions':'x'", "portDefinitions"},
		{"'portDefinitions':[{'port':'x'}]", "port"},
		{"'portDefinitions':[{'port':1.5}]", "port"},
		{"'portDefinitions':[{'name':7}]", "name"},
		{"'portDefinitions':[{'labels':[]}]", "labels"},
		{"'portDefinitions':[{'protocol':'sctp'}]", "sctp"},
		{"'portDefinitions':[{'protocol':'tcp,'}]", "tcp,"}};
	char text[256];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "{'id':'/a',%s,'tasks':[]}",
			bad[i].members);
		expect_refused(text, -EBADMSG, bad[i].words);
		expect_refused(text, -EBADMSG, "/a: ");
	}
}
