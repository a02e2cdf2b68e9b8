/* SPDX-License-Identifier: MIT */
#include "fs/option_table.h"

#include "fs/options.h"

#define FIELD(name) .offset = offsetof(struct options, name)

enum { HOUR_MS = 3600 * 1000, DAY_MS = 24 * HOUR_MS };

const char *const option_sections[SECTION_COUNT] = {
	[SECTION_MOUNT] = "Mount",
	[SECTION_SOURCE] = "Source",
	[SECTION_CONTENT] = "Content",
	[SECTION_HAPROXY] = "HAProxy",
	[SECTION_HOOKS] = "Reload hooks",
	[SECTION_GENERAL] = "General",
};

/* clang-format off */
const struct option_row option_table[] = {
	{
		.name = "foreground", .letter = 'f',
		.kind = OPTION_FLAG, .section = SECTION_MOUNT,
		.help = "stay in the foreground and log to stderr",
		FIELD(foreground),
	}, {
		.name = "options", .letter = 'o',
		.kind = OPTION_MOUNT_LIST, .section = SECTION_MOUNT,
		.flags = OPTION_NO_ENVIRONMENT | OPTION_NO_FILE,
		.argument = "LIST",
		.help = "mount options by commas, as in fstab: allow_other, "
			"nosuid, ..., and any option of this page as NAME=VALUE",
	}, {
		.name = "private",
		.kind = OPTION_FLAG, .section = SECTION_MOUNT,
		.help = "as root: show the files to root alone",
		FIELD(private_mount),
	}, {
		.name = "uid",
		.kind = OPTION_UNSIGNED, .section = SECTION_MOUNT,
		.argument = "NUMBER", .max = UINT32_MAX - 1,
		.help = "owner of all files (default: who runs mmsdfs)",
		FIELD(uid),
	}, {
		.name = "gid",
		.kind = OPTION_UNSIGNED, .section = SECTION_MOUNT,
		.argument = "NUMBER", .max = UINT32_MAX - 1,
		.help = "group of all files (default: of who runs mmsdfs)",
		FIELD(gid),
	}, {
		.name = "umask",
		.kind = OPTION_OCTAL, .section = SECTION_MOUNT,
		.argument = "OCTAL", .default_text = "022", .max = 0777,
		.help = "permissions that files and directories do not have",
		FIELD(umask),
	}, {
		.name = "upstream-confd",
		.kind = OPTION_PATH, .section = SECTION_MOUNT,
		.argument = "PATH", .environment = "UPSTREAM_CONFD",
		.help = "show the services directory at PATH, too, or without "
			"a MOUNTPOINT only there",
		FIELD(upstream_confd),
	}, {
		.name = "wait",
		.kind = OPTION_DURATION, .section = SECTION_MOUNT,
		.argument = "TIME", .default_text = "60s", .max = DAY_MS,
		.help = "how long the first answer of the sources may take; 0 "
			"is for ever",
		FIELD(wait_ms),
	}, {
		.name = "notify",
		.kind = OPTION_ENUM, .section = SECTION_MOUNT,
		.argument = "modify|rename", .default_text = "modify",
		.words = "modify rename off",
		.help = "the inotify event of a change; rename is for programs "
			"that wait for MOVED_TO",
		FIELD(notify),
	}, {
		.name = "notify-aliases",
		.kind = OPTION_FLAG, .section = SECTION_MOUNT,
		.flags = OPTION_HIDDEN, .default_text = "on",
		.help = "tell the watchers of old versions",
		FIELD(notify_aliases),
	}, {
		.name = "marathon", .letter = 'm',
		.kind = OPTION_SOURCES, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "[NAME=]URL[,URL]", .words = "marathon",
		.environment = "MARATHON_URL PROXYM_MARATHON_SERVERS "
			"MARATHON_ENDPOINT",
		.help = "the Marathons of one cluster: http://HOST:PORT or "
			"https://HOST:PORT; or file:PATH; again, with a NAME, "
			"for each further cluster",
		FIELD(marathon),
	}, {
		.name = "marathon-host",
		.kind = OPTION_STRING, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "HOST", .environment = "MARATHON_HOST",
		.help = "one Marathon by its name or address, without a URL",
		FIELD(marathon_host),
	}, {
		.name = "marathon-port",
		.kind = OPTION_PORT, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "PORT", .default_text = "8080",
		.environment = "MARATHON_PORT", .min = 1, .max = UINT16_MAX,
		.help = "its port, with --marathon-host",
		FIELD(marathon_port),
	}, {
		.name = "marathon-ca",
		.kind = OPTION_NAMED_PATH, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "[NAME=]FILE",
		.help = "the authorities to believe, in PEM, instead of the "
			"system's",
		FIELD(marathon_identity.ca),
	}, {
		.name = "marathon-insecure",
		.kind = OPTION_FLAG, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.help = "do not verify certificates",
		FIELD(marathon_insecure),
	}, {
		.name = "marathon-cert",
		.kind = OPTION_NAMED_PATH, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "[NAME=]FILE",
		.help = "our certificate, in PEM, for servers that want one",
		FIELD(marathon_identity.cert),
	}, {
		.name = "marathon-key",
		.kind = OPTION_NAMED_PATH, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "[NAME=]FILE",
		.help = "its private key (default: in the same file)",
		FIELD(marathon_identity.key),
	}, {
		.name = "marathon-key-pass-file",
		.kind = OPTION_NAMED_PATH, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "[NAME=]FILE",
		.help = "holds the passphrase of that key",
		FIELD(marathon_identity.key_pass_file),
	}, {
		.name = "marathon-user-file",
		.kind = OPTION_NAMED_PATH, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "[NAME=]FILE",
		.help = "holds USER:PASSWORD",
		FIELD(marathon_identity.user_file),
	}, {
		.name = "marathon-token-file",
		.kind = OPTION_NAMED_PATH, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "[NAME=]FILE",
		.help = "holds an authentication token",
		FIELD(marathon_identity.token_file),
	}, {
		.name = "marathon-dcos-account",
		.kind = OPTION_NAMED_PATH, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE | OPTION_INLINE,
		.argument = "[NAME=]FILE",
		.environment = "DCOS_SERVICE_ACCOUNT_CREDENTIAL",
		.help = "holds a DC/OS service account, as JSON",
		FIELD(marathon_identity.dcos_account),
	}, {
		.name = "services-dir",
		.kind = OPTION_NAMED_PATH, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "[NAME=]DIR", .words = "files",
		.environment = "PROXYM_FILE_CONFIGS_PATH",
		.help = "services in the *.json files of DIR, in the form of "
			"proxym; again, with a NAME, for each further DIR",
		FIELD(services_dir),
	}, {
		.name = "mesos-masters",
		.kind = OPTION_MASTERS, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "[NAME=]URL[,URL]", .words = "mesos",
		.environment = "PROXYM_MESOS_MASTER_MASTERS",
		.help = "the masters of one Mesos cluster, by URL or "
			"HOST:PORT; again, with a NAME, for each further",
		FIELD(mesos_masters),
	}, {
		.name = "mesos-master-domain",
		.kind = OPTION_STRING, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "DOMAIN",
		.environment = "PROXYM_MESOS_MASTER_DOMAIN",
		.help = "virtual host of the leading master",
		FIELD(mesos_master_domain),
	}, {
		.name = "mesos-poll-interval",
		.kind = OPTION_DURATION, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "TIME", .min = 100, .max = DAY_MS,
		.environment = "PROXYM_MESOS_MASTER_POLL_INTERVAL "
			"PROXYM_MESOS_MASTER_POLLINTERVAL",
		.help = "between two questions to the masters (default: as "
			"--poll-interval)",
		FIELD(mesos_poll_interval_ms),
	}, {
		.name = "mesos-state",
		.kind = OPTION_ENUM, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "auto|on|off", .default_text = "auto",
		.words = "auto on off",
		.help = "show the tasks that the masters know, too; auto: "
			"where there is no --marathon",
		FIELD(mesos_state),
	}, {
		.name = "mesos-frameworks",
		.kind = OPTION_STRING, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "GLOB[,GLOB]",
		.help = "only tasks of these frameworks (default: all, but "
			"beside --marathon those that marathon* does not "
			"match)",
		FIELD(mesos_frameworks),
	}, {
		.name = "mesos-ca",
		.kind = OPTION_NAMED_PATH, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "[NAME=]FILE",
		.help = "the authorities to believe of masters, in PEM",
		FIELD(mesos_identity.ca),
	}, {
		.name = "mesos-cert",
		.kind = OPTION_NAMED_PATH, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "[NAME=]FILE",
		.help = "our certificate, in PEM, for masters that want one",
		FIELD(mesos_identity.cert),
	}, {
		.name = "mesos-key",
		.kind = OPTION_NAMED_PATH, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "[NAME=]FILE",
		.help = "its private key (default: in the same file)",
		FIELD(mesos_identity.key),
	}, {
		.name = "mesos-key-pass-file",
		.kind = OPTION_NAMED_PATH, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "[NAME=]FILE",
		.help = "holds the passphrase of that key",
		FIELD(mesos_identity.key_pass_file),
	}, {
		.name = "mesos-user-file",
		.kind = OPTION_NAMED_PATH, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "[NAME=]FILE",
		.help = "holds USER:PASSWORD for the masters",
		FIELD(mesos_identity.user_file),
	}, {
		.name = "mesos-token-file",
		.kind = OPTION_NAMED_PATH, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "[NAME=]FILE",
		.help = "holds an authentication token for the masters",
		FIELD(mesos_identity.token_file),
	}, {
		.name = "mesos-dcos-account",
		.kind = OPTION_NAMED_PATH, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE | OPTION_INLINE,
		.argument = "[NAME=]FILE",
		.help = "holds a DC/OS service account for the masters, as "
			"JSON",
		FIELD(mesos_identity.dcos_account),
	}, {
		.name = "registrator", .letter = 'r',
		.kind = OPTION_ETCDS, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "[NAME=]URL", .words = "registrator",
		.environment = "REGISTRATOR_URL",
		.help = "the etcd that registrator writes to: "
			"etcd://HOST:PORT[,HOST:PORT]/PATH for its v2 API, "
			"etcd3:// for v3, etcds:// and etcd3s:// over TLS",
		FIELD(registrator),
	}, {
		.name = "registrator-ca",
		.kind = OPTION_NAMED_PATH, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "[NAME=]FILE",
		.help = "the authorities to believe, in PEM, instead of the "
			"system's",
		FIELD(registrator_identity.ca),
	}, {
		.name = "registrator-cert",
		.kind = OPTION_NAMED_PATH, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "[NAME=]FILE",
		.help = "our certificate, in PEM, for members that want one",
		FIELD(registrator_identity.cert),
	}, {
		.name = "registrator-key",
		.kind = OPTION_NAMED_PATH, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "[NAME=]FILE",
		.help = "its private key (default: in the same file)",
		FIELD(registrator_identity.key),
	}, {
		.name = "registrator-key-pass-file",
		.kind = OPTION_NAMED_PATH, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "[NAME=]FILE",
		.help = "holds the passphrase of that key",
		FIELD(registrator_identity.key_pass_file),
	}, {
		.name = "registrator-user-file",
		.kind = OPTION_NAMED_PATH, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "[NAME=]FILE",
		.help = "holds USER:PASSWORD of etcd",
		FIELD(registrator_identity.user_file),
	}, {
		.name = "refresh-interval", .letter = 'i',
		.kind = OPTION_DURATION, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "TIME", .default_text = "60s",
		.environment = "REFRESH_INTERVAL", .min = 100, .max = DAY_MS,
		.help = "between full reads, beside the stream of events",
		FIELD(refresh_interval_ms),
	}, {
		.name = "poll-interval",
		.kind = OPTION_DURATION, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "TIME", .default_text = "10s",
		.min = 100, .max = DAY_MS,
		.help = "between full reads, where there is no stream",
		FIELD(poll_interval_ms),
	}, {
		.name = "marathon-callback", .letter = 'c',
		.kind = OPTION_NAMED_STRING, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "[NAME=]URL", .words = "marathon",
		.environment = "MARATHON_CALLBACK_URL",
		.help = "where a Marathon without a stream (0.8) may POST its "
			"events: http://HOST:PORT/PATH, which is us",
		FIELD(callback),
	}, {
		.name = "marathon-callback-host",
		.kind = OPTION_STRING, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "HOST",
		.environment = "PROXYM_MARATHON_CALLBACK_HOST "
			"PROXYM_MARATHON_HTTP_HOST",
		.help = "the same without a URL: our name or address",
		FIELD(callback_host),
	}, {
		.name = "marathon-callback-port",
		.kind = OPTION_PORT, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "PORT",
		.environment = "PROXYM_MARATHON_CALLBACK_PORT "
			"PROXYM_MARATHON_HTTP_PORT",
		.min = 1, .max = UINT16_MAX,
		.help = "its port, with --marathon-callback-host",
		FIELD(callback_port),
	}, {
		.name = "marathon-callback-endpoint",
		.kind = OPTION_STRING, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "PATH", .default_text = "/callback",
		.environment = "PROXYM_MARATHON_CALLBACK_ENDPOINT "
			"PROXYM_MARATHON_ENDPOINT",
		.help = "its path, likewise",
		FIELD(callback_endpoint),
	}, {
		.name = "callback-bind",
		.kind = OPTION_NAMED_STRING, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "[NAME=]ADDRESS:PORT", .words = "marathon",
		.help = "where to listen for that, if not at the URL's own "
			"address and port",
		FIELD(callback_bind),
	}, {
		.name = "callback-allow",
		.kind = OPTION_STRING, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "ADDRESS[/BITS],...",
		.help = "who may POST there (default: the addresses at which "
			"Marathon answers)",
		FIELD(callback_allow),
	}, {
		.name = "partial-start",
		.kind = OPTION_DURATION, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "TIME", .default_text = "10s", .max = DAY_MS,
		.help = "of several sources, at the start: how long one that "
			"does not answer is waited for before the others are "
			"shown without it",
		FIELD(partial_start_ms),
	}, {
		.name = "state-dir",
		.kind = OPTION_PATH, .section = SECTION_SOURCE,
		.argument = "DIR",
		.help = "keep the last good answer there, for a start while "
			"no source answers",
		FIELD(state_dir),
	}, {
		.name = "health",
		.kind = OPTION_ENUM, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "known|any|all|ignore", .default_text = "known",
		.words = "known any all ignore",
		.help = "which results of its health checks an instance needs",
		FIELD(health),
	}, {
		.name = "unreachable",
		.kind = OPTION_ENUM, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "keep|drop", .default_text = "keep",
		.words = "keep drop",
		.help = "instances that Marathon has lost sight of",
		FIELD(unreachable),
	}, {
		.name = "shrink-guard",
		.kind = OPTION_UNSIGNED, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "PERCENT|off", .default_text = "50",
		.words = "off", .max = 100,
		.help = "hold back what would remove more than this share of "
			"the instances at once",
		FIELD(shrink_guard_percent),
	}, {
		.name = "shrink-hold",
		.kind = OPTION_DURATION, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "TIME", .default_text = "60s", .max = DAY_MS,
		.help = "how long such a removal must be repeated",
		FIELD(shrink_hold_ms),
	}, {
		.name = "settle",
		.kind = OPTION_DURATION, .section = SECTION_SOURCE,
		.flags = OPTION_LIVE,
		.argument = "TIME", .default_text = "0", .max = HOUR_MS,
		.help = "gather additions so long; removals never wait",
		FIELD(settle_ms),
	}, {
		.name = "groups",
		.kind = OPTION_STRING, .section = SECTION_CONTENT,
		.flags = OPTION_LIVE,
		.argument = "LIST", .default_text = "*",
		.environment = "FILTER_GROUPS",
		.help = "show only apps of these groups, by commas: a GLOB, "
			"id:GLOB or label:GLOB",
		FIELD(groups),
	}, {
		.name = "groups-by",
		.kind = OPTION_ENUM, .section = SECTION_CONTENT,
		.flags = OPTION_LIVE,
		.argument = "id|label|any", .default_text = "any",
		.words = "any id label",
		.help = "what a plain GLOB in --groups is held against",
		FIELD(groups_by),
	}, {
		.name = "resolve-hosts",
		.kind = OPTION_ENUM, .section = SECTION_CONTENT,
		.flags = OPTION_LIVE,
		.argument = "on|off", .default_text = "on",
		.words = "on off",
		.help = "look up the names of agents, for the servers of "
			"haproxy.cfg",
		FIELD(resolve_hosts),
	}, {
		.name = "instances-format",
		.kind = OPTION_ENUM, .section = SECTION_CONTENT,
		.argument = "plain|headers", .default_text = "plain",
		.words = "plain headers",
		.help = "instances files with the headers of later mmsd",
		FIELD(instances_format),
	}, {
		.name = "instances-names",
		.kind = OPTION_ENUM, .section = SECTION_CONTENT,
		.argument = "mmsdfs|mmsd", .default_text = "mmsdfs",
		.words = "mmsdfs mmsd",
		.help = "names of the files of apps with several ports",
		FIELD(instances_names),
	}, {
		.name = "haproxy-bind",
		.kind = OPTION_STRING, .section = SECTION_HAPROXY,
		.flags = OPTION_LIVE,
		.argument = "ADDRESS", .default_text = "*",
		.environment = "HAPROXY_BIND",
		.help = "where service ports listen",
		FIELD(haproxy_bind),
	}, {
		.name = "haproxy-port",
		.kind = OPTION_PORT, .section = SECTION_HAPROXY,
		.flags = OPTION_LIVE,
		.argument = "PORT", .default_text = "8081",
		.environment = "HAPROXY_PORT", .max = UINT16_MAX,
		.help = "of stats and management, on 127.0.0.1; 0 is none",
		FIELD(haproxy_port),
	}, {
		.name = "haproxy-bin",
		.kind = OPTION_PROGRAM, .section = SECTION_HAPROXY,
		.argument = "PATH", .default_text = "haproxy",
		.environment = "HAPROXY_BIN PROXYM_HAPROXY_BINARY_PATH",
		.help = "the program; without a slash it is found in $PATH or "
			"/usr/sbin",
		FIELD(haproxy_bin),
	}, {
		.name = "haproxy-pidfile",
		.kind = OPTION_PATH, .section = SECTION_HAPROXY,
		.argument = "PATH",
		.environment = "HAPROXY_PIDFILE PROXYM_HAPROXY_PID_PATH",
		.help = "where HAProxy keeps its process id (default: "
			"mmsdfs/haproxy.pid in /run or $XDG_RUNTIME_DIR)",
		FIELD(haproxy_pidfile),
	}, {
		.name = "gateway",
		.kind = OPTION_ENUM, .section = SECTION_HAPROXY,
		.flags = OPTION_LIVE,
		.argument = "auto|on|off", .default_text = "auto",
		.environment = "ENABLE_GATEWAY", .words = "auto on off",
		.help = "listeners for virtual hosts; auto: when an app has one",
		FIELD(gateway),
	}, {
		.name = "gateway-http-port",
		.kind = OPTION_PORT, .section = SECTION_HAPROXY,
		.flags = OPTION_LIVE,
		.argument = "PORT", .default_text = "80",
		.environment = "GATEWAY_HTTP_PORT",
		.min = 1, .max = UINT16_MAX,
		.help = "their port for HTTP",
		FIELD(gateway_http_port),
	}, {
		.name = "gateway-https-port",
		.kind = OPTION_PORT, .section = SECTION_HAPROXY,
		.flags = OPTION_LIVE,
		.argument = "PORT", .default_text = "443",
		.environment = "GATEWAY_HTTPS_PORT",
		.min = 1, .max = UINT16_MAX,
		.help = "their port for HTTPS",
		FIELD(gateway_https_port),
	}, {
		.name = "gateway-bind",
		.kind = OPTION_STRING, .section = SECTION_HAPROXY,
		.flags = OPTION_LIVE,
		.argument = "ADDRESS",
		.help = "where they listen (default: as --haproxy-bind)",
		FIELD(gateway_bind),
	}, {
		.name = "haproxy-ssl-certs",
		.kind = OPTION_STRING, .section = SECTION_HAPROXY,
		.flags = OPTION_LIVE,
		.argument = "FILE[,FILE]",
		.help = "end TLS for virtual hosts, with these certificates",
		FIELD(haproxy_ssl_certs),
	}, {
		.name = "group-https-by-vhost",
		.kind = OPTION_FLAG, .section = SECTION_HAPROXY,
		.flags = OPTION_LIVE,
		.help = "a TLS listener for each virtual host, behind a router "
			"by SNI",
		FIELD(group_https),
	}, {
		.name = "haproxy-map",
		.kind = OPTION_FLAG, .section = SECTION_HAPROXY,
		.help = "virtual hosts in haproxy/domain2backend.map, quicker "
			"when there are many",
		FIELD(haproxy_map),
	}, {
		.name = "haproxy-map-dir",
		.kind = OPTION_PATH, .section = SECTION_HAPROXY,
		.flags = OPTION_LIVE,
		.argument = "DIR",
		.help = "where HAProxy finds these maps (default: "
			"MOUNTPOINT/haproxy)",
		FIELD(haproxy_map_dir),
	}, {
		.name = "haproxy-appid-port",
		.kind = OPTION_PORT, .section = SECTION_HAPROXY,
		.flags = OPTION_LIVE,
		.argument = "PORT", .default_text = "0", .max = UINT16_MAX,
		.help = "of a listener that tells apps by the header "
			"X-Marathon-App-Id; 0 is none",
		FIELD(haproxy_appid_port),
	}, {
		.name = "strict-mode",
		.kind = OPTION_FLAG, .section = SECTION_HAPROXY,
		.flags = OPTION_LIVE,
		.help = "serve only ports with HAPROXY_n_ENABLED=true",
		FIELD(strict_mode),
	}, {
		.name = "expose-host", .letter = 'e',
		.kind = OPTION_FLAG, .section = SECTION_HAPROXY,
		.flags = OPTION_LIVE,
		.default_text = "on", .environment = "EXPOSE_HOST",
		.help = "serve also what runs at its service port on the host "
			"itself, where HAProxy on that host could not listen",
		FIELD(expose_host),
	}, {
		.name = "haproxy-templates",
		.kind = OPTION_PATH, .section = SECTION_HAPROXY,
		.flags = OPTION_LIVE,
		.argument = "DIR",
		.help = "texts of your own, in files named as in marathon-lb: "
			"HAPROXY_HEAD, HAPROXY_BACKEND_HEAD, ...",
		FIELD(haproxy_templates),
	}, {
		.name = "haproxy-settings",
		.kind = OPTION_PATH, .section = SECTION_HAPROXY,
		.flags = OPTION_LIVE,
		.argument = "DIR",
		.environment = "PROXYM_HAPROXY_SETTINGS_PATH",
		.help = "more for single services, in files ID_PORT.yml as of "
			"proxym",
		FIELD(haproxy_settings),
	}, {
		.name = "haproxy-default-options",
		.kind = OPTION_STRING, .section = SECTION_HAPROXY,
		.flags = OPTION_LIVE,
		.argument = "LIST",
		.default_text = "dontlognull,redispatch",
		.environment = "HAPROXY_GLOBAL_DEFAULT_OPTIONS",
		.help = "options of all proxies, by commas",
		FIELD(haproxy_default_options),
	}, {
		.name = "haproxy-cfgtail",
		.kind = OPTION_PATH, .section = SECTION_HAPROXY,
		.flags = OPTION_LIVE,
		.argument = "FILE", .environment = "HAPROXY_CFGTAIL",
		.help = "put its content at the end of haproxy.cfg",
		FIELD(haproxy_tail),
	}, {
		.name = "haproxy-socket",
		.kind = OPTION_PATH, .section = SECTION_HAPROXY,
		.argument = "PATH",
		.help = "where HAProxy listens for commands, and hands over its "
			"listeners at a reload (stats socket)",
		FIELD(haproxy_socket),
	}, {
		.name = "haproxy-check",
		.kind = OPTION_ENUM, .section = SECTION_HAPROXY,
		.flags = OPTION_LIVE,
		.argument = "auto|on|off", .default_text = "auto",
		.words = "auto on off",
		.help = "have haproxy -c accept what is shown; auto: not where "
			"only servers change",
		FIELD(haproxy_check),
	}, {
		.name = "haproxy-check-timeout",
		.kind = OPTION_DURATION, .section = SECTION_HAPROXY,
		.flags = OPTION_LIVE,
		.argument = "TIME", .default_text = "30s",
		.min = 100, .max = HOUR_MS,
		.help = "how long such a check may take",
		FIELD(haproxy_check_timeout_ms),
	}, {
		.name = "haproxy-runtime",
		.kind = OPTION_ENUM, .section = SECTION_HAPROXY,
		.argument = "auto|off", .default_text = "auto",
		.words = "auto off",
		.help = "with --haproxy-socket: tell a running HAProxy of "
			"changes of servers, and reload only for others",
		FIELD(haproxy_runtime),
	}, {
		.name = "drain-timeout",
		.kind = OPTION_DURATION, .section = SECTION_HAPROXY,
		.argument = "TIME", .default_text = "0", .max = DAY_MS,
		.help = "how long connections to what has gone may last; 0 is "
			"for ever",
		FIELD(drain_timeout_ms),
	}, {
		.name = "max-connections",
		.kind = OPTION_UNSIGNED, .section = SECTION_HAPROXY,
		.flags = OPTION_LIVE,
		.argument = "NUMBER", .default_text = "0", .max = 100000000,
		.environment = "MAX_CONNECTIONS",
		.help = "maxconn of HAProxy; 0: what its limits allow",
		FIELD(max_connections),
	}, {
		.name = "group-size",
		.kind = OPTION_UNSIGNED, .section = SECTION_HAPROXY,
		.flags = OPTION_LIVE,
		.argument = "NUMBER", .default_text = "1",
		.min = 1, .max = 100000, .environment = "GROUP_SIZE",
		.help = "proxies that share the connections of a server",
		FIELD(group_size),
	}, {
		.name = "min-serv-port-ip-per-task",
		.kind = OPTION_PORT, .section = SECTION_HAPROXY,
		.flags = OPTION_LIVE,
		.argument = "PORT", .default_text = "0", .max = UINT16_MAX,
		.help = "first service port for apps with addresses of their "
			"own and none; 0: they have none",
		FIELD(ip_port_min),
	}, {
		.name = "max-serv-port-ip-per-task",
		.kind = OPTION_PORT, .section = SECTION_HAPROXY,
		.flags = OPTION_LIVE,
		.argument = "PORT", .default_text = "0", .max = UINT16_MAX,
		.help = "the last of them",
		FIELD(ip_port_max),
	}, {
		.name = "on-change",
		.kind = OPTION_LIST, .section = SECTION_HOOKS,
		.argument = "VIEW=CMD",
		.help = "run CMD when VIEW has changed: haproxy.cfg, "
			"status.json, metrics.prom, or services for any file "
			"in there; can be given again",
		FIELD(on_change),
	}, {
		.name = "haproxy-reload",
		.kind = OPTION_STRING, .section = SECTION_HOOKS,
		.argument = "CMD",
		/* What these two hold is for a shell. */
		.environment = "HAPROXY_RELOAD HAPROXY_RELOAD_CMD=sh: "
			"PROXYM_PROXY_RELOAD_COMMAND=sh:",
		.help = "run CMD when HAProxy has to be reloaded",
		FIELD(haproxy_reload),
	}, {
		.name = "haproxy-start",
		.kind = OPTION_STRING, .section = SECTION_HOOKS,
		.argument = "CMD", .environment = "HAPROXY_START",
		.help = "the first time, run CMD instead of --haproxy-reload",
		FIELD(haproxy_start),
	}, {
		.name = "haproxy",
		.kind = OPTION_FLAG, .section = SECTION_HOOKS,
		.environment = "PROXYM_HAPROXY_ENABLED",
		.help = "start HAProxy on haproxy.cfg, reload it at each "
			"change, and keep it running",
		FIELD(haproxy),
	}, {
		.name = "haproxy-mode",
		.kind = OPTION_ENUM, .section = SECTION_HOOKS,
		.argument = "daemon|master-worker", .default_text = "daemon",
		.words = "daemon master-worker",
		.help = "with --haproxy: a new process takes over, or a "
			"master reloads",
		FIELD(haproxy_mode),
	}, {
		.name = "haproxy-before-cmd",
		.kind = OPTION_STRING, .section = SECTION_HOOKS,
		.argument = "CMD",
		.help = "with --haproxy: run 'CMD before' ahead of each start "
			"or reload",
		FIELD(haproxy_before_cmd),
	}, {
		.name = "haproxy-after-cmd",
		.kind = OPTION_STRING, .section = SECTION_HOOKS,
		.argument = "CMD",
		.help = "with --haproxy: run 'CMD after' behind it",
		FIELD(haproxy_after_cmd),
	}, {
		.name = "hook-timeout",
		.kind = OPTION_DURATION, .section = SECTION_HOOKS,
		.argument = "TIME", .default_text = "30s",
		.min = 100, .max = HOUR_MS,
		.help = "a run that takes longer is ended",
		FIELD(hook_timeout_ms),
	}, {
		.name = "reload-interval",
		.kind = OPTION_DURATION, .section = SECTION_HOOKS,
		.argument = "TIME", .default_text = "1s", .max = HOUR_MS,
		.help = "the least time between two runs of a command",
		FIELD(reload_interval_ms),
	}, {
		.name = "if-changed",
		.kind = OPTION_PATH, .section = SECTION_GENERAL,
		.flags = OPTION_NO_ENVIRONMENT | OPTION_NO_FILE,
		.argument = "FILE",
		.help = "render: write to FILE, if it holds anything else; the "
			"exit status then is 10",
		FIELD(if_changed),
	}, {
		.name = "partial",
		.kind = OPTION_FLAG, .section = SECTION_GENERAL,
		.flags = OPTION_NO_ENVIRONMENT | OPTION_NO_FILE,
		.help = "render: do without the sources that do not answer",
		FIELD(partial),
	}, {
		.name = "json",
		.kind = OPTION_FLAG, .section = SECTION_GENERAL,
		.flags = OPTION_NO_ENVIRONMENT | OPTION_NO_FILE,
		.help = "explain: answer in JSON",
		FIELD(json),
	}, {
		.name = "config",
		.kind = OPTION_PATH, .section = SECTION_GENERAL,
		.flags = OPTION_NO_FILE, .argument = "FILE",
		.help = "read 'option = value' lines from FILE",
		FIELD(config),
	}, {
		.name = "log-level",
		.kind = OPTION_ENUM, .section = SECTION_GENERAL,
		.argument = "debug|info|warn|error", .default_text = "info",
		.environment = "PROXYM_LOG_APPLOG_LEVEL",
		.words = "debug info|notice warn|warning "
			"error|critical|fatal",
		.help = "the least that is worth a line",
		FIELD(log_level),
	}, {
		.name = "log",
		.kind = OPTION_ENUM, .section = SECTION_GENERAL,
		.argument = "stderr|syslog", .words = "stderr syslog",
		.help = "where to (default: stderr in the foreground, else "
			"syslog)",
		FIELD(log_target),
	}, {
		.name = "print-options",
		.kind = OPTION_FLAG, .section = SECTION_GENERAL,
		.flags = OPTION_NO_ENVIRONMENT | OPTION_NO_FILE,
		.help = "show what was said, by whatever names, as lines for "
			"--config, and exit",
		FIELD(print_options),
	}, {
		.name = "help", .letter = 'h',
		.kind = OPTION_ACTION, .section = SECTION_GENERAL,
		.flags = OPTION_NO_ENVIRONMENT | OPTION_NO_FILE,
		.help = "show this and exit",
	}, {
		.name = "version", .letter = 'V',
		.kind = OPTION_ACTION, .section = SECTION_GENERAL,
		.flags = OPTION_NO_ENVIRONMENT | OPTION_NO_FILE,
		.help = "show the version and exit",
	},

	/*
	 * What a predecessor had and we will have: said, never ignored. What we
	 * will not have is in fs/option_foreign.c.
	 */
	{
		.name = "vhost-domain",
		.flags = OPTION_LATER, .environment = "VHOST_DOMAIN",
	}, {
		.name = "vhost-port",
		.flags = OPTION_LATER, .environment = "VHOST_PORT",
	}, {
		.name = "proxy-protocol",
		.flags = OPTION_LATER, .environment = "PROXY_PROTOCOL",
	}, {
		.name = "status-endpoint",
		.flags = OPTION_LATER, .environment = "STATUS_ENDPOINT",
	}, {
		.name = "pen-servers",
		.flags = OPTION_LATER, .environment = "PEN_SERVERS",
	}, {
		.name = "pen-clients",
		.flags = OPTION_LATER, .environment = "PEN_CLIENTS",
	},
	{.name = "api-port", .flags = OPTION_LATER},
	{.name = "enable-dns", .flags = OPTION_LATER},
	{.name = "dns-port", .flags = OPTION_LATER},
	{.name = "dns-basename", .flags = OPTION_LATER},
	{.name = "dns-ttl", .flags = OPTION_LATER},
	{.name = "dns-push-srv", .flags = OPTION_LATER},
	{.name = "enable-udp", .flags = OPTION_LATER},
};

