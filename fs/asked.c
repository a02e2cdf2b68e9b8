/* SPDX-License-Identifier: MIT */
#include "fs/asked.h"

#include <stdio.h>

#include "fetch/clock.h"
#include "fs/exit_status.h"

enum { TURN_MS = 1000 };

bool asked_has_answered(const struct source_report *report)
{
	return report->complete && !report->restored;
}

static bool all_answered(const struct asked *asked)
{
	for (size_t i = 0; i < asked->report_count; i++)
		if (!asked_has_answered(&asked->reports[i]))
			return false;
	return true;
}

static void look(struct asked *asked)
{
	catalog_unref(asked->catalog);
	asked->catalog = fetch_catalog(asked->fetch);
	asked->reports = fetch_reports(asked->fetch, &asked->report_count);
	fetch_hosts(asked->fetch, &asked->hosts);
}

static bool is_enough(const struct asked *asked, bool partial)
{
	return asked->catalog && (partial || all_answered(asked));
}

static void wait_for_all(
	const struct options *options, bool partial, struct asked *asked)
{
	int64_t deadline = options->wait_ms ? clock_now_ms() + options->wait_ms
					    : INT64_MAX;

	look(asked);
	while (!is_enough(asked, partial) || fetch_looking(asked->fetch)) {
		int64_t left = deadline - clock_now_ms();

		if (left <= 0 ||
			fetch_turn(asked->fetch,
				left < TURN_MS ? (int)left : TURN_MS) < 0)
			return;
		look(asked);
	}
}

static int say_who_is_silent(const struct asked *asked)
{
	for (size_t i = 0; i < asked->report_count; i++) {
		const struct source_report *report = &asked->reports[i];

		if (!asked_has_answered(report))
			fprintf(stderr, "mmsdfs: no answer: %s: %s\n",
				report->url[0] ? report->url : report->name,
				report->why[0] ? report->why : "still waiting");
	}
	return EXIT_NO_ANSWER;
}

int asked_run(const struct options *options, const struct fetch_plan *plan,
	bool partial, struct asked *ret)
{
	struct fetch_settings settings = plan->settings;
	struct why why;

	*ret = (struct asked){.fetch = NULL};
	if (!partial)
		settings.partial_ms = -1;
	if (fetch_new(&settings, &ret->fetch, &why) < 0) {
		fprintf(stderr, "mmsdfs: %s\n", why.text);
		return EXIT_USAGE;
	}
	wait_for_all(options, partial, ret);
	return is_enough(ret, partial) ? 0 : say_who_is_silent(ret);
}

void asked_done(struct asked *asked)
{
	catalog_unref(asked->catalog);
	fetch_free(asked->fetch);
	*asked = (struct asked){.fetch = NULL};
}
