/* SPDX-License-Identifier: MIT */
#include "fetch/info_json.h"

#include <errno.h>
#include <stdio.h>

#include "fetch/field_json.h"

enum { DEPTH_MAX = 32 };

static int read_text(const char *text, size_t length, const char *name,
	char *ret, size_t size)
{
	CLEANUP(json_object_put) struct json_object *object = NULL;
	struct json_object *value = NULL;
	const char *found = NULL;
	int r;

	r = json_parse_object(text, length, DEPTH_MAX, &object, NULL);
	if (r < 0)
		return r;
	fields_pick(object, &name, &value, 1);
	if (field_text(value, name, &found, NULL) < 0 || !found)
		return -EBADMSG;
	snprintf(ret, size, "%s", found);
	return 0;
}

int info_version(const char *text, size_t length, char *ret, size_t size)
{
	return read_text(text, length, "version", ret, size);
}

int info_leader(const char *text, size_t length, char *ret, size_t size)
{
	return read_text(text, length, "leader", ret, size);
}
