/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fetch/cleanup.h"
#include "fs/option_find.h"
#include "fs/option_value.h"
#include "fs/options.h"
#include "fs/settings.h"

#define M "--marathon=http://m:8080 "

enum { WORDS_MAX = 32 };

static struct why why;

/* Words of text, which is cut, after first (may be NULL); "_" is "". */
static void split(char *text, char *first, char **ret)
{
	size_t count = 0;

	if (first)
		ret[count++] = first;
	for (char *word; (word = strsep(&text, " "));) {
		if (!*word)
			continue;
		assert(count < WORDS_MAX - 1);
		ret[count++] = strcmp(word, "_") == 0 ? word + 1 : word;
	}
	ret[count] = NULL;
}

static int parse_in(
	const char *environment, const char *line, struct options *ret)
{
	CLEANUP(free) char *words = strdup(line);
	CLEANUP(free) char *variables = strdup(environment);
	char program[] = "mmsdfs", *argv[WORDS_MAX], *envp[WORDS_MAX];
	int argc = 0;

	assert(words && variables);
	split(words, program, argv);
	split(variables, NULL, envp);
	while (argv[argc])
		argc++;
	memset(&why, 0, sizeof(why));
	return options_parse(argc, argv, envp, ret, &why);
}

static struct options accept_in(const char *environment, const char *line)
{
	struct options options;
	int r = parse_in(environment, line, &options);

	if (r < 0)
		printf("  %.200s: %s\n", line, why.text);
	assert(r == 0);
	assert(why.text[0] == '\0');
	return options;
}

static struct options accept(const char *line)
{
	return accept_in("", line);
}

/* Refused, untouched, and the words hold part. */
static void refuse_in(
	const char *environment, const char *line, const char *part)
{
	struct options options = {.wait_ms = 4711};
	int r = parse_in(environment, line, &options);

	if (r >= 0 || !strstr(why.text, part))
		printf("  %.200s: %d %s\n", line, r, why.text);
	assert(r < 0);
	assert(strstr(why.text, part));
	assert(options.wait_ms == 4711 && !options.marathon.count);
}

static void refuse(const char *line, const char *part)
{
	refuse_in("", line, part);
}

static bool warns(const struct options *options, const char *part)
{
	for (size_t i = 0; i < options->warning_count; i++)
		if (strstr(options->warnings[i], part))
			return true;
	return false;
}

/* Of the only cluster. */
static const char *urls(const struct options *options)
{
	assert(options->marathon.count == 1);
	return options->marathon.items[0].value;
}

/* For one look at one option. */
#define CHECK(environment, line, condition) \
	do { \
		struct options o = accept_in(environment, line); \
		assert(condition); \
		options_done(&o); \
	} while (0)

static bool is(const char *a, const char *b)
{
	return a && strcmp(a, b) == 0;
}

TEST(defaults_are_those_of_the_manual)
{
	struct options o = accept(M "/mnt");

	assert(o.command == COMMAND_MOUNT && is(o.mountpoint, "/mnt"));
	assert(!o.view && !o.warning_count && !o.config);
	assert(!o.foreground && !o.private_mount && !o.allow_other);
	assert(is(o.fsname, "mmsdfs") && is(o.subtype, "mmsdfs"));
	assert(is(o.fuse_options, "") && !o.upstream_confd);
	assert(o.uid == geteuid() && o.gid == getegid() && o.umask == 022);
	assert(o.wait_ms == 60000 && o.notify == NOTIFY_MODIFY);
	assert(o.notify_aliases && is(urls(&o), "http://m:8080"));
	assert(!o.marathon_identity.ca.count && !o.marathon_insecure);
	assert(!o.marathon_identity.user_file.count && !o.state_dir);
	assert(!o.marathon_identity.token_file.count);
	assert(!o.services_dir.count && !o.mesos_masters.count);
	assert(!o.mesos_master_domain && !o.mesos_poll_interval_ms);
	assert(o.mesos_state == MESOS_STATE_AUTO && !o.mesos_frameworks);
	assert(o.refresh_interval_ms == 60000 && o.poll_interval_ms == 10000);
	assert(o.health == HEALTH_KNOWN && o.unreachable == UNREACHABLE_KEEP);
	assert(o.shrink_guard_percent == 50 && o.shrink_hold_ms == 60000);
	assert(o.settle_ms == 0 && is(o.groups, "*"));
	assert(o.groups_by == GROUPS_BY_ANY);
	assert(o.instances_format == INSTANCES_PLAIN);
	assert(o.instances_names == NAMES_PLAIN);
	assert(is(o.haproxy_bind, "*") && o.haproxy_port == 8081);
	assert(is(o.haproxy_bin, "haproxy"));
	assert(!o.haproxy_pidfile && !o.haproxy && !o.haproxy_socket);
	assert(o.haproxy_mode == HAPROXY_DAEMON && !o.haproxy_before_cmd);
	assert(!o.haproxy_after_cmd && !o.on_change.count);
	assert(!o.haproxy_reload && !o.haproxy_start);
	assert(o.hook_timeout_ms == 30000 && o.reload_interval_ms == 1000);
	assert(o.gateway == GATEWAY_AUTO && o.gateway_http_port == 80);
	assert(o.gateway_https_port == 443 && o.log_level == LOG_LEVEL_INFO);
	assert(o.log_target == LOG_TARGET_SYSLOG);
	options_done(&o);
}

/* Also keeps names and kinds of the table sound. */
TEST(every_default_in_the_table_parses)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option_row *row = &option_table[i];
		union {
			char *text;
			unsigned number;
			uint64_t bytes;
		} field = {.bytes = 0};

		assert(strlen(row->name) <= 40);
		assert(row->flags & OPTION_LATER || row->help);
		assert(!row->argument ==
			(row->kind == OPTION_FLAG ||
				row->kind == OPTION_ACTION));
		if (!row->default_text)
			continue;
		assert(option_value_parse(
			       row, row->default_text, &field, NULL) == 0);
		option_value_done(row, &field);
	}
}

TEST(no_name_or_letter_is_there_twice)
{
	struct option_match none;

	for (size_t i = 0; i < option_count; i++) {
		const struct option_row *row = &option_table[i];
		struct option_match match;

		assert(option_find(row->name, strlen(row->name), &match));
		assert(match.row == row);
		if (row->letter)
			assert(option_find_letter(row->letter, &match) &&
				match.row == row);
	}
	for (size_t i = 0; i < option_alias_count; i++) {
		const struct option_alias *alias = &option_aliases[i];
		struct option_match match;

		assert(option_find(alias->name, strlen(alias->name), &match));
		assert(is(match.row->name, alias->option));
		if (alias->letter)
			assert(option_find_letter(alias->letter, &match) &&
				is(match.row->name, alias->option));
	}
	assert(!option_find("", 0, &none));
}

TEST(a_flag_takes_no_value_or_a_truth)
{
	CHECK("", M "-f m", o.foreground);
	CHECK("", M "--foreground m", o.foreground);
	CHECK("", M "--foreground=yes m", o.foreground);
	CHECK("", M "--foreground=TRUE m", o.foreground);
	CHECK("", M "--foreground=1 m", o.foreground);
	CHECK("", M "--foreground=on m", o.foreground);
	CHECK("", M "-f --foreground=false m", !o.foreground);
	CHECK("", M "-f --foreground=0 m", !o.foreground);
	CHECK("", M "-f --foreground=no m", !o.foreground);
	CHECK("", M "-f --no-foreground m", !o.foreground);
	CHECK("", M "--notify-aliases=off m", !o.notify_aliases);
	refuse(M "--foreground=maybe m",
		"--foreground: 'maybe' is not true or false");
	refuse(M "--no-foreground=true m", "--no-foreground: takes no value");
	refuse(M "--no-groups m", "unknown option '--no-groups'");
	refuse(M "--foreground= m", "--foreground: needs a value");
}

TEST(a_port_is_a_port)
{
	CHECK("", M "--haproxy-port=0 m", o.haproxy_port == 0);
	CHECK("", M "--haproxy-port 65535 m", o.haproxy_port == 65535);
	refuse(M "--haproxy-port=65536 m",
		"--haproxy-port: '65536' is not a port from 0 to 65535");
	refuse(M "--gateway-http-port=0 m",
		"--gateway-http-port: '0' is not a port from 1 to 65535");
	refuse(M "--haproxy-port=80x m", "'80x'");
	refuse(M "--haproxy-port=-1 m", "'-1'");
	refuse(M "--haproxy-port=+1 m", "'+1'");
	refuse(M "--haproxy-port=0x50 m", "'0x50'");
	refuse(M "--haproxy-port=99999999999999999999999 m", "'999999");
	refuse(M "--gateway-http-port=443 m", "are both 443");
	CHECK("", M "--gateway=off --gateway-http-port=443 m", true);
}

