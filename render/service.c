/* SPDX-License-Identifier: MIT */
#include "render/service.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "render/address.h"
#include "render/text.h"

enum {
	TEXT_MAX = 1024,  /* of one value between words */
	WORDS_MAX = 32,   /* of one value; HAProxy reads 64 of a line */
	REALM_MAX = 128,  /* stands in a line with three names */
	CERTS_MAX = 16,
	PORT_MAX = 65535,
	VHOSTS_MAX = 256,
	HAPROXY_WEIGHT_MAX = 256,
	PROXYMATIC_WEIGHT_MAX = 1000,
	TIMEOUT_MAX = 86400 * 24, /* seconds; HAProxy's own limit in ms */
	PATH_RULE_WEIGHT = 1,
};

void services_release(struct service *services, size_t count)
{
	for (size_t i = 0; services && i < count; i++) {
		struct service *service = &services[i];

		for (size_t j = 0; j < service->text_count; j++)
			free(service->texts[j]);
		free(service->texts);
		free(service->vhosts);
		for (size_t j = 0; service->templates && j < TEMPLATE_COUNT; j++)
			template_free(service->templates[j]);
		free(service->templates);
	}
	free(services);
}

/* Takes over text. */
static int keep(struct service *service, char *text, const char **ret)
{
	if (!text)
		return -ENOMEM;
	if (service->text_count == service->text_space) {
		size_t space = service->text_space ? service->text_space * 2 : 4;
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

/* Without it, the service would not be what its owner wants it to be. */
__attribute__((format(printf, 3, 4))) static int refuse(
	struct service *service, struct why *why, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why->text, sizeof(why->text), format, arguments);
	va_end(arguments);
	service->refused = true;
	return 0;
}

/* The value counts as not said. */
__attribute__((format(printf, 2, 3))) static int ignore(
	struct why *why, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why->text, sizeof(why->text), format, arguments);
	va_end(arguments);
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * Printable ASCII that HAProxy takes as it is, inside of quotes and outside;
 * braces would end an ACL without a name.
 */
static bool is_plain(char c, bool blanks)
{
	if (c == ' ')
		return blanks;
	return c > ' ' && c < 0x7f && !strchr("\"'\\#$`{}", c);
}

static bool is_text(const char *text, bool blanks)
{
	size_t length = 0, words = 0;

	for (; text[length]; length++) {
		if (!is_plain(text[length], blanks) || length == TEXT_MAX)
			return false;
		words += text[length] != ' '
			&& (length == 0 || text[length - 1] == ' ');
	}
	return words > 0 && words <= WORDS_MAX;
}

static const char *const true_words[] = {"true", "t", "yes", "y", "1"};
static const char *const false_words[] = {"false", "f", "no", "n", "0", ""};

static bool is_word(
	const char *value, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(value, words[i]) == 0)
			return true;
	return false;
}

static int set_bool(const char *value, bool *ret, struct why *why)
{
	if (is_word(value, true_words,
		    sizeof(true_words) / sizeof(true_words[0])))
		*ret = true;
	else if (is_word(value, false_words,
			 sizeof(false_words) / sizeof(false_words[0])))
		*ret = false;
	else
		return ignore(why, "'%.64s' is neither true nor false", value);
	return 0;
}

static bool to_number(const char *value, long min, long max, long *ret)
{
	char *end;

	if (!*value || value[strspn(value, "-0123456789")])
		return false;
	errno = 0;
	*ret = strtol(value, &end, 10);
	return errno == 0 && !*end && *ret >= min && *ret <= max;
}

static int set_number(const char *value, long min, long max, uint32_t *ret,
	struct why *why)
{
	long number;

	if (!to_number(value, min, max, &number))
		return ignore(why, "'%.64s' is no number from %ld to %ld",
			value, min, max);
	*ret = (uint32_t)number;
	return 0;
}

