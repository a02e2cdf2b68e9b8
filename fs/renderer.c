/* SPDX-License-Identifier: MIT */
#include "fs/renderer.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fetch/clock.h"
#include "fs/log.h"
#include "render/view.h"

enum {
	STATUS_MS = 1000, /* between two looks at the counters */
	RETRY_MS = 1000,  /* after a failure of our own: memory */
	NICE = 5,
};

/* One row of the table of views, as it is now. */
struct made {
	void *cache;
	struct problems problems;
	struct status_view status;
	bool wanted; /* to be rendered from the catalog */
};

/* What the last status said, to tell a change of state. */
struct said {
	struct status status;
	struct source_report sources[SOURCES_MAX];
	struct status_view views[VIEWS];
	struct status_hook hooks[HOOKS_MAX];
	struct problems problems;
};

struct renderer {
	struct renderer_settings settings; /* set before start, then constant */
	pthread_t thread;
	int first; /* eventfd */

	/* Renderer only. */
	struct catalog *catalog;
	struct mail mail; /* the newest reports and problems of names */
	struct made made[VIEWS];
	struct said said;
	struct problems problems; /* of all views, for the status */
	int64_t started;
	int64_t status_at;
};

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Takes over bytes. */
static int put(struct renderer *renderer, const struct view *view, char *bytes,
	size_t size, bool quiet)
{
	struct live_file file = {
		.name = view->name, .bytes = bytes, .size = size};

	return live_put(renderer->settings.live, DIR_ROOT, &file, 1, quiet);
}

static int render_view(struct renderer *renderer, size_t index)
{
	struct view_input input = {
		.catalog = renderer->catalog,
		.haproxy = &renderer->settings.haproxy,
	};
	struct made *made = &renderer->made[index];
	int64_t since = now_us();
	size_t size = 0;
	char *bytes = NULL;
	int r;

	r = views[index].render(
		made->cache, &input, &made->problems, &bytes, &size);
	made->status.renders++;
	if (r == 0)
		r = put(renderer, &views[index], bytes, size, false);
	made->status.render_us += (uint64_t)(now_us() - since);
	made->status.why = r < 0 ? strerror(-r) : NULL;
	if (r < 0)
		return r;
	made->status.bytes = size;
	made->status.rendered = clock_unix_ms();
	return 0;
}

/* What failed is wanted still: it is tried again. */
static void render_wanted(struct renderer *renderer)
{
	for (size_t i = 0; i < VIEWS; i++) {
		struct made *made = &renderer->made[i];

		if (made->wanted && renderer->catalog)
			made->wanted = render_view(renderer, i) < 0;
	}
}

static bool any_wanted(const struct renderer *renderer)
{
	for (size_t i = 0; i < VIEWS; i++)
		if (renderer->made[i].wanted)
			return true;
	return false;
}

static void gather_problems(struct renderer *renderer)
{
	problems_done(&renderer->problems);
	problems_append(&renderer->problems, &renderer->mail.problems);
	for (size_t i = 0; i < VIEWS; i++)
		problems_append(
			&renderer->problems, &renderer->made[i].problems);
}

static const char *reach_word(enum notifier_reach reach)
{
	switch (reach) {
	case REACH_CLONE:
		return "clone";
	case REACH_NAMESPACE:
		return "namespace";
	case REACH_PATH:
		return "path";
	}
	return "";
}

/* Views made of the catalog, in the order of the table; returns their count. */
static size_t gather_views(
	const struct renderer *renderer, struct status_view ret[VIEWS])
{
	size_t count = 0;

	for (size_t i = 0; i < VIEWS; i++)
		if (views[i].of == VIEW_OF_CATALOG)
			ret[count++] = renderer->made[i].status;
	return count;
}

/* What a status points to while it is rendered. */
struct gathered {
	struct live_count count;
	struct status_view views[VIEWS];
	struct status_hook hooks[HOOKS_MAX];
};

static void gather_status(struct renderer *renderer, struct gathered *gathered,
	struct status *ret)
{
	struct live_count *count = &gathered->count;


	*count = live_count(renderer->settings.live);
	gather_problems(renderer);
	*ret = (struct status){
		.version = MMSDFS_VERSION,
		.mountpoint = renderer->settings.mountpoint,
		.pid = getpid(),
		.started = renderer->started,
		.sources = renderer->mail.reports,
		.source_count = renderer->mail.report_count,
		.views = gathered->views,
		.view_count = gather_views(renderer, gathered->views),
		.hooks = gathered->hooks,
		.hook_count = hooks_report(
			renderer->settings.hooks, gathered->hooks),
		.problems = &renderer->problems,
		.notifier_pid = count->teller.notifier,
		.notifier_reach = reach_word(count->reach),
		.notifier_restarts = count->teller.restarts,
		.told = count->teller.told,
		.silent = count->teller.silent,
		.failed = count->teller.failed,
		.stuck_in = count->teller.stuck_in,
		.stuck_since = count->teller.stuck_since,
		.nodes_live = count->nodes.live,
		.nodes_held = count->nodes.held,
		.nodes_beyond = count->nodes.beyond,
	};
	if (renderer->catalog) {
		ret->apps = catalog_app_count(renderer->catalog);
		ret->serving = catalog_serving_count(renderer->catalog);
	}
}

