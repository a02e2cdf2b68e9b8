/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fetch/groups.h"
#include "tests/unit/maker.h"

static struct groups *make_groups(const char *list, enum groups_by by)
{
	struct groups *groups = NULL;
	struct why why = {""};
	int r;

	r = groups_new(list, by, &groups, &why);
	if (r < 0)
		printf("%s: %s\n", list, why.text);
	assert(r == 0 && !why.text[0]);
	return groups;
}

static bool selects(const char *list, enum groups_by by, const struct maker *m)
{
	CLEANUP(groups_free) struct groups *groups = make_groups(list, by);
	struct port ports[MAKER_PORTS];

	memcpy(ports, m->ports, sizeof(ports));
	return groups_select(groups, &m->app, ports);
}

static void expect_id(const char *list, const char *id, bool expected)
{
	struct maker m;

	maker_begin(&m, id);
	maker_port(&m, 10000);
	if (selects(list, GROUPS_BY_ANY, &m) != expected)
		printf("%s and %s\n", list, id);
	assert(selects(list, GROUPS_BY_ANY, &m) == expected);
}

TEST(a_name_is_whole_segments_of_the_id)
{
	expect_id("developer", "/developer", true);
	expect_id("developer", "/developer/x", true);
	expect_id("developer", "/developer/x/y", true);
	expect_id("developer", "/developer2", false);
	expect_id("developer", "/developer2/x", false);
	expect_id("developer", "/x/developer", false);
	expect_id("developer", "/develope", false);
	expect_id("developer", "developer/x", true);
	expect_id("/developer", "/developer/x", true);
}

TEST(parts_are_parted_by_dots_or_slashes)
{
	expect_id("developer.trapni", "/developer/trapni/php", true);
	expect_id("developer/trapni", "/developer/trapni/php", true);
	expect_id("/developer/trapni", "/developer/trapni", true);
	expect_id("developer.trapni", "/developer", false);
	expect_id("developer.trapni", "/developer/trapnix", false);
	expect_id("developer.trapni", "/developer/x/trapni", false);
}

TEST(a_dot_may_be_part_of_a_segment_and_a_slash_is_not)
{
	expect_id("dev.trapni", "/dev.trapni/php", true);
	expect_id("dev/trapni", "/dev.trapni/php", false);
	expect_id("a.b.c", "/a.b/c", true);
	expect_id("a.b.c", "/a/b.c", true);
	expect_id("a.b.c", "/a.b.c", true);
	expect_id("a.b.c", "/a/b/c/d", true);
	expect_id("a.b.c", "/a/b", false);
}

TEST(a_star_stays_within_its_segment)
{
	expect_id("developer.trapni*", "/developer/trapni", true);
	expect_id("developer.trapni*", "/developer/trapni2/x", true);
	expect_id("developer.trapni*", "/developer/other", false);
	expect_id("*.php", "/developer/php", true);
	expect_id("*.php", "/developer/trapni/php", false);
	expect_id("id:*.*.php", "/developer/trapni/php", true);
	expect_id("dev?loper", "/developer", true);
	expect_id("id:[d-e]ev[/.]x", "/dev.x", true);
	expect_id("[!a]*", "/abc", false);
}

TEST(an_item_of_a_list_is_enough)
{
	expect_id("a, b ,\tc", "/a", true);
	expect_id("a, b ,\tc", "/b/x", true);
	expect_id("a, b ,\tc", "/c", true);
	expect_id("a, b ,\tc", "/d", false);
	expect_id("d,*", "/anything/at/all", true);
	expect_id("id:a,label:b", "/a", true);
	expect_id("id:a,label:b", "/b", false);
}

TEST(what_cannot_be_understood_is_refused_with_words)
{
	static const struct {
		const char *list, *words;
	} bad[] = {{"", "empty"}, {"a,", "empty"}, {",a", "empty"},
		{"a,,b", "empty"}, {"/", "empty"}, {"//a", "empty"},
		{"a..b", "empty"}, {"a/", "empty"}, {"id:", "empty"},
		{"label:", "empty"}, {"id:/", "empty"}, {"name:x", "name:x"},
		{"a,http://x", "http://x"}, {":x", ":x"}, {"  ", "empty"}};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct groups *groups = NULL;
		struct why why = {""};
		int r = groups_new(bad[i].list, GROUPS_BY_ANY, &groups, &why);

		if (r != -EINVAL || !strstr(why.text, bad[i].words))
			printf("%s: %d %s\n", bad[i].list, r, why.text);
		assert(r == -EINVAL && !groups);
		assert(strstr(why.text, bad[i].words));
		assert(strstr(why.text, "--groups"));
	}
}

