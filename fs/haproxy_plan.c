/* SPDX-License-Identifier: MIT */
#include "fs/haproxy_plan.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "fetch/clock.h"
#include "fs/haproxy_words.h"

/* The first versions that add servers: for everybody, and as an experiment. */
enum { VERSION_DYNAMIC = 206, VERSION_EXPERIMENT = 204 };
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

void plan_done(struct plan *plan)
{
	haproxy_batch_done(&plan->batch);
	free(plan->items);
	plan->items = NULL;
	plan->count = plan->space = 0;
}

bool plan_is_dynamic(const struct plan *plan)
{
	return plan->version >= VERSION_EXPERIMENT;
}

void plan_begin(struct plan *plan)
{
	haproxy_batch_reset(&plan->batch);
	plan->count = 0;
	plan->now = clock_now_ms();
	haproxy_batch_add(&plan->batch, "show info");
	if (plan_is_dynamic(plan) && plan->version < VERSION_DYNAMIC)
		haproxy_batch_add(&plan->batch, "experimental-mode on");
}

void plan_reload(struct plan *plan, const char *format, ...)
{
	char text[sizeof(plan->why.text)];
	va_list arguments;

	if (plan->needs_reload)
		return;
	plan->needs_reload = true;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	why_set(&plan->why, 1, "%s", text);
}

static void remember_error(struct plan *plan, int error)
{
	if (plan->batch.error == 0)
		plan->batch.error = error;
}

/* One word, and not "#number", which haproxy takes for an id. */
static bool is_name(const char *name)
{
	return *name && *name != '#' && !strpbrk(name, " /")
		&& haproxy_text_is_safe(name);
}

static int reserve(struct plan *plan)
{
	size_t wanted = plan->space ? plan->space * 2 : 64;
	struct planned *grown;

	if (plan->count < plan->space)
		return 0;
	grown = reallocarray(plan->items, wanted, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	plan->items = grown;
	plan->space = wanted;
	return 0;
}

static void put(struct plan *plan, const struct planned *item, const char *line)
{
	int r = reserve(plan);

	if (r < 0) {
		remember_error(plan, r);
		return;
	}
	plan->items[plan->count] = *item;
	plan->items[plan->count].index = plan->batch.count;
	if (haproxy_batch_add(&plan->batch, "%s", line) == 0)
		plan->count++;
}

/* Names that no configuration has either, and text that could become another
 * command, must not spoil the batch. */
static bool can_tell(const struct planned *item, const char *line, int length)
{
	return is_name(item->backend->name)
		&& (!item->server || is_name(item->server)) && length >= 0
		&& length < HAPROXY_COMMAND_MAX - 1
		&& haproxy_text_is_safe(line);
}

/* Puts one command into the batch. false: it cannot be said. */
__attribute__((format(printf, 3, 4))) static bool tell(
	struct plan *plan, struct planned item, const char *format, ...)
{
	char line[HAPROXY_COMMAND_MAX];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (!can_tell(&item, line, length)) {
		plan_reload(plan, "%s/%s: its words cannot be told haproxy",
			item.backend->name, item.server ? item.server : "");
		return false;
	}
	plan->differs = true;
	if (!plan->dry)
		put(plan, &item, line);
	return true;
}

static void plan_read(struct plan *plan, struct known_backend *known)
{
	struct planned state = {PLAN_STATE, 0, known, NULL};
	struct planned stat = {PLAN_STAT, 0, known, NULL};

	tell(plan, state, "show servers state %s", known->name);
	if (known->limits)
		tell(plan, stat, "show stat %s 4 -1", known->name);
}

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
	tell(wish->plan, item_of(wish, PLAN_TELL), "set server %s/%s state %s",
		wish->backend->name, wish->server->name,
		wish->server->drained ? "drain" : "ready");
}

static void tell_check(const struct wish *wish)
{
	tell(wish->plan, item_of(wish, PLAN_TELL), "enable health %s/%s",
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
	if (!tell(wish->plan, item_of(wish, PLAN_ADD),
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
		remember_error(wish->plan, r);
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
static void remember_options(const struct wish *wish,
	struct known_server *server, char *options)
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
		remember_error(wish->plan, r);
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
	tell(wish->plan, item_of(wish, PLAN_DELETE), "del server %s/%s",
		wish->backend->name, wish->server->name);
	plan_new(wish);
}

static void plan_address(const struct wish *wish, struct known_server *server)
{
	const struct runtime_server *wanted = wish->server;
	bool is_name_of = strcmp(server->fqdn, wanted->host) == 0
		&& !server->moved;
	const char *host = is_name_of ? server->address : wanted->host;

	if (wanted->port == server->port
		&& (is_name_of || same_address(server->address, wanted->host)))
		return;
	if (family_of(host) == AF_UNSPEC) {
		plan_reload(wish->plan, "%s/%s: haproxy takes no name as address",
			wish->backend->name, wanted->name);
		return;
	}
	server->moved = !is_name_of;
	tell(wish->plan, item_of(wish, PLAN_TELL),
		"set server %s/%s addr %s port %u", wish->backend->name,
		wanted->name, host, wanted->port);
}

static void plan_numbers(
	const struct wish *wish, const struct known_server *server)
{
	const struct runtime_server *wanted = wish->server;

	if (wanted->weight != server->weight)
		tell(wish->plan, item_of(wish, PLAN_TELL),
			"set server %s/%s weight %u", wish->backend->name,
			wanted->name, wanted->weight);
	if (server->has_limit && wanted->maxconn != server->maxconn)
		tell(wish->plan, item_of(wish, PLAN_TELL),
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

	if (server->delete_at == 0)
		server->delete_at = plan->now + DELETE_FIRST_MS;
	if (server->admin & KNOWN_MAINT)
		return;
	tell(plan, item, "set server %s/%s state maint", backend->name,
		server->name);
	if (plan->shutdown)
		tell(plan, item, "shutdown sessions server %s/%s",
			backend->name, server->name);
	item.kind = PLAN_DELETE;
	if (plan_is_dynamic(plan))
		tell(plan, item, "del server %s/%s", backend->name,
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
			remember_error(plan, -ENOMEM);
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
			|| (words && strstr(wanted->servers[i].words, "cookie")))
			return true;
	return false;
}

void plan_backend(struct plan *plan, const struct runtime_backend *wanted,
	struct known_backend *known)
{
	plan->dry = false;
	if (wants_limits(wanted, !known->is_read))
		known->limits = true;
	if (!known->is_read || (known->limits && !known->limits_are_read)) {
		plan_read(plan, known);
		return;
	}
	if (known->missing) {
		plan_reload(plan, "%s: haproxy has no such backend",
			wanted->name);
		return;
	}
	plan->dry = known->told >= PLAN_TRIES;
	plan->differs = false;
	plan_servers(plan, wanted, known);
	if (plan->differs && plan->dry) {
		plan_reload(plan, "%s: %s", wanted->name,
			known->refusal ? known->refusal
				       : "haproxy is not as it was told");
	} else if (plan->differs) {
		known->told++;
		plan_read(plan, known);
	}
}

void plan_deletes(struct plan *plan, struct known_backend *known)
{
	struct known_server *server;
	struct planned item = {PLAN_DELETE, 0, known, NULL};

	plan->dry = false;
	if (!plan_is_dynamic(plan))
		return;
	for (size_t i = 0; i < known->count && plan->count < PLAN_FULL; i++) {
		server = &known->servers[i];
		if (server->delete_at == 0 || server->delete_at > plan->now)
			continue;
		item.server = server->name;
		tell(plan, item, "del server %s/%s", known->name, server->name);
	}
}
