/* SPDX-License-Identifier: MIT */
#ifndef FETCH_ETCD_JSON_H
#define FETCH_ETCD_JSON_H

/* What etcd answers in both of its dialects, and what both read alike. */

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "fetch/why.h"

enum etcd_action {
	ETCD_PUT,
	ETCD_DELETED, /* somebody did */
	ETCD_EXPIRED, /* nobody renewed it */
	ETCD_GONE,    /* one of the two */
	ETCD_ASIDE,   /* a directory was made: nothing to us */
	ETCD_UNKNOWN,
};

/* One key as it is, or as it was changed. Texts are borrowed for the call. */
struct etcd_change {
	enum etcd_action action;
	const char *key;   /* from the root: "/services/web/..." */
	const char *value; /* "" where there is none */
	bool directory;    /* it is one, and goes with all that is in it */
	bool leased;       /* it goes by itself unless it is renewed */
	int64_t index;     /* of v2, or the revision of v3 */
};

typedef int etcd_each(
	void *context, const struct etcd_change *change, struct why *why);

/* What a refusal says, of v2 or v3. */
struct etcd_error {
	int64_t code; /* 0: none */
	char text[256];
};

enum {
	ETCD2_KEY_NOT_FOUND = 100,
	ETCD2_INDEX_CLEARED = 401,
	ETCD3_INVALID_ARGUMENT = 3,
};

/* -EBADMSG when it is nothing that etcd writes. */
int etcd_error_read(
	const char *text, size_t length, struct etcd_error *ret);

/* /version: cut to size. -EBADMSG, -ENOMEM. */
int etcd_version_read(
	const char *text, size_t length, char *ret, size_t size);

/*
 * A whole number, also when it is written as a string; *ret stays where there
 * is none. -EBADMSG with words.
 */
int etcd_number(struct json_object *value, const char *name, int64_t *ret,
	struct why *why);

#endif
