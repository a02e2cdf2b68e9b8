/* SPDX-License-Identifier: MIT */
#include "render/service_impl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/address.h"
#include "render/text.h"

enum {
	REALM_MAX = 128, /* stands in a line with three names */
	CERTS_MAX = 16,
	PORT_MAX = 65535,
	VHOSTS_MAX = 256,
	PATH_RULE_WEIGHT = 1,
};

static int add_vhost(struct service *service, enum vhost_kind kind,
	const char *text, size_t length, struct why *why)
{
	struct service_vhost *vhost;
	char host[HAPROXY_VHOST_SIZE];
	bool wildcard;

	if (haproxy_vhost(text, length, host, &wildcard) < 0)
		return value_ignore(why, "'%.*s' is no host name",
			length < 64 ? (int)length : 64, text);
	for (size_t i = 0; i < service->vhost_count; i++)
		if (service->vhosts[i].kind == kind
			&& service->vhosts[i].wildcard == wildcard
			&& strcmp(service->vhosts[i].host, host) == 0)
			return 0;
	if (service->vhost_count == VHOSTS_MAX)
		return value_ignore(why, "more than %d host names", VHOSTS_MAX);
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

int service_set_vhosts(
	struct service *service, const char *value, struct why *why)
{
	return set_vhosts(service, VHOST_HTTP, value, why);
}

int service_set_tls_vhosts(
	struct service *service, const char *value, struct why *why)
{
	return set_vhosts(service, VHOST_TLS, value, why);
}

/* realm:user:password, as crypt(3) has it. */
int service_set_auth(
	struct service *service, const char *value, struct why *why)
{
	char *text, *user, *password;
	const char *kept;
	int r;

	if (!value_is_text(value, true) && !strchr(value, '$'))
		return service_refuse(service, why, "it cannot be written");
	text = strdup(value);
	if (!text)
		return -ENOMEM;
	user = strchr(text, ':');
	password = user ? strchr(user + 1, ':') : NULL;
	if (!password || strchr(password + 1, ':')) {
		free(text);
		return service_refuse(
			service, why, "it is not realm:user:password");
	}
	*user++ = '\0';
	*password++ = '\0';
	r = service_keep(service, text, &kept);
	if (r < 0)
		return r;
	/* '$' is for nothing outside of quotes, and crypt(3) needs it. */
	for (const char *c = password; *c; c++)
		if (!value_is_plain(*c, false) && *c != '$')
			return service_refuse(service, why,
				"the password cannot be written");
	if (!value_is_text(text, true) || strlen(text) > REALM_MAX)
		return service_refuse(
			service, why, "the realm cannot be written");
	if (!value_is_text(user, false) || !*password
		|| strlen(user) + strlen(password) > VALUE_TEXT_MAX)
		return service_refuse(
			service, why, "the user or password cannot be written");
	service->realm = text;
	service->user = user;
	service->password = password;
	return 0;
}

/* Words of its own could end the list, and go on with a condition. */
int service_set_path(
	struct service *service, const char *value, struct why *why)
{
	const char *at = value + strspn(value, " ");

	if (strncmp(at, "-i ", 3) == 0)
		at += 3 + strspn(at + 3, " ");
	if (!*at)
		return service_refuse(service, why, "there is no path in it");
	while (*at) {
		if (*at != '/')
			return service_refuse(
				service, why, "'%.64s' is no path", at);
		at += strcspn(at, " ");
		at += strspn(at, " ");
	}
	if (service->weight_of_rules == 0)
		service->weight_of_rules = PATH_RULE_WEIGHT;
	return service_keep_words(service, value, &service->path, why);
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
	return value_is_number(slash, 0, ipv6 ? 128 : 32, &bits);
}

int service_set_networks(
	struct service *service, const char *value, struct why *why)
{
	const char *at = value;
	size_t count = 0;

	while (*at) {
		size_t length;

		at += strspn(at, " ");
		length = strcspn(at, " ");
		if (length > 0 && !is_network(at, length))
			return service_refuse(service, why,
				"'%.*s' is no network",
				length < 64 ? (int)length : 64, at);
		count += length > 0;
		at += length;
	}
	if (count == 0)
		return service_refuse(
			service, why, "there is no network in it");
	return service_keep_words(
		service, value, &service->network_allowed, why);
}

/* "a.pem,b.pem" */
int service_set_certs(
	struct service *service, const char *value, struct why *why)
{
	struct text text = {.at = NULL};
	unsigned count = 0;

	if (!value_is_text(value, true))
		return service_refuse(service, why, "it is no list of files");
	text_add_string(&text, " ssl");
	while (*(value += strspn(value, ", "))) {
		size_t length = strcspn(value, ", ");
		const char *next = value + length;

		next += strspn(next, " ");
		if ((*next && *next != ',') || count++ == CERTS_MAX) {
			text_done(&text);
			return service_refuse(service, why,
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
		return service_refuse(service, why, "there is no file in it");
	}
	text_add(&text, "", 1);
	if (text.failed)
		text_done(&text);
	return service_keep(service, text.at, &service->ssl_certs);
}

int service_set_bind_options(
	struct service *service, const char *value, struct why *why)
{
	char *text;

	if (!value_is_text(value, true))
		return service_refuse(service, why, "it cannot be written");
	if (asprintf(&text, " %s", value) < 0)
		return -ENOMEM;
	return service_keep(service, text, &service->bind_options);
}

/*
 * An address is written in its one form, so that two that are the same are seen
 * to be; with a port or the name of a socket in it, it would be another claim.
 */
int service_set_bind_addr(
	struct service *service, const char *value, struct why *why)
{
	char address[INET6_ADDRSTRLEN + 2];
	size_t length = strlen(value);
	struct in6_addr ipv6;
	struct in_addr ipv4;

	if (strcmp(value, "*") == 0 || inet_pton(AF_INET, value, &ipv4) == 1)
		return service_keep(
			service, strdup(value), &service->bind_addr);
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
		return service_keep(
			service, strdup(address), &service->bind_addr);
	}
	/* Only with a letter it is no number, which is an address, too. */
	if (host_kind(value) != HOST_NAME
		|| !strpbrk(value, "ghijklmnopqrstuvwyzGHIJKLMNOPQRSTUVWYZ"))
		return service_refuse(
			service, why, "'%.64s' is no address", value);
	return service_keep(service, strdup(value), &service->bind_addr);
}

static int set_port(struct service *service, const char *value, bool joins,
	struct why *why)
{
	long number;

	if (!value_is_number(value, 0, PORT_MAX, &number))
		return service_refuse(
			service, why, "'%.64s' is no port", value);
	service->port = (uint16_t)number;
	service->joins = joins;
	return 0;
}

int service_set_port(
	struct service *service, const char *value, struct why *why)
{
	return set_port(service, value, false, why);
}

int service_set_joined_port(
	struct service *service, const char *value, struct why *why)
{
	return set_port(service, value, true, why);
}