TEST(a_number_has_a_range)
{
	CHECK("", M "--shrink-guard=0 m", o.shrink_guard_percent == 0);
	CHECK("", M "--shrink-guard=100 m", o.shrink_guard_percent == 100);
	CHECK("", M "--shrink-guard=off m", o.shrink_guard_percent < 0);
	refuse(M "--shrink-guard=101 m",
		"'101' is not a number from 0 to 100, or off");
	refuse(M "--shrink-guard=no m", "'no' is not");
	CHECK("", M "--uid=1000 --gid=0 m", o.uid == 1000 && o.gid == 0);
	refuse(M "--uid=4294967295 m", "--uid: '4294967295'");
	refuse(M "--uid=root m", "--uid: 'root' is not a number");
	CHECK("", M "--umask=0027 m", o.umask == 027);
	CHECK("", M "--umask=0 m", o.umask == 0);
	refuse(M "--umask=028 m", "--umask: '028' is not an octal number");
	refuse(M "--umask=1000 m", "from 0 to 777");
}

TEST(a_time_has_units)
{
	CHECK("", M "--wait=0 m", o.wait_ms == 0);
	CHECK("", M "--wait=90 m", o.wait_ms == 90000);
	CHECK("", M "--wait=90s m", o.wait_ms == 90000);
	CHECK("", M "--wait=1500ms m", o.wait_ms == 1500);
	CHECK("", M "--wait=2m m", o.wait_ms == 120000);
	CHECK("", M "--wait=1440m m", o.wait_ms == 86400000);
	CHECK("", M "-i 5 m", o.refresh_interval_ms == 5000);
	CHECK("", M "-i5 m", o.refresh_interval_ms == 5000);
	refuse(M "--wait=1441m m", "--wait: '1441m' is not a time from 0s to");
	refuse(M "--wait=2d m", "'2d'");
	refuse(M "--wait=1.5 m", "'1.5'");
	refuse(M "--wait=s m", "'s'");
	refuse(M "--wait=18446744073709551615 m", "'18446744073709551615'");
	refuse(M "-i 0 m", "-i: '0' is not a time from 100ms to 86400s");
}

TEST(a_size_has_units)
{
	static const struct option_row row = {
		.name = "size", .kind = OPTION_BYTES, .max = 1 << 30};
	uint64_t bytes = 0;

	assert(option_value_parse(&row, "512", &bytes, NULL) == 0);
	assert(bytes == 512);
	assert(option_value_parse(&row, "64k", &bytes, NULL) == 0);
	assert(bytes == 65536);
	assert(option_value_parse(&row, "3M", &bytes, NULL) == 0);
	assert(bytes == 3 << 20);
	assert(option_value_parse(&row, "1G", &bytes, NULL) == 0);
	assert(bytes == 1 << 30);
	assert(option_value_parse(&row, "2G", &bytes, &why) == -EINVAL);
	assert(strstr(why.text, "'2G' is not a size from 0 to"));
	assert(option_value_parse(&row, "1T", &bytes, &why) == -EINVAL);
	assert(bytes == 1 << 30);
}

TEST(an_enum_is_one_of_its_words)
{
	CHECK("", M "--health=ignore m", o.health == HEALTH_IGNORE);
	CHECK("", M "--health=All m", o.health == HEALTH_ALL);
	CHECK("", M "--unreachable=drop m", o.unreachable == UNREACHABLE_DROP);
	CHECK("", M "--groups-by=id m", o.groups_by == GROUPS_BY_ID);
	CHECK("", M "--groups-by=label m", o.groups_by == GROUPS_BY_LABEL);
	CHECK("", M "--notify=rename m", o.notify == NOTIFY_RENAME);
	CHECK("", M "--notify=off m", o.notify == NOTIFY_OFF);
	CHECK("", M "--instances-format=headers m",
		o.instances_format == INSTANCES_HEADERS);
	CHECK("", M "--instances-names=mmsd m",
		o.instances_names == NAMES_MMSD);
	CHECK("", M "-v m", o.log_level == LOG_LEVEL_DEBUG);
	CHECK("", M "--log-level=ERROR m", o.log_level == LOG_LEVEL_ERROR);
	refuse(M "--health=foo m",
		"--health: 'foo' is not one of known|any|all|ignore");
	refuse(M "--health=kno m", "'kno'");
	refuse(M "--health=true m", "'true'");
}

TEST(a_list_grows_and_the_command_line_replaces_it)
{
	struct options list = accept_in("MMSDFS_ON_CHANGE=c=3",
		M "--on-change=a=1 --on-change b=2 m");

	assert(list.on_change.count == 2);
	assert(is(list.on_change.items[0], "a=1"));
	assert(is(list.on_change.items[1], "b=2"));
	options_done(&list);
	CHECK("MMSDFS_ON_CHANGE=c=3", M "m",
		o.on_change.count == 1 && is(o.on_change.items[0], "c=3"));
	refuse(M "--on-change= m", "--on-change: needs a value");
}

TEST(reloads_of_the_predecessors_work)
{
	CHECK("", M "--haproxy-reload-interval=5 m",
		o.reload_interval_ms == 5000);
	CHECK("", M "--reload-interval=500ms m", o.reload_interval_ms == 500);
	CHECK("HAPROXY_RELOAD=x", M "m", is(o.haproxy_reload, "x"));
	CHECK("", M "--haproxy-start=x --haproxy-reload=y m",
		is(o.haproxy_start, "x") && is(o.haproxy_reload, "y"));
	CHECK("", M "--haproxy-mode=master-worker m",
		o.haproxy_mode == HAPROXY_MASTER_WORKER);
	CHECK("", M "--haproxy --haproxy-before-cmd=b --haproxy-after-cmd=a m",
		o.haproxy && is(o.haproxy_before_cmd, "b") &&
			is(o.haproxy_after_cmd, "a"));
}

TEST(what_a_hook_is_told_is_no_stranger)
{
	struct options o = accept_in(
		"MMSDFS_VIEW=a MMSDFS_PATH=b MMSDFS_GENERATION=1 "
		"MMSDFS_REASON=start",
		M "m");

	assert(o.warning_count == 0);
	options_done(&o);
}

TEST(mmsds_gateway_flag_works)
{
	CHECK("", M "--enable-gateway m", o.gateway == GATEWAY_ON);
	CHECK("", M "--enable-gateway=true m", o.gateway == GATEWAY_ON);
	CHECK("", M "--enable-gateway=false m", o.gateway == GATEWAY_OFF);
	CHECK("ENABLE_GATEWAY=true", M "m", o.gateway == GATEWAY_ON);
	CHECK("", M "--gateway-port-http=81 m", o.gateway_http_port == 81);
	CHECK("", M "--filter-groups=a,b m", is(o.groups, "a,b"));
	CHECK("", "--marathon-ip=10.0.0.1 m",
		is(urls(&o), "http://10.0.0.1:8080"));
}

TEST(each_group_of_marathon_lb_is_one_more_label)
{
	CHECK("", M "--group=a --group b m", is(o.groups, "label:a,label:b"));
	CHECK("", M "--group=* m", is(o.groups, "*"));
	/* The list of another name is another list; the last counts. */
	CHECK("", M "--group=a --groups=b m", is(o.groups, "b"));
	CHECK("", M "--groups=b --group=a m", is(o.groups, "label:a"));
	CHECK("MMSDFS_GROUP=a", M "m", is(o.groups, "label:a"));
	CHECK("MMSDFS_GROUP=a", M "--group=b m", is(o.groups, "label:b"));
	refuse(M "--group=a,b m", "--group: takes one; give it again for");
	refuse(M "--group= m", "--group: takes one");
}

TEST(urls_behind_a_url_are_of_the_same_cluster)
{
	CHECK("", "--marathon http://a HTTPS://b m",
		is(urls(&o), "http://a,HTTPS://b"));
	CHECK("", "-fm http://a http://b/ http://c -v m",
		is(urls(&o), "http://a,http://b,http://c"));
	CHECK("", "m -m http://a http://b", is(urls(&o), "http://a,http://b"));
	refuse("-m http://a http://me:secret@b m", "--marathon-user-file");
	assert(!strstr(why.text, "secret"));
	refuse("-mhttp://a http://b m", "SOURCE and -m: give one of them");
	refuse("--marathon=http://a http://b m", "SOURCE and --marathon");
}

