/* SPDX-License-Identifier: MIT */
#ifndef FETCH_REGISTRY_H
#define FETCH_REGISTRY_H

/*
 * What registrator has written below one path, key by key, and the apps that
 * it makes: /<service> has one port for each exposed port and protocol, by
 * number and tcp before udp, and one instance for each container. A container
 * that lacks one of the ports has the port 0 there. A service without keys is
 * none, since nothing tells what ports it has.
 *
 * A key that binding.h does not understand is one bad key: it is counted and
 * makes nothing. Changing one key costs the keys of its service. Plain memory
 * of one thread.
 */

#include "fetch/catalog.h"
#include "fetch/groups.h"

enum { REGISTRY_KEYS_MAX = 500000 };

struct registry;

int registry_new(struct registry **ret);
void registry_free(struct registry *registry);
CLEANUP_DEFINE(struct registry *, registry_free)

/*
 * key is relative to the path. leased: the store forgets the key when nobody
 * renews it. -ENOMEM, -E2BIG over REGISTRY_KEYS_MAX.
 */
int registry_put(struct registry *registry, const char *key, const char *value,
	bool leased);

/*
 * gone (NULL: nobody wants to know) is called for each instance of which what
 * goes is the last key; its texts are borrowed for the call. Stops at, and
 * returns, the first negative answer: that key stays.
 */
typedef int registry_gone(
	void *context, const char *app, const char *instance);
int registry_remove(struct registry *registry, const char *key,
	registry_gone *gone, void *context);
/* The same for all keys in a directory; "": all there are. */
int registry_remove_below(struct registry *registry, const char *directory,
	registry_gone *gone, void *context);

/* Whether the store may have forgotten it by itself: see registry_put(). */
bool registry_is_leased(const struct registry *registry, const char *key);

size_t registry_count(const struct registry *registry);

/* Bad keys, and services of which no app can be made. */
size_t registry_bad(const struct registry *registry);
/* Why one of them is; "" when there is none. */
void registry_bad_why(const struct registry *registry, struct why *ret);

/* Of the apps that are made. */
struct registry_reader {
	struct app_origin origin;    /* what it points to borrowed */
	const struct groups *groups; /* NULL: all; borrowed */
};

/*
 * Calls take for each service that changed since the last call; app NULL: it
 * is gone, or not to be shown. Both are borrowed for the call. Stops at the
 * first negative answer, and says that service again the next time. -ENOMEM.
 */
typedef int registry_take(void *context, const char *id, struct app *app);
int registry_changes(struct registry *registry,
	const struct registry_reader *reader, registry_take *take,
	void *context);

#endif
