/* SPDX-License-Identifier: MIT */
#include "render/status.h"

#include <string.h>

#include "render/out_json.h"

static struct json_object *source_object(
	struct out_json *w, const struct source_report *s)
{
	struct json_object *o = out_object(w);

	out_text(w, o, "name", s->name);
	out_text(w, o, "url", s->url);
	out_text(w, o, "leader", s->leader);
	out_text(w, o, "version", s->version);
	out_bool(w, o, "complete", s->complete);
	out_bool(w, o, "stale", s->stale);
	out_bool(w, o, "streaming", s->streaming);
	out_text(w, o, "why", s->why);
	out_number(w, o, "since", s->since);
	out_text(w, o, "warning", s->warning);
	out_text(w, o, "exposed", s->exposed);
	out_number(w, o, "held", (int64_t)s->held);
	out_number(w, o, "held_since", s->held_since);
	out_number(w, o, "restored", s->restored);
	out_number(w, o, "last_answer", s->last_answer);
	out_number(w, o, "last_attach", s->last_attach);
	out_number(w, o, "last_event", s->last_event);
	out_number(w, o, "full_reads", (int64_t)s->full_reads);
	out_number(w, o, "app_reads", (int64_t)s->app_reads);
	out_number(w, o, "failures", (int64_t)s->failures);
	out_number(w, o, "attaches", (int64_t)s->attaches);
	out_number(w, o, "events", (int64_t)s->events);
	out_number(w, o, "bytes", (int64_t)s->bytes);
	out_bool(w, o, "callbacks", s->callbacks);
	out_number(w, o, "callbacks_taken", (int64_t)s->callbacks_taken);
	out_number(w, o, "callbacks_refused", (int64_t)s->callbacks_refused);
	out_text(w, o, "callback_refused_why", s->callback_refused_why);
	out_number(w, o, "bad_apps", (int64_t)s->bad_apps);
	out_text(w, o, "bad_app_why", s->bad_app_why);
	return o;
}

static struct json_object *sources_array(
	struct out_json *w, const struct status *status)
{
	struct json_object *array = out_array(w);

	for (size_t i = 0; i < status->source_count; i++)
		out_append(w, array, source_object(w, &status->sources[i]));
	return array;
}

static struct json_object *hosts_object(
	struct out_json *w, const struct hosts_report *hosts)
{
	struct json_object *o = out_object(w);

	out_number(w, o, "known", (int64_t)hosts->known);
	out_number(w, o, "failing", (int64_t)hosts->failing);
	out_number(w, o, "missing", (int64_t)hosts->missing);
	out_number(w, o, "beyond", (int64_t)hosts->beyond);
	out_text(w, o, "name", hosts->name);
	out_text(w, o, "why", hosts->why);
	out_number(w, o, "since", hosts->since);
	out_number(w, o, "lookups", (int64_t)hosts->lookups);
	out_number(w, o, "failures", (int64_t)hosts->failures);
	return o;
}

static struct json_object *view_object(
	struct out_json *w, const struct status_view *view)
{
	struct json_object *o = out_object(w);

	out_text(w, o, "name", view->name);
	out_number(w, o, "bytes", (int64_t)view->bytes);
	out_number(w, o, "rendered", view->rendered);
	out_number(w, o, "renders", (int64_t)view->renders);
	out_number(w, o, "render_us", (int64_t)view->render_us);
	if (view->checks) {
		out_number(w, o, "checks", (int64_t)view->checks);
		out_number(w, o, "check_ms", view->check_ms);
		out_number(w, o, "refused", (int64_t)view->refused);
	}
	out_text(w, o, "why", view->why);
	return o;
}

static struct json_object *views_array(
	struct out_json *w, const struct status *status)
{
	struct json_object *array = out_array(w);

	for (size_t i = 0; i < status->view_count; i++)
		out_append(w, array, view_object(w, &status->views[i]));
	return array;
}

static struct json_object *hook_object(
	struct out_json *w, const struct status_hook *hook)
{
	struct json_object *o = out_object(w);

