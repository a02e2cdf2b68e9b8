/* SPDX-License-Identifier: MIT */
#include "fetch/catalog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/sorted.h"

/*
 * Packing: an app and all it points to live in one block. pack_size() and
 * pack_copy() walk the draft in the same order; the first adds up, the second
 * copies. Arrays come first, so that they stay aligned; strings come last.
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

int app_key_compare(const struct app_key *a, const struct app_key *b)
{
	int order = strcmp(a->id, b->id);

	return order ? order : strcmp(a->source, b->source);
}

int app_precedence(const struct app *a, const struct app *b)
{
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return app_key_compare(&a->key, &b->key);
}

/*
 * The catalog proper.
 */
struct catalog {
	uint32_t references; /* atomic */
	struct sorted *apps; /* NULL: none */
	size_t serving;
};

static const void *item_key(const void *item)
{
	return &((const struct app *)item)->key;
}

static int item_compare(const void *a, const void *b)
{
	return app_key_compare(a, b);
}

static void item_ref(void *item)
{
	app_ref(item);
}

static void item_unref(void *item)
{
	app_unref(item);
}

static const struct sorted_ops app_ops = {
	.key = item_key,
	.compare = item_compare,
	.ref = item_ref,
	.unref = item_unref,
};

static int change_order(const void *a, const void *b)
{
	const struct catalog_change *x = a, *y = b;

	return app_key_compare(&x->key, &y->key);
}

static int edit_apps(struct catalog *catalog, const struct catalog *before,
	const struct catalog_change *changes, size_t count)
{
	CLEANUP(free) struct sorted_change *edits = NULL;
	int r;

	edits = calloc(count ? count : 1, sizeof(*edits));
	if (!edits)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct app *old = before
			? catalog_find(before, &changes[i].key)
			: NULL;

		edits[i].key = &changes[i].key;
		edits[i].item = changes[i].app;
		catalog->serving -= old ? old->serving_count : 0;
		catalog->serving +=
			changes[i].app ? changes[i].app->serving_count : 0;
	}
	r = sorted_edit(before ? before->apps : NULL, &app_ops, edits, count,
		&catalog->apps);
	if (r < 0)
		return r;
	return sorted_count(catalog->apps) > APPS_MAX ? -E2BIG : 0;
}

int catalog_edit(const struct catalog *before, struct catalog_change *changes,
	size_t count, struct catalog **ret)
{
	struct catalog *catalog;
	int r;

	catalog = calloc(1, sizeof(*catalog));
	if (!catalog)
		return -ENOMEM;
	catalog->references = 1;
	catalog->serving = before ? before->serving : 0;

	if (count > 1)
		qsort(changes, count, sizeof(*changes), change_order);
	r = edit_apps(catalog, before, changes, count);
	if (r < 0) {
		catalog_unref(catalog);
		return r;
	}
	*ret = catalog;
	return 0;
}

struct catalog *catalog_ref(struct catalog *catalog)
{
	if (catalog)
		__atomic_add_fetch(&catalog->references, 1, __ATOMIC_RELAXED);
	return catalog;
}

void catalog_unref(struct catalog *catalog)
{
	if (!catalog
		|| __atomic_sub_fetch(&catalog->references, 1, __ATOMIC_ACQ_REL)
			> 0)
		return;
	sorted_unref(catalog->apps);
	free(catalog);
}

size_t catalog_app_count(const struct catalog *catalog)
{
	return catalog ? sorted_count(catalog->apps) : 0;
}

size_t catalog_serving_count(const struct catalog *catalog)
{
	return catalog ? catalog->serving : 0;
}

struct app *catalog_find(
	const struct catalog *catalog, const struct app_key *key)
{
	return catalog ? sorted_find(catalog->apps, key) : NULL;
}

struct app *catalog_next(
	const struct catalog *catalog, struct catalog_cursor *cursor)
{
	struct sorted_cursor at = {cursor->chunk, cursor->item};
	struct app *app;

	app = catalog ? sorted_next(catalog->apps, &at) : NULL;
	*cursor = (struct catalog_cursor){at.chunk, at.item};
	return app;
}

struct diff {
	int (*change)(void *context, struct app *before, struct app *after);
	void *context;
};

static int diff_item(void *context, void *before, void *after)
{
	struct diff *diff = context;

	return diff->change(diff->context, before, after);
}

int catalog_diff(const struct catalog *before, const struct catalog *after,
	int (*change)(void *context, struct app *before, struct app *after),
	void *context)
{
	struct diff diff = {change, context};

	return sorted_diff(before ? before->apps : NULL,
		after ? after->apps : NULL, diff_item, &diff);
}