TEST(values_of_the_predecessors_are_understood)
{
	CHECK("", M "--private=t m", o.private_mount);
	CHECK("", M "--private=N m", !o.private_mount);
	CHECK("", M "--gateway=y m", o.gateway == GATEWAY_ON);
	CHECK("", M "--gateway=F m", o.gateway == GATEWAY_OFF);
	CHECK("", M "--log-level=WARNING m", o.log_level == LOG_LEVEL_WARN);
	CHECK("", M "--log-level=notice m", o.log_level == LOG_LEVEL_INFO);
	CHECK("", M "--log-level=Critical m", o.log_level == LOG_LEVEL_ERROR);
	CHECK("", M "--wait=2h m", o.wait_ms == 2 * 3600 * 1000);
	CHECK("HAPROXY_RELOAD_CMD=x", M "m", is(o.haproxy_reload, "sh:x"));
	CHECK("HAPROXY_RELOAD_CMD=x HAPROXY_RELOAD=y", M "m",
		is(o.haproxy_reload, "y"));
	refuse(M "--log-level=info|notice m", "is not one of");
	refuse_in("HAPROXY_RELOAD_CMD=a\x01", M "m",
		"HAPROXY_RELOAD_CMD (--haproxy-reload): holds a control");
}

TEST(what_is_not_ours_has_an_answer)
{
	refuse(M "--dry m", "--dry of marathon-lb: use 'mmsdfs render");
	refuse(M "-fd m", "-d of marathon-lb: use 'mmsdfs render");
	refuse(M "--haproxy-cfg=x m", "--haproxy-cfg of mmsd: it is MOUNT");
	refuse(M "m -o haproxy-cfg=x", "-o haproxy-cfg of mmsd: it is MOUNT");
	refuse(M "-config x", "-config of bamboo and mesos-dns: JSON is");
	refuse(M "-config=x", "-config of bamboo");
	refuse(M "sse", "sse of marathon-lb: leave it out");
	CHECK("", M "--sse m", o.warning_count == 1 &&
		warns(&o, "--sse of marathon-lb: leave it out"));
	CHECK("", M "-sf m", o.foreground && warns(&o, "-s of marathon-lb"));
	CHECK("", M "./sse", strstr(o.mountpoint, "/sse"));
	/* What is a key there is no option here. */
	refuse(M "--ttl=1 m", "unknown option '--ttl'");
	refuse(M "--auth-credentials=me:secret m", "keeps no secret");
	assert(!strstr(why.text, "me:secret"));
	assert(parse_in("", "--dry m", &(struct options){0}) == -ENOTSUP);
}

TEST(a_letter_of_two_is_told_apart_by_its_value)
{
	refuse(M "-c reload m", "-c of marathon-lb: a command that reloads");
	refuse(M "-creload m", "-c of marathon-lb: a command that reloads");
	refuse(M "-c", "-c of marathon-lb");
}

TEST(variables_that_are_not_ours_warn_or_stop)
{
	CHECK("VAULT_TOKEN=x HAPROXY_SSL_CERT7=secret", M "m",
		o.warning_count == 2 &&
			is(o.warnings[1],
				"HAPROXY_SSL_CERT7 of marathon-lb has no "
				"effect: put it into a file: "
				"--haproxy-ssl-certs=FILE"));
	CHECK("VAULT_TOKEN= PROXYM_SIGNAL_ENABLED=1 STATSD_ENABLED=0", M "m",
		!o.warning_count);
	CHECK("HAPROXY_SSL_CERTX=1", M "m", !o.warning_count);
	CHECK("PROXYM_HAPROXY_BINARY=x BAMBOO_X=y", M "m",
		o.warning_count == 2 &&
			warns(&o, "unknown environment variable BAMBOO_X"));
	refuse_in("HAPROXY_TEMPLATE=/x", M "m",
		"HAPROXY_TEMPLATE of proxymatic: it cannot be run");
	refuse_in("PROXYM_MARATHON_ENABLED=0", M "m",
		"PROXYM_MARATHON_ENABLED of proxym: leave out");
}

TEST(paths_are_absolute)
{
	char directory[PATH_MAX], expected[PATH_MAX + 16];

	assert(getcwd(directory, sizeof(directory)));
	snprintf(expected, sizeof(expected), "%s/x/y", directory);
	CHECK("", M "x/y", is(o.mountpoint, expected));
	CHECK("", M "./x/y/", is(o.mountpoint, expected));
	CHECK("", M "--state-dir=.//x/y m", is(o.state_dir, expected));
	CHECK("", M "--upstream-confd=x/y",
		is(o.upstream_confd, expected) && !o.mountpoint);
	CHECK("", M "--haproxy-bin=x/y m", is(o.haproxy_bin, expected));
	CHECK("", M "--haproxy-bin=y m", is(o.haproxy_bin, "y"));
	CHECK("", M "--marathon-user-file=x/y m",
		is(o.marathon_identity.user_file.items[0].value, expected));
	CHECK("", M ".", is(o.mountpoint, directory));
	CHECK("", M "/", is(o.mountpoint, "/"));
	CHECK("", M "//", is(o.mountpoint, "/"));
	snprintf(expected, sizeof(expected), "file:%s/x/y", directory);
	CHECK("", "-m file:x/y m", is(urls(&o), expected));
	refuse(M "_", "MOUNTPOINT is empty");
}

TEST(urls_are_checked_and_cleaned)
{
	CHECK("", "-mhttp://a,https://b:1/x/ m",
		is(urls(&o), "http://a,https://b:1/x"));
	CHECK("", "-m HTTP://[::1]:8080// m",
		is(urls(&o), "HTTP://[::1]:8080"));
	CHECK("", "--marathon file:///a/b m", is(urls(&o), "file:/a/b"));
	CHECK("", "--marathon file:/a@b,file:/c m",
		is(urls(&o), "file:/a@b,file:/c"));
	refuse("--marathon=m:8080 m",
		"--marathon: 'm:8080': expected http://HOST:PORT, https://");
	refuse("--marathon=ftp://m m", "'ftp://m': expected http://");
	refuse("--marathon=http://a,,http://b m", "an item of the list is");
	refuse("--marathon=http://a, m", "an item of the list is empty");
	refuse("--marathon=http://a,file:/b m", "may not be mixed");
	refuse("--marathon=file:/a,http://b m", "may not be mixed");
	refuse("--marathon=http:// m", "has no host");
	refuse("--marathon=http:///x m", "has no host");
	refuse("--marathon=http://a:0 m", "has a bad port");
	refuse("--marathon=http://a:65536 m", "has a bad port");
	refuse("--marathon=http://a: m", "has a bad port");
	refuse("--marathon=http://a:1:2 m", "has a bad port");
	refuse("--marathon=http://::1 m", "has no host");
	refuse("--marathon=http://[a:b]:80 m", "has no host");
	refuse("--marathon=http://[::1 m", "has no host");
	refuse("--marathon=http://a$b m", "has a bad host");
	refuse("--marathon=http://a/v2?x m", "is not a plain URL");
	refuse("--marathon=file: m", "has no path");
}

TEST(each_cluster_has_a_name_and_its_own_secrets)
{
	struct options o = accept("-m http://a,http://b "
				  "--marathon=west=http://c/x=y "
				  "--marathon-user-file=west=/w "
				  "--marathon-ca=/ca m");
	const struct option_identities *said = &o.marathon_identity;

	assert(o.marathon.count == 2);
	assert(is(o.marathon.items[0].name, "marathon"));
	assert(is(o.marathon.items[1].name, "west"));
	assert(is(o.marathon.items[1].value, "http://c/x=y"));
	assert(is(option_named_find(&said->user_file, "west"), "/w"));
	assert(!option_named_find(&said->user_file, "marathon"));
	assert(is(option_named_find(&said->ca, "west"), "/ca"));
	options_done(&o);
}

/* Of the only Mesos cluster. */
static const char *masters(const struct options *options)
{
	assert(options->mesos_masters.count == 1);
	return options->mesos_masters.items[0].value;
}