	out_text(w, o, "view", hook->view);
	out_text(w, o, "command", hook->command);
	out_number(w, o, "runs", (int64_t)hook->runs);
	out_number(w, o, "failures", (int64_t)hook->failures);
	out_number(w, o, "deaths", (int64_t)hook->deaths);
	out_text(w, o, "last_exit", hook->last_exit);
	out_number(w, o, "last_success", hook->last_success);
	out_number(w, o, "failing_since", hook->failing_since);
	out_number(w, o, "running_since", hook->running_since);
	return o;
}

static struct json_object *runtime_object(
	struct out_json *w, const struct status_runtime *runtime)
{
	struct json_object *o = out_object(w);

	out_number(w, o, "changes", (int64_t)runtime->changes);
	out_number(w, o, "reloads", (int64_t)runtime->reloads);
	out_text(w, o, "last_reload", runtime->reason);
	out_number(w, o, "waiting", (int64_t)runtime->waiting);
	out_number(w, o, "failures", (int64_t)runtime->failures);
	out_text(w, o, "why", runtime->why);
	out_number(w, o, "since", runtime->since);
	return o;
}

static struct json_object *export_object(
	struct out_json *w, const struct status_export *export)
{
	struct json_object *o = out_object(w);

	out_number(w, o, "written", (int64_t)export->written);
	out_number(w, o, "removed", (int64_t)export->removed);
	out_number(w, o, "failures", (int64_t)export->failures);
	out_number(w, o, "waiting", (int64_t)export->waiting);
	out_text(w, o, "why", export->why);
	out_number(w, o, "since", export->since);
	return o;
}

static struct json_object *hooks_array(
	struct out_json *w, const struct status *status)
{
	struct json_object *array = out_array(w);

	for (size_t i = 0; i < status->hook_count; i++)
		out_append(w, array, hook_object(w, &status->hooks[i]));
	return array;
}

static struct json_object *problem_object(
	struct out_json *w, const struct problem *problem)
{
	struct json_object *o = out_object(w);

	out_text(w, o, "app", problem->key.id);
	out_text(w, o, "source", problem->key.source);
	out_text(w, o, "view", problem->view);
	out_text(w, o, "why", problem->text);
	return o;
}

static struct json_object *problems_array(
	struct out_json *w, const struct status *status)
{
	struct json_object *array = out_array(w);

	for (size_t i = 0; i < status->problems->count; i++)
		out_append(w, array,
			problem_object(w, &status->problems->items[i]));
	return array;
}

static struct json_object *notifier_object(
	struct out_json *w, const struct status *status)
{
	struct json_object *o = out_object(w);

	out_number(w, o, "pid", status->notifier_pid);
	out_text(w, o, "reach", status->notifier_reach);
	out_number(w, o, "restarts", (int64_t)status->notifier_restarts);
	out_number(w, o, "told", (int64_t)status->told);
	out_number(w, o, "silent", (int64_t)status->silent);
	out_number(w, o, "failed", (int64_t)status->failed);
	out_text(w, o, "stuck_in", status->stuck_in);
	out_number(w, o, "stuck_since", status->stuck_since);
	return o;
}

static struct json_object *nodes_object(
	struct out_json *w, const struct status *status)
{
	struct json_object *o = out_object(w);

	out_number(w, o, "live", (int64_t)status->nodes_live);
	out_number(w, o, "held", (int64_t)status->nodes_held);
	out_number(w, o, "beyond", (int64_t)status->nodes_beyond);
	return o;
}

const char *status_word(const struct status *status)
{
	bool stale = false, wrong = status->config_why;

	if (!status->shown)
		return "waiting";
	for (size_t i = 0; i < status->source_count; i++) {
		const struct source_report *s = &status->sources[i];

		wrong = wrong || (!s->complete && !s->restored);
		stale = stale || s->stale;
		wrong = wrong || s->why[0] || s->held || s->bad_apps;
	}
	for (size_t i = 0; i < status->view_count; i++)
		wrong = wrong || status->views[i].why;
	for (size_t i = 0; i < status->hook_count; i++)
		wrong = wrong || status->hooks[i].failing_since;
	wrong = wrong || (status->runtime && status->runtime->since)
		|| (status->export && status->export->since)
		|| status->hosts->name[0];
	if (stale)
		return "stale";
	return wrong || status->problems->count || status->stuck_since
		? "degraded"
		: "ok";
}

