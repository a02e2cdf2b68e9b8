/* SPDX-License-Identifier: MIT */
#include "tests/marathon/model.h"

#include <string.h>

/* Apps are sorted by id, so those below one group stand side by side. */
struct range {
	size_t first, end;
	size_t prefix; /* length of the group's id with its closing slash */
};

struct writer {
	struct model *model;
	bool apps, tasks;
	struct text *text;
};

static const char *id_at(const struct writer *w, size_t i)
{
	return w->model->apps[i]->definition->id;
}

static void put_apps(struct writer *w, const struct range *range)
{
	bool first = true;
	size_t i;

	text_put(w->text, ",\"apps\":[");
	for (i = range->first; i < range->end && w->apps; i++) {
		if (strchr(id_at(w, i) + range->prefix, '/'))
			continue;
		if (!first)
			text_put(w->text, ",");
		first = false;
		app_write(w->model, w->model->apps[i], w->tasks, false, NULL,
			w->text);
	}
	text_put(w->text, "]");
}

static void put_group(struct writer *w, const struct range *range);

static void put_groups(struct writer *w, const struct range *range)
{
	struct range below;
	const char *slash;
	bool first = true;
	size_t i = range->first;

	text_put(w->text, ",\"groups\":[");
	while (i < range->end) {
		slash = strchr(id_at(w, i) + range->prefix, '/');
		if (!slash) {
			i++;
			continue;
		}
		below.prefix = (size_t)(slash - id_at(w, i)) + 1;
		for (below.first = i; i < range->end; i++)
			if (strncmp(id_at(w, i), id_at(w, below.first),
				    below.prefix) != 0)
				break;
		below.end = i;
		if (!first)
			text_put(w->text, ",");
		first = false;
		put_group(w, &below);
	}
	text_put(w->text, "]");
}

static void put_group(struct writer *w, const struct range *range)
{
	unsigned version = w->model->profile.number;

	text_put(w->text, "{\"id\":\"");
	if (range->prefix == 1)
		text_put(w->text, "/");
	else
		text_add(w->text, id_at(w, range->first), range->prefix - 1);
	text_put(w->text, "\"");
	put_apps(w, range);
	put_groups(w, range);
	text_print(w->text, ",\"dependencies\":[],\"version\":\"%s\"",
		w->model->version);
	if (version >= VERSION(1, 4, 0))
		text_put(w->text, ",\"pods\":[]");
	if (version >= VERSION(1, 9, 0))
		text_put(w->text, ",\"enforceRole\":false");
	text_put(w->text, "}");
}

void group_write(struct model *model, const char *id, bool apps, bool tasks,
	struct text *text)
{
	struct writer w = {model, apps, tasks, text};
	struct range range = {.prefix = strlen(id)};

	if (range.prefix > 1)
		range.prefix++;
	while (range.first < model->app_count &&
		(strncmp(id_at(&w, range.first), id, strlen(id)) != 0 ||
			id_at(&w, range.first)[range.prefix - 1] != '/'))
		range.first++;
	range.end = range.first;
	while (range.end < model->app_count &&
		strncmp(id_at(&w, range.end), id, strlen(id)) == 0 &&
		id_at(&w, range.end)[range.prefix - 1] == '/')
		range.end++;
	if (range.first < range.end || range.prefix == 1)
		put_group(&w, &range);
}
