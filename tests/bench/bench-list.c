/* SPDX-License-Identifier: MIT */
/*
 * What a big list costs: bench-list [APPS [TASKS]]. Makes a reply such as
 * Marathon 1.8 gives in memory and times the first read, a read in which only
 * the times of health checks moved, one in which a percent of the apps
 * changed, and one json-c parse of the whole for comparison.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "fetch/list.h"

enum { PIECE = 16 << 10 }; /* what curl hands over at a time */

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static long peak_kb(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

static void put_task(FILE *out, int app, int task, int round, int version)
{
	fprintf(out,
		"{\"ipAddresses\":[{\"ipAddress\":\"172.17.%d.%d\","
		"\"protocol\":\"IPv4\"}],\"stagedAt\":\"2019-05-23T09:12:33."
		"761Z\",\"state\":\"TASK_RUNNING\",\"ports\":[%d,%d],"
		"\"startedAt\":\"2019-05-23T09:12:35.102Z\",\"version\":"
		"\"2019-05-23T09:12:%02d.120Z\",\"id\":\"group-%d_service-%d."
		"instance-c0caec0a-863a-11e9-915b-%012d._app.%d\",\"appId\":"
		"\"/group-%d/service-%d\",\"slaveId\":\"8b0e8c4f-2ac2-4ad6-"
		"8b4c-1fc8f4b7c9b1-S%d\",\"host\":\"agent-%d.example.net\","
		"\"healthCheckResults\":[{\"alive\":true,"
		"\"consecutiveFailures\":0,\"firstSuccess\":\"2019-05-23T09:"
		"12:55.102Z\",\"lastSuccess\":\"2019-05-23T10:%02d:%02d."
		"%03dZ\",\"instanceId\":\"group-%d_service-%d.instance-"
		"c0caec0a-863a-11e9-915b-%012d\"}],\"region\":\"eu-west\","
		"\"zone\":\"b\",\"role\":\"slave_public\"}",
		app % 256, task, 20000 + task * 2, 20001 + task * 2, version,
		app % 100, app, app, task + 1, app % 100, app,
		(app + task) % 500, (app * 7 + task) % 500, round % 60,
		app % 60, task, app % 100, app, app * 100 + task);
}

static void put_definition(FILE *out, int app, int tasks, int version)
{
	fprintf(out,
		"{\"id\":\"/group-%d/service-%d\",\"acceptedResourceRoles\":"
		"[\"*\"],\"backoffFactor\":1.15,\"backoffSeconds\":1,\"cmd\":"
		"\"exec /opt/service/bin/run --port=$PORT0 --admin=$PORT1 "
		"--config=/etc/service/%d.conf \\\"--name=a b\\\"\","
		"\"container\":{\"type\":\"DOCKER\",\"docker\":{"
		"\"forcePullImage\":false,\"image\":\"registry.example.net/"
		"group-%d/service-%d:1.%d\",\"parameters\":[{\"key\":\"log-"
		"driver\",\"value\":\"syslog\"}],\"privileged\":false},"
		"\"volumes\":[{\"containerPath\":\"/data\",\"hostPath\":\"/srv/"
		"data\",\"mode\":\"RW\"}],\"portMappings\":[{\"containerPort\":"
		"8080,\"hostPort\":0,\"labels\":{},\"name\":\"http\","
		"\"protocol\":\"tcp\",\"servicePort\":%d},{\"containerPort\":"
		"8081,\"hostPort\":0,\"labels\":{},\"name\":\"admin\","
		"\"protocol\":\"tcp\",\"servicePort\":%d}]},\"cpus\":0.1,"
		"\"disk\":0,\"env\":{\"JAVA_OPTS\":\"-Xmx512m -Xms512m "
		"-XX:+UseG1GC\",\"DB\":\"jdbc:postgresql://db-%d.example.net/"
		"service\",\"LOG_LEVEL\":\"info\"},\"executor\":\"\","
		"\"fetch\":[{\"uri\":\"file:///etc/docker.tar.gz\",\"extract\""
		":true,\"executable\":false,\"cache\":false}],"
		"\"healthChecks\":[{\"gracePeriodSeconds\":300,"
		"\"intervalSeconds\":10,\"maxConsecutiveFailures\":3,\"path\":"
		"\"/health\",\"portIndex\":0,\"protocol\":\"HTTP\","
		"\"ipProtocol\":\"IPv4\",\"timeoutSeconds\":20,"
		"\"delaySeconds\":15}],\"instances\":%d,\"labels\":{\"lb-group"
		"\":\"external\",\"lb-vhost\":\"service-%d.example.net\","
		"\"owner\":\"team-%d\"},\"maxLaunchDelaySeconds\":300,\"mem\":"
		"512,\"gpus\":0,\"networks\":[{\"mode\":\"container/bridge\"}]"
		",\"requirePorts\":false,\"upgradeStrategy\":{"
		"\"maximumOverCapacity\":1,\"minimumHealthCapacity\":1},"
		"\"version\":\"2019-05-23T09:12:%02d.120Z\",\"versionInfo\":{"
		"\"lastScalingAt\":\"2019-05-23T09:12:31.120Z\","
		"\"lastConfigChangeAt\":\"2019-05-23T09:12:31.120Z\"},"
		"\"killSelection\":\"YOUNGEST_FIRST\",\"unreachableStrategy\":"
		"{\"inactiveAfterSeconds\":0,\"expungeAfterSeconds\":0},"
		"\"tasksStaged\":0,\"tasksRunning\":%d,\"tasksHealthy\":%d,"
		"\"tasksUnhealthy\":0,\"deployments\":[],\"tasks\":[",
		app % 100, app, app, app % 100, app, version,
		10000 + app * 2 % 50000, 10001 + app * 2 % 50000, app % 16,
		tasks, app, app % 40, version, tasks, tasks);
}

struct reply {
	char *text;
	size_t length;
};

/* Of the apps one in every changed has another version. */
static struct reply make(int apps, int tasks, int round, int changed)
{
	struct reply reply = {NULL, 0};
	FILE *out = open_memstream(&reply.text, &reply.length);

	fputs("{\"apps\":[", out);
	for (int app = 0; app < apps; app++) {
		int version = changed && app % changed == 0 ? 32 : 31;

		fputs(app ? "," : "", out);
		put_definition(out, app, tasks, version);
		for (int task = 0; task < tasks; task++) {
			fputs(task ? "," : "", out);
			put_task(out, app, task, round, version);
		}
		fputs("]}", out);
	}
	fputs("]}", out);
	fclose(out);
	return reply;
}

static struct catalog *read_reply(
	const char *what, const struct reply *reply, struct catalog *before)
{
	const struct app_reader reader = {
		.source = "marathon", .first = !before};
	double start = now_ms(), slowest = 0, fed;
	struct catalog *catalog = NULL;
	struct why why = {""}, first_bad = {""};
	struct list *list;
	size_t bad;
	int r;

	r = list_new(&reader, before, &list);
	for (size_t at = 0; r == 0 && at < reply->length; at += PIECE) {
		size_t rest = reply->length - at;
		double begin = now_ms(), took;

		r = list_feed(list, reply->text + at,
			rest < PIECE ? rest : PIECE, &why);
		took = now_ms() - begin;
		slowest = took > slowest ? took : slowest;
	}
	fed = now_ms();
	if (r == 0)
		r = list_end(list, &catalog, &bad, &first_bad, &why);
	if (r < 0) {
		printf("%s: %d %s\n", what, r, why.text);
		exit(1);
	}
	list_free(list);
	printf("%-28s %8.1f ms, of it %.1f at the end; slowest piece %.2f ms; "
	       "%zu apps, %zu serve, %zu bad, peak %ld MB\n",
		what, now_ms() - start, now_ms() - fed, slowest,
		catalog_app_count(catalog), catalog_serving_count(catalog), bad,
		peak_kb() / 1024);
	return catalog;
}

static void compare(const struct reply *reply)
{
	double start = now_ms();
	struct json_object *whole = json_tokener_parse(reply->text);

	printf("%-28s %8.1f ms, peak %ld MB\n", "json-c, the whole at once",
		now_ms() - start, peak_kb() / 1024);
	json_object_put(whole);
}

int main(int argc, char **argv)
{
	int apps = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 10000;
	int tasks = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 3;
	struct reply first = make(apps, tasks, 1, 0);
	struct reply moved = make(apps, tasks, 2, 0);
	struct reply changed = make(apps, tasks, 3, 100);
	struct catalog *a, *b, *c;

	printf("%d apps, %d tasks each, %.1f MB; before: peak %ld MB\n", apps,
		tasks, (double)first.length / 1e6, peak_kb() / 1024);
	a = read_reply("first read", &first, NULL);
	for (int i = 0; i < 3; i++) {
		b = read_reply("only health times moved", &moved, a);
		c = read_reply("one in a hundred changed", &changed, b);
		catalog_unref(b);
		catalog_unref(c);
	}
	compare(&first);
	catalog_unref(a);
	free(first.text);
	free(moved.text);
	free(changed.text);
	return 0;
}
