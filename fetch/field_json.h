/* SPDX-License-Identifier: MIT */
#ifndef FETCH_FIELD_JSON_H
#define FETCH_FIELD_JSON_H

/*
 * Members of JSON objects, taken with their types checked. Missing and null
 * are the same: a NULL value. What is of another type than asked is -EBADMSG
 * with words. All text is borrowed: valid while the object lives.
 */

#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>

#include "fetch/cleanup.h"
#include "fetch/why.h"

CLEANUP_DEFINE(struct json_object *, json_object_put)
CLEANUP_DEFINE(struct json_tokener *, json_tokener_free)

/*
 * Parses exactly one complete value. -EPROTO with words when it is no JSON or
 * has something behind it, -ENOMEM. *ret is a new reference.
 */
int json_parse(struct json_tokener *tokener, const char *text, size_t length,
	struct json_object **ret, struct why *why);

/*
 * The same of one object, nested up to depth: -EBADMSG with words where it is
 * none.
 */
int json_parse_object(const char *text, size_t length, int depth,
	struct json_object **ret, struct why *why);

/* How many bytes the last json_parse() came, also when it failed. */
size_t json_parsed(struct json_tokener *tokener);

/*
 * values[i] becomes the member names[i] of object (NULL when object is, too),
 * in one walk.
 */
void fields_pick(struct json_object *object, const char *const *names,
	struct json_object **values, size_t count);

/* A string without NUL inside; NULL when there is none, or it is empty. */
int field_text(struct json_object *value, const char *name, const char **ret,
	struct why *why);

/* A whole number of min to max; *ret stays when there is none. */
struct field_range {
	int64_t min, max;
};
int field_number(struct json_object *value, const char *name,
	struct field_range range, int64_t *ret, struct why *why);

/* Whether value is of this type; NULL is of every type. */
int field_is(struct json_object *value, const char *name, enum json_type type,
	struct why *why);

/* Of an array or NULL. */
size_t field_count(struct json_object *value);

#endif
