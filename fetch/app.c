/* SPDX-License-Identifier: MIT */
#include "fetch/catalog.h"

#include <stdlib.h>
#include <string.h>

struct app app_draft(const struct app *app)
{
	return (struct app){
		.key = app->key,
		.version = app->version,
		.scaled = app->scaled,
		.labels = app->labels,
		.env = app->env,
		.ports = app->ports,
		.checks = app->checks,
		.instances = app->instances,
		.label_count = app->label_count,
		.env_count = app->env_count,
		.port_count = app->port_count,
		.check_count = app->check_count,
		.instance_count = app->instance_count,
		.serving_count = app->serving_count,
		.target = app->target,
		.network = app->network,
		.rank = app->rank,
		.fingerprint = app->fingerprint,
	};
}

struct app *app_ref(struct app *app)
{
	if (app)
		__atomic_add_fetch(&app->references, 1, __ATOMIC_RELAXED);
	return app;
}

void app_unref(struct app *app)
{
	if (app
		&& __atomic_sub_fetch(&app->references, 1, __ATOMIC_ACQ_REL)
			== 0)
		free(app);
}

const char *label_find(
	const struct label *labels, uint32_t count, const char *key)
{
	uint32_t low = 0, high = count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = strcmp(labels[middle].key, key);

		if (order == 0)
			return labels[middle].value;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const char *app_label(const struct app *app, const char *key)
{
	return label_find(app->labels, app->label_count, key);
}

const char *port_label(const struct port *port, const char *key)
{
	return label_find(port->labels, port->label_count, key);
}

const struct instance *app_instance(const struct app *app, const char *id)
{
	for (uint32_t i = 0; i < app->instance_count; i++)
		if (strcmp(app->instances[i].id, id) == 0)
			return &app->instances[i];
	return NULL;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_labels(const struct label *a, uint32_t a_count,
	const struct label *b, uint32_t b_count)
{
	if (a_count != b_count)
		return false;
	for (uint32_t i = 0; i < a_count; i++)
		if (!same_text(a[i].key, b[i].key)
			|| !same_text(a[i].value, b[i].value))
			return false;
	return true;
}

static bool same_port(const struct port *a, const struct port *b)
{
	return same_text(a->name, b->name) && a->service_port == b->service_port
		&& a->container_port == b->container_port
		&& a->protocols == b->protocols && a->hidden == b->hidden
		&& a->unserved == b->unserved
		&& same_labels(a->labels, a->label_count, b->labels,
			b->label_count);
}

static bool same_check(const struct check *a, const struct check *b)
{
	return a->protocol == b->protocol && same_text(a->path, b->path)
		&& a->port_index == b->port_index && a->port == b->port
		&& a->interval_seconds == b->interval_seconds
		&& a->timeout_seconds == b->timeout_seconds
		&& a->max_failures == b->max_failures;
}

static bool same_instance(const struct instance *a, const struct instance *b,
	uint32_t port_count)
{
	if (!same_text(a->id, b->id) || !same_text(a->host, b->host)
		|| !same_text(a->version, b->version)
		|| !same_text(a->started, b->started)
		|| !same_text(a->ip, b->ip)
		|| !same_text(a->address, b->address) || a->state != b->state
		|| a->health != b->health || a->lost != b->lost
		|| a->looking != b->looking)
		return false;
	for (uint32_t i = 0; i < port_count; i++)
		if (a->endpoints[i].port != b->endpoints[i].port
			|| !same_text(a->endpoints[i].host,
				b->endpoints[i].host))
			return false;
	return true;
}

static bool same_head(const struct app *a, const struct app *b)
{
	return app_key_compare(&a->key, &b->key) == 0
		&& same_text(a->version, b->version)
		&& same_text(a->scaled, b->scaled)
		&& a->target == b->target && a->network == b->network
		&& a->rank == b->rank
		&& a->port_count == b->port_count
		&& a->check_count == b->check_count
		&& a->instance_count == b->instance_count
		&& same_labels(a->labels, a->label_count, b->labels,
			b->label_count)
		&& same_labels(a->env, a->env_count, b->env, b->env_count);
}

bool app_same(const struct app *a, const struct app *b)
{
	if (a == b)
		return true;
	if (!same_head(a, b))
		return false;
	for (uint32_t i = 0; i < a->port_count; i++)
		if (!same_port(&a->ports[i], &b->ports[i]))
			return false;
	for (uint32_t i = 0; i < a->check_count; i++)
		if (!same_check(&a->checks[i], &b->checks[i]))
			return false;
	for (uint32_t i = 0; i < a->instance_count; i++)
		if (!same_instance(&a->instances[i], &b->instances[i],
			    a->port_count))
			return false;
	return true;
}

int app_precedence(const struct app *a, const struct app *b)
{
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return app_key_compare(&a->key, &b->key);
}
