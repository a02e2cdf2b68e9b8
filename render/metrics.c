/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "render/status.h"
#include "render/utf8.h"

/* Of a label: backslash, quote and line feed are escaped, all else is UTF-8. */
static void write_label_value(FILE *out, const char *text)
{
	while (*text) {
		size_t length = utf8_character(text);

		if (length == 0) {
			fputs("\xef\xbf\xbd", out);
			text++;
			continue;
		}
		if (*text == '\\' || *text == '"')
			fputc('\\', out);
		if (*text == '\n')
			fputs("\\n", out);
		else
			fwrite(text, 1, length, out);
		text += length;
	}
}

static void write_head(
	FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP mmsdfs_%s %s\n# TYPE mmsdfs_%s %s\n", name, help,
		name, type);
}

/* Prometheus wants seconds. */
static void write_seconds(FILE *out, int64_t ms)
{
	fprintf(out, " %" PRId64 ".%03d\n", ms / 1000, (int)(ms % 1000));
}

static void write_one(FILE *out, const char *name, const char *type,
	const char *help, uint64_t value)
{
	write_head(out, name, type, help);
	fprintf(out, "mmsdfs_%s %" PRIu64 "\n", name, value);
}

static void write_labelled(
	FILE *out, const char *name, const char *label, const char *value)
{
	fprintf(out, "mmsdfs_%s{%s=\"", name, label);
	write_label_value(out, value);
	fputs("\"}", out);
}

/* One row for each number of a source. */
struct source_metric {
	const char *name, *type, *help;
	uint64_t (*value)(const struct source_report *s);
};

#define VALUE_OF(field, expression)                                            \
	static uint64_t value_of_##field(const struct source_report *s)        \
	{                                                                      \
		return (uint64_t)(expression);                                 \
	}

VALUE_OF(up, s->complete && !s->stale && !s->why[0])
VALUE_OF(stale, s->stale)
VALUE_OF(streaming, s->streaming)
VALUE_OF(held, s->held)
VALUE_OF(full_reads, s->full_reads)
VALUE_OF(app_reads, s->app_reads)
VALUE_OF(failures, s->failures)
VALUE_OF(attaches, s->attaches)
VALUE_OF(events, s->events)
VALUE_OF(bytes, s->bytes)
VALUE_OF(bad_apps, s->bad_apps)
VALUE_OF(callbacks, s->callbacks)
VALUE_OF(callbacks_taken, s->callbacks_taken)
VALUE_OF(callbacks_refused, s->callbacks_refused)

static const struct source_metric source_metrics[] = {
	{"source_up", "gauge", "1: the source answers and all is well.",
		value_of_up},
	{"source_stale", "gauge", "1: shows what was known before a failure.",
		value_of_stale},
	{"source_streaming", "gauge", "1: attached to the event stream.",
		value_of_streaming},
	{"source_held_instances", "gauge",
		"Instances that the shrink guard keeps.", value_of_held},
	{"source_full_reads_total", "counter", "Complete lists read.",
		value_of_full_reads},
	{"source_app_reads_total", "counter", "Single apps read.",
		value_of_app_reads},
	{"source_failures_total", "counter",
		"Requests that gave nothing usable.", value_of_failures},
	{"source_attaches_total", "counter", "Event streams attached to.",
		value_of_attaches},
	{"source_events_total", "counter", "Events read.", value_of_events},
	{"source_bytes_total", "counter", "Bytes of bodies read.",
		value_of_bytes},
	{"source_callbacks", "gauge", "1: events come by callback.",
		value_of_callbacks},
	{"source_callbacks_taken_total", "counter", "Callbacks taken.",
		value_of_callbacks_taken},
	{"source_callbacks_refused_total", "counter",
		"Requests to the address for callbacks that were not taken.",
		value_of_callbacks_refused},
	{"source_bad_apps", "gauge", "Apps of the last list left out.",
		value_of_bad_apps},
};

