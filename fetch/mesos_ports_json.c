/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fetch/mesos_json_impl.h"

/* The first address of one network, in the form of 0.26, or that of 0.25. */
static int read_network(struct mesos_task *task, struct json_object *network,
	const char **ret)
{
	struct json_object *array, *value = NULL, *first = NULL;
	const char *text;
	int r;

	r = field_is(network, "network_infos", json_type_object, task->why);
	if (r == 0)
		r = mesos_member(network, "ip_addresses", json_type_array,
			&array, task->why);
	if (r < 0)
		return r;
	if (field_count(array))
		first = json_object_array_get_idx(array, 0);
	r = field_is(first, "ip_addresses", json_type_object, task->why);
	if (r == 0)
		r = mesos_member(first ? first : network, "ip_address",
			json_type_string, &value, task->why);
	if (r == 0)
		r = field_text(value, "ip_address", &text, task->why);
	return r < 0 ? r
		     : host_from_text(text ? text : "", task->arena, ret);
}

static int read_networks(struct mesos_task *task, const char **ret)
{
	struct json_object *status, *array;
	int r;

	r = mesos_member(task->status, "container_status", json_type_object,
		&status, task->why);
	if (r == 0)
		r = mesos_member(status, "network_infos", json_type_array,
			&array, task->why);
	for (size_t i = 0; r == 0 && !*ret && i < field_count(array); i++)
		r = read_network(
			task, json_object_array_get_idx(array, i), ret);
	return r;
}

/* Where the containerizer of Mesos told it before there were networks. */
static int read_address_label(struct mesos_task *task, const char **ret)
{
	static const char *const name = "labels";
	struct json_object *value;
	struct label_list list;
	int r;

	fields_pick(task->status, &name, &value, 1);
	r = mesos_read_labels(value, NULL, task->arena, &list, task->why);
	for (uint32_t i = 0; r == 0 && i < list.count; i++)
		if (strcmp(list.labels[i].key,
			    "MesosContainerizer.NetworkSettings.IPAddress")
			== 0)
			r = host_from_text(
				list.labels[i].value, task->arena, ret);
	return r;
}

/* Behind a bridge its own address is of no use to others. */
static int read_bridge(struct mesos_task *task, bool *ret)
{
	struct json_object *docker, *value;
	const char *network;
	int r;

	r = mesos_member(task->container, "docker", json_type_object, &docker,
		task->why);
	if (r == 0)
		r = mesos_member(docker, "network", json_type_string, &value,
			task->why);
	if (r == 0)
		r = field_text(value, "network", &network, task->why);
	*ret = r == 0 && network && strcasecmp(network, "BRIDGE") == 0;
	return r;
}

static bool is_at_agent(const struct label_list *labels, bool bridge)
{
	for (uint32_t i = 0; i < labels->count; i++)
		if (strcmp(labels->labels[i].key, "network-scope") == 0)
			return strcmp(labels->labels[i].value, "container")
				!= 0;
	return bridge;
}

static uint8_t protocols_of(const char *text)
{
	uint8_t protocols = 0;

	if (text && strcasestr(text, "udp"))
		protocols |= PORT_UDP;
	if (!text || strcasestr(text, "tcp") || !protocols)
		protocols |= PORT_TCP;
	return protocols;
}

/* One port of the DiscoveryInfo. */
static int read_discovered(struct mesos_task *task, struct json_object *object,
	bool bridge, struct port *port, struct endpoint *endpoint)
{
	static const char *const names[] = {
		"number", "name", "protocol", "labels"};
	static const struct field_range range = {0, UINT16_MAX};
	struct json_object *v[4];
	struct label_list labels;
	const char *protocol;
	int64_t number = 0;
	int r;

	r = field_is(object, "ports", json_type_object, task->why);
	if (r < 0)
		return r;
	fields_pick(object, names, v, 4);
	r = field_number(v[0], names[0], range, &number, task->why);
	if (r == 0)
		r = field_text(v[1], names[1], &port->name, task->why);
	if (r == 0)
		r = field_text(v[2], names[2], &protocol, task->why);
	if (r == 0)
		r = mesos_read_labels(
			v[3], NULL, task->arena, &labels, task->why);
	if (r < 0)
		return r;
	port->protocols = protocols_of(protocol);
	port->unserved = true;
	port->labels = labels.labels;
	port->label_count = labels.count;
	endpoint->port = (uint16_t)number;
	endpoint->host = task->agent->address;
	if (task->instance.ip && !is_at_agent(&labels, bridge)) {
		endpoint->host = task->instance.ip;
		port->container_port = (uint16_t)number;
		task->draft.network = NETWORK_CONTAINER;
	}
	return 0;
}

