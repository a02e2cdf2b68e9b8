/* SPDX-License-Identifier: MIT */

/*
 * test-marathon: imitates Marathon's HTTP API, 0.8 to 1.11, for the tests,
 * the quickstart and the benchmark. It follows what Marathon's own source
 * does, not what any client wishes for.
 *
 * OPTIONS
 *   --listen=ADDR:PORT   a node; may repeat, all nodes share one cluster and
 *                        the first leads (127.0.0.1:0; port 0 is any)
 *   --profile=VERSION    which Marathon (1.11)
 *   --apps=PATH          definitions as users POST them: a file (an app, an
 *                        array, or {"apps":[]}) or a directory of *.json.
 *                        Their instances run and are healthy from the start
 *   --generate=N         N apps /gen-000/app-00001 ...
 *   --instances=K        with K instances each (3)
 *   --hosts=A,B,...      agents (agent-1 ... agent-9)
 *   --heartbeat=MS       of the event streams (10000)
 *   --ready-fd=N         where "host:port" of each node is written, a line
 *   --port-file=FILE     each, once all listen (stdout); the file appears
 *                        whole
 *   --tls-cert=PEM --tls-key=PEM
 *   --auth=basic:USER:PASSWORD | token:TOKEN
 *   --event-subscriber   /v2/eventSubscriptions is on (profiles to 1.4)
 *   --seed=N             the same ids and choices in every run
 *
 * SIGTERM and SIGINT end it with 0. A wrong option: one line, 2.
 *
 * THE CONTROL PATH, on every node, in every profile, without authorization.
 * Parameters stand in the query, definitions and texts in the body. What
 * changes something answers {"at":NS}: CLOCK_MONOTONIC when the first event of
 * the change was written on a stream (or, with no stream to write to, when
 * the change was made). 400, 404 and 409 (the app is being deployed) come
 * with {"error":...}.
 *
 * Changes of the cluster:
 *   /control/app              create or update the app in the body
 *       keep=1                instances of the former version stay
 *       assign=0              service ports that are 0 stay 0
 *   /control/delete?id=
 *   /control/scale?id=&instances=N
 *   /control/deploy?id=       a new version, all tasks replaced in turn
 *   /control/start?id=&count= one more instance, whatever the target is
 *   /control/kill?id=         all tasks, or task= (task id, instance id or
 *       task=|count=          number from 0), or the first count
 *       replace=1             others take their places (1.8+: the same
 *                             instances with their next tasks)
 *       linger=1              1.8+: stay listed as TASK_KILLED
 *   /control/task?id=&task=&state=TASK_X
 *                             any state (TASK_UNREACHABLE_INACTIVE, too).
 *                             Ended tasks leave the list, from 1.8 they stay
 *       host= ip= ports=1,2   also, or only, move the task
 *   /control/health?id=&alive=true|false|absent  of all instances, or task=;
 *       check=N               only one check's result
 *   /control/health-all?alive=
 *   /control/health-absent-all   without events, as a new leader has it
 *   /control/pod              the body is a pod's definition
 *   /control/scheduler?type=scheduler_reregistered_event (or another)
 *   /control/event            the body is the data of an event
 *   /control/raw              the body goes out on the streams as it is
 * and with any of them:
 *   suppress=1                the change is silent (lost events)
 *   delay-ms=N                the events follow the state only after N ms
 *   duplicate=1 shuffle=1     of the events
 *   pace-ms=N                 N ms between the steps of a deployment; the
 *                             answer comes at its end
 *   staging=1                 new instances stay TASK_STAGING
 *   unchecked=1               new instances have no health results yet
 *
 * Storms: /control/storm?events=N&rate=R kills and replaces N random
 * instances, R a second (0: as fast as the streams take them), in the
 * background; /control/storm-state tells how far it is.
 *
 * Leader, process:
 *   /control/leader?node=N|none   closes all streams (rst=1: resets them)
 *       unreachable=1         the standbys cannot reach it
 *       hold-ms=N             how long requests wait for a leader (2750)
 *       exit-ms=N             the old leader's node is gone for that long
 *   /control/restart          closes everything, forgets health results
 *       down-ms=N profile=    for so long; comes back as another version
 *       forget=1              and without the URLs for callbacks
 *   /control/profile?name=    another version, at once; closes streams
 *   /control/heartbeat?on=0|1&ms=N&gap-ms=N   gap: between CR and LF
 *       attach-delay-ms=N     between the head and the subscription
 *   /control/access?expired=1&forbid=1&forbid-stream=1&filter=/group&token=T
 *                             401 for all; 403; 403 for the stream; only
 *                             apps of the group are shown. What is not named
 *                             is off again. token=T is good from now on
 *       standby-empty=1       0.8: a standby without leader knows no apps
 *   /control/quit
 *
 * Faults: /control/fault?kind=K&path=PREFIX&node=N&count=C. The first fault
 * that matches answers; count=0 (or none) is until /control/clear-faults.
 * Without a path all but /v2/events is hit. value= is K's number; kind=K%3dN
 * says the same.
 *   refuse                    the node does not listen (ms=N: for so long)
 *   hang close                no answer, the end instead of one
 *   rst                       a reset after value bytes, head included
 *   delay-head delay-body     value ms
 *   trickle                   a byte each value ms
 *   stall                     value ms in the middle
 *   status                    value, with an HTML page
 *   html200 empty200
 *   json                      200 with the body that /control/fault was sent
 *   empty-list                {"apps":[]}
 *   cut-list                  the first 1/value (3) of the apps, valid JSON
 *   truncate                  value bytes of the body, then the end
 *       framing=length|chunked|close  what the head had promised
 *   garbage                   behind the JSON
 *   huge                      value bytes of body; 0: no end
 *   gzip-crc gzip-cut
 *   redirect-loop redirect-away
 * and of the streams (at once on all open ones, or with count=C on the next
 * C; node=N only those of a node):
 *   stream-eof stream-rst stream-silent stream-cut-midline
 *   stream-endless            a line of value bytes without an end
 * and, until they are cleared:
 *   stream-split              every byte by itself
 *   stream-glue               data lines alone, blank lines by the heartbeat
 *   stream-hostile            LF, no blank, comments, data before event,
 *                             JSON over several data lines
 *   stream-refuse             200 and the end
 *
 * What is seen:
 *   /control/log[?reset=1]    requests by path, lists, single-app reads,
 *                             streams, connections, Authorization headers:
 *                             how many, and which ("secrets") at which node
 *   /control/endpoints        the endpoints clients should have, as JSON;
 *       format=instances      as "FILE:host:port" lines, the way
 *                             grep -H '' *.instances shows mmsdfs's
 *       format=names          the names of all expected instances files
 */

