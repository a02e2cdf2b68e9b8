/* SPDX-License-Identifier: MIT */
#include "fetch/source.h"

#include <errno.h>
#include <string.h>

#include "fetch/etcd.h"
#include "fetch/file_source.h"
#include "fetch/marathon.h"
#include "fetch/mesos.h"
#include "fetch/services_dir.h"

#define FILE_PREFIX "file:"
#define MESOS_PREFIX "mesos:"

static int file_new(
	const struct source_context *context, void **ret, struct why *why)
{
	const char *path = context->source->address + strlen(FILE_PREFIX);
	struct file_source *source;
	int r;

	if (strchr(path, ','))
		return why_set(why, -EINVAL,
			"marathon: one file, not several: %s", path);
	/* A file may go later; at the start it is a mistake. */
	if (access(path, R_OK) < 0)
		return why_set(why, -errno, "%s: %s", path, strerror(errno));
	r = file_source_new(path, &context->reader, &source, why);
	if (r == 0)
		*ret = source;
	return r;
}

static void file_free(void *source)
{
	file_source_free(source);
}

static bool file_turn(void *source, int64_t now)
{
	(void)now;
	return file_source_turn(source) > 0;
}

static int64_t file_deadline(const void *source)
{
	(void)source;
	return INT64_MAX;
}

static int file_fd(const void *source)
{
	return file_source_fd(source);
}

static void file_refresh(void *source)
{
	file_source_refresh(source);
}

static struct catalog *file_catalog(const void *source)
{
	return file_source_catalog(source);
}

static const struct source_report *file_report(const void *source)
{
	return file_source_report(source);
}

static int rest_new(
	const struct source_context *context, void **ret, struct why *why)
{
	const struct fetch_settings *settings = context->settings;
	struct marathon_settings marathon = {
		.http = context->http,
		.identity = context->identity,
		.urls = context->source->address,
		.reader = context->reader,
		.belief = context->belief,
		.refresh_ms = settings->refresh_ms,
		.poll_ms = settings->poll_ms,
		.callback = context->source->callback,
		.follows = settings->follows,
	};
	struct marathon *source;
	int r;

	r = marathon_new(&marathon, &source, why);
	if (r == 0)
		*ret = source;
	return r;
}

static void rest_free(void *source)
{
	marathon_free(source);
}

static bool rest_turn(void *source, int64_t now)
{
	return marathon_turn(source, now);
}

static int64_t rest_deadline(const void *source)
{
	return marathon_deadline(source);
}

static int rest_fd(const void *source)
{
	return marathon_fd(source);
}

static void rest_refresh(void *source)
{
	marathon_refresh(source);
}

static struct belief *rest_belief(const void *source)
{
	return marathon_belief(source);
}

static struct catalog *rest_catalog(const void *source)
{
	return marathon_catalog(source);
}

static const struct source_report *rest_report(const void *source)
{
	return marathon_report(source);
}

static int dir_new(
	const struct source_context *context, void **ret, struct why *why)
{
	const struct services_dir_settings settings = {
		.path = context->source->address,
		.reader = context->reader,
		.belief = context->belief,
		.refresh_ms = context->settings->refresh_ms,
		.poll_ms = context->settings->poll_ms,
	};
	struct services_dir *source;
	int r;

	r = services_dir_new(&settings, &source, why);
	if (r == 0)
		*ret = source;
	return r;
}

static void dir_free(void *source)
{
	services_dir_free(source);
}

static bool dir_turn(void *source, int64_t now)
{
	return services_dir_turn(source, now);
}

static int64_t dir_deadline(const void *source)
{
	return services_dir_deadline(source);
}

static int dir_fd(const void *source)
{
	return services_dir_fd(source);
}

static void dir_refresh(void *source)
{
	services_dir_refresh(source);
}

static struct belief *dir_belief(const void *source)
{
	return services_dir_belief(source);
}

static struct catalog *dir_catalog(const void *source)
{
	return services_dir_catalog(source);
}

static const struct source_report *dir_report(const void *source)
{
	return services_dir_report(source);
}

