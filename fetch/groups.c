/* SPDX-License-Identifier: MIT */
#include "fetch/groups.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ITEMS_MAX = 256, ITEM_LEN_MAX = 1023 };

struct item {
	const char *given; /* all of it; in groups->text, as what follows */
	const char *glob;  /* for ids without leading slash */
	bool by_id, by_label;
};

struct groups {
	char *text;
	bool everything; /* "*" is among the items */
	bool labels;     /* some item looks at labels */
	size_t count;
	struct item items[ITEMS_MAX];
};

/* The length of the first segment of a glob, or of an id. */
static size_t glob_segment(const char *glob)
{
	const char *at = glob;

	for (; *at && *at != '/' && *at != '.'; at++)
		if (*at == '[' && at[1] && strchr(at + 2, ']'))
			at = strchr(at + 2, ']');
	return (size_t)(at - glob);
}

static bool segment_matches(
	const char *glob, size_t glob_length, const char *id, size_t id_length)
{
	char pattern[ITEM_LEN_MAX + 1], segment[NAME_LEN_MAX + 1];

	if (glob_length > ITEM_LEN_MAX || id_length > NAME_LEN_MAX)
		return false;
	memcpy(pattern, glob, glob_length);
	pattern[glob_length] = '\0';
	memcpy(segment, id, id_length);
	segment[id_length] = '\0';
	return fnmatch(pattern, segment, 0) == 0;
}

/*
 * Whether the glob is whole leading segments of the id. A slash in the glob is
 * a slash; a dot may be a dot inside a segment too, so each is tried as both.
 */
static bool id_matches(const char *glob, const char *id)
{
	size_t id_length = strcspn(id, "/"), length = 0;

	for (;;) {
		length += glob_segment(glob + length);
		if (segment_matches(glob, length, id, id_length)) {
			if (!glob[length])
				return true;
			if (id[id_length]
				&& id_matches(glob + length + 1,
					id + id_length + 1))
				return true;
		}
		if (glob[length] != '.')
			return false;
		length++;
	}
}

static bool item_check(const struct item *item)
{
	const char *glob = item->glob;

	if (!*glob)
		return false;
	if (!item->by_id)
		return true;
	for (;;) {
		size_t length = glob_segment(glob);

		if (length == 0)
			return false;
		if (!glob[length])
			return true;
		glob += length + 1;
	}
}

/* Cuts the kind off: "id:", "label:", or none. */
static bool item_kind(struct item *item, enum groups_by by)
{
	const char *colon = strchr(item->glob, ':');
	size_t length;

	item->by_id = by != GROUPS_BY_LABEL;
	item->by_label = by != GROUPS_BY_ID;
	if (!colon)
		return true;
	length = (size_t)(colon - item->glob);
	item->by_id = length == 2 && memcmp(item->glob, "id", 2) == 0;
	item->by_label = length == 5 && memcmp(item->glob, "label", 5) == 0;
	item->glob = colon + 1;
	return item->by_id || item->by_label;
}

static int add_item(struct groups *groups, char *text, enum groups_by by,
	struct why *why)
{
	struct item *item = &groups->items[groups->count];

	if (groups->count == ITEMS_MAX)
		return why_set(
			why, -EINVAL, "--groups has more than %d items",
			ITEMS_MAX);
	item->given = item->glob = text;
	if (!item_kind(item, by))
		return why_set(why, -EINVAL,
			"--groups: \"%s\" is neither id:GLOB, label:GLOB nor a "
			"plain glob",
			text);
	if (item->by_id && item->glob[0] == '/')
		item->glob++;
	if (strlen(item->glob) > ITEM_LEN_MAX)
		return why_set(why, -EINVAL,
			"--groups: an item is longer than %d bytes",
			ITEM_LEN_MAX);
	if (!item_check(item))
		return why_set(why, -EINVAL,
			"--groups: \"%s\" has an empty part", text);
	if (strcmp(item->glob, "*") == 0 && item->by_id)
		groups->everything = true;
	groups->labels |= item->by_label;
	groups->count++;
	return 0;
}

static char *trim(char *text)
{
	size_t length;

	text += strspn(text, " \t");
	length = strlen(text);
	while (length > 0 && strchr(" \t", text[length - 1]))
		text[--length] = '\0';
	return text;
}