TEST(a_list_without_end_is_refused)
{
	static char many[257 * 2], item[1100];
	struct groups *groups = NULL;
	struct why why = {""};

	for (int i = 0; i < 257; i++)
		memcpy(many + 2 * i, i < 256 ? "a," : "a", i < 256 ? 2 : 1);
	assert(groups_new(many, GROUPS_BY_ANY, &groups, &why) == -EINVAL);
	assert(strstr(why.text, "256"));
	memset(item, 'x', sizeof(item) - 1);
	assert(groups_new(item, GROUPS_BY_ANY, &groups, &why) == -EINVAL);
	assert(strstr(why.text, "long"));
	assert(!groups);
}

static void expect_label(const char *list, enum groups_by by, const char *key,
	const char *value, bool expected)
{
	struct maker m;

	maker_begin(&m, "/some/app");
	maker_port(&m, 10000);
	maker_label(&m, "owner", "me");
	maker_label(&m, key, value);
	if (selects(list, by, &m) != expected)
		printf("%s and %s=%s\n", list, key, value);
	assert(selects(list, by, &m) == expected);
}

TEST(each_of_three_labels_names_groups)
{
	static const char *const keys[] = {
		"lb-group", "group", "HAPROXY_GROUP"};

	for (int i = 0; i < 3; i++) {
		expect_label(
			"external", GROUPS_BY_ANY, keys[i], "external", true);
		expect_label(
			"external", GROUPS_BY_ANY, keys[i], "internal", false);
		expect_label("ext*", GROUPS_BY_ANY, keys[i], "external", true);
		expect_label("ext", GROUPS_BY_ANY, keys[i], "external", false);
		expect_label("label:external", GROUPS_BY_ID, keys[i],
			"external", true);
		expect_label("a,external", GROUPS_BY_LABEL, keys[i], "external",
			true);
	}
	expect_label("external", GROUPS_BY_ANY, "tier", "external", false);
	expect_label("me", GROUPS_BY_ANY, "x", "", false);
}

TEST(a_label_may_name_several_groups)
{
	expect_label("b", GROUPS_BY_ANY, "HAPROXY_GROUP", "a,b,c", true);
	expect_label("c", GROUPS_BY_ANY, "HAPROXY_GROUP", "a , b , c ", true);
	expect_label("d", GROUPS_BY_ANY, "HAPROXY_GROUP", "a,b,c", false);
	expect_label("a,b", GROUPS_BY_ANY, "HAPROXY_GROUP", "b", true);
	expect_label("a", GROUPS_BY_ANY, "HAPROXY_GROUP", ",,a", true);
	expect_label("label:*", GROUPS_BY_ANY, "HAPROXY_GROUP", " , ,", false);
	expect_label("label:*", GROUPS_BY_ANY, "HAPROXY_GROUP", "x", true);
}

TEST(a_group_of_a_label_is_one_name_with_its_dots)
{
	expect_label("label:a.b", GROUPS_BY_ANY, "group", "a.b", true);
	expect_label("label:a.b", GROUPS_BY_ANY, "group", "a/b", false);
	expect_label("label:a", GROUPS_BY_ANY, "group", "a.b", false);
}

TEST(groups_by_says_what_a_plain_item_is_held_against)
{
	expect_label("some", GROUPS_BY_ID, "group", "other", true);
	expect_label("some", GROUPS_BY_LABEL, "group", "other", false);
	expect_label("other", GROUPS_BY_ID, "group", "other", false);
	expect_label("other", GROUPS_BY_LABEL, "group", "other", true);
	expect_label("id:some", GROUPS_BY_LABEL, "group", "other", true);
	expect_label("*", GROUPS_BY_LABEL, "owner", "x", false);
	expect_label("*", GROUPS_BY_ID, "owner", "x", true);
}

TEST(the_environment_may_name_the_group_too)
{
	struct maker m;

	maker_begin(&m, "/a");
	maker_port(&m, 10000);
	m.env[m.app.env_count++] =
		(struct label){"HAPROXY_GROUP", "x,external"};
	assert(selects("external", GROUPS_BY_ANY, &m));
	assert(!selects("external", GROUPS_BY_ID, &m));
	assert(!selects("internal", GROUPS_BY_ANY, &m));
}

