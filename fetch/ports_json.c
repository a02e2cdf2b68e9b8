/* SPDX-License-Identifier: MIT */
#include "fetch/ports_json.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

int port_from_json(struct json_object *value, const char *name, uint16_t *ret,
	struct why *why)
{
	static const struct field_range any = {INT64_MIN, INT64_MAX};
	int64_t number = 0;
	int r;

	r = field_number(value, name, any, &number, why);
	if (r < 0)
		return r;
	*ret = number > 0 && number <= UINT16_MAX ? (uint16_t)number : 0;
	return 0;
}

static bool is_ipv6(const char *text, size_t length)
{
	char address[INET6_ADDRSTRLEN];
	struct in6_addr parsed;
	const char *zone = memchr(text, '%', length);

	if (zone && zone + 1 == text + length)
		return false;
	if (zone)
		length = (size_t)(zone - text);
	if (length >= sizeof(address))
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	return inet_pton(AF_INET6, address, &parsed) == 1;
}

int host_from_text(const char *text, struct arena *arena, const char **ret)
{
	size_t length = text ? strlen(text) : 0;
	bool brackets;
	char *copy;

	*ret = NULL;
	if (length == 0 || length > NAME_LEN_MAX)
		return 0;
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] <= ' ' || text[i] == 0x7f)
			return 0;

	brackets = text[0] == '[' && text[length - 1] == ']';
	if (!brackets) {
		if (!strchr(text, ':') || is_ipv6(text, length))
			*ret = text;
		return 0;
	}
	if (!is_ipv6(text + 1, length - 2))
		return 0;
	copy = arena_take(arena, length - 1, 1);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, text + 1, length - 2);
	*ret = copy;
	return 0;
}

int labels_from_json(struct json_object *object, const char *prefix,
	struct arena *arena, struct label_list *ret, struct why *why)
{
	size_t prefix_length = prefix ? strlen(prefix) : 0;
	const char *what = prefix ? "env" : "labels";
	int count, r;

	*ret = (struct label_list){NULL, 0};
	r = field_is(object, what, json_type_object, why);
	if (r < 0 || !object)
		return r;
	count = json_object_object_length(object);
	ret->labels = arena_take(arena, (size_t)count, sizeof(*ret->labels));
	if (!ret->labels)
		return -ENOMEM;

	json_object_object_foreach(object, key, value)
	{
		struct label *label = &ret->labels[ret->count];

		if (prefix && strncmp(key, prefix, prefix_length) != 0)
			continue;
		/* env values may be objects: {"secret": "name"} */
		if (!value
			|| (prefix
				&& !json_object_is_type(
					value, json_type_string)))
			continue;
		label->key = key;
		r = field_text(value, key, &label->value, why);
		if (r < 0)
			return r;
		if (!label->value)
			label->value = "";
		ret->count++;
	}
	if (ret->count > LABELS_MAX)
		return why_set(why, -EBADMSG, "more than %d labels",
			LABELS_MAX);
	return 0;
}

static bool is_word(const char *text, size_t length, const char *word)
{
	return length == strlen(word) && strncasecmp(text, word, length) == 0;
}

/* "tcp", "udp", "udp,tcp" in any order; missing is tcp. */
static int protocols_of(const char *text, uint8_t *ret, struct why *why)
{
	const char *at = text;

	*ret = text ? 0 : PORT_TCP;
	while (at) {
		const char *end = strchrnul(at, ',');
		size_t length;

		at += strspn(at, " ");
		length = at < end ? (size_t)(end - at) : 0;
		while (length > 0 && at[length - 1] == ' ')
			length--;
		if (is_word(at, length, "tcp"))
			*ret |= PORT_TCP;
		else if (is_word(at, length, "udp"))
			*ret |= PORT_UDP;
		else
			return why_set(why, -EBADMSG,
				"a port with protocol \"%s\"", text);
		at = *end ? end + 1 : NULL;
	}
	return 0;
}

/* The networking while it is made; the newest port is ports[to->count]. */
struct maker {
	struct networking *to;
	struct port_origin *origins;
	struct arena *arena;
	struct why *why;
};

enum { COMMON = 3 };
#define COMMON_NAMES "name", "protocol", "labels"

/* What the three forms of a port that is an object have in common. */
static int take_common(struct maker *m, struct json_object *const *values)
{
	struct port *port = &m->to->ports[m->to->count];
	struct label_list labels;
	const char *protocol;
	int r;

	r = field_text(values[0], "name", &port->name, m->why);
	if (r < 0)
		return r;
	r = field_text(values[1], "protocol", &protocol, m->why);
	if (r < 0)
		return r;
	r = protocols_of(protocol, &port->protocols, m->why);
	if (r < 0)
		return r;
	r = labels_from_json(values[2], NULL, m->arena, &labels, m->why);
	if (r < 0)
		return r;
	port->labels = labels.labels;
	port->label_count = labels.count;
	return 0;
}

