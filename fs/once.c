/* SPDX-License-Identifier: MIT */
#include "fs/once.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "fetch/status_json.h"
#include "fetch/clock.h"
#include "fs/convert.h"
#include "fs/gate.h"
#include "fs/log.h"
#include "fs/view_files.h"

enum { EXIT_USAGE = 2, EXIT_NO_ANSWER = 3 };

/*
 * Runs the sources until all have answered, and the names of their hosts have
 * had their time: 0, or the exit status. *ret is NULL before.
 */
static int wait_for_catalog(const struct options *options, struct fetch *fetch,
	struct catalog **ret)
{
	int64_t deadline = options->wait_ms
		? clock_now_ms() + options->wait_ms
		: INT64_MAX;
	const struct source_report *reports;
	size_t count;

	do {
		int64_t left = deadline - clock_now_ms();

		if (left <= 0 && !*ret)
			break;
		if (left <= 0 || left > 1000)
			left = 1000;
		if (fetch_turn(fetch, (int)left) < 0)
			break;
		catalog_unref(*ret);
		*ret = fetch_catalog(fetch);
	} while (!*ret || fetch_looking(fetch));
	if (*ret)
		return 0;
	reports = fetch_reports(fetch, &count);
	for (size_t i = 0; i < count; i++)
		fprintf(stderr, "mmsdfs: no answer: %s: %s\n", reports[i].url,
			reports[i].why[0] ? reports[i].why : "still waiting");
	return EXIT_NO_ANSWER;
}

/* The one file that is asked for, picked out of all that are put. */
struct picked {
	const char *name;
	char *bytes;
	size_t size;
};

static int pick(void *context, struct live_file *files, size_t count)
{
	struct picked *picked = context;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(files[i].name, picked->name) == 0) {
			free(picked->bytes);
			picked->bytes = take_ptr(&files[i].bytes);
			picked->size = files[i].size;
		}
		free(files[i].bytes);
	}
	return 0;
}

static int render_service(const struct options *options,
	struct catalog *catalog, struct picked *picked, struct why *why)
{
	struct services_settings settings;
	struct services *services;
	int r;

	convert_services(options, &settings);
	r = services_new(&settings, &services, why);
	if (r < 0)
		return r;
	r = services_update(services, catalog, pick, picked, why);
	services_free(services);
	if (r == 0 && !picked->bytes)
		return why_set(why, -ENOENT, "no file services/%s",
			picked->name);
	return r;
}

static void warn_problems(const struct problems *problems)
{
	for (size_t i = 0; i < problems->count; i++)
		log_warn("%s: %s: %s", problems->items[i].view,
			problems->items[i].key.id, problems->items[i].text);
}

/* As a mount would say it, of what there is without one. */
static void fill_status(const struct source_report *reports, size_t count,
	const struct catalog *catalog, const struct problems *problems,
	struct status *ret)
{
	*ret = (struct status){
		.version = MMSDFS_VERSION,
		.mountpoint = "",
		.pid = getpid(),
		.started = clock_unix_ms(),
		.shown = true,
		.sources = reports,
		.source_count = count,
		.apps = catalog_app_count(catalog),
		.serving = catalog_serving_count(catalog),
		.problems = problems,
		.notifier_reach = "",
		.stuck_in = "",
	};
}

static void wake(void *context)
{
	eventfd_write(*(int *)context, 1);
}

/* Until the checker has come to an end, whatever it is. */
static int pass_gate(struct gate *gate, struct catalog *catalog, int woken,
	struct why *why)
{
	struct gate_status status;
	bool show, shown = false;
	int r;

	for (;;) {
		struct pollfd polled = {.fd = woken, .events = POLLIN};
		eventfd_t ignored;

		r = gate_take(gate, catalog, &show);
		if (r < 0)
			return why_set(why, r, "%s", strerror(-r));
		shown |= show;
		status = gate_status(gate);
		if (!status.checking)
			break;
		poll(&polled, 1, -1);
		eventfd_read(woken, &ignored);
	}
	return shown ? 0
		     : why_set(why, -EINVAL, "not to be shown: %s",
			       status.why ? status.why : "nothing was accepted");
}

static int render_made(const struct options *options,
	const struct view_files *files, struct catalog *catalog,
	const struct view *view, struct problems *problems,
	struct picked *picked, struct why *why)
{
	CLEANUP(close) int woken = eventfd(0, EFD_CLOEXEC);
	CLEANUP(gate_free) struct gate *gate = NULL;
	struct gate_settings settings = {
		.maker = &view_makers[view->maker],
		.views = &files->settings,
		.mode = options->haproxy_check,
	};
	int r;

