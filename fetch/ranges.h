/* SPDX-License-Identifier: MIT */
#ifndef FETCH_RANGES_H
#define FETCH_RANGES_H

/*
 * Addresses of those who connect, and ranges of them. IPv4 is kept as mapped
 * to IPv6, so that 10.0.0.1 and ::ffff:10.0.0.1 are the same. Pure.
 */

#include <arpa/inet.h>
#include <stdbool.h>
#include <stddef.h>

#include "fetch/why.h"

enum { RANGES_MAX = 64 };

struct range {
	struct in6_addr address;
	unsigned bits; /* of its 128 that count */
};

/* A plain value; zeroed it holds nobody. */
struct ranges {
	struct range items[RANGES_MAX];
	size_t count;
	size_t oldest; /* gives way, where there are too many */
};

/* "10.0.0.0/8,::1": -EINVAL, -E2BIG with words. */
int ranges_parse(const char *list, struct ranges *ret, struct why *why);

bool ranges_hold(const struct ranges *ranges, const struct in6_addr *address);

/* One address more; of too many the first that was added goes. */
void ranges_add(struct ranges *ranges, const struct in6_addr *address);

struct address_text {
	char text[INET6_ADDRSTRLEN];
};

/* -EINVAL: not an address. */
int address_read(const char *text, struct in6_addr *ret);
/* IPv4 as such. */
struct address_text address_text(const struct in6_addr *address);
/* Of IPv4 and IPv6; the address of nobody (::) for others. */
struct in6_addr address_of(const struct sockaddr *socket);
bool address_same(const struct in6_addr *a, const struct in6_addr *b);
/* Of this machine alone: 127.0.0.0/8, ::1. */
bool address_is_loopback(const struct in6_addr *address);

#endif
