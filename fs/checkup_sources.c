/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "fetch/clock.h"
#include "fs/asked.h"
#include "fs/checkup_impl.h"

/*
 * A source that fails is tried again for ever; who checks wants to know by now.
 */
enum { WAIT_MS = 15000, FAILURES_ENOUGH = 4, TURN_MS = 200 };

/* What to do about words of a report; the last row is for all others. */
static const struct {
	const char *part, *hint;
} hints[] = {
	{"credentials", "see the options *-user-file, *-token-file"},
	{"certificate", "see the options *-ca and *-cert"},
	{"resolved", "see the name, or the resolver of this machine"},
	{"refused", "see whether it runs there, and the port"},
	{"no answer", "see whether a firewall is in between"},
	{"HTTP 404", "see the path of the URL"},
	{"", "see the log of the server"},
};

static const char *hint_of(const char *words)
{
	size_t i = 0;

	while (!strstr(words, hints[i].part))
		i++;
	return hints[i].hint;
}

static bool is_decided(const struct source_report *report)
{
	return asked_has_answered(report) ||
		(report->why[0] && report->failures >= FAILURES_ENOUGH);
}

static bool all_decided(struct fetch *fetch)
{
	const struct source_report *reports;
	size_t count;

	reports = fetch_reports(fetch, &count);
	for (size_t i = 0; i < count; i++)
		if (!is_decided(&reports[i]))
			return false;
	return true;
}

static void ask(const struct options *options, struct fetch *fetch)
{
	int64_t wait = options->wait_ms && options->wait_ms < WAIT_MS
		? options->wait_ms
		: WAIT_MS;
	int64_t deadline = clock_now_ms() + wait;

	while (!all_decided(fetch) && clock_now_ms() < deadline)
		if (fetch_turn(fetch, TURN_MS) < 0)
			return;
}

/* How much of the catalog is of one source. */
static void count_apps(const struct catalog *catalog, const char *source,
	size_t *ret_apps, size_t *ret_serving)
{
	struct catalog_cursor cursor = {0, 0};
	const struct app *app;

	*ret_apps = *ret_serving = 0;
	while (catalog && (app = catalog_next(catalog, &cursor)))
		if (strcmp(app->key.source, source) == 0) {
			++*ret_apps;
			*ret_serving += app->serving_count;
		}
}

static bool has_credentials(const struct source_settings *source)
{
	const struct identity_settings *identity = &source->identity;

	return identity->user_file || identity->token_file || identity->account
		|| identity->cert_file;
}

static void say_secrets(struct checkup *checkup, const char *what,
	const struct source_report *report)
{
	if (report->warning[0])
		checkup_say(checkup, VERDICT_NOTE, what, "%s",
			report->warning);
	if (report->exposed[0])
		checkup_say(checkup, VERDICT_NOTE, what,
			"everybody can read %s", report->exposed);
}

static void say_report(struct checkup *checkup,
	const struct source_settings *source,
	const struct source_report *report)
{
	const char *url = report->url[0] ? report->url : source->address;
	const char *why = report->why[0] ? report->why : "no answer in time";
	char what[96];
	size_t apps, serving;

	snprintf(what, sizeof(what), "source %s", report->name);
	say_secrets(checkup, what, report);
	if (!asked_has_answered(report)) {
		checkup_say(checkup, VERDICT_FAILED, what, "%s: %s; %s", url,
			why, hint_of(why));
		return;
	}
	count_apps(checkup->catalog, report->name, &apps, &serving);
	checkup_say(checkup, VERDICT_OK, what,
		"%s: %zu apps, %zu instances in service%s", url, apps, serving,
		has_credentials(source) ? "; the credentials are accepted"
					: "");
	if (report->why[0])
		checkup_say(checkup, VERDICT_NOTE, what, "%s; %s", why,
			hint_of(why));
	if (report->bad_apps)
		checkup_say(checkup, VERDICT_NOTE, what,
			"%llu bad apps left out: %s",
			(unsigned long long)report->bad_apps,
			report->bad_app_why);
}

void checkup_sources(struct checkup *checkup)
{
	CLEANUP(fetch_free) struct fetch *fetch = NULL;
	const struct source_report *reports;
	struct fetch_plan plan;
	struct why why;
	size_t count;

	convert_fetch(checkup->options, &plan);
	plan.settings.partial_ms = 0;
	plan.settings.state_dir = NULL; /* only what they say now */
	if (fetch_new(&plan.settings, &fetch, &why) < 0) {
		checkup_say(checkup, VERDICT_FAILED, "sources", "%s", why.text);
		return;
	}
	ask(checkup->options, fetch);
	checkup->catalog = fetch_catalog(fetch);
	reports = fetch_reports(fetch, &count);
	for (size_t i = 0; i < count; i++)
		say_report(checkup, &plan.sources[i], &reports[i]);
}
