/* SPDX-License-Identifier: MIT */
#include "fs/explain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/status_json.h"
#include "fs/exit_status.h"
#include "fs/explain_impl.h"
#include "fs/log.h"

/* All that explanations point into. Zeroed, explainer_done() takes it. */
struct explainer {
	const struct options *options;
	struct view_files *files;
	struct asked asked;	 /* without --groups */
	struct groups *groups;	 /* those of the options */
	struct catalog *catalog; /* what they let through */

	struct names *names;
	const struct names_edit *edits; /* every file there is; borrowed */
	size_t edit_count;
	struct problems problems; /* of all views and apps */
	struct judged judged[MAKERS];
	char *texts[MAKERS];
	size_t lengths[MAKERS];
};

/* One explanation, and what of it is its own. */
struct part {
	struct explanation explanation;
	struct app *app;
	struct explain_file *files;
	struct lines lines;
	struct problems problems;
};

/* As the sources would have given it with --groups. */
static int select_ports(const struct groups *groups, const struct app *app,
	struct app **ret, bool *ret_shown)
{
	CLEANUP(free) struct port *ports = NULL;
	struct app draft = app_draft(app);

	ports = calloc(app->port_count + 1, sizeof(*ports));
	if (!ports)
		return -ENOMEM;
	if (app->port_count > 0)
		memcpy(ports, app->ports, app->port_count * sizeof(*ports));
	*ret_shown = groups_select(groups, &draft, ports);
	draft.ports = ports;
	return app_pack(&draft, ret, NULL);
}

/* What is shown of all apps, since they take names and ports of each other. */
static int select_apps(struct explainer *it)
{
	size_t total = catalog_app_count(it->asked.catalog), count = 0;
	CLEANUP(free)
	struct catalog_change *changes = calloc(total + 1, sizeof(*changes));
	struct catalog_cursor cursor = {0, 0};
	const struct app *app;
	int r = changes ? 0 : -ENOMEM;

	while (r == 0 && (app = catalog_next(it->asked.catalog, &cursor))) {
		struct app *selected;
		bool shown;

		r = select_ports(it->groups, app, &selected, &shown);
		if (r == 0 && shown)
			changes[count++] = (struct catalog_change){
				selected->key, selected};
		else if (r == 0)
			app_unref(selected);
	}
	if (r == 0)
		r = catalog_edit(NULL, changes, count, &it->catalog);
	for (size_t i = 0; i < count; i++)
		app_unref(changes[i].app);
	return r;
}

/* A name that an app had before is its name still. */
static void remember_names(struct explainer *it)
{
	CLEANUP(fclose) FILE *file = NULL;
	CLEANUP(free) char *path = NULL;

	if (!it->options->state_dir)
		return;
	if (asprintf(&path, "%s/names", it->options->state_dir) < 0) {
		path = NULL;
		return;
	}
	file = fopen(path, "re");
	if (file && names_load(it->names, file) < 0)
		log_warn("%s: cannot be read", path);
}

static int make_names(struct explainer *it)
{
	int r = names_new(it->options->instances_names, &it->names);

	if (r < 0)
		return r;
	remember_names(it);
	r = names_update(it->names, it->catalog, &it->edits, &it->edit_count);
	if (r == 0)
		names_problems(it->names, &it->problems);
	return r;
}

/* A view that cannot be shown at all is an answer, too. */
static int make_views(struct explainer *it)
{
	for (int i = 0; i < MAKERS; i++) {
		struct problems problems = {NULL, 0, 0};
		struct judged *judged = &it->judged[i];
		struct why why;
		int r = judged_make(
			it->options, it->files, i, it->catalog, judged, &why);

		if (r < 0)
			log_warn("%s: %s", view_makers[i].name, why.text);
		if (!judged->gate)
			return r;
		gate_problems(judged->gate, &problems);
		problems_append(&it->problems, &problems);
		problems_done(&problems);
	}
	for (size_t i = 0; i < VIEWS; i++) {
		int maker = views[i].maker;

		if (maker >= 0 &&
			strcmp(views[i].name, view_makers[maker].name) == 0 &&
			gate_text(it->judged[maker].gate, views[i].file,
				&it->texts[maker], &it->lengths[maker]) < 0)
			return -ENOMEM;
	}
	return 0;
}

static void explainer_done(struct explainer *it)
{
	for (size_t i = 0; i < MAKERS; i++) {
		judged_done(&it->judged[i]);
		free(it->texts[i]);
	}
	problems_done(&it->problems);
	names_free(it->names);
	catalog_unref(it->catalog);
	groups_free(it->groups);
	asked_done(&it->asked);
	view_files_free(it->files);
}

static int add_file(
	struct explainer *it, struct part *part, const struct names_edit *edit)
{
	struct explain_file *file = &part->files[part->explanation.file_count];
	CLEANUP(free) char *text = NULL;
	size_t length;
	int r;

	*file = (struct explain_file){
		.name = edit->name,
		.port_index = edit->port_index,
	};
	r = render_instances(edit->app, edit->port_index,
		it->options->instances_format, &part->problems, &text, &length);
	if (r < 0)
		return r;
	for (size_t i = 0; i < length; i++)
		file->lines += text[i] == '\n';
	part->explanation.file_count++;
	return it->options->mountpoint
		? explain_there(it->options->mountpoint, text, length, file)
		: 0;
}

static int add_files(struct explainer *it, struct part *part)
{
	const struct app_key *key = &part->app->key;
	int r = 0;

	part->files = calloc(it->edit_count + 1, sizeof(*part->files));
	if (!part->files)
		return -ENOMEM;
	for (size_t i = 0; i < it->edit_count && r == 0; i++)
		if (it->edits[i].app &&
			app_key_compare(&it->edits[i].app->key, key) == 0)
			r = add_file(it, part, &it->edits[i]);
	return r;
}

