/* SPDX-License-Identifier: MIT */
#include "tests/marathon/definition.h"

#include <string.h>

/*
 * The app writers. To 1.4 (Play) every field is written and what is unset is
 * null; from 1.5 (RAML) what is unset is left out, and so are most empty
 * collections. Both are tables in the order of the wire: a field that users
 * post is copied, the ones that Marathon works out have a writer.
 */

#define EVER VERSION(99, 0, 0)

typedef void field_writer(struct text *, const struct definition *, unsigned);

struct field {
	const char *name;
	const char *fallback; /* when unset; NULL: leave it out */
	unsigned since, until; /* until is not in */
	field_writer *write;
};

static bool json_empty(struct json_object *json)
{
	if (!json)
		return true;
	if (json_object_is_type(json, json_type_array))
		return json_object_array_length(json) == 0;
	return json_object_is_type(json, json_type_object) &&
	       json_object_object_length(json) == 0;
}

/* ,"name":value, with what was posted or the fallback. */
static void put_posted(struct text *text, struct json_object *posted,
	const char *name, const char *fallback)
{
	struct json_object *value = json_path(posted, name);

	if (fallback ? !value : json_empty(value)) {
		if (fallback)
			text_print(text, ",\"%s\":%s", name, fallback);
		return;
	}
	text_print(text, ",\"%s\":", name);
	text_json(text, value);
}

/* What was posted of from as a whole (label objects), or {}. */
static void put_object(struct text *text, struct json_object *object)
{
	if (object)
		text_json(text, object);
	else
		text_put(text, "{}");
}

static void put_mapping(struct text *text, const struct port *port,
	unsigned version)
{
	text_print(text, "{\"containerPort\":%d", port->container_port);
	if (port->host_port != HOST_PORT_NONE)
		text_print(text, ",\"hostPort\":%d", port->host_port);
	else if (version < VERSION(1, 5, 0))
		text_put(text, ",\"hostPort\":null");
	if (version >= VERSION(1, 0, 0)) {
		text_put(text, ",\"labels\":");
		put_object(text, port->labels);
	}
	if (port->name) {
		text_put(text, ",\"name\":");
		text_quote(text, port->name);
	}
	text_print(text, ",\"protocol\":\"%s\",\"servicePort\":%d",
		port->protocol, port->service_port);
	if (version >= VERSION(1, 5, 0) && !json_empty(port->networks)) {
		text_put(text, ",\"networkNames\":");
		text_json(text, port->networks);
	}
	text_put(text, "}");
}

static void put_mappings(
	struct text *text, const struct definition *d, unsigned version)
{
	size_t i;

	if (!d->mapped) {
		text_put(text, "null");
		return;
	}
	text_put(text, "[");
	for (i = 0; i < d->port_count; i++) {
		if (i)
			text_put(text, ",");
		put_mapping(text, &d->ports[i], version);
	}
	text_put(text, "]");
}

static const char *docker_network(const struct definition *d)
{
	const char *posted = json_object_get_string(
		json_path(d->posted, "container/docker/network"));

	switch (d->network) {
	case NETWORK_BRIDGE:
		return "\"BRIDGE\"";
	case NETWORK_CONTAINER:
		return "\"USER\"";
	case NETWORK_HOST:
		break;
	}
	if (posted && strcmp(posted, "HOST") == 0)
		return "\"HOST\"";
	return "null";
}

static void put_docker(
	struct text *text, const struct definition *d, unsigned version)
{
	struct json_object *docker = json_path(d->posted, "container/docker");

	text_put(text, "{\"image\":");
	text_quote(text, json_object_get_string(json_path(docker, "image")));
	if (version < VERSION(1, 5, 0)) {
		text_print(text, ",\"network\":%s,\"portMappings\":",
			docker_network(d));
		put_mappings(text, d, version);
	}
	put_posted(text, docker, "privileged", "false");
	put_posted(text, docker, "parameters", "[]");
	if (version >= VERSION(0, 8, 2))
		put_posted(text, docker, "forcePullImage", "false");
	text_put(text, "}");
}

