/* SPDX-License-Identifier: MIT */
#include "tests/unit/maker.h"

#include <assert.h>
#include <string.h>

void maker_begin(struct maker *m, const char *id)
{
	memset(m, 0, sizeof(*m));
	m->app.key = (struct app_key){id, "marathon"};
	m->app.labels = m->labels;
	m->app.env = m->env;
	m->app.ports = m->ports;
	m->app.checks = m->checks;
	m->app.instances = m->instances;
}

void maker_label(struct maker *m, const char *key, const char *value)
{
	assert(m->app.label_count < MAKER_MANY);
	m->labels[m->app.label_count++] = (struct label){key, value};
}

struct port *maker_port(struct maker *m, uint16_t service_port)
{
	struct port *port = &m->ports[m->app.port_count];

	assert(m->app.port_count < MAKER_PORTS);
	port->service_port = service_port;
	port->protocols = PORT_TCP;
	port->labels = m->port_labels[m->app.port_count++];
	return port;
}

void maker_port_label(
	struct maker *m, uint32_t port, const char *key, const char *value)
{
	uint32_t *count = &m->ports[port].label_count;

	assert(*count < MAKER_PORTS);
	m->port_labels[port][(*count)++] = (struct label){key, value};
}

struct check *maker_check(
	struct maker *m, enum check_protocol protocol, const char *path)
{
	struct check *check = &m->checks[m->app.check_count++];

	assert(m->app.check_count <= MAKER_PORTS);
	check->protocol = protocol;
	check->path = path;
	return check;
}

struct instance *maker_instance(
	struct maker *m, const char *host, uint16_t first_port)
{
	uint32_t at = m->app.instance_count++;
	struct instance *instance = &m->instances[at];

	assert(at < MAKER_MANY);
	snprintf(m->ids[at], sizeof(m->ids[at]), "task-%u", at);
	instance->id = m->ids[at];
	instance->host = host;
	instance->endpoints = m->endpoints[at];
	for (uint32_t i = 0; i < m->app.port_count; i++)
		m->endpoints[at][i] = (struct endpoint){
			host, (uint16_t)(first_port + i)};
	return instance;
}

struct app *maker_done(struct maker *m)
{
	struct app *app = NULL;

	assert(app_pack(&m->app, &app, NULL) == 0);
	return app;
}

struct app *app_with_ports(
	const char *id, const char *source, uint32_t port_count)
{
	struct maker m;

	maker_begin(&m, id);
	m.app.key.source = source;
	for (uint32_t i = 0; i < port_count; i++)
		maker_port(&m, (uint16_t)(10000 + i));
	return maker_done(&m);
}

static void edit(struct catalog **catalog, struct catalog_change change)
{
	struct catalog *after = NULL;

	assert(catalog_edit(*catalog, &change, 1, &after) == 0);
	catalog_unref(*catalog);
	*catalog = after;
}

void catalog_put(struct catalog **catalog, struct app *app)
{
	edit(catalog, (struct catalog_change){app->key, app});
}

void catalog_drop(
	struct catalog **catalog, const char *id, const char *source)
{
	edit(catalog, (struct catalog_change){{id, source}, NULL});
}
