/* SPDX-License-Identifier: MIT */
#include "tests/marathon/callback.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>

enum {
	QUEUE_MAX = 100000,
	UNORDERED = 4,
	SLOW_SECONDS = 10,
	FAILURES_MAX = 16,
};

/* The hub's: under its lock. */
static void callback_event(void *context, struct event *event)
{
	struct callbacks *callbacks = context;
	struct event **queue;

	pthread_mutex_lock(&callbacks->lock);
	queue = callbacks->count && callbacks->queue_count < QUEUE_MAX
			? reallocarray(callbacks->queue,
				  callbacks->queue_count + 1, sizeof(*queue))
			: NULL;
	if (queue) {
		callbacks->queue = queue;
		queue[callbacks->queue_count++] = event_ref(event);
		pthread_cond_signal(&callbacks->work);
	}
	pthread_mutex_unlock(&callbacks->lock);
}

static size_t discard(char *data, size_t size, size_t count, void *context)
{
	(void)data;
	(void)context;
	return size * count;
}

static bool deliver(CURL *curl, const char *url, const struct event *event)
{
	const struct text *json = event->heavy.len ? &event->heavy
						   : &event->json;
	long status = 0;

	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, json->data);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)json->len);
	if (curl_easy_perform(curl) != CURLE_OK)
		return false;
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	return status >= 200 && status < 300;
}

static size_t url_find(const struct callbacks *callbacks, const char *url)
{
	size_t i = 0;

	while (i < callbacks->count
		&& strcmp(callbacks->items[i].url, url) != 0)
		i++;
	return i;
}

/* What became of a call; the URL may have gone meanwhile. */
static void note(struct callbacks *callbacks, const char *url, bool good)
{
	size_t i = url ? url_find(callbacks, url) : callbacks->count;
	struct callback *callback = &callbacks->items[i];

	callbacks->delivered += good;
	callbacks->failed += !good;
	if (i == callbacks->count)
		return;
	callback->not_before_ns = 0;
	callback->failures = good ? 0 : callback->failures + 1;
	if (good || !callbacks->backs_off)
		return;
	if (callback->failures > FAILURES_MAX)
		callback->failures = FAILURES_MAX;
	callback->not_before_ns =
		now_ns() + (INT64_C(1000000000) << callback->failures);
}

/* One event to all who asked; count may change meanwhile. */
static void deliver_all(
	struct callbacks *callbacks, CURL *curl, const struct event *event)
{
	CLEANUP(free) char *url = NULL;
	bool good;
	size_t i;

	for (i = 0; i < callbacks->count; i++) {
		if (now_ns() < callbacks->items[i].not_before_ns) {
			callbacks->skipped++;
			continue;
		}
		url = strdup(callbacks->items[i].url);
		pthread_mutex_unlock(&callbacks->lock);
		good = url && deliver(curl, url, event);
		pthread_mutex_lock(&callbacks->lock);
		note(callbacks, url, good);
		free(take_ptr(&url));
	}
}

/* One of the first few. */
static struct event *queue_take(struct callbacks *callbacks)
{
	size_t few = callbacks->queue_count < UNORDERED
		? callbacks->queue_count
		: UNORDERED;
	size_t at = random_next() % few;
	struct event *event = callbacks->queue[at];

	callbacks->queue_count--;
	memmove(callbacks->queue + at, callbacks->queue + at + 1,
		(callbacks->queue_count - at) * sizeof(*callbacks->queue));
	return event;
}

static void *callbacks_run(void *context)
{
	struct callbacks *callbacks = context;
	struct curl_slist *headers =
		curl_slist_append(NULL, "Content-Type: application/json");
	CURL *curl = curl_easy_init();
	struct event *event;

	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, discard);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)SLOW_SECONDS);
	pthread_mutex_lock(&callbacks->lock);
	while (!callbacks->stop) {
		if (!callbacks->queue_count) {
			pthread_cond_wait(&callbacks->work, &callbacks->lock);
			continue;
		}
		event = queue_take(callbacks);
		deliver_all(callbacks, curl, event);
		event_unref(event);
	}
	pthread_mutex_unlock(&callbacks->lock);
	curl_easy_cleanup(curl);
	curl_slist_free_all(headers);
	return NULL;
}

int callbacks_start(struct callbacks *callbacks, struct hub *hub)
{
	pthread_mutex_init(&callbacks->lock, NULL);
	pthread_cond_init(&callbacks->work, NULL);
	if (!callbacks->on)
		return 0;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		return -ENOMEM;
	if (pthread_create(&callbacks->thread, NULL, callbacks_run,
		    callbacks) != 0)
		return -EAGAIN;
	callbacks->started = true;
	hub->callback_context = callbacks;
	hub->callback = callback_event;
	return 0;
}

void callbacks_stop(struct callbacks *callbacks, struct hub *hub)
{
	size_t i;

	pthread_mutex_lock(&hub->lock);
	hub->callback = NULL;
	pthread_mutex_unlock(&hub->lock);
	pthread_mutex_lock(&callbacks->lock);
	callbacks->stop = true;
	pthread_cond_signal(&callbacks->work);
	pthread_mutex_unlock(&callbacks->lock);
	if (callbacks->started)
		pthread_join(callbacks->thread, NULL);
	for (i = 0; i < callbacks->queue_count; i++)
		event_unref(callbacks->queue[i]);
	free(callbacks->queue);
	callbacks_forget(callbacks);
}

void callbacks_forget(struct callbacks *callbacks)
{
	pthread_mutex_lock(&callbacks->lock);
	while (callbacks->count)
		free(callbacks->items[--callbacks->count].url);
	pthread_mutex_unlock(&callbacks->lock);
}

int callbacks_add(
	struct callbacks *callbacks, const char *url, bool backs_off)
{
	int r = 0;

	pthread_mutex_lock(&callbacks->lock);
	callbacks->backs_off = backs_off;
	if (url_find(callbacks, url) == callbacks->count) {
		if (callbacks->count == CALLBACKS_MAX)
			r = -E2BIG;
		else
			callbacks->items[callbacks->count++] =
				(struct callback){.url = strdup(url)};
	}
	pthread_mutex_unlock(&callbacks->lock);
	return r;
}

void callbacks_remove(struct callbacks *callbacks, const char *url)
{
	size_t i;

	pthread_mutex_lock(&callbacks->lock);
	i = url_find(callbacks, url);
	if (i < callbacks->count) {
		free(callbacks->items[i].url);
		callbacks->items[i] = callbacks->items[--callbacks->count];
	}
	pthread_mutex_unlock(&callbacks->lock);
}

void callbacks_write(struct callbacks *callbacks, struct text *text)
{
	size_t i;

	pthread_mutex_lock(&callbacks->lock);
	text_put(text, "{\"callbackUrls\":[");
	for (i = 0; i < callbacks->count; i++) {
		if (i)
			text_put(text, ",");
		text_quote(text, callbacks->items[i].url);
	}
	text_put(text, "]}");
	pthread_mutex_unlock(&callbacks->lock);
}
