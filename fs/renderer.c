/* SPDX-License-Identifier: MIT */
#include "fs/renderer_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fetch/clock.h"
#include "fs/watcher.h"

enum {
	STATUS_MS = 1000, /* between two looks at the counters */
	RETRY_MS = 1000,  /* after a failure of our own: memory */
	NICE = 5,
};

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int renderer_put(struct renderer *renderer, const struct view *view,
	char *bytes, size_t size, bool quiet, uint64_t *ret_number)
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
	r = renderer_put(renderer, view, bytes, size, false, ret_number);
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

struct status_view *renderer_main_status(struct renderer *renderer, int maker)
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
	struct status_view *status = renderer_main_status(renderer, maker);
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

/* What an earlier run has left is good until there is something better. */
static void tell_complete(struct renderer *renderer)
{
	for (size_t i = 0; i < MAKERS; i++)
		if (!renderer->made[i].shown)
			return;
	live_complete(renderer->settings.live);
	renderer->complete = true;
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

static void *renderer_run(void *argument)
{
	struct renderer *renderer = argument;
	bool first = true;

	/* Big views must not take the processor from small files. */
	setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
	while (!renderer->mail.stop) {
		take_mail(renderer);
		if (renderer->mail.setup)
			renderer_trial_begin(renderer);
		renderer_trial_turn(renderer);
		render_wanted(renderer);
		if (!renderer->complete)
			tell_complete(renderer);
		if (clock_now_ms() - renderer->status_at >= STATUS_MS
			|| (first && renderer->catalog)) {
			renderer_put_status(renderer);
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
	renderer_trial_end(renderer);
	for (size_t i = 0; i < MAKERS; i++) {
		gate_free(renderer->made[i].gate);
		problems_done(&renderer->made[i].problems);
	}
	problems_done(&renderer->mail.problems);
	problems_done(&renderer->problems);
	status_said_done(&renderer->said);
	catalog_unref(renderer->mail.catalog);
	setup_unref(renderer->mail.setup);
	catalog_unref(renderer->catalog);
	setup_unref(renderer->setup);
	if (renderer->first >= 0)
		close(renderer->first);
	free(renderer);
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
	for (size_t i = 0; i < VIEWS; i++)
		renderer->status[i].name = views[i].name;
	r = renderer->first < 0 ? -errno : renderer_make_gates(renderer);
	if (r == 0) {
		renderer_put_status(renderer);
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
