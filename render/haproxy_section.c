/* SPDX-License-Identifier: MIT */
#include "render/haproxy_section.h"

#include <errno.h>
#include <nettle/sha1.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/haproxy_backend.h"
#include "render/haproxy_rules.h"
#include "render/haproxy_service.h"
#include "render/table.h"

#define VIEW "haproxy.cfg"

enum { AUTO_TRIES = 50 };

/* The port that marathon-lb gives to an app with addresses of its own. */
static uint16_t automatic_port(const struct haproxy_writing *w,
	const struct service *service)
{
	const struct haproxy_settings *s = w->settings;
	const struct port *port = &w->app->ports[service->port_index];
	uint32_t range = (uint32_t)(s->ip_port_max - s->ip_port_min) + 1;
	uint8_t digest[SHA1_DIGEST_SIZE];
	struct sha1_ctx sha;
	uint32_t number;
	char number_text[32];

	sha1_init(&sha);
	sha1_update(&sha, strlen(w->app->key.id),
		(const uint8_t *)w->app->key.id);
	snprintf(number_text, sizeof(number_text), "-%u-%u",
		port->container_port, w->role->tries % AUTO_TRIES);
	sha1_update(&sha, strlen(number_text), (const uint8_t *)number_text);
	sha1_digest(&sha, sizeof(digest), digest);
	number = (uint32_t)digest[0] << 24 | (uint32_t)digest[1] << 16
		| (uint32_t)digest[2] << 8 | digest[3];
	/* After that many tries it takes them one by one. */
	if (w->role->tries >= AUTO_TRIES)
		number = number % range + w->role->tries;
	return (uint16_t)(s->ip_port_min + number % range);
}

static bool wants_automatic(const struct haproxy_writing *w)
{
	const struct app *app = w->app;

	if (!w->settings->ip_port_max || app->network != NETWORK_CONTAINER)
		return false;
	for (uint32_t i = 0; i < app->port_count; i++)
		if (app->ports[i].service_port)
			return false;
	return app->instance_count > 0;
}

/* HAProxy on that host would take, or lack, the port of the instance. */
static bool is_on_host(const struct app *app, const struct service *service)
{
	for (uint32_t i = 0; i < app->instance_count; i++) {
		const struct instance *instance = &app->instances[i];
		const struct endpoint *endpoint =
			&instance->endpoints[service->port_index];

		if (endpoint->port == service->port
			&& strcmp(endpoint->host, instance->host) == 0)
			return true;
	}
	return false;
}

/* Whether the port is for a load balancer at all. */
static bool is_shown(struct haproxy_writing *w, struct service *service,
	struct haproxy_part *part)
{
	const struct port *port = &w->app->ports[service->port_index];

	if (port->hidden || !(port->protocols & PORT_TCP))
		return false;
	if (service->enabled == SAID_NO
		|| (w->settings->strict && service->enabled != SAID_YES))
		return false;
	if (service->refused) {
		problems_add(w->problems, &w->app->key, VIEW,
			"port %u is left out for a label",
			service->port_index);
		return false;
	}
	if (service->port == 0 && wants_automatic(w)) {
		service->port = automatic_port(w, service);
		part->automatic = true;
	}
	if (service->port == 0 && !port->unserved)
		problems_add(w->problems, &w->app->key, VIEW,
			"port %u: has no service port", service->port_index);
	if (service->port == 0 || !w->settings->hide_host
		|| !is_on_host(w->app, service))
		return service->port != 0;
	problems_add(w->problems, &w->app->key, VIEW,
		"port %u is left out: an instance has service port %u of its "
		"host (--expose-host is off)",
		service->port_index, service->port);
	return false;
}

/* A text of the port's own can come to more than HAProxy reads. */
static bool is_readable(struct haproxy_writing *w,
	const struct service *service, const struct haproxy_writing *before)
{
	struct why why = {""};
	int r = 0;

	if (!service->templates && !service->config)
		return true;
	if (w->text.length > before->text.length)
		r = template_check_lines(w->text.at + before->text.length,
			w->text.length - before->text.length, &why);
	if (r == 0 && w->servers.length > before->servers.length)
		r = template_check_lines(w->servers.at + before->servers.length,
			w->servers.length - before->servers.length, &why);
	if (r < 0)
		problems_add(w->problems, &w->app->key, VIEW,
			"port %u is left out: %s", service->port_index,
			why.text);
	return r == 0;
}

/* What was written since before is not to be shown. */
static void take_back(
	struct haproxy_writing *w, const struct haproxy_writing *before)
{
	w->text.length = before->text.length;
	w->servers.length = before->servers.length;
	w->block_count = before->block_count;
	w->vhost_count = before->vhost_count;
}

