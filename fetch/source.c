/* SPDX-License-Identifier: MIT */
#include "fetch/source.h"

#include <stdio.h>
#include <string.h>

#include "fetch/clock.h"
#include "fetch/etcd.h"
#include "fetch/file_source.h"
#include "fetch/marathon.h"
#include "fetch/mesos.h"
#include "fetch/services_dir.h"

static const struct source_kind *const kinds[] = {
	&mesos_source,
	&services_dir_source,
	&file_source,
	&etcd_source,
	&marathon_source, /* also what has no prefix of its own */
};

static const struct source_kind *kind_of(const char *address)
{
	size_t count = sizeof(kinds) / sizeof(kinds[0]);

	for (size_t i = 0; i + 1 < count; i++)
		if (strncmp(address, kinds[i]->prefix, strlen(kinds[i]->prefix))
			== 0)
			return kinds[i];
	return kinds[count - 1];
}

int source_new(const struct source_context *context, struct source **ret,
	struct why *why)
{
	return kind_of(context->source->address)->new(context, ret, why);
}

void source_free(struct source *source)
{
	if (source)
		source->kind->free(source);
}

bool source_turn(struct source *source, int64_t now)
{
	bool news;

	source->kind->turn(source, now);
	news = source->news;
	source->news = false;
	return news;
}

int64_t source_deadline(const struct source *source)
{
	return source->kind->deadline(source);
}

int source_fd(const struct source *source)
{
	return source->kind->fd ? source->kind->fd(source) : -1;
}

void source_refresh(struct source *source)
{
	source->kind->refresh(source);
}

struct catalog *source_catalog(const struct source *source)
{
	return source->kind->catalog ? source->kind->catalog(source)
				     : belief_shown(source->belief);
}

int source_begin(struct source *source, const struct source_kind *kind,
	const struct source_context *context)
{
	source->kind = kind;
	source->news = true;
	snprintf(source->report.name, sizeof(source->report.name), "%s",
		context->reader.source);
	if (kind->catalog)
		return 0;
	return belief_new(&context->belief, &source->report, &source->belief);
}

void source_is_at(struct source *source, const char *url)
{
	snprintf(source->report.url, sizeof(source->report.url), "%s", url);
}

void source_leaves_out(
	struct source *source, uint64_t count, const struct why *first)
{
	struct source_report *report = &source->report;

	report->bad_apps = count;
	snprintf(report->bad_app_why, sizeof(report->bad_app_why), "%.255s",
		count ? first->text : "");
}

void source_say(struct source *source, const char *why)
{
	struct source_report *report = &source->report;

	if (!why[0])
		report->since = 0;
	else if (!report->since)
		report->since = clock_unix_ms();
	snprintf(report->why, sizeof(report->why), "%s", why);
	source->news = true;
}