static int add_vhost(struct service *service, enum vhost_kind kind,
	const char *text, size_t length, struct why *why)
{
	struct service_vhost *vhost;
	char host[HAPROXY_VHOST_SIZE];
	bool wildcard;

	if (haproxy_vhost(text, length, host, &wildcard) < 0)
		return ignore(why, "'%.*s' is no host name",
			length < 64 ? (int)length : 64, text);
	for (size_t i = 0; i < service->vhost_count; i++)
		if (service->vhosts[i].kind == kind
			&& service->vhosts[i].wildcard == wildcard
			&& strcmp(service->vhosts[i].host, host) == 0)
			return 0;
	if (service->vhost_count == VHOSTS_MAX)
		return ignore(why, "more than %d host names", VHOSTS_MAX);
	if (service->vhost_count == service->vhost_space) {
		size_t space =
			service->vhost_space ? service->vhost_space * 2 : 2;

		vhost = reallocarray(service->vhosts, space, sizeof(*vhost));
		if (!vhost)
			return -ENOMEM;
		service->vhosts = vhost;
		service->vhost_space = space;
	}
	vhost = &service->vhosts[service->vhost_count++];
	*vhost = (struct service_vhost){
		.kind = (uint8_t)kind, .wildcard = wildcard};
	memcpy(vhost->host, host, sizeof(host));
	return 0;
}

/* By commas and blanks. */
static int set_vhosts(struct service *service, enum vhost_kind kind,
	const char *text, struct why *why)
{
	int r = 0;

	while (*text && r >= 0) {
		size_t length;

		text += strspn(text, ", \t");
		length = strcspn(text, ", \t");
		if (length > 0)
			r = add_vhost(service, kind, text, length, why);
		text += length;
	}
	return r;
}

/* realm:user:password, as crypt(3) has it. */
static int set_auth(
	struct service *service, const char *value, struct why *why)
{
	char *text, *user, *password;
	const char *kept;
	int r;

	if (!is_text(value, true) && !strchr(value, '$'))
		return refuse(service, why, "it cannot be written");
	text = strdup(value);
	if (!text)
		return -ENOMEM;
	user = strchr(text, ':');
	password = user ? strchr(user + 1, ':') : NULL;
	if (!password || strchr(password + 1, ':')) {
		free(text);
		return refuse(service, why, "it is not realm:user:password");
	}
	*user++ = '\0';
	*password++ = '\0';
	r = keep(service, text, &kept);
	if (r < 0)
		return r;
	/* '$' is for nothing outside of quotes, and crypt(3) needs it. */
	for (const char *c = password; *c; c++)
		if (!is_plain(*c, false) && *c != '$')
			return refuse(service, why,
				"the password cannot be written");
	if (!is_text(text, true) || strlen(text) > REALM_MAX)
		return refuse(service, why, "the realm cannot be written");
	if (!is_text(user, false) || !*password
		|| strlen(user) + strlen(password) > TEXT_MAX)
		return refuse(
			service, why, "the user or password cannot be written");
	service->realm = text;
	service->user = user;
	service->password = password;
	return 0;
}

/* A list of words; commas are blanks where the vocabulary has them so. */
static int set_words(struct service *service, const char *value, bool blanks,
	const char **ret, struct why *why)
{
	while (is_blank(*value))
		value++;
	if (!is_text(value, blanks))
		return refuse(service, why,
			"it is empty, too long, or cannot be written");
	return keep(service, strdup(value), ret);
}

/* Words of its own could end the list, and go on with a condition. */
static int set_path(
	struct service *service, const char *value, struct why *why)
{
	const char *at = value + strspn(value, " ");

	if (strncmp(at, "-i ", 3) == 0)
		at += 3 + strspn(at + 3, " ");
	if (!*at)
		return refuse(service, why, "there is no path in it");
	while (*at) {
		if (*at != '/')
			return refuse(service, why, "'%.64s' is no path", at);
		at += strcspn(at, " ");
		at += strspn(at, " ");
	}
	if (service->weight_of_rules == 0)
		service->weight_of_rules = PATH_RULE_WEIGHT;
	return set_words(service, value, true, &service->path, why);
}

static bool is_network(const char *text, size_t length)
{
	unsigned char ignored[sizeof(struct in6_addr)];
	char address[64], *slash;
	long bits;
	bool ipv6;

	if (length == 0 || length >= sizeof(address))
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	slash = strchr(address, '/');
	if (slash)
		*slash++ = '\0';
	ipv6 = strchr(address, ':');
	if (inet_pton(ipv6 ? AF_INET6 : AF_INET, address, ignored) != 1)
		return false;
	if (!slash)
		return true;
	if (!ipv6 && inet_pton(AF_INET, slash, ignored) == 1)
		return true;
	return to_number(slash, 0, ipv6 ? 128 : 32, &bits);
}

