/* SPDX-License-Identifier: MIT */
#include "render/table.h"

#include <errno.h>
#include <stdlib.h>

enum { FIRST_SIZE = 64 };

void table_done(struct table *table)
{
	free(table->buckets);
	*table = (struct table){0};
}

/* FNV-1a; the end of a text counts, so that "ab","c" is not "a","bc". */
uint64_t text_hash(uint64_t hash, const char *text)
{
	const unsigned char *c = (const unsigned char *)text;

	hash ^= UINT64_C(0xcbf29ce484222325);
	do
		hash = (hash ^ *c) * UINT64_C(0x100000001b3);
	while (*c++);
	return hash;
}

static struct table_link **bucket_of(const struct table *table, uint64_t hash)
{
	return &table->buckets[(hash ^ hash >> 32) & (table->size - 1)];
}

static void table_grow(struct table *table)
{
	struct table old = *table;
	size_t size = old.size ? old.size * 2 : FIRST_SIZE;
	struct table_link **buckets = calloc(size, sizeof(struct table_link *));

	/* Without memory the chains get longer, nothing worse. */
	if (!buckets)
		return;
	table->buckets = buckets;
	table->size = size;
	for (size_t i = 0; i < old.size; i++)
		while (old.buckets[i]) {
			struct table_link *link = old.buckets[i];
			struct table_link **to = bucket_of(table, link->hash);

			old.buckets[i] = link->next;
			link->next = *to;
			*to = link;
		}
	free(old.buckets);
}

int table_add(struct table *table, struct table_link *link, uint64_t hash)
{
	struct table_link **to;

	if (table->count >= table->size)
		table_grow(table);
	if (table->size == 0)
		return -ENOMEM;
	to = bucket_of(table, hash);
	link->hash = hash;
	link->next = *to;
	*to = link;
	table->count++;
	return 0;
}

void table_remove(struct table *table, struct table_link *link)
{
	struct table_link **at = bucket_of(table, link->hash);

	while (*at != link)
		at = &(*at)->next;
	*at = link->next;
	link->next = NULL;
	table->count--;
}

static struct table_link *skip_others(struct table_link *link, uint64_t hash)
{
	while (link && link->hash != hash)
		link = link->next;
	return link;
}

struct table_link *table_first(const struct table *table, uint64_t hash)
{
	return table->size ? skip_others(*bucket_of(table, hash), hash) : NULL;
}

struct table_link *table_more(const struct table_link *link)
{
	return skip_others(link->next, link->hash);
}

struct table_link *table_walk(const struct table *table, size_t *at)
{
	while (*at < table->size && !table->buckets[*at])
		(*at)++;
	return *at < table->size ? table->buckets[*at] : NULL;
}
