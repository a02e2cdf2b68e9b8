/* SPDX-License-Identifier: MIT */
#include "render/haproxy_rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/table.h"

#define VIEW "haproxy.cfg"

/* Beside the kinds of virtual hosts, in what hashes are of. */
enum { APP_KEYS = 16 };

/* Names of one block, while it is written. */
struct group {
	const struct service_vhost *items[256];
	size_t count;
	enum vhost_kind kind;
	bool wildcard;
};

static int grow(void **array, size_t *space, size_t count, size_t size)
{
	size_t wanted = *space ? *space * 2 : 2;
	void *larger;

	if (count < *space)
		return 0;
	larger = reallocarray(*array, wanted, size);
	if (!larger)
		return -ENOMEM;
	*array = larger;
	*space = wanted;
	return 0;
}

static struct span write_one(struct haproxy_writing *w,
	const struct haproxy_service *view, enum template_id id)
{
	size_t from = w->text.length;

	haproxy_write(w, view, id);
	return haproxy_span(&w->text, from);
}

/* All lines of a name that is alone: marathon-lb's single virtual host. */
static void write_single(
	struct haproxy_writing *w, const struct haproxy_service *view)
{
	const struct service *service = view->service;

	if (service->redirect_to_https && service->path) {
		haproxy_write(w, view, TEMPLATE_HTTP_FRONTEND_ACL_ONLY);
		haproxy_write(
			w, view, TEMPLATE_HTTP_FRONTEND_ACL_ONLY_WITH_PATH);
		haproxy_write(w, view,
			TEMPLATE_BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH);
	} else if (service->redirect_to_https) {
		haproxy_write(w, view, TEMPLATE_HTTP_FRONTEND_ACL);
		haproxy_write(w, view, TEMPLATE_BACKEND_REDIRECT_HTTP_TO_HTTPS);
	} else if (service->realm && service->path) {
		haproxy_write(w, view,
			TEMPLATE_HTTP_FRONTEND_ACL_WITH_AUTH_AND_PATH);
	} else if (service->realm) {
		haproxy_write(w, view, TEMPLATE_HTTP_FRONTEND_ACL_WITH_AUTH);
	} else if (service->path) {
		haproxy_write(w, view, TEMPLATE_HTTP_FRONTEND_ACL_WITH_PATH);
	} else {
		haproxy_write(w, view, TEMPLATE_HTTP_FRONTEND_ACL);
	}
}

/* In front of the names, and behind them, when there are several. */
static enum template_id before_of(const struct service *service)
{
	if (service->path && service->realm)
		return TEMPLATE_HTTP_FRONTEND_ACL_ONLY_WITH_PATH_AND_AUTH;
	return service->path ? TEMPLATE_HTTP_FRONTEND_ACL_ONLY_WITH_PATH
			     : TEMPLATE_COUNT;
}

static enum template_id after_of(const struct service *service)
{
	if (service->redirect_to_https)
		return service->path
			? TEMPLATE_BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH
			: TEMPLATE_BACKEND_REDIRECT_HTTP_TO_HTTPS;
	if (service->path && service->realm)
		return TEMPLATE_HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH;
	if (service->path)
		return TEMPLATE_HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH;
	return service->realm ? TEMPLATE_HTTP_FRONTEND_ROUTING_ONLY_WITH_AUTH
			      : TEMPLATE_HTTP_FRONTEND_ROUTING_ONLY;
}

static enum template_id https_of(const struct service *service)
{
	if (service->path && service->realm)
		return TEMPLATE_HTTPS_FRONTEND_ACL_WITH_AUTH_AND_PATH;
	if (service->path)
		return TEMPLATE_HTTPS_FRONTEND_ACL_WITH_PATH;
	return service->realm ? TEMPLATE_HTTPS_FRONTEND_ACL_WITH_AUTH
			      : TEMPLATE_HTTPS_FRONTEND_ACL;
}

/*
 * A wildcard is for names that nobody has for himself, also where its rules
 * ask for a password: haproxy_gateway.c finds out which one it is. With a path
 * it is asked before those without.
 */
static void set_match(const struct service *service,
	const struct service_vhost *vhost, char *match, size_t size)
{
	if (vhost->kind == VHOST_HTTP && vhost->wildcard && !service->path) {
		snprintf(match, size, "var(txn.mmsdfs_host) -m str %s",
			vhost->host);
		return;
	}
	snprintf(match, size, "%s -m %s %s",
		vhost->kind == VHOST_TLS ? "req.ssl_sni,lower"
					 : "hdr(host),field(1,:),lower",
		vhost->wildcard ? "end" : "str", vhost->host);
}