static int set_networks(
	struct service *service, const char *value, struct why *why)
{
	const char *at = value;
	size_t count = 0;

	while (*at) {
		size_t length;

		at += strspn(at, " ");
		length = strcspn(at, " ");
		if (length > 0 && !is_network(at, length))
			return refuse(service, why, "'%.*s' is no network",
				length < 64 ? (int)length : 64, at);
		count += length > 0;
		at += length;
	}
	if (count == 0)
		return refuse(service, why, "there is no network in it");
	return set_words(service, value, true, &service->network_allowed, why);
}

/* "a.pem,b.pem" */
static int set_certs(
	struct service *service, const char *value, struct why *why)
{
	struct text text = {.at = NULL};
	unsigned count = 0;

	if (!is_text(value, true))
		return refuse(service, why, "it is no list of files");
	text_add_string(&text, " ssl");
	while (*(value += strspn(value, ", "))) {
		size_t length = strcspn(value, ", ");
		const char *next = value + length;

		next += strspn(next, " ");
		if ((*next && *next != ',') || count++ == CERTS_MAX) {
			text_done(&text);
			return refuse(service, why,
				count > CERTS_MAX
					? "more than %d files"
					: "a file has a blank in its name",
				CERTS_MAX);
		}
		text_addf(&text, " crt %.*s", (int)length, value);
		value = next;
	}
	if (count == 0) {
		text_done(&text);
		return refuse(service, why, "there is no file in it");
	}
	text_add(&text, "", 1);
	if (text.failed)
		text_done(&text);
	return keep(service, text.at, &service->ssl_certs);
}

static int set_bind_options(
	struct service *service, const char *value, struct why *why)
{
	char *text;

	if (!is_text(value, true))
		return refuse(service, why, "it cannot be written");
	if (asprintf(&text, " %s", value) < 0)
		return -ENOMEM;
	return keep(service, text, &service->bind_options);
}

/*
 * An address is written in its one form, so that two that are the same are seen
 * to be; with a port or the name of a socket in it, it would be another claim.
 */
static int set_bind_addr(
	struct service *service, const char *value, struct why *why)
{
	char address[INET6_ADDRSTRLEN + 2];
	size_t length = strlen(value);
	struct in6_addr ipv6;
	struct in_addr ipv4;

	if (strcmp(value, "*") == 0 || inet_pton(AF_INET, value, &ipv4) == 1)
		return keep(service, strdup(value), &service->bind_addr);
	if (*value == '[' && value[length - 1] == ']') {
		value++;
		length -= 2;
	}
	snprintf(address, sizeof(address), "%.*s",
		length < sizeof(address) ? (int)length : 0, value);
	if (inet_pton(AF_INET6, address, &ipv6) == 1
		&& !IN6_IS_ADDR_V4MAPPED(&ipv6)) {
		address[0] = '[';
		inet_ntop(AF_INET6, &ipv6, address + 1, INET6_ADDRSTRLEN);
		memcpy(address + strlen(address), "]", 2);
		return keep(service, strdup(address), &service->bind_addr);
	}
	/* Only with a letter it is no number, which is an address, too. */
	if (host_kind(value) != HOST_NAME
		|| !strpbrk(value, "ghijklmnopqrstuvwyzGHIJKLMNOPQRSTUVWYZ"))
		return refuse(service, why, "'%.64s' is no address", value);
	return keep(service, strdup(value), &service->bind_addr);
}

static int set_mode(
	struct service *service, const char *value, struct why *why)
{
	if (strcasecmp(value, "http") == 0) {
		service->mode = MODE_HTTP;
		/* What mmsd's word said before is another protocol. */
		service->probe = PROBE_UNSAID;
	} else if (strcasecmp(value, "tcp") == 0) {
		service->mode = MODE_TCP;
	} else {
		return ignore(why, "'%.64s' is neither http nor tcp", value);
	}
	return 0;
}

/* mmsd's word for what is spoken. */
static int set_proto(struct service *service, const char *value)
{
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
	/* Any other word is TCP in mmsd. */
	return 0;
}

