/* SPDX-License-Identifier: MIT */
#include "render/haproxy_backend.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/haproxy_server.h"

#define VIEW "haproxy.cfg"

enum { HOST_PART_MAX = 63 };

static const char redis_check[] =
	"\toption tcp-check\n"
	"\ttcp-check connect\n"
	"\ttcp-check send PING\\r\\n\n"
	"\ttcp-check expect string +PONG\n"
	"\ttcp-check send info\\ replication\\r\\n\n"
	"\ttcp-check expect string role:%s\n"
	"\ttcp-check send QUIT\\r\\n\n"
	"\ttcp-check expect string +OK\n";

static void write_frontend(
	struct haproxy_writing *w, const struct haproxy_service *view)
{
	const struct service *service = view->service;

	haproxy_write(w, view, TEMPLATE_FRONTEND_HEAD);
	if (service->no_log)
		text_add_string(&w->text, "\tno log\n");
	if (service->client_timeout)
		text_addf(&w->text, "\ttimeout client %us\n",
			service->client_timeout);
	haproxy_write(w, view, TEMPLATE_FRONTEND_BACKEND_GLUE);
}

static void write_timeout(
	struct haproxy_writing *w, const struct haproxy_service *view)
{
	if (view->check)
		haproxy_write(w, view,
			TEMPLATE_BACKEND_TCP_HEALTHCHECK_OPTIONS);
}

static void write_check(
	struct haproxy_writing *w, const struct haproxy_service *view)
{
	enum service_probe probe = view->service->probe;

	/* A virtual host makes it HTTP, whatever mmsd's proto says. */
	switch (view->http ? PROBE_UNSAID : probe) {
	case PROBE_SMTP:
		text_add_string(
			&w->text, "\toption smtpchk EHLO localhost\n");
		write_timeout(w, view);
		return;
	case PROBE_REDIS_MASTER:
		text_addf(&w->text, redis_check, "master");
		write_timeout(w, view);
		return;
	case PROBE_REDIS_SLAVE:
		text_addf(&w->text, redis_check, "slave");
		write_timeout(w, view);
		return;
	case PROBE_UNSAID:
	case PROBE_TCP:
		break;
	}
	if (!view->check)
		return;
	haproxy_write(w, view,
		haproxy_checks_http(view->check)
			? TEMPLATE_BACKEND_HTTP_HEALTHCHECK_OPTIONS
			: TEMPLATE_BACKEND_TCP_HEALTHCHECK_OPTIONS);
}

static void write_allowed_networks(
	struct haproxy_writing *w, struct haproxy_service *view, bool http)
{
	enum template_id acl = http ? TEMPLATE_HTTP_BACKEND_NETWORK_ALLOWED_ACL
				    : TEMPLATE_TCP_BACKEND_NETWORK_ALLOWED_ACL;
	const char *networks = view->service->network_allowed;

	while (networks && *networks) {
		char network[64];
		size_t length = strcspn(networks, " ");

		snprintf(network, sizeof(network), "%.*s", (int)length,
			networks);
		view->values[FIELD_network_allowed] = network;
		if (length > 0)
			haproxy_write(w, view, acl);
		view->values[FIELD_network_allowed] = NULL;
		networks += length;
		networks += *networks == ' ';
	}
	if (view->service->network_allowed)
		haproxy_write(w, view,
			http ? TEMPLATE_HTTP_BACKEND_ACL_ALLOW_DENY
			     : TEMPLATE_TCP_BACKEND_ACL_ALLOW_DENY);
}

/* Without a virtual host there is no name to set or to look for. */
static bool needs_host(struct haproxy_writing *w,
	const struct haproxy_service *view, enum template_id id,
	const char *label)
{
	if (view->values[FIELD_hostname]
		|| !template_uses(
			haproxy_template_of(w, view, id), FIELD_hostname))
		return true;
	problems_add(w->problems, &w->app->key, VIEW,
		"HAPROXY_%u_%s: needs HAPROXY_%u_VHOST",
		view->service->port_index, label, view->service->port_index);
	return false;
}

