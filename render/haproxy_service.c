/* SPDX-License-Identifier: MIT */
#include "render/haproxy_service.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/check.h"

#define VIEW "haproxy.cfg"

enum {
	INTERVAL_DEFAULT = 10, /* seconds, where Marathon gives none */
	INTERVAL_MAX = 86400,  /* HAProxy takes 24 days at most */
	TIMEOUT_DEFAULT = 5,
	FALLS_DEFAULT = 3,
	FALLS_MAX = 1000,
};

const struct template *haproxy_template_of(const struct haproxy_writing *w,
	const struct haproxy_service *view, enum template_id id)
{
	struct template *const *own = view->service->templates;

	if (own && own[id])
		return own[id];
	return templates_get(w->settings->templates, id);
}

void haproxy_write(struct haproxy_writing *w,
	const struct haproxy_service *view, enum template_id id)
{
	template_write(
		haproxy_template_of(w, view, id), view->values, &w->text);
}

bool haproxy_checks_tls(const struct check *check)
{
	return check->protocol == CHECK_HTTPS
		|| check->protocol == CHECK_MESOS_HTTPS;
}

bool haproxy_checks_http(const struct check *check)
{
	return check_is_http(check->protocol) || haproxy_checks_tls(check);
}

static void find_names(struct haproxy_service *view)
{
	const struct service *service = view->service;

	view->any_http = service->default_http;
	view->any_tls = service->default_tls;
	for (size_t i = 0; i < service->vhost_count; i++) {
		view->any_http |= service->vhosts[i].kind == VHOST_HTTP;
		view->any_tls |= service->vhosts[i].kind == VHOST_TLS;
	}
}

static void find_mode(struct haproxy_writing *w, struct haproxy_service *view)
{
	const struct service *service = view->service;
	const struct check *own = check_of_port(w->app, service->port_index);

	/* mmsd's proto says how to check, its virtual hosts are HTTP. */
	if (service->mode == MODE_TCP && view->any_http
		&& service->probe == PROBE_UNSAID) {
		problems_add(w->problems, &w->app->key, VIEW,
			"port %u: virtual hosts need mode http, a label says "
			"tcp",
			service->port_index);
		view->any_http = false;
	}
	view->http = view->any_http || service->mode == MODE_HTTP
		|| (service->mode == MODE_UNSAID && own
			&& check_is_http(own->protocol));
}

/* The check that is made on the port of that index. */
static const struct check *check_at(const struct app *app, int32_t index)
{
	for (uint32_t i = 0; i < app->check_count; i++)
		if (check_index(&app->checks[i]) == index)
			return &app->checks[i];
	return NULL;
}

static void find_check(
	struct haproxy_writing *w, struct haproxy_service *view)
{
	const struct service *service = view->service;

	view->check_index = -1;
	if (service->no_checks)
		return;
	view->check = check_for_proxy(w->app, service->port_index);
	if (view->check)
		view->check_index = check_index(view->check);
	if (service->check_port_index < 0)
		return;
	if ((uint32_t)service->check_port_index >= w->app->port_count) {
		problems_add(w->problems, &w->app->key, VIEW,
			"HAPROXY_%u_BACKEND_HEALTHCHECK_PORT_INDEX: the app "
			"has no port %d",
			service->port_index, service->check_port_index);
		return;
	}
	if (check_at(w->app, service->check_port_index))
		view->check = check_at(w->app, service->check_port_index);
	view->check_index = service->check_port_index;
}

static int find_path(struct haproxy_writing *w, struct haproxy_service *view)
{
	const char *path = "/";

	if (view->check && view->check->path)
		path = view->check->path;
	if (haproxy_path(path, view->path) == 0)
		return 0;
	problems_add(w->problems, &w->app->key, VIEW,
		"port %u: the path of its health check cannot be written",
		view->service->port_index);
	return -EINVAL;
}

static unsigned at_most(unsigned value, unsigned most)
{
	return value < most ? value : most;
}