static int mesos_source_new(
	const struct source_context *context, void **ret, struct why *why)
{
	const char *urls = context->source->address + strlen(MESOS_PREFIX);
	const struct mesos_settings settings = {
		.http = context->http,
		.identity = context->identity,
		.urls = urls,
		.reader = context->reader,
		.belief = context->belief,
		.wishes = &context->settings->mesos,
	};
	struct mesos *source;
	int r;

	r = mesos_new(&settings, &source, why);
	if (r == 0)
		*ret = source;
	return r;
}

static void mesos_source_free(void *source)
{
	mesos_free(source);
}

static bool mesos_source_turn(void *source, int64_t now)
{
	return mesos_turn(source, now);
}

static int64_t mesos_source_deadline(const void *source)
{
	return mesos_deadline(source);
}

static void mesos_source_refresh(void *source)
{
	mesos_refresh(source);
}

static struct belief *mesos_source_belief(const void *source)
{
	return mesos_belief(source);
}

static struct catalog *mesos_source_catalog(const void *source)
{
	return mesos_catalog(source);
}

static const struct source_report *mesos_source_report(const void *source)
{
	return mesos_report(source);
}

static int registrator_new(
	const struct source_context *context, void **ret, struct why *why)
{
	const struct fetch_settings *settings = context->settings;
	struct etcd_settings etcd = {
		.http = context->http,
		.identity = context->identity,
		.address = context->source->address,
		.reader = {
			.origin = context->belief.origin,
			.groups = context->reader.groups,
		},
		.belief = context->belief,
		.refresh_ms = settings->refresh_ms,
		.poll_ms = settings->poll_ms,
	};
	struct etcd *source;
	int r;

	r = etcd_new(&etcd, &source, why);
	if (r == 0)
		*ret = source;
	return r;
}

static void registrator_free(void *source)
{
	etcd_free(source);
}

static bool registrator_turn(void *source, int64_t now)
{
	return etcd_turn(source, now);
}

static int64_t registrator_deadline(const void *source)
{
	return etcd_deadline(source);
}

static void registrator_refresh(void *source)
{
	etcd_refresh(source);
}

static struct belief *registrator_belief(const void *source)
{
	return etcd_belief(source);
}

static struct catalog *registrator_catalog(const void *source)
{
	return etcd_catalog(source);
}

static const struct source_report *registrator_report(const void *source)
{
	return etcd_report(source);
}

/* Its connections are those of http. */
static int no_fd(const void *source)
{
	(void)source;
	return -1;
}

static const struct source_kind kinds[] = {
	{
		.prefix = MESOS_PREFIX,
		.new = mesos_source_new,
		.free = mesos_source_free,
		.turn = mesos_source_turn,
		.deadline = mesos_source_deadline,
		.fd = no_fd,
		.refresh = mesos_source_refresh,
		.belief = mesos_source_belief,
		.catalog = mesos_source_catalog,
		.report = mesos_source_report,
	},
	{
		.prefix = "/",
		.new = dir_new,
		.free = dir_free,
		.turn = dir_turn,
		.deadline = dir_deadline,
		.fd = dir_fd,
		.refresh = dir_refresh,
		.belief = dir_belief,
		.catalog = dir_catalog,
		.report = dir_report,
	},
	{
		.prefix = FILE_PREFIX,
		.new = file_new,
		.free = file_free,
		.turn = file_turn,
		.deadline = file_deadline,
		.fd = file_fd,
		.refresh = file_refresh,
		.catalog = file_catalog,
		.report = file_report,
	},
	{
		.prefix = "etcd",
		.new = registrator_new,
		.free = registrator_free,
		.turn = registrator_turn,
		.deadline = registrator_deadline,
		.fd = no_fd,
		.refresh = registrator_refresh,
		.belief = registrator_belief,
		.catalog = registrator_catalog,
		.report = registrator_report,
	},
	{
		.prefix = "http",
		.new = rest_new,
		.free = rest_free,
		.turn = rest_turn,
		.deadline = rest_deadline,
		.fd = rest_fd,
		.refresh = rest_refresh,
		.belief = rest_belief,
		.catalog = rest_catalog,
		.report = rest_report,
	},
};

const struct source_kind *source_kind_of(const char *address)
{
	size_t count = sizeof(kinds) / sizeof(kinds[0]);

	for (size_t i = 0; i + 1 < count; i++)
		if (strncmp(address, kinds[i].prefix, strlen(kinds[i].prefix))
			== 0)
			return &kinds[i];
	return &kinds[count - 1];
}
