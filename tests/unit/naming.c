/* SPDX-License-Identifier: MIT */
#include "tests/unit/naming.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "fetch/clock.h"
#include "tests/unit/unit.h"

enum { SKIPPED = 77, WAIT_MS = 60000, SERVERS = 8 };

const struct hosts_settings naming_quick = {
	.check_ms = 20,
	.again_ms = 20,
	.again_min_ms = 10,
	.again_max_ms = 20,
	.retry_ms = 10,
	.retry_max_ms = 40,
};

static const char *dnsmasq;
static char directory[64], zone_path[96];
static pid_t servers[SERVERS];

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert(file && fputs(text, file) >= 0);
	assert(fclose(file) == 0);
}

/* Not the file is replaced, which is a mount, but what is in it. */
static void cover(const char *name, const char *over, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	write_file(path, text);
	assert(mount(path, over, NULL, MS_BIND, NULL) == 0);
}

static void become_root(uid_t user, gid_t group)
{
	char map[32];

	snprintf(map, sizeof(map), "0 %u 1", user);
	write_file("/proc/self/uid_map", map);
	write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", group);
	write_file("/proc/self/gid_map", map);
}

static void raise_loopback(void)
{
	struct ifreq request = {.ifr_name = "lo"};
	CLEANUP(close) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	request.ifr_flags = IFF_UP | IFF_RUNNING;
	assert(fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0);
}

void naming_begin(const char *program)
{
	int flags = CLONE_NEWNET | CLONE_NEWNS;
	uid_t user = getuid();
	gid_t group = getgid();

	assert(program);
	dnsmasq = program;
	if (unshare(user ? flags | CLONE_NEWUSER : flags) < 0) {
		printf("skipped: no network of its own: %s\n", strerror(errno));
		exit(SKIPPED);
	}
	if (user)
		become_root(user, group);
	assert(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	raise_loopback();
	/* What is in it goes with the mount, and the place at the end. */
	snprintf(directory, sizeof(directory), "/tmp/test-hosts.XXXXXX");
	assert(mkdtemp(directory));
	assert(mount("none", directory, "tmpfs", 0, NULL) == 0);
	snprintf(zone_path, sizeof(zone_path), "%s/zone", directory);
	write_file(zone_path, "");
	cover("resolv.conf", "/etc/resolv.conf", "nameserver 127.0.0.1\n");
	cover("hosts", "/etc/hosts", "");
}

__attribute__((destructor)) static void leave(void)
{
	if (!directory[0])
		return;
	for (unsigned i = 0; i < SERVERS; i++)
		if (servers[i])
			kill(servers[i], SIGKILL);
	umount2(directory, MNT_DETACH);
	rmdir(directory);
}

void naming_resolv_conf(const char *text)
{
	write_file("/etc/resolv.conf", text);
}

void naming_etc_hosts(const char *text)
{
	write_file("/etc/hosts", text);
}

void naming_zone(const char *text)
{
	write_file(zone_path, text);
	for (unsigned i = 0; i < SERVERS; i++)
		if (servers[i])
			assert(kill(servers[i], SIGHUP) == 0);
}

static struct sockaddr_in address_of(unsigned last)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(53),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + last),
	};
}

static bool listens(unsigned last)
{
	CLEANUP(close) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in at = address_of(last);

	assert(fd >= 0);
	return connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0;
}

static void run_server(unsigned last)
{
	char listen[48], hosts[128], log_path[96], ttl[32];
	int log;

	snprintf(log_path, sizeof(log_path), "%s/log", directory);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	log = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(log, STDERR_FILENO);
	snprintf(ttl, sizeof(ttl), "--local-ttl=%d", NAMING_TTL_MS / 1000);
	snprintf(listen, sizeof(listen), "--listen-address=127.0.0.%u", last);
	snprintf(hosts, sizeof(hosts), "--addn-hosts=%s", zone_path);
	execl(dnsmasq, dnsmasq, "--no-daemon", "--conf-file=/dev/null",
		"--no-resolv", "--no-hosts", "--local=/test/",
		"--bind-interfaces", "--user=root", "--pid-file=",
		ttl, listen, hosts, (char *)NULL);
	_exit(127);
}