static void write_sources(FILE *out, const struct status *status)
{
	size_t count = sizeof(source_metrics) / sizeof(source_metrics[0]);

	for (size_t i = 0; i < count; i++) {
		const struct source_metric *m = &source_metrics[i];

		write_head(out, m->name, m->type, m->help);
		for (size_t j = 0; j < status->source_count; j++) {
			write_labelled(out, m->name, "source",
				status->sources[j].name);
			fprintf(out, " %" PRIu64 "\n",
				m->value(&status->sources[j]));
		}
	}
	write_head(out, "source_last_answer_seconds", "gauge",
		"Unix time of the last complete list.");
	for (size_t j = 0; j < status->source_count; j++) {
		write_labelled(out, "source_last_answer_seconds", "source",
			status->sources[j].name);
		write_seconds(out, status->sources[j].last_answer);
	}
}

static void write_names(FILE *out, const struct hosts_report *hosts)
{
	if (!hosts->on)
		return;
	write_one(out, "hosts_known", "gauge",
		"Names of agents with an address.", hosts->known);
	write_one(out, "hosts_failing", "gauge",
		"Of them: those with the last address that was known.",
		hosts->failing);
	write_one(out, "hosts_missing", "gauge",
		"Names of agents without an address.", hosts->missing);
	write_one(out, "hosts_beyond_total", "counter",
		"Instances whose names were too many to be looked up.",
		hosts->beyond);
	write_one(out, "host_lookups_total", "counter",
		"Lookups of names that have ended.", hosts->lookups);
	write_one(out, "host_lookup_failures_total", "counter",
		"Lookups that gave no address.", hosts->failures);
}

static void write_views(FILE *out, const struct status *status)
{
	write_head(out, "view_bytes", "gauge", "Size of a view.");
	for (size_t i = 0; i < status->view_count; i++) {
		write_labelled(out, "view_bytes", "view", status->views[i].name);
		fprintf(out, " %" PRIu64 "\n", status->views[i].bytes);
	}
	write_head(out, "view_renders_total", "counter",
		"How often a view was rendered.");
	for (size_t i = 0; i < status->view_count; i++) {
		write_labelled(out, "view_renders_total", "view",
			status->views[i].name);
		fprintf(out, " %" PRIu64 "\n", status->views[i].renders);
	}
	write_head(out, "view_checks_total", "counter",
		"How often a program judged a view.");
	for (size_t i = 0; i < status->view_count; i++) {
		write_labelled(out, "view_checks_total", "view",
			status->views[i].name);
		fprintf(out, " %" PRIu64 "\n", status->views[i].checks);
	}
	write_head(out, "view_refused_apps", "gauge",
		"Apps that the program does not accept.");
	for (size_t i = 0; i < status->view_count; i++) {
		write_labelled(out, "view_refused_apps", "view",
			status->views[i].name);
		fprintf(out, " %" PRIu64 "\n", status->views[i].refused);
	}
	write_head(out, "view_render_seconds_total", "counter",
		"What rendering a view took.");
	for (size_t i = 0; i < status->view_count; i++) {
		uint64_t us = status->views[i].render_us;

		write_labelled(out, "view_render_seconds_total", "view",
			status->views[i].name);
		fprintf(out, " %" PRIu64 ".%06u\n", us / 1000000,
			(unsigned)(us % 1000000));
	}
}

/* By their number: nothing else of two hooks need differ. */
static void write_hook_labels(FILE *out, const struct status *status,
	size_t index, const char *name)
{
	fprintf(out, "mmsdfs_%s{hook=\"%zu\",view=\"", name, index);
	write_label_value(out, status->hooks[index].view);
	fputs("\"}", out);
}

static void write_hook_counter(FILE *out, const struct status *status,
	const char *name, const char *help,
	uint64_t (*value)(const struct status_hook *hook))
{
	write_head(out, name, "counter", help);
	for (size_t i = 0; i < status->hook_count; i++) {
		write_hook_labels(out, status, i, name);
		fprintf(out, " %" PRIu64 "\n", value(&status->hooks[i]));
	}
}

static uint64_t runs_of(const struct status_hook *hook)
{
	return hook->runs;
}

