/* SPDX-License-Identifier: MIT */
#include "render/service.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define VIEW "haproxy.cfg"

/*
 * What each system's labels are called, and what they set: peers.md 1.1 to 1.8.
 * A new word is a row.
 */
struct word {
	const char *name;
	enum service_setting setting;
};

/* HAPROXY_<port index>_<name> of marathon-lb; a label of the app. */
static const struct word marathon_lb[] = {
	{"AUTH", SET_AUTH},
	{"BACKEND_HEALTHCHECK_PORT_INDEX", SET_CHECK_PORT_INDEX},
	{"BACKEND_NETWORK_ALLOWED_ACL", SET_NETWORK_ALLOWED},
	{"BACKEND_WEIGHT", SET_RULE_WEIGHT},
	{"BALANCE", SET_BALANCE},
	{"BIND_ADDR", SET_BIND_ADDR},
	{"BIND_OPTIONS", SET_BIND_OPTIONS},
	{"ENABLED", SET_ENABLED},
	{"GROUP", SET_IGNORED},
	{"HTTP_BACKEND_PROXYPASS_PATH", SET_PROXYPASS_PATH},
	{"HTTP_BACKEND_REDIR", SET_REDIRECT_PATH},
	{"HTTP_BACKEND_REVPROXY_PATH", SET_REVPROXY_PATH},
	{"MODE", SET_MODE},
	{"PATH", SET_PATH},
	{"PORT", SET_PORT},
	{"REDIRECT_TO_HTTPS", SET_REDIRECT_TO_HTTPS},
	{"SSL_CERT", SET_SSL_CERT},
	{"STICKY", SET_STICKY},
	{"USE_HSTS", SET_HSTS},
	{"VHOST", SET_VHOST},
	{NULL, SET_IGNORED},
};

/* HAPROXY_<name> for the whole app. */
static const char *const app_wide[] = {"APP_ID", "DEPLOYMENT_ALT_PORT",
	"DEPLOYMENT_COLOUR", "DEPLOYMENT_GROUP", "DEPLOYMENT_NEW_INSTANCES",
	"DEPLOYMENT_STARTED_AT", "DEPLOYMENT_TARGET_INSTANCES", "GROUP", NULL};

/* The same for servicerouter.py, in the environment of the app. */
static const struct word servicerouter[] = {
	{"BIND_ADDR", SET_BIND_ADDR},
	{"MODE", SET_MODE},
	{"PORT", SET_PORT},
	{"REDIRECT_TO_HTTPS", SET_REDIRECT_TO_HTTPS},
	{"SSL_CERT", SET_SSL_CERT},
	{"STICKY", SET_STICKY},
	{"VHOST", SET_VHOST},
	{NULL, SET_IGNORED},
};

/* mmsd: of a port, and (in its first form) of the app for all its ports. */
static const struct word mmsd[] = {
	{"disable-haproxy-health-check", SET_NO_CHECKS},
	{"haproxy-logging", SET_LOGGING},
	{"http-connection-mode", SET_CONNECTION_MODE},
	{"lb-accept-proxy", SET_ACCEPT_PROXY},
	{"lb-group", SET_IGNORED},
	{"lb-mode", SET_IGNORED},
	{"lb-proxy-protocol", SET_SEND_PROXY},
	{"lb-service-port", SET_PORT},
	{"lb-vhost", SET_VHOST},
	{"lb-vhost-default", SET_DEFAULT_HTTP},
	{"lb-vhost-default-ssl", SET_DEFAULT_TLS},
	{"lb-vhost-ssl", SET_VHOST_TLS},
	{"lb-vhost-ssl-default", SET_DEFAULT_TLS},
	{"proto", SET_PROTO},
	{NULL, SET_IGNORED},
};