static uint64_t claim_of(const struct haproxy_service *view,
	const struct service_vhost *vhost)
{
	uint64_t hash = text_hash(
		(uint64_t)vhost->kind * 2 + vhost->wildcard, vhost->host);

	if (vhost->kind == VHOST_HTTP && view->service->path)
		hash = text_hash(hash, view->service->path);
	return hash;
}

static void write_name(struct haproxy_writing *w,
	struct haproxy_service *view, const struct haproxy_block *block,
	const struct service_vhost *vhost, struct haproxy_vhost *ret)
{
	char match[HAPROXY_VHOST_SIZE + 64], host[HAPROXY_VHOST_SIZE + 1];
	size_t from;

	snprintf(host, sizeof(host), "%s%s", vhost->wildcard ? "*" : "",
		vhost->host);
	set_match(view->service, vhost, match, sizeof(match));
	view->values[FIELD_hostname] = host;
	view->values[FIELD_hostMatch] = match;
	*ret = (struct haproxy_vhost){
		.hash = claim_of(view, vhost),
		.host = haproxy_keep(w, vhost->host),
	};
	from = w->text.length;
	if (vhost->kind == VHOST_TLS) {
		text_addf(&w->text, "\tuse_backend %s%s if { %s }\n",
			view->name, view->http ? "_tls" : "", match);
		ret->http = haproxy_span(&w->text, from);
	} else if (!block->mapped) {
		if (block->count == 1)
			write_single(w, view);
		else
			haproxy_write(
				w, view, TEMPLATE_HTTP_FRONTEND_ACL_ONLY);
		ret->http = haproxy_span(&w->text, from);
	}
	if (vhost->kind == VHOST_HTTP
		&& (w->settings->ssl_certs || w->settings->group_https)
		&& (!block->mapped || w->settings->group_https))
		ret->https = write_one(w, view, https_of(view->service));
}

static int write_names(struct haproxy_writing *w, struct haproxy_service *view,
	struct haproxy_block *block, const struct group *group)
{
	const char *before = view->values[FIELD_hostname];
	int r = 0;

	for (size_t i = 0; i < group->count; i++) {
		r = grow((void **)&w->vhosts, &w->vhost_space, w->vhost_count,
			sizeof(*w->vhosts));
		if (r < 0)
			return r;
		write_name(w, view, block, group->items[i],
			&w->vhosts[w->vhost_count++]);
	}
	view->values[FIELD_hostname] = before;
	view->values[FIELD_hostMatch] = NULL;
	return r;
}

/*
 * "www_example_com.shop_10001": what is cleaned has no '.', so that no two
 * pairs of a host and a backend have one name.
 */
static void set_acl_name(const struct haproxy_service *view,
	const struct service_vhost *first, char *ret)
{
	char *to = haproxy_clean(ret, first->host);

	*to++ = '.';
	strcpy(to, view->name);
}

/* Lines of its own, which a map cannot have. */
static bool has_own(const struct service *service, enum template_id id)
{
	return service->templates && service->templates[id];
}

static bool is_mapped(const struct haproxy_writing *w,
	const struct service *service, const struct group *group)
{
	if (has_own(service, TEMPLATE_HTTP_FRONTEND_ACL)
		|| has_own(service, TEMPLATE_HTTP_FRONTEND_ACL_ONLY)
		|| has_own(service, TEMPLATE_HTTP_FRONTEND_ROUTING_ONLY)
		|| has_own(service, TEMPLATE_HTTPS_FRONTEND_ACL))
		return false;
	return w->settings->map && group->kind == VHOST_HTTP
		&& !group->wildcard && !service->path && !service->realm
		&& !service->redirect_to_https;
}

