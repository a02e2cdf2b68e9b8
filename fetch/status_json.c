/* SPDX-License-Identifier: MIT */
#include "fetch/status_json.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <string.h>

#include "fetch/cleanup.h"

CLEANUP_DEFINE(struct json_object *, json_object_put)

static struct json_object *get(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(object, key, &value);
	return value;
}

static const char *text_of(struct json_object *object, const char *key)
{
	const char *text = json_object_get_string(get(object, key));

	return text ? text : "";
}

static int64_t number_of(struct json_object *object, const char *key)
{
	return json_object_get_int64(get(object, key));
}

static bool truth_of(struct json_object *object, const char *key)
{
	return json_object_get_boolean(get(object, key));
}

static size_t length_of(struct json_object *array)
{
	return json_object_is_type(array, json_type_array)
		? json_object_array_length(array)
		: 0;
}

/* "4 s", "3 min", "2 h", "5 d": how long since. */
static void write_age(FILE *out, int64_t now, int64_t since)
{
	int64_t s = (now - since) / 1000;

	if (s < 0)
		s = 0;
	if (s < 120)
		fprintf(out, "%" PRId64 " s", s);
	else if (s < 7200)
		fprintf(out, "%" PRId64 " min", s / 60);
	else if (s < 48 * 3600)
		fprintf(out, "%" PRId64 " h", s / 3600);
	else
		fprintf(out, "%" PRId64 " d", s / 86400);
}

static void write_time(
	FILE *out, int64_t now, const char *what, int64_t when)
{
	if (!when)
		return;
	fprintf(out, ", %s ", what);
	write_age(out, now, when);
	fputs(" ago", out);
}

static void write_source(FILE *out, int64_t now, struct json_object *source)
{
	const char *why = text_of(source, "why");

	fprintf(out, "%s: %s%s%s", text_of(source, "name"),
		text_of(source, "url"),
		truth_of(source, "stale") ? ", stale" : "",
		truth_of(source, "streaming")	? ", streaming"
		: truth_of(source, "callbacks") ? ", callbacks"
						: "");
	write_time(out, now, "last list", number_of(source, "last_answer"));
	write_time(out, now, "last event", number_of(source, "last_event"));
	fputc('\n', out);
	if (why[0]) {
		fprintf(out, "  wrong: %s (for ", why);
		write_age(out, now, number_of(source, "since"));
		fputs(")\n", out);
	}
	if (text_of(source, "warning")[0])
		fprintf(out, "  warning: %s\n", text_of(source, "warning"));
	if (text_of(source, "exposed")[0])
		fprintf(out, "  warning: everybody can read %s\n",
			text_of(source, "exposed"));
	if (number_of(source, "restored")) {
		fputs("  shown as it was kept on disk, of ", out);
		write_age(out, now, number_of(source, "restored"));
		fputs(" ago\n", out);
	}
	if (number_of(source, "held"))
		fprintf(out,
			"  the shrink guard keeps %" PRId64
			" instances that are gone from its answer\n",
			number_of(source, "held"));
	if (number_of(source, "bad_apps"))
		fprintf(out, "  %" PRId64 " bad apps left out: %s\n",
			number_of(source, "bad_apps"),
			text_of(source, "bad_app_why"));
}

static void write_hosts(FILE *out, int64_t now, struct json_object *hosts)
{
	int64_t missing = number_of(hosts, "missing");
	int64_t failing = number_of(hosts, "failing");

	if (missing)
		fprintf(out, "names of agents without an address: %" PRId64 "\n",
			missing);
	if (failing)
		fprintf(out, "names of agents with their last known address: %"
			PRId64 "\n", failing);
	if (!missing && !failing)
		return;
	fprintf(out, "  %s: %s (for ", text_of(hosts, "name"),
		text_of(hosts, "why"));
	write_age(out, now, number_of(hosts, "since"));
	fputs(")\n", out);
}

enum { PROBLEMS_SHOWN = 10 };

static void write_problems(FILE *out, struct json_object *status)
{
	struct json_object *problems = get(status, "problems");
	size_t count = length_of(problems);
	int64_t more = number_of(status, "problems_left_out");

	for (size_t i = 0; i < count && i < PROBLEMS_SHOWN; i++) {
		struct json_object *problem =
			json_object_array_get_idx(problems, i);

		fprintf(out, "left out of %s: %s: %s\n",
			text_of(problem, "view"), text_of(problem, "app"),
			text_of(problem, "why"));
	}
	if (count > PROBLEMS_SHOWN)
		more += (int64_t)(count - PROBLEMS_SHOWN);
	if (more > 0)
		fprintf(out, "and %" PRId64 " more, in status.json\n", more);
}

