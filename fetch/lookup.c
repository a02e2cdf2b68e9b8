/* SPDX-License-Identifier: MIT */
#include "fetch/lookup.h"

#include <ares.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/stat.h>

#define RESOLV_CONF "/etc/resolv.conf"
#define NEVER INT64_MAX

struct lookup {
	const char *resolv_conf;
	ares_channel channel; /* NULL: none yet */
	struct stat seen;     /* of resolv.conf, when it was read */
	struct pollfd sockets[LOOKUP_SOCKETS];
	size_t socket_count;
};

/* One name. */
struct query {
	struct lookup *lookup;
	void (*done)(void *context, const struct lookup_answer *answer);
	void *context;
	int family;
	char name[];
};

int lookup_new(const char *resolv_conf, struct lookup **ret)
{
	struct lookup *lookup;

	lookup = calloc(1, sizeof(*lookup));
	if (!lookup)
		return -ENOMEM;
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS) {
		free(lookup);
		return -ENOMEM;
	}
	lookup->resolv_conf = resolv_conf ? resolv_conf : RESOLV_CONF;
	*ret = lookup;
	return 0;
}

static void close_channel(struct lookup *lookup)
{
	ares_channel channel = take_ptr(&lookup->channel);

	if (channel)
		ares_destroy(channel);
	lookup->socket_count = 0;
}

void lookup_free(struct lookup *lookup)
{
	if (!lookup)
		return;
	close_channel(lookup);
	ares_library_cleanup();
	free(lookup);
}

/* One more than there is room for is not polled: its answer comes too late. */
static void on_socket(void *context, ares_socket_t fd, int reads, int writes)
{
	struct lookup *lookup = context;
	size_t at = 0;

	while (at < lookup->socket_count && lookup->sockets[at].fd != fd)
		at++;
	if (at == LOOKUP_SOCKETS)
		return;
	if (!reads && !writes) {
		if (at < lookup->socket_count)
			lookup->sockets[at] =
				lookup->sockets[--lookup->socket_count];
		return;
	}
	if (at == lookup->socket_count)
		lookup->socket_count++;
	lookup->sockets[at] = (struct pollfd){.fd = fd,
		.events = (short)((reads ? POLLIN : 0)
			| (writes ? POLLOUT : 0))};
}

static void look_at_file(const struct lookup *lookup, struct stat *ret)
{
	if (stat(lookup->resolv_conf, ret) < 0)
		*ret = (struct stat){.st_size = -1};
}