static int write_port(struct haproxy_writing *w, struct service *service)
{
	struct haproxy_part *part = &w->parts[w->part_count];
	const struct haproxy_writing before = *w;
	struct haproxy_service view;
	int r;

	*part = (struct haproxy_part){.port_index = service->port_index};
	if (!is_shown(w, service, part))
		return 0;
	part->service_port = service->port;
	part->joins = service->joins;
	part->follows = w->role->follows;
	r = haproxy_service_new(w, service, &view);
	if (r == -EINVAL) /* problems says why */
		return 0;
	if (r < 0)
		return r;
	part->name = haproxy_keep(w, view.name);
	part->bind = haproxy_keep(w, view.bind_claim);
	haproxy_write_part(w, &view, part);
	if (!part->follows)
		r = haproxy_write_rules(w, &view, part);
	if (r == 0)
		r = haproxy_write_servers(w, &view, part);
	haproxy_service_done(&view);
	if (r == 0 && !is_readable(w, service, &before))
		take_back(w, &before);
	else
		w->part_count++;
	return r;
}

/*
 * What decides about servers, or whose they are, and is not in the other texts:
 * templates of their own, and blue and green.
 */
static uint64_t shape_of_servers(const struct app *app)
{
	static const char *const parts[] = {
		"_SERVER_", "HAPROXY_DEPLOYMENT_"};
	uint64_t hash = 0;

	for (uint32_t i = 0; i < app->label_count; i++) {
		const struct label *label = &app->labels[i];

		if (strncmp(label->key, "HAPROXY_", 8) != 0
			|| (!strstr(label->key, parts[0])
				&& !strstr(label->key, parts[1])))
			continue;
		hash = text_hash(text_hash(hash, label->key), label->value);
	}
	return hash;
}

static bool same_role(
	const struct haproxy_role *a, const struct haproxy_role *b)
{
	return a->follows == b->follows && a->tries == b->tries
		&& strcmp(a->id ? a->id : "", b->id ? b->id : "") == 0;
}

static int take_texts(struct haproxy_writing *w, struct haproxy_section *section)
{
	if (w->text.failed || w->servers.failed)
		return -ENOMEM;
	/* Sections stay: they hold no more than they need. */
	section->text = realloc(w->text.at, w->text.length + 1);
	if (!section->text)
		return -ENOMEM;
	section->text_length = w->text.length;
	w->text.at = NULL;
	section->servers = realloc(w->servers.at, w->servers.length + 1);
	if (!section->servers)
		return -ENOMEM;
	w->servers.at = NULL;
	return 0;
}

static int write_app(struct haproxy_writing *w, struct haproxy_section *section)
{
	struct service *services;
	int r;

	w->parts = calloc(w->app->port_count ? w->app->port_count : 1,
		sizeof(*w->parts));
	if (!w->parts)
		return -ENOMEM;
	r = services_read(w->app, w->problems, &services);
	if (r < 0)
		return r;
	section->server_shape = shape_of_servers(w->app);
	for (uint32_t i = 0; i < w->app->port_count && r == 0; i++)
		r = write_port(w, &services[i]);
	services_release(services, w->app->port_count);
	return r < 0 ? r : take_texts(w, section);
}

int haproxy_section_new(struct app *app, const struct haproxy_role *role,
	const struct haproxy_settings *settings, struct haproxy_section **ret)
{
	CLEANUP(haproxy_section_free) struct haproxy_section *section = NULL;
	struct haproxy_writing w = {
		.settings = settings, .app = app, .role = role};
	int r;

	section = calloc(1, sizeof(*section));
	if (!section)
		return -ENOMEM;
	section->app = app_ref(app);
	section->role = *role;
	section->role_id = role->id ? strdup(role->id) : NULL;
	section->role.id = section->role_id;
	if (role->id && !section->role_id)
		return -ENOMEM;
	w.problems = &section->problems;
	r = write_app(&w, section);
	section->parts = w.parts;
	section->part_count = w.part_count;
	section->blocks = w.blocks;
	section->block_count = w.block_count;
	section->vhosts = w.vhosts;
	section->vhost_count = w.vhost_count;
	text_done(&w.text);
	text_done(&w.servers);
	if (r < 0)
		return r;
	*ret = take_ptr(&section);
	return 0;
}

void haproxy_section_free(struct haproxy_section *section)
{
	if (!section)
		return;
	problems_done(&section->problems);
	app_unref(section->app);
	free(section->role_id);
	free(section->parts);
	free(section->blocks);
	free(section->vhosts);
	free(section->text);
	free(section->servers);
	free(section);
}

static bool same_part(
	const struct haproxy_part *a, const struct haproxy_part *b)
{
	return a->port_index == b->port_index
		&& a->service_port == b->service_port && a->joins == b->joins
		&& a->follows == b->follows
		&& a->block_count == b->block_count
		&& !a->tls_text.length == !b->tls_text.length;
}

/* Where texts are the same, so are the spans that were made of them. */
bool haproxy_section_same_structure(
	const struct haproxy_section *a, const struct haproxy_section *b)
{
	if (a->part_count != b->part_count || !same_role(&a->role, &b->role)
		|| a->block_count != b->block_count
		|| a->vhost_count != b->vhost_count
		|| a->server_shape != b->server_shape
		|| a->text_length != b->text_length
		|| memcmp(a->text, b->text, a->text_length) != 0
		|| !problems_same(&a->problems, &b->problems))
		return false;
	for (size_t i = 0; i < a->part_count; i++)
		if (!same_part(&a->parts[i], &b->parts[i]))
			return false;
	for (size_t i = 0; i < a->block_count; i++)
		if (a->blocks[i].weight != b->blocks[i].weight)
			return false;
	return true;
}
