/* SPDX-License-Identifier: MIT */
#include "fs/option_foreign.h"

#include <stdbool.h>
#include <string.h>

/* What is said of several. */
#define ELSEWHERE \
	"it is MOUNTPOINT/haproxy.cfg; 'mmsdfs render haproxy.cfg " \
	"--if-changed=FILE' writes a FILE"
#define TEMPLATE \
	"it cannot be run here: texts by the names of marathon-lb go into " \
	"--haproxy-templates=DIR"
#define SECRET \
	"put USER:PASSWORD into a file of your own: --marathon-user-file=FILE"
#define CHECKED "haproxy -c judges each version: see --haproxy-check"
#define REDIS "no redis is written: have --on-change=services=CMD do it"
#define ANNOTATIONS "use labels, or --haproxy-settings=DIR"
#define STATSD "use metrics.prom and status.json"
#define RULES "use labels, such as HAPROXY_0_VHOST and HAPROXY_0_PATH"
#define FORMAT "leave it out: lines have one form; see --log"
#define BACK_OFF "leave it out: what is lost is tried again, ever more slowly"
#define SYSCTLS "set them where the container is started"
#define DNS "DNS is not built yet in this version"

/* clang-format off */
const struct option_foreign option_foreigns[] = {
	{"mmsd", "haproxy-cfg", '\0', "HAPROXY_CFG", 0, ELSEWHERE},
	{"mmsd", "disable-upstream", '\0', "DISABLE_UPSTREAM", FOREIGN_FALSE,
		"leave it out: services/ harms nobody who does not read it"},
	{"mmsd", "managed-ip", '\0', "MANAGED_IP", 0,
		"no firewall is changed: add such a rule yourself"},
	{"mmsd", "reconnect-delay", '\0', NULL, 0, BACK_OFF},
	{"mmsd", "run-state-dir", '\0', NULL, 0,
		"use --upstream-confd, --haproxy-pidfile and --haproxy-socket; "
		"all else is in MOUNTPOINT"},
	{"mmsd", "haproxy-syslog-facility", '\0', NULL, 0,
		"use a HAPROXY_HEAD with your log line: see "
		"--haproxy-templates"},
	{"mmsd", "haproxy-enable-reuse-socket", '\0', NULL, FOREIGN_FALSE,
		"use --haproxy-socket=PATH: listeners are handed over there"},
	{"mmsd", "enable-files", '\0', NULL, FOREIGN_TRUE,
		"leave it out: services/ harms nobody who does not read it"},
	{"mmsd", "enable-tcp", '\0', NULL, FOREIGN_TRUE,
		"leave it out: no HAProxy is started without --haproxy"},
	{"mmsd", "enable-health-checks", '\0', NULL, FOREIGN_TRUE,
		"use the label disable-haproxy-health-check=true"},
	{"mmsd", "enable-eventlogger", '\0', NULL, FOREIGN_FALSE,
		"events are counted in status.json and metrics.prom"},

	{"proxymatic", "pen-user", '\0', "PEN_USER", 0,
		"no pen is started: say it where you start pen"},
	{"proxymatic", "pen-template", '\0', "PEN_TEMPLATE", 0,
		"leave it out: files for pen have one form"},
	{"proxymatic", "haproxy-template", '\0', "HAPROXY_TEMPLATE",
		FOREIGN_STOPS, TEMPLATE},
	{"proxymatic, servicerouter.py and marathon-lb", "haproxy-config", '\0',
		"HAPROXY_CONFIG", 0, ELSEWHERE},

	{"proxym", NULL, '\0', "PROXYM_HAPROXY_CONFIG_FILE_PATH", 0, ELSEWHERE},
	{"proxym", NULL, '\0', "PROXYM_HAPROXY_TEMPLATE_FILE_PATH",
		FOREIGN_STOPS, TEMPLATE},
	{"proxym", NULL, '\0', "PROXYM_PROXY_CONFIG_FILE_PATH", 0, ELSEWHERE},
	{"proxym", NULL, '\0', "PROXYM_PROXY_TEMPLATE_PATH", FOREIGN_STOPS,
		TEMPLATE},
	{"proxym", NULL, '\0', "PROXYM_PROXY_CHECK_COMMAND", 0, CHECKED},
	{"proxym", NULL, '\0', "PROXYM_PROXY_ENABLED", FOREIGN_TRUE,
		"leave out what reloads the proxy instead"},
	{"proxym", NULL, '\0', "PROXYM_MARATHON_ENABLED",
		FOREIGN_TRUE | FOREIGN_STOPS,
		"leave out PROXYM_MARATHON_SERVERS instead"},
	{"proxym", NULL, '\0', "PROXYM_FILE_ENABLED",
		FOREIGN_TRUE | FOREIGN_STOPS,
		"leave out PROXYM_FILE_CONFIGS_PATH instead"},
	{"proxym", NULL, '\0', "PROXYM_MESOS_MASTER_ENABLED",
		FOREIGN_TRUE | FOREIGN_STOPS,
		"leave out PROXYM_MESOS_MASTER_MASTERS instead"},
	{"proxym", NULL, '\0', "PROXYM_LISTEN_ADDRESS", 0,
		"use --marathon-callback=URL and --callback-bind=ADDRESS:PORT"},
	{"proxym", NULL, '\0', "PROXYM_SIGNAL_ENABLED", FOREIGN_TRUE,
		"SIGUSR1 always reads the sources again"},
	{"proxym", NULL, '\0', "PROXYM_HTTPAPI_ENABLED", FOREIGN_FALSE,
		ANNOTATIONS},
	{"proxym", NULL, '\0', "PROXYM_HTTPAPI_ZOOKEEPER_SERVERS", 0,
		ANNOTATIONS},
	{"proxym", NULL, '\0', "PROXYM_HIPACHE_ENABLED", FOREIGN_FALSE, REDIS},
	{"proxym", NULL, '\0', "PROXYM_HIPACHE_DRIVER", 0, REDIS},
	{"proxym", NULL, '\0', "PROXYM_HIPACHE_REDIS_ADDRESS", 0, REDIS},
	{"proxym", NULL, '\0', "PROXYM_STDOUT_ENABLED", FOREIGN_FALSE,
		"use 'mmsdfs render VIEW', which prints it"},
	{"proxym", NULL, '\0', "PROXYM_LOG_FORMAT", 0, FORMAT},

	{"servicerouter.py and marathon-lb", "syslog-socket", '\0',
		"SYSLOG_SOCKET", 0, "use --log=syslog"},
	{"servicerouter.py and marathon-lb", "log-format", '\0', NULL, 0,
		FORMAT},

	{"marathon-lb", NULL, 'c', NULL, FOREIGN_UNLESS_URL,
		"a command that reloads is --haproxy-reload=CMD; -c URL is "
		"--marathon-callback, as of proxymatic"},
	{"marathon-lb", "sse", 's', NULL, FOREIGN_SAME,
		"leave it out: events are followed wherever there are any"},
	{"marathon-lb", "dry", 'd', NULL, 0, "use 'mmsdfs render haproxy.cfg'"},
	{"marathon-lb", "max-reload-retries", '\0', NULL, 0,
		"leave it out: a reload that fails is tried until it succeeds"},
	{"marathon-lb", "archive-versions", '\0', NULL, 0,
		"have --on-change=haproxy.cfg=CMD copy what you want to keep"},
	{"marathon-lb", "lru-cache-capacity", '\0', NULL, 0,
		"leave it out: nothing is forgotten while Marathon lists it"},
	{"marathon-lb", "skip-config-cleanup", '\0', NULL, FOREIGN_FALSE,
		"leave it out: see --haproxy-check"},
	{"marathon-lb", "max-backoff", '\0', NULL, 0, BACK_OFF},
	{"marathon-lb", "auth-credentials", '\0', NULL, 0,
		"a command line keeps no secret: " SECRET},
	{"marathon-lb and bamboo", NULL, '\0', "MARATHON_USER", 0, SECRET},
	{"marathon-lb and bamboo", NULL, '\0', "MARATHON_PASSWORD", 0, SECRET},
	{"marathon-lb", NULL, '\0', "VAULT_TOKEN", 0, SECRET},
	{"marathon-lb", NULL, '\0', "VAULT_HOST", 0, SECRET},
	{"marathon-lb", NULL, '\0', "VAULT_PORT", 0, SECRET},
	{"marathon-lb", NULL, '\0', "VAULT_PATH", 0, SECRET},
	{"marathon-lb", NULL, '\0', "VAULT_URL", 0, SECRET},
	{"marathon-lb", NULL, '\0', "FRAMEWORK_NAME", 0,
		"the label HAPROXY_0_ENABLED=false keeps an app out"},
	{"marathon-lb", NULL, '\0', "POLL_INTERVAL", 0,
		"use --poll-interval=TIME, where there are no events"},
	{"marathon-lb", NULL, '\0', "HAPROXY_SYSLOGD", 0,
		"run a syslog daemon beside mmsdfs"},
	{"marathon-lb", NULL, '\0', "HAPROXY_SSL_CERT", FOREIGN_NUMBERED,
		"put it into a file: --haproxy-ssl-certs=FILE"},
	{"marathon-lb", NULL, '\0', "HAPROXY_SYSCTL_PARAMS", 0, SYSCTLS},
	{"marathon-lb", NULL, '\0', "HAPROXY_SYSCTL_NONSTRICT", 0, SYSCTLS},
	{"marathon-lb", "sse", '\0', NULL, FOREIGN_COMMAND,
		"leave it out: events are followed wherever there are any"},
	{"marathon-lb", "poll", '\0', NULL, FOREIGN_COMMAND,
		"leave it out, or use 'mmsdfs render haproxy.cfg' from cron"},
	{"marathon-lb", "zdd.py", '\0', NULL, FOREIGN_COMMAND,
		"it is no part of mmsdfs, which honours the labels "
		"HAPROXY_DEPLOYMENT_... that it sets"},
	{"marathon-lb", "bluegreen_deploy.py", '\0', NULL, FOREIGN_COMMAND,
		"it is no part of mmsdfs, which honours the labels "
		"HAPROXY_DEPLOYMENT_... that it sets"},

	{"bamboo and mesos-dns", "config", '\0', NULL, FOREIGN_DASH,
		"JSON is not read: --config=FILE has lines 'option = value'"},
	{"bamboo", "log", '\0', NULL, FOREIGN_DASH,
		"use --log=syslog, or -f and the shell's 2>FILE"},
	{"bamboo", "bind", '\0', NULL, FOREIGN_DASH,
		"there is no web server: " RULES},
	{"bamboo", NULL, '\0', "BAMBOO_ENDPOINT", 0,
		"use --marathon-callback=URL, where there are no events"},
	{"bamboo", NULL, '\0', "BAMBOO_ZK_HOST", 0, RULES},
	{"bamboo", NULL, '\0', "BAMBOO_ZK_PATH", 0, RULES},
	{"bamboo", NULL, '\0', "BAMBOO_DOCKER_AUTO_HOST", FOREIGN_FALSE,
		"use --marathon-callback=URL, where there are no events"},
	{"bamboo", NULL, '\0', "MARATHON_USE_EVENT_STREAM", FOREIGN_TRUE,
		"events are followed wherever there are any"},
	{"bamboo", NULL, '\0', "HAPROXY_TEMPLATE_PATH", FOREIGN_STOPS,
		TEMPLATE},
	{"bamboo", NULL, '\0', "HAPROXY_OUTPUT_PATH", 0, ELSEWHERE},
	{"bamboo", NULL, '\0', "HAPROXY_RELOAD_VALIDATION_CMD", 0, CHECKED},
	{"bamboo", NULL, '\0', "HAPROXY_RELOAD_CLEANUP_CMD", 0,
		"use --haproxy-after-cmd=CMD"},
	{"bamboo", NULL, '\0', "STATSD_ENABLED", FOREIGN_FALSE, STATSD},
	{"bamboo", NULL, '\0', "STATSD_HOST", 0, STATSD},
	{"bamboo", NULL, '\0', "STATSD_PREFIX", 0, STATSD},

	{"bamboo", "Marathon.Endpoint", '\0', NULL, FOREIGN_FILE,
		"use marathon = URL[,URL]"},
	{"bamboo", "Marathon.User", '\0', NULL, FOREIGN_FILE, SECRET},
	{"bamboo", "Marathon.Password", '\0', NULL, FOREIGN_FILE, SECRET},
	{"bamboo", "Marathon.UseEventStream", '\0', NULL,
		FOREIGN_FILE | FOREIGN_TRUE,
		"leave it out: events are followed wherever there are any"},
	{"bamboo", "Bamboo.Endpoint", '\0', NULL, FOREIGN_FILE,
		"use marathon-callback = URL, where there are no events"},
	{"bamboo", "Bamboo.Zookeeper.Host", '\0', NULL, FOREIGN_FILE, RULES},
	{"bamboo", "Bamboo.Zookeeper.Path", '\0', NULL, FOREIGN_FILE, RULES},
	{"bamboo", "Bamboo.Zookeeper.ReportingDelay", '\0', NULL, FOREIGN_FILE,
		RULES},
	{"bamboo", "HAProxy.TemplatePath", '\0', NULL, FOREIGN_FILE, TEMPLATE},
	{"bamboo", "HAProxy.OutputPath", '\0', NULL, FOREIGN_FILE, ELSEWHERE},
	{"bamboo", "HAProxy.ReloadCommand", '\0', NULL, FOREIGN_FILE,
		"use haproxy-reload = sh:CMD"},
	{"bamboo", "HAProxy.ReloadValidationCommand", '\0', NULL, FOREIGN_FILE,
		CHECKED},
	{"bamboo", "HAProxy.ReloadCleanupCommand", '\0', NULL, FOREIGN_FILE,
		"use haproxy-after-cmd = CMD"},
	{"bamboo", "StatsD.Enabled", '\0', NULL, FOREIGN_FILE | FOREIGN_FALSE,
		STATSD},
	{"bamboo", "StatsD.Host", '\0', NULL, FOREIGN_FILE, STATSD},
	{"bamboo", "StatsD.Prefix", '\0', NULL, FOREIGN_FILE, STATSD},

	{"mesos-dns", "version", '\0', NULL, FOREIGN_DASH, "use --version"},
	{"mesos-dns", "v", '\0', NULL, FOREIGN_DASH, 
		"use -v, without a number"},
	{"mesos-dns", "zk", '\0', NULL, FOREIGN_FILE,
		"ZooKeeper is not asked: use mesos-masters = URL[,URL]"},
	{"mesos-dns", "masters", '\0', NULL, FOREIGN_FILE,
		"use mesos-masters = URL[,URL]"},
	{"mesos-dns", "refreshSeconds", '\0', NULL, FOREIGN_FILE,
		"use poll-interval = TIME"},
	{"mesos-dns", "stateTimeoutSeconds", '\0', NULL, FOREIGN_FILE,
		"leave it out: the time for an answer is fixed"},
	{"mesos-dns", "zkDetectionTimeout", '\0', NULL, FOREIGN_FILE,
		"use wait = TIME"},
	{"mesos-dns", "IPSources", '\0', NULL, FOREIGN_FILE,
		"leave it out: a task's networks say where it answers"},
	{"mesos-dns", "mesosHTTPSOn", '\0', NULL, FOREIGN_FILE,
		"use mesos-masters = https://HOST:PORT"},
	{"mesos-dns", "caCertFile", '\0', NULL, FOREIGN_FILE,
		"use mesos-ca = FILE"},
	{"mesos-dns", "certFile", '\0', NULL, FOREIGN_FILE,
		"use mesos-cert = FILE"},
	{"mesos-dns", "keyFile", '\0', NULL, FOREIGN_FILE,
		"use mesos-key = FILE"},
	{"mesos-dns", "mesosAuthentication", '\0', NULL, FOREIGN_FILE,
		"use mesos-user-file = FILE or mesos-token-file = FILE"},
	{"mesos-dns", "mesosCredentials", '\0', NULL, FOREIGN_FILE,
		"use mesos-user-file = FILE"},
	{"mesos-dns", "iamConfigFile", '\0', NULL, FOREIGN_FILE,
		"use mesos-dcos-account = FILE"},
	{"mesos-dns", "ttl", '\0', NULL, FOREIGN_FILE, DNS},
	{"mesos-dns", "domain", '\0', NULL, FOREIGN_FILE, DNS},
	{"mesos-dns", "port", '\0', NULL, FOREIGN_FILE, DNS},
	{"mesos-dns", "resolvers", '\0', NULL, FOREIGN_FILE, DNS},
	{"mesos-dns", "zoneResolvers", '\0', NULL, FOREIGN_FILE, DNS},
	{"mesos-dns", "timeout", '\0', NULL, FOREIGN_FILE, DNS},
	{"mesos-dns", "listener", '\0', NULL, FOREIGN_FILE, DNS},
	{"mesos-dns", "httpListener", '\0', NULL, FOREIGN_FILE, DNS},
	{"mesos-dns", "httpport", '\0', NULL, FOREIGN_FILE, DNS},
	{"mesos-dns", "dnson", '\0', NULL, FOREIGN_FILE, DNS},
	{"mesos-dns", "httpon", '\0', NULL, FOREIGN_FILE, DNS},
	{"mesos-dns", "externalon", '\0', NULL, FOREIGN_FILE, DNS},
	{"mesos-dns", "recurseon", '\0', NULL, FOREIGN_FILE, DNS},
	{"mesos-dns", "enumerationon", '\0', NULL, FOREIGN_FILE, DNS},
	{"mesos-dns", "setTruncateBit", '\0', NULL, FOREIGN_FILE, DNS},
	{"mesos-dns", "enforceRFC952", '\0', NULL, FOREIGN_FILE, DNS},
	{"mesos-dns", "srvRecordDefaultWeight", '\0', NULL, FOREIGN_FILE, DNS},
	{"mesos-dns", "SOAMname", '\0', NULL, FOREIGN_FILE, DNS},
	{"mesos-dns", "SOARname", '\0', NULL, FOREIGN_FILE, DNS},
	{"mesos-dns", "SOARefresh", '\0', NULL, FOREIGN_FILE, DNS},
	{"mesos-dns", "SOARetry", '\0', NULL, FOREIGN_FILE, DNS},
	{"mesos-dns", "SOAExpire", '\0', NULL, FOREIGN_FILE, DNS},
	{"mesos-dns", "SOAMinttl", '\0', NULL, FOREIGN_FILE, DNS},
};
/* clang-format on */

