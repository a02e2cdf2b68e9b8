/* SPDX-License-Identifier: MIT */
#include "fetch/listener_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "fetch/cleanup.h"

/* An address as a kind of socket wants it. */
struct name {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} address;
	socklen_t length;
};

static bool is_any(const struct in6_addr *address)
{
	return IN6_IS_ADDR_UNSPECIFIED(address);
}

static struct name name_of(const struct callback_place *place, int family)
{
	struct name name = {.length = sizeof(name.address.v6)};

	if (family == AF_INET6) {
		name.address.v6 = (struct sockaddr_in6){
			.sin6_family = AF_INET6,
			.sin6_port = htons(place->port),
			.sin6_addr = place->address,
		};
		return name;
	}
	name.length = sizeof(name.address.v4);
	name.address.v4 = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(place->port)};
	memcpy(&name.address.v4.sin_addr, place->address.s6_addr + 12, 4);
	return name;
}

static int open_family(
	const struct callback_place *place, int family, int *ret)
{
	struct name name = name_of(place, family);
	CLEANUP(close) int fd = -1;
	int on = 1, off = 0;

	fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		return -errno;
	if (family == AF_INET6
		&& setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off))
			< 0)
		return -errno;
	if (bind(fd, &name.address.any, name.length) < 0)
		return -errno;
	if (listen(fd, SOMAXCONN) < 0)
		return -errno;
	*ret = take_fd(&fd);
	return 0;
}

int listener_socket_open(
	const struct callback_place *place, int *ret, struct why *why)
{
	bool v4 = IN6_IS_ADDR_V4MAPPED(&place->address);
	int r;

	r = open_family(place, v4 ? AF_INET : AF_INET6, ret);
	/* A machine without IPv6 has all that there is in IPv4. */
	if (r < 0 && r != -EADDRINUSE && is_any(&place->address))
		r = open_family(place, AF_INET, ret);
	if (r == 0)
		return 0;
	return why_set(why, r, "cannot listen on %s port %u for callbacks: "
		"%s%s",
		is_any(&place->address) ? "any address"
					: address_text(&place->address).text,
		place->port, strerror(-r),
		r == -EADDRNOTAVAIL
			? " (--callback-bind says where, if not at the URL)"
			: "");
}
