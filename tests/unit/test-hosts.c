/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "fetch/clock.h"
#include "fetch/host_table.h"
#include "tests/unit/naming.h"

static struct catalog *one_app(const char *hosts)
{
	struct catalog *catalog = NULL;

	naming_app(&catalog, "/app", hosts);
	return catalog;
}

static void open_quick(struct naming *naming, const char *hosts)
{
	naming_open(naming, &naming_quick, one_app(hosts));
}

static bool is_at(const struct instance *instance, const char *address)
{
	return instance->address && strcmp(instance->address, address) == 0;
}

static struct app *app_of(const struct catalog *catalog, const char *id)
{
	return catalog_find(catalog, &(struct app_key){id, "marathon"});
}

/* The first test also makes the place for all. */
TEST(names_of_dns_and_of_etc_hosts_get_addresses_and_addresses_are_not_asked_for)
{
	struct naming naming;

	naming_begin(unit_argc > 1 ? unit_argv[1] : NULL);
	naming_etc_hosts("192.0.2.9 b-local\n");
	naming_zone("192.0.2.1 a.test\n");
	naming_start(1);
	open_quick(&naming, "a.test b-local 192.0.2.7 2001:db8::7 10.0.0.300");
	naming_until_report(&naming, 0, 0);
	assert(naming_report(&naming).known == 2);
	/* In order of hosts. */
	assert(!naming_instance(&naming, "/app", 0)->address);
	assert(!naming_instance(&naming, "/app", 1)->address);
	assert(!naming_instance(&naming, "/app", 2)->address);
	assert(is_at(naming_instance(&naming, "/app", 3), "192.0.2.1"));
	assert(is_at(naming_instance(&naming, "/app", 4), "192.0.2.9"));
	naming_close(&naming);
	naming_stop(1);
	naming_etc_hosts("");
}

TEST(an_instance_is_looking_until_its_first_answer)
{
	struct naming naming;

	naming_zone("192.0.2.1 a.test\n");
	naming_start(1);
	open_quick(&naming, "a.test");
	assert(naming_instance(&naming, "/app", 0)->looking);
	assert(!naming_instance(&naming, "/app", 0)->address);
	assert(hosts_looking(naming.hosts));
	naming_until_address(&naming, "192.0.2.1");
	assert(!naming_instance(&naming, "/app", 0)->looking);
	assert(!hosts_looking(naming.hosts));
	naming_close(&naming);
	naming_stop(1);
}

TEST(what_needs_no_name_and_what_did_not_change_is_shared)
{
	struct catalog *all = NULL;
	struct naming naming;
	struct app *still;

	naming_zone("192.0.2.1 a.test\n192.0.2.2 b.test\n");
	naming_start(1);
	naming_app(&all, "/app", "a.test");
	naming_app(&all, "/still", "b.test");
	naming_app(&all, "/plain", "192.0.2.7");
	naming_open(&naming, &naming_quick, all);
	naming_until_report(&naming, 0, 0);
	assert(app_of(naming.named, "/plain") == app_of(all, "/plain"));
	still = app_ref(app_of(naming.named, "/still"));
	naming_zone("192.0.2.3 a.test\n192.0.2.2 b.test\n");
	naming_until_address(&naming, "192.0.2.3");
	assert(app_of(naming.named, "/still") == still);

	/* Other apps come and go, or say the same in another place. */
	all = catalog_ref(naming.all);
	naming_app(&all, "/still", "b.test");
	naming_app(&all, "/new", "b.test 192.0.2.8");
	catalog_drop(&all, "/plain", "marathon");
	naming_take(&naming, all);
	assert(app_of(naming.named, "/still") == still);
	assert(!app_of(naming.named, "/plain"));
	assert(catalog_app_count(naming.named) == 3);
	assert(is_at(naming_instance(&naming, "/new", 1), "192.0.2.2"));
	assert(!naming_instance(&naming, "/new", 1)->looking);
	app_unref(still);
	naming_close(&naming);
	naming_stop(1);
}

TEST(ipv4_goes_before_ipv6_which_is_taken_where_it_is_alone)
{
	struct naming naming;

	naming_zone("2001:db8::1 a.test\n2001:db8::2 b.test\n"
		    "192.0.2.2 b.test\n");
	naming_start(1);
	open_quick(&naming, "a.test b.test");
	naming_until_report(&naming, 0, 0);
	assert(is_at(naming_instance(&naming, "/app", 0), "2001:db8::1"));
	assert(is_at(naming_instance(&naming, "/app", 1), "192.0.2.2"));
	naming_close(&naming);
	naming_stop(1);
}