	convert_checker(options, files, &settings.checker);
	settings.checker.wake = wake;
	settings.checker.context = &woken;
	r = woken < 0 ? -errno : gate_new(&settings, &gate);
	if (r < 0)
		return why_set(why, r, "%s", strerror(-r));
	r = pass_gate(gate, catalog, woken, why);
	gate_problems(gate, problems);
	if (r < 0)
		return r;
	r = gate_text(gate, view->file, &picked->bytes, &picked->size);
	if (r < 0)
		return why_set(why, r, "%s", strerror(-r));
	return picked->bytes ? 0
			     : why_set(why, -ENOENT,
				       "no such file: --haproxy-map is not "
				       "given");
}

static int render_table_view(const struct options *options,
	const struct view_files *files, struct fetch *fetch,
	struct catalog *catalog, const struct view *view,
	struct picked *picked, struct why *why)
{
	struct problems problems = {NULL, 0, 0};
	const struct source_report *reports;
	struct hosts_report hosts;
	struct status status;
	size_t count;
	int r;

	reports = fetch_reports(fetch, &count);
	fetch_hosts(fetch, &hosts);
	fill_status(reports, count, catalog, &problems, &status);
	status.hosts = &hosts;
	if (view->maker < 0) {
		r = view->render(&status, &picked->bytes, &picked->size);
		if (r < 0)
			why_set(why, r, "%s", strerror(-r));
	} else {
		r = render_made(options, files, catalog, view, &problems,
			picked, why);
	}
	warn_problems(&problems);
	problems_done(&problems);
	return r;
}

static const char *without_slashes(const char *view)
{
	while (*view == '/')
		view++;
	return view;
}

static bool is_service(const char *view)
{
	return strncmp(view, "services/", 9) == 0 && view[9];
}

static bool is_view(const char *name)
{
	return is_service(name) || view_find(name);
}

static int render_view(const struct options *options,
	const struct view_files *files, struct fetch *fetch,
	struct catalog *catalog, struct picked *picked, struct why *why)
{
	const char *view = without_slashes(options->view);

	if (is_service(view)) {
		picked->name = view + 9;
		return render_service(options, catalog, picked, why);
	}
	return render_table_view(options, files, fetch, catalog,
		view_find(view), picked, why);
}

static int write_out(const struct picked *picked)
{
	if (fwrite(picked->bytes, 1, picked->size, stdout) != picked->size
		|| fflush(stdout) != 0) {
		fprintf(stderr, "mmsdfs: cannot write: %s\n", strerror(errno));
		return 1;
	}
	return 0;
}

static int render_fetched(const struct options *options,
	const struct view_files *files, struct fetch *fetch)
{
	CLEANUP(catalog_unref) struct catalog *catalog = NULL;
	struct picked picked = {.name = NULL};
	struct why why;
	int status;

	status = wait_for_catalog(options, fetch, &catalog);
	if (status != 0)
		return status;
	if (render_view(options, files, fetch, catalog, &picked, &why) < 0) {
		fprintf(stderr, "mmsdfs: %s\n", why.text);
		return 1;
	}
	status = write_out(&picked);
	free(picked.bytes);
	return status;
}

int once_render(const struct options *options)
{
	CLEANUP(view_files_free) struct view_files *files = NULL;
	struct fetch_plan plan;
	struct fetch *fetch;
	struct why why;
	int status;

	if (!is_view(without_slashes(options->view))) {
		fprintf(stderr,
			"mmsdfs: no view '%s'; there are haproxy.cfg, "
			"haproxy/domain2backend.map, "
			"haproxy/app2backend.map, status.json, metrics.prom "
			"and services/NAME.instances\n",
			options->view);
		return EXIT_USAGE;
	}
	convert_fetch(options, &plan);
	if (view_files_new(options, environ, &files, &why) < 0
		|| fetch_new(&plan.settings, &fetch, &why) < 0) {
		fprintf(stderr, "mmsdfs: %s\n", why.text);
		return EXIT_USAGE;
	}
	status = render_fetched(options, files, fetch);
	fetch_free(fetch);
	return status;
}

int once_status(const struct options *options)
{
	struct why why;

	if (status_show(options->mountpoint, clock_unix_ms(), stdout, &why) < 0) {
		fprintf(stderr, "mmsdfs: %s\n", why.text);
		return 1;
	}
	return 0;
}
