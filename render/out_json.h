/* SPDX-License-Identifier: MIT */
#ifndef RENDER_OUT_JSON_H
#define RENDER_OUT_JSON_H

/*
 * JSON that is written for others. json-c gives up silently without memory: one
 * failure spoils the whole, and out_done() says so. An object, array or value
 * may be NULL in every call: that is such a failure. What is put into another
 * is taken over.
 */

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct out_json {
	bool failed;
};

struct json_object *out_object(struct out_json *w);
struct json_object *out_array(struct out_json *w);

void out_put(struct out_json *w, struct json_object *object, const char *key,
	struct json_object *value);
void out_append(struct out_json *w, struct json_object *array,
	struct json_object *value);

void out_number(struct out_json *w, struct json_object *object,
	const char *key, int64_t n);
void out_bool(struct out_json *w, struct json_object *object, const char *key,
	bool b);
/* It may hold any byte, and JSON is UTF-8. NULL is "". */
void out_text(struct out_json *w, struct json_object *object, const char *key,
	const char *text);
/* The same, but NULL is null. */
void out_text_or_null(struct out_json *w, struct json_object *object,
	const char *key, const char *text);

/*
 * Takes over the whole; *ret is its text (allocated), with a line break at the
 * end. -ENOMEM.
 */
int out_done(struct out_json *w, struct json_object *whole, char **ret,
	size_t *ret_length);

#endif
