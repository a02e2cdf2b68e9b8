/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "fetch/service_json_impl.h"

enum { LABELS_OF_OURS = 4, LABEL_KEY_SIZE = 32 };

/* 0: it is no transport. */
static uint8_t transport_of(const char *text)
{
	static const struct {
		const char *name;
		uint8_t protocols;
	} transports[] = {
		{"tcp", PORT_TCP},
		{"udp", PORT_UDP},
		{"tcp,udp", PORT_TCP | PORT_UDP},
		{"udp,tcp", PORT_TCP | PORT_UDP},
	};

	for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++)
		if (strcasecmp(transports[i].name, text) == 0)
			return transports[i].protocols;
	return 0;
}

/* The older generation has one word for both: "tcp", or "http" over it. */
int service_read_protocols(
	struct service_parsing *p, struct service_reading *reading)
{
	const char *text, *transport;
	int r;

	p->field = service_field_names[FIELD_PROTOCOL];
	r = field_text(
		reading->fields[FIELD_PROTOCOL], p->field, &text, p->why);
	if (r < 0)
		return r;
	p->field = service_field_names[FIELD_APPLICATION];
	r = field_text(reading->fields[FIELD_APPLICATION], p->field,
		&reading->application, p->why);
	if (r < 0)
		return r;
	p->field = service_field_names[FIELD_TRANSPORT];
	r = field_text(
		reading->fields[FIELD_TRANSPORT], p->field, &transport, p->why);
	if (r < 0)
		return r;
	if (text && !transport_of(text) && !reading->application)
		reading->application = text;
	if (!transport)
		transport = text && transport_of(text) ? text : "tcp";
	reading->port.protocols = transport_of(transport);
	if (!reading->port.protocols)
		return why_set(p->why, -EBADMSG,
			"\"%s\" is none of tcp, udp: %.64s", p->field,
			transport);
	return 0;
}

/* One virtual host of a list by commas. */
static int add_domain(struct service_parsing *p, struct json_object *value,
	FILE *out, bool *some)
{
	const char *text;
	int r;

	r = field_text(value, p->field, &text, p->why);
	if (r < 0 || !text)
		return r;
	fprintf(out, "%s%s", *some ? "," : "", text);
	*some = true;
	return 0;
}

static int write_domains(struct service_parsing *p,
	const struct service_reading *reading, FILE *out)
{
	struct json_object *array = reading->fields[FIELD_DOMAINS];
	bool some = false;
	int r;

	p->field = service_field_names[FIELD_DOMAIN];
	r = add_domain(p, reading->fields[FIELD_DOMAIN], out, &some);
	if (r < 0)
		return r;
	p->field = service_field_names[FIELD_DOMAINS];
	r = field_is(array, p->field, json_type_array, p->why);
	for (size_t i = 0; r == 0 && i < field_count(array); i++)
		r = add_domain(
			p, json_object_array_get_idx(array, i), out, &some);
	return r;
}

static int read_domains(
	struct service_parsing *p, struct service_reading *reading)
{
	CLEANUP(fclose) FILE *out = NULL;
	size_t size;
	int r;

	out = open_memstream(&reading->domains, &size);
	if (!out)
		return -ENOMEM;
	r = write_domains(p, reading, out);
	if (fclose(take_ptr(&out)) != 0 || !reading->domains)
		return -ENOMEM;
	return r;
}

static void add_label(
	struct service_reading *reading, const char *key, const char *value)
{
	reading->labels[reading->draft.label_count++] =
		(struct label){key, value};
}

/* "proxym.port.80.config": what the label says of this port. */
static int add_port_label(struct service_parsing *p,
	struct service_reading *reading, const char *name, const char *value)
{
	const struct port *port = &reading->port;
	char *key = arena_take(&p->arena, 1, LABEL_KEY_SIZE);

	if (!key)
		return -ENOMEM;
	snprintf(key, LABEL_KEY_SIZE, "proxym.port.%u.%s",
		port->container_port ? port->container_port
				     : port->service_port,
		name);
	add_label(reading, key, value);
	return 0;
}

/* proxym has virtual hosts for what speaks HTTP alone. */
static int add_http(struct service_parsing *p, struct service_reading *reading)
{
	const char *application = reading->application, *path;
	int r = 0;

	p->field = service_field_names[FIELD_PROXY_PATH];
	r = field_text(
		reading->fields[FIELD_PROXY_PATH], p->field, &path, p->why);
	if (r < 0)
		return r;
	if (application && strcasecmp(application, "http") != 0)
		return 0;
	if (application)
		r = add_port_label(p, reading, "protocol", "http");
	if (r < 0 || !reading->domains[0])
		return r;
	add_label(reading, "proxym.domains", reading->domains);
	if (path && strcmp(path, "/") != 0)
		add_label(reading, "HAPROXY_0_PATH", path);
	return 0;
}

/* What the file says in other words, and then its own labels. */
int service_read_labels(
	struct service_parsing *p, struct service_reading *reading)
{
	struct label_list own;
	const char *config;
	int r;

	r = read_domains(p, reading);
	if (r < 0)
		return r;
	p->field = service_field_names[FIELD_LABELS];
	r = labels_from_json(
		reading->fields[FIELD_LABELS], NULL, &p->arena, &own, p->why);
	if (r < 0)
		return r;
	reading->labels = arena_take(&p->arena, own.count + LABELS_OF_OURS,
		sizeof(*reading->labels));
	if (!reading->labels)
		return -ENOMEM;
	reading->draft.labels = reading->labels;
	for (uint32_t i = 0; i < own.count; i++)
		add_label(reading, own.labels[i].key, own.labels[i].value);
	p->field = service_field_names[FIELD_CONFIG];
	r = field_text(
		reading->fields[FIELD_CONFIG], p->field, &config, p->why);
	if (r == 0 && config)
		r = add_port_label(p, reading, "config", config);
	return r < 0 ? r : add_http(p, reading);
}