TEST(any_source_will_do)
{
	CHECK("", "--services-dir=/a m", !o.marathon.count
			&& is(o.services_dir.items[0].name, "files")
			&& is(o.services_dir.items[0].value, "/a"));
	CHECK("", "--mesos-masters=a m",
		is(masters(&o), "mesos:http://a:5050")
			&& is(o.mesos_masters.items[0].name, "mesos"));
	CHECK("PROXYM_FILE_CONFIGS_PATH=/a PROXYM_MESOS_MASTER_POLLINTERVAL=7 "
	      "PROXYM_MESOS_MASTER_MASTERS=a:1,https://b/x/ "
	      "PROXYM_MESOS_MASTER_DOMAIN=m.example.com",
		"m",
		o.services_dir.count == 1 && o.mesos_poll_interval_ms == 7000
			&& is(masters(&o), "mesos:http://a:1,https://b/x")
			&& is(o.mesos_master_domain, "m.example.com"));
	CHECK("", "--services-dir=x=/a --services-dir=y=/b m",
		o.services_dir.count == 2);
	refuse("--marathon=files=http://a --services-dir=/a m",
		"--marathon and --services-dir: two sources called files");
	refuse("--mesos-masters=a --services-dir=mesos=/a m",
		"two sources called mesos");
	refuse("-m http://a --mesos-ca=x=/a m",
		"--mesos-ca: there is no --mesos-masters=x=...");
	refuse("--mesos-masters=a --mesos-user-file=/u "
	       "--mesos-token-file=mesos=/t m",
		"--mesos-user-file and --mesos-token-file for mesos");
	refuse("--mesos-masters=a --mesos-dcos-account=/u "
	       "--mesos-token-file=mesos=/t m",
		"--mesos-token-file and --mesos-dcos-account for mesos");
	refuse("--mesos-masters=a --mesos-key=/k m",
		"--mesos-key for mesos: there is no --mesos-cert");
	CHECK("MMSDFS_MESOS_DCOS_ACCOUNT={\"uid\":1}",
		"--mesos-masters=a --mesos-cert=/c --mesos-key=/k m",
		is(o.mesos_identity.cert.items[0].value, "/c")
			&& is(o.mesos_identity.dcos_account.items[0].value,
				"{\"uid\":1}"));
}

TEST(masters_are_urls_or_hosts)
{
	CHECK("", "--mesos-masters=a,b:1,[::1],[::1]:2,http://c m",
		is(masters(&o), "mesos:http://a:5050,http://b:1,"
				"http://[::1]:5050,http://[::1]:2,http://c"));
	refuse("--mesos-masters=zk://a/mesos m", "expected http://HOST:PORT");
	refuse("--mesos-masters=file:/a m", "'http://file:/a': has a bad port");
	refuse("--mesos-masters=a,, m", "an item of the list is empty");
	refuse("--mesos-masters=u:p@a m", "--mesos-user-file=FILE");
	refuse("--mesos-masters=a:0 m", "bad port");
	refuse("--mesos-masters=a_b!c m", "bad host");
}

TEST(there_are_not_too_many_sources)
{
	char line[1024] = "";

	for (int i = 0; i < 17; i++)
		snprintf(line + strlen(line), sizeof(line) - strlen(line),
			"--services-dir=n%d=/a ", i);
	refuse(strcat(line, "m"), "more than 16 sources");
}

TEST(of_clusters_the_last_of_a_name_and_the_weightiest_list_count)
{
	CHECK("MMSDFS_MARATHON=a=http://a;b=http://b", "m",
		o.marathon.count == 2 && is(o.marathon.items[1].name, "b"));
	CHECK("MMSDFS_MARATHON=a=http://a;b=http://b", "-m http://c m",
		is(urls(&o), "http://c"));
	CHECK("", "-m a=http://a -m a=http://b m", is(urls(&o), "http://b"));
	CHECK("", "-m a=http://a --marathon-user-file=a=/u "
		"--marathon-token-file=b=/t -m b=http://b m",
		o.marathon.count == 2);
	refuse("-m =http://a m", "-m: a name has 1 to 32 characters");
	refuse("-m A=http://a m", "'A=http://a': expected http://");
	refuse("-m a=http://a; m", "an item of the list is empty");
	refuse("-m a=http://a --marathon-ca=b=/x m",
		"--marathon-ca: there is no --marathon=b=...");
	refuse("-m a=http://a --marathon-user-file=/u "
	       "--marathon-token-file=a=/t m",
		"for a: give one of them");
}

TEST(a_password_on_the_command_line_is_refused_and_not_shown)
{
	static const char *const lines[] = {
		"--marathon=http://me:secret@m:8080 m",
		"--marathon=http://me:se,secret@m:8080 m",
		"--marathon=http://me:x/secret@m m",
		"--marathon=me:secret@m m",
		"--marathon=http://a,ftp://me:secret@m m",
		"http://me:secret@m m",
		"http://me:secret@m",
		"ftp://me:secret@m m",
		"me:secret@m m",
		"m -o marathon=http://me:secret@m",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		refuse(lines[i], "--marathon-user-file=FILE");
		assert(!strstr(why.text, "secret"));
	}
	refuse_in("MARATHON_URL=http://me:secret@m", "m",
		"MARATHON_URL (--marathon): no user or password");
	refuse("--marathon-host=me:secret@m m", "--marathon-host: expected");
	assert(!strstr(why.text, "secret"));
}

TEST(an_account_itself_is_refused_and_its_file_is_asked_for)
{
	refuse(M "--marathon-dcos-account={\"uid\":1} m",
		"--marathon-dcos-account: this keeps no secret: put it into a "
		"file of your own: --marathon-dcos-account=FILE");
	refuse(M "--marathon-dcos-account=marathon={\"uid\":1} m",
		"keeps no secret");
	assert(!strstr(why.text, "uid"));
	refuse(M "--dcos-auth-credentials {\"uid\":1} m",
		"--dcos-auth-credentials: this keeps no secret");
	refuse(M "m -o marathon-dcos-account={uid}", "keeps no secret");
	CHECK("", M "--dcos-auth-credentials=/a m",
		is(o.marathon_identity.dcos_account.items[0].value, "/a"));
}

TEST(a_dcos_account_in_the_environment_is_one_text)
{
	CHECK("DCOS_SERVICE_ACCOUNT_CREDENTIAL={\"uid\":\"a=b;c\"}", M "m",
		o.marathon_identity.dcos_account.count == 1
			&& is(o.marathon_identity.dcos_account.items[0].value,
				"{\"uid\":\"a=b;c\"}"));
	CHECK("DCOS_SERVICE_ACCOUNT_CREDENTIAL={\n}", M "m",
		is(o.marathon_identity.dcos_account.items[0].value, "{\n}"));
	CHECK("DCOS_SERVICE_ACCOUNT_CREDENTIAL=/a", M "m",
		is(o.marathon_identity.dcos_account.items[0].value, "/a"));
	CHECK("DCOS_SERVICE_ACCOUNT_CREDENTIAL=/a",
		M "--marathon-token-file=/t m",
		!o.marathon_identity.dcos_account.count);
}

TEST(others_are_not_told_the_secrets_of_the_environment)
{
	char mine[] = "DCOS_SERVICE_ACCOUNT_CREDENTIAL={\"uid\":1}";
	char too[] = "MMSDFS_MARATHON_DCOS_ACCOUNT={}";
	char path[] = "DCOS_SERVICE_ACCOUNT_CREDENTIAL=/a", other[] = "A={}";
	char *envp[] = {mine, path, too, other, NULL};
	char **rest = settings_public_environment(envp);

	assert(rest && rest[0] == path && rest[1] == other && !rest[2]);
	free(rest);
}

TEST(what_makes_us_known_to_one_cluster_goes_together)
{
	CHECK("", M "--marathon-cert=/c --marathon-key=/k "
		    "--marathon-key-pass-file=/p --marathon-dcos-account=/a m",
		is(o.marathon_identity.cert.items[0].value, "/c")
			&& is(o.marathon_identity.key.items[0].value, "/k")
			&& is(o.marathon_identity.key_pass_file.items[0].value,
				"/p"));
	refuse(M "--marathon-key=/k m",
		"--marathon-key for marathon: there is no --marathon-cert");
	refuse(M "--marathon-cert=/c --marathon-key=/k -m w=http://w "
		 "--marathon-cert=v=/c m",
		"--marathon-cert: there is no --marathon=v=...");
	refuse("-m w=http://w -m v=http://v --marathon-cert=w=/c "
	       "--marathon-key-pass-file=/p m",
		"--marathon-key-pass-file for v: there is no --marathon-cert");
	refuse(M "--marathon-user-file=/u --marathon-dcos-account=/a m",
		"give one of them");
	CHECK("", "-m w=http://w -m v=http://v --marathon-user-file=w=/u "
		  "--marathon-dcos-account=v=/a m",
		o.marathon.count == 2);
	CHECK("", M "--marathon-auth-credential-file=/u --marathon-ca-cert=/c m",
		is(o.marathon_identity.user_file.items[0].value, "/u")
			&& is(o.marathon_identity.ca.items[0].value, "/c"));
}

