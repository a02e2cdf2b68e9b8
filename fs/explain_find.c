/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

#include "fs/edit_distance.h"
#include "fs/explain_impl.h"
#include "render/name_text.h"

/* "/a/b", "a/b", "a.b" and "a.b.instances" are all the same app. */
static bool is_called(const struct app *app, const char *what)
{
	char stem[FILE_NAME_SIZE], file[FILE_NAME_SIZE];

	if (strcmp(app->key.id, what) == 0 ||
		(app->key.id[0] == '/' && strcmp(app->key.id + 1, what) == 0))
		return true;
	for (int form = 0; form < STEM_FORMS; form++) {
		if (stem_write(&app->key, (enum stem_form)form, stem) < 0)
			continue;
		own_file_name(stem, file);
		if (strcmp(stem, what) == 0 || strcmp(file, what) == 0)
			return true;
	}
	return false;
}

size_t explain_find(const struct catalog *catalog, const char *what,
	struct target ret[TARGETS_MAX])
{
	struct catalog_cursor cursor = {0, 0};
	size_t count = 0;
	struct app *app;

	while ((app = catalog_next(catalog, &cursor)))
		if (count < TARGETS_MAX && is_called(app, what))
			ret[count++] = (struct target){app, NULL};
	if (count > 0)
		return count;
	cursor = (struct catalog_cursor){0, 0};
	while ((app = catalog_next(catalog, &cursor)))
		if (count < TARGETS_MAX && app_instance(app, what))
			ret[count++] = (struct target){app, what};
	return count;
}

/* What is a part of the other is nearer than any typing error. */
static size_t distance(const char *id, const char *what)
{
	size_t edits;

	id += *id == '/';
	what += *what == '/';
	if (strlen(what) >= 3 && strstr(id, what))
		return 1;
	edits = edit_distance(id, strlen(id), what);
	return edits == SIZE_MAX ? edits : 1 + edits;
}

size_t explain_nearest(const struct catalog *catalog, const char *what,
	const char *ret[NEAREST_MAX])
{
	size_t least[NEAREST_MAX], count = 0, limit = 2 + strlen(what) / 3;
	struct catalog_cursor cursor = {0, 0};
	const struct app *app;

	while ((app = catalog_next(catalog, &cursor))) {
		size_t mine = distance(app->key.id, what), at = count;

		while (at > 0 && mine < least[at - 1])
			at--;
		if (mine > limit || at == NEAREST_MAX)
			continue;
		count += count < NEAREST_MAX;
		for (size_t i = count - 1; i > at; i--) {
			least[i] = least[i - 1];
			ret[i] = ret[i - 1];
		}
		least[at] = mine;
		ret[at] = app->key.id;
	}
	return count;
}
