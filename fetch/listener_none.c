/* SPDX-License-Identifier: MIT */

/* In place of listener.c, where there is no libmicrohttpd. */

#include <errno.h>

#include "fetch/listener.h"

bool listener_is_built(void)
{
	return false;
}

int listener_new(const struct listener_settings *settings,
	struct listener **ret, struct why *why)
{
	(void)settings;
	(void)ret;
	return why_set(why, -ENOTSUP, "built without libmicrohttpd");
}

void listener_free(struct listener *listener)
{
	(void)listener;
}

int listener_fd(const struct listener *listener)
{
	(void)listener;
	return -1;
}

int64_t listener_deadline(const struct listener *listener)
{
	(void)listener;
	return INT64_MAX;
}

void listener_turn(struct listener *listener, int64_t now)
{
	(void)listener;
	(void)now;
}