/* Until the servers have read the zone, and all was looked up in it. */
static void until_read(struct naming *naming, const char *address)
{
	naming_until_address(naming, address);
	naming_until_lookups(naming, 8);
}

TEST(of_several_addresses_the_one_that_is_known_stays)
{
	struct naming naming;

	naming_zone("192.0.2.100 a.test\n192.0.2.1 two.test\n"
		    "192.0.2.2 two.test\n");
	naming_start(1);
	open_quick(&naming, "a.test two.test");
	naming_until_report(&naming, 0, 0);
	for (int i = 0; i < 4; i++) {
		const char *first = i % 2 ? "192.0.2.1" : "192.0.2.2";
		const char *second = i % 2 ? "192.0.2.2" : "192.0.2.1";
		const struct instance *two;
		char zone[256], marker[32], known[32];

		two = naming_instance(&naming, "/app", 1);
		snprintf(known, sizeof(known), "%s", two->address);
		snprintf(marker, sizeof(marker), "192.0.2.%d", 101 + i);
		snprintf(zone, sizeof(zone),
			"%s a.test\n%s two.test\n%s two.test\n", marker, first,
			second);
		naming_zone(zone);
		until_read(&naming, marker);
		assert(is_at(naming_instance(&naming, "/app", 1), known));
	}
	naming_zone("192.0.2.100 a.test\n192.0.2.3 two.test\n");
	until_read(&naming, "192.0.2.100");
	assert(is_at(naming_instance(&naming, "/app", 1), "192.0.2.3"));
	naming_close(&naming);
	naming_stop(1);
}

TEST(a_name_that_is_gone_keeps_its_address_until_it_has_another)
{
	struct hosts_report report;
	struct naming naming;

	naming_zone("192.0.2.1 a.test\n");
	naming_start(1);
	open_quick(&naming, "a.test");
	naming_until_address(&naming, "192.0.2.1");
	naming_zone("192.0.2.1 another.test\n");
	naming_until_report(&naming, 0, 1);
	naming_until_lookups(&naming, 5);
	assert(is_at(naming_instance(&naming, "/app", 0), "192.0.2.1"));
	report = naming_report(&naming);
	assert(report.known == 1 && report.failures >= 5);
	assert(strcmp(report.name, "a.test") == 0 && report.why[0]);
	assert(report.since > 0);
	naming_zone("192.0.2.2 a.test\n");
	naming_until_address(&naming, "192.0.2.2");
	naming_until_report(&naming, 0, 0);
	assert(!naming_report(&naming).name[0]);
	naming_close(&naming);
	naming_stop(1);
}

TEST(a_name_that_never_was_is_missing_with_words)
{
	struct hosts_report report;
	struct naming naming;

	naming_zone("192.0.2.1 b.test\n");
	naming_start(1);
	open_quick(&naming, "a.test b.test");
	naming_until_report(&naming, 1, 0);
	report = naming_report(&naming);
	assert(strcmp(report.name, "a.test") == 0);
	assert(strcasestr(report.why, "not found") && report.since > 0);
	assert(report.known == 1);
	assert(!naming_instance(&naming, "/app", 0)->address);
	assert(!naming_instance(&naming, "/app", 0)->looking);
	naming_zone("192.0.2.2 a.test\n192.0.2.1 b.test\n");
	naming_until_address(&naming, "192.0.2.2");
	naming_close(&naming);
	naming_stop(1);
}

TEST(without_a_server_addresses_stay_and_with_it_they_go_on)
{
	struct naming naming;

	naming_zone("192.0.2.1 a.test\n192.0.2.2 b.test\n");
	naming_start(1);
	open_quick(&naming, "a.test b.test");
	naming_until_report(&naming, 0, 0);
	naming_stop(1);
	naming_until_report(&naming, 0, 2);
	naming_until_lookups(&naming, 5);
	assert(is_at(naming_instance(&naming, "/app", 0), "192.0.2.1"));
	assert(is_at(naming_instance(&naming, "/app", 1), "192.0.2.2"));
	naming_zone("192.0.2.3 a.test\n192.0.2.2 b.test\n");
	naming_start(1);
	naming_until_address(&naming, "192.0.2.3");
	naming_until_report(&naming, 0, 0);
	naming_close(&naming);
	naming_stop(1);
}

