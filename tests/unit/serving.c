/* SPDX-License-Identifier: MIT */
#include "tests/unit/serving.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static bool read_request(struct served *served)
{
	size_t length = 0;
	ssize_t n;

	while (length < sizeof(served->request) - 1) {
		n = recv(served->fd, served->request + length, 1, 0);
		if (n <= 0)
			return false;
		served->request[++length] = '\0';
		if (length > 3
			&& memcmp(served->request + length - 4, "\r\n\r\n", 4)
				== 0)
			return true;
	}
	return false;
}

static void *serve_connection(void *argument)
{
	struct served *served = argument;
	struct serving *serving = served->serving;

	while (read_request(served)) {
		pthread_mutex_lock(&serving->lock);
		serving->requests++;
		pthread_mutex_unlock(&serving->lock);
		if (!serving->serve(served))
			break;
	}
	pthread_mutex_lock(&serving->lock);
	close(served->fd);
	served->fd = -1;
	pthread_mutex_unlock(&serving->lock);
	return NULL;
}

static void *serve_all(void *argument)
{
	struct serving *serving = argument;
	int fd;

	while ((fd = accept(serving->listener, NULL, NULL)) >= 0) {
		struct served *served;

		pthread_mutex_lock(&serving->lock);
		assert(serving->connections < SERVING_MAX);
		served = &serving->served[serving->connections++];
		served->serving = serving;
		served->fd = fd;
		pthread_mutex_unlock(&serving->lock);
		assert(pthread_create(&served->thread, NULL, serve_connection,
			       served)
			== 0);
	}
	return NULL;
}

static bool bind_loopback(struct serving *serving, int family)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr *address = family == AF_INET
		? (struct sockaddr *)&v4
		: (struct sockaddr *)&v6;
	socklen_t size = family == AF_INET ? sizeof(v4) : sizeof(v6);

	if (bind(serving->listener, address, size) < 0
		|| listen(serving->listener, SERVING_MAX) < 0
		|| getsockname(serving->listener, address, &size) < 0)
		return false;
	serving->port = ntohs(family == AF_INET ? v4.sin_port : v6.sin6_port);
	return true;
}

bool serving_start(struct serving *serving, int family,
	bool (*serve)(struct served *served))
{
	memset(serving, 0, sizeof(*serving));
	serving->serve = serve;
	serving->listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (serving->listener < 0)
		return false;
	if (!bind_loopback(serving, family)) {
		close(serving->listener);
		return false;
	}
	pthread_mutex_init(&serving->lock, NULL);
	assert(pthread_create(&serving->thread, NULL, serve_all, serving)
		== 0);
	return true;
}

void serving_stop(struct serving *serving)
{
	shutdown(serving->listener, SHUT_RDWR);
	pthread_join(serving->thread, NULL);
	close(serving->listener);
	pthread_mutex_lock(&serving->lock);
	for (unsigned i = 0; i < serving->connections; i++)
		if (serving->served[i].fd >= 0)
			shutdown(serving->served[i].fd, SHUT_RDWR);
	pthread_mutex_unlock(&serving->lock);
	for (unsigned i = 0; i < serving->connections; i++)
		pthread_join(serving->served[i].thread, NULL);
	pthread_mutex_destroy(&serving->lock);
}

static unsigned locked(struct serving *serving, const unsigned *count)
{
	unsigned value;

	pthread_mutex_lock(&serving->lock);
	value = *count;
	pthread_mutex_unlock(&serving->lock);
	return value;
}

unsigned serving_requests(struct serving *serving)
{
	return locked(serving, &serving->requests);
}

unsigned serving_connections(struct serving *serving)
{
	return locked(serving, &serving->connections);
}

bool served_send(struct served *served, const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length > 0) {
		ssize_t n = send(served->fd, at, length, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		at += n;
		length -= (size_t)n;
	}
	return true;
}

bool served_say(struct served *served, const char *format, ...)
{
	char text[4096];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	assert(length >= 0 && length < (int)sizeof(text));
	return served_send(served, text, (size_t)length);
}

bool served_answer(struct served *served, const char *status, const char *body)
{
	return served_say(served,
		"HTTP/1.1 %s\r\nContent-Length: %zu\r\n"
		"Content-Type: text/plain\r\n\r\n%s",
		status, strlen(body), body);
}

void served_wait(struct served *served)
{
	char byte;

	while (recv(served->fd, &byte, 1, 0) > 0)
		;
}

bool served_has(const struct served *served, const char *line)
{
	const char *at = strstr(served->request, line);

	return at && at[strlen(line)] == '\r' && at[-1] == '\n';
}

bool served_is(const struct served *served, const char *path)
{
	size_t length = strlen(path);

	return strncmp(served->request, "GET ", 4) == 0
		&& strncmp(served->request + 4, path, length) == 0
		&& served->request[4 + length] == ' ';
}