/* An entry of portMappings. */
static int take_mapping(struct maker *m, struct json_object *item)
{
	static const char *const names[] = {
		COMMON_NAMES, "containerPort", "servicePort", "hostPort"};
	struct port *port = &m->to->ports[m->to->count];
	struct port_origin *origin = &m->origins[m->to->count];
	struct json_object *values[COMMON + 3];
	uint16_t host_port;
	int r;

	fields_pick(item, names, values, COMMON + 3);
	r = take_common(m, values);
	if (r < 0)
		return r;
	r = port_from_json(values[3], names[3], &port->container_port, m->why);
	if (r < 0)
		return r;
	r = port_from_json(values[4], names[4], &port->service_port, m->why);
	if (r < 0)
		return r;
	/* The number does not matter: the real one is in the task's ports. */
	r = port_from_json(values[5], names[5], &host_port, m->why);
	if (r < 0)
		return r;
	if (values[5] || m->to->network == NETWORK_BRIDGE) {
		origin->slot = m->to->slots++;
		return 0;
	}
	origin->by_ip = true;
	origin->number = port->container_port;
	return 0;
}

/* An entry of ipAddress.discovery.ports. */
static int take_discovery(struct maker *m, struct json_object *item)
{
	static const char *const names[] = {COMMON_NAMES, "number"};
	struct port *port = &m->to->ports[m->to->count];
	struct port_origin *origin = &m->origins[m->to->count];
	struct json_object *values[COMMON + 1];
	int r;

	fields_pick(item, names, values, COMMON + 1);
	r = take_common(m, values);
	if (r < 0)
		return r;
	origin->by_ip = true;
	r = port_from_json(values[3], names[3], &origin->number, m->why);
	port->container_port = origin->number;
	return r;
}

/* An entry of portDefinitions, or of the older ports: only a number. */
static int take_definition(struct maker *m, struct json_object *item)
{
	static const char *const names[] = {COMMON_NAMES, "port"};
	struct port *port = &m->to->ports[m->to->count];
	struct json_object *values[COMMON + 1] = {NULL};
	int r;

	if (json_object_is_type(item, json_type_object))
		fields_pick(item, names, values, COMMON + 1);
	else
		values[COMMON] = item;
	r = take_common(m, values);
	if (r < 0)
		return r;
	m->origins[m->to->count].slot = m->to->slots++;
	return port_from_json(
		values[COMMON], "port", &port->service_port, m->why);
}

static int take_all(struct maker *m, struct json_object *array,
	int (*take)(struct maker *, struct json_object *))
{
	size_t count = field_count(array);
	int r;

	if (count > PORTS_MAX)
		return why_set(
			m->why, -EBADMSG, "more than %d ports", PORTS_MAX);
	m->to->ports = arena_take(m->arena, count, sizeof(*m->to->ports));
	m->origins = arena_take(m->arena, count, sizeof(*m->origins));
	if (!m->to->ports || !m->origins)
		return -ENOMEM;
	m->to->origins = m->origins;
	for (size_t i = 0; i < count; i++) {
		struct json_object *item = json_object_array_get_idx(array, i);
		bool plain = take == take_definition
			&& json_object_is_type(item, json_type_int);

		if (!item || (!plain && field_is(item, "a port",
						json_type_object, m->why)
					< 0))
			return why_set(m->why, -EBADMSG,
				"port %zu of the definition is unreadable", i);
		r = take(m, item);
		if (r < 0)
			return r;
		m->to->count++;
	}
	return 0;
}

/* The member of an object or NULL, checked to be of a type. */
static int member(struct json_object *object, const char *name,
	enum json_type type, struct json_object **ret, struct why *why)
{
	fields_pick(object, &name, ret, 1);
	return field_is(*ret, name, type, why);
}

/* 1.5 and later: networks[0].mode. */
static int mode_of_networks(
	struct json_object *networks, enum app_network *ret, struct why *why)
{
	struct json_object *first = json_object_array_get_idx(networks, 0);
	struct json_object *value;
	const char *mode;
	int r;

	r = field_is(first, "networks", json_type_object, why);
	if (r < 0)
		return r;
	r = member(first, "mode", json_type_string, &value, why);
	if (r < 0)
		return r;
	r = field_text(value, "mode", &mode, why);
	if (r < 0)
		return r;
	if (!mode || strcmp(mode, "container") == 0)
		*ret = NETWORK_CONTAINER;
	else if (strcmp(mode, "container/bridge") == 0)
		*ret = NETWORK_BRIDGE;
	else if (strcmp(mode, "host") == 0)
		*ret = NETWORK_HOST;
	else
		return why_set(
			why, -EBADMSG, "a network of mode \"%s\"", mode);
	return 0;
}

/* To 1.4: container.docker.network. */
static int mode_of_docker(
	struct json_object *docker, enum app_network *ret, struct why *why)
{
	struct json_object *value;
	const char *name;
	int r;

