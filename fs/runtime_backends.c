/* SPDX-License-Identifier: MIT */
#include "fs/runtime_backends.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fs/server_lines.h"

/* name and lines stand behind it. */
struct backend_lines {
	struct table_link link;
	const char *name;
	char *lines;
	size_t length;
	bool changed; /* HAProxy was not told yet */
};

struct backend_lines *backend_lines_new(const char *name, size_t name_length,
	const struct iovec *lines, size_t count)
{
	size_t length = 0;
	struct backend_lines *entry;
	char *to;

	for (size_t i = 0; i < count; i++)
		length += lines[i].iov_len;
	entry = malloc(sizeof(*entry) + name_length + 1 + length + 1);
	if (!entry)
		return NULL;
	to = (char *)(entry + 1);
	*entry = (struct backend_lines){.name = to, .changed = true};
	memcpy(to, name, name_length);
	to[name_length] = '\0';
	entry->lines = to += name_length + 1;
	for (size_t i = 0; i < count; i++) {
		memcpy(to, lines[i].iov_base, lines[i].iov_len);
		to += lines[i].iov_len;
	}
	*to = '\0';
	entry->length = length;
	return entry;
}

static struct backend_lines *find(const struct table *table, const char *name)
{
	struct table_link *link = table_first(table, text_hash(0, name));

	while (link && strcmp(((struct backend_lines *)link)->name, name) != 0)
		link = table_more(link);
	return (struct backend_lines *)link;
}

static void clear(struct table *table)
{
	size_t at = 0;
	struct table_link *link;

	while ((link = table_walk(table, &at))) {
		table_remove(table, link);
		free(link);
	}
	table_done(table);
}

void runtime_backends_done(struct runtime_backends *backends)
{
	clear(&backends->table);
}

/* before: what was last known of it; NULL: nothing. */
static void mark(
	struct backend_lines *lines, const struct backend_lines *before)
{
	if (before)
		lines->changed = before->changed
			|| before->length != lines->length
			|| memcmp(before->lines, lines->lines, lines->length)
				!= 0;
}

/* Takes over the lines. */
static void keep(struct runtime_backends *backends, struct backend_lines *lines)
{
	struct backend_lines *before = find(&backends->table, lines->name);

	mark(lines, before);
	if (before) {
		table_remove(&backends->table, &before->link);
		free(before);
	}
	if (table_add(&backends->table, &lines->link,
		    text_hash(0, lines->name))
		< 0)
		free(lines);
}

void runtime_backends_take(struct runtime_backends *backends,
	struct backend_lines *const *items, size_t count, bool all)
{
	struct table before = {.buckets = NULL};

	if (all) {
		before = backends->table;
		backends->table = (struct table){.buckets = NULL};
	}
	for (size_t i = 0; i < count; i++) {
		mark(items[i], find(&before, items[i]->name));
		keep(backends, items[i]);
	}
	clear(&before);
}

void runtime_backends_told(struct runtime_backends *backends)
{
	size_t at = 0;

	for (struct table_link *link;
		(link = table_walk(&backends->table, &at)); at++)
		for (; link; link = link->next)
			((struct backend_lines *)link)->changed = false;
}

void runtime_wanted_done(struct runtime_wanted *wanted)
{
	for (size_t i = 0; i < wanted->count; i++)
		server_lines_done(&wanted->lines[i]);
	free(wanted->lines);
	free(wanted->backends);
}

static int reserve(struct runtime_wanted *wanted)
{
	size_t space = wanted->space ? wanted->space * 2 : 16;
	struct runtime_backend *backends;
	struct server_lines *lines;

	if (wanted->count < wanted->space)
		return 0;
	lines = reallocarray(wanted->lines, space, sizeof(*lines));
	if (!lines)
		return -ENOMEM;
	wanted->lines = lines;
	backends = reallocarray(wanted->backends, space, sizeof(*backends));
	if (!backends)
		return -ENOMEM;
	wanted->backends = backends;
	wanted->space = space;
	return 0;
}

static int want(struct runtime_wanted *wanted,
	const struct backend_lines *lines, const char *defaults)
{
	struct server_lines *read;
	int r;

	r = reserve(wanted);
	if (r < 0)
		return r;
	read = &wanted->lines[wanted->count];
	r = server_lines_read(lines->lines, read);
	if (r > 0)
		wanted->strange = true;
	if (r != 0)
		return r < 0 ? r : 0;
	wanted->backends[wanted->count++] = (struct runtime_backend){
		.name = lines->name,
		.defaults = defaults,
		.servers = read->servers,
		.count = read->count,
	};
	return 0;
}

int runtime_backends_want(const struct runtime_backends *backends, bool all,
	const char *defaults, struct runtime_wanted *ret)
{
	size_t at = 0;
	int r;

	for (struct table_link *link;
		(link = table_walk(&backends->table, &at)); at++)
		for (; link; link = link->next) {
			struct backend_lines *lines =
				(struct backend_lines *)link;

			if (!all && !lines->changed)
				continue;
			r = want(ret, lines, defaults);
			if (r < 0)
				return r;
		}
	return 0;
}
