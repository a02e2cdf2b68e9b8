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
#include "fs/convert.h"
#include "fs/log.h"
#include "fs/watcher.h"

enum {
	STATUS_MS = 1000, /* between two looks at the counters */
	RETRY_MS = 1000,  /* after a failure of our own: memory */
	NICE = 5,
};

/* One row of the table of makers, as it is now. */
struct made {
	struct gate *gate;
	struct gate *next; /* of a newer setup, on trial; NULL: none */
	struct problems problems;
	bool wanted; /* something may be different */
	bool shown;  /* at least once */
	bool failed; /* it was to be shown, and was not */
	uint64_t told_structure; /* to the runtime; 0: all is to be told */
	int error;   /* of the last time */
};

/* What the last status said, to tell a change of state. */
struct said {
	struct status status;
	struct source_report sources[SOURCES_MAX];
	struct hosts_report names;
	struct status_view views[VIEWS];
	char why[VIEWS][sizeof(struct why)];
	struct status_runtime runtime;
	struct status_hook hooks[HOOKS_MAX];
	struct problems problems;
	struct why config_why;
};

struct renderer {
	struct renderer_settings settings; /* set before start, then constant */
	pthread_t thread;
	int first; /* eventfd */

	/* Renderer only. */
	struct setup *setup; /* a reference: what the gates are made with */
	struct setup *trial; /* what the gates on trial are; NULL: none */
	struct catalog *catalog;
	struct mail mail; /* the newest reports and problems of names */
	struct made made[MAKERS];
	struct status_view status[VIEWS];
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

/* Takes over bytes. *ret_number: see live_put(). */
static int put(struct renderer *renderer, const struct view *view, char *bytes,
	size_t size, bool quiet, uint64_t *ret_number)
{
	struct live_file file = {
		.name = view->name, .bytes = bytes, .size = size};
	uint64_t directory = view->directory ? DIR_HAPROXY : DIR_ROOT;
	int r;

	r = live_put(renderer->settings.live, directory, &file, 1, quiet);
	if (r == 0 && view->directory)
		live_show_dir(renderer->settings.live, view->directory);
	*ret_number = file.number;
	return r;
}

static int show_view(
	struct renderer *renderer, size_t index, uint64_t *ret_number)
{
	const struct view *view = &views[index];
	struct status_view *status = &renderer->status[index];
	size_t size = 0;
	char *bytes = NULL;
	int r;

	r = gate_text(renderer->made[view->maker].gate, view->file, &bytes,
		&size);
	if (r < 0 || !bytes)
		return r;
	status->renders++;
	r = put(renderer, view, bytes, size, false, ret_number);
	if (r < 0)
		return r;
	status->bytes = size;
	status->rendered = clock_unix_ms();
	return 0;
}

/*
 * Its main file last: the others are there when somebody reads it. *ret_number
 * is that of its version.
 */
static int show_all(
	struct renderer *renderer, int maker, uint64_t *ret_number)
{
	int r = 0;

	for (size_t i = 0; i < VIEWS && r == 0; i++)
		if (views[i].maker == maker)
			r = show_view(renderer, i, ret_number);
	return r;
}

/* HAProxy is told what its file says by now. */
static int tell_runtime(
	struct renderer *renderer, struct made *made, uint64_t number)
{
	CLEANUP(runtime_update_free) struct runtime_update *update = NULL;
	uint64_t structure = gate_structure(made->gate);
	bool all = structure != made->told_structure;
	int r;

	if (!renderer->settings.runtime)
		return 0;
	r = runtime_update_new(&update);
	if (r == 0)
		r = gate_backends(
			made->gate, all, runtime_update_add, update);
	if (r < 0) {
		made->told_structure = 0;
		return r;
	}
	runtime_put(renderer->settings.runtime, take_ptr(&update), all, number,
		structure);
	made->told_structure = structure;
	return 0;
}

static struct status_view *main_status(struct renderer *renderer, int maker)
{
	for (size_t i = 0; i < VIEWS; i++)
		if (strcmp(views[i].name, view_makers[maker].name) == 0)
			return &renderer->status[i];
	return NULL;
}

/* What failed is wanted still: it is tried again. */
static void render_maker(struct renderer *renderer, int maker)
{
	struct made *made = &renderer->made[maker];
	struct status_view *status = main_status(renderer, maker);
	int64_t since = now_us();
	uint64_t number = 0;
	bool show = false;
	int r;

	r = gate_take(made->gate, renderer->catalog, &show);
	show |= made->failed;
	if (r == 0 && show)
		r = show_all(renderer, maker, &number);
	if (r == 0 && show)
		r = tell_runtime(renderer, made, number);
	made->failed = r < 0 && show;
	if (r == 0)
		gate_problems(made->gate, &made->problems);
	status->render_us += (uint64_t)(now_us() - since);
	made->shown |= r == 0 && show;
	made->wanted = r < 0;
	made->error = r;
}

static void render_wanted(struct renderer *renderer)
{
	for (int i = 0; i < MAKERS && renderer->catalog; i++)
		if (renderer->made[i].wanted
			|| gate_patience(renderer->made[i].gate) == 0)
			render_maker(renderer, i);
}

static bool any_wanted(const struct renderer *renderer)
{
	for (size_t i = 0; i < MAKERS; i++)
		if (renderer->made[i].wanted)
			return true;
	return false;
}

/* Everything is there, or will not be soon. */
static bool all_shown(const struct renderer *renderer)
{
	for (size_t i = 0; i < MAKERS; i++) {
		const struct made *made = &renderer->made[i];
		struct gate_status status = gate_status(made->gate);

		if (made->wanted
			|| (!made->shown && (status.checking || !status.why)))
			return false;
	}
	return true;
}

static void gather_problems(struct renderer *renderer)
{
	problems_done(&renderer->problems);
	problems_append(&renderer->problems, &renderer->mail.problems);
	for (size_t i = 0; i < MAKERS; i++)
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
	struct renderer *renderer, struct status_view ret[VIEWS])
{
	size_t count = 0;

