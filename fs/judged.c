/* SPDX-License-Identifier: MIT */
#include "fs/judged.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>

#include "fs/convert.h"

static void wake(void *context)
{
	const struct judged *judged = context;

	eventfd_write(judged->woken, 1);
}

/* Until the checker has come to an end, whatever it is. */
static int pass(struct judged *judged, struct catalog *catalog, struct why *why)
{
	struct gate_status status;
	bool show, shown = false;
	int r;

	for (;;) {
		struct pollfd polled = {.fd = judged->woken, .events = POLLIN};
		eventfd_t ignored;

		r = gate_take(judged->gate, catalog, &show);
		if (r < 0)
			return why_set(why, r, "%s", strerror(-r));
		shown |= show;
		status = gate_status(judged->gate);
		if (!status.checking)
			break;
		poll(&polled, 1, -1);
		eventfd_read(judged->woken, &ignored);
	}
	return shown
		? 0
		: why_set(why, -EINVAL, "not to be shown: %s",
			  status.why ? status.why : "nothing was accepted");
}

int judged_make(const struct options *options, const struct view_files *files,
	int maker, struct catalog *catalog, struct judged *ret, struct why *why)
{
	struct gate_settings settings = {
		.maker = &view_makers[maker],
		.views = &files->settings,
		.mode = options->haproxy_check,
	};
	int r;

	ret->gate = NULL;
	ret->woken = eventfd(0, EFD_CLOEXEC);
	if (ret->woken < 0)
		return why_set(why, -errno, "%s", strerror(errno));
	convert_checker(options, files, &settings.checker);
	settings.checker.wake = wake;
	settings.checker.context = ret;
	r = gate_new(&settings, &ret->gate);
	if (r < 0)
		return why_set(why, r, "%s", strerror(-r));
	return pass(ret, catalog, why);
}

void judged_done(struct judged *judged)
{
	gate_free(judged->gate);
	if (judged->woken >= 0)
		close(judged->woken);
	*judged = (struct judged){NULL, -1};
}
