/* SPDX-License-Identifier: MIT */
#ifndef RENDER_HAPROXY_SERVER_H
#define RENDER_HAPROXY_SERVER_H

/*
 * Names, numbers and cookies of servers, as marathon-lb computes them
 * (peers.md 1.8), so that sticky sessions and the state of servers survive a
 * switch. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "render/address.h"
#include "render/haproxy_text.h"

enum { HAPROXY_COOKIE_SIZE = 11, SERVER_IDS = 32767 };

/* Which numbers a backend has given away. Zeroed: none. */
struct server_ids {
	uint8_t taken[(SERVER_IDS + 7) / 8];
	bool again; /* the last name had to try another: it may be there */
};

/*
 * Its agent is known by a name of which nobody knows yet whether it has an
 * address: a server that was written now would be called otherwise in a moment.
 */
bool haproxy_server_is_looked_for(const struct address *at);

/* Where it is reached: the address of its agent, if one is known. Borrowed. */
const char *haproxy_server_host(const struct address *at);

/*
 * "agent1_192_0_2_7_31001" where the instance or its agent has a name beside
 * the address, "192_0_2_7_31001" of an agent that is known by its address,
 * "agent1_31001" of one whose address nobody knows: it stays when others come
 * and go.
 */
void haproxy_server_name(
	const struct address *at, char ret[HAPROXY_NAME_SIZE]);

/* 1 to 32766, one that nobody in ids has; it is taken. 0: all are. */
uint32_t haproxy_server_id(struct server_ids *ids, const char *name);

void haproxy_server_cookie(const char *name, char ret[HAPROXY_COOKIE_SIZE]);

#endif
