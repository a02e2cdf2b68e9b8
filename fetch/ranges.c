/* SPDX-License-Identifier: MIT */
#include "fetch/ranges.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BITS = 128, MAPPED_BITS = 96 };

static void map(const struct in_addr *address, struct in6_addr *ret)
{
	*ret = (struct in6_addr){.s6_addr = {[10] = 0xff, [11] = 0xff}};
	memcpy(ret->s6_addr + 12, address, 4);
}

int address_read(const char *text, struct in6_addr *ret)
{
	struct in_addr address;

	if (inet_pton(AF_INET, text, &address) == 1) {
		map(&address, ret);
		return 0;
	}
	return inet_pton(AF_INET6, text, ret) == 1 ? 0 : -EINVAL;
}

struct address_text address_text(const struct in6_addr *address)
{
	struct address_text text = {""};

	if (IN6_IS_ADDR_V4MAPPED(address))
		inet_ntop(AF_INET, address->s6_addr + 12, text.text,
			sizeof(text.text));
	else
		inet_ntop(AF_INET6, address, text.text, sizeof(text.text));
	return text;
}

struct in6_addr address_of(const struct sockaddr *socket)
{
	struct in6_addr address = IN6ADDR_ANY_INIT;

	if (socket->sa_family == AF_INET)
		map(&((const struct sockaddr_in *)(const void *)socket)
				->sin_addr,
			&address);
	else if (socket->sa_family == AF_INET6)
		address = ((const struct sockaddr_in6 *)(const void *)socket)
				  ->sin6_addr;
	return address;
}

bool address_same(const struct in6_addr *a, const struct in6_addr *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool address_is_loopback(const struct in6_addr *address)
{
	if (IN6_IS_ADDR_V4MAPPED(address))
		return address->s6_addr[12] == 127;
	return IN6_IS_ADDR_LOOPBACK(address);
}

static bool range_holds(
	const struct range *range, const struct in6_addr *address)
{
	unsigned bytes = range->bits / 8, bits = range->bits % 8;
	unsigned mask = 0xff00u >> bits & 0xff;

	if (memcmp(&range->address, address, bytes) != 0)
		return false;
	return bits == 0
		|| ((range->address.s6_addr[bytes] ^ address->s6_addr[bytes])
			   & mask) == 0;
}

bool ranges_hold(const struct ranges *ranges, const struct in6_addr *address)
{
	for (size_t i = 0; i < ranges->count; i++)
		if (range_holds(&ranges->items[i], address))
			return true;
	return false;
}

void ranges_add(struct ranges *ranges, const struct in6_addr *address)
{
	struct range range = {.address = *address, .bits = BITS};

	if (ranges_hold(ranges, address))
		return;
	if (ranges->count < RANGES_MAX) {
		ranges->items[ranges->count++] = range;
		return;
	}
	ranges->items[ranges->oldest] = range;
	ranges->oldest = (ranges->oldest + 1) % RANGES_MAX;
}

/* The bits of "10.0.0.0/8", which is cut at its slash. */
static int bits_read(char *text, unsigned *ret)
{
	char *slash = strchr(text, '/'), *end;
	unsigned long bits, most = strchr(text, ':') ? BITS : 32;

	*ret = BITS;
	if (!slash)
		return 0;
	*slash++ = '\0';
	bits = strtoul(slash, &end, 10);
	if (*slash < '0' || *slash > '9' || *end || bits > most)
		return -EINVAL;
	*ret = (unsigned)bits + (most == 32 ? MAPPED_BITS : 0);
	return 0;
}

static int range_read(const char *item, struct range *ret)
{
	char text[INET6_ADDRSTRLEN + sizeof("/128")];

	if (strlen(item) >= sizeof(text))
		return -EINVAL;
	snprintf(text, sizeof(text), "%s", item);
	if (bits_read(text, &ret->bits) < 0)
		return -EINVAL;
	return address_read(text, &ret->address);
}

int ranges_parse(const char *list, struct ranges *ret, struct why *why)
{
	struct ranges ranges = {.count = 0};

	for (const char *at = list; at; at = strchr(at, ',')) {
		char item[64];

		at += *at == ',' && at != list;
		at += strspn(at, " ");
		snprintf(item, sizeof(item), "%.*s",
			(int)strcspn(at, ","), at);
		if (ranges.count == RANGES_MAX)
			return why_set(why, -E2BIG,
				"more than %d addresses", RANGES_MAX);
		if (range_read(item, &ranges.items[ranges.count++]) < 0)
			return why_set(why, -EINVAL,
				"'%s' is not ADDRESS or ADDRESS/BITS", item);
	}
	*ret = ranges;
	return 0;
}
