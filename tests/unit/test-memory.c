/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fetch/guard.h"
#include "fetch/hosts.h"
#include "tests/unit/claims.h"
#include "tests/unit/failing.h"
#include "tests/unit/maker.h"

/* Each test makes every allocation fail in its turn. */

static void fill(struct maker *m)
{
	maker_begin(m, "/app");
	m->app.version = "2026-01-01T00:00:00.000Z";
	maker_label(m, "b", "2");
	maker_label(m, "a", "1");
	maker_port(m, 10000);
	maker_port_label(m, 0, "y", "2");
	maker_check(m, CHECK_HTTP, "/ping");
	maker_instance(m, "two", 1000);
	maker_instance(m, "one", 1001);
}

TEST(an_app_is_packed_or_nothing_has_changed)
{
	CLEANUP(app_unref) struct app *expected = NULL;
	struct maker m;
	int r = -ENOMEM;

	fill(&m);
	expected = maker_done(&m);
	for (unsigned n = 1; r < 0; n++) {
		struct why why = {""};
		struct app *app = NULL;

		fill(&m);
		failing_at(n);
		r = app_pack(&m.app, &app, &why);
		assert(failing_stop() == (r < 0));
		if (r == 0) {
			assert(app_same(app, expected));
			assert(n > 1);
			app_unref(app);
			continue;
		}
		assert(r == -ENOMEM && !app);
	}
}

static int expect_app(void *context, struct app *before, struct app *after)
{
	(void)context;
	assert(before && after && app_same(before, after));
	return 0;
}

static void expect_same(const struct catalog *a, const struct catalog *b)
{
	assert(catalog_app_count(a) == catalog_app_count(b));
	assert(catalog_serving_count(a) == catalog_serving_count(b));
	assert(catalog_diff(a, b, expect_app, NULL) == 0);
}

/* Many, so that there are several chunks of them. */
enum { APPS = 1000 };

static struct app *numbered_app(int number, uint16_t port)
{
	char id[16];
	struct maker m;

	snprintf(id, sizeof(id), "/app%04d", number);
	maker_begin(&m, id);
	maker_port(&m, port);
	maker_instance(&m, "agent", port);
	return maker_done(&m);
}

static void expect_edits(struct catalog *before,
	struct catalog_change *changes, size_t count)
{
	CLEANUP(catalog_unref) struct catalog *expected = NULL;
	size_t apps = catalog_app_count(before);
	int r = -ENOMEM;

	assert(catalog_edit(before, changes, count, &expected) == 0);
	for (unsigned n = 1; r < 0; n++) {
		struct catalog *next = NULL;

		failing_at(n);
		r = catalog_edit(before, changes, count, &next);
		assert(failing_stop() == (r < 0));
		assert(catalog_app_count(before) == apps);
		if (r == 0)
			expect_same(next, expected);
		else
			assert(r == -ENOMEM && !next);
		catalog_unref(next);
	}
}

TEST(a_catalog_is_edited_or_nothing_has_changed)
{
	CLEANUP(catalog_unref) struct catalog *catalog = NULL;
	static struct catalog_change changes[APPS];

	for (int i = 0; i < APPS; i++) {
		struct app *app = numbered_app(i, 10000);

		changes[i] = (struct catalog_change){app->key, app};
	}
	expect_edits(NULL, changes, APPS);
	assert(catalog_edit(NULL, changes, APPS, &catalog) == 0);
	expect_edits(catalog, changes, 0);
	expect_edits(catalog, changes, 1);
	for (int i = 0; i < APPS; i++) {
		/* The catalog keeps it, and the key of one that goes. */
		app_unref(changes[i].app);
		changes[i].app = i % 3 ? numbered_app(i, 10001) : NULL;
		expect_edits(catalog, &changes[i], i % 97 == 0);
	}
	expect_edits(catalog, changes, APPS);
	for (int i = 0; i < APPS; i++)
		app_unref(changes[i].app);
}

/* Nobody is asked for them in this test. */
static struct catalog *on_names(const char *id, int first, int count)
{
	struct catalog *catalog = NULL;
	char hosts[MAKER_MANY][16];
	struct maker m;
	struct app *app;

	maker_begin(&m, id);
	maker_port(&m, 10000);
	for (int i = 0; i < count; i++) {
		snprintf(hosts[i], sizeof(hosts[i]), "host-%d", first + i);
		maker_instance(&m, hosts[i], 31000)->address = "192.0.2.1";
	}
	app = maker_done(&m);
	catalog_put(&catalog, app);
	app_unref(app);
	return catalog;
}

/* The n-th allocation fails at first. */
static bool take_hosts(struct hosts *hosts, struct catalog *all, unsigned n,
	const struct catalog *expected)
{
	CLEANUP(catalog_unref) struct catalog *named = NULL;
	bool failed;
	int r;

	failing_at(n);
	r = hosts_take(hosts, all, 0, &named);
	failed = failing_stop();
	assert(failed == (r < 0));
	if (r < 0) {
		assert(r == -ENOMEM && !named);
		assert(hosts_take(hosts, all, 0, &named) == 0);
	}
	expect_same(named, expected);
	return failed;
}