static void put_container(
	struct text *text, const struct definition *d, unsigned version)
{
	struct json_object *container = json_path(d->posted, "container");
	bool raml = version >= VERSION(1, 5, 0);
	const char *type =
		json_object_get_string(json_path(container, "type"));

	if (!container && !(raml && d->mapped)) {
		if (!raml)
			text_put(text, ",\"container\":null");
		return;
	}
	text_print(text, ",\"container\":{\"type\":\"%s\"",
		type ? type : json_path(container, "docker") ? "DOCKER" : "MESOS");
	put_posted(text, container, "volumes", "[]");
	if (json_path(container, "docker")) {
		text_put(text, ",\"docker\":");
		put_docker(text, d, version);
	}
	if (raml && d->mapped) {
		text_put(text, ",\"portMappings\":");
		put_mappings(text, d, version);
	}
	text_put(text, "}");
}

static void put_networks(
	struct text *text, const struct definition *d, unsigned version)
{
	struct json_object *posted = json_path(d->posted, "networks");
	const char *name = json_object_get_string(
		json_path(d->posted, "ipAddress/networkName"));

	(void)version;
	text_put(text, ",\"networks\":");
	if (!json_empty(posted)) {
		text_json(text, posted);
		return;
	}
	switch (d->network) {
	case NETWORK_HOST:
		text_put(text, "[{\"mode\":\"host\"}]");
		break;
	case NETWORK_BRIDGE:
		text_put(text, "[{\"mode\":\"container/bridge\"}]");
		break;
	case NETWORK_CONTAINER:
		text_put(text, "[{\"mode\":\"container\",\"name\":");
		text_quote(text, name ? name : "dcos");
		text_put(text, "}]");
		break;
	}
}

static void put_port_definitions(
	struct text *text, const struct definition *d, unsigned version)
{
	const struct port *port;
	size_t i;

	if (version >= VERSION(1, 5, 0) && d->network != NETWORK_HOST)
		return;
	if (version >= VERSION(1, 3, 0) && d->network == NETWORK_CONTAINER)
		return;
	text_put(text, ",\"portDefinitions\":[");
	for (i = 0; i < d->port_count; i++) {
		port = &d->ports[i];
		text_print(text, "%s{\"port\":%d,\"protocol\":\"%s\"",
			i ? "," : "", port->service_port, port->protocol);
		if (port->name) {
			text_put(text, ",\"name\":");
			text_quote(text, port->name);
		}
		if (version < VERSION(1, 5, 0) || !json_empty(port->labels)) {
			text_put(text, ",\"labels\":");
			put_object(text, port->labels);
		}
		text_put(text, "}");
	}
	text_put(text, "]");
}

static void put_ports(
	struct text *text, const struct definition *d, unsigned version)
{
	if (version >= VERSION(1, 3, 0) && d->network == NETWORK_CONTAINER)
		return;
	/* 0.8 never filled it from the mappings */
	if (version < VERSION(0, 9, 0) && d->mapped)
		text_put(text, ",\"ports\":[0]");
	else
		text_print(text, ",\"ports\":[%s]",
			d->service_ports.data ? d->service_ports.data : "");
}

static void put_ip_address(
	struct text *text, const struct definition *d, unsigned version)
{
	struct json_object *ip = json_path(d->posted, "ipAddress");

	(void)version;
	text_put(text, ",\"ipAddress\":");
	if (d->network != NETWORK_CONTAINER) {
		text_put(text, "null");
		return;
	}
	text_put(text, "{\"groups\":[],\"labels\":{}");
	put_posted(text, ip, "discovery", "{\"ports\":[]}");
	put_posted(text, ip, "networkName", NULL);
	text_put(text, "}");
}

static void put_check(
	struct text *text, struct json_object *check, unsigned version)
{
	const char *protocol =
		json_object_get_string(json_path(check, "protocol"));
	bool raml = version >= VERSION(1, 5, 0);

