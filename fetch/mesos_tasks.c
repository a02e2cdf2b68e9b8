/* SPDX-License-Identifier: MIT */
#include "fetch/mesos_tasks.h"

#include <errno.h>
#include <string.h>

#include "fetch/skim.h"

struct item {
	uint64_t print;
	struct app *app; /* a reference; NULL: it is not shown */
};

struct mesos_tasks {
	struct item *items;
	size_t count, space;
	uint32_t *slots; /* by print: the index of an item, plus one */
	size_t slot_mask;
	uint64_t *ended; /* hashes of ids; sorted when no more come */
	size_t ended_count, ended_space;
};

int mesos_tasks_new(struct mesos_tasks **ret)
{
	struct mesos_tasks *tasks = calloc(1, sizeof(*tasks));

	if (!tasks)
		return -ENOMEM;
	*ret = tasks;
	return 0;
}

void mesos_tasks_free(struct mesos_tasks *tasks)
{
	if (!tasks)
		return;
	for (size_t i = 0; i < tasks->count; i++)
		app_unref(tasks->items[i].app);
	free(tasks->items);
	free(tasks->slots);
	free(tasks->ended);
	free(tasks);
}

static int make_room(struct mesos_tasks *tasks)
{
	size_t space = tasks->space ? tasks->space * 2 : 1024;
	struct item *larger;

	if (tasks->count == MESOS_TASKS_MAX)
		return -E2BIG;
	if (tasks->count < tasks->space)
		return 0;
	larger = reallocarray(tasks->items, space, sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	tasks->items = larger;
	tasks->space = space;
	return 0;
}

int mesos_tasks_add(struct mesos_tasks *tasks, uint64_t print, struct app *app)
{
	int r = make_room(tasks);

	if (r < 0) {
		app_unref(app);
		return r;
	}
	tasks->items[tasks->count++] = (struct item){print, app};
	return 0;
}

bool mesos_tasks_find(const struct mesos_tasks *tasks, uint64_t print,
	size_t at, struct app **ret)
{
	size_t slot = (size_t)print;

	if (at < tasks->count && tasks->items[at].print == print) {
		*ret = tasks->items[at].app;
		return true;
	}
	for (; tasks->slots[slot & tasks->slot_mask]; slot++) {
		const struct item *item =
			&tasks->items[tasks->slots[slot & tasks->slot_mask]
				- 1];

		if (item->print == print) {
			*ret = item->app;
			return true;
		}
	}
	return false;
}

size_t mesos_tasks_count(const struct mesos_tasks *tasks)
{
	return tasks->count;
}

struct app *mesos_tasks_app(const struct mesos_tasks *tasks, size_t at)
{
	return tasks->items[at].app;
}

bool mesos_tasks_same(const struct mesos_tasks *a, const struct mesos_tasks *b)
{
	if (!a || a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->items[i].print != b->items[i].print)
			return false;
	return true;
}

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

int mesos_tasks_finish(struct mesos_tasks *tasks)
{
	size_t slots = 8;

	while (slots < tasks->count * 2)
		slots *= 2;
	tasks->slots = calloc(slots, sizeof(*tasks->slots));
	if (!tasks->slots)
		return -ENOMEM;
	tasks->slot_mask = slots - 1;
	for (size_t i = 0; i < tasks->count; i++) {
		size_t slot = (size_t)tasks->items[i].print;

		while (tasks->slots[slot & tasks->slot_mask])
			slot++;
		tasks->slots[slot & tasks->slot_mask] = (uint32_t)i + 1;
	}
	if (tasks->ended_count > 1)
		qsort(tasks->ended, tasks->ended_count, sizeof(*tasks->ended),
			by_number);
	return 0;
}

static uint64_t hash_of(const char *id)
{
	const struct skim whole = {.end = strlen(id)};

	return skim_fingerprint(&whole, id);
}

int mesos_tasks_add_ended(struct mesos_tasks *tasks, const char *id)
{
	if (tasks->ended_count == MESOS_TASKS_MAX)
		return 0;
	if (tasks->ended_count == tasks->ended_space) {
		size_t space =
			tasks->ended_space ? tasks->ended_space * 2 : 1024;
		uint64_t *larger = reallocarray(
			tasks->ended, space, sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		tasks->ended = larger;
		tasks->ended_space = space;
	}
	tasks->ended[tasks->ended_count++] = hash_of(id);
	return 0;
}

bool mesos_tasks_ended(const struct mesos_tasks *tasks, const char *id)
{
	uint64_t hash = hash_of(id);

	return tasks->ended_count
		&& bsearch(&hash, tasks->ended, tasks->ended_count,
			sizeof(hash), by_number);
}
