/* SPDX-License-Identifier: MIT */
#include "render/service_impl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	RULE_WEIGHT_MAX = 1000000,
	PORT_INDEX_MAX = 65535,
	MAXCONN_MAX = 1000000,
	TIMEOUT_MAX = 86400 * 24, /* seconds; HAProxy's own limit in ms */
};

void services_release(struct service *services, size_t count)
{
	for (size_t i = 0; services && i < count; i++) {
		struct service *service = &services[i];

		for (size_t j = 0; j < service->text_count; j++)
			free(service->texts[j]);
		free(service->texts);
		free(service->vhosts);
		for (size_t j = 0; service->templates && j < TEMPLATE_COUNT;
			j++)
			template_free(service->templates[j]);
		free(service->templates);
	}
	free(services);
}

int service_keep(struct service *service, char *text, const char **ret)
{
	if (!text)
		return -ENOMEM;
	if (service->text_count == service->text_space) {
		size_t space =
			service->text_space ? service->text_space * 2 : 4;
		char **larger = reallocarray(
			service->texts, space, sizeof(*larger));

		if (!larger) {
			free(text);
			return -ENOMEM;
		}
		service->texts = larger;
		service->text_space = space;
	}
	service->texts[service->text_count++] = text;
	*ret = text;
	return 0;
}

int service_refuse(
	struct service *service, struct why *why, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why->text, sizeof(why->text), format, arguments);
	va_end(arguments);
	service->refused = true;
	return 0;
}

int service_keep_words(struct service *service, const char *value,
	const char **ret, struct why *why)
{
	value += strspn(value, " \t");
	if (!value_is_text(value, true))
		return service_refuse(service, why,
			"it is empty, too long, or cannot be written");
	return service_keep(service, strdup(value), ret);
}

/* Lines end with one line break, whoever wrote them. */
static char *with_line_ends(enum template_id id, const char *value)
{
	size_t length = strlen(value);
	char *text = malloc(length + 3), *to = text;

	if (!text)
		return NULL;
	if (id == TEMPLATE_USERLIST_HEAD || id == TEMPLATE_FRONTEND_HEAD
		|| id == TEMPLATE_BACKEND_HEAD)
		*to++ = '\n';
	for (; *value; value++)
		if (*value != '\r' || (value[1] != '\n' && value[1]))
			*to++ = *value;
	if (to > text && to[-1] != '\n'
		&& id != TEMPLATE_BACKEND_SERVER_HTTP_HEALTHCHECK_OPTIONS
		&& id != TEMPLATE_BACKEND_SERVER_TCP_HEALTHCHECK_OPTIONS)
		*to++ = '\n';
	*to = '\0';
	return text;
}

/* Lines of the backend, by the words of proxym. */
static int set_config(
	struct service *service, const char *value, struct why *why)
{
	struct why inner = {""};
	char *text;

	if (template_check_label(
		    TEMPLATE_BACKEND_HTTP_OPTIONS, value, &inner)
		< 0)
		return service_refuse(service, why, "%.400s", inner.text);
	text = with_line_ends(TEMPLATE_BACKEND_HTTP_OPTIONS, value);
	return service_keep(service, text, &service->config);
}

static int set_enabled(
	struct service *service, const char *value, struct why *why)
{
	bool flag = false;

	value_flag(value, &flag, why);
	if (why->text[0])
		service->refused = true;
	else
		service->enabled = flag ? SAID_YES : SAID_NO;
	return 0;
}

static int set_logging(
	struct service *service, const char *value, struct why *why)
{
	bool flag = true;

	value_flag(value, &flag, why);
	service->no_log = !flag;
	return 0;
}

static int set_send_proxy(
	struct service *service, const char *value, struct why *why)
{
	uint32_t version = service->send_proxy;

	value_unsigned(value, 0, 2, &version, why);
	service->send_proxy = (uint8_t)version;
	return 0;
}

enum setting_kind {
	KIND_NONE, /* nothing is set */
	KIND_SAID, /* true, whatever the value is */
	KIND_FLAG,
	KIND_UNSIGNED,
	KIND_SIGNED,
	KIND_SETTER,
};

/* What a setting is, and the member it sets, or who sets it. */
struct setting {
	enum setting_kind kind;
	size_t offset; /* of struct service */
	long min, max; /* of numbers */
	service_setter *set;
};

