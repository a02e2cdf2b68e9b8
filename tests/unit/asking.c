/* SPDX-License-Identifier: MIT */
#include "tests/unit/asking.h"

#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static unsigned asked, hanging; /* by lock */
static bool held;               /* by lock */

static void look_up(bool slow)
{
	pthread_mutex_lock(&lock);
	asked++;
	hanging += slow;
	pthread_cond_broadcast(&moved);
	while (slow && held)
		pthread_cond_wait(&moved, &lock);
	hanging -= slow;
	pthread_cond_broadcast(&moved);
	pthread_mutex_unlock(&lock);
}

/* In place of libc's, for libcurl too. */
int getaddrinfo(const char *node, const char *service,
	const struct addrinfo *hints, struct addrinfo **ret)
{
	size_t length = node ? strlen(node) : 0;
	int (*real)(const char *, const char *, const struct addrinfo *,
		struct addrinfo **);

	if (length > 5 && strcmp(node + length - 5, ".test") == 0) {
		look_up(strcmp(node, "slow.test") == 0);
		if (strcmp(node, "slow.test") == 0
			|| strcmp(node, "unknown.test") == 0)
			return EAI_NONAME;
		node = "127.0.0.1";
	}
	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	return real(node, service, hints, ret);
}

void names_hold(void)
{
	pthread_mutex_lock(&lock);
	held = true;
	pthread_mutex_unlock(&lock);
}

void names_let_go(void)
{
	pthread_mutex_lock(&lock);
	held = false;
	pthread_cond_broadcast(&moved);
	while (hanging > 0)
		pthread_cond_wait(&moved, &lock);
	pthread_mutex_unlock(&lock);
}

void names_wait(unsigned count)
{
	pthread_mutex_lock(&lock);
	while (hanging < count)
		pthread_cond_wait(&moved, &lock);
	pthread_mutex_unlock(&lock);
}

static int asking_head(
	void *context, const struct http_head *head, struct why *why)
{
	struct asking *asking = context;

	(void)why;
	assert(head->status >= 200 && head->status < 300);
	assert(!asking->ended && asking->length == 0);
	asking->heads++;
	return 0;
}

int asking_body(void *context, const char *bytes, size_t length,
	struct why *why)
{
	struct asking *asking = context;

	(void)why;
	assert(!asking->ended);
	asking->pieces++;
	asking->body = realloc(asking->body, asking->length + length + 1);
	assert(asking->body);
	memcpy(asking->body + asking->length, bytes, length);
	asking->length += length;
	asking->body[asking->length] = '\0';
	return 0;
}

static void asking_ended(void *context, int error,
	const struct http_head *head, const struct why *why)
{
	struct asking *asking = context;

	assert(!asking->ended);
	asking->ended = true;
	asking->request = NULL;
	asking->error = error;
	assert(error <= 0 && (error == 0 || why->text[0]));
	if (error < 0)
		asking->why = *why;
	if (!head)
		return;
	asking->status = head->status;
	snprintf(asking->leader, sizeof(asking->leader), "%s", head->leader);
	snprintf(asking->type, sizeof(asking->type), "%s", head->content_type);
	snprintf(asking->place, sizeof(asking->place), "%s", head->url);
}

struct http *http_plain(void)
{
	struct why why = {""};
	struct http *http;

	assert(http_new(&http, &why) == 0);
	return http;
}

void ask(struct http *http, struct asking *asking, uint16_t port,
	const char *format, ...)
{
	struct http_call *call = &asking->call;
	char path[128];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(path, sizeof(path), format, arguments);
	va_end(arguments);
	if (strstr(path, "://"))
		snprintf(asking->url, sizeof(asking->url), "%s", path);
	else
		snprintf(asking->url, sizeof(asking->url),
			"http://127.0.0.1:%u%s", port, path);
	call->url = asking->url;
	call->context = call->context ? call->context : asking;
	call->head = call->head ? call->head : asking_head;
	call->body = call->body ? call->body : asking_body;
	call->done = call->done ? call->done : asking_ended;
	assert(http_begin(http, call, &asking->request, &asking->why) == 0);
	/* It has a copy. */
	memset(asking->url, 'x', sizeof(asking->url) - 1);
}

int ask_wait(struct http *http, struct asking *asking)
{
	while (!asking->ended)
		assert(http_turn(http, NULL, 0, -1) == 0);
	return asking->error;
}

void asking_done(struct asking *asking)
{
	http_cancel(asking->request);
	free(asking->body);
	*asking = (struct asking){.error = 0};
}

bool names_are_ours(void)
{
	struct http *http = http_plain();
	struct asking asking = {.length = 0};
	bool ours;

	ask(http, &asking, 0, "http://unknown.test:1/");
	assert(ask_wait(http, &asking) == -EHOSTUNREACH);
	asking_done(&asking);
	http_free(http);
	pthread_mutex_lock(&lock);
	ours = asked > 0;
	pthread_mutex_unlock(&lock);
	if (!ours)
		printf("  in part skipped: libcurl has a resolver\n");
	return ours;
}
