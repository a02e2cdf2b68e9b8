/* SPDX-License-Identifier: MIT */
#include "fs/runtime.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fetch/clock.h"
#include "fs/haproxy_runtime.h"
#include "fs/log.h"
#include "render/table.h"

enum {
	TICK_MS = 1000,
	SOON_MS = 50,       /* between ticks after a reload was asked for */
	SOON_FOR_MS = 5000, /* so long */
	TIMEOUT_MS = 5000,  /* of one exchange */
};

/* The lines of one backend; name and lines stand behind it. */
struct entry {
	struct table_link link;
	const char *name;
	char *lines;
	size_t length;
	bool changed; /* HAProxy was not told yet */
};

struct runtime_update {
	struct entry **items;
	size_t count, space;
	bool all;
	uint64_t number, structure;
	struct runtime_update *next; /* put later */
};

struct runtime {
	struct runtime_thread_settings settings;
	pthread_t thread;
	pthread_mutex_t lock; /* a leaf */
	pthread_cond_t changed;
	struct runtime_update *first, *last; /* by lock */
	struct status_runtime report;        /* by lock */
	bool stop;                           /* by lock */

	/* Of the thread alone. */
	struct haproxy_runtime *haproxy;
	struct table table; /* of entries */
	uint64_t number, structure;
	bool again;         /* everything is to be compared */
	int64_t soon_until; /* ticks come quicker */
	int64_t tick_at;
	struct status_runtime now;
};

/* One backend, as haproxy_runtime_apply() wants it. */
struct parsed {
	struct runtime_backend backend;
	struct runtime_server *servers;
	char *text; /* what they point into */
};

