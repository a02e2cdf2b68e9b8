/* SPDX-License-Identifier: MIT */
#include "render/view.h"

#include <string.h>

static int haproxy_new(void **ret)
{
	struct haproxy_cache *cache;
	int r = haproxy_cache_new(&cache);

	if (r == 0)
		*ret = cache;
	return r;
}

static void haproxy_free(void *cache)
{
	haproxy_cache_free(cache);
}

static int haproxy_render(void *cache, const struct view_input *input,
	struct problems *problems, char **ret_text, size_t *ret_length)
{
	return render_haproxy(cache, input->catalog, input->haproxy, problems,
		ret_text, ret_length);
}

static int status_render(void *cache, const struct view_input *input,
	struct problems *problems, char **ret_text, size_t *ret_length)
{
	(void)cache;
	(void)problems;
	return render_status(input->status, ret_text, ret_length);
}

static int metrics_render(void *cache, const struct view_input *input,
	struct problems *problems, char **ret_text, size_t *ret_length)
{
	(void)cache;
	(void)problems;
	return render_metrics(input->status, ret_text, ret_length);
}

const struct view views[VIEWS] = {
	{
		.name = "haproxy.cfg",
		.of = VIEW_OF_CATALOG,
		.cache_new = haproxy_new,
		.cache_free = haproxy_free,
		.render = haproxy_render,
	},
	{
		.name = "status.json",
		.of = VIEW_OF_STATUS,
		.render = status_render,
	},
	{
		.name = "metrics.prom",
		.of = VIEW_OF_STATUS,
		.render = metrics_render,
	},
};

const struct view *view_find(const char *name)
{
	for (size_t i = 0; i < VIEWS; i++)
		if (strcmp(views[i].name, name) == 0)
			return &views[i];
	return NULL;
}