	protocol = protocol ? protocol : "HTTP";
	if (version < VERSION(1, 4, 0) && strncmp(protocol, "MESOS_", 6) == 0)
		protocol += 6;
	if (version < VERSION(0, 8, 2) && strcmp(protocol, "HTTPS") == 0)
		protocol = "HTTP";
	text_print(text, "{\"protocol\":\"%s\"", protocol);
	put_posted(text, check, "path", strstr(protocol, "HTTP") ? "\"/\""
		: raml ? NULL : "null");
	if (!json_path(check, "port") && strcmp(protocol, "COMMAND") != 0)
		put_posted(text, check, "portIndex", "0");
	if (version >= VERSION(0, 14, 0))
		put_posted(text, check, "port", NULL);
	put_posted(text, check, "command", raml ? NULL : "null");
	put_posted(text, check, "gracePeriodSeconds", "300");
	put_posted(text, check, "intervalSeconds", "60");
	put_posted(text, check, "timeoutSeconds", "20");
	put_posted(text, check, "maxConsecutiveFailures", "3");
	if (version >= VERSION(1, 4, 0))
		put_posted(text, check, "delaySeconds", "15");
	if (version >= VERSION(0, 8, 2) && strstr(protocol, "HTTP"))
		put_posted(text, check, "ignoreHttp1xx", "false");
	if (version >= VERSION(1, 6, 0))
		put_posted(text, check, "ipProtocol", "\"IPv4\"");
	text_put(text, "}");
}

static void put_checks(
	struct text *text, const struct definition *d, unsigned version)
{
	struct json_object *checks = json_path(d->posted, "healthChecks");
	size_t i;

	if (!d->check_count && version >= VERSION(1, 5, 0))
		return;
	text_put(text, ",\"healthChecks\":[");
	for (i = 0; i < d->check_count; i++) {
		if (i)
			text_put(text, ",");
		put_check(text, json_object_array_get_idx(checks, i), version);
	}
	text_put(text, "]");
}

static void put_instances(
	struct text *text, const struct definition *d, unsigned version)
{
	(void)version;
	text_print(text, ",\"instances\":%d", d->instances);
}

static void put_version(
	struct text *text, const struct definition *d, unsigned version)
{
	text_print(text, ",\"version\":\"%s\"", d->version);
	if (version < VERSION(0, 11, 0))
		return;
	text_print(text,
		",\"versionInfo\":{\"lastScalingAt\":\"%s\","
		"\"lastConfigChangeAt\":\"%s\"}",
		d->scaled_at, d->changed_at);
}

#define UPGRADE "{\"minimumHealthCapacity\":1,\"maximumOverCapacity\":1}"

static const struct field play_fields[] = {
	{"cmd", "null", 0, EVER, NULL},
	{"args", "null", 0, EVER, NULL},
	{"user", "null", 0, EVER, NULL},
	{"env", "{}", 0, EVER, NULL},
	{NULL, NULL, 0, EVER, put_instances},
	{"cpus", "0.1", 0, EVER, NULL},
	{"mem", "128", 0, EVER, NULL},
	{"disk", "0", 0, EVER, NULL},
	{"gpus", "0", VERSION(1, 3, 0), EVER, NULL},
	{"executor", "\"\"", 0, EVER, NULL},
	{"constraints", "[]", 0, EVER, NULL},
	{"uris", "[]", 0, EVER, NULL},
	{"fetch", "[]", VERSION(0, 15, 0), EVER, NULL},
	{"storeUrls", "[]", 0, EVER, NULL},
	{NULL, NULL, 0, EVER, put_ports},
	{NULL, NULL, VERSION(1, 0, 0), EVER, put_port_definitions},
	{"requirePorts", "false", 0, EVER, NULL},
	{"backoffSeconds", "1", 0, EVER, NULL},
	{"backoffFactor", "1.15", 0, EVER, NULL},
	{"maxLaunchDelaySeconds", "3600", 0, EVER, NULL},
	{NULL, NULL, 0, EVER, put_container},
	{NULL, NULL, 0, EVER, put_checks},
	{"readinessChecks", "[]", VERSION(1, 1, 0), EVER, NULL},
	{"dependencies", "[]", 0, EVER, NULL},
	{"upgradeStrategy", UPGRADE, 0, EVER, NULL},
	{"labels", "{}", 0, EVER, NULL},
	{"acceptedResourceRoles", "null", VERSION(0, 9, 0), EVER, NULL},
	{NULL, NULL, VERSION(0, 14, 0), EVER, put_ip_address},
	{"residency", "null", VERSION(1, 0, 0), EVER, NULL},
	{"secrets", "{}", VERSION(1, 3, 0), EVER, NULL},
	{"taskKillGracePeriodSeconds", "null", VERSION(1, 3, 0), EVER, NULL},
	{"unreachableStrategy",
		"{\"inactiveAfterSeconds\":0,\"expungeAfterSeconds\":0}",
		VERSION(1, 4, 0), EVER, NULL},
	{"killSelection", "\"YOUNGEST_FIRST\"", VERSION(1, 4, 0), EVER, NULL},
	{NULL, NULL, 0, EVER, put_version},
};