int groups_new(const char *list, enum groups_by by, struct groups **ret,
	struct why *why)
{
	CLEANUP(groups_free) struct groups *groups = NULL;
	char *rest, *text;
	int r;

	groups = calloc(1, sizeof(*groups));
	if (!groups)
		return why_set(why, -ENOMEM, "out of memory");
	groups->text = strdup(list);
	if (!groups->text)
		return why_set(why, -ENOMEM, "out of memory");

	rest = groups->text;
	while ((text = strsep(&rest, ","))) {
		r = add_item(groups, trim(text), by, why);
		if (r < 0)
			return r;
	}
	*ret = take_ptr(&groups);
	return 0;
}

void groups_free(struct groups *groups)
{
	if (!groups)
		return;
	free(groups->text);
	free(groups);
}

static bool label_element_matches(
	const struct groups *groups, const char *element, size_t length)
{
	for (size_t i = 0; i < groups->count; i++)
		if (groups->items[i].by_label
			&& segment_matches(groups->items[i].glob,
				strlen(groups->items[i].glob), element, length))
			return true;
	return false;
}

/* Whether an element of the comma list matches an item that asks labels. */
static bool list_matches(const struct groups *groups, const char *list)
{
	while (list) {
		const char *end = strchrnul(list, ',');
		const char *first = list + strspn(list, " \t");
		size_t length = first < end ? (size_t)(end - first) : 0;

		while (length > 0 && strchr(" \t", first[length - 1]))
			length--;
		if (length > 0 && label_element_matches(groups, first, length))
			return true;
		list = *end ? end + 1 : NULL;
	}
	return false;
}

static const char *const label_names[] = {
	"lb-group", "group", "HAPROXY_GROUP"};

/* A draft's labels are in any order, so label_find() is of no use yet. */
static const char *draft_label(
	const struct label *labels, uint32_t count, const char *key)
{
	for (uint32_t i = 0; i < count; i++)
		if (strcmp(labels[i].key, key) == 0)
			return labels[i].value;
	return NULL;
}

/* -1: there is no such label; else whether one of them matches. */
static int labels_match(const struct groups *groups,
	const struct label *labels, uint32_t count)
{
	int match = -1;

	for (size_t i = 0; i < sizeof(label_names) / sizeof(char *); i++) {
		const char *list = draft_label(labels, count, label_names[i]);

		if (list && list_matches(groups, list))
			return 1;
		if (list)
			match = 0;
	}
	return match;
}

static bool app_selected(const struct groups *groups, const struct app *draft)
{
	const char *id = draft->key.id;

	if (*id == '/')
		id++;
	for (size_t i = 0; i < groups->count; i++)
		if (groups->items[i].by_id
			&& id_matches(groups->items[i].glob, id))
			return true;
	/* haproxy-marathon-bridge has its settings in the environment. */
	return labels_match(groups, draft->labels, draft->label_count) > 0
		|| labels_match(groups, draft->env, draft->env_count) > 0;
}

/* -1: the port says nothing of its own. */
static int port_match(const struct groups *groups, const struct app *draft,
	const struct port *port, uint32_t index)
{
	const char *list;
	char name[32];

	if (!groups->labels)
		return -1;
	snprintf(name, sizeof(name), "HAPROXY_%u_GROUP", index);
	list = draft_label(draft->labels, draft->label_count, name);
	if (!list)
		list = draft_label(draft->env, draft->env_count, name);
	if (list)
		return list_matches(groups, list);
	return labels_match(groups, port->labels, port->label_count);
}

bool groups_select(const struct groups *groups, const struct app *draft,
	struct port *ports)
{
	bool selected, any = false;

	selected = groups->everything || app_selected(groups, draft);
	for (uint32_t i = 0; i < draft->port_count; i++) {
		int match = groups->everything
			? 1
			: port_match(groups, draft, &ports[i], i);

		ports[i].hidden = match < 0 ? !selected : !match;
		any |= !ports[i].hidden;
	}
	return draft->port_count > 0 ? any : selected;
}

const char *groups_item(const struct groups *groups, const struct app *app)
{
	struct groups one = {.count = 1};

	for (size_t i = 0; i < groups->count; i++) {
		one.items[0] = groups->items[i];
		if (app_selected(&one, app))
			return groups->items[i].given;
	}
	return NULL;
}