TEST(a_host_and_a_port_are_a_url)
{
	CHECK("", "--marathon-host=m m", is(urls(&o), "http://m:8080"));
	CHECK("", "--marathon-host=m --marathon-port=81 m",
		is(urls(&o), "http://m:81"));
	CHECK("", "--marathon-host=::1 m", is(urls(&o), "http://[::1]:8080"));
	CHECK("MARATHON_HOST=a MARATHON_PORT=1", "m",
		is(urls(&o), "http://a:1"));
	refuse("--marathon-host=http://m m", "a name or an address alone");
	refuse("--marathon-host=m:8080 m", "a name or an address alone");
	refuse("--marathon-host=a,b m", "a name or an address alone");
	refuse("--marathon-host=a$b m", "--marathon-host: 'http://a$b:8080'");
}

static const char *callback_url(const struct options *options)
{
	return options_callback(options, "marathon").url;
}

/* Without what listens each of these is one line of words. */
static bool no_callbacks(void)
{
	const struct callback_settings sound = {.url = "http://us/"};

	if (callback_check(&sound, &why) == 0)
		return false;
	refuse(M "-c http://us:1/c m", "built without libmicrohttpd");
	return true;
}

TEST(callbacks_are_those_of_a_cluster)
{
	if (no_callbacks())
		return;
	CHECK("", M "m", !callback_url(&o));
	CHECK("", M "-c http://us:1/c m", is(callback_url(&o), "http://us:1/c"));
	CHECK("", M "-l http://us:1 m", is(callback_url(&o), "http://us:1"));
	CHECK("", M "--listening=http://us:1 m",
		is(callback_url(&o), "http://us:1"));
	CHECK("MARATHON_CALLBACK_URL=http://us", M "m",
		is(callback_url(&o), "http://us"));
	CHECK("", "-m a=http://a -m b=http://b -c b=http://us:1/ "
		"--callback-bind=b=0.0.0.0:1 --callback-allow=10.0.0.0/8 m",
		!callback_url(&o) && !options_callback(&o, "a").url
			&& is(options_callback(&o, "b").url, "http://us:1/")
			&& is(options_callback(&o, "b").bind, "0.0.0.0:1")
			&& is(options_callback(&o, "b").allow, "10.0.0.0/8"));
	/* Who prints once does not listen. */
	CHECK("", "render x " M "-c http://us:1/", !callback_url(&o));
}

TEST(callbacks_that_cannot_be_are_refused)
{
	if (no_callbacks())
		return;
	refuse(M "-c https://us/ m", "callbacks of marathon: 'https://us/' is");
	refuse(M "-c x=http://us/ m", "--marathon=x=... is not there");
	refuse("-m file:/x -c http://us/ m", "is not there, or a file");
	refuse(M "-c http://us/ --callback-bind=us:1 m", "ADDRESS:PORT");
	refuse(M "-c http://us/ --callback-allow=us m", "ADDRESS/BITS");
	refuse(M "-c http://us/ --callback-bind=x=1.2.3.4:5 m",
		"--callback-bind: there is no --marathon-callback for x");
	refuse(M "--callback-allow=::1 m", "there is no --marathon-callback");
}

TEST(proxyms_callback_is_a_url)
{
	if (no_callbacks())
		return;
	CHECK("PROXYM_MARATHON_CALLBACK_HOST=us "
	      "PROXYM_MARATHON_CALLBACK_PORT=5678", M "m",
		is(callback_url(&o), "http://us:5678/callback"));
	CHECK("PROXYM_MARATHON_HTTP_HOST=::1 PROXYM_MARATHON_HTTP_PORT=1 "
	      "PROXYM_MARATHON_ENDPOINT=x", M "m",
		is(callback_url(&o), "http://[::1]:1/x"));
	CHECK("PROXYM_MARATHON_CALLBACK_HOST=us "
	      "PROXYM_MARATHON_CALLBACK_PORT=1", M "-c http://me m",
		is(callback_url(&o), "http://me")
			&& warns(&o, "PROXYM_MARATHON_CALLBACK_PORT"));
	/* What a CGI sets is not for us. */
	CHECK("HTTP_HOST=us HTTP_PORT=1 ENDPOINT=x", M "m",
		!callback_url(&o) && !o.warning_count);
	refuse(M "--marathon-callback-host=us m",
		"give --marathon-callback-port, too");
	refuse(M "--marathon-callback-host=us --marathon-callback-port=1 "
	       "-c http://x m", "give one of them");
	refuse_in("PROXYM_MARATHON_HTTP_HOST=0.0.0.0 "
		  "PROXYM_MARATHON_HTTP_PORT=1", M "m", "--callback-bind");
}

TEST(two_that_exclude_each_other_are_settled_by_weight)
{
	refuse(M "--marathon-host=m m",
		"--marathon and --marathon-host: give one of them");
	refuse_in("MARATHON_URL=http://a MARATHON_HOST=b", "m",
		"MARATHON_URL (--marathon) and MARATHON_HOST");
	CHECK("MARATHON_HOST=b", "-m http://a m", is(urls(&o), "http://a"));
	CHECK("MARATHON_URL=http://a", "--marathon-host=b m",
		is(urls(&o), "http://b:8080"));
	CHECK("MARATHON_PORT=1", M "m", warns(&o, "MARATHON_PORT"));
	refuse(M "--marathon-user-file=/a --marathon-token-file=/b m",
		"give one of them");
	CHECK("MMSDFS_MARATHON_TOKEN_FILE=/t", M "--marathon-user-file=/u m",
		is(o.marathon_identity.user_file.items[0].value, "/u")
			&& !o.marathon_identity.token_file.count);
	refuse(M "--private -o allow_other m", "give one of them");
}

TEST(the_environment_has_every_option)
{
	CHECK("MMSDFS_MARATHON=http://a", "m", is(urls(&o), "http://a"));
	CHECK("MMSDFS_FOREGROUND=true", M "m", o.foreground);
	CHECK("MMSDFS_PRIVATE=no", M "m", !o.private_mount);
	CHECK("MMSDFS_GROUPS=a", M "m", is(o.groups, "a"));
	CHECK("MMSDFS_FILTER_GROUPS=a", M "m", is(o.groups, "a"));
	CHECK("FILTER_GROUPS=a", M "m", is(o.groups, "a"));
	CHECK("FILTER_GROUPS=a MMSDFS_GROUPS=b", M "m", is(o.groups, "b"));
	CHECK("MARATHON_URL=http://a,http://b", "m",
		is(urls(&o), "http://a,http://b"));
	CHECK("PROXYM_MARATHON_SERVERS=http://b MARATHON_URL=http://a", "m",
		is(urls(&o), "http://a"));
	CHECK("UPSTREAM_CONFD=/c", M, is(o.upstream_confd, "/c"));
	CHECK("HAPROXY_PORT=1 HAPROXY_BIND=::1", M "m",
		o.haproxy_port == 1 && is(o.haproxy_bind, "::1"));
	CHECK("MMSDFS_GROUPS= FILTER_GROUPS=", M "m", is(o.groups, "*"));
	refuse_in("MMSDFS_HEALTH=x", M "m",
		"MMSDFS_HEALTH (--health): 'x' is not one of known|any");
	refuse_in("REFRESH_INTERVAL=x", M "m",
		"REFRESH_INTERVAL (--refresh-interval): 'x' is not a time");
}

TEST(names_that_can_be_mistaken_change_nothing)
{
	CHECK("USER=root CONFIG=x GROUPS=x VERBOSE=1 LOG_LEVEL=x LOG=x "
	      "WAIT=x HEALTH=x UID=7 UMASK=x PRIVATE=1 MARATHON=x HELP=1",
		M "m",
		!o.warning_count && is(o.groups, "*") && !o.config &&
			o.log_level == LOG_LEVEL_INFO && !o.private_mount &&
			o.uid == geteuid());
	/* Each of them is at least two words. */
	for (size_t i = 0; i < option_count; i++) {
		const char *name = option_table[i].environment;

		for (; name && *name; name += strspn(name, " ")) {
			size_t length = strcspn(name, " =");

			assert(memchr(name, '_', length));
			name += strcspn(name, " ");
		}
	}
}

