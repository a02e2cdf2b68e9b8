/* SPDX-License-Identifier: MIT */
#include "tests/marathon/server.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* About what teams write: some labels, some environment, a health check. */
static const char template[] =
	"{\"id\":\"/gen-%03u/app-%05u\",\"instances\":%u,\"cpus\":0.25,"
	"\"mem\":512,\"cmd\":\"exec /opt/app/bin/server --port $PORT0\","
	"\"env\":{\"JAVA_OPTS\":\"-Xmx384m -XX:+UseG1GC\",\"DB_HOST\":"
	"\"db.gen-%03u.example.com\",\"LOG_LEVEL\":\"info\",\"STATSD_HOST\":"
	"\"metrics.example.com\",\"APP_NUMBER\":\"%u\"},"
	"\"labels\":{\"HAPROXY_GROUP\":\"external\",\"HAPROXY_0_VHOST\":"
	"\"app-%05u.example.com\",\"proto\":\"http\",\"team\":\"gen-%03u\","
	"\"owner\":\"somebody@example.com\"},"
	"\"container\":{\"type\":\"DOCKER\",\"docker\":{\"image\":"
	"\"registry.example.com/gen-%03u/app-%05u:1.0.%u\"},\"portMappings\":"
	"[{\"containerPort\":8080,\"hostPort\":0,\"name\":\"http\"}]},"
	"\"networks\":[{\"mode\":\"container/bridge\"}],\"healthChecks\":"
	"[{\"protocol\":\"HTTP\",\"path\":\"/health\",\"portIndex\":0,"
	"\"gracePeriodSeconds\":60,\"intervalSeconds\":10,\"timeoutSeconds\":"
	"5,\"maxConsecutiveFailures\":3}],\"upgradeStrategy\":"
	"{\"minimumHealthCapacity\":0.5,\"maximumOverCapacity\":0.2}}";

static int generate_one(
	struct change *change, unsigned number, unsigned instances)
{
	CLEANUP(json_unref) struct json_object *posted = NULL;
	CLEANUP(free) char *text = NULL;
	unsigned group = (number - 1) / 100;

	if (asprintf(&text, template, group, number, instances, group, number,
		    number, group, group, number, number % 97) < 0)
		return -ENOMEM;
	posted = json_tokener_parse(text);
	return posted ? change_app(change, posted, false) : -EINVAL;
}

int generate(struct change *change, unsigned apps, unsigned instances)
{
	unsigned i;
	int r = 0;

	for (i = 1; i <= apps && r == 0; i++) {
		r = generate_one(change, i, instances);
		/* nobody listens yet: only the state counts */
		change->suppress = true;
		change_done(change);
	}
	return r;
}

/* An app, an array, or {"apps":[...]}, {"groups":[...]}. */
static int load_json(struct change *change, struct json_object *json)
{
	struct json_object *list = NULL;
	size_t i;
	int r = 0;

	if (json_object_is_type(json, json_type_array)) {
		for (i = 0; i < json_object_array_length(json) && r == 0; i++)
			r = load_json(
				change, json_object_array_get_idx(json, i));
		return r;
	}
	if (json_object_object_get_ex(json, "apps", &list))
		r = load_json(change, list);
	if (r == 0 && json_object_object_get_ex(json, "groups", &list))
		return load_json(change, list);
	if (list)
		return r;
	change->suppress = true;
	r = change_app(change, json, false);
	change_done(change);
	return r;
}

static int load_file(struct change *change, const char *path)
{
	CLEANUP(json_unref) struct json_object *json =
		json_object_from_file(path);

	return json ? load_json(change, json) : -EINVAL;
}

static int is_json(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 5 && strcmp(entry->d_name + len - 5, ".json") == 0;
}

static int load_directory(struct change *change, const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, is_json, alphasort);
	char *file;
	int r = count < 0 ? -errno : 0;
	int i;

	for (i = 0; i < count; i++) {
		file = NULL;
		if (r == 0 && asprintf(&file, "%s/%s", path,
				      entries[i]->d_name) > 0)
			r = load_file(change, file);
		free(file);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return r;
}

int load(struct change *change, const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return -errno;
	return S_ISDIR(status.st_mode) ? load_directory(change, path)
				       : load_file(change, path);
}
