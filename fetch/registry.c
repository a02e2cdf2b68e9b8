/* SPDX-License-Identifier: MIT */
#include "fetch/registry.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/registry_impl.h"

struct registry {
	void *records;  /* tsearch, by key */
	void *services; /* tsearch, by id */
	size_t count;
	struct service bad;      /* records that make nothing */
	struct service *changed; /* a list */
	size_t bad_services;
	struct why bad_service_why; /* of the last of them */
};

static int record_order(const void *a, const void *b)
{
	const struct record *const x = a, *const y = b;

	return strcmp(x->key, y->key);
}

static int service_order(const void *a, const void *b)
{
	const struct service *const x = a, *const y = b;

	return strcmp(x->id, y->id);
}

int registry_new(struct registry **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

static void record_free(void *context)
{
	struct record *record = context;

	if (!record)
		return;
	free(record->key);
	free(record->value);
	free(record);
}
CLEANUP_DEFINE(struct record *, record_free)

static void service_free(void *context)
{
	struct service *service = context;

	free(service->id);
	free(service);
}

void registry_free(struct registry *registry)
{
	if (!registry)
		return;
	tdestroy(registry->records, record_free);
	tdestroy(registry->services, service_free);
	free(registry);
}

static struct record *find_record(
	const struct registry *registry, const char *key)
{
	struct record wanted = {.key = (char *)(uintptr_t)key};
	void *node = tfind(&wanted, &registry->records, record_order);

	return node ? *(struct record **)node : NULL;
}

/* The service that an record belongs to, which is made if it is new. */
static struct service *find_service(
	struct registry *registry, const struct record *record)
{
	struct service *service;
	void *node;

	if (record->bad)
		return &registry->bad;
	service = calloc(1, sizeof(*service));
	if (!service
		|| asprintf(&service->id, "/%.*s",
			   (int)record->binding.service_length, record->key)
			< 0) {
		free(service);
		return NULL;
	}
	node = tsearch(service, &registry->services, service_order);
	if (!node || *(struct service **)node != service)
		service_free(service);
	return node ? *(struct service **)node : NULL;
}

static void note_change(struct registry *registry, struct service *service)
{
	if (service == &registry->bad || service->changed)
		return;
	service->changed = true;
	service->next_changed = registry->changed;
	registry->changed = service;
}

static void link_record(struct registry *registry, struct record *record)
{
	struct service *service = record->service;

	record->before = service->last;
	if (service->last)
		service->last->next = record;
	else
		service->first = record;
	service->last = record;
	service->count++;
	note_change(registry, service);
}

static void unlink_record(struct registry *registry, struct record *record)
{
	struct service *service = record->service;

	if (record->before)
		record->before->next = record->next;
	else
		service->first = record->next;
	if (record->next)
		record->next->before = record->before;
	else
		service->last = record->before;
	service->count--;
	note_change(registry, service);
}

static void drop_record(struct registry *registry, struct record *record)
{
	unlink_record(registry, record);
	tdelete(record, &registry->records, record_order);
	registry->count--;
	record_free(record);
}

static int make_record(const char *key, struct record **ret)
{
	CLEANUP(record_free) struct record *record = calloc(1, sizeof(*record));

	if (!record)
		return -ENOMEM;
	record->key = strdup(key);
	if (!record->key)
		return -ENOMEM;
	*ret = take_ptr(&record);
	return 0;
}

/* From then on it belongs to a service, or to those that make nothing. */
static int set_value(struct registry *registry, struct record *record,
	const char *value)
{
	struct record next = *record;

	next.value = strdup(value);
	if (!next.value)
		return -ENOMEM;
	next.bad = binding_parse(next.key, value, &next.binding, NULL) < 0;
	next.service = find_service(registry, &next);
	if (!next.service) {
		free(next.value);
		return -ENOMEM;
	}
	if (record->service)
		unlink_record(registry, record);
	free(record->value);
	next.before = next.next = NULL;
	*record = next;
	link_record(registry, record);
	return 0;
}

static int add_record(struct registry *registry, const char *key,
	const char *value, bool leased)
{
	CLEANUP(record_free) struct record *record = NULL;
	int r;

	if (registry->count == REGISTRY_KEYS_MAX)
		return -E2BIG;
	r = make_record(key, &record);
	if (r < 0)
		return r;
	record->leased = leased;
	if (!tsearch(record, &registry->records, record_order))
		return -ENOMEM;
	r = set_value(registry, record, value);
	if (r < 0) {
		tdelete(record, &registry->records, record_order);
		return r;
	}
	registry->count++;
	take_ptr(&record);
	return 0;
}

int registry_put(struct registry *registry, const char *key, const char *value,
	bool leased)
{
	struct record *record = find_record(registry, key);

	if (!record)
		return add_record(registry, key, value, leased);
	record->leased = leased;
	return strcmp(record->value, value) == 0
		? 0
		: set_value(registry, record, value);
}

static bool same_instance(const struct record *a, const struct record *b)
{
	return a->binding.instance_length == b->binding.instance_length
		&& memcmp(record_instance(a), record_instance(b),
			   a->binding.instance_length)
		== 0;
}

/* record is the last of its instance; gone hears of it. */
static int tell_gone(
	const struct record *record, registry_gone *gone, void *context)
{
	CLEANUP(free) char *instance = NULL;

	if (record->bad || !gone)
		return 0;
	for (const struct record *e = record->service->first; e; e = e->next)
		if (e != record && same_instance(e, record))
			return 0;
	instance = strndup(
		record_instance(record), record->binding.instance_length);
	if (!instance)
		return -ENOMEM;
	return gone(context, record->service->id, instance);
}

static bool is_below(const struct record *record, const char *directory)
{
	size_t length = strlen(directory);

	return length == 0
		|| (strncmp(record->key, directory, length) == 0
			&& record->key[length] == '/');
}

static int remove_below(struct registry *registry, struct service *service,
	const char *directory, registry_gone *gone, void *context)
{
	struct record *next;
	int r;

	for (struct record *e = service->first; e; e = next) {
		next = e->next;
		if (!is_below(e, directory))
			continue;
		r = tell_gone(e, gone, context);
		if (r < 0)
			return r;
		drop_record(registry, e);
	}
	return 0;
}

struct removal {
	struct registry *registry;
	const char *directory;
	registry_gone *gone;
	void *context;
	int error;
};

static void remove_visit(const void *node, VISIT which, void *context)
{
	struct service *service = *(struct service *const *)node;
	struct removal *removal = context;

	if ((which == postorder || which == leaf) && removal->error == 0)
		removal->error = remove_below(removal->registry, service,
			removal->directory, removal->gone, removal->context);
}

/* A directory of a service holds keys of that one alone. */
static int remove_service(struct removal *removal)
{
	struct registry *registry = removal->registry;
	const char *key = removal->directory;
	CLEANUP(free) char *id = NULL;
	struct service wanted;
	void *node;

	if (asprintf(&id, "/%.*s",
		    (int)binding_service_length(key, strlen(key)), key)
		< 0)
		return -ENOMEM;
	wanted.id = id;
	node = tfind(&wanted, &registry->services, service_order);
	return node ? remove_below(registry, *(struct service **)node, key,
		       removal->gone, removal->context)
		    : 0;
}

int registry_remove(struct registry *registry, const char *key,
	registry_gone *gone, void *context)
{
	struct record *record = find_record(registry, key);
	int r;

	if (!record)
		return 0;
	r = tell_gone(record, gone, context);
	if (r == 0)
		drop_record(registry, record);
	return r;
}

int registry_remove_below(struct registry *registry, const char *directory,
	registry_gone *gone, void *context)
{
	struct removal removal = {registry, directory, gone, context, 0};

	if (directory[0])
		removal.error = remove_service(&removal);
	else
		twalk_r(registry->services, remove_visit, &removal);
	if (removal.error < 0)
		return removal.error;
	return remove_below(registry, &registry->bad, directory, NULL, NULL);
}

bool registry_is_leased(const struct registry *registry, const char *key)
{
	const struct record *record = find_record(registry, key);

	return record && record->leased;
}

size_t registry_count(const struct registry *registry)
{
	return registry->count;
}

size_t registry_bad(const struct registry *registry)
{
	return registry->bad.count + registry->bad_services;
}

void registry_bad_why(const struct registry *registry, struct why *ret)
{
	const struct record *first = registry->bad.first;
	struct binding ignored;

	ret->text[0] = '\0';
	if (first)
		binding_parse(first->key, first->value, &ignored, ret);
	else if (registry->bad_services > 0)
		*ret = registry->bad_service_why;
}

static void note_bad(struct registry *registry, struct service *service,
	bool bad, const struct why *why)
{
	registry->bad_services += bad;
	registry->bad_services -= service->bad;
	service->bad = bad;
	if (bad)
		why_set(&registry->bad_service_why, 0, "%.120s: %.300s",
			service->id + 1, why->text);
}

/* Of one service that changed. */
static int take_change(struct registry *registry, struct service *service,
	const struct registry_reader *reader, registry_take *take,
	void *context)
{
	CLEANUP(app_unref) struct app *app = NULL;
	struct why why = {""};
	int r;

	r = service_app(service, reader, &app, &why);
	if (r == -ENOMEM)
		return r;
	note_bad(registry, service, r < 0, &why);
	return take(context, service->id, app);
}

int registry_changes(struct registry *registry,
	const struct registry_reader *reader, registry_take *take,
	void *context)
{
	struct service *service;
	int r;

	while ((service = registry->changed)) {
		r = take_change(registry, service, reader, take, context);
		if (r < 0)
			return r;
		registry->changed = service->next_changed;
		service->changed = false;
		if (service->count > 0)
			continue;
		tdelete(service, &registry->services, service_order);
		service_free(service);
	}
	return 0;
}
