/* SPDX-License-Identifier: MIT */
#include "fs/renderer_impl.h"

#include <string.h>
#include <unistd.h>

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
		struct status_view *status = renderer_main_status(renderer, i);

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
	struct status_export export;
	struct live_count count;
	struct status_view views[VIEWS];
	struct status_hook hooks[HOOKS_MAX];
};

static struct status_export export_status(const struct mirror_count *count)
{
	struct status_export status = {
		.written = count->written,
		.removed = count->removed,
		.failures = count->failures,
		.waiting = count->waiting,
		.since = count->since,
	};

	memcpy(status.why, count->why, sizeof(status.why));
	return status;
}

static void gather_status(struct renderer *renderer, struct gathered *gathered,
	struct status *ret)
{
	struct live_count *count = &gathered->count;

	*count = live_count(renderer->settings.live);
	gather_problems(renderer);
	gathered->runtime = runtime_report(renderer->settings.runtime);
	gathered->export = export_status(&count->mirror);
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
		.export = renderer->settings.export ? &gathered->export : NULL,
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

/*
 * Nothing in it moves by its own publication (names told quietly, versions
 * that come and go), or it would go on for ever: while nothing happens its
 * bytes are the same, and live_put() leaves them alone.
 */
void renderer_put_status(struct renderer *renderer)
{
	struct gathered gathered;
	struct status status;
	bool quiet;

	gather_status(renderer, &gathered, &status);
	quiet = status_said_already(&renderer->said, &status);
	for (size_t i = 0; i < VIEWS; i++) {
		uint64_t number;
		size_t size;
		char *bytes;

		if (views[i].maker >= 0)
			continue;
		if (views[i].render(&status, &bytes, &size) == 0)
			renderer_put(renderer, &views[i], bytes, size, quiet,
				&number);
	}
	status_said_set(&renderer->said, &status);
}
