/* SPDX-License-Identifier: MIT */
#include "render/haproxy_labels.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define VIEW "haproxy.cfg"

const char *haproxy_setting(
	const struct app *app, uint32_t port_index, const char *what)
{
	char key[64];
	const char *value;

	snprintf(key, sizeof(key), "HAPROXY_%u_%s", port_index, what);
	value = app_label(app, key);
	return value ? value : label_find(app->env, app->env_count, key);
}

enum haproxy_mode haproxy_mode_said(const struct app *app,
	uint32_t port_index, struct problems *problems)
{
	const char *mode = haproxy_setting(app, port_index, "MODE");

	if (mode && strcasecmp(mode, "http") == 0)
		return MODE_HTTP;
	if (mode && strcasecmp(mode, "tcp") == 0)
		return MODE_TCP;
	if (mode)
		problems_add(problems, &app->key, VIEW,
			"HAPROXY_%u_MODE: neither http nor tcp", port_index);
	mode = app_label(app, "proto");
	if (mode && strcasecmp(mode, "http") == 0)
		return MODE_HTTP;
	/* Other words of mmsd (redis, smtp) are ways to check TCP. */
	return mode ? MODE_TCP : MODE_UNSAID;
}

/* One list of names of one label. */
struct names_list {
	const struct app *app;
	uint32_t port_index;
	const char *label; /* for words */
	enum vhost_kind kind;
	bool indexed; /* "host:index": only those of this port */
	struct problems *problems;
	haproxy_vhost_found *found;
	void *context;
};

static int one_name(const struct names_list *list, const char *text,
	size_t length)
{
	const char *colon = memchr(text, ':', length);
	char host[HAPROXY_VHOST_SIZE];
	unsigned long index = 0;
	bool wildcard;

	if (list->indexed && colon) {
		index = strtoul(colon + 1, NULL, 10);
		length = (size_t)(colon - text);
	}
	if (list->indexed && index != list->port_index)
		return 0;
	if (haproxy_vhost(text, length, host, &wildcard) == 0)
		return list->found(
			list->context, list->kind, host, wildcard);
	problems_add(list->problems, &list->app->key, VIEW,
		"%s: '%.*s' is no host name", list->label,
		length < 64 ? (int)length : 64, text);
	return 0;
}

static int each_name(const struct names_list *list, const char *text)
{
	int r = 0;

	while (text && *text && r >= 0) {
		size_t length;

		text += strspn(text, ", \t");
		length = strcspn(text, ", \t");
		if (length > 0)
			r = one_name(list, text, length);
		text += length;
	}
	return r;
}

/* Both spellings of the default: mmsd's README and code differ. */
static bool wants_default(const struct app *app, uint32_t port_index,
	const char *const labels[2])
{
	for (size_t i = 0; i < 2 && labels[i]; i++) {
		const char *of_app = app_label(app, labels[i]);
		const char *of_port =
			port_label(&app->ports[port_index], labels[i]);

		if (of_port && strcmp(of_port, "0") != 0)
			return true;
		if (of_app && strtoul(of_app, NULL, 10) == port_index)
			return true;
	}
	return false;
}

static int each_default(struct names_list *list)
{
	static const char *const http[2] = {"lb-vhost-default", NULL};
	static const char *const tls[2] = {
		"lb-vhost-ssl-default", "lb-vhost-default-ssl"};
	int r = 0;

	if (wants_default(list->app, list->port_index, http))
		r = list->found(list->context, VHOST_DEFAULT, "", false);
	if (r >= 0 && wants_default(list->app, list->port_index, tls))
		r = list->found(list->context, VHOST_TLS_DEFAULT, "", false);
	return r;
}

int haproxy_vhosts_said(const struct app *app, uint32_t port_index,
	struct problems *problems, haproxy_vhost_found *found, void *context)
{
	const struct port *port = &app->ports[port_index];
	struct names_list list = {
		.app = app,
		.port_index = port_index,
		.problems = problems,
		.found = found,
		.context = context,
	};
	char label[32];
	int r;

	snprintf(label, sizeof(label), "HAPROXY_%u_VHOST", port_index);
	list.label = label;
	list.kind = VHOST_HTTP;
	r = each_name(&list, haproxy_setting(app, port_index, "VHOST"));
	list.label = "lb-vhost";
	if (r >= 0)
		r = each_name(&list, port_label(port, "lb-vhost"));
	list.indexed = true;
	if (r >= 0)
		r = each_name(&list, app_label(app, "lb-vhost"));
	list.label = "lb-vhost-ssl";
	list.kind = VHOST_TLS;
	if (r >= 0)
		r = each_name(&list, app_label(app, "lb-vhost-ssl"));
	list.indexed = false;
	if (r >= 0)
		r = each_name(&list, port_label(port, "lb-vhost-ssl"));
	return r >= 0 ? each_default(&list) : r;
}
