/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fetch/etcd_impl.h"

/* A key below the path, as registry.h has it; NULL: it is not there. */
static const char *below_path(const struct etcd *e, const char *key)
{
	size_t length = strlen(e->address.path);

	if (strncmp(key, e->address.path, length) != 0 || key[length] != '/')
		return NULL;
	return key + length + 1;
}

/* The path itself, or a directory that it is in. */
static bool holds_path(const struct etcd *e, const char *key)
{
	size_t length = strlen(key);

	if (length > 0 && key[length - 1] == '/')
		length--;
	return strncmp(e->address.path, key, length) == 0
		&& (e->address.path[length] == '/'
			|| e->address.path[length] == '\0');
}

static int announce(void *context, const char *app, const char *instance)
{
	struct etcd *e = context;

	return belief_announce(e->source.belief, app, instance);
}

static int remove_key(struct etcd *e, struct registry *registry,
	const struct etcd_change *change, const char *key)
{
	bool expired = change->action == ETCD_EXPIRED
		|| (change->action == ETCD_GONE
			&& registry_is_leased(registry, key));
	registry_gone *gone = expired ? NULL : announce;

	if (change->directory)
		return registry_remove_below(registry, key, gone, e);
	return registry_remove(registry, key, gone, e);
}

/* -ESTALE for what cannot be made sense of: all has to be read again. */
static int apply(struct etcd *e, struct registry *registry,
	const struct etcd_change *change)
{
	const char *key = below_path(e, change->key);

	if (!key && change->directory && holds_path(e, change->key))
		key = "";
	if (!key)
		return -ESTALE;
	switch (change->action) {
	case ETCD_PUT:
		return registry_put(
			registry, key, change->value, change->leased);
	case ETCD_ASIDE:
		return 0;
	case ETCD_DELETED:
	case ETCD_EXPIRED:
	case ETCD_GONE:
		return remove_key(e, registry, change, key);
	case ETCD_UNKNOWN:
		return -ESTALE;
	}
	return -ESTALE;
}

int etcd_change_read(
	void *context, const struct etcd_change *change, struct why *why)
{
	struct etcd *e = context;
	int r = apply(e, e->read.registry, change);

	if (r == -ESTALE)
		return why_set(why, -EBADMSG, "a key of another path: %.200s",
			change->key);
	if (r == -E2BIG)
		return why_set(why, r, "more than %d keys",
			REGISTRY_KEYS_MAX);
	return r < 0 ? why_set(why, r, "out of memory") : 0;
}

static void pending_free(struct etcd_pending *pending)
{
	char *key = (char *)(uintptr_t)pending->change.key;
	char *value = (char *)(uintptr_t)pending->change.value;

	free(key);
	free(value);
	free(pending);
}

/* Of too many, the rest comes once more by the watch that follows. */
static int keep(struct etcd *e, const struct etcd_change *change)
{
	struct etcd_pending *pending;

	if (e->pending_count == PENDING_MAX)
		return 0;
	pending = calloc(1, sizeof(*pending));
	if (!pending)
		return -ENOMEM;
	pending->change = *change;
	pending->change.key = strdup(change->key);
	pending->change.value = strdup(change->value);
	if (!pending->change.key || !pending->change.value) {
		pending_free(pending);
		return -ENOMEM;
	}
	*e->pending_end = pending;
	e->pending_end = &pending->next;
	e->pending_count++;
	return 0;
}

void etcd_change_forget(struct etcd *e)
{
	struct etcd_pending *next;

	for (struct etcd_pending *p = e->pending; p; p = next) {
		next = p->next;
		pending_free(p);
	}
	e->pending = NULL;
	e->pending_end = &e->pending;
	e->pending_count = 0;
}

int etcd_change_take(
	void *context, const struct etcd_change *change, struct why *why)
{
	struct etcd *e = context;
	int r;

	r = apply(e, e->registry, change);
	if (r == 0 && e->read.request)
		r = keep(e, change);
	if (r < 0)
		return why_set(why, r, "a change of %.200s: %s", change->key,
			r == -ESTALE ? "it makes no sense" : strerror(-r));
	e->source.report.events++;
	e->source.report.last_event = clock_unix_ms();
	e->missing = e->missing && change->action != ETCD_PUT
		&& change->action != ETCD_ASIDE;
	etcd_report_why(e);
	return 0;
}

int etcd_change_replay(struct etcd *e, int64_t index)
{
	int r = 0;

	for (struct etcd_pending *p = e->pending; p && r == 0; p = p->next)
		if (p->change.index > index)
			r = apply(e, e->read.registry, &p->change);
	return r;
}

static struct app *known_app(const struct etcd *e, const char *id)
{
	struct app_key key = {id, e->reader.origin.source};

	return catalog_find(belief_known(e->source.belief), &key);
}

/* All apps of an answer. */
struct gathered {
	struct etcd *e;
	struct catalog_change *apps; /* references */
	size_t count, space;
};

static void gathered_done(struct gathered *gathered)
{
	for (size_t i = 0; i < gathered->count; i++)
		app_unref(gathered->apps[i].app);
	free(gathered->apps);
}

/* What says the same as before is the same. */
static int gather(void *context, const char *id, struct app *app)
{
	struct gathered *g = context;
	struct app *known = known_app(g->e, id);

	if (!app)
		return 0;
	if (g->count == g->space) {
		size_t space = g->space ? g->space * 2 : 64;
		struct catalog_change *larger;

		larger = reallocarray(g->apps, space, sizeof(*larger));
		if (!larger)
			return -ENOMEM;
		g->apps = larger;
		g->space = space;
	}
	app = app_ref(known && app_same(known, app) ? known : app);
	g->apps[g->count++] =
		(struct catalog_change){.key = app->key, .app = app};
	return 0;
}

static void note_bad(struct etcd *e)
{
	struct why why;

	registry_bad_why(e->registry, &why);
	source_leaves_out(&e->source, registry_bad(e->registry), &why);
}

int etcd_change_answer(struct etcd *e)
{
	struct gathered gathered = {.e = e};
	struct catalog *catalog;
	int r;

	r = registry_changes(e->read.registry, &e->reader, gather,
		&gathered);
	if (r == 0)
		r = catalog_edit(
			NULL, gathered.apps, gathered.count, &catalog);
	gathered_done(&gathered);
	if (r < 0)
		return r;
	registry_free(e->registry);
	e->registry = take_ptr(&e->read.registry);
	belief_answer(e->source.belief, catalog);
	note_bad(e);
	return 0;
}

static int edit(void *context, const char *id, struct app *app)
{
	struct etcd *e = context;
	struct app *known = known_app(e, id);

	if (app == known || (app && known && app_same(app, known)))
		return 0;
	return belief_edit(e->source.belief, id, app);
}

int etcd_change_edit(struct etcd *e)
{
	int r;

	if (!e->registry)
		return 0;
	r = registry_changes(e->registry, &e->reader, edit, e);
	note_bad(e);
	return r;
}