	r = member(docker, "network", json_type_string, &value, why);
	if (r < 0)
		return r;
	r = field_text(value, "network", &name, why);
	if (r < 0)
		return r;
	*ret = NETWORK_HOST;
	if (name && strcmp(name, "BRIDGE") == 0)
		*ret = NETWORK_BRIDGE;
	else if (name && strcmp(name, "USER") == 0)
		*ret = NETWORK_CONTAINER;
	return 0;
}

/* The arrays that may tell the ports. */
struct port_arrays {
	struct json_object *mappings, *discovery, *definitions;
};

static int find_mappings(const struct networking_fields *fields,
	struct json_object *docker, struct json_object **ret, struct why *why)
{
	int r;

	r = member(fields->container, "portMappings", json_type_array, ret, why);
	if (r < 0 || *ret)
		return r;
	return member(docker, "portMappings", json_type_array, ret, why);
}

static int find_discovery(struct json_object *ip_address,
	struct json_object **ret, struct why *why)
{
	struct json_object *discovery;
	int r;

	r = member(ip_address, "discovery", json_type_object, &discovery, why);
	if (r < 0)
		return r;
	return member(discovery, "ports", json_type_array, ret, why);
}

static int check_types(
	const struct networking_fields *fields, struct why *why)
{
	int r;

	r = field_is(fields->networks, "networks", json_type_array, why);
	if (r < 0)
		return r;
	r = field_is(fields->ip_address, "ipAddress", json_type_object, why);
	if (r < 0)
		return r;
	r = field_is(fields->container, "container", json_type_object, why);
	if (r < 0)
		return r;
	r = field_is(fields->port_definitions, "portDefinitions",
		json_type_array, why);
	if (r < 0)
		return r;
	return field_is(fields->ports, "ports", json_type_array, why);
}

static int find_all(const struct networking_fields *fields,
	struct networking *to, struct port_arrays *ret, struct why *why)
{
	struct json_object *docker;
	int r;

	r = member(fields->container, "docker", json_type_object, &docker, why);
	if (r < 0)
		return r;
	if (field_count(fields->networks) > 0)
		r = mode_of_networks(fields->networks, &to->network, why);
	else if (fields->ip_address)
		to->network = NETWORK_CONTAINER;
	else
		r = mode_of_docker(docker, &to->network, why);
	if (r < 0)
		return r;
	/* With host networking mappings may be written, and are dead. */
	if (to->network != NETWORK_HOST) {
		r = find_mappings(fields, docker, &ret->mappings, why);
		if (r < 0)
			return r;
	}
	ret->definitions = field_count(fields->port_definitions) > 0
		? fields->port_definitions
		: fields->ports;
	return find_discovery(fields->ip_address, &ret->discovery, why);
}

int networking_from_json(const struct networking_fields *fields,
	struct arena *arena, struct networking *ret, struct why *why)
{
	struct maker m = {.to = ret, .arena = arena, .why = why};
	struct port_arrays arrays = {NULL, NULL, NULL};
	int r;

	*ret = (struct networking){.network = NETWORK_HOST};
	r = check_types(fields, why);
	if (r < 0)
		return r;
	r = find_all(fields, ret, &arrays, why);
	if (r < 0)
		return r;
	if (field_count(arrays.mappings) > 0)
		return take_all(&m, arrays.mappings, take_mapping);
	if (field_count(arrays.discovery) > 0)
		return take_all(&m, arrays.discovery, take_discovery);
	return take_all(&m, arrays.definitions, take_definition);
}

/*
 * A task of another version may have been made from a definition with other
 * ports. As long as the counts agree they are taken to be the same; else only
 * what stands at its own index is used, lest a port of one service be given
 * to another.
 */
static bool slot_usable(const struct networking *networking, uint32_t index,
	const struct task_addresses *task)
{
	uint32_t slot = networking->origins[index].slot;
	size_t count = field_count(task->ports);

	if (slot >= count)
		return false;
	return !task->other_version || count == networking->slots
		|| slot == index;
}

int endpoints_of_task(const struct networking *networking,
	const struct task_addresses *task, struct endpoint *endpoints,
	struct why *why)
{
	int r;

	for (uint32_t i = 0; i < networking->count; i++) {
		const struct port_origin *origin = &networking->origins[i];
		struct endpoint *endpoint = &endpoints[i];

		if (origin->by_ip) {
			endpoint->host = task->ip;
			endpoint->port = task->ip ? origin->number : 0;
			continue;
		}
		endpoint->host = task->host;
		endpoint->port = 0;
		if (!slot_usable(networking, i, task))
			continue;
		r = port_from_json(
			json_object_array_get_idx(task->ports, origin->slot),
			"ports", &endpoint->port, why);
		if (r < 0)
			return r;
	}
	return 0;
}