/* ARES_SUCCESS, or a status of c-ares. */
static int open_channel(struct lookup *lookup)
{
	/* c-ares copies the path, and changes nothing. */
	struct ares_options options = {
		.timeout = LOOKUP_TRY_MS,
		.tries = LOOKUP_TRIES,
		.sock_state_cb = on_socket,
		.sock_state_cb_data = lookup,
		.resolvconf_path = (char *)(uintptr_t)lookup->resolv_conf,
	};

	if (lookup->channel)
		return ARES_SUCCESS;
	look_at_file(lookup, &lookup->seen);
	return ares_init_options(&lookup->channel, &options,
		ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB
			| ARES_OPT_RESOLVCONF);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino
		&& a->st_size == b->st_size
		&& a->st_mtim.tv_sec == b->st_mtim.tv_sec
		&& a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

bool lookup_renew(struct lookup *lookup)
{
	struct stat seen;

	if (!lookup->channel)
		return false;
	look_at_file(lookup, &seen);
	if (same_file(&seen, &lookup->seen))
		return false;
	close_channel(lookup);
	return true;
}

/* Takes over the query. */
static void finish(struct query *query, const struct lookup_answer *answer)
{
	query->done(query->context, answer);
	free(query);
}

static void finish_badly(struct query *query, int status)
{
	struct lookup_answer answer = {
		.error = status == ARES_EDESTRUCTION ? -ECANCELED
						     : -EHOSTUNREACH,
		.words = ares_strerror(status),
	};

	finish(query, &answer);
}

static void add_address(struct lookup_answer *answer,
	const struct ares_addrinfo_node *node)
{
	const void *bytes;

	if (node->ai_family == AF_INET6)
		bytes = &((const struct sockaddr_in6 *)(const void *)
				node->ai_addr)->sin6_addr;
	else
		bytes = &((const struct sockaddr_in *)(const void *)
				node->ai_addr)->sin_addr;
	if (answer->count == LOOKUP_ADDRESSES
		|| !inet_ntop(node->ai_family, bytes,
			answer->addresses[answer->count], INET6_ADDRSTRLEN))
		return;
	/* The whole answer is as old as its oldest part. */
	if (answer->count == 0 || node->ai_ttl < answer->ttl)
		answer->ttl = node->ai_ttl;
	answer->count++;
}

static void ask(struct query *query);

static void on_answer(void *context, int status, int timeouts,
	struct ares_addrinfo *found)
{
	struct lookup_answer answer = {.error = 0};
	const struct ares_addrinfo_node *node;
	struct query *query = context;

	(void)timeouts;
	for (node = found ? found->nodes : NULL; node; node = node->ai_next)
		if (node->ai_family == query->family)
			add_address(&answer, node);
	if (found)
		ares_freeaddrinfo(found);
	if (status == ARES_SUCCESS && answer.count == 0)
		status = ARES_ENODATA;
	if (status == ARES_SUCCESS) {
		finish(query, &answer);
	} else if (query->family == AF_INET
		&& (status == ARES_ENODATA || status == ARES_ENOTFOUND)) {
		query->family = AF_INET6;
		ask(query);
	} else {
		finish_badly(query, status);
	}
}

/*
 * One family after the other: nearly all agents have IPv4, and a server that is
 * silent about IPv6 would hold up what is known already. Unsorted, since to
 * sort is to open a socket for each address.
 */
static void ask(struct query *query)
{
	struct ares_addrinfo_hints hints = {
		.ai_flags = ARES_AI_NOSORT,
		.ai_family = query->family,
	};
	int status = open_channel(query->lookup);

	if (status != ARES_SUCCESS)
		finish_badly(query, status);
	else
		ares_getaddrinfo(query->lookup->channel, query->name, NULL,
			&hints, on_answer, query);
}

void lookup_begin(struct lookup *lookup, const char *name,
	void (*done)(void *context, const struct lookup_answer *answer),
	void *context)
{
	static const struct lookup_answer no_memory = {
		.error = -ENOMEM, .words = "out of memory"};
	size_t size = strlen(name) + 1;
	struct query *query;

	query = malloc(sizeof(*query) + size);
	if (!query) {
		done(context, &no_memory);
		return;
	}
	*query = (struct query){lookup, done, context, AF_INET};
	memcpy(query->name, name, size);
	ask(query);
}

/*
 * All sockets, whether poll() named them or not: it may name one for an error
 * that only a read takes away.
 */
void lookup_turn(struct lookup *lookup)
{
	struct pollfd sockets[LOOKUP_SOCKETS];
	size_t count = lookup->socket_count;

	if (!lookup->channel)
		return;
	memcpy(sockets, lookup->sockets, count * sizeof(*sockets));
	for (size_t i = 0; i < count; i++)
		ares_process_fd(lookup->channel, sockets[i].fd,
			sockets[i].events & POLLOUT ? sockets[i].fd
						    : ARES_SOCKET_BAD);
	if (count == 0)
		ares_process_fd(
			lookup->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

int64_t lookup_deadline(struct lookup *lookup, int64_t now)
{
	struct timeval left;

	if (!lookup->channel || !ares_timeout(lookup->channel, NULL, &left))
		return NEVER;
	/* Rounded up, or the last millisecond would be spent in turns. */
	return now + (int64_t)left.tv_sec * 1000 + left.tv_usec / 1000 + 1;
}

size_t lookup_polls(
	const struct lookup *lookup, struct pollfd *ret, size_t max)
{
	size_t count = lookup->socket_count < max ? lookup->socket_count : max;

	memcpy(ret, lookup->sockets, count * sizeof(*ret));
	return count;
}