TEST(a_stranger_in_the_environment_is_a_warning)
{
	CHECK("MMSDFS_GRUOPS=x MMSDFS_HELP=1 MMSDFS_=", M "m",
		o.warning_count == 3 &&
			is(o.warnings[0],
				"unknown environment variable MMSDFS_GRUOPS"));
	CHECK("PEN_CLIENTS=x", M "m",
		warns(&o, "--pen-clients is not built yet"));
	CHECK("MMSDFS_PEN_SERVERS=x", M "m", warns(&o, "MMSDFS_PEN_SERVERS"));
	CHECK("MARATHON_PORT=tcp://10.0.0.1:80", "--marathon-host=m m",
		is(urls(&o), "http://m:8080") && warns(&o, "container link"));
	refuse_in("MMSDFS_MARATHON_PORT=tcp://10.0.0.1:80",
		"--marathon-host=m m", "is not a port");
}

/* A file of --config with this text; the caller unlinks it. */
static void config_write(const char *text, size_t length, char *path)
{
	int fd = mkstemp(path);

	assert(fd >= 0);
	assert(write(fd, text, length) == (ssize_t)length);
	close(fd);
}

/* What --print-options prints for this line, for the caller to free. */
static char *printed(const char *line)
{
	struct options o = accept(line);
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert(out && options_print(&o, out) == 0);
	assert(fclose(out) == 0);
	options_done(&o);
	return text;
}

TEST(what_is_printed_says_the_same_again)
{
	static const char line[] =
		"--print-options -m http://a -m b=http://b --uid=7 "
		"--umask=027 --shrink-guard=off --wait=1500ms --health=any "
		"--on-change=a=1 --on-change=b=2 --no-expose-host "
		"--log-level=warning --haproxy-port=1 --state-dir=/s";
	CLEANUP(free) char *first = printed(line), *second = NULL;
	char path[] = "/tmp/test-options-XXXXXX", *with;

	assert(is(first, "uid = 7\numask = 27\nwait = 1500ms\n"
		"marathon = http://a\nmarathon = b=http://b\n"
		"state-dir = /s\nhealth = any\nshrink-guard = off\n"
		"haproxy-port = 1\nexpose-host = false\n"
		"on-change = a=1\non-change = b=2\nlog-level = warn\n"));
	config_write(first, strlen(first), path);
	assert(asprintf(&with, "--print-options --config=%s", path) > 0);
	second = printed(with);
	assert(is(second, first));
	free(with);
	unlink(path);
}

TEST(blanks_at_the_ends_are_printed_in_quotes)
{
	char program[] = "mmsdfs", groups[] = "--groups= a";
	char *argv[] = {program, groups, NULL}, *envp[] = {NULL};
	char mark[] = "--print-options", *all[] = {program, mark, groups, NULL};
	CLEANUP(free) char *text = NULL;
	struct options o;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert(options_parse(2, argv, envp, &o, &why) == -EINVAL);
	assert(out && options_parse(3, all, envp, &o, &why) == 0);
	assert(options_print(&o, out) == 0 && fclose(out) == 0);
	assert(is(text, "groups = \" a\"\n"));
	options_done(&o);
}

TEST(a_host_is_printed_as_a_host)
{
	CLEANUP(free) char *text = printed(
		"--print-options --marathon-host=m --marathon-port=81");

	assert(is(text, "marathon-host = m\nmarathon-port = 81\n"));
}

static int parse_config(const char *environment, const char *text,
	const char *line, struct options *ret)
{
	char path[] = "/tmp/test-options-XXXXXX", *with;
	int r;

	config_write(text, strlen(text), path);
	assert(asprintf(&with, "--config=%s %s", path, line) > 0);
	r = parse_in(environment, with, ret);
	free(with);
	unlink(path);
	return r;
}

TEST(the_command_line_wins_over_environment_over_file_over_default)
{
	static const char file[] = "groups = file\nhealth = any\nwait = 1\n";
	struct options o;

	assert(parse_config("MMSDFS_GROUPS=env MMSDFS_HEALTH=all", file,
		       M "--groups=line m", &o) == 0);
	assert(is(o.groups, "line") && o.health == HEALTH_ALL);
	assert(o.wait_ms == 1000 && o.settle_ms == 0);
	options_done(&o);
}

TEST(of_one_option_given_twice_the_last_counts)
{
	CHECK("", M "--groups=a --filter-groups=b m", is(o.groups, "b"));
}

TEST(a_config_file_is_lines)
{
	static const char file[] = "\xef\xbb\xbf# comment\n\n  \t\n"
				   "marathon=http://a:1\r\n"
				   "\tgroups  =  \" x # y\"  \n"
				   "private = yes\n"
				   "haproxy-bind = a=b\n"
				   "# foreground = yes\n"
				   "state-dir = /s";
	struct options o;

	assert(parse_config("", file, "m", &o) == 0);
	assert(is(urls(&o), "http://a:1") && is(o.groups, " x # y"));
	assert(o.private_mount && !o.foreground && is(o.state_dir, "/s"));
	assert(is(o.haproxy_bind, "a=b"));
	assert(o.config && strncmp(o.config, "/tmp/test-options-", 18) == 0);
	options_done(&o);
	assert(parse_config("", "", M "m", &o) == 0);
	options_done(&o);
}

static void refuse_config(const char *text, const char *part)
{
	struct options options;
	int r = parse_config("", text, M "m", &options);

	if (r >= 0 || !strstr(why.text, part))
		printf("  %d %s\n", r, why.text);
	assert(r < 0 && strstr(why.text, part));
	assert(strncmp(why.text, "/tmp/test-options-", 18) == 0);
}

TEST(a_bad_line_is_named)
{
	refuse_config("\n# x\ngruops = a\n",
		":3: unknown option 'gruops'; did you mean 'groups'?");
	refuse_config("wait = 1\nwait = x", ":2: wait: 'x' is not a time");
	refuse_config("foreground\n", ":1: expected 'option = value'");
	refuse_config("[section]\n", ":1: expected 'option = value'");
	refuse_config("{\n\"zk\": \"x\"\n}", ":1: JSON, as of bamboo and mes");
	refuse_config("ttl = 60\n", ":1: ttl of mesos-dns: DNS is not built");
	refuse_config("\nHAProxy.TemplatePath = /x\n",
		":2: HAProxy.TemplatePath of bamboo: it cannot be run");
	refuse_config("= x\n", ":1: unknown option ''");
	refuse_config("groups =\n", ":1: groups: needs a value");
	refuse_config("groups = \"\"\n", ":1: groups: needs a value");
	refuse_config("config = /x\n", ":1: config: only on the command line");
	refuse_config("options = ro\n", ":1: options: only on the");
	refuse_config("help = yes\n", ":1: help: only on the");
	refuse_config("api-port = x\n", ":1: api-port: not built yet");
	refuse_config("no-private = x\n", ":1: no-private: takes no value");
	refuse_config("groups = a\x01\n", ":1: groups: holds a control");
}

TEST(a_config_file_that_cannot_be_read_is_an_error)
{
	static const char nul[] = "groups = a\0b\n";
	char path[] = "/tmp/test-options-XXXXXX", line[64];

	refuse("--config=/nonexistent/x m", "--config: /nonexistent/x: No suc");
	refuse_in("MMSDFS_CONFIG=/nonexistent/x", "m", "/nonexistent/x: No");
	refuse("--config=/ m", "--config: /: Is a directory");
	refuse("--config=/dev/zero m", "/dev/zero: bigger than 1048576 bytes");
	config_write(nul, sizeof(nul) - 1, path);
	snprintf(line, sizeof(line), "--config=%s m", path);
	refuse(line, "is not text");
	unlink(path);
}

TEST(a_config_file_may_be_named_by_the_environment)
{
	char path[] = "/tmp/test-options-XXXXXX", variable[64];

	config_write("groups = a\n", 11, path);
	snprintf(variable, sizeof(variable), "MMSDFS_CONFIG=%s", path);
	CHECK(variable, M "m", is(o.groups, "a") && is(o.config, path));
	unlink(path);
}

TEST(fstab_gives_everything_by_a_list)
{
	struct options o =
		accept("http://a:1,http://b:1 /srv -o "
		       "rw,nosuid,nodev,_netdev,nofail,noauto,user,"
		       "x-systemd.automount,dev,suid,noatime,"
		       "groups=\"a,b\",private,wait=5,notify=rename");

	assert(is(urls(&o), "http://a:1,http://b:1"));
	assert(is(o.mountpoint, "/srv") && is(o.groups, "a,b"));
	assert(is(o.fsname, "http://a:1,http://b:1"));
	assert(is(o.fuse_options, "nosuid,nodev,noatime"));
	assert(o.private_mount && o.wait_ms == 5000);
	assert(o.notify == NOTIFY_RENAME && o.warning_count == 0);
	options_done(&o);
}