static void add_problems(struct explainer *it, struct part *part)
{
	const struct app_key *key = &part->app->key;

	for (size_t i = 0; i < it->problems.count; i++) {
		const struct problem *problem = &it->problems.items[i];

		if (app_key_compare(&problem->key, key) == 0)
			problems_add(&part->problems, key, problem->view, "%s",
				problem->text);
	}
}

static int add_lines(struct explainer *it, struct part *part)
{
	int r = 0;

	for (size_t i = 0; i < MAKERS && r == 0; i++)
		if (it->texts[i] && view_makers[i].line_owner)
			r = explain_lines(it->judged[i].gate,
				view_makers[i].name, it->texts[i],
				it->lengths[i], part->app, &part->lines);
	return r;
}

static const struct source_report *report_of(
	const struct explainer *it, const char *source)
{
	for (size_t i = 0; i < it->asked.report_count; i++)
		if (strcmp(it->asked.reports[i].name, source) == 0)
			return &it->asked.reports[i];
	return NULL;
}

static int part_make(
	struct explainer *it, const struct target *target, struct part *part)
{
	const char *mountpoint = it->options->mountpoint;
	struct explanation *e = &part->explanation;
	int r;

	r = select_ports(it->groups, target->app, &part->app, &e->shown);
	if (r == 0)
		r = add_files(it, part);
	if (r == 0)
		r = add_lines(it, part);
	if (r < 0)
		return r;
	add_problems(it, part);
	e->app = part->app;
	e->task = target->task;
	e->source = report_of(it, part->app->key.source);
	e->groups = it->options->groups;
	e->item = groups_item(it->groups, part->app);
	e->mountpoint = mountpoint;
	e->held = mountpoint ? status_held(mountpoint, part->app->key.source)
			     : -1;
	e->files = part->files;
	e->lines = part->lines.items;
	e->line_count = part->lines.count;
	e->problems = &part->problems;
	return 0;
}

static void part_done(struct part *part)
{
	for (size_t i = 0; i < part->explanation.file_count; i++) {
		free((char *)(uintptr_t)part->files[i].only_here);
		free((char *)(uintptr_t)part->files[i].only_there);
	}
	free(part->files);
	free(part->lines.items);
	problems_done(&part->problems);
	app_unref(part->app);
}

static int write_out(
	const struct options *options, const struct part *parts, size_t count)
{
	struct explanation explanations[TARGETS_MAX];
	int r = 0;

	for (size_t i = 0; i < count; i++) {
		explanations[i] = parts[i].explanation;
		if (!options->json)
			explain_text(stdout, &explanations[i]);
	}
	if (options->json)
		r = explain_json(stdout, explanations, count);
	return r == 0 && fflush(stdout) != 0 ? -errno : r;
}

static int explain_targets(
	struct explainer *it, const struct target *targets, size_t count)
{
	struct part parts[TARGETS_MAX] = {{.app = NULL}};
	int r;

	r = select_apps(it);
	if (r == 0)
		r = make_names(it);
	if (r == 0)
		r = make_views(it);
	for (size_t i = 0; i < count && r == 0; i++)
		r = part_make(it, &targets[i], &parts[i]);
	if (r == 0)
		r = write_out(it->options, parts, count);
	for (size_t i = 0; i < count; i++)
		part_done(&parts[i]);
	if (r < 0)
		fprintf(stderr, "mmsdfs: cannot explain: %s\n", strerror(-r));
	return r < 0 ? 1 : 0;
}

/* What is bad is in no catalog, and may be what was meant. */
static void say_unknown(const struct explainer *it)
{
	const char *what = it->options->view;
	const char *nearest[NEAREST_MAX];
	size_t count;

	count = explain_nearest(it->asked.catalog, what, nearest);
	fprintf(stderr, "mmsdfs: no app and no task '%s'", what);
	for (size_t i = 0; i < count; i++)
		fprintf(stderr, "%s %s", i ? "," : "; did you mean",
			nearest[i]);
	fputc('\n', stderr);
	for (size_t i = 0; i < it->asked.report_count; i++) {
		const struct source_report *report = &it->asked.reports[i];

		if (report->bad_apps)
			fprintf(stderr,
				"mmsdfs: %s: %llu bad apps left out: %s\n",
				report->name,
				(unsigned long long)report->bad_apps,
				report->bad_app_why);
		if (!asked_has_answered(report))
			fprintf(stderr, "mmsdfs: %s: no answer: %s\n",
				report->name, report->why);
	}
}

static int explain_asked(struct explainer *it)
{
	struct target targets[TARGETS_MAX];
	size_t count;

	count = explain_find(it->asked.catalog, it->options->view, targets);
	if (count > 0)
		return explain_targets(it, targets, count);
	say_unknown(it);
	return 1;
}

int explain(const struct options *options)
{
	struct explainer it = {.options = options};
	struct fetch_plan plan;
	struct why why;
	int status;

	for (size_t i = 0; i < MAKERS; i++)
		it.judged[i].woken = -1;
	convert_fetch(options, &plan);
	plan.settings.groups = "*";
	if (groups_new(options->groups, options->groups_by, &it.groups, &why) <
			0 ||
		view_files_new(options, environ, &it.files, &why) < 0) {
		fprintf(stderr, "mmsdfs: %s\n", why.text);
		status = EXIT_USAGE;
	} else {
		status = asked_run(options, &plan, true, &it.asked);
		if (status == 0)
			status = explain_asked(&it);
	}
	explainer_done(&it);
	return status;
}
