/* SPDX-License-Identifier: MIT */
#include "tests/marathon/definition.h"

#include <errno.h>
#include <string.h>

enum { SERVICE_PORT_MIN = 10000 };

struct json_object *json_path(struct json_object *json, const char *path)
{
	char key[64];
	size_t len;

	while (json && *path) {
		len = strcspn(path, "/");
		snprintf(key, sizeof(key), "%.*s", (int)len, path);
		if (!json_object_object_get_ex(json, key, &json))
			return NULL;
		path += len + (path[len] == '/');
	}
	return json;
}

void text_json(struct text *text, struct json_object *json)
{
	text_put(text, json_object_to_json_string_ext(json,
			JSON_C_TO_STRING_PLAIN |
			JSON_C_TO_STRING_NOSLASHESCAPE));
}

static struct json_object *json_array(struct json_object *json, const char *path)
{
	struct json_object *array = json_path(json, path);

	return json_object_is_type(array, json_type_array) ? array : NULL;
}

static unsigned json_count(struct json_object *json, const char *path)
{
	struct json_object *array = json_array(json, path);

	return array ? (unsigned)json_object_array_length(array) : 0;
}

static const char *json_text(struct json_object *json, const char *path)
{
	struct json_object *s = json_path(json, path);

	return s ? json_object_get_string(s) : NULL;
}

static int json_number(struct json_object *json, const char *path, int fallback)
{
	struct json_object *number = json_path(json, path);

	return number ? json_object_get_int(number) : fallback;
}

static enum network network_find(struct json_object *posted)
{
	struct json_object *networks = json_array(posted, "networks");
	const char *name;

	if (networks && json_object_array_length(networks)) {
		name = json_text(
			json_object_array_get_idx(networks, 0), "mode");
		if (name && strcmp(name, "host") == 0)
			return NETWORK_HOST;
		if (name && strcmp(name, "container/bridge") == 0)
			return NETWORK_BRIDGE;
		return NETWORK_CONTAINER;
	}
	if (json_path(posted, "ipAddress"))
		return NETWORK_CONTAINER;
	name = json_text(posted, "container/docker/network");
	if (name && strcmp(name, "BRIDGE") == 0)
		return NETWORK_BRIDGE;
	if (name && strcmp(name, "USER") == 0)
		return NETWORK_CONTAINER;
	return NETWORK_HOST;
}

static void id_write(struct text *text, const char *id)
{
	while (*id) {
		while (*id == '/')
			id++;
		if (!*id)
			break;
		text_put(text, "/");
		text_add(text, id, strcspn(id, "/"));
		id += strcspn(id, "/");
	}
	if (!text->len)
		text_put(text, "/");
}

/* Service ports: the one asked for, the one it had, or the lowest free. */
static int service_port(int wanted, const struct definition *before, size_t i,
	struct port_pool *pool)
{
	int port;

	if (!wanted && before && i < before->port_count)
		wanted = before->ports[i].service_port;
	if (wanted || pool->off) {
		pool->used[wanted & 0xffff] = 1;
		return wanted;
	}
	for (port = SERVICE_PORT_MIN; port < 65536; port++) {
		if (pool->used[port])
			continue;
		pool->used[port] = 1;
		return port;
	}
	return 0;
}

static const char *protocol_fix(const char *protocol, unsigned version)
{
	if (!protocol)
		return "tcp";
	if (!strchr(protocol, ','))
		return protocol;
	if (version < VERSION(1, 0, 0))
		return "tcp";
	return version < VERSION(1, 5, 0) ? protocol : "udp,tcp";
}

/* hostPort null became possible with 1.3, and only off the bridge. */
static int host_port(const struct definition *d, struct json_object *item,
	const char *path, unsigned version)
{
	bool may_lack = d->network == NETWORK_CONTAINER &&
			version >= VERSION(1, 3, 0);

	return json_number(item, path, may_lack ? HOST_PORT_NONE : 0);
}

static int port_fill(struct port *port, struct json_object *item,
	const struct definition *d, const struct profile *profile)
{
	const char *name = json_text(item, "name");

	port->protocol = strdup(protocol_fix(
		json_text(item, "protocol"), profile->number));
	if (!port->protocol)
		return -ENOMEM;
	if (name && profile->number >= VERSION(1, 0, 0)) {
		port->name = strdup(name);
		if (!port->name)
			return -ENOMEM;
	}
	port->labels = json_path(item, "labels");
	port->networks = json_path(item, "networkNames");
	if (d->mapped) {
		port->container_port = json_number(item, "containerPort",
			json_number(item, "number", 0));
		port->host_port =
			host_port(d, item, "hostPort", profile->number);
		port->service_port = json_number(item, "servicePort", 0);
	} else if (json_object_is_type(item, json_type_object)) {
		port->service_port = json_number(item, "port", 0);
	} else {
		port->service_port = json_object_get_int(item);
	}
	return 0;
}

/* The array that the app's ports come from; NULL: nothing was said. */
static struct json_object *ports_find(
	struct definition *d, unsigned version)
{
	struct json_object *ports = NULL;

