/* SPDX-License-Identifier: MIT */
#include "fetch/callback_json.h"

#include <errno.h>
#include <string.h>

#include "fetch/field_json.h"

enum { DEPTH_MAX = 32 };

static bool is_among(struct json_object *urls, const char *url)
{
	for (size_t i = 0; i < field_count(urls); i++) {
		struct json_object *item = json_object_array_get_idx(urls, i);

		if (json_object_is_type(item, json_type_string)
			&& strcmp(json_object_get_string(item), url) == 0)
			return true;
	}
	return false;
}

int callback_is_listed(const char *text, size_t length, const char *url,
	bool *ret, struct why *why)
{
	static const char *const names[] = {"callbackUrls"};
	CLEANUP(json_object_put) struct json_object *object = NULL;
	struct json_object *urls = NULL;
	int r;

	r = json_parse_object(text, length, DEPTH_MAX, &object, why);
	if (r < 0)
		return r;
	fields_pick(object, names, &urls, 1);
	r = field_is(urls, names[0], json_type_array, why);
	if (r < 0)
		return r;
	*ret = is_among(urls, url);
	return 0;
}