/* com.meltwater.proxymatic.port.<port index>.<name>, also without "port." */
static const struct word proxymatic[] = {
	{"maxconn", SET_SERVER_MAXCONN},
	{"mode", SET_MODE},
	{"servicePort", SET_PORT_JOINED},
	{"timeout.client", SET_CLIENT_TIMEOUT},
	{"timeout.server", SET_SERVER_TIMEOUT},
	{"weight", SET_SERVER_WEIGHT},
	{NULL, SET_IGNORED},
};

/* proxym.port.<container port>.<name> */
static const struct word proxym[] = {
	{"config", SET_CONFIG},
	{"protocol", SET_TRANSPORT},
	{NULL, SET_IGNORED},
};

struct reading {
	const struct app *app;
	struct service *services; /* one for each port */
	struct problems *problems;
};

static const struct word *find_word(
	const struct word *words, const char *name)
{
	while (words->name && strcmp(words->name, name) != 0)
		words++;
	return words->name ? words : NULL;
}

static void complain(
	const struct reading *reading, const char *label, const char *words)
{
	problems_add(reading->problems, &reading->app->key, VIEW,
		"%.200s: %s", label, words);
}

static int apply(const struct reading *reading, const char *label,
	uint32_t index, enum service_setting setting, const char *value)
{
	struct why why = {""};
	int r;

	r = service_set(&reading->services[index], setting, value, &why);
	if (why.text[0])
		complain(reading, label, why.text);
	return r;
}

/* "<number><end>" at *at, which is moved behind it. */
static bool take_number(const char **at, char end, uint32_t *ret)
{
	const char *from = *at;
	uint32_t number = 0;

	while (**at >= '0' && **at <= '9' && *at - from < 6)
		number = number * 10 + (uint32_t)(*(*at)++ - '0');
	if (*at == from || **at != end)
		return false;
	++*at;
	*ret = number;
	return true;
}

static bool has_port(
	const struct reading *reading, const char *label, uint32_t index)
{
	char words[64];

	if (index < reading->app->port_count)
		return true;
	snprintf(words, sizeof(words), "the app has no port %u", index);
	complain(reading, label, words);
	return false;
}

static int read_template(const struct reading *reading, const char *label,
	uint32_t index, const char *name, const char *value)
{
	enum template_id id = template_find(name, strlen(name));
	struct why why = {""};
	int r;

	if (id == TEMPLATE_COUNT || id < TEMPLATE_FIRST_OF_PORT) {
		complain(reading, label, "is not known");
		return 0;
	}
	r = service_set_template(
		&reading->services[index], id, value, &why);
	if (why.text[0])
		complain(reading, label, why.text);
	return r;
}

static bool is_app_wide(const char *name)
{
	for (size_t i = 0; app_wide[i]; i++)
		if (strcmp(app_wide[i], name) == 0)
			return true;
	return false;
}

/* HAPROXY_..., of the app's labels or of its environment. */
static int read_marathon_lb(const struct reading *reading,
	const struct label *label, const struct word *words)
{
	bool environment = words == servicerouter;
	const char *at = label->key + strlen("HAPROXY_");
	const struct word *word;
	uint32_t index;

	if (!take_number(&at, '_', &index)) {
		/* In an environment it may be anybody's. */
		if (!is_app_wide(at) && !environment)
			complain(reading, label->key, "is not known");
		return 0;
	}
	word = find_word(words, at);
	if (!word && environment) {
		complain(reading, label->key,
			"is not known as a variable of the app");
		return 0;
	}
	if (!has_port(reading, label->key, index))
		return 0;
	if (!word)
		return read_template(
			reading, label->key, index, at, label->value);
	return apply(reading, label->key, index, word->setting, label->value);
}