#include "tests/marathon/server.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>

struct options {
	const char *listen[NODES_MAX];
	unsigned listen_count;
	const char *profile;
	const char *apps;
	const char *hosts;
	const char *port_file;
	const char *tls_cert;
	const char *tls_key;
	const char *auth;
	long generate;
	long instances;
	long heartbeat;
	long ready_fd;
	long seed;
	bool event_subscriber;
};

enum option_kind { OPTION_TEXT, OPTION_NUMBER, OPTION_FLAG, OPTION_LIST };

static const struct option {
	const char *name;
	enum option_kind kind;
	size_t at;
} option_table[] = {
	{"listen", OPTION_LIST, 0},
	{"profile", OPTION_TEXT, offsetof(struct options, profile)},
	{"apps", OPTION_TEXT, offsetof(struct options, apps)},
	{"generate", OPTION_NUMBER, offsetof(struct options, generate)},
	{"instances", OPTION_NUMBER, offsetof(struct options, instances)},
	{"hosts", OPTION_TEXT, offsetof(struct options, hosts)},
	{"heartbeat", OPTION_NUMBER, offsetof(struct options, heartbeat)},
	{"ready-fd", OPTION_NUMBER, offsetof(struct options, ready_fd)},
	{"port-file", OPTION_TEXT, offsetof(struct options, port_file)},
	{"tls-cert", OPTION_TEXT, offsetof(struct options, tls_cert)},
	{"tls-key", OPTION_TEXT, offsetof(struct options, tls_key)},
	{"auth", OPTION_TEXT, offsetof(struct options, auth)},
	{"event-subscriber", OPTION_FLAG,
		offsetof(struct options, event_subscriber)},
	{"seed", OPTION_NUMBER, offsetof(struct options, seed)},
};

static const struct option *option_find(const char *argument)
{
	size_t len, i;

	if (strncmp(argument, "--", 2) != 0)
		return NULL;
	argument += 2;
	len = strcspn(argument, "=");
	for (i = 0; i < sizeof(option_table) / sizeof(*option_table); i++)
		if (strlen(option_table[i].name) == len &&
			strncmp(option_table[i].name, argument, len) == 0)
			return &option_table[i];
	return NULL;
}

/* -EINVAL: not what the option takes. */
static int option_set(
	struct options *options, const struct option *option, const char *value)
{
	char *place = (char *)options + option->at;
	char *end;

	if ((option->kind == OPTION_FLAG) != !value)
		return -EINVAL;
	switch (option->kind) {
	case OPTION_TEXT:
		*(const char **)place = value;
		return 0;
	case OPTION_NUMBER:
		errno = 0;
		*(long *)place = strtol(value, &end, 10);
		return errno || *end || end == value || *value == '-' ? -EINVAL
								      : 0;
	case OPTION_FLAG:
		*(bool *)place = true;
		return 0;
	case OPTION_LIST:
		if (options->listen_count == NODES_MAX)
			return -EINVAL;
		options->listen[options->listen_count++] = value;
		return 0;
	}
	return -EINVAL;
}

static int options_read(struct options *options, int argc, char **argv)
{
	const struct option *option;
	const char *value;
	int i;

	for (i = 1; i < argc; i++) {
		option = option_find(argv[i]);
		value = strchr(argv[i], '=');
		if (!option) {
			fprintf(stderr, "test-marathon: unknown option: %s\n",
				argv[i]);
			return -EINVAL;
		}
		if (option_set(options, option, value ? value + 1 : NULL) < 0) {
			fprintf(stderr, "test-marathon: bad value: %s\n",
				argv[i]);
			return -EINVAL;
		}
	}
	if (!options->listen_count)
		options->listen[options->listen_count++] = "127.0.0.1:0";
	return 0;
}