static struct entry *entry_new(const char *name, size_t name_length,
	const struct iovec *lines, size_t count)
{
	size_t length = 0;
	struct entry *entry;
	char *to;

	for (size_t i = 0; i < count; i++)
		length += lines[i].iov_len;
	entry = malloc(sizeof(*entry) + name_length + 1 + length + 1);
	if (!entry)
		return NULL;
	to = (char *)(entry + 1);
	*entry = (struct entry){.name = to, .changed = true};
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

int runtime_update_new(struct runtime_update **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void runtime_update_free(struct runtime_update *update)
{
	if (!update)
		return;
	for (size_t i = 0; i < update->count; i++)
		free(update->items[i]);
	free(update->items);
	free(update);
}

int runtime_update_add(void *context, const char *name, size_t name_length,
	const struct iovec *lines, size_t count)
{
	struct runtime_update *update = context;

	if (update->count == update->space) {
		size_t space = update->space ? update->space * 2 : 4;
		struct entry **larger = reallocarray(
			update->items, space, sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		update->items = larger;
		update->space = space;
	}
	update->items[update->count] =
		entry_new(name, name_length, lines, count);
	return update->items[update->count] ? (update->count++, 0) : -ENOMEM;
}

static struct entry *find(const struct table *table, const char *name)
{
	struct table_link *link = table_first(table, text_hash(0, name));

	while (link && strcmp(((struct entry *)link)->name, name) != 0)
		link = table_more(link);
	return (struct entry *)link;
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

/* Takes over the entry. */
static void keep(struct runtime *runtime, struct entry *entry)
{
	struct entry *before = find(&runtime->table, entry->name);

	if (before) {
		entry->changed = before->changed
			|| before->length != entry->length
			|| memcmp(before->lines, entry->lines, entry->length)
				!= 0;
		table_remove(&runtime->table, &before->link);
		free(before);
	}
	if (table_add(&runtime->table, &entry->link,
		    text_hash(0, entry->name))
		< 0)
		free(entry);
}

/* The next word, ended by a NUL; NULL: no more. */
static char *next_word(char **at)
{
	char *word = *at + strspn(*at, " \t");
	size_t length = strcspn(word, " \t");

	if (length == 0)
		return NULL;
	*at = word + length;
	if (**at)
		*(*at)++ = '\0';
	return word;
}

/* "192.0.2.1:80", "[2001:db8::1]:80", "name:80" */
static bool parse_address(char *text, struct runtime_server *ret)
{
	char *colon = strrchr(text, ':');

	if (!colon)
		return false;
	*colon = '\0';
	ret->port = (uint16_t)strtoul(colon + 1, NULL, 10);
	ret->host = text;
	if (*text == '[') {
		ret->host = text + 1;
		colon[-1] = '\0';
	}
	return true;
}

static uint32_t number_behind(const char *words, const char *word)
{
	size_t length = strlen(word);
	const char *at = words;

	while ((at = strstr(at, word))) {
		bool begins = at == words || at[-1] == ' ' || at[-1] == '\t';

		if (begins && at[length] == ' ')
			return (uint32_t)strtoul(at + length, NULL, 10);
		at += length;
	}
	return UINT32_MAX;
}

static bool has_word(const char *words, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = words; (at = strstr(at, word)); at += length)
		if ((at == words || at[-1] == ' ')
			&& (at[length] == ' ' || !at[length]))
			return true;
	return false;
}

/* "\tserver NAME ADDRESS WORDS", without its line break. */
static bool parse_server(char *line, struct runtime_server *ret)
{
	char *word = next_word(&line), *address;
	uint32_t number;

	if (!word || strcmp(word, "server") != 0)
		return false;
	ret->name = next_word(&line);
	address = next_word(&line);
	if (!ret->name || !address || !parse_address(address, ret))
		return false;
	ret->words = line;
	number = number_behind(line, "id");
	ret->id = number == UINT32_MAX ? 0 : number;
	number = number_behind(line, "weight");
	ret->weight = number == UINT32_MAX ? 1 : number;
	number = number_behind(line, "maxconn");
	ret->maxconn = number == UINT32_MAX ? 0 : number;
	ret->drained = has_word(line, "disabled");
	return true;
}

static void parsed_done(struct parsed *parsed)
{
	free(parsed->servers);
	free(parsed->text);
	*parsed = (struct parsed){.text = NULL};
}

/* 1: there is a line in it that we do not understand. -ENOMEM. */
static int parse(const struct entry *entry, const char *defaults,
	struct parsed *ret)
{
	size_t count = 0, found = 0;
	char *rest, *line;

	for (const char *c = entry->lines; *c; c++)
		count += *c == '\n';
	ret->text = strdup(entry->lines);
	ret->servers = calloc(count ? count : 1, sizeof(*ret->servers));
	if (!ret->text || !ret->servers) {
		parsed_done(ret);
		return -ENOMEM;
	}
	rest = ret->text;
	while ((line = strsep(&rest, "\n"))) {
		if (!*line)
			continue;
		if (strpbrk(line, "\"'\\#")
			|| !parse_server(line, &ret->servers[found++])) {
			parsed_done(ret);
			return 1;
		}
	}
	ret->backend = (struct runtime_backend){
		.name = entry->name,
		.defaults = defaults,
		.servers = ret->servers,
		.count = found,
	};
	return 0;
}

/* All that is to be compared. */
struct wanted {
	struct parsed *parsed;
	struct runtime_backend *backends;
	size_t count, space;
	bool strange; /* there is a line that we do not understand */
};

static void wanted_done(struct wanted *wanted)
{
	for (size_t i = 0; i < wanted->count; i++)
		parsed_done(&wanted->parsed[i]);
	free(wanted->parsed);
	free(wanted->backends);
}

static int want(
	struct wanted *wanted, const struct entry *entry, const char *defaults)
{
	int r;

	if (wanted->count == wanted->space) {
		size_t space = wanted->space ? wanted->space * 2 : 16;
		struct parsed *larger = reallocarray(
			wanted->parsed, space, sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		wanted->parsed = larger;
		wanted->space = space;
	}
	r = parse(entry, defaults, &wanted->parsed[wanted->count]);
	if (r > 0)
		wanted->strange = true;
	if (r == 0)
		wanted->count++;
	return r < 0 ? r : 0;
}

static int collect(
	struct runtime *runtime, bool all, struct wanted *ret)
{
	size_t at = 0;
	int r = 0;

	for (struct table_link *link; (link = table_walk(&runtime->table, &at));
		at++)
		for (; link && r == 0; link = link->next) {
			struct entry *entry = (struct entry *)link;

			if (all || entry->changed)
				r = want(ret, entry,
					runtime->settings.defaults);
		}
	ret->backends = calloc(
		ret->count ? ret->count : 1, sizeof(*ret->backends));
	if (!ret->backends)
		return -ENOMEM;
	for (size_t i = 0; i < ret->count; i++)
		ret->backends[i] = ret->parsed[i].backend;
	return r;
}

static void all_told(struct runtime *runtime)
{
	size_t at = 0;

	for (struct table_link *link; (link = table_walk(&runtime->table, &at));
		at++)
		for (; link; link = link->next)
			((struct entry *)link)->changed = false;
}

/* error: HAProxy cannot be reached, or 0. */
static void want_reload(struct runtime *runtime, int error, const char *reason)
{
	struct hooks *hooks = runtime->settings.hooks;

	runtime->soon_until = clock_now_ms() + SOON_FOR_MS;
	if (hooks && error < 0 && !hooks_revive(hooks, runtime->number))
		return;
	if (hooks && error >= 0)
		hooks_need(hooks, runtime->number);
	runtime->now.reloads++;
	snprintf(runtime->now.reason, sizeof(runtime->now.reason), "%.180s",
		reason);
	log_debug("haproxy is to be reloaded: %s", reason);
}

static void in_trouble(struct runtime *runtime, const char *words)
{
	struct status_runtime *now = &runtime->now;

	if (!now->since)
		now->since = clock_unix_ms();
	snprintf(now->why, sizeof(now->why), "%.180s", words);
}

static void out_of_trouble(struct runtime *runtime)
{
	runtime->now.since = 0;
	runtime->now.why[0] = '\0';
}

/*
 * Tells what has changed (or all there is). structure: a reload was asked for
 * anyway, what HAProxy cannot be told is in there.
 */
static void apply(struct runtime *runtime, bool all, bool structure)
{
	struct wanted wanted = {.parsed = NULL};
	struct why why = {""};
	int r;

	r = collect(runtime, all, &wanted);
	if (r == 0)
		r = haproxy_runtime_apply(runtime->haproxy, wanted.backends,
			wanted.count, &why);
	if (r == 0 && wanted.strange)
		r = why_set(&why, 1, "a server's line has quotes in it");
	if (r >= 0) {
		runtime->now.changes += wanted.count;
		runtime->again = false;
		all_told(runtime);
		out_of_trouble(runtime);
	} else {
		runtime->again = true;
		runtime->now.failures++;
		in_trouble(runtime, why.text[0] ? why.text : strerror(-r));
	}
	if (r != 0 && !structure)
		want_reload(runtime, r,
			why.text[0] ? why.text : strerror(abs(r)));
	wanted_done(&wanted);
}

static void take_entries(struct runtime *runtime, struct runtime_update *update)
{
	struct table before = {.buckets = NULL};

	if (update->all) {
		before = runtime->table;
		runtime->table = (struct table){.buckets = NULL};
	}
	for (size_t i = 0; i < update->count; i++) {
		struct entry *entry = update->items[i];
		struct entry *same = find(&before, entry->name);

		if (same)
			entry->changed = same->changed
				|| same->length != entry->length
				|| memcmp(same->lines, entry->lines,
					   entry->length)
					!= 0;
		keep(runtime, entry);
	}
	update->count = 0;
	clear(&before);
}

static void take(struct runtime *runtime, struct runtime_update *update)
{
	bool structure = update->structure != runtime->structure;

	take_entries(runtime, update);
	if (update->number)
		runtime->number = update->number;
	runtime->structure = update->structure;
	if (structure)
		want_reload(runtime, 0, "more than servers has changed");
	apply(runtime, runtime->again, structure);
}

static void tick(struct runtime *runtime)
{
	struct why why = {""};
	int r = haproxy_runtime_tick(runtime->haproxy, &why);

	runtime->now.waiting = haproxy_runtime_waiting(runtime->haproxy);
	if (r > 0 || (r == 0 && runtime->again))
		apply(runtime, true, false);
	else if (r < 0)
		runtime->again = true;
	if (r < 0 && r != -EAGAIN)
		in_trouble(runtime, why.text);
}

/* Under the lock: until there is an update, or the next tick is due. */
static void wait_for_update(struct runtime *runtime)
{
	int64_t left = runtime->tick_at - clock_now_ms();
	struct timespec deadline;
	int r = 0;

	if (left <= 0)
		return;
	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += left / 1000;
	deadline.tv_nsec += left % 1000 * 1000000L;
	if (deadline.tv_nsec >= 1000000000) {
		deadline.tv_nsec -= 1000000000;
		deadline.tv_sec++;
	}
	while (r == 0 && !runtime->first && !runtime->stop)
		r = pthread_cond_timedwait(
			&runtime->changed, &runtime->lock, &deadline);
}

/* NULL: it is time for a tick, or to end. */
static struct runtime_update *next_update(struct runtime *runtime)
{
	struct runtime_update *update;

	pthread_mutex_lock(&runtime->lock);
	runtime->report = runtime->now;
	wait_for_update(runtime);
	update = runtime->first;
	if (update) {
		runtime->first = update->next;
		if (!runtime->first)
			runtime->last = NULL;
	}
	pthread_mutex_unlock(&runtime->lock);
	return update;
}

static bool is_stopped(struct runtime *runtime)
{
	bool stop;

	pthread_mutex_lock(&runtime->lock);
	stop = runtime->stop;
	pthread_mutex_unlock(&runtime->lock);
	return stop;
}

static void *runtime_run(void *argument)
{
	struct runtime *runtime = argument;

	while (!is_stopped(runtime)) {
		struct runtime_update *update = next_update(runtime);

		if (update) {
			take(runtime, update);
			runtime_update_free(update);
		}
		if (clock_now_ms() < runtime->tick_at)
			continue;
		if (runtime->structure)
			tick(runtime);
		runtime->tick_at = clock_now_ms()
			+ (clock_now_ms() < runtime->soon_until ? SOON_MS
								: TICK_MS);
	}
	return NULL;
}

int runtime_new(
	const struct runtime_thread_settings *settings, struct runtime **ret)
{
	struct runtime_settings haproxy = {
		.socket = settings->socket,
		.timeout_ms = TIMEOUT_MS,
		.shutdown_ms = (int)settings->drain_ms,
	};
	struct runtime *runtime = calloc(1, sizeof(*runtime));
	pthread_condattr_t monotonic;
	int r;

	if (!runtime)
		return -ENOMEM;
	runtime->settings = *settings;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&runtime->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&runtime->lock, NULL);
	r = haproxy_runtime_new(&haproxy, &runtime->haproxy);
	if (r == 0)
		r = -pthread_create(
			&runtime->thread, NULL, runtime_run, runtime);
	if (r < 0) {
		haproxy_runtime_free(runtime->haproxy);
		free(runtime);
		return r;
	}
	*ret = runtime;
	return 0;
}

void runtime_free(struct runtime *runtime)
{
	if (!runtime)
		return;
	pthread_mutex_lock(&runtime->lock);
	runtime->stop = true;
	pthread_cond_signal(&runtime->changed);
	pthread_mutex_unlock(&runtime->lock);
	pthread_join(runtime->thread, NULL);
	while (runtime->first) {
		struct runtime_update *update = runtime->first;

		runtime->first = update->next;
		runtime_update_free(update);
	}
	haproxy_runtime_free(runtime->haproxy);
	clear(&runtime->table);
	pthread_cond_destroy(&runtime->changed);
	pthread_mutex_destroy(&runtime->lock);
	free(runtime);
}

void runtime_put(struct runtime *runtime, struct runtime_update *update,
	bool all, uint64_t number, uint64_t structure)
{
	update->all = all;
	update->number = number;
	update->structure = structure;
	update->next = NULL;
	pthread_mutex_lock(&runtime->lock);
	if (runtime->last)
		runtime->last->next = update;
	else
		runtime->first = update;
	runtime->last = update;
	pthread_cond_signal(&runtime->changed);
	pthread_mutex_unlock(&runtime->lock);
}

struct status_runtime runtime_report(struct runtime *runtime)
{
	struct status_runtime report = {.reason = ""};

	if (!runtime)
		return report;
	pthread_mutex_lock(&runtime->lock);
	report = runtime->report;
	pthread_mutex_unlock(&runtime->lock);
	return report;
}