static void write_http(
	struct haproxy_writing *w, const struct haproxy_service *view)
{
	const struct service *service = view->service;

	if (service->hsts)
		haproxy_write(w, view, TEMPLATE_BACKEND_HSTS_OPTIONS);
	haproxy_write(w, view, TEMPLATE_BACKEND_HTTP_OPTIONS);
	if (service->connection_mode)
		text_addf(&w->text, "\toption %s\n", service->connection_mode);
	if (service->proxypass_path
		&& needs_host(w, view, TEMPLATE_HTTP_BACKEND_PROXYPASS_GLUE,
			"HTTP_BACKEND_PROXYPASS_PATH"))
		haproxy_write(w, view, TEMPLATE_HTTP_BACKEND_PROXYPASS_GLUE);
	if (service->revproxy_path
		&& needs_host(w, view, TEMPLATE_HTTP_BACKEND_REVPROXY_GLUE,
			"HTTP_BACKEND_REVPROXY_PATH"))
		haproxy_write(w, view, TEMPLATE_HTTP_BACKEND_REVPROXY_GLUE);
	if (service->redirect_path)
		haproxy_write(w, view, TEMPLATE_HTTP_BACKEND_REDIR);
}

static void write_backend(
	struct haproxy_writing *w, struct haproxy_service *view, bool http)
{
	const struct service *service = view->service;
	/* Ours refuses, and can go first; what others wrote for marathon-lb
	 * lets pass, which ends the rules, and has to be the last. */
	bool last = templates_given(w->settings->templates,
		http ? TEMPLATE_HTTP_BACKEND_ACL_ALLOW_DENY
		     : TEMPLATE_TCP_BACKEND_ACL_ALLOW_DENY);

	haproxy_write(w, view, TEMPLATE_BACKEND_HEAD);
	if (!last)
		write_allowed_networks(w, view, http);
	if (http)
		write_http(w, view);
	if (last)
		write_allowed_networks(w, view, http);
	if (service->server_timeout)
		text_addf(&w->text, "\ttimeout server %us\n",
			service->server_timeout);
	if (service->config)
		text_add_string(&w->text, service->config);
	if (http && service->sticky)
		haproxy_write(w, view, TEMPLATE_BACKEND_STICKY_OPTIONS);
	write_check(w, view);
}

void haproxy_write_part(struct haproxy_writing *w,
	const struct haproxy_service *view, struct haproxy_part *part)
{
	struct haproxy_service tcp = *view;
	char name[HAPROXY_NAME_SIZE + 8];
	size_t from = w->text.length;

	if (part->follows)
		return;
	if (view->service->realm)
		haproxy_write(w, view, TEMPLATE_USERLIST_HEAD);
	part->userlist = haproxy_span(&w->text, from);
	from = w->text.length;
	write_frontend(w, view);
	part->front_length = (uint32_t)(w->text.length - from);
	write_backend(w, &tcp, view->http);
	part->text = haproxy_span(&w->text, from);
	/* TLS is passed through, which only TCP can. */
	if (!view->any_tls || !view->http)
		return;
	from = w->text.length;
	snprintf(name, sizeof(name), "%s_tls", view->name);
	tcp.values[FIELD_backend] = name;
	tcp.values[FIELD_mode] = "tcp";
	if (!view->service->balance)
		tcp.values[FIELD_balance] = "leastconn";
	write_backend(w, &tcp, false);
	part->tls_text = haproxy_span(&w->text, from);
}

/* What is the same for all servers of a backend. */
struct server_words {
	const struct template *line, *check;
	char other[128];
	bool cookie;
};

static void find_words(const struct haproxy_writing *w,
	const struct haproxy_service *view, bool http,
	struct server_words *ret)
{
	const struct service *service = view->service;
	uint32_t maxconn = service->server_maxconn;
	struct text other = {.at = NULL};

