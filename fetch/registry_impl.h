/* SPDX-License-Identifier: MIT */
#ifndef FETCH_REGISTRY_IMPL_H
#define FETCH_REGISTRY_IMPL_H

/* What registry.c and registry_app.c share; for nobody else. */

#include "fetch/binding.h"
#include "fetch/registry.h"

/* One key. */
struct record {
	char *key, *value;
	struct service *service;
	struct binding binding; /* when it is not bad */
	bool leased, bad;
	struct record *before, *next; /* of the service */
};

struct service {
	char *id;
	struct record *first, *last;
	size_t count;
	bool changed; /* since its app was made */
	bool bad;     /* no app can be made of it */
	struct service *next_changed;
};

static inline const char *record_instance(const struct record *record)
{
	return record->key + record->binding.instance_at;
}

/*
 * *ret is a new reference; NULL when there are no keys, or --groups leaves it
 * out. -ENOMEM, or words why no app can be made.
 */
int service_app(const struct service *service,
	const struct registry_reader *reader, struct app **ret,
	struct why *why);

#endif