static void set_check_values(struct haproxy_service *view)
{
	const struct check *check = view->check;
	const char **values = view->values;
	unsigned interval = INTERVAL_DEFAULT, timeout = TIMEOUT_DEFAULT;
	unsigned failures = 0, falls = FALLS_DEFAULT;

	if (check && check->interval_seconds)
		interval = at_most(check->interval_seconds, INTERVAL_MAX);
	if (check && check->timeout_seconds)
		timeout = at_most(check->timeout_seconds, INTERVAL_MAX);
	if (check && check->max_failures) {
		failures = check->max_failures;
		falls = at_most(failures, FALLS_MAX) + 1;
	}
	snprintf(view->interval, sizeof(view->interval), "%u", interval);
	snprintf(view->timeout, sizeof(view->timeout), "%u", timeout);
	snprintf(view->failures, sizeof(view->failures), "%u", failures);
	snprintf(view->falls, sizeof(view->falls), "%u", falls);
	snprintf(view->check_port, sizeof(view->check_port), "%u",
		check ? check->port : 0);
	snprintf(view->check_port_index, sizeof(view->check_port_index), "%d",
		view->check_index < 0 ? 0 : view->check_index);
	values[FIELD_healthCheckIntervalSeconds] = view->interval;
	values[FIELD_healthCheckTimeoutSeconds] = view->timeout;
	values[FIELD_healthCheckMaxConsecutiveFailures] = view->failures;
	values[FIELD_healthCheckFalls] = view->falls;
	values[FIELD_healthCheckPort] = view->check_port;
	values[FIELD_healthCheckPortIndex] = view->check_port_index;
	/* The catalog does not keep what no proxy can use. */
	values[FIELD_healthCheckGracePeriodSeconds] = "0";
	values[FIELD_healthCheckIgnoreHttp1xx] = "False";
	values[FIELD_healthCheckPath] = view->path;
	values[FIELD_healthCheckProtocol] =
		check && check_name(check->protocol)
		? check_name(check->protocol)
		: "";
}