TEST(a_server_that_is_silent_is_given_up_and_left_when_resolv_conf_names_another)
{
	int silent = naming_silence(3);
	struct naming naming;

	naming_zone("192.0.2.1 a.test\n");
	naming_start(1);
	naming_resolv_conf("nameserver 127.0.0.3\n");
	open_quick(&naming, "a.test");
	/* Its lookup is under way, and will be for a while. */
	naming_until_report(&naming, 1, 0);
	assert(!naming_instance(&naming, "/app", 0)->looking);
	assert(strcmp(naming_report(&naming).why, "no answer yet") == 0);
	naming_resolv_conf("nameserver 127.0.0.1\n");
	naming_until_address(&naming, "192.0.2.1");
	naming_close(&naming);
	naming_stop(1);
	assert(close(silent) == 0);
}

TEST(a_resolv_conf_with_another_server_is_read_and_what_is_known_stays)
{
	struct naming naming;

	naming_zone("192.0.2.1 a.test\n");
	naming_start(1);
	open_quick(&naming, "a.test");
	naming_until_address(&naming, "192.0.2.1");
	naming_stop(1);
	naming_until_report(&naming, 0, 1);
	naming_zone("192.0.2.2 a.test\n");
	naming_start(2);
	assert(is_at(naming_instance(&naming, "/app", 0), "192.0.2.1"));
	naming_resolv_conf("nameserver 127.0.0.2\noptions timeout:1\n");
	naming_until_address(&naming, "192.0.2.2");
	naming_close(&naming);
	naming_stop(2);
	naming_resolv_conf("nameserver 127.0.0.1\n");
}

/* The next lookup is due so long, or up to a quarter more, after a moment
 * between from and now. */
static void expect_due(struct naming *naming, int64_t from, int64_t ms)
{
	int64_t now = naming_now(naming);
	int64_t due;

	/* What there is to be told is told. */
	hosts_turn(naming->hosts, now);
	due = hosts_deadline(naming->hosts, now);
	assert(due >= from + ms && due <= now + ms + ms / 4);
}

static void expect_again(
	const char *host, int64_t least, int64_t most, int64_t again)
{
	struct hosts_settings settings = hosts_defaults;
	struct naming naming;
	int64_t from;

	settings.again_min_ms = least;
	settings.again_max_ms = most;
	naming_open(&naming, &settings, one_app(host));
	from = naming_now(&naming);
	naming_until_report(&naming, 0, 0);
	expect_due(&naming, from, again);
	naming_close(&naming);
}

TEST(a_name_is_looked_up_again_when_its_time_is_over_within_bounds)
{
	naming_etc_hosts("192.0.2.9 b-local\n");
	naming_zone("192.0.2.1 a.test\n");
	naming_start(1);
	expect_again("a.test", 1000, 10000, NAMING_TTL_MS);
	expect_again("a.test", 1000, 2000, 2000);
	expect_again("a.test", 30000, 300000, 30000);
	expect_again("b-local", 30000, 300000, 60000);
	naming_stop(1);
	naming_etc_hosts("");
}

TEST(a_name_that_fails_is_tried_again_after_a_time_that_doubles_up_to_a_bound)
{
	static const int64_t waits[] = {
		1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};
	struct hosts_settings settings = hosts_defaults;
	struct naming naming;

	settings.check_ms = INT32_MAX;
	naming_open(&naming, &settings, one_app("a.test"));
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		int64_t from = naming_now(&naming);

		naming_until_lookups(&naming, 1);
		expect_due(&naming, from, waits[i]);
		naming.ahead += waits[i] + waits[i] / 4;
	}
	naming_close(&naming);
}

TEST(so_many_lookups_are_under_way_and_not_more)
{
	int silent = naming_silence(1);
	struct catalog *all = NULL;
	struct naming naming;
	char packet[512];
	int asked = 0;

	for (int i = 0; i < 100; i++) {
		char id[16], host[16];

		snprintf(id, sizeof(id), "/app%d", i);
		snprintf(host, sizeof(host), "host%d.test", i);
		naming_app(&all, id, host);
	}
	naming_open(&naming, &naming_quick, all);
	for (int i = 0; i < 10; i++)
		hosts_turn(naming.hosts, clock_now_ms());
	while (recv(silent, packet, sizeof(packet), 0) > 0)
		asked++;
	assert(asked == HOST_LOOKUPS_MAX);
	naming_close(&naming);
	assert(close(silent) == 0);
}

