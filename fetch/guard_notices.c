/* SPDX-License-Identifier: MIT */
#include "fetch/guard_notices.h"

#include <errno.h>
#include <stdlib.h>

struct notice {
	int64_t until; /* -1: the next update sets it */
	uint64_t app, task;
	bool used; /* it was for one instance, which went */
};

void notices_done(struct notices *notices)
{
	free(notices->items);
}

int notices_add(struct notices *notices, uint64_t app, uint64_t task)
{
	if (notices->count == notices->space) {
		size_t space = notices->space ? notices->space * 2 : 64;
		struct notice *larger;

		larger = realloc(notices->items, space * sizeof(*larger));
		if (!larger)
			return -ENOMEM;
		notices->items = larger;
		notices->space = space;
	}
	notices->items[notices->count++] =
		(struct notice){.until = -1, .app = app, .task = task};
	return 0;
}

bool notices_use(
	struct notices *notices, uint64_t app, uint64_t task, int64_t now)
{
	for (size_t i = 0; i < notices->count; i++) {
		struct notice *notice = &notices->items[i];

		if (notice->app != app
			|| (notice->until >= 0 && notice->until <= now))
			continue;
		notice->used |= notice->task == task;
		if (notice->task == task || notice->task == 0)
			return true;
	}
	return false;
}

bool notices_any_new(const struct notices *notices)
{
	for (size_t i = 0; i < notices->count; i++)
		if (notices->items[i].until < 0)
			return true;
	return false;
}

bool notices_any_new_of(const struct notices *notices, uint64_t app)
{
	for (size_t i = 0; i < notices->count; i++)
		if (notices->items[i].until < 0
			&& notices->items[i].app == app)
			return true;
	return false;
}

void notices_settle(struct notices *notices, int64_t now, int64_t hold_ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < notices->count; i++) {
		struct notice *notice = &notices->items[i];

		if (notice->until < 0)
			notice->until = now + hold_ms;
		if (!notice->used && notice->until > now)
			notices->items[kept++] = *notice;
	}
	notices->count = kept;
}
