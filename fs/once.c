/* SPDX-License-Identifier: MIT */
#include "fs/once.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fetch/clock.h"
#include "fetch/status_json.h"
#include "fs/asked.h"
#include "fs/exit_status.h"
#include "fs/judged.h"
#include "fs/log.h"
#include "fs/mirror.h"
#include "fs/replace.h"

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
static void fill_status(const struct asked *asked,
	const struct problems *problems, struct status *ret)
{
	*ret = (struct status){
		.version = MMSDFS_VERSION,
		.mountpoint = "",
		.pid = getpid(),
		.started = clock_unix_ms(),
		.shown = true,
		.sources = asked->reports,
		.source_count = asked->report_count,
		.apps = catalog_app_count(asked->catalog),
		.serving = catalog_serving_count(asked->catalog),
		.hosts = &asked->hosts,
		.problems = problems,
		.notifier_reach = "",
		.stuck_in = "",
	};
}

static int render_made(const struct options *options,
	const struct view_files *files, struct catalog *catalog,
	const struct view *view, struct problems *problems,
	struct picked *picked, struct why *why)
{
	struct judged judged;
	int r;

	r = judged_make(
		options, files, view->maker, catalog, &judged, why);
	if (judged.gate)
		gate_problems(judged.gate, problems);
	if (r == 0) {
		r = gate_text(judged.gate, view->file, &picked->bytes,
			&picked->size);
		if (r < 0)
			why_set(why, r, "%s", strerror(-r));
	}
	judged_done(&judged);
	if (r < 0)
		return r;
	return picked->bytes ? 0
			     : why_set(why, -ENOENT,
				       "no such file: --haproxy-map is not "
				       "given");
}

static int render_table_view(const struct options *options,
	const struct view_files *files, const struct asked *asked,
	const struct view *view, struct picked *picked, struct why *why)
{
	struct problems problems = {NULL, 0, 0};
	struct status status;
	int r;

	fill_status(asked, &problems, &status);
	if (view->maker < 0) {
		r = view->render(&status, &picked->bytes, &picked->size);
		if (r < 0)
			why_set(why, r, "%s", strerror(-r));
	} else {
		r = render_made(options, files, asked->catalog, view,
			&problems, picked, why);
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
	const struct view_files *files, const struct asked *asked,
	struct picked *picked, struct why *why)
{
	const char *view = without_slashes(options->view);

	if (is_service(view)) {
		picked->name = view + 9;
		return render_service(options, asked->catalog, picked, why);
	}
	return render_table_view(
		options, files, asked, view_find(view), picked, why);
}

/* A file that cannot be had whole is not had at all: see fs/replace.h. */
static int write_file(const char *path, const struct picked *picked)
{
	struct why why;
	int r = replace_file(path, picked->bytes, picked->size, &why);

	if (r < 0) {
		fprintf(stderr, "mmsdfs: --if-changed: %s\n", why.text);
		return 1;
	}
	return r > 0 ? EXIT_CHANGED : 0;
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

static int render_asked(const struct options *options,
	const struct view_files *files, const struct asked *asked)
{
	struct picked picked = {.name = NULL};
	struct why why;
	int status;

	if (render_view(options, files, asked, &picked, &why) < 0) {
		fprintf(stderr, "mmsdfs: %s\n", why.text);
		free(picked.bytes);
		return 1;
	}
	status = options->if_changed ? write_file(options->if_changed, &picked)
				     : write_out(&picked);
	free(picked.bytes);
	return status;
}

int once_render(const struct options *options)
{
	CLEANUP(view_files_free) struct view_files *files = NULL;
	struct fetch_plan plan;
	struct asked asked;
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
	if (view_files_new(options, environ, &files, &why) < 0) {
		fprintf(stderr, "mmsdfs: %s\n", why.text);
		return EXIT_USAGE;
	}
	convert_fetch(options, &plan);
	status = asked_run(options, &plan, options->partial, &asked);
	if (status == 0)
		status = render_asked(options, files, &asked);
	asked_done(&asked);
	return status;
}

/* Nothing but a lock tells that files were left by one that has ended. */
static int check_export(const char *path, struct why *why)
{
	if (!mirror_was_at(path) || mirror_runs_at(path))
		return 0;
	return why_set(why, -ESRCH,
		"%s: the mmsdfs that exported there has ended; the files are "
		"what it left",
		path);
}

int once_status(const struct options *options)
{
	struct why why;

	if (check_export(options->mountpoint, &why) < 0
		|| status_show(options->mountpoint, clock_unix_ms(), stdout,
			   &why)
			< 0) {
		fprintf(stderr, "mmsdfs: %s\n", why.text);
		return 1;
	}
	return 0;
}