static const struct field raml_fields[] = {
	{"acceptedResourceRoles", NULL, 0, EVER, NULL},
	{"args", NULL, 0, EVER, NULL},
	{"backoffFactor", "1.15", 0, EVER, NULL},
	{"backoffSeconds", "1", 0, EVER, NULL},
	{"check", NULL, VERSION(1, 8, 0), EVER, NULL},
	{"cmd", NULL, 0, EVER, NULL},
	{"constraints", NULL, 0, EVER, NULL},
	{NULL, NULL, 0, EVER, put_container},
	{"cpus", "0.1", 0, EVER, NULL},
	{"dependencies", NULL, 0, EVER, NULL},
	{"disk", "0", 0, EVER, NULL},
	{"env", NULL, 0, EVER, NULL},
	{"executor", "\"\"", 0, EVER, NULL},
	{"executorResources", NULL, VERSION(1, 6, 0), EVER, NULL},
	{"fetch", NULL, 0, EVER, NULL},
	{NULL, NULL, 0, EVER, put_checks},
	{NULL, NULL, 0, EVER, put_instances},
	{"labels", "{}", 0, EVER, NULL},
	{"maxLaunchDelaySeconds", "3600", 0, VERSION(1, 6, 0), NULL},
	{"maxLaunchDelaySeconds", "300", VERSION(1, 6, 0), EVER, NULL},
	{"mem", "128", 0, EVER, NULL},
	{"gpus", "0", 0, EVER, NULL},
	{NULL, NULL, 0, EVER, put_networks},
	{NULL, NULL, 0, EVER, put_port_definitions},
	{"readinessChecks", NULL, 0, EVER, NULL},
	{"requirePorts", "false", 0, EVER, NULL},
	{"residency", NULL, 0, EVER, NULL},
	{"resourceLimits", NULL, VERSION(1, 10, 0), EVER, NULL},
	{"role", "\"*\"", VERSION(1, 9, 0), EVER, NULL},
	{"secrets", NULL, 0, EVER, NULL},
	{"taskKillGracePeriodSeconds", NULL, 0, EVER, NULL},
	{"tty", NULL, 0, EVER, NULL},
	{"upgradeStrategy", UPGRADE, 0, EVER, NULL},
	{"user", NULL, 0, EVER, NULL},
	{NULL, NULL, 0, EVER, put_version},
	{"killSelection", "\"YOUNGEST_FIRST\"", 0, EVER, NULL},
	{"unreachableStrategy",
		"{\"inactiveAfterSeconds\":0,\"expungeAfterSeconds\":0}", 0,
		EVER, NULL},
};

static void put_fields(struct definition *d, unsigned version,
	const struct field *fields, size_t count)
{
	const struct field *field;

	for (field = fields; field < fields + count; field++) {
		if (version < field->since || version >= field->until)
			continue;
		if (field->write)
			field->write(&d->json, d, version);
		else
			put_posted(&d->json, d->posted, field->name,
				field->fallback);
	}
}

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

void definition_write(struct definition *d, const struct profile *profile)
{
	size_t i;

	for (i = 0; i < d->port_count; i++)
		text_print(&d->service_ports, "%s%d", i ? "," : "",
			d->ports[i].service_port);
	text_put(&d->json, "{\"id\":");
	text_quote(&d->json, d->id);
	if (profile->raml)
		put_fields(d, profile->number, raml_fields, COUNT(raml_fields));
	else
		put_fields(d, profile->number, play_fields, COUNT(play_fields));
}