TEST(the_first_field_of_fstab_is_a_source_or_says_none)
{
	CHECK("", "none /srv -o marathon=http://a\\,http://b",
		is(urls(&o), "http://a,http://b") && is(o.fsname, "none"));
	CHECK("", "mmsdfs /srv -oro,marathon-host=m,allow_other",
		is(urls(&o), "http://m:8080") && o.allow_other);
	CHECK("", "_ /srv -o marathon=http://m", is(o.fsname, "mmsdfs"));
	CHECK("MARATHON_URL=http://b", "http://a /srv",
		is(urls(&o), "http://a"));
}

TEST(mount_options_are_understood_or_refused)
{
	CHECK("", M "m -o fsname=a\\,b,subtype=s",
		is(o.fsname, "a,b") && is(o.subtype, "s"));
	CHECK("", M "m -o nosuid -o nodev,",
		is(o.fuse_options, "nosuid,nodev"));
	CHECK("", M "m -o default_permissions,,defaults", !o.allow_other);
	refuse(M "m -o nosiud", "-o: unknown option 'nosiud'");
	refuse(M "m -o grops=a",
		"-o: unknown option 'grops'; did you mean 'gr");
	refuse(M "m -o auto_unmount", "-o auto_unmount: not supported: would");
	refuse(M "m -o remount,rw", "-o remount: not supported");
	refuse(M "m -o fsname", "-o fsname: needs a value");
	refuse(M "m -o nosuid=1", "-o nosuid: takes no value");
	refuse(M "m -o health=x", "-o health: 'x' is not one of");
	refuse(M "m -o wait", "-o wait: needs a value: TIME");
	refuse(M "m -o help", "-o help: is an option of its own");
	refuse(M "m -o options=x", "-o options: a list in a list");
	refuse(M "m -o api-port=x", "-o api-port: not built yet");
	refuse(M "m -o", "-o: needs a value: LIST");
}

static const char *registrator(const struct options *o)
{
	assert(o->registrator.count == 1);
	return o->registrator.items[0].value;
}

TEST(a_registrator_is_one_etcd_and_a_path)
{
	CHECK("", "-r etcd://a/services m",
		is(registrator(&o), "etcd://a:2379/services")
			&& is(o.registrator.items[0].name, "registrator")
			&& o.marathon.count == 0);
	CHECK("", "--registrator=ETCD3S://a:1,[::1],b.c:2//x///y/ m",
		is(registrator(&o), "etcd3s://a:1,[::1]:2379,b.c:2/x/y"));
	CHECK("REGISTRATOR_URL=etcds://a:4001/", "m",
		is(registrator(&o), "etcds://a:4001"));
	CHECK("", "-r west=etcd3://a/x --registrator-ca=west=/c "
		  "--registrator-user-file=/u --registrator-cert=/d m",
		is(o.registrator.items[0].name, "west")
			&& is(o.registrator_identity.ca.items[0].value, "/c")
			&& is(o.registrator_identity.cert.items[0].value, "/d")
			&& is(o.registrator_identity.user_file.items[0].value,
				"/u"));
	refuse("-r etcds://a/x --registrator-key-pass-file=/p m",
		"--registrator-key-pass-file for registrator: there is no "
		"--registrator-cert");
	CHECK("", M "-r etcd://a/x -r b=etcd://b/x m",
		o.marathon.count == 1 && o.registrator.count == 2);
}

TEST(a_registrator_that_cannot_be_is_refused)
{
	refuse("-r consul://a/x m", "'consul://a/x': expected etcd://HOST");
	refuse("-r http://a/x m", "expected etcd://HOST");
	refuse("-r etcd:///x m", "has no host");
	refuse("-r etcd://a,,b/x m", "has no host");
	refuse("-r etcd://a:0/x m", "has a bad port");
	refuse("-r etcd://a:b/x m", "has a bad port");
	refuse("-r etcd://[::1/x m", "has no host");
	refuse("-r etcd://a$/x m", "has a bad host");
	refuse("-r etcd://a/x?y m", "has a path with other than letters");
	refuse("-r etcd://a/x/../y m", "has a bad path");
	refuse("-r etcd://u:secret@a/x m", "give --registrator-user-file=");
	refuse("-r etcd://a/x --registrator-ca=b=/c m",
		"--registrator-ca: there is no --registrator=b=...");
	refuse(M "-r marathon=etcd://a/x m", "two sources called marathon");
}

TEST(a_source_is_given_once_and_a_mountpoint_always)
{
	refuse("m", "no source: give --marathon=URL, --marathon=file:PATH, "
		    "--services-dir=DIR, --mesos-masters=URL or --registr");
	refuse("none m", "no source");
	refuse(M, "no MOUNTPOINT");
	refuse("http://m", "no MOUNTPOINT");
	refuse("http://a m -m http://b", "SOURCE and -m: give one of them");
	refuse("http://a m --marathon-host=b",
		"SOURCE and --marathon-host: give one of them");
	refuse("what m", "SOURCE 'what' is neither a URL nor none");
	refuse("http://a:x m", "SOURCE: 'http://a:x': has a bad port");
	refuse(M "none m more", "unexpected argument 'more'");
	CHECK("", "http://m --upstream-confd=/c",
		is(o.upstream_confd, "/c") && is(urls(&o), "http://m"));
}

TEST(subcommands_have_an_operand)
{
	CHECK("", M "render haproxy.cfg",
		o.command == COMMAND_RENDER && is(o.view, "haproxy.cfg") &&
			!o.mountpoint && o.log_target == LOG_TARGET_STDERR);
	CHECK("", "status /mnt",
		o.command == COMMAND_STATUS && is(o.mountpoint, "/mnt"));
	CHECK("", "render " M "x", o.command == COMMAND_RENDER);
	CHECK("", M "./render", o.command == COMMAND_MOUNT && o.mountpoint);
	CHECK("", M "-- render", o.command == COMMAND_MOUNT && o.mountpoint);
	CHECK("", M "render -- -x", is(o.view, "-x"));
	refuse("render x", "no source");
	refuse(M "render", "render: no VIEW");
	refuse("status", "status: no MOUNTPOINT");
	refuse("status a b", "unexpected argument 'b'");
	CHECK("", M "export /d",
		o.command == COMMAND_EXPORT && is(o.mountpoint, "/d") &&
			o.log_target == LOG_TARGET_SYSLOG);
	CHECK("", M "-f export /d", o.log_target == LOG_TARGET_STDERR);
	refuse(M "export", "export: no DIR");
	refuse(M "export a b", "unexpected argument 'b'");
	refuse("export /d", "no source");
	CHECK("", M "explain /a",
		o.command == COMMAND_EXPLAIN && is(o.view, "/a") &&
			!o.mountpoint);
	CHECK("", M "explain /a /mnt",
		is(o.view, "/a") && is(o.mountpoint, "/mnt"));
	refuse(M "explain", "explain: no ID");
	refuse(M "explain a b c", "unexpected argument 'c'");
	CHECK("", M "check", o.command == COMMAND_CHECK && !o.mountpoint);
	CHECK("", M "check /mnt", is(o.mountpoint, "/mnt"));
	refuse(M "check a b", "unexpected argument 'b'");
	refuse(M "render a b", "unexpected argument 'b'");
}

TEST(some_options_are_for_one_command)
{
	CHECK("", M "render x --if-changed=/f --partial",
		is(o.if_changed, "/f") && o.partial);
	refuse(M "--if-changed=/f m", "--if-changed is for render");
	refuse(M "--partial export d", "--partial is for render");
	CHECK("", M "explain x --json", o.json);
	refuse(M "render x --json", "--json is for explain");
	refuse_config("if-changed = /f\n", "if-changed");
	refuse(M "export d --upstream-confd=/c", "--upstream-confd: export");
}

TEST(two_dashes_end_the_options)
{
	CHECK("", M "-- -f", !o.foreground && strstr(o.mountpoint, "/-f"));
	refuse(M "-- a --health=any c", "unexpected argument 'c'");
}

