/* SPDX-License-Identifier: MIT */
#include "fs/gate_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void release(struct pending *pending)
{
	app_unref(pending->before);
	app_unref(pending->after);
}

void pending_drop(struct pending_list *list, size_t at)
{
	release(&list->items[at]);
	list->count--;
	memmove(&list->items[at], &list->items[at + 1],
		(list->count - at) * sizeof(*list->items));
}

static void pending_clear(struct pending_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		release(&list->items[i]);
	list->count = 0;
}

void pending_done(struct pending_list *list)
{
	pending_clear(list);
	free(list->items);
	*list = (struct pending_list){.items = NULL};
}

/* Takes references of its own. */
static int pending_add(
	struct pending_list *list, struct app *before, struct app *after)
{
	if (list->count == list->space) {
		size_t space = list->space ? list->space * 2 : 16;
		struct pending *larger =
			reallocarray(list->items, space, sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		list->items = larger;
		list->space = space;
	}
	list->items[list->count++] =
		(struct pending){before ? app_ref(before) : NULL,
			after ? app_ref(after) : NULL};
	return 0;
}

static bool is_in(const struct app *app, const char *task)
{
	const struct instance *instance = app_instance(app, task);

	return instance && instance->state == INSTANCE_SERVING;
}

/*
 * The old form of an app, without the instances that its new form does not
 * serve any more. *ret is a reference, to before itself when none has gone.
 */
static int without_the_gone(
	struct app *before, const struct app *after, struct app **ret)
{
	struct app draft = app_draft(before);
	struct instance *left;
	uint32_t count = 0;
	int r;

	left = calloc(before->instance_count ? before->instance_count : 1,
		sizeof(*left));
	if (!left)
		return -ENOMEM;
	for (uint32_t i = 0; i < before->instance_count; i++) {
		const struct instance *instance = &before->instances[i];

		if (instance->state != INSTANCE_SERVING
			|| (after && is_in(after, instance->id)))
			left[count++] = *instance;
	}
	if (count == before->instance_count) {
		free(left);
		*ret = app_ref(before);
		return 0;
	}
	draft.instances = left;
	draft.instance_count = count;
	r = app_pack(&draft, ret, NULL);
	free(left);
	return r;
}

/* What is done of the difference between what is shown and what there is. */
struct sorting {
	struct gate *gate;
	struct catalog_change *changes; /* to be shown at once */
	size_t count, space;
	bool partly; /* something is not shown as it is */
};

static int add_change(struct sorting *sorting, const struct app_key *key,
	struct app *app)
{
	if (sorting->count == sorting->space) {
		size_t space = sorting->space ? sorting->space * 2 : 16;
		struct catalog_change *larger = reallocarray(
			sorting->changes, space, sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		sorting->changes = larger;
		sorting->space = space;
	}
	sorting->changes[sorting->count++] =
		(struct catalog_change){*key, app_ref(app)};
	return 0;
}

static int sort_change(void *context, struct app *before, struct app *after)
{
	struct sorting *sorting = context;
	struct gate *gate = sorting->gate;
	struct app *kept = NULL;
	int r = 0;

	if (gate->settings.mode == GATE_AUTO && before && after)
		r = gate->settings.maker->same_structure(
			gate->settings.views, before, after);
	if (r < 0)
		return r;
	if (r > 0)
		return add_change(sorting, &after->key, after);
	sorting->partly = true;
	if (before) {
		r = without_the_gone(before, after, &kept);
		if (r == 0 && kept != before)
			r = add_change(sorting, &before->key, kept);
	}
	if (r == 0 && !(after && refused_has(&gate->refused, &after->key)))
		r = pending_add(&gate->pending, kept, after);
	app_unref(kept);
	return r < 0 ? r : 0;
}

static void sorting_done(struct sorting *sorting)
{
	for (size_t i = 0; i < sorting->count; i++)
		app_unref(sorting->changes[i].app);
	free(sorting->changes);
}

int gate_sort(struct gate *gate, struct catalog *catalog, bool *ret_show)
{
	struct sorting sorting = {.gate = gate};
	struct catalog *next = NULL;
	int r;

	pending_clear(&gate->pending);
	r = catalog_diff(gate->shown, catalog, sort_change, &sorting);
	/* The newest itself, where it can be: the next one shares with it all
	 * that has not changed, and is compared at the cost of what has. */
	if (r == 0 && !sorting.partly)
		next = catalog_ref(catalog);
	else if (r == 0 && sorting.count > 0)
		r = catalog_edit(gate->shown, sorting.changes, sorting.count,
			&next);
	if (r == 0 && next) {
		catalog_unref(gate->shown);
		gate->shown = next;
	}
	if (r == 0 && sorting.count > 0)
		*ret_show = gate->base_is_good;
	sorting_done(&sorting);
	return r;
}
