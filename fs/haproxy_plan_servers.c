/* SPDX-License-Identifier: MIT */
#include "fs/haproxy_plan.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fs/haproxy_words.h"

/* Room for "[address]:port". */
enum { ENDPOINT_SIZE = INET6_ADDRSTRLEN + 10, VALUE_SIZE = 256 };

/* A server as it is wanted, and where. */
struct wish {
	struct plan *plan;
	const struct runtime_backend *backend;
	const struct runtime_server *server;
	struct known_backend *known;
	bool same_defaults;
};

static struct planned item_of(const struct wish *wish, enum plan_kind kind)
{
	return (struct planned){kind, 0, wish->known, wish->server->name};
}

/* AF_UNSPEC: a name. */
static int family_of(const char *host)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, host, bytes) == 1)
		return AF_INET;
	return inet_pton(AF_INET6, host, bytes) == 1 ? AF_INET6 : AF_UNSPEC;
}

/* Also when an IPv6 address is written in two ways. */
static bool same_address(const char *a, const char *b)
{
	unsigned char bytes_a[sizeof(struct in6_addr)];
	unsigned char bytes_b[sizeof(struct in6_addr)];

	if (strcmp(a, b) == 0)
		return true;
	return inet_pton(AF_INET6, a, bytes_a) == 1
		&& inet_pton(AF_INET6, b, bytes_b) == 1
		&& memcmp(bytes_a, bytes_b, sizeof(bytes_a)) == 0;
}

static void endpoint(const struct runtime_server *server, char *ret)
{
	bool brackets = family_of(server->host) == AF_INET6;

	snprintf(ret, ENDPOINT_SIZE, "%s%s%s:%u", brackets ? "[" : "",
		server->host, brackets ? "]" : "", server->port);
}

static void tell_state(const struct wish *wish)
{
	plan_tell(wish->plan, item_of(wish, PLAN_TELL),
		"set server %s/%s state %s", wish->backend->name,
		wish->server->name, wish->server->drained ? "drain" : "ready");
}

static void tell_check(const struct wish *wish)
{
	plan_tell(wish->plan, item_of(wish, PLAN_TELL), "enable health %s/%s",
		wish->backend->name, wish->server->name);
}

static void tell_new(const struct wish *wish, const char *options)
{
	const struct runtime_server *server = wish->server;
	char at[ENDPOINT_SIZE], id[32] = "", limit[32] = "";

	if (server->id)
		snprintf(id, sizeof(id), " id %u", server->id);
	if (server->maxconn)
		snprintf(limit, sizeof(limit), " maxconn %u", server->maxconn);
	endpoint(server, at);
	if (!plan_tell(wish->plan, item_of(wish, PLAN_ADD),
		    "add server %s/%s %s%s%s weight %u%s%s",
		    wish->backend->name, server->name, at, *options ? " " : "",
		    options, server->weight, id, limit))
		return;
	tell_state(wish);
	if (haproxy_words_have(options, "check"))
		tell_check(wish);
}

/* A server that haproxy does not have. */
static void plan_new(const struct wish *wish)
{
	const struct runtime_server *server = wish->server;
	CLEANUP(free) char *options = NULL;
	int r;

	if (!plan_is_dynamic(wish->plan)) {
		plan_reload(wish->plan, "%s/%s: this haproxy adds no servers",
			wish->backend->name, server->name);
		return;
	}
	if (family_of(server->host) == AF_UNSPEC) {
		plan_reload(wish->plan,
			"%s/%s: haproxy resolves no name of a server that is "
			"added",
			wish->backend->name, server->name);
		return;
	}
	r = haproxy_words_options(
		wish->backend->defaults, server->words, &options);
	if (r < 0)
		plan_fail(wish->plan, r);
	else if (haproxy_words_have(options, "agent-check"))
		plan_reload(wish->plan, "%s/%s: has an agent",
			wish->backend->name, server->name);
	else
		tell_new(wish, options);
}