static int write_block(struct haproxy_writing *w, struct haproxy_service *view,
	const struct group *group)
{
	char acl[HAPROXY_VHOST_SIZE + HAPROXY_NAME_SIZE];
	const struct service *service = view->service;
	struct haproxy_block *block;
	int r;

	r = grow((void **)&w->blocks, &w->block_space, w->block_count,
		sizeof(*w->blocks));
	if (r < 0)
		return r;
	block = &w->blocks[w->block_count++];
	*block = (struct haproxy_block){
		.first = (uint32_t)w->vhost_count,
		.count = (uint32_t)group->count,
		.weight = service->weight_of_rules,
		.path_length = service->path ? (uint32_t)strlen(service->path)
					     : 0,
		.kind = (uint8_t)group->kind,
		.wildcard = group->wildcard,
		.mapped = is_mapped(w, service, group),
	};
	set_acl_name(view, group->items[0], acl);
	view->values[FIELD_cleanedUpHostname] = acl;
	if (group->kind == VHOST_HTTP && group->count > 1 && !block->mapped
		&& before_of(service) != TEMPLATE_COUNT)
		block->http_before = write_one(w, view, before_of(service));
	if (group->kind == VHOST_HTTP && service->path)
		block->https_before = write_one(
			w, view, TEMPLATE_HTTPS_FRONTEND_ACL_ONLY_WITH_PATH);
	r = write_names(w, view, block, group);
	if (r == 0 && group->kind == VHOST_HTTP && group->count > 1
		&& !block->mapped)
		block->http_after = write_one(w, view, after_of(service));
	view->values[FIELD_cleanedUpHostname] = NULL;
	return r;
}

/* Exact names together; each wildcard has its own place in the order. */
static int write_kind(struct haproxy_writing *w, struct haproxy_service *view,
	enum vhost_kind kind)
{
	const struct service *service = view->service;
	struct group group;
	int r = 0;

	group = (struct group){.kind = kind};
	for (size_t i = 0; i < service->vhost_count; i++)
		if (service->vhosts[i].kind == kind
			&& !service->vhosts[i].wildcard)
			group.items[group.count++] = &service->vhosts[i];
	if (group.count > 0)
		r = write_block(w, view, &group);
	group.wildcard = true;
	group.count = 1;
	for (size_t i = 0; i < service->vhost_count && r == 0; i++) {
		group.items[0] = &service->vhosts[i];
		if (service->vhosts[i].kind == kind
			&& service->vhosts[i].wildcard)
			r = write_block(w, view, &group);
	}
	return r;
}

static void write_defaults(struct haproxy_writing *w,
	const struct haproxy_service *view, struct haproxy_part *part)
{
	size_t from = w->text.length;

	if (view->service->default_http && view->any_http
		&& (view->service->realm
			|| view->service->redirect_to_https)) {
		problems_add(w->problems, &w->app->key, VIEW,
			"port %u: what has no name of its own would come "
			"without the password or redirect of "
			"HAPROXY_%u_AUTH, _REDIRECT_TO_HTTPS",
			view->service->port_index, view->service->port_index);
	} else if (view->service->default_http && view->any_http) {
		text_addf(&w->text, "\tdefault_backend %s\n", view->name);
		part->default_http = haproxy_span(&w->text, from);
	}
	from = w->text.length;
	if (view->service->default_tls) {
		text_addf(&w->text, "\tdefault_backend %s%s\n", view->name,
			view->http ? "_tls" : "");
		part->default_tls = haproxy_span(&w->text, from);
	}
}

/* The first port that speaks HTTP stands for the app. */
static void write_app_id(struct haproxy_writing *w,
	const struct haproxy_service *view, struct haproxy_part *part)
{
	if (!w->settings->appid_port || !view->http)
		return;
	for (size_t i = 0; i < w->part_count; i++)
		if (w->parts[i].app_key.host.length)
			return;
	part->app_key.host = haproxy_keep(w, view->app_id);
	part->app_key.hash = text_hash(APP_KEYS, view->app_id);
	if (!w->settings->map
		|| has_own(view->service, TEMPLATE_HTTP_FRONTEND_APPID_ACL))
		part->app_id = write_one(
			w, view, TEMPLATE_HTTP_FRONTEND_APPID_ACL);
}

int haproxy_write_rules(struct haproxy_writing *w,
	struct haproxy_service *view, struct haproxy_part *part)
{
	int r = 0;

	part->first_block = (uint32_t)w->block_count;
	if (view->service->vhost_count > 0 && view->any_http)
		r = write_kind(w, view, VHOST_HTTP);
	if (view->service->vhost_count > 0 && view->any_tls && r == 0)
		r = write_kind(w, view, VHOST_TLS);
	part->block_count = (uint32_t)w->block_count - part->first_block;
	write_defaults(w, view, part);
	write_app_id(w, view, part);
	if (w->settings->group_https && view->service->ssl_certs)
		part->certs = haproxy_keep(
			w, view->service->ssl_certs + strlen(" ssl"));
	if (w->settings->group_https && view->service->bind_options)
		part->tls_options =
			haproxy_keep(w, view->service->bind_options);
	return r;
}
