/* SPDX-License-Identifier: MIT */
#ifndef FETCH_BINDING_H
#define FETCH_BINDING_H

/*
 * One port of one container, as registrator writes it into a key-value store:
 *
 *	<service>[@<port>]/<hostname>:<container>:<port>[:udp] = address:port
 *
 * The port in the key is the one that the container exposes, and the port that
 * clients of the service use, unless the service's name ends in @ and another.
 * It is the rule of proxymatic, but for two quirks of that: what stands in
 * front of the @ may be of one character, and the same service under two
 * suffixes keeps both. Pure.
 */

#include <stddef.h>
#include <stdint.h>

#include "fetch/catalog.h"

enum { BINDING_HOST_SIZE = 254 };

struct binding {
	size_t service_length;  /* of the key, from its start on */
	size_t instance_at;     /* where "hostname:container" begins in it */
	size_t instance_length;
	size_t hostname_length; /* at the start of the instance */
	uint16_t exposed;
	uint16_t service_port;
	uint8_t protocol; /* enum port_protocol */
	char host[BINDING_HOST_SIZE]; /* IPv6 without brackets */
	uint16_t port;
};

/*
 * key is relative to the path of all services. -EBADMSG with words that name
 * key and value.
 */
int binding_parse(const char *key, const char *value, struct binding *ret,
	struct why *why);

/* Of a directory's name, how much is the service's: all but "@<digits>". */
size_t binding_service_length(const char *directory, size_t length);

#endif