static struct json_object *status_object(
	struct out_json *w, const struct status *status)
{
	struct json_object *o = out_object(w);

	out_text(w, o, "state", status_word(status));
	out_text(w, o, "version", status->version);
	out_number(w, o, "pid", status->pid);
	out_number(w, o, "started", status->started);
	out_text(w, o, "mountpoint", status->mountpoint);
	out_number(w, o, "config_read", status->config_read);
	out_text(w, o, "config_why", status->config_why);
	out_number(w, o, "apps", (int64_t)status->apps);
	out_number(w, o, "serving", (int64_t)status->serving);
	out_put(w, o, "sources", sources_array(w, status));
	if (status->hosts->on)
		out_put(w, o, "hosts", hosts_object(w, status->hosts));
	out_put(w, o, "views", views_array(w, status));
	if (status->runtime)
		out_put(w, o, "runtime", runtime_object(w, status->runtime));
	out_put(w, o, "hooks", hooks_array(w, status));
	out_put(w, o, "problems", problems_array(w, status));
	out_number(w, o, "problems_left_out",
		(int64_t)status->problems->left_out);
	if (status->export)
		out_put(w, o, "export", export_object(w, status->export));
	else
		out_put(w, o, "notifier", notifier_object(w, status));
	out_put(w, o, "nodes", nodes_object(w, status));
	return o;
}

int render_status(
	const struct status *status, char **ret_text, size_t *ret_length)
{
	struct out_json writer = {false};

	return out_done(&writer, status_object(&writer, status), ret_text,
		ret_length);
}

static bool same_source(
	const struct source_report *a, const struct source_report *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->url, b->url) == 0
		&& strcmp(a->leader, b->leader) == 0
		&& strcmp(a->version, b->version) == 0
		&& strcmp(a->why, b->why) == 0
		&& strcmp(a->warning, b->warning) == 0
		&& strcmp(a->exposed, b->exposed) == 0
		&& strcmp(a->bad_app_why, b->bad_app_why) == 0
		&& a->complete == b->complete && a->stale == b->stale
		&& a->streaming == b->streaming
		&& a->callbacks == b->callbacks && a->since == b->since
		&& a->held == b->held && a->held_since == b->held_since
		&& a->restored == b->restored && a->bad_apps == b->bad_apps;
}

static bool same_hosts(
	const struct hosts_report *a, const struct hosts_report *b)
{
	return a->on == b->on && a->failing == b->failing
		&& a->missing == b->missing && a->since == b->since
		&& strcmp(a->name, b->name) == 0
		&& strcmp(a->why, b->why) == 0;
}

static bool same_words(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool status_same_state(const struct status *a, const struct status *b)
{
	if (a->source_count != b->source_count
		|| a->view_count != b->view_count
		|| a->hook_count != b->hook_count
		|| a->notifier_pid != b->notifier_pid
		|| a->shown != b->shown
		|| a->config_read != b->config_read
		|| !same_words(a->config_why, b->config_why)
		|| a->notifier_restarts != b->notifier_restarts
		|| a->stuck_since != b->stuck_since)
		return false;
	for (size_t i = 0; i < a->source_count; i++)
		if (!same_source(&a->sources[i], &b->sources[i]))
			return false;
	if (!same_hosts(a->hosts, b->hosts))
		return false;
	for (size_t i = 0; i < a->view_count; i++)
		if (!same_words(a->views[i].why, b->views[i].why))
			return false;
	if (a->runtime && b->runtime
		&& !a->runtime->since != !b->runtime->since)
		return false;
	if (a->export && b->export && a->export->since != b->export->since)
		return false;
	/* Not its words: a hook on status.json would run for its own sake. */
	for (size_t i = 0; i < a->hook_count; i++)
		if (a->hooks[i].failing_since != b->hooks[i].failing_since)
			return false;
	return problems_same(a->problems, b->problems);
}