#define FIELD(name) offsetof(struct service, name)
#define SAID(name) {KIND_SAID, FIELD(name), 0, 0, NULL}
#define FLAG(name) {KIND_FLAG, FIELD(name), 0, 0, NULL}
#define UNSIGNED(name, max) {KIND_UNSIGNED, FIELD(name), 1, max, NULL}
#define SIGNED(name, min, max) {KIND_SIGNED, FIELD(name), min, max, NULL}
#define SETTER(set) {KIND_SETTER, 0, 0, 0, set}

static const struct setting settings[SETTINGS] = {
	[SET_VHOST] = SETTER(service_set_vhosts),
	[SET_VHOST_TLS] = SETTER(service_set_tls_vhosts),
	[SET_DEFAULT_HTTP] = SAID(default_http),
	[SET_DEFAULT_TLS] = SAID(default_tls),
	[SET_IGNORED] = {KIND_NONE, 0, 0, 0, NULL},
	[SET_AUTH] = SETTER(service_set_auth),
	[SET_PATH] = SETTER(service_set_path),
	[SET_STICKY] = FLAG(sticky),
	[SET_ENABLED] = SETTER(set_enabled),
	[SET_REDIRECT_TO_HTTPS] = FLAG(redirect_to_https),
	[SET_HSTS] = FLAG(hsts),
	[SET_SSL_CERT] = SETTER(service_set_certs),
	[SET_BIND_OPTIONS] = SETTER(service_set_bind_options),
	[SET_BIND_ADDR] = SETTER(service_set_bind_addr),
	[SET_PORT] = SETTER(service_set_port),
	[SET_PORT_JOINED] = SETTER(service_set_joined_port),
	[SET_MODE] = SETTER(service_set_mode),
	[SET_PROTO] = SETTER(service_set_proto),
	[SET_BALANCE] = SETTER(service_set_balance),
	[SET_PROXYPASS_PATH] = SETTER(service_set_proxypass_path),
	[SET_REVPROXY_PATH] = SETTER(service_set_revproxy_path),
	[SET_REDIRECT_PATH] = SETTER(service_set_redirect_path),
	[SET_RULE_WEIGHT] =
		SIGNED(weight_of_rules, -RULE_WEIGHT_MAX, RULE_WEIGHT_MAX),
	[SET_NETWORK_ALLOWED] = SETTER(service_set_networks),
	[SET_CHECK_PORT_INDEX] = SIGNED(check_port_index, 0, PORT_INDEX_MAX),
	[SET_ACCEPT_PROXY] = FLAG(accept_proxy),
	[SET_SEND_PROXY] = SETTER(set_send_proxy),
	[SET_NO_CHECKS] = FLAG(no_checks),
	[SET_CONNECTION_MODE] = SETTER(service_set_connection_mode),
	[SET_LOGGING] = SETTER(set_logging),
	[SET_SERVER_WEIGHT] = SETTER(service_set_server_weight),
	[SET_SERVER_MAXCONN] = UNSIGNED(server_maxconn, MAXCONN_MAX),
	[SET_CLIENT_TIMEOUT] = UNSIGNED(client_timeout, TIMEOUT_MAX),
	[SET_SERVER_TIMEOUT] = UNSIGNED(server_timeout, TIMEOUT_MAX),
	[SET_CONFIG] = SETTER(set_config),
	[SET_TRANSPORT] = SETTER(service_set_transport),
};

int service_set(struct service *service, enum service_setting setting,
	const char *value, struct why *why)
{
	const struct setting *as = &settings[setting];
	void *field = (char *)service + as->offset;

	switch (as->kind) {
	case KIND_NONE:
		break;
	case KIND_SAID:
		*(bool *)field = true;
		break;
	case KIND_FLAG:
		return value_flag(value, field, why);
	case KIND_UNSIGNED:
		return value_unsigned(value, as->min, as->max, field, why);
	case KIND_SIGNED:
		return value_signed(value, as->min, as->max, field, why);
	case KIND_SETTER:
		return as->set(service, value, why);
	}
	return 0;
}

int service_set_template(struct service *service, enum template_id id,
	const char *value, struct why *why)
{
	CLEANUP(free) char *text = NULL;
	struct why inner = {""};
	int r;

	if (!service->templates)
		service->templates =
			calloc(TEMPLATE_COUNT, sizeof(*service->templates));
	text = with_line_ends(id, value);
	if (!service->templates || !text)
		return -ENOMEM;
	r = template_check_label(id, text, &inner);
	template_free(take_ptr(&service->templates[id]));
	if (r == 0)
		r = template_new(id, text, &service->templates[id], &inner);
	if (r == -ENOMEM)
		return r;
	return r < 0 ? service_refuse(service, why, "%.400s", inner.text) : 0;
}