static void write_views(FILE *out, struct json_object *views)
{
	for (size_t i = 0; i < length_of(views); i++) {
		struct json_object *view = json_object_array_get_idx(views, i);

		if (text_of(view, "why")[0])
			fprintf(out, "%s is old: %s\n", text_of(view, "name"),
				text_of(view, "why"));
	}
}

static void write_hooks(FILE *out, int64_t now, struct json_object *hooks)
{
	for (size_t i = 0; i < length_of(hooks); i++) {
		struct json_object *hook = json_object_array_get_idx(hooks, i);

		if (!number_of(hook, "failing_since"))
			continue;
		fprintf(out, "the hook on %s fails for ",
			text_of(hook, "view"));
		write_age(out, now, number_of(hook, "failing_since"));
		fprintf(out, ": %s: %s\n", text_of(hook, "command"),
			text_of(hook, "last_exit"));
	}
}

static void write_notifier(
	FILE *out, int64_t now, struct json_object *notifier)
{
	if (!number_of(notifier, "pid"))
		fputs("the notifier is not running: changes raise no events\n",
			out);
	if (number_of(notifier, "restarts"))
		fprintf(out, "the notifier was started again %" PRId64
			" times\n",
			number_of(notifier, "restarts"));
	if (number_of(notifier, "stuck_since")) {
		fprintf(out, "events are stuck in '%s' for ",
			text_of(notifier, "stuck_in"));
		write_age(out, now, number_of(notifier, "stuck_since"));
		fputc('\n', out);
	}
}

static void write_export(FILE *out, int64_t now, struct json_object *export)
{
	if (!number_of(export, "since"))
		return;
	fprintf(out, "%" PRId64 " files are not as they should be for ",
		number_of(export, "waiting"));
	write_age(out, now, number_of(export, "since"));
	fprintf(out, ": %s\n", text_of(export, "why"));
}

static void write_status(FILE *out, int64_t now, struct json_object *status)
{
	struct json_object *sources = get(status, "sources");

	fprintf(out, "%s: %" PRId64 " apps, %" PRId64 " instances in service\n",
		text_of(status, "state"), number_of(status, "apps"),
		number_of(status, "serving"));
	fprintf(out, "mmsdfs %s, process %" PRId64 ", runs for ",
		text_of(status, "version"), number_of(status, "pid"));
	write_age(out, now, number_of(status, "started"));
	fputc('\n', out);
	for (size_t i = 0; i < length_of(sources); i++)
		write_source(
			out, now, json_object_array_get_idx(sources, i));
	if (text_of(status, "config_why")[0])
		fprintf(out, "the configuration was read again in vain: %s\n",
			text_of(status, "config_why"));
	write_hosts(out, now, get(status, "hosts"));
	write_views(out, get(status, "views"));
	write_hooks(out, now, get(status, "hooks"));
	if (get(status, "export"))
		write_export(out, now, get(status, "export"));
	else
		write_notifier(out, now, get(status, "notifier"));
	write_problems(out, status);
}

static int status_read(
	const char *mountpoint, struct json_object **ret, struct why *why)
{
	CLEANUP(free) char *path = NULL;
	CLEANUP(close) int fd = -1;

	if (asprintf(&path, "%s/status.json", mountpoint) < 0) {
		path = NULL;
		return why_set(why, -ENOMEM, "out of memory");
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOTCONN)
		return why_set(why, -ENOTCONN,
			"%s: the mmsdfs that served it is gone; start it again",
			mountpoint);
	if (fd < 0)
		return why_set(why, -errno,
			"%s: %s; is an mmsdfs mounted there?", path,
			strerror(errno));
	*ret = json_object_from_fd(fd);
	if (!json_object_is_type(*ret, json_type_object))
		return why_set(why, -EBADMSG, "%s: not a status of mmsdfs",
			path);
	return 0;
}

int status_show(
	const char *mountpoint, int64_t now, FILE *out, struct why *why)
{
	CLEANUP(json_object_put) struct json_object *status = NULL;
	int r = status_read(mountpoint, &status, why);

	if (r == 0)
		write_status(out, now, status);
	return r;
}

int64_t status_held(const char *mountpoint, const char *source)
{
	CLEANUP(json_object_put) struct json_object *status = NULL;
	struct json_object *sources;

	if (status_read(mountpoint, &status, NULL) < 0)
		return -1;
	sources = get(status, "sources");
	for (size_t i = 0; i < length_of(sources); i++) {
		struct json_object *one = json_object_array_get_idx(sources, i);

		if (strcmp(text_of(one, "name"), source) == 0)
			return number_of(one, "held");
	}
	return -1;
}
