/* SPDX-License-Identifier: MIT */
#include "fetch/guard_losses.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct loss {
	int64_t at;
	uint64_t app, task;
	bool back; /* the update under way has it again */
};

void losses_done(struct losses *losses)
{
	free(losses->items);
}

int losses_reserve(struct losses *losses, size_t more)
{
	size_t need = losses->count + more;
	size_t space = losses->space ? losses->space : 64;
	struct loss *larger;

	while (space < need)
		space *= 2;
	if (space == losses->space)
		return 0;
	larger = realloc(losses->items, space * sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	losses->items = larger;
	losses->space = space;
	return 0;
}

void losses_add(
	struct losses *losses, int64_t at, uint64_t app, uint64_t task)
{
	losses->items[losses->count++] =
		(struct loss){.at = at, .app = app, .task = task};
}

size_t losses_standing(const struct losses *losses)
{
	return losses->count - losses->back;
}

/* Those that were lost together mostly come back together. */
bool losses_take_back(struct losses *losses, uint64_t task)
{
	for (size_t i = 0; i < losses->count; i++) {
		size_t at = (losses->look + i) % losses->count;
		struct loss *loss = &losses->items[at];

		if (loss->task != task || loss->back)
			continue;
		loss->back = true;
		losses->back++;
		losses->look = at + 1;
		return true;
	}
	return false;
}

void losses_settle(struct losses *losses, bool made)
{
	size_t kept = 0;

	if (losses->back == 0)
		return;
	for (size_t i = 0; i < losses->count; i++) {
		if (made && losses->items[i].back)
			continue;
		losses->items[kept] = losses->items[i];
		losses->items[kept++].back = false;
	}
	losses->count = kept;
	losses->back = losses->look = 0;
}

void losses_replace(struct losses *losses, uint64_t app, uint32_t fresh)
{
	size_t kept = 0;

	if (fresh == 0)
		return;
	for (size_t i = 0; i < losses->count; i++) {
		if (fresh > 0 && losses->items[i].app == app)
			fresh--;
		else
			losses->items[kept++] = losses->items[i];
	}
	losses->count = kept;
}

void losses_forget(struct losses *losses, int64_t until)
{
	size_t old = 0;

	while (old < losses->count && losses->items[old].at <= until)
		old++;
	if (old == 0)
		return;
	losses->count -= old;
	memmove(losses->items, losses->items + old,
		losses->count * sizeof(*losses->items));
}