/* Which of two ports are shown, as "01", and whether the app is. */
static void expect_ports(const struct maker *m, const char *list,
	enum groups_by by, const char *expected)
{
	CLEANUP(groups_free) struct groups *groups = make_groups(list, by);
	struct port ports[MAKER_PORTS];
	char shown[3] = "";
	bool any;

	memcpy(ports, m->ports, sizeof(ports));
	any = groups_select(groups, &m->app, ports);
	for (int i = 0; i < 2; i++)
		if (!ports[i].hidden)
			shown[strlen(shown)] = (char)('0' + i);
	if (strcmp(shown, expected) != 0)
		printf("%s: \"%s\" and not \"%s\"\n", list, shown, expected);
	assert(strcmp(shown, expected) == 0);
	assert(any == (expected[0] != '\0'));
}

static void two_ports(struct maker *m)
{
	maker_begin(m, "/a");
	maker_port(m, 10000);
	maker_port(m, 10001);
}

TEST(a_port_may_be_of_another_group_than_its_app)
{
	struct maker m;

	two_ports(&m);
	maker_label(&m, "HAPROXY_GROUP", "external");
	maker_label(&m, "HAPROXY_1_GROUP", "internal");
	expect_ports(&m, "external", GROUPS_BY_ANY, "0");
	expect_ports(&m, "internal", GROUPS_BY_ANY, "1");
	expect_ports(&m, "internal,external", GROUPS_BY_ANY, "01");
	expect_ports(&m, "neither", GROUPS_BY_ANY, "");
	expect_ports(&m, "*", GROUPS_BY_ANY, "01");
	expect_ports(&m, "a", GROUPS_BY_ANY, "0");
}

TEST(a_port_of_an_app_in_no_group_may_be_in_one)
{
	struct maker m;

	two_ports(&m);
	maker_label(&m, "HAPROXY_0_GROUP", "x,internal");
	expect_ports(&m, "internal", GROUPS_BY_ANY, "0");
	two_ports(&m);
	m.env[m.app.env_count++] =
		(struct label){"HAPROXY_1_GROUP", "internal"};
	expect_ports(&m, "internal", GROUPS_BY_ANY, "1");
}

TEST(the_labels_of_a_port_say_where_it_belongs)
{
	static const char *const keys[] = {
		"lb-group", "group", "HAPROXY_GROUP"};
	struct maker m;

	for (int i = 0; i < 3; i++) {
		two_ports(&m);
		maker_label(&m, "lb-group", "external");
		maker_port_label(&m, 1, keys[i], "internal");
		expect_ports(&m, "external", GROUPS_BY_ANY, "0");
		expect_ports(&m, "internal", GROUPS_BY_ANY, "1");
	}
}

TEST(where_no_item_asks_for_labels_those_of_a_port_say_nothing)
{
	struct maker m;

	two_ports(&m);
	maker_label(&m, "HAPROXY_0_GROUP", "internal");
	maker_port_label(&m, 1, "group", "internal");
	expect_ports(&m, "a", GROUPS_BY_ID, "01");
	expect_ports(&m, "id:a", GROUPS_BY_ANY, "01");
	expect_ports(&m, "id:b", GROUPS_BY_ANY, "");
	expect_ports(&m, "id:a,label:x", GROUPS_BY_ANY, "");
}

TEST(an_app_without_ports_is_selected_like_any_other)
{
	struct maker m;

	maker_begin(&m, "/a");
	assert(selects("a", GROUPS_BY_ANY, &m));
	assert(selects("*", GROUPS_BY_ANY, &m));
	assert(!selects("b", GROUPS_BY_ANY, &m));
}

/* The item that selects the app, as it was given; "" for none. */
static void expect_item(struct maker *m, const char *list, const char *item)
{
	CLEANUP(groups_free) struct groups *groups = NULL;
	const char *found;

	assert(groups_new(list, GROUPS_BY_ANY, &groups, NULL) == 0);
	found = groups_item(groups, &m->app);
	assert(strcmp(found ? found : "", item) == 0);
}

TEST(the_first_item_that_selects_an_app_can_be_told)
{
	struct maker m;

	maker_begin(&m, "/developer/web");
	maker_label(&m, "lb-group", "internal,external");
	expect_item(&m, "*", "*");
	expect_item(&m, "x, id:/developer ,*", "id:/developer");
	expect_item(&m, "developer2,developer.web", "developer.web");
	expect_item(&m, "id:internal,label:ext*", "label:ext*");
	expect_item(&m, "label:developer,id:external", "");
}