static int complain(const char *what, const char *which, int error)
{
	fprintf(stderr, "test-marathon: %s: %s: %s\n", what, which,
		strerror(-error));
	return error;
}

static int server_init(struct server *server, const struct options *options)
{
	int r;

	pthread_mutex_init(&server->lock, NULL);
	pthread_cond_init(&server->idle, NULL);
	hub_init(&server->hub);
	faults_init(&server->faults);
	server->hub.heartbeat_ms = (unsigned)options->heartbeat;
	server->no_leader_hold_ms = 2750;
	server->callbacks.on = options->event_subscriber;
	r = model_init(&server->model, options->profile, options->hosts);
	if (r < 0) {
		complain("--profile", options->profile, r);
		fputs("known: ", stderr);
		profile_list(stderr);
		fputs("\n", stderr);
		return r;
	}
	if (options->auth)
		r = access_init(&server->access, options->auth);
	if (r < 0)
		return complain("--auth", options->auth, r);
	if (!options->tls_cert != !options->tls_key)
		return complain("--tls-cert", "goes with --tls-key", -EINVAL);
	if (options->tls_cert)
		r = tls_new(options->tls_cert, options->tls_key, &server->tls);
	return r < 0 ? complain("--tls-cert", options->tls_cert, r) : 0;
}

static int apps_init(struct server *server, const struct options *options)
{
	struct change change = {.model = &server->model, .hub = &server->hub};
	int r = 0;

	if (options->apps)
		r = load(&change, options->apps);
	if (r < 0)
		return complain("--apps", options->apps, r);
	r = generate(&change, (unsigned)options->generate,
		(unsigned)options->instances);
	return r < 0 ? complain("--generate", "apps", r) : 0;
}

static int listen_all(struct server *server, const struct options *options)
{
	unsigned i;
	int r = 0;

	for (i = 0; i < options->listen_count && r == 0; i++) {
		r = server_listen(server, options->listen[i]);
		if (r < 0)
			complain("--listen", options->listen[i], r);
	}
	return r;
}

static int ports_write(const struct server *server, FILE *out)
{
	unsigned i;

	for (i = 0; i < server->node_count; i++)
		fprintf(out, "%s\n", server->nodes[i].name);
	return fclose(out) == 0 ? 0 : -errno;
}

/* The file appears whole, or not at all. */
static int port_file_write(const struct server *server, const char *path)
{
	CLEANUP(free) char *new = NULL;
	FILE *out;
	int r;

	if (asprintf(&new, "%s.new", path) < 0)
		return -ENOMEM;
	out = fopen(new, "we");
	if (!out)
		return -errno;
	r = ports_write(server, out);
	if (r == 0 && rename(new, path) < 0)
		r = -errno;
	return r;
}

static int tell_ready(
	const struct server *server, const struct options *options)
{
	FILE *out;
	int r = 0;

	if (options->port_file)
		r = port_file_write(server, options->port_file);
	if (r < 0)
		return complain("--port-file", options->port_file, r);
	if (options->ready_fd < 0)
		return options->port_file ? 0 : ports_write(server, stdout);
	out = fdopen((int)options->ready_fd, "w");
	r = out ? ports_write(server, out) : -errno;
	return r < 0 ? complain("--ready-fd", "cannot write", r) : 0;
}

static void server_done(struct server *server)
{
	callbacks_stop(&server->callbacks, &server->hub);
	faults_clear(&server->faults);
	hub_done(&server->hub);
	model_done(&server->model);
	tls_free(server->tls);
	free(server->access.expected);
}

/* Signals are for sigwait() alone, in all threads. */
static void signals_block(sigset_t *ret)
{
	sigemptyset(ret);
	sigaddset(ret, SIGTERM);
	sigaddset(ret, SIGINT);
	pthread_sigmask(SIG_BLOCK, ret, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void seed(const struct options *options)
{
	uint64_t value = (uint64_t)options->seed;

	if (!value && getrandom(&value, sizeof(value), 0) < 0)
		value = (uint64_t)now_ns();
	random_seed(value);
}

int main(int argc, char **argv)
{
	struct options options = {
		.profile = "1.11",
		.instances = 3,
		.heartbeat = 10000,
		.ready_fd = -1,
	};
	static struct server server;
	sigset_t signals;
	int signal_number;
	int r;

	if (options_read(&options, argc, argv) < 0)
		return 2;
	signals_block(&signals);
	seed(&options);
	if (server_init(&server, &options) < 0 ||
		apps_init(&server, &options) < 0)
		return 2;
	r = listen_all(&server, &options);
	if (r == 0)
		r = callbacks_start(&server.callbacks, &server.hub);
	if (r == 0)
		r = server_start(&server);
	if (r == 0)
		r = tell_ready(&server, &options);
	if (r == 0)
		sigwait(&signals, &signal_number);
	server_stop(&server);
	server_done(&server);
	return r < 0 ? 1 : 0;
}