/* Some are remembered and some are new; then some of them go. */
static bool name_all(unsigned n, unsigned later)
{
	CLEANUP(catalog_unref) struct catalog *known = on_names("/a", 0, 40);
	CLEANUP(catalog_unref) struct catalog *all = on_names("/a", 20, 60);
	CLEANUP(catalog_unref) struct catalog *less = on_names("/a", 70, 9);
	CLEANUP(hosts_free) struct hosts *hosts = NULL, *other = NULL;
	CLEANUP(catalog_unref) struct catalog *first = NULL, *second = NULL;
	struct hosts_report report;
	bool failed;

	assert(hosts_new(&hosts_defaults, &hosts) == 0);
	assert(hosts_new(&hosts_defaults, &other) == 0);
	hosts_remember(hosts, known);
	hosts_remember(other, known);
	assert(hosts_take(other, all, 0, &first) == 0);
	assert(hosts_take(other, less, 0, &second) == 0);
	failed = take_hosts(hosts, all, n, first);
	failed |= take_hosts(hosts, less, later, second);
	hosts_report(hosts, &report);
	assert(report.known == 0 && report.beyond == 0);
	assert(hosts_looking(hosts));
	return failed;
}

TEST(hosts_are_put_into_a_catalog_or_nothing_has_changed)
{
	CLEANUP(hosts_free) struct hosts *hosts = NULL;
	unsigned n = 1, later = 1;

	while (name_all(n, 0))
		n++;
	while (name_all(0, later))
		later++;
	assert(n > 40 && later > 1);
	for (n = 1; !hosts; n++) {
		failing_at(n);
		assert((hosts_new(&hosts_defaults, &hosts) < 0)
			== failing_stop());
	}
	assert(n > 2);
}

/* One thing that happens to a guard. */
static const struct step {
	const char *claim; /* NULL: an announcement */
	const char *app, *task;
	bool answer;
	int64_t at;
} steps[] = {
	{"/a:4 a0 a1 a2 a3 ; /b:2 b0 b1 ; /c:2 c0 c1", .answer = true},
	{"/a:4 a0 a1 a2 ; /b:2 b0 b1 ; /c:2 c0 c1", .at = 10},
	{.app = "/c", .task = "c0", .at = 15},
	{"/a:4 a0! a1! ; /b:2 ; /c:2 c1", .answer = true, .at = 20},
	{"/a:4 a0 a1! ; /d:1 d0", .at = 30},
	{"/a:4 a0 a4 ; /d:1 d0 ; /e@other:1 e0", .answer = true, .at = 40},
	{.app = "/b", .at = 50},
	{"/a:4 a0 a4 ; /d:1 d0", .answer = true, .at = 60},
	{"/a:4 a0 a4 ; /d:1 d0", .answer = true, .at = 2000},
	{"/a:4 a0 a1 a2 a3 ; /b:2 b0 b1", .answer = true, .at = 2010},
};
enum { STEPS = sizeof(steps) / sizeof(steps[0]), GUARD_HOLD_MS = 1000 };

/* *ret is what is shown then; left alone by an announcement. */
static int take_step(struct guard *guard, const struct step *step,
	struct catalog *claimed, struct catalog **ret)
{
	struct catalog *shown;
	int r;

	if (!step->claim)
		return guard_announce(guard, step->app, step->task);
	r = guard_update(guard, claimed, step->answer, step->at, &shown);
	if (r < 0)
		return r;
	catalog_unref(*ret);
	*ret = shown;
	return 0;
}

/* All steps; the n-th allocation of one of them fails at first. */
static bool play(size_t failing, unsigned n, struct catalog *const *claims,
	struct catalog *const *expected)
{
	CLEANUP(guard_free) struct guard *guard = NULL;
	CLEANUP(catalog_unref) struct catalog *shown = NULL;
	bool failed = false;

	assert(guard_new("marathon", 50, GUARD_HOLD_MS, &guard) == 0);
	for (size_t i = 0; i < STEPS; i++) {
		size_t held = guard_held(guard);
		int64_t since = guard_held_since(guard);
		int r;

		failing_at(i == failing ? n : 0);
		r = take_step(guard, &steps[i], claims[i], &shown);
		assert(failing_stop() == (r < 0));
		if (r < 0) {
			failed = true;
			assert(r == -ENOMEM);
			assert(guard_held(guard) == held);
			assert(guard_held_since(guard) == since);
			assert(take_step(guard, &steps[i], claims[i], &shown)
				== 0);
		}
		expect_same(shown, expected[i]);
	}
	return failed;
}

TEST(the_guard_is_updated_or_nothing_has_changed)
{
	CLEANUP(guard_free) struct guard *guard = NULL;
	struct catalog *claims[STEPS] = {NULL}, *expected[STEPS] = {NULL};
	struct catalog *shown = NULL;
	size_t held = 0;

	assert(guard_new("marathon", 50, GUARD_HOLD_MS, &guard) == 0);
	for (size_t i = 0; i < STEPS; i++) {
		if (steps[i].claim)
			claims[i] = claim(steps[i].claim);
		assert(take_step(guard, &steps[i], claims[i], &shown) == 0);
		expected[i] = catalog_ref(shown);
		held += guard_held(guard);
	}
	assert(held > 0);
	for (size_t i = 0; i < STEPS; i++)
		for (unsigned n = 1; play(i, n, claims, expected); n++)
			;
	for (size_t i = 0; i < STEPS; i++) {
		catalog_unref(claims[i]);
		catalog_unref(expected[i]);
	}
	catalog_unref(shown);
}
