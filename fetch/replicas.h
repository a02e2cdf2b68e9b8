/* SPDX-License-Identifier: MIT */
#ifndef FETCH_REPLICAS_H
#define FETCH_REPLICAS_H

/*
 * The Marathons of one cluster, as they were configured, and which of them is
 * asked now: the leader when it is one of them, else one that last answered.
 */

#include <stdbool.h>
#include <stddef.h>

#include "fetch/cleanup.h"

enum { REPLICAS_MAX = 64, REPLICAS_SPARED = 3 };

struct replicas;

/* urls: separated by commas, without a slash at the end. -ENOMEM, -E2BIG. */
int replicas_new(const char *urls, struct replicas **ret);
void replicas_free(struct replicas *replicas);
CLEANUP_DEFINE(struct replicas *, replicas_free)

size_t replicas_count(const struct replicas *replicas);

/* The URL to be asked now. Borrowed: valid while replicas lives. */
const char *replicas_url(const struct replicas *replicas);

/* Any of them; index counts on from the last to the first. Likewise. */
const char *replicas_url_at(const struct replicas *replicas, size_t index);

/* The next one. */
void replicas_rotate(struct replicas *replicas);

/*
 * It failed: the next one. It is not preferred for a while, though it leads: the
 * others may come to it where we cannot, and who prefers it anew at each answer
 * of theirs fails every other time.
 */
void replicas_failed(struct replicas *replicas);

/*
 * leader is what X-Marathon-Leader says ("http://host:8080"). True when
 * another node is now asked: it is configured, by host and port, or as the
 * only one on that host (the ports of TLS differ). One that failed is passed
 * over REPLICAS_SPARED times.
 */
bool replicas_prefer(struct replicas *replicas, const char *leader);

#endif