TEST(hosts_that_no_instance_uses_are_forgotten_also_while_they_are_asked_for)
{
	int silent = naming_silence(3);
	struct catalog *all = NULL;
	struct naming naming;

	naming_zone("192.0.2.1 a.test\n192.0.2.2 b.test\n");
	naming_start(1);
	naming_app(&all, "/app", "a.test b.test");
	naming_app(&all, "/other", "b.test");
	naming_open(&naming, &naming_quick, all);
	naming_until_report(&naming, 0, 0);
	assert(naming_report(&naming).known == 2);
	all = catalog_ref(naming.all);
	catalog_drop(&all, "/other", "marathon");
	naming_app(&all, "/new", "a.test a.test");
	naming_take(&naming, all);
	assert(naming_report(&naming).known == 2);
	naming_take(&naming, one_app("a.test"));
	assert(naming_report(&naming).known == 1);
	naming_resolv_conf("nameserver 127.0.0.3\n");
	naming_take(&naming, one_app("c.test d.test"));
	assert(hosts_looking(naming.hosts));
	hosts_turn(naming.hosts, clock_now_ms());
	naming_resolv_conf("nameserver 127.0.0.1\n");
	naming_take(&naming, one_app("a.test"));
	assert(naming_report(&naming).known == 0);
	naming_until_address(&naming, "192.0.2.1");
	assert(naming_report(&naming).known == 1);
	naming_take(&naming, NULL);
	assert(naming_report(&naming).known == 0);
	assert(hosts_deadline(naming.hosts, 0) > 0);
	naming_close(&naming);
	naming_stop(1);
	assert(close(silent) == 0);
}

static struct catalog *from_disk(const char *host, const char *address)
{
	struct catalog *catalog = NULL;
	struct app *app;
	struct maker m;

	maker_begin(&m, "/app");
	maker_port(&m, 10000);
	maker_instance(&m, host, 31000)->address = address;
	app = maker_done(&m);
	catalog_put(&catalog, app);
	app_unref(app);
	return catalog;
}

static void open_remembering(struct naming *naming,
	const struct hosts_settings *settings, const char *address)
{
	struct catalog *restored = from_disk("a.test", address);

	*naming = (struct naming){.all = NULL};
	assert(hosts_new(settings, &naming->hosts) == 0);
	hosts_remember(naming->hosts, restored);
	naming_take(naming, restored);
}

TEST(what_was_known_before_a_restart_is_known_at_once)
{
	struct naming naming;

	open_remembering(&naming, &naming_quick, "192.0.2.1");
	assert(is_at(naming_instance(&naming, "/app", 0), "192.0.2.1"));
	assert(!naming_instance(&naming, "/app", 0)->looking);
	/* There is no server. */
	naming_until_report(&naming, 0, 1);
	assert(is_at(naming_instance(&naming, "/app", 0), "192.0.2.1"));
	/* Other instances of that host, in what a source says. */
	naming_take(&naming, one_app("a.test"));
	assert(is_at(naming_instance(&naming, "/app", 0), "192.0.2.1"));
	naming_zone("192.0.2.2 a.test\n");
	naming_start(1);
	naming_until_address(&naming, "192.0.2.2");
	naming_close(&naming);
	naming_stop(1);
}

TEST(what_was_known_is_kept_for_a_while_until_somebody_uses_it)
{
	struct naming naming;

	for (int late = 0; late < 2; late++) {
		struct catalog *restored = from_disk("a.test", "192.0.2.1");

		naming = (struct naming){.all = NULL};
		assert(hosts_new(&naming_quick, &naming.hosts) == 0);
		hosts_remember(naming.hosts, restored);
		catalog_unref(restored);
		naming_take(&naming, one_app("b.test"));
		naming.ahead = late ? HOSTS_KEPT_MS + 1000 : 0;
		hosts_turn(naming.hosts, naming_now(&naming));
		naming_take(&naming, one_app("a.test"));
		assert(naming_instance(&naming, "/app", 0)->looking
			== (late == 1));
		naming_close(&naming);
	}
}

TEST(what_is_no_address_is_not_remembered)
{
	struct naming naming;

	open_remembering(&naming, &naming_quick, "192.0.2.1 weight 9");
	assert(!naming_instance(&naming, "/app", 0)->address);
	assert(naming_instance(&naming, "/app", 0)->looking);
	naming_close(&naming);
}

