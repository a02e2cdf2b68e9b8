/* SPDX-License-Identifier: MIT */
#include "fs/status_said.h"

#include <stdio.h>
#include <string.h>

void status_said_done(struct status_said *said)
{
	problems_done(&said->problems);
}

bool status_said_already(
	const struct status_said *said, const struct status *status)
{
	return said->status.version
		&& status_same_state(status, &said->status);
}

/* A gate's words are in a place of its own, and change there. */
static void copy_views(struct status_said *said, const struct status *status)
{
	memcpy(said->views, status->views,
		status->view_count * sizeof(said->views[0]));
	for (size_t i = 0; i < status->view_count; i++)
		if (status->views[i].why) {
			snprintf(said->why[i], sizeof(said->why[i]), "%s",
				status->views[i].why);
			said->views[i].why = said->why[i];
		}
	said->status.views = said->views;
}

void status_said_set(struct status_said *said, const struct status *status)
{
	said->status = *status;
	memcpy(said->sources, status->sources,
		status->source_count * sizeof(said->sources[0]));
	said->status.sources = said->sources;
	copy_views(said, status);
	memcpy(said->hooks, status->hooks,
		status->hook_count * sizeof(said->hooks[0]));
	said->status.hooks = said->hooks;
	said->names = *status->hosts;
	said->status.hosts = &said->names;
	if (status->runtime) {
		said->runtime = *status->runtime;
		said->status.runtime = &said->runtime;
	}
	if (status->config_why) {
		why_set(&said->config_why, 0, "%s", status->config_why);
		said->status.config_why = said->config_why.text;
	}
	if (status->export) {
		said->export = *status->export;
		said->status.export = &said->export;
	}
	problems_done(&said->problems);
	problems_append(&said->problems, status->problems);
	said->status.problems = &said->problems;
}