/* An id may hold any byte; most are words as they are. */
static void set_app_id(struct haproxy_service *view, const char *id)
{
	char *to = view->app_id, *end = to + sizeof(view->app_id) - 4;

	for (const char *from = id; *from && to < end; from++)
		if ((*from >= 'a' && *from <= 'z')
			|| (*from >= 'A' && *from <= 'Z')
			|| (*from >= '0' && *from <= '9')
			|| strchr("/.-_", *from))
			*to++ = *from;
		else
			*to++ = '?';
	*to = '\0';
	view->values[FIELD_appId] = view->app_id;
	/* What is cleaned could be that of another app: "/a.b", "/a/b". */
	view->values[FIELD_cleanedUpAppId] = view->name;
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

/* "*" and what is the same. */
static bool is_every_address(const char *bind)
{
	return strcmp(bind, "*") == 0 || strcmp(bind, "0.0.0.0") == 0
		|| strcmp(bind, "::") == 0 || strcmp(bind, "[::]") == 0
		|| !*bind;
}

static int set_bind(struct haproxy_writing *w, struct haproxy_service *view)
{
	const struct service *service = view->service;
	const char **values = view->values;
	const char *bind = service->bind_addr ? service->bind_addr
					      : w->settings->bind;

	if (asprintf(&view->bind_options, "%s%s",
		    or_empty(service->bind_options),
		    service->accept_proxy ? " accept-proxy" : "")
		< 0) {
		view->bind_options = NULL;
		return -ENOMEM;
	}
	view->bind_claim = is_every_address(bind) ? "" : bind;
	values[FIELD_bindAddr] = bind;
	values[FIELD_bindOptions] = view->bind_options;
	values[FIELD_sslCert] = service->ssl_certs;
	values[FIELD_sslCertOptions] = service->ssl_certs;
	return 0;
}

static const char *first_host(const struct service *service)
{
	for (size_t i = 0; i < service->vhost_count; i++)
		if (service->vhosts[i].kind == VHOST_HTTP
			&& !service->vhosts[i].wildcard)
			return service->vhosts[i].host;
	return NULL;
}

static void set_values(struct haproxy_writing *w, struct haproxy_service *view)
{
	const struct service *service = view->service;
	const char **values = view->values;

	snprintf(view->port, sizeof(view->port), "%u", service->port);
	values[FIELD_backend] = view->name;
	values[FIELD_servicePort] = view->port;
	values[FIELD_mode] = view->http ? "http" : "tcp";
	values[FIELD_balance] = service->balance ? service->balance
		: view->http                     ? "roundrobin"
						 : "leastconn";
	values[FIELD_user] = service->user;
	values[FIELD_passwd] = service->password;
	values[FIELD_realm] = service->realm;
	values[FIELD_path] = service->path;
	values[FIELD_proxypath] = service->proxypass_path;
	values[FIELD_rootpath] = service->revproxy_path;
	values[FIELD_redirpath] = service->redirect_path;
	values[FIELD_hostname] = first_host(service);
	values[FIELD_haproxy_dir] = w->settings->map_dir;
}

/* What somebody has said of it by hand goes before labels. */
static int add_extra(struct haproxy_writing *w, struct service *service,
	const char *name)
{
	const struct haproxy_extra *extra =
		haproxy_extra_find(w->settings->extras, name);
	const struct {
		enum service_setting setting;
		const char *value;
	} said[] = {
		{SET_VHOST, extra ? extra->domains : NULL},
		{SET_CONFIG, extra ? extra->config : NULL},
		{SET_TRANSPORT, extra ? extra->protocol : NULL},
	};
	int r = 0;

	for (size_t i = 0; extra && i < sizeof(said) / sizeof(said[0]); i++) {
		struct why why = {""};

		if (said[i].value && r == 0)
			r = service_set(
				service, said[i].setting, said[i].value, &why);
		if (why.text[0])
			problems_add(w->problems, &w->app->key, VIEW,
				"%.200s.yml: %s", name, why.text);
	}
	return r < 0 ? r : service->refused ? -EINVAL : 0;
}

/* Said of a port that does not speak HTTP. */
static void report_useless(
	struct haproxy_writing *w, const struct haproxy_service *view)
{
	const struct service *service = view->service;
	const struct {
		const char *label;
		bool said;
	} labels[] = {
		{"STICKY", service->sticky},
		{"USE_HSTS", service->hsts},
		{"HTTP_BACKEND_PROXYPASS_PATH", service->proxypass_path},
		{"HTTP_BACKEND_REVPROXY_PATH", service->revproxy_path},
		{"HTTP_BACKEND_REDIR", service->redirect_path},
	};

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (labels[i].said && !view->http)
			problems_add(w->problems, &w->app->key, VIEW,
				"HAPROXY_%u_%s: has no effect in mode tcp",
				service->port_index, labels[i].label);
}

int haproxy_service_new(struct haproxy_writing *w,
	struct service *service, struct haproxy_service *ret)
{
	const char *id = w->role->id ? w->role->id : w->app->key.id;
	int r;

	memset(ret->values, 0, sizeof(ret->values));
	ret->service = service;
	ret->check = NULL;
	ret->bind_options = NULL;
	r = haproxy_name(id, service->port, ret->name);
	if (r < 0) {
		problems_add(w->problems, &w->app->key, VIEW,
			"port %u: the id is too long for a name",
			service->port_index);
		return -EINVAL;
	}
	r = add_extra(w, service, ret->name);
	if (r < 0)
		return r;
	find_names(ret);
	if (service->realm && service->vhost_count == 0)
		problems_add(w->problems, &w->app->key, VIEW,
			"HAPROXY_%u_AUTH: asks for no password without "
			"HAPROXY_%u_VHOST",
			service->port_index, service->port_index);
	find_mode(w, ret);
	report_useless(w, ret);
	find_check(w, ret);
	r = find_path(w, ret);
	if (r == 0)
		r = set_bind(w, ret);
	if (r < 0)
		return r;
	set_app_id(ret, id);
	set_check_values(ret);
	set_values(w, ret);
	return 0;
}

void haproxy_service_done(struct haproxy_service *view)
{
	free(view->bind_options);
}
