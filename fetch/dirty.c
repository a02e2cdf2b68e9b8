/* SPDX-License-Identifier: MIT */
#include "fetch/dirty.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

/* In order of due; most are wanted behind the last, so it is looked at first. */
struct dirty_table {
	void *by_id; /* tsearch */
	struct dirty *first, *last; /* those that are to be read */
	struct dirty *all;
	size_t wanted;
	uint64_t stamp;
};

static int by_id(const void *a, const void *b)
{
	const struct dirty *const x = a, *const y = b;

	return strcmp(x->id, y->id);
}

static void dirty_free(void *dirty)
{
	struct dirty *d = dirty;

	free(d->id);
	free(d);
}

int dirty_table_new(struct dirty_table **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void dirty_table_free(struct dirty_table *table)
{
	if (!table)
		return;
	tdestroy(table->by_id, dirty_free);
	free(table);
}

uint64_t dirty_stamp(const struct dirty_table *table)
{
	return table->stamp;
}

static struct dirty *add(struct dirty_table *table, const char *id)
{
	struct dirty *dirty = calloc(1, sizeof(*dirty));

	if (!dirty)
		return NULL;
	dirty->due = -1;
	dirty->id = strdup(id);
	if (!dirty->id || !tsearch(dirty, &table->by_id, by_id)) {
		dirty_free(dirty);
		return NULL;
	}
	dirty->all_next = table->all;
	table->all = dirty;
	return dirty;
}

struct dirty *dirty_find(struct dirty_table *table, const char *id)
{
	struct dirty key = {.id = (char *)(uintptr_t)id};
	void *node = tfind(&key, &table->by_id, by_id);

	return node ? *(struct dirty **)node : NULL;
}

static struct dirty *find_or_add(struct dirty_table *table, const char *id)
{
	struct dirty *dirty = dirty_find(table, id);

	return dirty ? dirty : add(table, id);
}

int dirty_change(struct dirty_table *table, const char *id, struct dirty **ret)
{
	struct dirty *dirty = find_or_add(table, id);

	if (!dirty)
		return -ENOMEM;
	dirty->changed = ++table->stamp;
	if (ret)
		*ret = dirty;
	return 0;
}

static void unlink_dirty(struct dirty_table *table, struct dirty *dirty)
{
	if (dirty->before)
		dirty->before->next = dirty->next;
	else
		table->first = dirty->next;
	if (dirty->next)
		dirty->next->before = dirty->before;
	else
		table->last = dirty->before;
	dirty->before = dirty->next = NULL;
}

static void link_dirty(struct dirty_table *table, struct dirty *dirty)
{
	struct dirty *after = table->last;

	while (after && after->due > dirty->due)
		after = after->before;
	dirty->before = after;
	dirty->next = after ? after->next : table->first;
	if (dirty->next)
		dirty->next->before = dirty;
	else
		table->last = dirty;
	if (after)
		after->next = dirty;
	else
		table->first = dirty;
}

int dirty_want(struct dirty_table *table, const char *id, int64_t due)
{
	struct dirty *dirty = find_or_add(table, id);

	if (!dirty)
		return -ENOMEM;
	dirty->wanted = ++table->stamp;
	if (dirty->due >= 0 && dirty->due <= due)
		return 0;
	dirty_unwant(table, dirty);
	dirty->due = due;
	link_dirty(table, dirty);
	table->wanted++;
	return 0;
}

int dirty_want_sick(struct dirty_table *table, const char *id, int64_t due)
{
	int r = dirty_want(table, id, due);

	if (r == 0)
		dirty_find(table, id)->sick = true;
	return r;
}

/* What is neither wanted nor read any more is done with. */
bool dirty_any_sick(struct dirty_table *table)
{
	bool any = false;

	for (struct dirty *dirty = table->all; dirty; dirty = dirty->all_next) {
		dirty->sick = dirty->sick
			&& (dirty->due >= 0 || dirty->reading);
		any = any || dirty->sick;
	}
	return any;
}

void dirty_unwant(struct dirty_table *table, struct dirty *dirty)
{
	if (dirty->due < 0)
		return;
	unlink_dirty(table, dirty);
	dirty->due = -1;
	table->wanted--;
}

struct dirty *dirty_next(struct dirty_table *table)
{
	struct dirty *dirty = table->first;

	while (dirty && dirty->reading)
		dirty = dirty->next;
	return dirty;
}

size_t dirty_wanted(const struct dirty_table *table)
{
	return table->wanted;
}

int dirty_changed_since(struct dirty_table *table, uint64_t stamp,
	int (*visit)(void *context, const char *id), void *context)
{
	int r = 0;

	for (struct dirty *d = table->all; d && r >= 0; d = d->all_next)
		if (d->changed > stamp)
			r = visit(context, d->id);
	return r < 0 ? r : 0;
}

void dirty_prune(struct dirty_table *table, uint64_t stamp)
{
	struct dirty **at = &table->all;

	while (*at) {
		struct dirty *dirty = *at;

		if (dirty->due >= 0 || dirty->reading
			|| dirty->changed > stamp) {
			at = &dirty->all_next;
			continue;
		}
		*at = dirty->all_next;
		tdelete(dirty, &table->by_id, by_id);
		dirty_free(dirty);
	}
}

void dirty_unwant_before(struct dirty_table *table, uint64_t stamp)
{
	struct dirty *next;

	for (struct dirty *dirty = table->first; dirty; dirty = next) {
		next = dirty->next;
		if (dirty->wanted <= stamp)
			dirty_unwant(table, dirty);
	}
}