static void remember(struct renderer *renderer, const struct status *status)
{
	struct said *said = &renderer->said;

	said->status = *status;
	memcpy(said->sources, status->sources,
		status->source_count * sizeof(said->sources[0]));
	memcpy(said->views, status->views,
		status->view_count * sizeof(said->views[0]));
	memcpy(said->hooks, status->hooks,
		status->hook_count * sizeof(said->hooks[0]));
	said->status.sources = said->sources;
	said->status.views = said->views;
	said->status.hooks = said->hooks;
	problems_done(&said->problems);
	problems_append(&said->problems, status->problems);
	said->status.problems = &said->problems;
}

/*
 * Nothing in it moves by its own publication (names told quietly, versions
 * that come and go), or it would go on for ever: while nothing happens its
 * bytes are the same, and live_put() leaves them alone.
 */
static void put_status(struct renderer *renderer)
{
	struct view_input input = {.catalog = NULL};
	struct gathered gathered;
	struct status status;
	bool quiet;

	gather_status(renderer, &gathered, &status);
	input.status = &status;
	quiet = renderer->said.status.version
		&& status_same_state(&status, &renderer->said.status);
	for (size_t i = 0; i < VIEWS; i++) {
		size_t size;
		char *bytes;

		if (views[i].of != VIEW_OF_STATUS)
			continue;
		if (views[i].render(NULL, &input, NULL, &bytes, &size) == 0)
			put(renderer, &views[i], bytes, size, quiet);
	}
	remember(renderer, &status);
}

/* Milliseconds until there is something to do without any mail. */
static int patience(const struct renderer *renderer)
{
	int64_t left = renderer->status_at + STATUS_MS - clock_now_ms();

	if (any_wanted(renderer) && renderer->catalog && left > RETRY_MS)
		left = RETRY_MS;
	return left > 0 ? (int)left : 0;
}

static void take_mail(struct renderer *renderer)
{
	mailbox_take(renderer->settings.mailbox, patience(renderer),
		&renderer->mail);
	if (!renderer->mail.catalog)
		return;
	catalog_unref(renderer->catalog);
	renderer->catalog = take_ptr(&renderer->mail.catalog);
	for (size_t i = 0; i < VIEWS; i++)
		renderer->made[i].wanted = views[i].of == VIEW_OF_CATALOG;
}

static void *renderer_run(void *argument)
{
	struct renderer *renderer = argument;
	bool first = true;

	/* Big views must not take the processor from small files. */
	setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
	while (!renderer->mail.stop) {
		take_mail(renderer);
		render_wanted(renderer);
		if (clock_now_ms() - renderer->status_at >= STATUS_MS
			|| (first && renderer->catalog)) {
			put_status(renderer);
			renderer->status_at = clock_now_ms();
		}
		if (first && renderer->catalog && !any_wanted(renderer)) {
			eventfd_write(renderer->first, 1);
			first = false;
		}
	}
	return NULL;
}

static void renderer_done(struct renderer *renderer)
{
	for (size_t i = 0; i < VIEWS; i++) {
		if (views[i].cache_free)
			views[i].cache_free(renderer->made[i].cache);
		problems_done(&renderer->made[i].problems);
	}
	problems_done(&renderer->mail.problems);
	problems_done(&renderer->problems);
	problems_done(&renderer->said.problems);
	catalog_unref(renderer->mail.catalog);
	catalog_unref(renderer->catalog);
	if (renderer->first >= 0)
		close(renderer->first);
	free(renderer);
}

static int make_caches(struct renderer *renderer)
{
	int r = 0;

	for (size_t i = 0; i < VIEWS && r == 0; i++) {
		renderer->made[i].status.name = views[i].name;
		if (views[i].cache_new)
			r = views[i].cache_new(&renderer->made[i].cache);
	}
	return r;
}

int renderer_new(
	const struct renderer_settings *settings, struct renderer **ret)
{
	struct renderer *renderer;
	int r;

	renderer = calloc(1, sizeof(*renderer));
	if (!renderer)
		return -ENOMEM;
	renderer->settings = *settings;
	renderer->started = clock_unix_ms();
	renderer->first = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = renderer->first < 0 ? -errno : make_caches(renderer);
	if (r == 0) {
		put_status(renderer);
		renderer->status_at = clock_now_ms();
		r = -pthread_create(
			&renderer->thread, NULL, renderer_run, renderer);
	}
	if (r < 0) {
		renderer_done(renderer);
		return r;
	}
	*ret = renderer;
	return 0;
}

void renderer_free(struct renderer *renderer)
{
	if (!renderer)
		return;
	mailbox_stop(renderer->settings.mailbox);
	pthread_join(renderer->thread, NULL);
	renderer_done(renderer);
}

int renderer_first_fd(const struct renderer *renderer)
{
	return renderer->first;
}