static uint64_t failures_of(const struct status_hook *hook)
{
	return hook->failures;
}

static uint64_t deaths_of(const struct status_hook *hook)
{
	return hook->deaths;
}

static void write_hooks(FILE *out, const struct status *status)
{
	if (status->hook_count == 0)
		return;
	write_hook_counter(out, status, "hook_runs_total",
		"Runs of a command on a change of a view.", runs_of);
	write_hook_counter(out, status, "hook_failures_total",
		"Runs that failed.", failures_of);
	write_hook_counter(out, status, "hook_haproxy_deaths_total",
		"Ends of the haproxy that it keeps running.", deaths_of);
	write_head(out, "hook_failing", "gauge", "1: the last run failed.");
	for (size_t i = 0; i < status->hook_count; i++) {
		write_hook_labels(out, status, i, "hook_failing");
		fprintf(out, " %d\n", status->hooks[i].failing_since != 0);
	}
	write_head(out, "hook_last_success_seconds", "gauge",
		"Unix time of the last run that was good.");
	for (size_t i = 0; i < status->hook_count; i++) {
		write_hook_labels(
			out, status, i, "hook_last_success_seconds");
		write_seconds(out, status->hooks[i].last_success);
	}
}

static void write_export(FILE *out, const struct status_export *export)
{
	write_one(out, "export_written_total", "counter",
		"Files that were made or replaced.", export->written);
	write_one(out, "export_removed_total", "counter",
		"Files that were removed.", export->removed);
	write_one(out, "export_failures_total", "counter",
		"Files that could not be, in each try.", export->failures);
	write_one(out, "export_waiting", "gauge",
		"Files that are not as they should be.", export->waiting);
}

static void write_notifier(FILE *out, const struct status *status)
{
	write_one(out, "notifier_up", "gauge", "1: the notifier runs.",
		status->notifier_pid != 0);
	write_one(out, "notifier_restarts_total", "counter",
		"Starts of the notifier after the first.",
		status->notifier_restarts);
	write_one(out, "names_told_total", "counter",
		"Changed names whose watchers were woken.", status->told);
	write_one(out, "names_silent_total", "counter",
		"Changed names that were published without events.",
		status->silent);
	write_one(out, "pokes_failed_total", "counter",
		"Pokes that the kernel refused.", status->failed);
}

static void write_all(FILE *out, const struct status *status)
{
	write_head(out, "info", "gauge", "The version.");
	write_labelled(out, "info", "version", status->version);
	fputs(" 1\n", out);
	write_head(out, "start_time_seconds", "gauge",
		"Unix time of the start.");
	fputs("mmsdfs_start_time_seconds", out);
	write_seconds(out, status->started);
	write_one(out, "apps", "gauge", "Apps that are shown.", status->apps);
	write_one(out, "instances_serving", "gauge",
		"Instances in service.", status->serving);
	write_one(out, "problems", "gauge", "What views had to leave out.",
		status->problems->count + status->problems->left_out);
	write_sources(out, status);
	write_names(out, status->hosts);
	write_views(out, status);
	write_hooks(out, status);
	if (status->export)
		write_export(out, status->export);
	else
		write_notifier(out, status);
	write_one(out, "nodes_live", "gauge", "Versions of files in memory.",
		status->nodes_live);
	write_one(out, "nodes_held", "gauge",
		"Versions of files that the kernel holds.", status->nodes_held);
	write_one(out, "old_versions_untold_total", "counter",
		"Old versions that were too many to be told.",
		status->nodes_beyond);
}

int render_metrics(
	const struct status *status, char **ret_text, size_t *ret_length)
{
	CLEANUP(free) char *text = NULL;
	size_t length = 0;
	FILE *out;
	bool failed;

	out = open_memstream(&text, &length);
	if (!out)
		return -ENOMEM;
	write_all(out, status);
	failed = ferror(out);
	/* glibc may say 0 and leave no text. */
	if (fclose(out) != 0 || failed || !text)
		return -ENOMEM;
	*ret_text = take_ptr(&text);
	*ret_length = length;
	return 0;
}