const struct option_alias option_aliases[] = {
	{"filter-groups", '\0', "groups", NULL, NULL},
	/* marathon-lb's groups are never ids: what is inside must stay so. */
	{"group", '\0', "groups", NULL, "label:"},
	{"marathon-ca-cert", '\0', "marathon-ca", NULL, NULL},
	{"marathon-auth-credential-file", '\0', "marathon-user-file", NULL,
		NULL},
	{"dcos-auth-credentials", '\0', "marathon-dcos-account", NULL, NULL},
	{"marathon-ip", '\0', "marathon-host", NULL, NULL},
	{"bind-ip", '\0', "haproxy-bind", NULL, NULL},
	{"enable-gateway", '\0', "gateway", "on", NULL},
	{"gateway-port-http", '\0', "gateway-http-port", NULL, NULL},
	{"gateway-port-https", '\0', "gateway-https-port", NULL, NULL},
	{"health-check", 'H', "health", "any", NULL},
	{"command", '\0', "haproxy-reload", NULL, NULL},
	{"haproxy-reload-interval", '\0', "reload-interval", NULL, NULL},
	{"haproxy-tail", '\0', "haproxy-cfgtail", NULL, NULL},
	{"ssl-certs", '\0', "haproxy-ssl-certs", NULL, NULL},
	{"dont-bind-http-https", '\0', "gateway", "off", NULL},
	{"skip-validation", '\0', "haproxy-check", "off", NULL},
	{"listening", 'l', "marathon-callback", NULL, NULL},
	{"verbose", 'v', "log-level", "debug", NULL},
	{"longhelp", '\0', "help", NULL, NULL},
};
/* clang-format on */

const size_t option_count = sizeof(option_table) / sizeof(option_table[0]);
const size_t option_alias_count =
	sizeof(option_aliases) / sizeof(option_aliases[0]);

bool option_is_list(const struct option_row *row)
{
	return row->kind == OPTION_LIST || row->kind == OPTION_SOURCES
		|| row->kind == OPTION_MASTERS || row->kind == OPTION_ETCDS
		|| row->kind == OPTION_NAMED_PATH
		|| row->kind == OPTION_NAMED_STRING;
}
