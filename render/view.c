/* SPDX-License-Identifier: MIT */
#include "render/view.h"

#include <string.h>

static int haproxy_new(const struct view_settings *settings, void **ret)
{
	struct haproxy_cache *cache;
	int r = haproxy_cache_new(&settings->haproxy, &cache);

	if (r == 0)
		*ret = cache;
	return r;
}

static void haproxy_free(void *cache)
{
	haproxy_cache_free(cache);
}

static int haproxy_next(void *cache, struct catalog *catalog)
{
	return haproxy_take(cache, catalog);
}

static int haproxy_file(
	const void *cache, int file, char **ret_text, size_t *ret_length)
{
	return haproxy_text(
		cache, (enum haproxy_file)file, ret_text, ret_length);
}

static void haproxy_why(const void *cache, struct problems *problems)
{
	haproxy_problems(cache, problems);
}

static int haproxy_same(const struct view_settings *settings, struct app *a,
	struct app *b)
{
	return haproxy_same_structure(&settings->haproxy, a, b);
}

static const struct app *haproxy_owner(const void *cache, size_t line)
{
	return haproxy_line_owner(cache, line);
}

static int haproxy_each_backend(
	void *cache, bool all, view_backend *found, void *context)
{
	return haproxy_backends(cache, all, found, context);
}

enum { HAPROXY_MAKER };

const struct view_maker view_makers[MAKERS] = {
	[HAPROXY_MAKER] = {
		.name = "haproxy.cfg",
		.cache_new = haproxy_new,
		.cache_free = haproxy_free,
		.take = haproxy_next,
		.text = haproxy_file,
		.problems = haproxy_why,
		.same_structure = haproxy_same,
		.backends = haproxy_each_backend,
		.line_owner = haproxy_owner,
	},
};

/* What others refer to stands in front of them. */
const struct view views[VIEWS] = {
	{
		.name = "domain2backend.map",
		.directory = "haproxy",
		.maker = HAPROXY_MAKER,
		.file = HAPROXY_DOMAIN_MAP,
	},
	{
		.name = "app2backend.map",
		.directory = "haproxy",
		.maker = HAPROXY_MAKER,
		.file = HAPROXY_APP_MAP,
	},
	{
		.name = "haproxy.cfg",
		.maker = HAPROXY_MAKER,
		.file = HAPROXY_CFG,
	},
	{
		.name = "status.json",
		.maker = -1,
		.render = render_status,
	},
	{
		.name = "metrics.prom",
		.maker = -1,
		.render = render_metrics,
	},
};

static bool has_path(const struct view *view, const char *path)
{
	size_t length;

	if (!view->directory)
		return strcmp(view->name, path) == 0;
	length = strlen(view->directory);
	return strncmp(view->directory, path, length) == 0
		&& path[length] == '/'
		&& strcmp(view->name, path + length + 1) == 0;
}

const struct view *view_find(const char *path)
{
	for (size_t i = 0; i < VIEWS; i++)
		if (has_path(&views[i], path))
			return &views[i];
	return NULL;
}
