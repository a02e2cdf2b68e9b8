/* SPDX-License-Identifier: MIT */
#include "render/instances.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "render/address.h"
#include "render/check.h"
#include "render/name_text.h"

static const char view[] = "services";

enum {
	LINE_EXTRA = sizeof("[]:65535\n"),
	PROTOCOL_LEN_MAX = 64,
	HEADER_MAX = 5 * 64 + FILE_NAME_SIZE + 2 * PROTOCOL_LEN_MAX,
};

/* Room for every line; what is too much is given back at the end. */
static size_t lines_room(const struct address *list, size_t count)
{
	size_t room = 0;

	for (size_t i = 0; i < count; i++)
		room += strlen(list[i].host) + LINE_EXTRA;
	return room;
}

static char *put_number(char *at, uint16_t number)
{
	char digits[8];
	size_t count = 0;

	do
		digits[count++] = (char)('0' + number % 10);
	while (number /= 10);
	while (count > 0)
		*at++ = digits[--count];
	return at;
}

static char *put_line(char *at, const struct address *address)
{
	size_t length = strlen(address->host);

	if (address->kind == HOST_IPV6)
		*at++ = '[';
	memcpy(at, address->host, length);
	at += length;
	if (address->kind == HOST_IPV6)
		*at++ = ']';
	*at++ = ':';
	at = put_number(at, address->port);
	*at++ = '\n';
	return at;
}

static const char *transport(const struct port *port)
{
	switch (port->protocols) {
	case PORT_TCP | PORT_UDP:
		return "udp,tcp";
	case PORT_UDP:
		return "udp";
	default:
		return "tcp";
	}
}

/* A label that would break the header is as good as none. */
static bool fits_header(const char *value)
{
	size_t length = 0;

	for (; value[length]; length++)
		if (iscntrl((unsigned char)value[length]))
			return false;
	return length > 0 && length < PROTOCOL_LEN_MAX;
}

static void application(const struct app *app, uint32_t port_index,
	struct problems *problems, char text[PROTOCOL_LEN_MAX])
{
	const struct check *check = check_of_port(app, port_index);
	const char *proto = app_label(app, "proto");
	size_t i = 0;

	if (proto && !fits_header(proto)) {
		problems_add(problems, &app->key, view,
			"label proto cannot be written in a header");
		proto = NULL;
	}
	if (!proto && check)
		proto = check_name(check->protocol);
	if (!proto)
		proto = transport(&app->ports[port_index]);
	for (; proto[i]; i++)
		text[i] = (char)tolower((unsigned char)proto[i]);
	text[i] = '\0';
}

/*
 * What mmsd 0.13 writes, byte for byte: CRLF here though LF below, and the
 * application's protocol where the health check's is announced.
 */
static size_t put_header(const struct app *app, uint32_t port_index,
	struct problems *problems, char *text)
{
	const struct port *port = &app->ports[port_index];
	char name[FILE_NAME_SIZE] = "", proto[PROTOCOL_LEN_MAX];
	int length;

	application(app, port_index, problems, proto);
	if (stem_write(&app->key, STEM_DOTS, name) < 0)
		name[0] = '\0';
	length = snprintf(text, HEADER_MAX,
		"Service-Name: %s-%u-%u\r\n"
		"Service-Port: %u\r\n"
		"Service-Transport-Proto: %s\r\n"
		"Service-Application-Proto: %s\r\n",
		name, port_index, port->service_port, port->service_port,
		transport(port), proto);
	if (check_of_port(app, port_index))
		length += snprintf(text + length, HEADER_MAX - (size_t)length,
			"Health-Check-Proto: %s\r\n", proto);
	memcpy(text + length, "\r\n", 2);
	return (size_t)length + 2;
}

int render_instances(const struct app *app, uint32_t port_index,
	enum instances_format format, struct problems *problems,
	char **ret_text, size_t *ret_length)
{
	CLEANUP(free) struct address *list = NULL;
	bool header = format == INSTANCES_HEADERS
		&& port_index < app->port_count;
	size_t count = 0;
	char *text, *at;
	int r;

	r = addresses_collect(app, port_index, view, problems, &list, &count);
	if (r < 0)
		return r;
	text = malloc(lines_room(list, count) + (header ? HEADER_MAX : 0) + 1);
	if (!text)
		return -ENOMEM;

	at = text;
	if (header)
		at += put_header(app, port_index, problems, at);
	for (size_t i = 0; i < count; i++)
		at = put_line(at, &list[i]);
	*at = '\0';
	*ret_text = text;
	*ret_length = (size_t)(at - text);
	return 0;
}