/* What can be seen of the options of a server. */
static bool looks_like(const struct known_server *server, const char *options)
{
	char port[VALUE_SIZE], cookie[VALUE_SIZE];
	bool checked = haproxy_words_have(options, "check");

	if (checked != ((server->check & KNOWN_CHECK_CONFIGURED) != 0))
		return false;
	if (server->tls != haproxy_words_have(options, "ssl"))
		return false;
	haproxy_words_value(options, "port", port, sizeof(port));
	if (checked && server->check_port != strtoul(port, NULL, 10))
		return false;
	haproxy_words_value(options, "cookie", cookie, sizeof(cookie));
	return !server->has_limit || strcmp(cookie, server->cookie) == 0;
}

/* Takes over options. */
static void remember_options(
	const struct wish *wish, struct known_server *server, char *options)
{
	free(server->options);
	server->options = options;
	free(server->words);
	server->words = strdup(wish->server->words);
}

/* Whether the server was made with the words that are wanted. */
static bool has_options(const struct wish *wish, struct known_server *server)
{
	CLEANUP(free) char *options = NULL;
	int r;

	if (wish->server->id && wish->server->id != server->id)
		return false;
	if (wish->same_defaults && server->words
		&& strcmp(server->words, wish->server->words) == 0)
		return true;
	r = haproxy_words_options(
		wish->backend->defaults, wish->server->words, &options);
	if (r < 0) {
		plan_fail(wish->plan, r);
		return false;
	}
	if (server->options ? strcmp(options, server->options) == 0
			    : looks_like(server, options)) {
		remember_options(wish, server, take_ptr(&options));
		return true;
	}
	free(take_ptr(&server->words));
	return false;
}

/*
 * Nobody uses a server in maintenance, so that it can make room for another of
 * its name; one that is in use cannot.
 */
static void plan_replace(
	const struct wish *wish, const struct known_server *server)
{
	if (!(server->admin & KNOWN_MAINT) || !plan_is_dynamic(wish->plan)) {
		plan_reload(wish->plan,
			"%s/%s: other options than haproxy has it with",
			wish->backend->name, wish->server->name);
		return;
	}
	plan_tell(wish->plan, item_of(wish, PLAN_DELETE), "del server %s/%s",
		wish->backend->name, wish->server->name);
	plan_new(wish);
}

/* What the checks said of the old address says nothing of the new one. */
static void tell_address(const struct wish *wish,
	const struct known_server *server, const char *host)
{
	plan_tell(wish->plan, item_of(wish, PLAN_TELL),
		"set server %s/%s addr %s port %u", wish->backend->name,
		wish->server->name, host, wish->server->port);
	if (server->check & KNOWN_CHECK_ENABLED)
		plan_tell(wish->plan, item_of(wish, PLAN_TELL),
			"set server %s/%s health up", wish->backend->name,
			wish->server->name);
}

static void plan_address(const struct wish *wish, struct known_server *server)
{
	const struct runtime_server *wanted = wish->server;
	bool is_name_of =
		strcmp(server->fqdn, wanted->host) == 0 && !server->moved;
	const char *host = is_name_of ? server->address : wanted->host;

	if (wanted->port == server->port
		&& (is_name_of || same_address(server->address, wanted->host)))
		return;
	if (family_of(host) == AF_UNSPEC) {
		plan_reload(wish->plan,
			"%s/%s: haproxy takes no name as address",
			wish->backend->name, wanted->name);
		return;
	}
	server->moved = !is_name_of;
	tell_address(wish, server, host);
}

static void plan_numbers(
	const struct wish *wish, const struct known_server *server)
{
	const struct runtime_server *wanted = wish->server;

	if (wanted->weight != server->weight)
		plan_tell(wish->plan, item_of(wish, PLAN_TELL),
			"set server %s/%s weight %u", wish->backend->name,
			wanted->name, wanted->weight);
	if (server->has_limit && wanted->maxconn != server->maxconn)
		plan_tell(wish->plan, item_of(wish, PLAN_TELL),
			"set maxconn server %s/%s %u", wish->backend->name,
			wanted->name, wanted->maxconn);
}

/* The state comes last: it is what brings clients. */
static void plan_change(const struct wish *wish, struct known_server *server)
{
	uint32_t admin = wish->server->drained ? KNOWN_DRAIN : 0;

	plan_address(wish, server);
	plan_numbers(wish, server);
	if ((server->admin & (KNOWN_MAINT | KNOWN_DRAIN)) != admin)
		tell_state(wish);
	if ((server->check & KNOWN_CHECK_CONFIGURED)
		&& !(server->check & KNOWN_CHECK_ENABLED))
		tell_check(wish);
}