static bool starts(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static int read_proxymatic(
	const struct reading *reading, const struct label *label)
{
	const char *at = label->key + strlen("com.meltwater.proxymatic.");
	const struct word *word = NULL;
	uint32_t index;

	if (starts(at, "port."))
		at += strlen("port.");
	if (take_number(&at, '.', &index))
		word = find_word(proxymatic, at);
	if (!word) {
		complain(reading, label->key, "is not known");
		return 0;
	}
	if (!has_port(reading, label->key, index))
		return 0;
	return apply(reading, label->key, index, word->setting, label->value);
}

/* proxym tells ports by their number in the container. */
static bool find_container_port(
	const struct app *app, uint32_t number, uint32_t *ret)
{
	for (uint32_t i = 0; i < app->port_count; i++) {
		const struct port *port = &app->ports[i];

		if (port->container_port == number
			|| (!port->container_port
				&& port->service_port == number)) {
			*ret = i;
			return true;
		}
	}
	return false;
}

static int read_proxym(
	const struct reading *reading, const struct label *label)
{
	const char *at = label->key + strlen("proxym.");
	const struct word *word = NULL;
	uint32_t number, index;

	if (strcmp(at, "domains") == 0)
		return reading->app->port_count
			? apply(reading, label->key, 0, SET_VHOST,
				  label->value)
			: 0;
	if (strncmp(at, "port.", 5) == 0) {
		at += 5;
		if (take_number(&at, '.', &number))
			word = find_word(proxym, at);
	}
	if (!word) {
		complain(reading, label->key, "is not known");
		return 0;
	}
	if (!find_container_port(reading->app, number, &index)) {
		complain(reading, label->key,
			"the app has no such container port");
		return 0;
	}
	return apply(reading, label->key, index, word->setting, label->value);
}

/* "host:index,host": each name to its port, 0 if nothing is said. */
static int read_indexed_hosts(const struct reading *reading,
	const struct label *label, enum service_setting setting)
{
	const char *text = label->value;
	int r = 0;

	while (*text && r >= 0) {
		char host[HAPROXY_VHOST_SIZE + 1];
		uint32_t index = 0;
		size_t length, name;
		const char *behind;

		text += strspn(text, ", \t");
		length = strcspn(text, ", \t");
		name = strcspn(text, ":, \t");
		behind = text + name + 1;
		if (name < length
			&& !take_number(&behind, text[length], &index)) {
			complain(reading, label->key,
				"behind a colon goes the index of a port");
			text += length;
			continue;
		}
		snprintf(host, sizeof(host), "%.*s",
			name < sizeof(host) ? (int)name : (int)sizeof(host) - 1,
			text);
		text += length;
		if (length == 0
			|| !has_port(reading, label->key, index))
			continue;
		r = apply(reading, label->key, index, setting, host);
	}
	return r;
}

/* "8080,,8082": each to its port. */
static int read_positional(const struct reading *reading,
	const struct label *label, enum service_setting setting)
{
	const char *text = label->value;
	uint32_t index = 0;
	int r = 0;

	while (*text && r >= 0 && index < reading->app->port_count) {
		size_t length = strcspn(text, ",");
		char item[32];

		snprintf(item, sizeof(item), "%.*s",
			length < sizeof(item) ? (int)length
					      : (int)sizeof(item) - 1,
			text);
		if (length > 0)
			r = apply(reading, label->key, index, setting, item);
		text += length;
		text += *text == ',';
		index++;
	}
	return r;
}

/* Of an app the value is the index of the port. */
static int read_default_of_app(const struct reading *reading,
	const struct label *label, enum service_setting setting)
{
	const char *at = label->value;
	uint32_t index;

	if (!take_number(&at, '\0', &index)) {
		complain(reading, label->key, "it is no index of a port");
		return 0;
	}
	if (!has_port(reading, label->key, index))
		return 0;
	return apply(reading, label->key, index, setting, "");
}

static int read_mmsd_of_app(const struct reading *reading,
	const struct label *label, const struct word *word)
{
	int r = 0;

	switch (word->setting) {
	case SET_VHOST:
	case SET_VHOST_TLS:
		return read_indexed_hosts(reading, label, word->setting);
	case SET_PORT:
		return read_positional(reading, label, word->setting);
	case SET_DEFAULT_HTTP:
	case SET_DEFAULT_TLS:
		return read_default_of_app(reading, label, word->setting);
	default:
		break;
	}
	for (uint32_t i = 0; i < reading->app->port_count && r == 0; i++)
		r = apply(reading, label->key, i, word->setting, label->value);
	return r;
}

static int read_mmsd_of_port(const struct reading *reading, uint32_t index,
	const struct label *label, const struct word *word)
{
	bool is_default = word->setting == SET_DEFAULT_HTTP
		|| word->setting == SET_DEFAULT_TLS;

	if (is_default && strcmp(label->value, "0") == 0)
		return 0;
	return apply(
		reading, label->key, index, word->setting, label->value);
}

/* Each vocabulary in turn, so that a later one wins. */
enum turn { TURN_PROXYM, TURN_PROXYMATIC, TURN_MMSD, TURN_MARATHON_LB, TURNS };

static enum turn turn_of(const char *key)
{
	if (starts(key, "HAPROXY_"))
		return TURN_MARATHON_LB;
	if (starts(key, "com.meltwater.proxymatic."))
		return TURN_PROXYMATIC;
	if (starts(key, "proxym."))
		return TURN_PROXYM;
	if (starts(key, "lb-") || find_word(mmsd, key))
		return TURN_MMSD;
	return TURNS;
}

static int read_label(const struct reading *reading, enum turn turn,
	const struct label *label)
{
	const struct word *word;

	switch (turn) {
	case TURN_PROXYM:
		return read_proxym(reading, label);
	case TURN_PROXYMATIC:
		return read_proxymatic(reading, label);
	case TURN_MMSD:
		word = find_word(mmsd, label->key);
		if (word)
			return read_mmsd_of_app(reading, label, word);
		complain(reading, label->key, "is not known");
		return 0;
	case TURN_MARATHON_LB:
		return read_marathon_lb(reading, label, marathon_lb);
	case TURNS:
		break;
	}
	return 0;
}

static int read_ports(const struct reading *reading)
{
	int r = 0;

	for (uint32_t i = 0; i < reading->app->port_count; i++) {
		const struct port *port = &reading->app->ports[i];

		for (uint32_t j = 0; j < port->label_count && r == 0; j++) {
			const struct label *label = &port->labels[j];
			const struct word *word = find_word(mmsd, label->key);

			if (word)
				r = read_mmsd_of_port(reading, i, label, word);
			else if (starts(label->key, "lb-"))
				complain(reading, label->key, "is not known");
		}
	}
	return r;
}

static int read_all(const struct reading *reading)
{
	const struct app *app = reading->app;
	unsigned turns = 0;
	int r = 0;

	for (uint32_t i = 0; i < app->label_count; i++)
		turns |= 1u << turn_of(app->labels[i].key);
	for (enum turn turn = 0; turn < TURNS && r == 0; turn++) {
		if (turn == TURN_MARATHON_LB)
			r = read_ports(reading);
		for (uint32_t i = 0; turn == TURN_MARATHON_LB
			     && i < app->env_count && r == 0;
			i++)
			if (starts(app->env[i].key, "HAPROXY_"))
				r = read_marathon_lb(
					reading, &app->env[i], servicerouter);
		for (uint32_t i = 0; (turns & 1u << turn)
			     && i < app->label_count && r == 0;
			i++)
			if (turn_of(app->labels[i].key) == turn)
				r = read_label(reading, turn, &app->labels[i]);
	}
	return r;
}

int services_read(const struct app *app, struct problems *problems,
	struct service **ret)
{
	struct reading reading = {.app = app, .problems = problems};
	int r;

	reading.services =
		calloc(app->port_count ? app->port_count : 1,
			sizeof(*reading.services));
	if (!reading.services)
		return -ENOMEM;
	for (uint32_t i = 0; i < app->port_count; i++)
		reading.services[i] = (struct service){
			.app = app,
			.port_index = i,
			.port = app->ports[i].service_port,
			.check_port_index = -1,
			.server_weight = -1,
		};
	r = read_all(&reading);
	if (r < 0)
		services_release(reading.services, app->port_count);
	else
		*ret = reading.services;
	return r;
}
