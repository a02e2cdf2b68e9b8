/* SPDX-License-Identifier: MIT */
#include "fetch/catalog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * An app and all it points to live in one block. draft_sizes() adds up what
 * app_pack() then copies: whoever adds to one adds to the other. Arrays come
 * first, so that they stay aligned; strings come last.
 */
struct packer {
	char *arrays;
	char *strings;
};

static size_t text_size(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

static const char *pack_text(struct packer *p, const char *text)
{
	size_t size = text_size(text);
	char *copy = p->strings;

	if (!text)
		return NULL;
	memcpy(copy, text, size);
	p->strings += size;
	return copy;
}

static void *pack_array(struct packer *p, const void *items, size_t size)
{
	char *copy = p->arrays;

	if (size == 0)
		return NULL;
	memcpy(copy, items, size);
	p->arrays += (size + 7) & ~(size_t)7;
	return copy;
}

/* Bytes of the arrays and of the strings, added up separately. */
struct sizes {
	size_t arrays, strings;
};

static void add_array(struct sizes *s, size_t size)
{
	s->arrays += (size + 7) & ~(size_t)7;
}

static void add_labels(
	struct sizes *s, const struct label *labels, uint32_t count)
{
	add_array(s, count * sizeof(*labels));
	for (uint32_t i = 0; i < count; i++)
		s->strings += text_size(labels[i].key)
			+ text_size(labels[i].value);
}

static int label_order(const void *a, const void *b)
{
	const struct label *x = a, *y = b;

	return strcmp(x->key, y->key);
}

static struct label *pack_labels(
	struct packer *p, const struct label *labels, uint32_t count)
{
	struct label *copy = pack_array(p, labels, count * sizeof(*labels));

	for (uint32_t i = 0; i < count; i++) {
		copy[i].key = pack_text(p, labels[i].key);
		copy[i].value = pack_text(p, labels[i].value);
	}
	if (count > 1)
		qsort(copy, count, sizeof(*copy), label_order);
	return copy;
}

static void add_ports(struct sizes *s, const struct app *app)
{
	add_array(s, app->port_count * sizeof(*app->ports));
	for (uint32_t i = 0; i < app->port_count; i++) {
		s->strings += text_size(app->ports[i].name);
		add_labels(s, app->ports[i].labels, app->ports[i].label_count);
	}
}

static struct port *pack_ports(struct packer *p, const struct app *app)
{
	struct port *copy = pack_array(
		p, app->ports, app->port_count * sizeof(*app->ports));

	for (uint32_t i = 0; i < app->port_count; i++) {
		copy[i].name = pack_text(p, app->ports[i].name);
		copy[i].labels = pack_labels(
			p, app->ports[i].labels, app->ports[i].label_count);
	}
	return copy;
}

/* Most endpoints name the agent's host: such a string is kept once. */
static bool shares_host(const struct instance *i, const struct endpoint *e)
{
	return e->host && i->host && strcmp(e->host, i->host) == 0;
}

static void add_instance(
	struct sizes *s, const struct instance *i, uint32_t port_count)
{
	s->strings += text_size(i->id) + text_size(i->host)
		+ text_size(i->version) + text_size(i->started)
		+ text_size(i->ip) + text_size(i->address);
	add_array(s, port_count * sizeof(*i->endpoints));
	for (uint32_t k = 0; k < port_count; k++)
		if (!shares_host(i, &i->endpoints[k]))
			s->strings += text_size(i->endpoints[k].host);
}

static void pack_instance(
	struct packer *p, struct instance *i, uint32_t port_count)
{
	struct endpoint *endpoints;

	i->id = pack_text(p, i->id);
	i->host = pack_text(p, i->host);
	i->version = pack_text(p, i->version);
	i->started = pack_text(p, i->started);
	i->ip = pack_text(p, i->ip);
	i->address = pack_text(p, i->address);
	endpoints = pack_array(
		p, i->endpoints, port_count * sizeof(*i->endpoints));
	for (uint32_t k = 0; k < port_count; k++)
		endpoints[k].host = shares_host(i, &endpoints[k])
			? i->host
			: pack_text(p, endpoints[k].host);
	i->endpoints = endpoints;
}

/* By host, then the first port, then id: the order of the lines of a file. */
static int instance_order(const void *a, const void *b)
{
	const struct instance *x = a, *y = b;
	const char *x_host, *y_host;
	int order;

	x_host = x->endpoints && x->endpoints[0].host ? x->endpoints[0].host
						      : x->host;
	y_host = y->endpoints && y->endpoints[0].host ? y->endpoints[0].host
						      : y->host;
	order = strcmp(x_host ? x_host : "", y_host ? y_host : "");
	if (order == 0 && x->endpoints && y->endpoints)
		order = (int)x->endpoints[0].port - (int)y->endpoints[0].port;
	return order ? order : strcmp(x->id, y->id);
}

static struct instance *pack_instances(struct packer *p, struct app *app)
{
	struct instance *copy = pack_array(p, app->instances,
		app->instance_count * sizeof(*app->instances));

	app->serving_count = 0;
	for (uint32_t i = 0; i < app->instance_count; i++) {
		pack_instance(p, &copy[i], app->port_count);
		app->serving_count += copy[i].state == INSTANCE_SERVING;
	}
	if (app->instance_count > 1)
		qsort(copy, app->instance_count, sizeof(*copy), instance_order);
	return copy;
}

static struct check *pack_checks(struct packer *p, const struct app *app)
{
	struct check *copy = pack_array(
		p, app->checks, app->check_count * sizeof(*app->checks));

	for (uint32_t i = 0; i < app->check_count; i++)
		copy[i].path = pack_text(p, app->checks[i].path);
	return copy;
}

static struct sizes draft_sizes(const struct app *app)
{
	struct sizes s = {0};

	add_array(&s, sizeof(*app));
	s.strings += text_size(app->key.id) + text_size(app->key.source)
		+ text_size(app->version) + text_size(app->scaled);
	add_labels(&s, app->labels, app->label_count);
	add_labels(&s, app->env, app->env_count);
	add_ports(&s, app);
	add_array(&s, app->check_count * sizeof(*app->checks));
	for (uint32_t i = 0; i < app->check_count; i++)
		s.strings += text_size(app->checks[i].path);
	add_array(&s, app->instance_count * sizeof(*app->instances));
	for (uint32_t i = 0; i < app->instance_count; i++)
		add_instance(&s, &app->instances[i], app->port_count);
	return s;
}

static int draft_check(const struct app *draft, struct why *why)
{
	if (strlen(draft->key.id) > NAME_LEN_MAX)
		return why_set(why, -E2BIG, "an app id of more than %d bytes",
			NAME_LEN_MAX);
	if (draft->port_count > PORTS_MAX)
		return why_set(why, -E2BIG, "%s: more than %d ports",
			draft->key.id, PORTS_MAX);
	if (draft->instance_count > INSTANCES_MAX)
		return why_set(why, -E2BIG, "%s: more than %d instances",
			draft->key.id, INSTANCES_MAX);
	if (draft->label_count > LABELS_MAX || draft->env_count > LABELS_MAX)
		return why_set(why, -E2BIG, "%s: more than %d labels",
			draft->key.id, LABELS_MAX);
	return 0;
}

int app_pack(const struct app *draft, struct app **ret, struct why *why)
{
	struct packer p;
	struct sizes sizes;
	struct app *app;
	int r;

	r = draft_check(draft, why);
	if (r < 0)
		return r;
	sizes = draft_sizes(draft);
	p.arrays = malloc(sizes.arrays + sizes.strings);
	if (!p.arrays)
		return why_set(why, -ENOMEM, "out of memory");
	p.strings = p.arrays + sizes.arrays;

	app = pack_array(&p, draft, sizeof(*draft));
	app->references = 1;
	app->key.id = pack_text(&p, draft->key.id);
	app->key.source = pack_text(&p, draft->key.source);
	app->version = pack_text(&p, draft->version);
	app->scaled = pack_text(&p, draft->scaled);
	app->labels = pack_labels(&p, draft->labels, draft->label_count);
	app->env = pack_labels(&p, draft->env, draft->env_count);
	app->ports = pack_ports(&p, draft);
	app->checks = pack_checks(&p, draft);
	app->instances = pack_instances(&p, app);
	*ret = app;
	return 0;
}