	*ret = (struct server_words){
		.line = haproxy_template_of(
			w, view, TEMPLATE_BACKEND_SERVER_OPTIONS),
		.cookie = http && service->sticky,
	};
	if (view->check)
		ret->check = haproxy_template_of(w, view,
			haproxy_checks_http(view->check)
				? TEMPLATE_BACKEND_SERVER_HTTP_HEALTHCHECK_OPTIONS
				: TEMPLATE_BACKEND_SERVER_TCP_HEALTHCHECK_OPTIONS);
	if (view->check && haproxy_checks_tls(view->check))
		text_add_string(&other, " check-ssl verify none");
	if (service->server_weight >= 0)
		text_addf(&other, " weight %d", service->server_weight);
	/* Shared with the other proxies, but never nothing: 0 is no limit. */
	if (maxconn && w->settings->group_size > 1)
		maxconn = maxconn / w->settings->group_size
			? maxconn / w->settings->group_size
			: 1;
	if (maxconn)
		text_addf(&other, " maxconn %u", maxconn);
	if (service->send_proxy)
		text_addf(&other, " send-proxy%s%s",
			service->send_proxy == 2 ? "-v2" : "",
			view->check ? " check-send-proxy" : "");
	if (other.length < sizeof(ret->other) && other.at)
		memcpy(ret->other, other.at, other.length);
	text_done(&other);
}

/* The port that the check goes to; 0: the one that is served. */
static unsigned check_port(const struct haproxy_writing *w,
	const struct haproxy_service *view, const struct address *at)
{
	if (view->check_index < 0)
		return view->check ? view->check->port : 0;
	if ((uint32_t)view->check_index == view->service->port_index
		|| (uint32_t)view->check_index >= w->app->port_count)
		return 0;
	return at->instance->endpoints[view->check_index].port;
}

/* Of two hosts with one name: "a.b" and "a_b". Such a name has no number of its
 * own, so that this is looked for seldom. */
static bool is_used(const struct text *servers, size_t from, const char *name)
{
	size_t length = strlen(name);
	const char *at = servers->at ? servers->at + from : NULL;
	const char *end = servers->at ? servers->at + servers->length : NULL;

	while (at && at < end) {
		const char *found =
			memmem(at, (size_t)(end - at), name, length);

		if (!found)
			return false;
		if (found > servers->at && found[-1] == ' '
			&& found + length < end && found[length] == ' ')
			return true;
		at = found + 1;
	}
	return false;
}

static void write_server(struct haproxy_writing *w,
	struct haproxy_service *view, const struct server_words *words,
	const struct address *at, struct server_ids *ids, bool disabled,
	size_t from)
{
	char name[HAPROXY_NAME_SIZE], cookie[HAPROXY_COOKIE_SIZE];
	char cookie_text[32], host[HAPROXY_NAME_SIZE], port[8], id[12];
	char port_text[16], other[160];
	struct text check = {.at = NULL};
	const char **values = view->values;
	unsigned checked = check_port(w, view, at);
	const char *reached = haproxy_server_host(at);
	size_t length;
	bool brackets = strchr(reached, ':') != NULL;

	haproxy_server_name(at, name);
	length = strlen(name);
	snprintf(id, sizeof(id), "%u", haproxy_server_id(ids, name));
	for (unsigned i = 2;
		ids->again && is_used(&w->servers, from, name); i++)
		snprintf(name + length, sizeof(name) - length, "_%u", i);
	snprintf(host, sizeof(host), "%s%s%s", brackets ? "[" : "", reached,
		brackets ? "]" : "");
	snprintf(port, sizeof(port), "%u", at->port);
	port_text[0] = '\0';
	if (checked && checked != at->port)
		snprintf(port_text, sizeof(port_text), " port %u", checked);
	values[FIELD_healthCheckPortOptions] = port_text;
	if (words->check) {
		template_write(words->check, values, &check);
		text_add(&check, "", 1);
	}
	cookie_text[0] = '\0';
	if (words->cookie) {
		haproxy_server_cookie(name, cookie);
		snprintf(cookie_text, sizeof(cookie_text), " cookie %s", cookie);
	}
	snprintf(other, sizeof(other), "%s%s", words->other,
		disabled ? " disabled" : "");
	values[FIELD_host] = at->instance->host
			&& host_kind(at->instance->host) != HOST_BAD
		? at->instance->host
		: at->host;
	values[FIELD_host_ipv4] = host;
	values[FIELD_port] = port;
	values[FIELD_serverName] = name;
	values[FIELD_serverId] = id;
	values[FIELD_cookieOptions] = cookie_text;
	values[FIELD_healthCheckOptions] = check.at ? check.at
		: view->service->no_checks          ? ""
						    : " check";
	values[FIELD_otherOptions] = other;
	template_write(words->line, values, &w->servers);
	w->servers.failed |= check.failed;
	text_done(&check);
}

