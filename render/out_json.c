/* SPDX-License-Identifier: MIT */
#include "render/out_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/cleanup.h"
#include "render/utf8.h"

CLEANUP_DEFINE(struct json_object *, json_object_put)

static struct json_object *keep(struct out_json *w, struct json_object *object)
{
	w->failed |= !object;
	return object;
}

struct json_object *out_object(struct out_json *w)
{
	return keep(w, json_object_new_object());
}

struct json_object *out_array(struct out_json *w)
{
	return keep(w, json_object_new_array());
}

void out_put(struct out_json *w, struct json_object *object, const char *key,
	struct json_object *value)
{
	if (value && object && json_object_object_add(object, key, value) == 0)
		return;
	w->failed = true;
	json_object_put(value);
}

void out_append(struct out_json *w, struct json_object *array,
	struct json_object *value)
{
	if (value && array && json_object_array_add(array, value) == 0)
		return;
	w->failed = true;
	json_object_put(value);
}

void out_number(struct out_json *w, struct json_object *object,
	const char *key, int64_t n)
{
	out_put(w, object, key, json_object_new_int64(n));
}

void out_bool(struct out_json *w, struct json_object *object, const char *key,
	bool b)
{
	out_put(w, object, key, json_object_new_boolean(b));
}

void out_text(struct out_json *w, struct json_object *object, const char *key,
	const char *text)
{
	CLEANUP(free) char *clean = utf8_clean(text ? text : "");

	out_put(w, object, key, clean ? json_object_new_string(clean) : NULL);
}

void out_text_or_null(struct out_json *w, struct json_object *object,
	const char *key, const char *text)
{
	if (text)
		out_text(w, object, key, text);
	else if (!object || json_object_object_add(object, key, NULL) != 0)
		w->failed = true;
}

int out_done(struct out_json *w, struct json_object *whole, char **ret,
	size_t *ret_length)
{
	CLEANUP(json_object_put) struct json_object *object = whole;
	const char *json = NULL;
	size_t length = 0;
	char *text;

	if (!w->failed)
		json = json_object_to_json_string_length(object,
			JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_PRETTY_TAB
				| JSON_C_TO_STRING_NOSLASHESCAPE,
			&length);
	text = json ? malloc(length + 2) : NULL;
	if (!text)
		return -ENOMEM;
	memcpy(text, json, length);
	memcpy(text + length, "\n", 2);
	*ret = text;
	*ret_length = length + 1;
	return 0;
}
