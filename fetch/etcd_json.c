/* SPDX-License-Identifier: MIT */
#include "fetch/etcd_json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "fetch/field_json.h"

enum { PLAIN_DEPTH = 8 };

int etcd_number(struct json_object *value, const char *name, int64_t *ret,
	struct why *why)
{
	static const struct field_range any = {0, INT64_MAX};
	const char *text;
	char *end;
	long long number;

	if (!json_object_is_type(value, json_type_string))
		return field_number(value, name, any, ret, why);
	text = json_object_get_string(value);
	errno = 0;
	number = strtoll(text, &end, 10);
	if (errno || end == text || *end || number < 0)
		return why_set(why, -EBADMSG, "\"%s\" is no number", name);
	*ret = number;
	return 0;
}

/* "" where there is none. */
static const char *text_of(struct json_object *value)
{
	return json_object_is_type(value, json_type_string)
		? json_object_get_string(value)
		: "";
}

int etcd_error_read(const char *text, size_t length, struct etcd_error *ret)
{
	enum { CODE2, MESSAGE, CAUSE, CODE3, ERROR, FIELDS };
	static const char *const names[FIELDS] = {
		"errorCode", "message", "cause", "code", "error"};
	CLEANUP(json_object_put) struct json_object *object = NULL;
	struct json_object *v[FIELDS];
	const char *message, *cause;
	int r;

	r = json_parse_object(text, length, PLAIN_DEPTH, &object, NULL);
	if (r < 0)
		return r;
	fields_pick(object, names, v, FIELDS);
	ret->code = 0;
	if (etcd_number(v[CODE2] ? v[CODE2] : v[CODE3], "code", &ret->code,
		    NULL)
		< 0)
		return -EBADMSG;
	message = text_of(v[MESSAGE] ? v[MESSAGE] : v[ERROR]);
	cause = text_of(v[CAUSE]);
	if (!message[0])
		return -EBADMSG;
	snprintf(ret->text, sizeof(ret->text), "%s%s%s%s", message,
		cause[0] ? " (" : "", cause, cause[0] ? ")" : "");
	return 0;
}

int etcd_version_read(const char *text, size_t length, char *ret, size_t size)
{
	static const char *const name = "etcdserver";
	CLEANUP(json_object_put) struct json_object *object = NULL;
	struct json_object *value;
	int r;

	r = json_parse_object(text, length, PLAIN_DEPTH, &object, NULL);
	if (r < 0)
		return r;
	fields_pick(object, &name, &value, 1);
	if (!text_of(value)[0])
		return -EBADMSG;
	snprintf(ret, size, "%s", text_of(value));
	return 0;
}