TEST(help_and_version_ask_for_nothing_else)
{
	CHECK("MMSDFS_HEALTH=x", "--help", o.command == COMMAND_HELP);
	CHECK("", "-h", o.command == COMMAND_HELP);
	CHECK("", "-fh --nonsense", o.command == COMMAND_HELP);
	CHECK("", "a b --version", o.command == COMMAND_VERSION);
	CHECK("", "-V", o.command == COMMAND_VERSION);
	refuse("--help=x", "--help: takes no value");
}

TEST(log_goes_where_the_user_looks)
{
	CHECK("", M "-f m", o.log_target == LOG_TARGET_STDERR);
	CHECK("", M "-f --log=syslog m", o.log_target == LOG_TARGET_SYSLOG);
	CHECK("", M "--log=stderr m", o.log_target == LOG_TARGET_STDERR);
}

TEST(an_unknown_option_suggests_the_nearest)
{
	refuse("--marathn=x m",
		"unknown option '--marathn'; did you mean '--marathon'?");
	refuse("--refresh m", "did you mean '--refresh-interval'?");
	refuse("--wiat 3 m", "did you mean '--wait'?");
	refuse("--Groups=x m", "did you mean '--groups'?");
	refuse("--entirely-other m", "unknown option '--entirely-other'");
	assert(!strstr(why.text, "did you mean"));
	/* What is hidden stays so. */
	refuse("--notify-aliase m", "unknown option");
	assert(!strstr(why.text, "aliases"));
	refuse("-x m", "unknown option '-x'");
	refuse("-fx m", "unknown option '-x'");
	refuse("--=x m", "unknown option '--'");
}

TEST(letters_may_stand_together)
{
	CHECK("", "-fvmhttp://a m",
		o.foreground && o.log_level == LOG_LEVEL_DEBUG &&
			is(urls(&o), "http://a"));
	CHECK("", "-fm http://a m", is(urls(&o), "http://a"));
	refuse("m -m", "-m: needs a value: [NAME=]URL[,URL]");
	refuse("m --groups", "--groups: needs a value: LIST");
}

TEST(what_is_not_built_yet_says_so)
{
	refuse(M "--api-port 1 m", "--api-port: not built yet");
	assert(parse_in("", "--dns-port", &(struct options){0}) == -ENOTSUP);
}

/* prefix, length bytes of fill, and suffix, for the caller to free. */
static char *long_text(
	const char *prefix, char fill, size_t length, const char *suffix)
{
	char *text = NULL, *middle = malloc(length + 1);

	assert(middle);
	memset(middle, fill, length);
	middle[length] = '\0';
	assert(asprintf(&text, "%s%s%s", prefix, middle, suffix) > 0);
	free(middle);
	return text;
}

TEST(long_values_are_taken_or_refused_whole)
{
	static const struct {
		const char *prefix, *suffix, *part;
	} refused[] = {
		{M "--health=", " m", "--health: 'xxxx"},
		{M "--haproxy-port=", " m", "...' is not a port from"},
		{M "--wait=", " m", "...' is not a time from"},
		{M "--state-dir=", " m", "the path is too long"},
		{M, "", "the path is too long"},
		{"--marathon=http://a:", " m", "...': has a bad port"},
		{"--marathon=http://[", "] m", "...': has no host"},
		{"--", " m", "unknown option '--xxxx"},
		{M "m -o ", "", "unknown option 'xxxx"},
		{M "a b ", "", "unexpected argument 'xxxx"},
		{"", " m", "SOURCE 'xxxx"},
	};
	CLEANUP(free)
	char *most = long_text(M "--groups=", 'x', OPTION_VALUE_MAX, " m");
	CLEANUP(free)
	char *over = long_text(M "--groups=", 'x', OPTION_VALUE_MAX + 1, " m");
	CLEANUP(free) char *variable = long_text("MMSDFS_", 'X', 65536, "=1");

	CHECK("", most, strlen(o.groups) == OPTION_VALUE_MAX);
	refuse(over, "--groups: longer than 65536 bytes");
	CHECK(variable, M "m", strlen(o.warnings[0]) < 128);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		CLEANUP(free)
		char *line = long_text(
			refused[i].prefix, 'x', 65000, refused[i].suffix);

		refuse(line, refused[i].part);
	}
}

TEST(words_may_be_left_out_by_who_does_not_want_them)
{
	char program[] = "mmsdfs", *argv[] = {program, NULL}, *envp[] = {NULL};
	struct options options;

	assert(options_parse(1, argv, envp, &options, NULL) == -EINVAL);
	assert(options_parse(0, argv + 1, envp, &options, NULL) == -EINVAL);
}

static bool row_visible(const struct option_row *row)
{
	return !(row->flags & (OPTION_HIDDEN | OPTION_LATER));
}

/* "-f, --foreground" or "--groups=LIST" */
static void row_heading(const struct option_row *row, char *text, size_t size)
{
	char letter[] = {'-', row->letter, ',', ' ', '\0'};

	snprintf(text, size, "%s--%s%s%s", row->letter ? letter : "", row->name,
		row->argument ? "=" : "", row->argument ? row->argument : "");
}

/* Is the heading in the text as a word of its own? */
static bool heading_shown(const char *text, const char *heading)
{
	size_t length = strlen(heading);

	while ((text = strstr(text, heading))) {
		if (text[-1] == ' ' && strchr(" \n", text[length]))
			return true;
		text += length;
	}
	return false;
}

TEST(help_mentions_every_option_and_no_hidden_one)
{
	CLEANUP(free) char *text = NULL;
	CLEANUP(fclose) FILE *out = NULL;
	size_t size = 0;

	out = open_memstream(&text, &size);
	assert(out);
	options_usage(out);
	assert(fflush(out) == 0);
	for (size_t i = 0; i < option_count; i++) {
		char heading[96];

		row_heading(&option_table[i], heading, sizeof(heading));
		assert(heading_shown(text, heading) ==
			row_visible(&option_table[i]));
	}
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
		size_t length = strcspn(line, "\n");

		assert(length <= 80);
		assert(length == 0 || line[length - 1] != ' ');
	}
}

/* The line without scdoc's marks. */
static void unmark(char *line)
{
	char *to = line;

	for (; *line && *line != '\n'; line++)
		if (!strchr("*_\\", *line))
			*to++ = *line;
	*to = '\0';
}

/* Counts the row with this heading; false: there is none. */
static bool heading_count(const char *heading, int *counts)
{
	char expected[96];

	for (size_t i = 0; i < option_count; i++) {
		row_heading(&option_table[i], expected, sizeof(expected));
		if (!row_visible(&option_table[i]) || !is(heading, expected))
			continue;
		counts[i]++;
		return true;
	}
	return false;
}

TEST(the_manual_lists_every_option_and_no_other)
{
	CLEANUP(free) int *counts = calloc(option_count, sizeof(counts[0]));
	CLEANUP(fclose) FILE *manual = NULL;
	bool options = false;
	char line[1024];

	assert(unit_argc == 2 && counts);
	manual = fopen(unit_argv[1], "re");
	assert(manual);
	while (fgets(line, sizeof(line), manual)) {
		if (strncmp(line, "# ", 2) == 0)
			options = strcmp(line, "# OPTIONS\n") == 0;
		if (!options || strncmp(line, "*-", 2) != 0)
			continue;
		unmark(line);
		if (!heading_count(line, counts))
			printf("  not an option: %s\n", line);
		assert(heading_count(line, counts));
	}
	for (size_t i = 0; i < option_count; i++) {
		if (counts[i] != 2 * row_visible(&option_table[i]))
			printf("  --%s\n", option_table[i].name);
		assert(counts[i] == 2 * row_visible(&option_table[i]));
	}
}

TEST(the_manual_names_the_predecessors_variables)
{
	CLEANUP(fclose) FILE *manual = NULL;
	CLEANUP(free) char *text = calloc(1, 1 << 20);

	assert(unit_argc == 2 && text);
	manual = fopen(unit_argv[1], "re");
	assert(manual);
	assert(fread(text, 1, (1 << 20) - 1, manual) > 0);
	for (char *from = text, *to = text; *to || *from;) {
		from += *from == '\\';
		*to++ = *from;
		from += *from != '\0';
	}
	for (size_t i = 0; i < option_count; i++) {
		const char *name = option_table[i].environment;

		if (!row_visible(&option_table[i]))
			continue;
		for (; name && *name; name += strspn(name, " ")) {
			char marked[64];
			size_t length = strcspn(name, " =");

			snprintf(marked, sizeof(marked), "_%.*s_", (int)length,
				name);
			assert(strstr(text, marked));
			name += strcspn(name, " ");
		}
	}
}
