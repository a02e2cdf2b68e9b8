/* SPDX-License-Identifier: MIT */
#include "fs/option_named.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *option_named_find(
	const struct option_named_list *list, const char *name)
{
	const char *standby = NULL;

	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->items[i].name, name) == 0)
			return list->items[i].value;
		if (!list->items[i].name[0])
			standby = list->items[i].value;
	}
	return standby;
}

int option_named_put(struct option_named_list *list, const char *name,
	size_t length, char *value)
{
	struct option_named *items, item = {.value = value};

	for (size_t i = 0; i < list->count; i++) {
		items = &list->items[i];
		if (strlen(items->name) == length
			&& memcmp(items->name, name, length) == 0) {
			free(items->value);
			items->value = value;
			return 0;
		}
	}
	item.name = strndup(name, length);
	items = reallocarray(list->items, list->count + 1, sizeof(items[0]));
	if (items)
		list->items = items;
	if (!items || !item.name) {
		free(item.name);
		free(value);
		return -ENOMEM;
	}
	items[list->count++] = item;
	return 0;
}

bool option_named_same(const struct option_named_list *a,
	const struct option_named_list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->items[i].name, b->items[i].name) != 0
			|| strcmp(a->items[i].value, b->items[i].value) != 0)
			return false;
	return true;
}

void option_named_done(struct option_named_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].name);
		free(list->items[i].value);
	}
	free(list->items);
	*list = (struct option_named_list){NULL, 0};
}
