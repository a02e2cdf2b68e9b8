/* SPDX-License-Identifier: MIT */
#include "render/haproxy_server.h"

#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

enum { TRIES = 64, HEX_SIZE = 2 * SHA256_DIGEST_SIZE + 1 };

/* Not at an address of its own. */
static bool is_at_agent(const struct address *at)
{
	const char *agent = at->instance->host;

	return agent && strcmp(agent, at->host) == 0;
}

bool haproxy_server_is_looked_for(const struct address *at)
{
	return at->instance->looking && is_at_agent(at);
}

const char *haproxy_server_host(const struct address *at)
{
	const char *address = at->instance->address;

	return address && is_at_agent(at) ? address : at->host;
}

void haproxy_server_name(
	const struct address *at, char ret[HAPROXY_NAME_SIZE])
{
	const char *agent = at->instance->host;
	const char *host = haproxy_server_host(at);
	char *to = ret;

	/* Each has at most 253 bytes: address.h. */
	if (agent && strcmp(agent, host) != 0
		&& host_kind(agent) != HOST_BAD) {
		to = haproxy_clean(to, agent);
		*to++ = '_';
	}
	to = haproxy_clean(to, host);
	snprintf(to, 8, "_%u", at->port);
}

static void to_hex(const uint8_t *digest, size_t size, char *ret)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < size; i++) {
		*ret++ = digits[digest[i] >> 4];
		*ret++ = digits[digest[i] & 15];
	}
	*ret = '\0';
}

/* sha256 of the name as a number, modulo 32767; if it cannot be had, that of
 * the name, a blank, and the digest in hexadecimal, and so on. */
uint32_t haproxy_server_id(struct server_ids *ids, const char *name)
{
	char next[HAPROXY_NAME_SIZE + TRIES * (HEX_SIZE + 1)];
	size_t length = strlen(name);

	memcpy(next, name, length);
	ids->again = false;
	for (unsigned tries = 0; tries < TRIES; tries++) {
		uint8_t digest[SHA256_DIGEST_SIZE];
		struct sha256_ctx sha;
		uint32_t id = 0;

		sha256_init(&sha);
		sha256_update(&sha, length, (const uint8_t *)next);
		sha256_digest(&sha, sizeof(digest), digest);
		for (size_t i = 0; i < sizeof(digest); i++)
			id = (id * 256 + digest[i]) % SERVER_IDS;
		if (id > 0 && !(ids->taken[id / 8] & 1u << id % 8)) {
			ids->taken[id / 8] |= (uint8_t)(1u << id % 8);
			return id;
		}
		ids->again = true;
		next[length++] = ' ';
		to_hex(digest, sizeof(digest), next + length);
		length += HEX_SIZE - 1;
	}
	return 0;
}

void haproxy_server_cookie(const char *name, char ret[HAPROXY_COOKIE_SIZE])
{
	char hex[2 * SHA1_DIGEST_SIZE + 1];
	uint8_t digest[SHA1_DIGEST_SIZE];
	struct sha1_ctx sha;

	sha1_init(&sha);
	sha1_update(&sha, strlen(name), (const uint8_t *)name);
	sha1_digest(&sha, sizeof(digest), digest);
	to_hex(digest, sizeof(digest), hex);
	memcpy(ret, hex, HAPROXY_COOKIE_SIZE - 1);
	ret[HAPROXY_COOKIE_SIZE - 1] = '\0';
}
