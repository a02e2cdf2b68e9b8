/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "fetch/clock.h"
#include "fetch/hosts_impl.h"

enum { PART_MAX = 63, NAME_MAX_BYTES = 253 };

/* One part of a name, up to a dot or the end; its length, 0: it is none. */
static size_t part_length(const char *part, bool *digits)
{
	size_t length = 0;

	*digits = true;
	for (; part[length] && part[length] != '.'; length++) {
		char c = part[length];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
			|| c == '-' || c == '_';

		if (!letter && (c < '0' || c > '9'))
			return 0;
		*digits = *digits && !letter;
	}
	return length <= PART_MAX ? length : 0;
}

/* As a resolver can be asked for it. What ends in digits alone is an address,
 * or a mistaken one. */
static bool is_name(const char *host)
{
	size_t length = strnlen(host, NAME_MAX_BYTES + 1), part;
	bool digits = true;

	if (length > NAME_MAX_BYTES)
		return false;
	while (*host) {
		part = part_length(host, &digits);
		if (part == 0)
			return false;
		host += part;
		host += *host == '.';
	}
	return !digits;
}

/* The name that is asked for; NULL: the instance needs none. In a packed app
 * an endpoint at the agent has the very text of its name. */
static const char *name_of(
	const struct app *app, const struct instance *instance)
{
	for (uint32_t i = 0; i < app->port_count; i++)
		if (instance->host
			&& instance->endpoints[i].host == instance->host)
			return is_name(instance->host) ? instance->host : NULL;
	return NULL;
}

static struct host *host_of(const struct hosts *hosts, const struct app *app,
	const struct instance *instance)
{
	const char *name = name_of(app, instance);

	return name && !hosts->settings.off ? host_find(&hosts->table, name)
					    : NULL;
}

/* What an instance is to say of its host. */
static void fill(const struct hosts *hosts, const struct app *app,
	struct instance *instance)
{
	const struct host *host = host_of(hosts, app, instance);
	bool has_address = host && host->address[0];

	instance->address = has_address ? host->address : NULL;
	instance->looking = host && !has_address
		&& (host->state == HOST_LOOKING || host->state == HOST_KEPT);
}

static bool says_the_same(const struct instance *a, const struct instance *b)
{
	if (a->looking != b->looking || !a->address != !b->address)
		return false;
	return !a->address || strcmp(a->address, b->address) == 0;
}

/* Whether named says of the hosts of app, which is the same app, what is known
 * of them now. */
static bool is_named(const struct hosts *hosts, const struct app *app,
	const struct app *named)
{
	for (uint32_t i = 0; i < app->instance_count; i++) {
		struct instance instance = app->instances[i];

		fill(hosts, app, &instance);
		if (!says_the_same(&instance, &named->instances[i]))
			return false;
	}
	return true;
}

/* *ret is a new reference: app itself, where there is nothing to be said. */
static int name_app(
	const struct hosts *hosts, struct app *app, struct app **ret)
{
	CLEANUP(free) struct instance *instances = NULL;
	struct app draft;

	if (is_named(hosts, app, app)) {
		*ret = app_ref(app);
		return 0;
	}
	instances = reallocarray(
		NULL, app->instance_count, sizeof(*instances));
	if (!instances)
		return -ENOMEM;
	for (uint32_t i = 0; i < app->instance_count; i++) {
		instances[i] = app->instances[i];
		fill(hosts, app, &instances[i]);
	}
	draft = app_draft(app);
	draft.instances = instances;
	return app_pack(&draft, ret, NULL);
}

/* The apps of an edit, each with a reference. */
struct edit {
	struct hosts *hosts;
	struct catalog_change *changes;
	size_t count, room;
};

static void edit_done(struct edit *edit)
{
	for (size_t i = 0; i < edit->count; i++)
		app_unref(edit->changes[i].app);
	free(edit->changes);
}

/* Takes over app. */
static int edit_add(
	struct edit *edit, const struct app_key *key, struct app *app)
{
	size_t room = edit->room ? edit->room * 2 : 16;
	struct catalog_change *larger;

	if (edit->count == edit->room) {
		larger = reallocarray(edit->changes, room, sizeof(*larger));
		if (!larger) {
			app_unref(app);
			return -ENOMEM;
		}
		edit->changes = larger;
		edit->room = room;
	}
	edit->changes[edit->count++] = (struct catalog_change){*key, app};
	return 0;
}

/* Names beyond the ceiling are shown as they are. */
static int add_hosts(struct hosts *hosts, const struct app *app)
{
	for (uint32_t i = 0; i < app->instance_count; i++) {
		const char *name = name_of(app, &app->instances[i]);
		struct host *host;
		int r;

		if (!name || host_find(&hosts->table, name))
			continue;
		r = host_add(&hosts->table, name, &host);
		if (r == -E2BIG)
			hosts->beyond++;
		else if (r < 0)
			return r;
	}
	return 0;
}