static void plan_server(const struct wish *wish, struct known_server *server)
{
	if (!server) {
		plan_new(wish);
		return;
	}
	server->seen = true;
	server->delete_at = 0;
	server->delete_pause = 0;
	if (has_options(wish, server))
		plan_change(wish, server);
	else
		plan_replace(wish, server);
}

/* A server that is in maintenance waits until it can be deleted. */
static void plan_gone(struct plan *plan, struct known_backend *backend,
	struct known_server *server)
{
	struct planned item = {PLAN_TELL, 0, backend, server->name};

	if (server->delete_at == 0) {
		server->delete_at = plan->now + DELETE_FIRST_MS;
		server->gone_at = plan->now;
		server->shut = false;
	}
	if (server->admin & KNOWN_MAINT)
		return;
	plan_tell(plan, item, "set server %s/%s state maint", backend->name,
		server->name);
	if (plan->shutdown)
		plan_tell(plan, item, "shutdown sessions server %s/%s",
			backend->name, server->name);
	item.kind = PLAN_DELETE;
	if (plan_is_dynamic(plan))
		plan_tell(plan, item, "del server %s/%s", backend->name,
			server->name);
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* The defaults now stand in the options of each server. */
static void remember_defaults(struct plan *plan,
	const struct runtime_backend *wanted, struct known_backend *known)
{
	char *copy = NULL;

	if (same_text(wanted->defaults, known->defaults))
		return;
	if (wanted->defaults) {
		copy = strdup(wanted->defaults);
		if (!copy) {
			plan_fail(plan, -ENOMEM);
			return;
		}
	}
	free(known->defaults);
	known->defaults = copy;
}

static void plan_servers(struct plan *plan,
	const struct runtime_backend *wanted, struct known_backend *known)
{
	struct wish wish = {.plan = plan, .backend = wanted, .known = known};
	size_t hint = 0;

	wish.same_defaults = same_text(wanted->defaults, known->defaults);
	for (size_t i = 0; i < known->count; i++)
		known->servers[i].seen = false;
	/* first what is new: a backend must not be empty in between */
	for (size_t i = 0; i < wanted->count; i++) {
		wish.server = &wanted->servers[i];
		plan_server(&wish,
			known_server_find(known, wish.server->name, &hint));
	}
	for (size_t i = 0; i < known->count; i++)
		if (!known->servers[i].seen)
			plan_gone(plan, known, &known->servers[i]);
	remember_defaults(plan, wanted, known);
}

/*
 * Whether "show stat" has to be read. Words are looked at only the first time:
 * a cookie never changes.
 */
static bool wants_limits(const struct runtime_backend *wanted, bool words)
{
	for (size_t i = 0; i < wanted->count; i++)
		if (wanted->servers[i].maxconn
			|| (words
				&& strstr(wanted->servers[i].words, "cookie")))
			return true;
	return false;
}

/* The difference is told, or has been told often enough. */
static void plan_difference(struct plan *plan,
	const struct runtime_backend *wanted, struct known_backend *known)
{
	unsigned reasons = plan->reasons;

	plan->dry = known->told >= PLAN_TRIES;
	plan->differs = false;
	plan_servers(plan, wanted, known);
	known->settled = !plan->differs && plan->reasons == reasons;
	if (plan->differs && plan->dry) {
		plan_reload(plan, "%s: %s", wanted->name,
			known->refusal ? known->refusal
				       : "haproxy is not as it was told");
	} else if (plan->differs) {
		known->told++;
		plan_read(plan, wanted, known);
	}
}

void plan_backend(struct plan *plan, const struct runtime_backend *wanted,
	struct known_backend *known)
{
	if (known->settled)
		return;
	plan->dry = false;
	if (wants_limits(wanted, !known->is_read))
		known->limits = true;
	if (!known->is_read || (known->limits && !known->limits_are_read))
		plan_read(plan, wanted, known);
	else if (known->missing)
		plan_reload(
			plan, "%s: haproxy has no such backend", wanted->name);
	else
		plan_difference(plan, wanted, known);
}
