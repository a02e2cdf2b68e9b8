/* SPDX-License-Identifier: MIT */
#include "render/haproxy_gateway.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define VIEW "haproxy.cfg"

enum { LISTENER_MAX = 1024 };

int gateway_new(const struct haproxy_settings *settings, bool http, bool tls,
	struct gateway **ret)
{
	struct gateway *gateway = calloc(1, sizeof(*gateway));

	if (!gateway)
		return -ENOMEM;
	gateway->settings = settings;
	gateway->http = http;
	gateway->tls = tls;
	*ret = gateway;
	return 0;
}

void gateway_free(struct gateway *gateway)
{
	if (!gateway)
		return;
	free(gateway->names);
	free(gateway->set);
	free(gateway);
}

bool gateway_is_tls(const struct haproxy_vhost *vhost)
{
	return vhost->kind == VHOST_TLS || vhost->kind == VHOST_TLS_DEFAULT;
}

static bool same_name(
	const struct haproxy_vhost *a, const struct haproxy_vhost *b)
{
	return a->hash == b->hash && a->kind == b->kind
		&& a->wildcard == b->wildcard && strcmp(a->host, b->host) == 0;
}

/* The place in the set: of the same name, or empty. */
static const struct haproxy_vhost **set_place(
	struct gateway *gateway, const struct haproxy_vhost *vhost)
{
	size_t at = vhost->hash & (gateway->set_size - 1);

	while (gateway->set[at] && !same_name(gateway->set[at], vhost))
		at = (at + 1) & (gateway->set_size - 1);
	return &gateway->set[at];
}

static int grow(struct gateway *gateway)
{
	size_t space = gateway->space ? gateway->space * 2 : 64;
	const struct haproxy_vhost **names;

	names = reallocarray(gateway->names, space, sizeof(*names));
	if (!names)
		return -ENOMEM;
	gateway->names = names;
	free(gateway->set);
	gateway->set = calloc(space * 2, sizeof(*gateway->set));
	if (!gateway->set)
		return -ENOMEM;
	gateway->space = space;
	gateway->set_size = space * 2;
	for (size_t i = 0; i < gateway->count; i++)
		*set_place(gateway, names[i]) = names[i];
	return 0;
}

static const char *kind_words(const struct haproxy_vhost *vhost)
{
	switch ((enum vhost_kind)vhost->kind) {
	case VHOST_HTTP:
		return "virtual host";
	case VHOST_TLS:
		return "virtual host of TLS";
	case VHOST_DEFAULT:
		return "default of virtual hosts";
	case VHOST_TLS_DEFAULT:
		return "default of TLS";
	}
	return "";
}

static int add_name(struct gateway *gateway, const struct app_key *key,
	const struct haproxy_vhost *vhost, struct problems *problems)
{
	const struct haproxy_vhost **place;
	int r = 0;

	if (gateway->count == gateway->space)
		r = grow(gateway);
	if (r < 0)
		return r;
	place = set_place(gateway, vhost);
	if (*place) {
		problems_add(problems, key, VIEW, "%s %s%s is taken",
			kind_words(vhost), vhost->wildcard ? "*" : "",
			vhost->host);
		return 0;
	}
	*place = gateway->names[gateway->count++] = vhost;
	return 0;
}

int gateway_add(struct gateway *gateway, const struct app_key *key,
	const struct haproxy_part *part, struct problems *problems)
{
	int r = 0;

	for (size_t i = 0; i < part->vhost_count && r == 0; i++) {
		const struct haproxy_vhost *vhost = &part->vhosts[i];

		if (gateway_is_tls(vhost) ? gateway->tls : gateway->http)
			r = add_name(gateway, key, vhost, problems);
	}
	return r;
}

size_t gateway_length(const struct gateway *gateway)
{
	size_t length = 2 * LISTENER_MAX;

	for (size_t i = 0; i < gateway->count; i++)
		length += gateway->names[i]->length;
	return length;
}

static char *write_names(const struct gateway *gateway, bool tls,
	enum vhost_kind kind, bool wildcard, char *to)
{
	for (size_t i = 0; i < gateway->count; i++) {
		const struct haproxy_vhost *vhost = gateway->names[i];

		if (gateway_is_tls(vhost) != tls || vhost->kind != kind
			|| vhost->wildcard != wildcard)
			continue;
		memcpy(to, vhost->line, vhost->length);
		to += vhost->length;
	}
	return to;
}

/* Exact names by themselves; wildcards behind them, the longest first. */
static int by_length(const void *a, const void *b)
{
	const struct haproxy_vhost *const *x = a, *const *y = b;
	size_t length_x = strlen((*x)->host), length_y = strlen((*y)->host);

	if ((*x)->wildcard != (*y)->wildcard)
		return (*x)->wildcard ? 1 : -1;
	if ((*x)->wildcard && length_x != length_y)
		return length_x > length_y ? -1 : 1;
	return strcmp((*x)->host, (*y)->host);
}

void gateway_sort(struct gateway *gateway)
{
	for (size_t i = 0; i < gateway->count; i++)
		if (gateway->names[i]->wildcard) {
			qsort(gateway->names, gateway->count,
				sizeof(gateway->names[0]), by_length);
			return;
		}
}

static char *write_listener(
	const struct gateway *gateway, bool tls, char *to)
{
	const struct haproxy_settings *settings = gateway->settings;

	to += snprintf(to, LISTENER_MAX,
		tls ? "\nfrontend mmsdfs_gateway_tls\n"
		      "\tbind %.255s:%u\n"
		      "\tmode tcp\n"
		      "\ttcp-request inspect-delay 5s\n"
		      "\ttcp-request content accept if "
		      "{ req.ssl_hello_type 1 }\n"
		    : "\nfrontend mmsdfs_gateway_http\n"
		      "\tbind %.255s:%u\n"
		      "\tmode http\n"
		      "\thttp-request set-header X-Forwarded-Proto http\n",
		settings->bind,
		tls ? settings->gateway_https_port
		    : settings->gateway_http_port);
	to = write_names(gateway, tls, tls ? VHOST_TLS : VHOST_HTTP, false, to);
	to = write_names(gateway, tls, tls ? VHOST_TLS : VHOST_HTTP, true, to);
	return write_names(gateway, tls,
		tls ? VHOST_TLS_DEFAULT : VHOST_DEFAULT, false, to);
}

char *gateway_write(const struct gateway *gateway, char *to)
{
	if (gateway->http)
		to = write_listener(gateway, false, to);
	if (gateway->tls)
		to = write_listener(gateway, true, to);
	return to;
}
