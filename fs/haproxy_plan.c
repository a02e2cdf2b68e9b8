/* SPDX-License-Identifier: MIT */
#include "fs/haproxy_plan.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "fetch/clock.h"

/* The first versions that add servers: for everybody, and as an experiment. */
enum { VERSION_DYNAMIC = 206, VERSION_EXPERIMENT = 204 };
void plan_done(struct plan *plan)
{
	haproxy_batch_done(&plan->batch);
	free(plan->items);
	plan->items = NULL;
	plan->count = plan->space = 0;
}

bool plan_is_dynamic(const struct plan *plan)
{
	return plan->version >= VERSION_EXPERIMENT;
}

bool plan_is_full(const struct plan *plan)
{
	return plan->count >= PLAN_FULL || plan->lines >= PLAN_LINES;
}

void plan_begin(struct plan *plan)
{
	haproxy_batch_reset(&plan->batch);
	plan->count = 0;
	plan->lines = 0;
	plan->now = clock_now_ms();
	haproxy_batch_add(&plan->batch, "show info");
	if (plan_is_dynamic(plan) && plan->version < VERSION_DYNAMIC)
		haproxy_batch_add(&plan->batch, "experimental-mode on");
}

void plan_reload(struct plan *plan, const char *format, ...)
{
	char text[sizeof(plan->why.text)];
	va_list arguments;

	if (plan->reasons++ > 0)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	why_set(&plan->why, 1, "%s", text);
}

void plan_fail(struct plan *plan, int error)
{
	if (plan->batch.error == 0)
		plan->batch.error = error;
}

/* One word, and not "#number", which haproxy takes for an id. */
static bool is_name(const char *name)
{
	return *name && *name != '#' && !strpbrk(name, " /")
		&& haproxy_text_is_safe(name);
}

static int reserve(struct plan *plan)
{
	size_t wanted = plan->space ? plan->space * 2 : 64;
	struct planned *grown;

	if (plan->count < plan->space)
		return 0;
	grown = reallocarray(plan->items, wanted, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	plan->items = grown;
	plan->space = wanted;
	return 0;
}

static void put(struct plan *plan, const struct planned *item, const char *line)
{
	int r = reserve(plan);

	if (r < 0) {
		plan_fail(plan, r);
		return;
	}
	plan->items[plan->count] = *item;
	plan->items[plan->count].index = plan->batch.count;
	if (haproxy_batch_add(&plan->batch, "%s", line) == 0)
		plan->count++;
}

/* Names that no configuration has either, and text that could become another
 * command, must not spoil the batch. */
static bool can_tell(const struct planned *item, const char *line, int length)
{
	return is_name(item->backend->name)
		&& (!item->server || is_name(item->server)) && length >= 0
		&& length < HAPROXY_COMMAND_MAX - 1
		&& haproxy_text_is_safe(line);
}

bool plan_tell(struct plan *plan, struct planned item, const char *format, ...)
{
	char line[HAPROXY_COMMAND_MAX];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (!can_tell(&item, line, length)) {
		plan_reload(plan, "%s/%s: its words cannot be told haproxy",
			item.backend->name, item.server ? item.server : "");
		return false;
	}
	plan->differs = true;
	if (!plan->dry)
		put(plan, &item, line);
	return true;
}

void plan_read(struct plan *plan, const struct runtime_backend *wanted,
	struct known_backend *known)
{
	struct planned state = {PLAN_STATE, 0, known, NULL};
	struct planned stat = {PLAN_STAT, 0, known, NULL};

	plan->lines += wanted->count + known->count;
	plan_tell(plan, state, "show servers state %s", known->name);
	if (known->limits)
		plan_tell(plan, stat, "show stat %s 4 -1", known->name);
}

/* It had the time that its connections were given. */
static bool is_drained(
	const struct plan *plan, const struct known_server *server)
{
	return plan->shutdown_ms > 0 && server->delete_at && !server->shut
		&& plan->now - server->gone_at >= plan->shutdown_ms;
}

void plan_deletes(struct plan *plan, struct known_backend *known)
{
	struct known_server *server;
	struct planned item = {PLAN_DELETE, 0, known, NULL};

	plan->dry = false;
	if (!plan_is_dynamic(plan))
		return;
	for (size_t i = 0; i < known->count && !plan_is_full(plan); i++) {
		server = &known->servers[i];
		item.server = server->name;
		if (is_drained(plan, server)) {
			item.kind = PLAN_TELL;
			plan_tell(plan, item, "shutdown sessions server %s/%s",
				known->name, server->name);
			item.kind = PLAN_DELETE;
			server->shut = true;
			server->delete_at = plan->now;
		}
		if (server->delete_at == 0 || server->delete_at > plan->now)
			continue;
		plan_tell(plan, item, "del server %s/%s", known->name,
			server->name);
	}
}
