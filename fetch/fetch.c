/* SPDX-License-Identifier: MIT */
#include "fetch/fetch.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "fetch/file_source.h"

struct fetch {
	struct groups *groups;
	struct file_source *file;
	int wake; /* eventfd */
	bool refresh; /* atomic */
};

int fetch_new(const struct fetch_settings *settings, struct fetch **ret,
	struct why *why)
{
	CLEANUP(fetch_free) struct fetch *fetch = NULL;
	struct app_reader reader = {
		.source = "marathon", .health = settings->health};
	int r;

	if (strncmp(settings->marathon, "file:", 5) != 0)
		return why_set(why, -ENOTSUP, "only file: for now");
	if (access(settings->marathon + 5, R_OK) < 0)
		return why_set(why, -errno, "%s: %s", settings->marathon + 5,
			strerror(errno));
	fetch = calloc(1, sizeof(*fetch));
	if (!fetch)
		return why_set(why, -ENOMEM, "out of memory");
	fetch->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = groups_new(settings->groups, settings->groups_by, &fetch->groups,
		why);
	if (r < 0)
		return r;
	reader.groups = fetch->groups;
	r = file_source_new(
		settings->marathon + 5, &reader, &fetch->file, why);
	if (r < 0)
		return r;
	*ret = take_ptr(&fetch);
	return 0;
}

void fetch_free(struct fetch *fetch)
{
	if (!fetch)
		return;
	file_source_free(fetch->file);
	groups_free(fetch->groups);
	if (fetch->wake >= 0)
		close(fetch->wake);
	free(fetch);
}

int fetch_turn(struct fetch *fetch, int timeout_ms)
{
	struct pollfd waits[] = {
		{.fd = fetch->wake, .events = POLLIN},
		{.fd = file_source_fd(fetch->file), .events = POLLIN},
	};
	eventfd_t count;
	int r;

	r = file_source_turn(fetch->file);
	if (r != 0)
		return r;
	if (poll(waits, 2, timeout_ms) < 0 && errno != EINTR)
		return -errno;
	eventfd_read(fetch->wake, &count);
	return file_source_turn(fetch->file);
}

void fetch_wake(struct fetch *fetch)
{
	eventfd_write(fetch->wake, 1);
}

void fetch_refresh(struct fetch *fetch)
{
	file_source_refresh(fetch->file);
}

struct catalog *fetch_catalog(struct fetch *fetch)
{
	return catalog_ref(file_source_catalog(fetch->file));
}

const struct source_report *fetch_reports(
	const struct fetch *fetch, size_t *ret_count)
{
	*ret_count = 1;
	return file_source_report(fetch->file);
}
