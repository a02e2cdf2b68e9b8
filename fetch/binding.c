/* SPDX-License-Identifier: MIT */
#include "fetch/binding.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

struct piece {
	const char *start;
	size_t length;
};

/* All of piece is a port; 0: it is not. */
static uint16_t port_of(struct piece piece)
{
	uint32_t port = 0;

	if (piece.length < 1 || piece.length > 5)
		return 0;
	for (size_t i = 0; i < piece.length; i++) {
		if (piece.start[i] < '0' || piece.start[i] > '9')
			return 0;
		port = port * 10 + (uint32_t)(piece.start[i] - '0');
	}
	return port <= UINT16_MAX ? (uint16_t)port : 0;
}

/* Cuts off what stands behind the last colon; false: there is none. */
static bool cut_last(struct piece *piece, struct piece *ret)
{
	const char *colon = memrchr(piece->start, ':', piece->length);

	if (!colon)
		return false;
	ret->start = colon + 1;
	ret->length = piece->length - (size_t)(ret->start - piece->start);
	piece->length = (size_t)(colon - piece->start);
	return true;
}

static bool piece_is(struct piece piece, const char *text)
{
	return piece.length == strlen(text)
		&& memcmp(piece.start, text, piece.length) == 0;
}

/* From the right: a hostname may be an address with colons. */
static const char *read_instance(
	const char *key, struct piece rest, struct binding *ret)
{
	static const char form[] =
		"its last part is no HOSTNAME:CONTAINER:PORT[:udp]";
	struct piece last, container;

	ret->protocol = PORT_TCP;
	if (!cut_last(&rest, &last))
		return form;
	if (piece_is(last, "udp"))
		ret->protocol = PORT_UDP;
	if ((piece_is(last, "udp") || piece_is(last, "tcp"))
		&& !cut_last(&rest, &last))
		return form;
	ret->exposed = port_of(last);
	ret->instance_at = (size_t)(rest.start - key);
	ret->instance_length = rest.length;
	if (ret->exposed == 0 || !cut_last(&rest, &container))
		return form;
	ret->hostname_length = rest.length;
	if (rest.length == 0 || container.length == 0)
		return form;
	return NULL;
}

size_t binding_service_length(const char *directory, size_t length)
{
	const char *at = memrchr(directory, '@', length);
	size_t digits = length;

	while (at && digits > 0 && directory[digits - 1] >= '0'
		&& directory[digits - 1] <= '9')
		digits--;
	/* An @ that no number follows belongs to the name. */
	if (!at || digits == length || directory + digits - 1 != at)
		return length;
	return (size_t)(at - directory);
}

static const char *read_service(struct piece name, struct binding *ret)
{
	size_t length = binding_service_length(name.start, name.length);
	struct piece suffix = {name.start + length + 1,
		name.length - length - (length < name.length)};

	ret->service_length = length;
	ret->service_port = ret->exposed;
	if (length < name.length)
		ret->service_port = port_of(suffix);
	if (ret->service_port == 0)
		return "what stands behind the @ is no port";
	return length > 0 ? NULL : "it names no service";
}

static const char *read_key(const char *key, struct binding *ret)
{
	const char *slash = strchr(key, '/');
	struct piece rest;
	const char *wrong;

	if (!slash)
		return "it is in no directory of a service";
	rest = (struct piece){slash + 1, strlen(slash + 1)};
	if (strchr(rest.start, '/'))
		return "it is nested too deep";
	wrong = read_instance(key, rest, ret);
	if (wrong)
		return wrong;
	return read_service(
		(struct piece){key, (size_t)(slash - key)}, ret);
}

static bool is_name(const char *host)
{
	return host[0]
		&& !host[strspn(host, "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789.-_")];
}

static const char *read_value(const char *value, struct binding *ret)
{
	static const char form[] = "the value is no ADDRESS:PORT";
	struct piece rest = {value, strlen(value)}, port;
	struct in6_addr ignored;
	bool bracketed;

	if (!cut_last(&rest, &port))
		return form;
	ret->port = port_of(port);
	bracketed = rest.length > 2 && rest.start[0] == '['
		&& rest.start[rest.length - 1] == ']';
	if (bracketed) {
		rest.start++;
		rest.length -= 2;
	}
	if (ret->port == 0 || rest.length >= sizeof(ret->host))
		return form;
	snprintf(ret->host, sizeof(ret->host), "%.*s", (int)rest.length,
		rest.start);
	if (bracketed)
		return inet_pton(AF_INET6, ret->host, &ignored) == 1 ? NULL
								     : form;
	return is_name(ret->host) ? NULL : form;
}

int binding_parse(const char *key, const char *value, struct binding *ret,
	struct why *why)
{
	const char *wrong;

	wrong = strlen(key) > NAME_LEN_MAX ? "the key is too long"
					   : read_key(key, ret);
	if (!wrong)
		wrong = read_value(value, ret);
	if (!wrong)
		return 0;
	return why_set(why, -EBADMSG, "%.120s = '%.60s': %s", key, value,
		wrong);
}