const size_t option_foreign_count =
	sizeof(option_foreigns) / sizeof(option_foreigns[0]);

const struct option_foreign *option_foreign_find(
	const char *name, size_t length, unsigned kind)
{
	for (size_t i = 0; i < option_foreign_count; i++) {
		const struct option_foreign *foreign = &option_foreigns[i];
		unsigned own = foreign->flags &
			(FOREIGN_FILE | FOREIGN_COMMAND | FOREIGN_DASH);

		if (own != kind && !(own == 0 && kind == FOREIGN_FILE))
			continue;
		if (foreign->name && strlen(foreign->name) == length &&
			memcmp(foreign->name, name, length) == 0)
			return foreign;
	}
	return NULL;
}

const struct option_foreign *option_foreign_letter(char letter)
{
	for (size_t i = 0; letter && i < option_foreign_count; i++)
		if (option_foreigns[i].letter == letter)
			return &option_foreigns[i];
	return NULL;
}

static bool variable_is(
	const struct option_foreign *foreign, const char *name, size_t length)
{
	if (!foreign->variable)
		return false;
	while (foreign->flags & FOREIGN_NUMBERED &&
		length > strlen(foreign->variable) && name[length - 1] >= '0' &&
		name[length - 1] <= '9')
		length--;
	return strlen(foreign->variable) == length &&
		memcmp(foreign->variable, name, length) == 0;
}

const struct option_foreign *option_foreign_variable(
	const char *name, size_t length)
{
	for (size_t i = 0; i < option_foreign_count; i++)
		if (variable_is(&option_foreigns[i], name, length))
			return &option_foreigns[i];
	return NULL;
}