static int take_change(void *context, struct app *before, struct app *after)
{
	struct edit *edit = context;
	const struct app_key *key = before ? &before->key : &after->key;
	struct app *shown, *named = NULL;
	int r = 0;

	if (after && !edit->hosts->settings.off)
		r = add_hosts(edit->hosts, after);
	if (after && r == 0)
		r = name_app(edit->hosts, after, &named);
	if (r < 0)
		return r;
	shown = catalog_find(edit->hosts->named, key);
	if (shown && named && app_same(shown, named)) {
		app_unref(named);
		named = app_ref(shown);
	}
	return edit_add(edit, named ? &named->key : key, named);
}

static int take_changes(
	struct hosts *hosts, struct catalog *all, struct catalog **ret)
{
	struct edit edit = {.hosts = hosts};
	int r;

	r = catalog_diff(hosts->all, all, take_change, &edit);
	if (r == 0)
		r = catalog_edit(hosts->named, edit.changes, edit.count, ret);
	edit_done(&edit);
	return r;
}

/* named has the keys of all. */
static int add_moved(
	struct edit *edit, struct catalog *all, const struct catalog *named)
{
	struct catalog_cursor at = {0, 0}, named_at = {0, 0};
	struct app *app, *shown, *next;
	int r = 0;

	while (r == 0 && (app = catalog_next(all, &at))) {
		shown = catalog_next(named, &named_at);
		if (is_named(edit->hosts, app, shown))
			continue;
		r = name_app(edit->hosts, app, &next);
		if (r == 0)
			r = edit_add(edit, &next->key, next);
	}
	return r;
}

/* Takes over the reference in *named, and gives another for it. */
static int take_answers(
	struct hosts *hosts, struct catalog *all, struct catalog **named)
{
	struct edit edit = {.hosts = hosts};
	struct catalog *next;
	int r;

	r = add_moved(&edit, all, *named);
	if (r == 0 && edit.count > 0) {
		r = catalog_edit(*named, edit.changes, edit.count, &next);
		if (r == 0) {
			catalog_unref(*named);
			*named = next;
		}
	}
	edit_done(&edit);
	return r;
}

/* Who is on which host. The new ones first, or a host would be forgotten in
 * between. */
struct count {
	struct hosts *hosts;
	int64_t now;
	bool old;
};

static int count_app(void *context, struct app *before, struct app *after)
{
	const struct count *count = context;
	const struct app *app = count->old ? before : after;

	for (uint32_t i = 0; app && i < app->instance_count; i++) {
		struct host *host =
			host_of(count->hosts, app, &app->instances[i]);

		if (host && count->old)
			hosts_drop(count->hosts, host);
		else if (host)
			hosts_use(count->hosts, host, count->now);
	}
	return 0;
}

static void count_references(
	struct hosts *hosts, struct catalog *all, int64_t now)
{
	struct count count = {hosts, now, false};

	catalog_diff(hosts->all, all, count_app, &count);
	count.old = true;
	catalog_diff(hosts->all, all, count_app, &count);
}

static int take(
	struct hosts *hosts, struct catalog *all, struct catalog **ret)
{
	CLEANUP(catalog_unref) struct catalog *named = NULL;
	int r = 0;

	if (all == hosts->all)
		named = catalog_ref(hosts->named);
	else
		r = take_changes(hosts, all, &named);
	if (r == 0 && hosts->moved)
		r = take_answers(hosts, all, &named);
	if (r == 0)
		*ret = take_ptr(&named);
	return r;
}

int hosts_take(struct hosts *hosts, struct catalog *all, int64_t now,
	struct catalog **ret)
{
	struct catalog *named = NULL;
	int r;

	r = take(hosts, all, &named);
	if (r < 0) {
		/* What was added is used by nobody yet. */
		hosts->kept_until = now + HOSTS_KEPT_MS;
		return r;
	}
	count_references(hosts, all, now);
	hosts->moved = false;
	catalog_unref(hosts->named);
	hosts->named = catalog_ref(named);
	catalog_ref(all);
	catalog_unref(hosts->all);
	hosts->all = all;
	*ret = named;
	return 0;
}

static void remember_instance(struct hosts *hosts, const struct app *app,
	const struct instance *instance)
{
	unsigned char bytes[sizeof(struct in6_addr)];
	const char *name = name_of(app, instance);
	const char *address = instance->address;
	struct host *host;

	if (!name || !address || host_find(&hosts->table, name))
		return;
	if (inet_pton(AF_INET, address, bytes) != 1
		&& inet_pton(AF_INET6, address, bytes) != 1)
		return;
	if (host_add(&hosts->table, name, &host) == 0)
		memcpy(host->address, address, strlen(address) + 1);
}

void hosts_remember(struct hosts *hosts, const struct catalog *restored)
{
	struct catalog_cursor at = {0, 0};
	const struct app *app;

	while (!hosts->settings.off && (app = catalog_next(restored, &at)))
		for (uint32_t i = 0; i < app->instance_count; i++)
			remember_instance(hosts, app, &app->instances[i]);
	hosts->kept_until = clock_now_ms() + HOSTS_KEPT_MS;
}