static int take_ports(struct mesos_task *task, size_t count,
	struct port **ret_ports, struct endpoint **ret_endpoints)
{
	if (count > PORTS_MAX)
		return why_set(task->why, -EBADMSG, "more than %d ports",
			PORTS_MAX);
	*ret_ports = arena_take(task->arena, count, sizeof(**ret_ports));
	*ret_endpoints =
		arena_take(task->arena, count, sizeof(**ret_endpoints));
	if (!*ret_ports || !*ret_endpoints)
		return -ENOMEM;
	task->draft.ports = *ret_ports;
	task->draft.port_count = (uint32_t)count;
	task->instance.endpoints = *ret_endpoints;
	return 0;
}

static int read_discovery(struct mesos_task *task, struct json_object *array)
{
	struct endpoint *endpoints = NULL;
	struct port *ports = NULL;
	bool bridge;
	int r;

	r = read_bridge(task, &bridge);
	if (r == 0)
		r = take_ports(task, field_count(array), &ports, &endpoints);
	for (size_t i = 0; r == 0 && i < field_count(array); i++)
		r = read_discovered(task, json_object_array_get_idx(array, i),
			bridge, &ports[i], &endpoints[i]);
	return r;
}

/* "[31000-31001, 31005-31005]": the next port behind the one before. */
static bool next_port(const char **at, unsigned long *port, unsigned long *last)
{
	char *end;

	if (*port < *last) {
		++*port;
		return true;
	}
	*at += strcspn(*at, "0123456789");
	if (!**at)
		return false;
	*port = *last = strtoul(*at, &end, 10);
	if (end[0] == '-' && end[1] >= '0' && end[1] <= '9')
		*last = strtoul(end + 1, &end, 10);
	*at = end;
	return *port <= UINT16_MAX && *last <= UINT16_MAX && *port <= *last;
}

static int read_resources(struct mesos_task *task, const char *ranges)
{
	struct endpoint *endpoints = NULL;
	unsigned long port = 0, last = 0;
	const char *at = ranges;
	struct port *ports = NULL;
	size_t count = 0;
	int r;

	while (count <= PORTS_MAX && next_port(&at, &port, &last))
		count++;
	r = take_ports(task, count, &ports, &endpoints);
	if (r < 0)
		return r;
	at = ranges;
	port = last = 0;
	for (size_t i = 0; i < count && next_port(&at, &port, &last); i++) {
		ports[i].protocols = PORT_TCP;
		ports[i].unserved = true;
		endpoints[i] = (struct endpoint){
			task->agent->address, (uint16_t)port};
	}
	return 0;
}

int mesos_read_ports(struct mesos_task *task)
{
	struct json_object *outer, *array, *value;
	const char *ranges;
	int r;

	r = read_networks(task, &task->instance.ip);
	if (r == 0 && !task->instance.ip)
		r = read_address_label(task, &task->instance.ip);
	if (r == 0)
		r = mesos_member(task->discovery, "ports", json_type_object,
			&outer, task->why);
	if (r == 0)
		r = mesos_member(
			outer, "ports", json_type_array, &array, task->why);
	if (r < 0)
		return r;
	if (field_count(array))
		return read_discovery(task, array);
	r = mesos_member(task->resources, "ports", json_type_string, &value,
		task->why);
	if (r == 0)
		r = field_text(value, "ports", &ranges, task->why);
	return r < 0 ? r : read_resources(task, ranges ? ranges : "");
}
