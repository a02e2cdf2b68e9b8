/* SPDX-License-Identifier: MIT */
#include "render/haproxy_extra.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *key, const void *item)
{
	return strcmp(key, ((const struct haproxy_extra *)item)->name);
}

const struct haproxy_extra *haproxy_extra_find(
	const struct haproxy_extras *extras, const char *name)
{
	if (!extras || extras->count == 0)
		return NULL;
	return bsearch(name, extras->items, extras->count,
		sizeof(extras->items[0]), by_name);
}
