/* SPDX-License-Identifier: MIT */
#include "fetch/field_json.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

/* It came with 0.15; before, everybody read the field. */
#if JSON_C_VERSION_NUM < ((0 << 16) | (15 << 8))
#define json_tokener_get_parse_end(tokener) ((size_t)(tokener)->char_offset)
#endif

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

int json_parse(struct json_tokener *tokener, const char *text, size_t length,
	struct json_object **ret, struct why *why)
{
	CLEANUP(json_object_put) struct json_object *object = NULL;
	enum json_tokener_error error;
	size_t used;

	if (length > INT_MAX)
		return why_set(why, -EPROTO, "JSON of %zu bytes", length);
	json_tokener_reset(tokener);
	object = json_tokener_parse_ex(tokener, text, (int)length);
	error = json_tokener_get_error(tokener);
	if (error == json_tokener_continue)
		return why_set(why, -EPROTO, "JSON that ends too early");
	if (error != json_tokener_success)
		return why_set(why, -EPROTO, "no JSON: %s at byte %zu",
			json_tokener_error_desc(error),
			(size_t)json_tokener_get_parse_end(tokener));
	used = json_tokener_get_parse_end(tokener);
	while (used < length && is_space(text[used]))
		used++;
	if (used < length)
		return why_set(why, -EPROTO, "bytes behind the JSON");
	*ret = take_ptr(&object);
	return 0;
}

int json_parse_object(const char *text, size_t length, int depth,
	struct json_object **ret, struct why *why)
{
	CLEANUP(json_tokener_free) struct json_tokener *tokener = NULL;
	CLEANUP(json_object_put) struct json_object *object = NULL;
	int r;

	tokener = json_tokener_new_ex(depth);
	if (!tokener)
		return why_set(why, -ENOMEM, "out of memory");
	r = json_parse(tokener, text, length, &object, why);
	if (r < 0)
		return r == -ENOMEM ? r : -EBADMSG;
	if (!json_object_is_type(object, json_type_object))
		return why_set(why, -EBADMSG, "JSON that is no object");
	*ret = take_ptr(&object);
	return 0;
}

size_t json_parsed(struct json_tokener *tokener)
{
	return (size_t)json_tokener_get_parse_end(tokener);
}

void fields_pick(struct json_object *object, const char *const *names,
	struct json_object **values, size_t count)
{
	memset(values, 0, count * sizeof(*values));
	if (!object)
		return;
	json_object_object_foreach(object, key, value)
	{
		for (size_t i = 0; i < count; i++)
			if (key[0] == names[i][0]
				&& strcmp(key, names[i]) == 0) {
				values[i] = value;
				break;
			}
	}
}

int field_is(struct json_object *value, const char *name, enum json_type type,
	struct why *why)
{
	if (!value || json_object_get_type(value) == type)
		return 0;
	return why_set(why, -EBADMSG, "\"%s\" is %s, not %s", name,
		json_type_to_name(json_object_get_type(value)),
		json_type_to_name(type));
}

int field_text(struct json_object *value, const char *name, const char **ret,
	struct why *why)
{
	const char *text;
	int r;

	*ret = NULL;
	if (!value)
		return 0;
	r = field_is(value, name, json_type_string, why);
	if (r < 0)
		return r;
	text = json_object_get_string(value);
	if (strlen(text) != (size_t)json_object_get_string_len(value))
		return why_set(why, -EBADMSG, "\"%s\" has a NUL in it", name);
	*ret = *text ? text : NULL;
	return 0;
}

/* 3 and 3.0 are the same to some writers. */
static int whole_number(struct json_object *value, int64_t *ret)
{
	double number;

	if (json_object_is_type(value, json_type_int)) {
		*ret = json_object_get_int64(value);
		return 0;
	}
	if (!json_object_is_type(value, json_type_double))
		return -EBADMSG;
	number = json_object_get_double(value);
	if (!(number > -9e15 && number < 9e15))
		return -EBADMSG;
	*ret = (int64_t)number;
	return (double)*ret == number ? 0 : -EBADMSG;
}

int field_number(struct json_object *value, const char *name,
	struct field_range range, int64_t *ret, struct why *why)
{
	int64_t number;

	if (!value)
		return 0;
	if (whole_number(value, &number) < 0)
		return why_set(
			why, -EBADMSG, "\"%s\" is not a whole number", name);
	if (number < range.min || number > range.max)
		return why_set(why, -EBADMSG, "\"%s\" is out of range: %lld",
			name, (long long)number);
	*ret = number;
	return 0;
}

size_t field_count(struct json_object *value)
{
	return value ? json_object_array_length(value) : 0;
}
