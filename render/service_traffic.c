/* SPDX-License-Identifier: MIT */
#include "render/service_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HAPROXY_WEIGHT_MAX = 256, PROXYMATIC_WEIGHT_MAX = 1000 };

int service_set_mode(
	struct service *service, const char *value, struct why *why)
{
	if (strcasecmp(value, "http") == 0) {
		service->mode = MODE_HTTP;
		/* What mmsd's word said before is another protocol. */
		service->probe = PROBE_UNSAID;
	} else if (strcasecmp(value, "tcp") == 0) {
		service->mode = MODE_TCP;
	} else {
		return value_ignore(
			why, "'%.64s' is neither http nor tcp", value);
	}
	return 0;
}

/* mmsd's word for what is spoken. */
int service_set_proto(
	struct service *service, const char *value, struct why *why)
{
	(void)why; /* any word is right, and TCP where we know none */
	service->probe = PROBE_TCP;
	service->mode = MODE_TCP;
	if (strcasecmp(value, "http") == 0)
		service->mode = MODE_HTTP;
	else if (strcasecmp(value, "smtp") == 0)
		service->probe = PROBE_SMTP;
	else if (strcasecmp(value, "redis-slave") == 0)
		service->probe = PROBE_REDIS_SLAVE;
	else if (strcasecmp(value, "redis") == 0
		|| strcasecmp(value, "redis-master") == 0
		|| strcasecmp(value, "redis-server") == 0)
		service->probe = PROBE_REDIS_MASTER;
	return 0;
}

/* proxym's word for the transport, which its templates take for more. */
int service_set_transport(
	struct service *service, const char *value, struct why *why)
{
	if (strcasecmp(value, "http") == 0)
		service->mode = MODE_HTTP;
	else if (strcasecmp(value, "tcp") == 0)
		service->mode = MODE_TCP;
	else if (strcasecmp(value, "udp") == 0)
		service->enabled = SAID_NO;
	else
		return value_ignore(
			why, "'%.64s' is none of http, tcp, udp", value);
	return 0;
}

enum argument { ARGUMENT_NONE, ARGUMENT_MAY, ARGUMENT_MUST };

static const struct {
	const char *name;
	enum argument brackets, words; /* "hdr(host)", "url_param id" */
} algorithms[] = {
	{"first", ARGUMENT_NONE, ARGUMENT_NONE},
	{"hdr", ARGUMENT_MUST, ARGUMENT_MAY},
	{"hash", ARGUMENT_NONE, ARGUMENT_MUST},
	{"leastconn", ARGUMENT_NONE, ARGUMENT_NONE},
	{"random", ARGUMENT_MAY, ARGUMENT_NONE},
	{"rdp-cookie", ARGUMENT_MAY, ARGUMENT_NONE},
	{"roundrobin", ARGUMENT_NONE, ARGUMENT_NONE},
	{"source", ARGUMENT_NONE, ARGUMENT_NONE},
	{"static-rr", ARGUMENT_NONE, ARGUMENT_NONE},
	{"uri", ARGUMENT_NONE, ARGUMENT_MAY},
	{"url_param", ARGUMENT_NONE, ARGUMENT_MUST},
};

static bool is_right(enum argument argument, bool is_there)
{
	return is_there ? argument != ARGUMENT_NONE : argument != ARGUMENT_MUST;
}

static bool is_algorithm(const char *value)
{
	size_t length = strcspn(value, " (");
	const char *rest = value + length;
	bool brackets = *rest == '(';

	if (brackets) {
		size_t inside = strcspn(rest, ") ");

		if (inside < 2 || rest[inside] != ')')
			return false;
		rest += inside + 1;
	}
	if (*rest && *rest != ' ')
		return false;
	rest += strspn(rest, " ");
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		if (strlen(algorithms[i].name) == length
			&& strncmp(algorithms[i].name, value, length) == 0)
			return is_right(algorithms[i].brackets, brackets)
				&& is_right(algorithms[i].words, *rest);
	return false;
}

int service_set_balance(
	struct service *service, const char *value, struct why *why)
{
	if (!value_is_text(value, true) || !is_algorithm(value))
		return value_ignore(why, "'%.64s' is no way to balance", value);
	return service_keep(service, strdup(value), &service->balance);
}

/* Where a client is sent: the word of a log format. */
static int set_location(struct service *service, const char *value,
	const char **ret, struct why *why)
{
	char text[2 * VALUE_TEXT_MAX + 1], *to = text;

	if (*value != '/' && strncmp(value, "http://", 7) != 0
		&& strncmp(value, "https://", 8) != 0)
		return service_refuse(
			service, why, "'%.64s' is no path", value);
	for (const char *c = value; *c; c++) {
		if (*c <= ' ' || *c > '~' || to - text >= VALUE_TEXT_MAX)
			return service_refuse(service, why,
				"it is too long, or no URL");
		if (strchr("\"'\\#", *c))
			*to++ = '\\';
		else if (*c == '%')
			*to++ = '%';
		*to++ = *c;
	}
	*to = '\0';
	return service_keep(service, strdup(text), ret);
}

/* The beginning of a path, as a part of a pattern. */
int service_set_proxypass_path(
	struct service *service, const char *value, struct why *why)
{
	char text[2 * VALUE_TEXT_MAX + 1], *to = text;
	size_t length = strlen(value);

	if (*value != '/')
		return service_refuse(
			service, why, "'%.64s' is no path", value);
	if (!value_is_text(value, false))
		return service_refuse(service, why,
			"it is too long, or cannot be written");
	/* "/shop/" is "/shop", and "/" nothing at all. */
	while (length > 0 && value[length - 1] == '/')
		length--;
	for (size_t i = 0; i < length; i++) {
		if (to - text >= VALUE_TEXT_MAX)
			return service_refuse(service, why, "it is too long");
		if (strchr(".+*?()[]^|", value[i]))
			*to++ = '\\';
		*to++ = value[i];
	}
	*to = '\0';
	return service_keep(service, strdup(text), &service->proxypass_path);
}

/* Where a client is sent below of: the slash between is what follows. */
int service_set_revproxy_path(
	struct service *service, const char *value, struct why *why)
{
	CLEANUP(free) char *copy = strdup(value);
	size_t length = strlen(value);

	if (!copy)
		return -ENOMEM;
	while (length > 1 && copy[length - 1] == '/')
		copy[--length] = '\0';
	return set_location(service, copy, &service->revproxy_path, why);
}

int service_set_redirect_path(
	struct service *service, const char *value, struct why *why)
{
	return set_location(service, value, &service->redirect_path, why);
}

int service_set_connection_mode(
	struct service *service, const char *value, struct why *why)
{
	if (strcmp(value, "httpclose") != 0
		&& strcmp(value, "http-server-close") != 0
		&& strcmp(value, "http-keep-alive") != 0)
		return value_ignore(
			why, "'%.64s' is no way to keep connections", value);
	return service_keep(service, strdup(value), &service->connection_mode);
}

/* 1 to 1000 there, 1 to 256 here; 0 would take all traffic away. */
int service_set_server_weight(
	struct service *service, const char *value, struct why *why)
{
	uint32_t weight = 0;
	int r = value_unsigned(value, 1, PROXYMATIC_WEIGHT_MAX, &weight, why);

	if (r < 0 || weight == 0)
		return r;
	weight = weight * HAPROXY_WEIGHT_MAX / PROXYMATIC_WEIGHT_MAX;
	service->server_weight = weight ? (int32_t)weight : 1;
	return 0;
}