	for (int i = 0; i < MAKERS; i++) {
		const struct made *made = &renderer->made[i];
		struct gate_status gate = gate_status(made->gate);
		struct status_view *status = main_status(renderer, i);

		status->why = made->error < 0 ? strerror(-made->error)
					      : gate.why;
		status->checks = gate.checks;
		status->refused = gate.rejected;
		status->check_ms = gate.took_ms;
	}
	for (size_t i = 0; i < VIEWS; i++)
		if (views[i].maker >= 0 && (renderer->status[i].renders
			|| renderer->status[i].why))
			ret[count++] = renderer->status[i];
	return count;
}

/* What a status points to while it is rendered. */
struct gathered {
	struct status_runtime runtime;
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
	gathered->runtime = runtime_report(renderer->settings.runtime);
	*ret = (struct status){
		.version = MMSDFS_VERSION,
		.mountpoint = renderer->settings.mountpoint,
		.pid = getpid(),
		.started = renderer->started,
		.config_read = renderer->mail.reread.at,
		.config_why = renderer->mail.reread.why.text[0]
			? renderer->mail.reread.why.text
			: NULL,
		.shown = renderer->catalog,
		.sources = renderer->mail.reports,
		.source_count = renderer->mail.report_count,
		.hosts = &renderer->mail.hosts,
		.views = gathered->views,
		.view_count = gather_views(renderer, gathered->views),
		.runtime = renderer->settings.runtime ? &gathered->runtime
						      : NULL,
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
	/* The gate's words are in a place of its own, and change there. */
	for (size_t i = 0; i < status->view_count; i++)
		if (status->views[i].why) {
			snprintf(said->why[i], sizeof(said->why[i]), "%s",
				status->views[i].why);
			said->views[i].why = said->why[i];
		}
	if (status->runtime) {
		said->runtime = *status->runtime;
		said->status.runtime = &said->runtime;
	}
	if (status->config_why) {
		why_set(&said->config_why, 0, "%s", status->config_why);
		said->status.config_why = said->config_why.text;
	}
	said->names = *status->hosts;
	said->status.hosts = &said->names;
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
	struct gathered gathered;
	struct status status;
	bool quiet;

	gather_status(renderer, &gathered, &status);
	quiet = renderer->said.status.version
		&& status_same_state(&status, &renderer->said.status);
	for (size_t i = 0; i < VIEWS; i++) {
		uint64_t number;
		size_t size;
		char *bytes;

		if (views[i].maker >= 0)
			continue;
		if (views[i].render(&status, &bytes, &size) == 0)
			put(renderer, &views[i], bytes, size, quiet,
				&number);
	}
	remember(renderer, &status);
}

/* Milliseconds until there is something to do without any mail. */
static int patience(const struct renderer *renderer)
{
	int64_t left = renderer->status_at + STATUS_MS - clock_now_ms();

	if (any_wanted(renderer) && renderer->catalog && left > RETRY_MS)
		left = RETRY_MS;
	for (size_t i = 0; i < MAKERS; i++) {
		int64_t gate = gate_patience(renderer->made[i].gate);

		if (gate >= 0 && gate < left)
			left = gate;
	}
	return left > 0 ? (int)left : 0;
}

static void take_mail(struct renderer *renderer)
{
	mailbox_take(renderer->settings.mailbox, patience(renderer),
		&renderer->mail);
	if (renderer->mail.catalog) {
		catalog_unref(renderer->catalog);
		renderer->catalog = take_ptr(&renderer->mail.catalog);
	} else if (!renderer->mail.woken) {
		return;
	}
	for (size_t i = 0; i < MAKERS; i++)
		renderer->made[i].wanted = true;
}

static void wake(void *context)
{
	mailbox_wake(context);
}

static int make_gate(struct renderer *renderer, const struct setup *setup,
	size_t maker, struct gate **ret)
{
	struct gate_settings settings = {
		.maker = &view_makers[maker],
		.views = &setup->files->settings,
		.mode = setup->options.haproxy_check,
	};

	convert_checker(&setup->options, setup->files, &settings.checker);
	settings.checker.wake = wake;
	settings.checker.context = renderer->settings.mailbox;
	return gate_new(&settings, ret);
}

/* Drops what is on trial. */
static void end_trial(struct renderer *renderer)
{
	for (size_t i = 0; i < MAKERS; i++)
		gate_free(take_ptr(&renderer->made[i].next));
	setup_unref(take_ptr(&renderer->trial));
}

static void begin_trial(struct renderer *renderer)
{
	int r = 0;

	end_trial(renderer);
	renderer->trial = take_ptr(&renderer->mail.setup);
	for (size_t i = 0; i < MAKERS && r == 0; i++)
		r = make_gate(renderer, renderer->trial, i,
			&renderer->made[i].next);
	if (r < 0) {
		end_trial(renderer);
		log_error("the new configuration: %s", strerror(-r));
	}
}

/* It shows no app less than what it is to replace. */
static bool is_as_good(const struct made *made)
{
	struct gate_status now = gate_status(made->gate);
	struct gate_status next = gate_status(made->next);

	return !next.why && next.rejected <= now.rejected;
}

static void refuse_trial(struct renderer *renderer, struct made *made)
{
	struct problems problems = {NULL, 0, 0};
	struct why *why = &renderer->mail.reread.why;
	const char *words = gate_status(made->next).why;

	gate_problems(made->next, &problems);
	if (!words && problems.count)
		words = problems.items[problems.count - 1].text;
	why_set(why, 0, "%s is refused, and stays as it was: %.400s",
		view_makers[made - renderer->made].name,
		words ? words : "apps would be left out");
	log_error("the new configuration: %s", why->text);
	problems_done(&problems);
	mailbox_put_setup(renderer->settings.mailbox, NULL,
		&renderer->mail.reread);
	end_trial(renderer);
}

static void end_well(struct renderer *renderer)
{
	for (size_t i = 0; i < MAKERS; i++) {
		struct made *made = &renderer->made[i];

		gate_free(made->gate);
		made->gate = take_ptr(&made->next);
		made->wanted = made->failed = true;
		made->told_structure = 0;
	}
	setup_unref(renderer->setup);
	renderer->setup = take_ptr(&renderer->trial);
	log_info("the new configuration is in effect");
}

/*
 * A new configuration makes its views beside the old one's, which go on, until
 * its checks have ended; then all of it counts, or nothing.
 */
static void turn_trial(struct renderer *renderer)
{
	bool waits = false;

	if (!renderer->trial || !renderer->catalog)
		return;
	for (size_t i = 0; i < MAKERS; i++) {
		struct made *made = &renderer->made[i];
		bool show;

		if (gate_take(made->next, renderer->catalog, &show) < 0)
			return;
		waits |= gate_status(made->next).checking;
	}
	if (waits)
		return;
	for (size_t i = 0; i < MAKERS; i++)
		if (!is_as_good(&renderer->made[i])) {
			refuse_trial(renderer, &renderer->made[i]);
			return;
		}
	end_well(renderer);
}

static void *renderer_run(void *argument)
{
	struct renderer *renderer = argument;
	bool first = true;

	/* Big views must not take the processor from small files. */
	setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
	while (!renderer->mail.stop) {
		take_mail(renderer);
		if (renderer->mail.setup)
			begin_trial(renderer);
		turn_trial(renderer);
		render_wanted(renderer);
		if (clock_now_ms() - renderer->status_at >= STATUS_MS
			|| (first && renderer->catalog)) {
			put_status(renderer);
			renderer->status_at = clock_now_ms();
		}
		if (first && renderer->catalog && all_shown(renderer)) {
			eventfd_write(renderer->first, 1);
			first = false;
		}
	}
	return NULL;
}

static void renderer_done(struct renderer *renderer)
{
	for (size_t i = 0; i < MAKERS; i++) {
		gate_free(renderer->made[i].gate);
		gate_free(renderer->made[i].next);
		problems_done(&renderer->made[i].problems);
	}
	problems_done(&renderer->mail.problems);
	problems_done(&renderer->problems);
	problems_done(&renderer->said.problems);
	catalog_unref(renderer->mail.catalog);
	setup_unref(renderer->mail.setup);
	catalog_unref(renderer->catalog);
	setup_unref(renderer->setup);
	setup_unref(renderer->trial);
	if (renderer->first >= 0)
		close(renderer->first);
	free(renderer);
}

static int make_gates(struct renderer *renderer)
{
	int r = 0;

	for (size_t i = 0; i < VIEWS; i++)
		renderer->status[i].name = views[i].name;
	for (size_t i = 0; i < MAKERS && r == 0; i++)
		r = make_gate(renderer, renderer->setup, i,
			&renderer->made[i].gate);
	return r;
}

int renderer_new(const struct renderer_settings *settings,
	struct setup *setup, struct renderer **ret)
{
	struct renderer *renderer;
	int r;

	renderer = calloc(1, sizeof(*renderer));
	if (!renderer)
		return -ENOMEM;
	renderer->settings = *settings;
	renderer->setup = setup_ref(setup);
	renderer->started = clock_unix_ms();
	renderer->first = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = renderer->first < 0 ? -errno : make_gates(renderer);
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