static int by_id(const void *a, const void *b)
{
	const struct address *const *x = a, *const *y = b;

	return strcmp((*x)->instance->id, (*y)->instance->id);
}

/* The first so many by the ids of tasks. */
static int find_drained(const struct address *addresses, size_t count,
	size_t drained, bool **ret)
{
	const struct address **order;

	*ret = NULL;
	if (drained == 0 || count == 0)
		return 0;
	order = malloc(count * sizeof(*order));
	*ret = calloc(count, sizeof(**ret));
	if (!order || !*ret) {
		free(order);
		return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++)
		order[i] = &addresses[i];
	qsort(order, count, sizeof(*order), by_id);
	for (size_t i = 0; i < drained && i < count; i++)
		(*ret)[order[i] - addresses] = true;
	free(order);
	return 0;
}

/* HAProxy refuses a name with a part of 63 bytes, and all else with it. */
static bool is_host(const struct address *at)
{
	const char *part = haproxy_server_host(at);

	while (*part) {
		size_t length = strcspn(part, ".");

		if (length >= HOST_PART_MAX)
			return false;
		part += length;
		part += *part == '.';
	}
	return true;
}

static void report_hosts(const struct haproxy_writing *w,
	const struct address *addresses, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!is_host(&addresses[i])) {
			problems_add(w->problems, &w->app->key, VIEW,
				"HAProxy cannot have the host %.100s",
				addresses[i].host);
			return;
		}
}

static struct span write_all(struct haproxy_writing *w,
	struct haproxy_service *view, bool http,
	const struct address *addresses, size_t count, const bool *drained)
{
	struct server_ids ids = {.again = false};
	struct server_words words;
	size_t from = w->servers.length;

	find_words(w, view, http, &words);
	for (size_t i = 0; i < count; i++)
		if (is_host(&addresses[i]))
			write_server(w, view, &words, &addresses[i], &ids,
				drained && drained[i], from);
	return haproxy_span(&w->servers, from);
}

static size_t drop_looked_for(struct address *addresses, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (!haproxy_server_is_looked_for(&addresses[i]))
			addresses[kept++] = addresses[i];
	return kept;
}

int haproxy_write_servers(struct haproxy_writing *w,
	struct haproxy_service *view, struct haproxy_part *part)
{
	CLEANUP(free) struct address *addresses = NULL;
	CLEANUP(free) bool *drained = NULL;
	size_t count;
	int r;

	r = addresses_collect(w->app, view->service->port_index, VIEW,
		w->problems, &addresses, &count);
	if (r < 0)
		return r;
	count = drop_looked_for(addresses, count);
	r = find_drained(addresses, count, w->role->drained, &drained);
	if (r < 0)
		return r;
	report_hosts(w, addresses, count);
	part->servers = write_all(
		w, view, view->http, addresses, count, drained);
	if (part->tls_text.length)
		part->tls_servers = write_all(
			w, view, false, addresses, count, drained);
	return 0;
}
