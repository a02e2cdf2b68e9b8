/* SPDX-License-Identifier: MIT */
#include "fetch/match.h"

#include <errno.h>
#include <string.h>

/* The instances of b by id: index plus one, 0 is empty. */
struct table {
	const struct app *b;
	uint32_t *slots;
	uint32_t mask;
};

static uint32_t *table_slot(const struct table *table, const char *id)
{
	uint32_t hash = 2166136261u;

	for (const char *c = id; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	for (;; hash++) {
		uint32_t *slot = &table->slots[hash & table->mask];

		if (*slot == 0
			|| strcmp(table->b->instances[*slot - 1].id, id) == 0)
			return slot;
	}
}

static int table_fill(struct table *table, struct arena *arena)
{
	uint32_t slots = 8;

	while (slots < table->b->instance_count * 2)
		slots *= 2;
	table->mask = slots - 1;
	table->slots = arena_take(arena, slots, sizeof(*table->slots));
	if (!table->slots)
		return -ENOMEM;
	for (uint32_t i = 0; i < table->b->instance_count; i++)
		*table_slot(table, table->b->instances[i].id) = i + 1;
	return 0;
}

int match_instances(const struct app *a, const struct app *b,
	struct arena *arena, const struct instance ***ret)
{
	struct table table = {b, NULL, 0};
	const struct instance **match;
	uint32_t count = a ? a->instance_count : 0, next = 0;
	int r;

	match = arena_take(arena, count, sizeof(*match));
	if (!match)
		return -ENOMEM;
	*ret = match;
	for (uint32_t i = 0; b && i < count; i++) {
		uint32_t slot;

		/* Mostly both are the same, in the same order. */
		if (next < b->instance_count
			&& strcmp(a->instances[i].id, b->instances[next].id)
				== 0) {
			match[i] = &b->instances[next++];
			continue;
		}
		r = table.slots ? 0 : table_fill(&table, arena);
		if (r < 0)
			return r;
		slot = *table_slot(&table, a->instances[i].id);
		if (slot > 0) {
			match[i] = &b->instances[slot - 1];
			next = slot;
		}
	}
	return 0;
}