/* proxym's word for the transport, which its templates take for more. */
static int set_transport(
	struct service *service, const char *value, struct why *why)
{
	if (strcasecmp(value, "http") == 0)
		service->mode = MODE_HTTP;
	else if (strcasecmp(value, "tcp") == 0)
		service->mode = MODE_TCP;
	else if (strcasecmp(value, "udp") == 0)
		service->enabled = SAID_NO;
	else
		return ignore(why, "'%.64s' is none of http, tcp, udp", value);
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

static int set_balance(
	struct service *service, const char *value, struct why *why)
{
	if (!is_text(value, true) || !is_algorithm(value))
		return ignore(why, "'%.64s' is no way to balance", value);
	return keep(service, strdup(value), &service->balance);
}

/* Where a client is sent: the word of a log format. */
static int set_location(struct service *service, const char *value,
	const char **ret, struct why *why)
{
	char text[2 * TEXT_MAX + 1], *to = text;

	if (*value != '/' && strncmp(value, "http://", 7) != 0
		&& strncmp(value, "https://", 8) != 0)
		return refuse(service, why, "'%.64s' is no path", value);
	for (const char *c = value; *c; c++) {
		if (*c <= ' ' || *c > '~' || to - text >= TEXT_MAX)
			return refuse(service, why,
				"it is too long, or no URL");
		if (strchr("\"'\\#", *c))
			*to++ = '\\';
		else if (*c == '%')
			*to++ = '%';
		*to++ = *c;
	}
	*to = '\0';
	return keep(service, strdup(text), ret);
}

/* The beginning of a path, as a part of a pattern. */
static int set_prefix(struct service *service, const char *value,
	const char **ret, struct why *why)
{
	char text[2 * TEXT_MAX + 1], *to = text;
	size_t length = strlen(value);

	if (*value != '/')
		return refuse(service, why, "'%.64s' is no path", value);
	if (!is_text(value, false))
		return refuse(service, why,
			"it is too long, or cannot be written");
	/* "/shop/" is "/shop", and "/" nothing at all. */
	while (length > 0 && value[length - 1] == '/')
		length--;
	for (size_t i = 0; i < length; i++) {
		if (to - text >= TEXT_MAX)
			return refuse(service, why, "it is too long");
		if (strchr(".+*?()[]^|", value[i]))
			*to++ = '\\';
		*to++ = value[i];
	}
	*to = '\0';
	return keep(service, strdup(text), ret);
}

/* Where a client is sent below of: the slash between is what follows. */
static int set_path_before(struct service *service, const char *value,
	const char **ret, struct why *why)
{
	CLEANUP(free) char *copy = strdup(value);
	size_t length = strlen(value);

	if (!copy)
		return -ENOMEM;
	while (length > 1 && copy[length - 1] == '/')
		copy[--length] = '\0';
	return set_location(service, copy, ret, why);
}

static int set_connection_mode(
	struct service *service, const char *value, struct why *why)
{
	if (strcmp(value, "httpclose") != 0
		&& strcmp(value, "http-server-close") != 0
		&& strcmp(value, "http-keep-alive") != 0)
		return ignore(why, "'%.64s' is no way to keep connections",
			value);
	return keep(service, strdup(value), &service->connection_mode);
}

/* 1 to 1000 there, 1 to 256 here; 0 would take all traffic away. */
static int set_server_weight(
	struct service *service, const char *value, struct why *why)
{
	uint32_t weight = 0;
	int r = set_number(value, 1, PROXYMATIC_WEIGHT_MAX, &weight, why);

	if (r < 0 || weight == 0)
		return r;
	weight = weight * HAPROXY_WEIGHT_MAX / PROXYMATIC_WEIGHT_MAX;
	service->server_weight = weight ? (int32_t)weight : 1;
	return 0;
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
		return refuse(service, why, "%.400s", inner.text);
	text = with_line_ends(TEMPLATE_BACKEND_HTTP_OPTIONS, value);
	return keep(service, text, &service->config);
}

static int set_small(const char *value, long max, uint8_t *ret, struct why *why)
{
	uint32_t number = *ret;
	int r = set_number(value, 0, max, &number, why);

	*ret = (uint8_t)number;
	return r;
}

static int set_signed(
	const char *value, long min, long max, int32_t *ret, struct why *why)
{
	long number;

	if (!to_number(value, min, max, &number))
		return ignore(why, "'%.64s' is no number from %ld to %ld",
			value, min, max);
	*ret = (int32_t)number;
	return 0;
}

static int set_port(struct service *service, const char *value, bool joins,
	struct why *why)
{
	long number;