	if (d->network != NETWORK_HOST) {
		ports = json_array(d->posted, "container/portMappings");
		if (!ports)
			ports = json_array(
				d->posted, "container/docker/portMappings");
		/* 1.5 turned discovery ports into mappings */
		if (!ports && version >= VERSION(1, 5, 0))
			ports = json_array(
				d->posted, "ipAddress/discovery/ports");
		d->mapped = ports || d->network == NETWORK_BRIDGE;
		if (d->mapped || json_path(d->posted, "ipAddress/discovery"))
			return ports;
	}
	ports = json_array(d->posted, "portDefinitions");
	return ports ? ports : json_array(d->posted, "ports");
}

static int ports_fill(struct definition *d, const struct definition *before,
	const struct profile *profile, struct port_pool *pool)
{
	struct json_object *list = ports_find(d, profile->number);
	size_t count = list ? json_object_array_length(list) : 0;
	size_t i;
	int r;

	/* One port is the default where Marathon hands out host ports. */
	if (!list && d->network == NETWORK_HOST)
		count = 1;
	if (count > PORTS_MAX)
		return -E2BIG;
	d->ports = calloc(count ? count : 1, sizeof(*d->ports));
	if (!d->ports)
		return -ENOMEM;
	d->port_count = count;
	for (i = 0; i < count; i++) {
		r = port_fill(&d->ports[i],
			list ? json_object_array_get_idx(list, i) : NULL, d,
			profile);
		if (r < 0)
			return r;
		d->ports[i].service_port = service_port(
			d->ports[i].service_port, before, i, pool);
		if (!d->mapped && d->require_ports)
			d->ports[i].host_port = d->ports[i].service_port;
	}
	return 0;
}

/* What the profile's Marathon does not know becomes the nearest it knows. */
static enum network network_fix(
	struct json_object *posted, unsigned version)
{
	enum network network = network_find(posted);

	if (network != NETWORK_CONTAINER || version >= VERSION(1, 3, 0))
		return network;
	if (version >= VERSION(0, 14, 0) && json_path(posted, "ipAddress"))
		return network;
	return NETWORK_BRIDGE;
}

static int definition_fill(struct definition *d,
	const struct definition *before, const struct profile *profile,
	struct port_pool *pool)
{
	const char *id = json_text(d->posted, "id");
	struct text path = {0};
	int r;

	if (!id || !json_object_is_type(d->posted, json_type_object))
		return -EINVAL;
	id_write(&path, id);
	d->id = path.data;
	if (!d->id)
		return -ENOMEM;
	d->network = network_fix(d->posted, profile->number);
	d->require_ports =
		json_object_get_boolean(json_path(d->posted, "requirePorts"));
	d->instances = json_number(d->posted, "instances", 1);
	d->check_count = json_count(d->posted, "healthChecks");
	r = ports_fill(d, before, profile, pool);
	if (r < 0)
		return r;
	definition_write(d, profile);
	return d->json.failed ? -ENOMEM : 0;
}

static int definition_make(struct json_object *posted,
	const struct definition *before, const struct definition *dates,
	const struct profile *profile, struct port_pool *pool,
	struct definition **ret)
{
	CLEANUP(definition_unref) struct definition *d =
		calloc(1, sizeof(*d));
	int r;

	if (!d)
		return -ENOMEM;
	d->references = 1;
	d->posted = json_object_get(posted);
	memcpy(d->version, dates->version, ISO_SIZE);
	memcpy(d->scaled_at, dates->scaled_at, ISO_SIZE);
	memcpy(d->changed_at, dates->changed_at, ISO_SIZE);
	r = definition_fill(d, before, profile, pool);
	if (r < 0)
		return r;
	*ret = take_ptr(&d);
	return 0;
}

int definition_new(struct json_object *posted, const struct definition *before,
	const struct profile *profile, struct port_pool *pool,
	struct definition **ret)
{
	struct definition dates = {0};

	iso_write(dates.version, now_unique_ms());
	memcpy(dates.scaled_at, dates.version, ISO_SIZE);
	memcpy(dates.changed_at, dates.version, ISO_SIZE);
	return definition_make(posted, before, &dates, profile, pool, ret);
}

int definition_scale(const struct definition *before, int instances,
	const struct profile *profile, struct port_pool *pool,
	struct definition **ret)
{
	CLEANUP(json_unref) struct json_object *posted = NULL;
	struct definition dates = {0};

	if (json_object_deep_copy(before->posted, &posted, NULL) != 0)
		return -ENOMEM;
	json_object_object_add(
		posted, "instances", json_object_new_int(instances));
	iso_write(dates.version, now_unique_ms());
	memcpy(dates.scaled_at, dates.version, ISO_SIZE);
	memcpy(dates.changed_at, before->changed_at, ISO_SIZE);
	return definition_make(posted, before, &dates, profile, pool, ret);
}

int definition_convert(const struct definition *before,
	const struct profile *profile, struct port_pool *pool,
	struct definition **ret)
{
	return definition_make(
		before->posted, before, before, profile, pool, ret);
}

struct definition *definition_ref(struct definition *definition)
{
	definition->references++;
	return definition;
}

void definition_unref(struct definition *definition)
{
	size_t i;

	if (!definition || --definition->references)
		return;
	for (i = 0; i < definition->port_count; i++) {
		free(definition->ports[i].name);
		free(definition->ports[i].protocol);
	}
	free(definition->ports);
	free(definition->id);
	json_object_put(definition->posted);
	text_done(&definition->json);
	text_done(&definition->service_ports);
	free(definition);
}
