/* SPDX-License-Identifier: MIT */
#include "fetch/info_json.h"

#include <errno.h>
#include <stdio.h>

#include "fetch/field_json.h"

int info_version(const char *text, size_t length, char *ret, size_t size)
{
	static const char *const names[] = {"version"};
	CLEANUP(json_tokener_free) struct json_tokener *tokener = NULL;
	CLEANUP(json_object_put) struct json_object *object = NULL;
	struct json_object *value = NULL;
	const char *version = NULL;
	int r;

	tokener = json_tokener_new();
	if (!tokener)
		return -ENOMEM;
	r = json_parse(tokener, text, length, &object, NULL);
	if (r < 0)
		return r == -ENOMEM ? r : -EBADMSG;
	if (!json_object_is_type(object, json_type_object))
		return -EBADMSG;
	fields_pick(object, names, &value, 1);
	if (field_text(value, "version", &version, NULL) < 0 || !version)
		return -EBADMSG;
	snprintf(ret, size, "%s", version);
	return 0;
}
