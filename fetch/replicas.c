/* SPDX-License-Identifier: MIT */
#include "fetch/replicas.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

struct replicas {
	char *text; /* what the urls point into */
	const char *urls[REPLICAS_MAX];
	unsigned spared[REPLICAS_MAX]; /* how often it is still passed over */
	size_t count, now;
};

int replicas_new(const char *urls, struct replicas **ret)
{
	CLEANUP(replicas_free) struct replicas *replicas = NULL;
	char *save = NULL;

	replicas = calloc(1, sizeof(*replicas));
	if (!replicas)
		return -ENOMEM;
	replicas->text = strdup(urls);
	if (!replicas->text)
		return -ENOMEM;
	for (char *url = strtok_r(replicas->text, ",", &save); url;
		url = strtok_r(NULL, ",", &save)) {
		if (replicas->count == REPLICAS_MAX)
			return -E2BIG;
		replicas->urls[replicas->count++] = url;
	}
	if (replicas->count == 0)
		return -EINVAL;
	*ret = take_ptr(&replicas);
	return 0;
}

void replicas_free(struct replicas *replicas)
{
	if (!replicas)
		return;
	free(replicas->text);
	free(replicas);
}

size_t replicas_count(const struct replicas *replicas)
{
	return replicas->count;
}

const char *replicas_url(const struct replicas *replicas)
{
	return replicas->urls[replicas->now];
}

const char *replicas_url_at(const struct replicas *replicas, size_t index)
{
	return replicas->urls[index % replicas->count];
}

void replicas_rotate(struct replicas *replicas)
{
	replicas->now = (replicas->now + 1) % replicas->count;
}

void replicas_failed(struct replicas *replicas)
{
	replicas->spared[replicas->now] = REPLICAS_SPARED;
	replicas_rotate(replicas);
}

/* Host and port of a URL: where it begins, and how long the host and all is. */
struct place {
	const char *begin;
	size_t host, whole;
};

static struct place place_of(const char *url)
{
	const char *begin = strstr(url, "://");
	struct place place;

	place.begin = begin ? begin + 3 : url;
	place.whole = strcspn(place.begin, "/?");
	/* The colons of an IPv6 address stand in brackets. */
	place.host = place.begin[0] == '[' ? strcspn(place.begin, "]") + 1
					   : strcspn(place.begin, ":/?");
	if (place.host > place.whole)
		place.host = place.whole;
	return place;
}

static bool same_place(struct place a, struct place b)
{
	return a.whole == b.whole
		&& strncasecmp(a.begin, b.begin, a.whole) == 0;
}

static bool same_host(struct place a, struct place b)
{
	return a.host == b.host && strncasecmp(a.begin, b.begin, a.host) == 0;
}

/* Which of them that is; count: none. */
static size_t find(const struct replicas *replicas, struct place wanted)
{
	size_t on_host = 0, found = replicas->count;

	for (size_t i = 0; i < replicas->count; i++) {
		struct place place = place_of(replicas->urls[i]);

		if (same_place(place, wanted))
			return i;
		if (same_host(place, wanted)) {
			on_host++;
			found = i;
		}
	}
	return on_host == 1 ? found : replicas->count;
}

bool replicas_prefer(struct replicas *replicas, const char *leader)
{
	struct place wanted = place_of(leader);
	size_t found = wanted.whole ? find(replicas, wanted) : replicas->count;

	if (found == replicas->count || found == replicas->now)
		return false;
	if (replicas->spared[found]) {
		replicas->spared[found]--;
		return false;
	}
	replicas->now = found;
	return true;
}
