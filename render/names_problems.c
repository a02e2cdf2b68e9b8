/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "render/names_impl.h"

static const char view[] = "services";

struct report {
	const struct names *names;
	struct problems *problems;
};

static struct app_words owner_of(const struct names *names,
	const struct app_key *loser, const char *name)
{
	const struct file *file = file_find(names, name);
	struct app_words words = {"another app"};

	return file && file->owner ? app_words(&file->owner->app->key, loser)
				   : words;
}

static void report_stem(const struct report *report, const struct named *named)
{
	const struct app_key *key = &named->app->key;
	char stem[FILE_NAME_SIZE], name[FILE_NAME_SIZE];
	int r;

	r = stem_write(key, STEM_DOTS, stem);
	if (r < 0) {
		problems_add(report->problems, key, view,
			r == -EINVAL ? "not shown: the id has empty parts or dots"
				     : "not shown: the file name is too long");
		return;
	}
	own_file_name(stem, name);
	if (named->own)
		problems_add(report->problems, key, view,
			"shown as %s: %s belonged to %s when it appeared",
			named->own->name, name,
			owner_of(report->names, key, name).text);
	else
		problems_add(report->problems, key, view,
			"not shown: %s belongs to %s", name,
			owner_of(report->names, key, name).text);
}

static int report_port(void *context, struct named *named, const char *name,
	uint32_t port_index)
{
	const struct report *report = context;
	const struct file *file = name ? file_find(report->names, name) : NULL;

	if (!name)
		problems_add(report->problems, &named->app->key, view,
			"port %u: the file name is too long", port_index);
	else if (!file || file->owner != named
		|| file->port_index != port_index)
		problems_add(report->problems, &named->app->key, view,
			"port %u: %s belongs to %s", port_index, name,
			owner_of(report->names, &named->app->key, name).text);
	return 0;
}

static int named_order(const void *a, const void *b)
{
	return app_key_compare(&(*(struct named *const *)a)->app->key,
		&(*(struct named *const *)b)->app->key);
}

/* *ret is allocated: all uneasy apps in order of keys. */
static int list_uneasy(
	const struct names *names, struct named ***ret, size_t *ret_count)
{
	struct named **list;
	size_t count = 0;

	for (struct named *n = names->uneasy; n; n = n->uneasy_next)
		count++;
	list = calloc(count + 1, sizeof(struct named *));
	if (!list)
		return -ENOMEM;
	count = 0;
	for (struct named *n = names->uneasy; n; n = n->uneasy_next)
		list[count++] = n;
	qsort(list, count, sizeof(struct named *), named_order);
	*ret = list;
	*ret_count = count;
	return 0;
}

void names_problems(const struct names *names, struct problems *problems)
{
	CLEANUP(free) struct named **list = NULL;
	struct report report = {names, problems};
	size_t count;

	if (list_uneasy(names, &list, &count) < 0) {
		problems->left_out++;
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (!list[i]->own || list[i]->form != STEM_DOTS)
			report_stem(&report, list[i]);
		if (list[i]->waiting)
			each_port_file(names, list[i], report_port, &report);
	}
}
