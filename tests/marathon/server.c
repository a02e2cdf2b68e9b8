/* SPDX-License-Identifier: MIT */
#include "tests/marathon/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

enum { BACKLOG = 1024, STACK_SIZE = 512 * 1024 };

/* "1.2.3.4:80" -> an address to bind. IPv6 in brackets. */
static int address_find(const char *text, struct addrinfo **ret)
{
	struct addrinfo hints = {
		.ai_flags = AI_PASSIVE,
		.ai_socktype = SOCK_STREAM,
	};
	char host[256];
	const char *port = strrchr(text, ':');

	if (!port || (size_t)(port - text) >= sizeof(host))
		return -EINVAL;
	snprintf(host, sizeof(host), "%.*s", (int)(port - text), text);
	if (*host == '[') {
		memmove(host, host + 1, strlen(host));
		host[strcspn(host, "]")] = '\0';
	}
	if (getaddrinfo(host, port + 1, &hints, ret) != 0)
		return -EINVAL;
	return 0;
}

static void address_write(const struct sockaddr_storage *address,
	socklen_t len, char *host, size_t size, unsigned *ret_port)
{
	char port[16] = "0";

	getnameinfo((const struct sockaddr *)address, len, host,
		(socklen_t)size, port, sizeof(port),
		NI_NUMERICHOST | NI_NUMERICSERV);
	*ret_port = (unsigned)strtoul(port, NULL, 10);
}

static int socket_bind(const struct sockaddr *address, socklen_t len)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, address, len) == 0)
		return fd;
	close(fd);
	return -errno;
}

/*
 * A port that the kernel chose is lost when the socket stops listening, as
 * node_refuse() makes it; one that was asked for is kept. So it is asked for.
 */
static int node_bind(struct node *node, const char *text)
{
	struct sockaddr_storage bound = {0};
	struct sockaddr *any = (struct sockaddr *)&bound;
	socklen_t len = sizeof(bound);
	struct addrinfo *address;
	char host[256];
	unsigned port;
	int fd, r = address_find(text, &address);

	if (r < 0)
		return r;
	fd = socket_bind(address->ai_addr, address->ai_addrlen);
	freeaddrinfo(address);
	if (fd < 0)
		return fd;
	r = getsockname(fd, any, &len) < 0 ? -errno : 0;
	close(fd);
	if (r < 0)
		return r;
	node->fd = socket_bind(any, len);
	if (node->fd < 0 || listen(node->fd, BACKLOG) < 0)
		return node->fd < 0 ? node->fd : -errno;
	address_write(&bound, len, host, sizeof(host), &port);
	snprintf(node->name, sizeof(node->name),
		strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, port);
	return 0;
}

int server_listen(struct server *server, const char *address)
{
	struct node *node;
	int r;

	if (server->node_count == NODES_MAX)
		return -E2BIG;
	node = &server->nodes[server->node_count];
	node->server = server;
	node->index = server->node_count;
	r = node_bind(node, address);
	if (r == 0)
		server->node_count++;
	return r;
}

static int server_remember(struct server *server, struct connection *c)
{
	int r = 0;

	pthread_mutex_lock(&server->lock);
	if (server->stopping) {
		r = -ESHUTDOWN;
	} else {
		*connection_next(c) = server->connections;
		server->connections = c;
		server->connection_count++;
		server->log.connections++;
	}
	pthread_mutex_unlock(&server->lock);
	return r;
}

void server_forget(struct connection *connection)
{
	struct server *server = connection_node(connection)->server;
	struct connection **place = &server->connections;

	pthread_mutex_lock(&server->lock);
	while (*place != connection)
		place = connection_next(*place);
	*place = *connection_next(connection);
	connection_free(connection);
	if (--server->connection_count == 0)
		pthread_cond_broadcast(&server->idle);
	pthread_mutex_unlock(&server->lock);
}

static void node_serve(struct node *node, int fd, const char *address)
{
	struct connection *c;
	pthread_attr_t attributes;
	pthread_t thread;

	if (connection_new(node, fd, address, &c) < 0) {
		close(fd);
		return;
	}
	if (server_remember(node->server, c) < 0) {
		connection_free(c);
		return;
	}
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	if (pthread_create(&thread, &attributes, connection_run, c) != 0)
		server_forget(c);
	pthread_attr_destroy(&attributes);
}

/* A refused node's socket does not listen: accept() fails until it does. */
static void node_rest(struct node *node)
{
	struct timespec pause = {0, 2000000};

	(void)node;
	nanosleep(&pause, NULL);
}

static void *node_run(void *argument)
{
	struct node *node = argument;
	struct sockaddr_storage peer = {0};
	char address[256];
	unsigned port;
	socklen_t len;
	bool stopping;
	int fd;

	for (;;) {
		len = sizeof(peer);
		fd = accept4(node->fd, (struct sockaddr *)&peer, &len,
			SOCK_CLOEXEC);
		pthread_mutex_lock(&node->server->lock);
		stopping = node->server->stopping;
		pthread_mutex_unlock(&node->server->lock);
		if (stopping) {
			if (fd >= 0)
				close(fd);
			return NULL;
		}
		if (fd < 0) {
			node_rest(node);
			continue;
		}
		address_write(&peer, len, address, sizeof(address), &port);
		node_serve(node, fd, address);
	}
}

int server_start(struct server *server)
{
	unsigned i;

	for (i = 0; i < server->node_count; i++) {
		if (pthread_create(&server->nodes[i].thread, NULL, node_run,
			    &server->nodes[i]) != 0)
			return -EAGAIN;
		server->nodes[i].started = true;
	}
	return 0;
}

void node_cut(struct server *server, int node, const struct wire *but)
{
	struct connection *c;

	pthread_mutex_lock(&server->lock);
	for (c = server->connections; c; c = *connection_next(c))
		if (connection_wire(c) != but
			&& (node < 0
				|| connection_node(c)->index == (unsigned)node))
			wire_cut(connection_wire(c));
	pthread_mutex_unlock(&server->lock);
}

/* shutdown() takes a socket out of listening but leaves it its port. */
void node_refuse(struct server *server, int node, bool refuse)
{
	unsigned i;

	pthread_mutex_lock(&server->lock);
	for (i = 0; i < server->node_count; i++) {
		if (node >= 0 && i != (unsigned)node)
			continue;
		if (refuse && !server->nodes[i].refusing)
			shutdown(server->nodes[i].fd, SHUT_RD);
		else if (!refuse && server->nodes[i].refusing)
			listen(server->nodes[i].fd, BACKLOG);
		server->nodes[i].refusing = refuse;
	}
	pthread_mutex_unlock(&server->lock);
}

void server_stop(struct server *server)
{
	unsigned i;

	storm_stop(server);
	pthread_mutex_lock(&server->lock);
	server->stopping = true;
	for (i = 0; i < server->node_count; i++)
		shutdown(server->nodes[i].fd, SHUT_RD);
	pthread_mutex_unlock(&server->lock);
	for (i = 0; i < server->node_count; i++) {
		if (server->nodes[i].started)
			pthread_join(server->nodes[i].thread, NULL);
		close(server->nodes[i].fd);
	}
	node_cut(server, -1, NULL);
	pthread_mutex_lock(&server->lock);
	while (server->connection_count)
		pthread_cond_wait(&server->idle, &server->lock);
	pthread_mutex_unlock(&server->lock);
}