TEST(with_names_off_nobody_is_asked_and_nothing_is_remembered)
{
	const struct hosts_settings off = {.off = true};
	int silent = naming_silence(1);
	struct naming naming;
	char packet[512];

	open_remembering(&naming, &off, "192.0.2.1");
	assert(!naming_instance(&naming, "/app", 0)->address);
	assert(!naming_instance(&naming, "/app", 0)->looking);
	assert(!hosts_looking(naming.hosts));
	assert(!hosts_turn(naming.hosts, clock_now_ms()));
	assert(recv(silent, packet, sizeof(packet), 0) < 0);
	assert(!naming_report(&naming).on);
	naming_close(&naming);
	assert(close(silent) == 0);
}

/* Beyond 512 bytes. */
TEST(an_answer_that_is_too_long_for_a_packet_is_read_from_a_stream)
{
	struct naming naming;
	char zone[4096];
	size_t length = 0;

	for (int i = 1; i <= 60; i++)
		length += (size_t)snprintf(zone + length,
			sizeof(zone) - length, "192.0.2.%d a.test\n", i);
	naming_zone(zone);
	naming_start(1);
	open_quick(&naming, "a.test");
	naming_until_report(&naming, 0, 0);
	assert(strncmp(naming_instance(&naming, "/app", 0)->address, "192.0.2.",
		       8) == 0);
	naming_close(&naming);
	naming_stop(1);
}

/* Each on a host of its own. */
static void add_big_app(struct catalog **catalog, int number, uint32_t count)
{
	CLEANUP(free) struct instance *instances =
		calloc(count, sizeof(*instances));
	CLEANUP(free) char(*names)[16] = calloc(count, sizeof(*names));
	CLEANUP(free) struct endpoint *endpoints =
		calloc(count, sizeof(*endpoints));
	CLEANUP(app_unref) struct app *app = NULL;
	struct port port = {.service_port = 10000, .protocols = PORT_TCP};
	char id[16];

	assert(instances && names && endpoints);
	snprintf(id, sizeof(id), "/big%d", number);
	for (uint32_t i = 0; i < count; i++) {
		snprintf(names[i], sizeof(names[i]), "h%d-%u", number, i);
		endpoints[i] = (struct endpoint){names[i], 31000};
		instances[i] = (struct instance){.id = names[i],
			.host = names[i], .endpoints = &endpoints[i]};
	}
	assert(app_pack(&(struct app){.key = {id, "marathon"}, .ports = &port,
				.port_count = 1, .instances = instances,
				.instance_count = count},
		       &app, NULL)
		== 0);
	catalog_put(catalog, app);
}

TEST(names_beyond_the_ceiling_are_left_as_they_are)
{
	struct catalog *all = NULL;
	struct naming naming;
	int apps = HOSTS_MAX / INSTANCES_MAX;

	for (int i = 0; i < apps; i++)
		add_big_app(&all, i, INSTANCES_MAX);
	add_big_app(&all, apps, 10);
	naming_open(&naming, &naming_quick, all);
	assert(naming_report(&naming).beyond == 10);
	assert(naming_instance(&naming, "/big0", 0)->looking);
	assert(!naming_instance(&naming, "/big5", 0)->looking);
	assert(!naming_instance(&naming, "/big5", 0)->address);
	/* There is room again, and the others are asked for. */
	all = catalog_ref(naming.all);
	catalog_drop(&all, "/big0", "marathon");
	naming_take(&naming, all);
	all = catalog_ref(naming.all);
	catalog_drop(&all, "/big5", "marathon");
	add_big_app(&all, 6, 10);
	naming_take(&naming, all);
	assert(naming_report(&naming).beyond == 10);
	assert(naming_instance(&naming, "/big6", 0)->looking);
	naming_close(&naming);
}

TEST(an_endpoint_at_another_address_needs_no_name)
{
	struct catalog *all = NULL;
	struct naming naming;
	struct app *app;
	struct maker m;

	maker_begin(&m, "/app");
	maker_port(&m, 10000);
	maker_instance(&m, "a.test", 31000);
	m.endpoints[0][0].host = "10.32.0.7";
	app = maker_done(&m);
	catalog_put(&all, app);
	app_unref(app);
	naming_open(&naming, &naming_quick, all);
	assert(app_of(naming.named, "/app") == app_of(all, "/app"));
	assert(!hosts_looking(naming.hosts));
	naming_close(&naming);
}
