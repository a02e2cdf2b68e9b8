/* SPDX-License-Identifier: MIT */
#include "fetch/sorted.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

/*
 * Two levels: an array of chunks, each an array of items. A chunk is cut when
 * it would pass CHUNK_MAX and joined with its successor when an edit leaves
 * less than CHUNK_MIN in it, so that both levels stay near the square root of
 * what is common here (10 000 apps: about 110 chunks of 90).
 */
enum { CHUNK_MAX = 128, CHUNK_FILL = 96, CHUNK_MIN = 32 };

struct chunk {
	uint32_t references; /* atomic */
	uint32_t count;
	void *items[];
};

struct sorted {
	uint32_t references; /* atomic */
	const struct sorted_ops *ops;
	size_t count;
	size_t chunk_count;
	struct chunk *chunks[];
};

static void chunk_unref(struct chunk *chunk, const struct sorted_ops *ops)
{
	if (__atomic_sub_fetch(&chunk->references, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	for (uint32_t i = 0; i < chunk->count; i++)
		ops->unref(chunk->items[i]);
	free(chunk);
}

static struct chunk *chunk_ref(struct chunk *chunk)
{
	__atomic_add_fetch(&chunk->references, 1, __ATOMIC_RELAXED);
	return chunk;
}

static struct chunk *chunk_new(
	const struct sorted_ops *ops, void *const *items, uint32_t count)
{
	struct chunk *chunk;

	chunk = malloc(sizeof(*chunk) + count * sizeof(chunk->items[0]));
	if (!chunk)
		return NULL;
	chunk->references = 1;
	chunk->count = count;
	for (uint32_t i = 0; i < count; i++) {
		ops->ref(items[i]);
		chunk->items[i] = items[i];
	}
	return chunk;
}

/* The new array while it is made. */
struct editor {
	const struct sorted_ops *ops;
	struct sorted *array;
	size_t array_space;
	void **loose; /* borrowed items that are not in a chunk yet */
	size_t loose_count, loose_space;
};

static int editor_add_chunk(struct editor *e, struct chunk *taken)
{
	if (!taken)
		return -ENOMEM;
	if (e->array->chunk_count == e->array_space) {
		size_t space = e->array_space * 2;
		struct sorted *larger;

		larger = realloc(e->array,
			sizeof(*larger) + space * sizeof(larger->chunks[0]));
		if (!larger) {
			chunk_unref(taken, e->ops);
			return -ENOMEM;
		}
		e->array = larger;
		e->array_space = space;
	}
	e->array->chunks[e->array->chunk_count++] = taken;
	e->array->count += taken->count;
	return 0;
}

static int editor_add_item(struct editor *e, void *item)
{
	if (e->loose_count == e->loose_space) {
		size_t space = e->loose_space ? e->loose_space * 2 : CHUNK_MAX;
		void **larger;

		larger = realloc(e->loose, space * sizeof(larger[0]));
		if (!larger)
			return -ENOMEM;
		e->loose = larger;
		e->loose_space = space;
	}
	e->loose[e->loose_count++] = item;
	return 0;
}

/* Cuts the loose items into chunks of about the same size. */
static int editor_flush(struct editor *e)
{
	size_t pieces, done = 0;
	int r;

	if (e->loose_count == 0)
		return 0;
	pieces = e->loose_count <= CHUNK_MAX
		? 1
		: (e->loose_count + CHUNK_FILL - 1) / CHUNK_FILL;
	for (size_t i = 0; i < pieces; i++) {
		size_t end = e->loose_count * (i + 1) / pieces;

		r = editor_add_chunk(e,
			chunk_new(e->ops, e->loose + done,
				(uint32_t)(end - done)));
		if (r < 0)
			return r;
		done = end;
	}
	e->loose_count = 0;
	return 0;
}

/* A chunk in which nothing changes is shared, unless a small rest waits. */
static int editor_keep(struct editor *e, struct chunk *chunk)
{
	int r;

	if (e->loose_count > 0 && e->loose_count < CHUNK_MIN) {
		for (uint32_t i = 0; i < chunk->count; i++) {
			r = editor_add_item(e, chunk->items[i]);
			if (r < 0)
				return r;
		}
		return 0;
	}
	r = editor_flush(e);
	if (r < 0)
		return r;
	return editor_add_chunk(e, chunk_ref(chunk));
}

/* Merges chunk with the changes that fall into it, as loose items. */
static int editor_merge(struct editor *e, const struct chunk *chunk,
	const struct sorted_change *changes, size_t count)
{
	uint32_t i = 0;
	size_t k = 0;
	int r;

	while (i < chunk->count || k < count) {
		void *item = i < chunk->count ? chunk->items[i] : NULL;
		int order = -1;

		if (!item)
			order = 1;
		else if (k < count)
			order = e->ops->compare(
				e->ops->key(item), changes[k].key);

		if (order >= 0) {
			item = changes[k].item;
			k++;
		}
		if (order <= 0)
			i++;
		if (!item)
			continue;
		r = editor_add_item(e, item);
		if (r < 0)
			return r;
	}
	return 0;
}

static int editor_run(struct editor *e, const struct sorted *old,
	const struct sorted_change *changes, size_t count)
{
	static const struct chunk none;
	size_t done = 0;
	int r;

	for (size_t i = 0; old && i < old->chunk_count; i++) {
		size_t end = done;

		/* What sorts before the next chunk's first key is merged here. */
		if (i + 1 == old->chunk_count)
			end = count;
		else
			while (end < count
				&& e->ops->compare(changes[end].key,
					   e->ops->key(old->chunks[i + 1]
							       ->items[0]))
					< 0)
				end++;

		r = end == done
			? editor_keep(e, old->chunks[i])
			: editor_merge(e, old->chunks[i], changes + done,
				  end - done);
		if (r < 0)
			return r;
		done = end;
	}
	if (!old) {
		r = editor_merge(e, &none, changes, count);
		if (r < 0)
			return r;
	}
	return editor_flush(e);
}

int sorted_edit(const struct sorted *old, const struct sorted_ops *ops,
	const struct sorted_change *changes, size_t count, struct sorted **ret)
{
	struct editor e = {.ops = ops};
	int r;

	e.array_space = (old ? old->chunk_count : 0) + 8;
	e.array = malloc(sizeof(*e.array)
		+ e.array_space * sizeof(e.array->chunks[0]));
	if (!e.array)
		return -ENOMEM;
	*e.array = (struct sorted){.references = 1, .ops = ops};

	r = editor_run(&e, old, changes, count);
	free(e.loose);
	if (r < 0 || e.array->count == 0) {
		sorted_unref(e.array);
		e.array = NULL;
	}
	if (r < 0)
		return r;
	*ret = e.array;
	return 0;
}

struct sorted *sorted_ref(struct sorted *sorted)
{
	if (sorted)
		__atomic_add_fetch(&sorted->references, 1, __ATOMIC_RELAXED);
	return sorted;
}

void sorted_unref(struct sorted *sorted)
{
	if (!sorted
		|| __atomic_sub_fetch(&sorted->references, 1, __ATOMIC_ACQ_REL)
			> 0)
		return;
	for (size_t i = 0; i < sorted->chunk_count; i++)
		chunk_unref(sorted->chunks[i], sorted->ops);
	free(sorted);
}

size_t sorted_count(const struct sorted *sorted)
{
	return sorted ? sorted->count : 0;
}

void *sorted_find(const struct sorted *sorted, const void *key)
{
	const struct sorted_ops *ops;
	const struct chunk *chunk;
	size_t low = 0, high;

	if (!sorted)
		return NULL;
	ops = sorted->ops;

	/* The last chunk whose first key is not above key. */
	high = sorted->chunk_count;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (ops->compare(ops->key(sorted->chunks[middle]->items[0]),
			    key)
			<= 0)
			low = middle;
		else
			high = middle;
	}

	chunk = sorted->chunks[low];
	low = 0;
	high = chunk->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = ops->compare(ops->key(chunk->items[middle]), key);

		if (order == 0)
			return chunk->items[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

void *sorted_next(const struct sorted *sorted, struct sorted_cursor *cursor)
{
	if (!sorted || cursor->chunk >= sorted->chunk_count)
		return NULL;
	if (cursor->item >= sorted->chunks[cursor->chunk]->count) {
		cursor->chunk++;
		cursor->item = 0;
		if (cursor->chunk >= sorted->chunk_count)
			return NULL;
	}
	return sorted->chunks[cursor->chunk]->items[cursor->item++];
}

/* Steps over chunks that both sides share. */
static void skip_shared(const struct sorted *a, struct sorted_cursor *at_a,
	const struct sorted *b, struct sorted_cursor *at_b)
{
	while (a && b && at_a->item == 0 && at_b->item == 0
		&& at_a->chunk < a->chunk_count && at_b->chunk < b->chunk_count
		&& a->chunks[at_a->chunk] == b->chunks[at_b->chunk]) {
		at_a->chunk++;
		at_b->chunk++;
	}
}

/* sorted_next() leaves the cursor behind a chunk's last item: normalise. */
static void *peek(const struct sorted *sorted, struct sorted_cursor *cursor)
{
	struct sorted_cursor probe;

	if (sorted && cursor->chunk < sorted->chunk_count
		&& cursor->item >= sorted->chunks[cursor->chunk]->count) {
		cursor->chunk++;
		cursor->item = 0;
	}
	probe = *cursor;
	return sorted_next(sorted, &probe);
}

int sorted_diff(const struct sorted *before, const struct sorted *after,
	int (*change)(void *context, void *before, void *after), void *context)
{
	const struct sorted_ops *ops = before ? before->ops
		: after			      ? after->ops
					      : NULL;
	struct sorted_cursor at_before = {0}, at_after = {0};
	int r;

	for (;;) {
		void *a = peek(before, &at_before);
		void *b = peek(after, &at_after);
		int order;

		skip_shared(before, &at_before, after, &at_after);
		a = peek(before, &at_before);
		b = peek(after, &at_after);
		if (!a && !b)
			return 0;
		order = !a ? 1 : !b ? -1 : ops->compare(ops->key(a), ops->key(b));
		if (order <= 0)
			at_before.item++;
		if (order >= 0)
			at_after.item++;
		if (order == 0 && a == b)
			continue;
		r = change(context, order <= 0 ? a : NULL, order >= 0 ? b : NULL);
		if (r != 0)
			return r;
	}
}