void naming_start(unsigned last)
{
	int64_t end = clock_now_ms() + WAIT_MS;

	assert(last < SERVERS && !servers[last]);
	servers[last] = fork();
	assert(servers[last] >= 0);
	if (servers[last] == 0)
		run_server(last);
	while (!listens(last)) {
		assert(clock_now_ms() < end);
		assert(waitpid(servers[last], NULL, WNOHANG) == 0);
		poll(NULL, 0, 5);
	}
}

void naming_stop(unsigned last)
{
	kill(servers[last], SIGKILL);
	assert(waitpid(servers[last], NULL, 0) == servers[last]);
	servers[last] = 0;
}

int naming_silence(unsigned last)
{
	struct sockaddr_in at = address_of(last);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert(fd >= 0);
	assert(bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0);
	return fd;
}

int64_t naming_now(const struct naming *naming)
{
	return clock_now_ms() + naming->ahead;
}

static void take(struct naming *naming)
{
	struct catalog *named = NULL;

	assert(hosts_take(naming->hosts, naming->all, naming_now(naming),
		       &named)
		== 0);
	catalog_unref(naming->named);
	naming->named = named;
}

void naming_open(struct naming *naming, const struct hosts_settings *settings,
	struct catalog *all)
{
	*naming = (struct naming){.all = all};
	assert(hosts_new(settings, &naming->hosts) == 0);
	take(naming);
}

void naming_take(struct naming *naming, struct catalog *all)
{
	catalog_unref(naming->all);
	naming->all = all;
	take(naming);
}

void naming_close(struct naming *naming)
{
	hosts_free(naming->hosts);
	catalog_unref(naming->all);
	catalog_unref(naming->named);
}

void naming_until(struct naming *naming,
	bool (*is_so)(struct naming *naming, const void *what),
	const void *what)
{
	int64_t end = naming_now(naming) + WAIT_MS;

	while (!is_so(naming, what)) {
		struct pollfd polls[32];
		size_t count = hosts_polls(naming->hosts, polls, 32);
		int64_t now = naming_now(naming);
		int64_t left = hosts_deadline(naming->hosts, now) - now;

		assert(now < end);
		if (left > WAIT_MS)
			left = WAIT_MS;
		poll(polls, count, left > 0 ? (int)left : 0);
		if (hosts_turn(naming->hosts, naming_now(naming)))
			take(naming);
	}
}

static bool has_address(struct naming *naming, const void *what)
{
	const char *address = naming_instance(naming, "/app", 0)->address;

	return what ? address && strcmp(address, what) == 0 : !address;
}

void naming_until_address(struct naming *naming, const char *address)
{
	naming_until(naming, has_address, address);
}

static bool has_report(struct naming *naming, const void *what)
{
	struct hosts_report report = naming_report(naming);
	const uint64_t *wanted = what;

	return report.missing == wanted[0] && report.failing == wanted[1]
		&& !hosts_looking(naming->hosts);
}

void naming_until_report(
	struct naming *naming, uint64_t missing, uint64_t failing)
{
	const uint64_t wanted[] = {missing, failing};

	naming_until(naming, has_report, wanted);
}

static bool has_lookups(struct naming *naming, const void *what)
{
	return naming_report(naming).lookups >= *(const uint64_t *)what;
}

void naming_until_lookups(struct naming *naming, uint64_t more)
{
	uint64_t wanted = naming_report(naming).lookups + more;

	naming_until(naming, has_lookups, &wanted);
}

struct hosts_report naming_report(const struct naming *naming)
{
	struct hosts_report report;

	hosts_report(naming->hosts, &report);
	return report;
}

const struct instance *naming_instance(
	const struct naming *naming, const char *id, uint32_t n)
{
	const struct app_key key = {id, "marathon"};
	const struct app *app = catalog_find(naming->named, &key);

	assert(app && n < app->instance_count);
	return &app->instances[n];
}

void naming_app(struct catalog **catalog, const char *id, const char *hosts)
{
	char names[512], *name, *rest = names;
	struct app *app;
	struct maker m;

	snprintf(names, sizeof(names), "%s", hosts);
	maker_begin(&m, id);
	maker_port(&m, 10000);
	while ((name = strsep(&rest, " ")))
		maker_instance(&m, name, 31000);
	app = maker_done(&m);
	catalog_put(catalog, app);
	app_unref(app);
}
