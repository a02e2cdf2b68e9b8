/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/arena.h"
#include "fetch/registry_impl.h"

/* One app while it is made: its keys in two orders. */
struct making {
	struct arena arena;
	const struct record **by_port;
	const struct record **by_instance;
	size_t count;
	struct port *ports;
	uint32_t port_count;
	struct instance *instances;
	uint32_t instance_count;
};

static int port_order(const struct binding *a, const struct binding *b)
{
	if (a->exposed != b->exposed)
		return a->exposed < b->exposed ? -1 : 1;
	if (a->protocol != b->protocol)
		return a->protocol < b->protocol ? -1 : 1;
	return (a->service_port > b->service_port)
		- (a->service_port < b->service_port);
}

static int by_port(const void *a, const void *b)
{
	const struct record *x = *(const struct record *const *)a;
	const struct record *y = *(const struct record *const *)b;
	int order = port_order(&x->binding, &y->binding);

	return order ? order : strcmp(x->key, y->key);
}

static int instance_order(const struct record *a, const struct record *b)
{
	size_t x = a->binding.instance_length, y = b->binding.instance_length;
	int order = memcmp(
		record_instance(a), record_instance(b), x < y ? x : y);

	return order ? order : (x > y) - (x < y);
}

static int by_instance(const void *a, const void *b)
{
	const struct record *x = *(const struct record *const *)a;
	const struct record *y = *(const struct record *const *)b;
	int order = instance_order(x, y);

	return order ? order : by_port(a, b);
}

static int sort_records(struct making *m, const struct service *service)
{
	const struct record *record = service->first;
	size_t size = sizeof(*m->by_port);

	m->by_port = arena_take(&m->arena, service->count, size);
	m->by_instance = arena_take(&m->arena, service->count, size);
	if (!m->by_port || !m->by_instance)
		return -ENOMEM;
	for (; record; record = record->next)
		m->by_port[m->count++] = record;
	memcpy(m->by_instance, m->by_port, m->count * size);
	qsort(m->by_port, m->count, size, by_port);
	qsort(m->by_instance, m->count, size, by_instance);
	return 0;
}

static int make_ports(struct making *m)
{
	const struct binding *before = NULL;

	m->ports = arena_take(&m->arena, m->count, sizeof(*m->ports));
	if (!m->ports)
		return -ENOMEM;
	for (size_t i = 0; i < m->count; i++) {
		const struct binding *b = &m->by_port[i]->binding;

		if (before && port_order(before, b) == 0)
			continue;
		before = b;
		m->ports[m->port_count++] = (struct port){
			.service_port = b->service_port,
			.container_port = b->exposed,
			.protocols = b->protocol,
		};
	}
	return 0;
}

static uint32_t port_index(const struct making *m, const struct binding *b)
{
	uint32_t low = 0, high = m->port_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct port *port = &m->ports[middle];
		struct binding at = {
			.exposed = port->container_port,
			.protocol = port->protocols,
			.service_port = port->service_port,
		};

		if (port_order(&at, b) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const char *take_text(
	struct making *m, const char *text, size_t length)
{
	char *copy = arena_take(&m->arena, 1, length + 1);

	return copy ? memcpy(copy, text, length) : NULL;
}

/* Of the keys of one instance; of two for one port the first counts. */
static int make_instance(struct making *m, size_t from, size_t to)
{
	const struct record *first = m->by_instance[from];
	struct instance *instance = &m->instances[m->instance_count++];
	struct endpoint *endpoints;

	endpoints = arena_take(
		&m->arena, m->port_count, sizeof(*endpoints));
	instance->id = take_text(m, record_instance(first),
		first->binding.instance_length);
	instance->host = take_text(m, record_instance(first),
		first->binding.hostname_length);
	if (!endpoints || !instance->id || !instance->host)
		return -ENOMEM;
	for (size_t i = from; i < to; i++) {
		const struct binding *b = &m->by_instance[i]->binding;
		struct endpoint *endpoint = &endpoints[port_index(m, b)];

		if (!endpoint->host)
			*endpoint = (struct endpoint){b->host, b->port};
	}
	for (uint32_t i = 0; i < m->port_count; i++)
		if (!endpoints[i].host)
			endpoints[i].host = instance->host;
	instance->endpoints = endpoints;
	instance->state = INSTANCE_SERVING;
	return 0;
}

static int make_instances(struct making *m)
{
	size_t from = 0;
	int r;

	m->instances = arena_take(&m->arena, m->count, sizeof(*m->instances));
	if (!m->instances)
		return -ENOMEM;
	/* One too many is enough for whoever packs to say so. */
	for (size_t to = 1;
		to <= m->count && m->instance_count <= INSTANCES_MAX; to++) {
		if (to < m->count
			&& instance_order(m->by_instance[from],
				   m->by_instance[to])
				== 0)
			continue;
		r = make_instance(m, from, to);
		if (r < 0)
			return r;
		from = to;
	}
	return 0;
}

/*
 * Nobody says how many instances are wanted, so that it is set to what no
 * service has: no loss is then taken for a scale-down (guard.h).
 */
static struct app draft_of(const struct making *m,
	const struct service *service, const struct app_origin *origin)
{
	return (struct app){
		.key = {service->id, origin->source},
		.rank = origin->rank,
		.ports = m->ports,
		.port_count = m->port_count,
		.instances = m->instances,
		.instance_count = m->instance_count,
		.target = INSTANCES_MAX,
		.network = NETWORK_BRIDGE,
	};
}

static int make_app(struct making *m, const struct service *service,
	const struct registry_reader *reader, struct app **ret,
	struct why *why)
{
	struct app draft;
	int r;

	r = sort_records(m, service);
	if (r == 0)
		r = make_ports(m);
	/* Too many are said by whoever packs. */
	if (r == 0 && m->port_count <= PORTS_MAX)
		r = make_instances(m);
	if (r < 0)
		return why_set(why, r, "out of memory");
	draft = draft_of(m, service, &reader->origin);
	if (reader->groups
		&& !groups_select(reader->groups, &draft, m->ports))
		return 0;
	return app_pack(&draft, ret, why);
}

int service_app(const struct service *service,
	const struct registry_reader *reader, struct app **ret,
	struct why *why)
{
	struct making m = {.count = 0};
	int r;

	if (service->count == 0)
		return 0;
	r = make_app(&m, service, reader, ret, why);
	arena_done(&m.arena);
	return r;
}
