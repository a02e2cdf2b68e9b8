/* SPDX-License-Identifier: MIT */
#include "fetch/callback_place.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { PORT_DEFAULT = 80, HOST_MAX = 256 };

/* "HOST:PORT", taken apart; the brackets of IPv6 are gone. */
struct authority {
	char host[HOST_MAX];
	uint16_t port; /* 0: not given */
};

static int port_read(const char *text, size_t length, uint16_t *ret)
{
	unsigned long port = 0;

	if (length < 1 || length > 5)
		return -EINVAL;
	for (size_t i = 0; i < length; i++) {
		if (!isdigit((unsigned char)text[i]))
			return -EINVAL;
		port = port * 10 + (unsigned long)(text[i] - '0');
	}
	if (port < 1 || port > UINT16_MAX)
		return -EINVAL;
	*ret = (uint16_t)port;
	return 0;
}

static int authority_read(
	const char *text, size_t length, struct authority *ret)
{
	bool bracket = length && text[0] == '[';
	const char *end = bracket ? memchr(text, ']', length)
				  : memchr(text, ':', length);
	size_t skip = bracket ? 1 : 0, host;

	if (bracket && !end)
		return -EINVAL;
	host = end ? (size_t)(end - text) - skip : length;
	if (host < 1 || host >= HOST_MAX)
		return -EINVAL;
	*ret = (struct authority){.port = 0};
	memcpy(ret->host, text + skip, host);
	host += 2 * skip;
	if (host == length)
		return 0;
	return text[host] != ':'
		? -EINVAL
		: port_read(text + host + 1, length - host - 1, &ret->port);
}

/* A name, or an address of its kind; brackets are for IPv6 alone. */
static bool host_is_sound(const struct authority *authority, bool bracket)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789.-_";
	struct in6_addr address;

	if (bracket)
		return inet_pton(AF_INET6, authority->host, &address) == 1;
	return strspn(authority->host, plain) == strlen(authority->host);
}

static bool path_is_sound(const char *path)
{
	for (const char *c = path; *c; c++)
		if (*c <= ' ' || *c > '~' || strchr("?#%\"\\<>", *c))
			return false;
	return strlen(path) < CALLBACK_PATH_MAX;
}

static bool is_nobody(const struct in6_addr *address)
{
	static const struct in6_addr any = IN6ADDR_ANY_INIT;
	struct in6_addr any4;

	address_read("0.0.0.0", &any4);
	return address_same(address, &any) || address_same(address, &any4);
}

static int url_refuse(const char *url, const char *what, struct why *why)
{
	return why_set(why, -EINVAL, "'%.80s' %s", url, what);
}

static int url_read(
	const char *url, struct callback_place *ret, struct why *why)
{
	const char *begin = url + strlen("http://"), *path;
	struct authority authority;

	if (strncasecmp(url, "http://", strlen("http://")) != 0)
		return url_refuse(url, "is not http://HOST:PORT/PATH", why);
	path = begin + strcspn(begin, "/");
	if (strlen(url) >= CALLBACK_URL_MAX || !path_is_sound(path))
		return url_refuse(url, "has a path that is too long or holds "
			"more than plain characters", why);
	if (authority_read(begin, (size_t)(path - begin), &authority) < 0
		|| !host_is_sound(&authority, *begin == '['))
		return url_refuse(url, "has a bad host or port", why);
	*ret = (struct callback_place){.address = IN6ADDR_ANY_INIT};
	if (address_read(authority.host, &ret->address) == 0
		&& is_nobody(&ret->address))
		return url_refuse(url, "is no place that Marathon can reach; "
			"where to listen is for --callback-bind", why);
	ret->port = authority.port ? authority.port : PORT_DEFAULT;
	snprintf(ret->path, sizeof(ret->path), "%s", *path ? path : "/");
	return 0;
}

static int bind_read(
	const char *bind, struct callback_place *ret, struct why *why)
{
	struct authority authority;
	struct in6_addr address;

	if (authority_read(bind, strlen(bind), &authority) < 0
		|| !authority.port
		|| address_read(authority.host, &address) < 0
		|| (bind[0] == '[') != (strchr(authority.host, ':') != NULL))
		return why_set(why, -EINVAL,
			"'%.80s' is not ADDRESS:PORT, with IPv6 in brackets",
			bind);
	ret->address = address;
	ret->port = authority.port;
	return 0;
}

int callback_place(const struct callback_settings *settings,
	struct callback_place *ret, struct why *why)
{
	struct callback_place place;
	int r;

	r = url_read(settings->url, &place, why);
	if (r == 0 && settings->bind)
		r = bind_read(settings->bind, &place, why);
	if (r < 0)
		return r;
	*ret = place;
	return 0;
}