	if (!to_number(value, 0, PORT_MAX, &number))
		return refuse(service, why, "'%.64s' is no port", value);
	service->port = (uint16_t)number;
	service->joins = joins;
	return 0;
}

static int set_enabled(
	struct service *service, const char *value, struct why *why)
{
	bool flag = false;

	set_bool(value, &flag, why);
	if (why->text[0])
		service->refused = true;
	else
		service->enabled = flag ? SAID_YES : SAID_NO;
	return 0;
}

int service_set(struct service *service, enum service_setting setting,
	const char *value, struct why *why)
{
	bool flag = false;
	int r = 0;

	switch (setting) {
	case SET_IGNORED:
		return 0;
	case SET_VHOST:
		return set_vhosts(service, VHOST_HTTP, value, why);
	case SET_VHOST_TLS:
		return set_vhosts(service, VHOST_TLS, value, why);
	case SET_DEFAULT_HTTP:
		service->default_http = true;
		return 0;
	case SET_DEFAULT_TLS:
		service->default_tls = true;
		return 0;
	case SET_AUTH:
		return set_auth(service, value, why);
	case SET_PATH:
		return set_path(service, value, why);
	case SET_STICKY:
		return set_bool(value, &service->sticky, why);
	case SET_ENABLED:
		return set_enabled(service, value, why);
	case SET_REDIRECT_TO_HTTPS:
		return set_bool(value, &service->redirect_to_https, why);
	case SET_HSTS:
		return set_bool(value, &service->hsts, why);
	case SET_SSL_CERT:
		return set_certs(service, value, why);
	case SET_BIND_OPTIONS:
		return set_bind_options(service, value, why);
	case SET_BIND_ADDR:
		return set_bind_addr(service, value, why);
	case SET_PORT:
		return set_port(service, value, false, why);
	case SET_PORT_JOINED:
		return set_port(service, value, true, why);
	case SET_MODE:
		return set_mode(service, value, why);
	case SET_PROTO:
		return set_proto(service, value);
	case SET_TRANSPORT:
		return set_transport(service, value, why);
	case SET_BALANCE:
		return set_balance(service, value, why);
	case SET_PROXYPASS_PATH:
		return set_prefix(
			service, value, &service->proxypass_path, why);
	case SET_REVPROXY_PATH:
		return set_path_before(
			service, value, &service->revproxy_path, why);
	case SET_REDIRECT_PATH:
		return set_location(
			service, value, &service->redirect_path, why);
	case SET_RULE_WEIGHT:
		return set_signed(value, -1000000, 1000000,
			&service->weight_of_rules, why);
	case SET_NETWORK_ALLOWED:
		return set_networks(service, value, why);
	case SET_CHECK_PORT_INDEX:
		return set_signed(
			value, 0, PORT_MAX, &service->check_port_index, why);
	case SET_ACCEPT_PROXY:
		return set_bool(value, &service->accept_proxy, why);
	case SET_SEND_PROXY:
		return set_small(value, 2, &service->send_proxy, why);
	case SET_NO_CHECKS:
		return set_bool(value, &service->no_checks, why);
	case SET_CONNECTION_MODE:
		return set_connection_mode(service, value, why);
	case SET_LOGGING:
		flag = true;
		r = set_bool(value, &flag, why);
		service->no_log = !flag;
		return r;
	case SET_SERVER_WEIGHT:
		return set_server_weight(service, value, why);
	case SET_SERVER_MAXCONN:
		return set_number(value, 1, 1000000, &service->server_maxconn,
			why);
	case SET_CLIENT_TIMEOUT:
		return set_number(value, 1, TIMEOUT_MAX,
			&service->client_timeout, why);
	case SET_SERVER_TIMEOUT:
		return set_number(value, 1, TIMEOUT_MAX,
			&service->server_timeout, why);
	case SET_CONFIG:
		return set_config(service, value, why);
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
	return r < 0 ? refuse(service, why, "%.400s", inner.text) : 0;
}
