/* SPDX-License-Identifier: MIT */
#include "fetch/callback.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fetch/listener.h"

int callback_check(const struct callback_settings *settings, struct why *why)
{
	struct callback_place place;
	struct ranges ranges;
	int r;

	if (!listener_is_built())
		return why_set(why, -ENOTSUP,
			"this mmsdfs was built without libmicrohttpd");
	r = callback_place(settings, &place, why);
	if (r == 0 && settings->allow)
		r = ranges_parse(settings->allow, &ranges, why);
	return r;
}

void callback_escape(const char *text, char *ret, size_t size)
{
	char *end = ret + size - sizeof("%XX");

	for (; *text && ret <= end; text++) {
		if (isalnum((unsigned char)*text) || strchr("-._~", *text))
			*ret++ = *text;
		else
			ret += snprintf(ret, sizeof("%XX"), "%%%02X",
				(unsigned char)*text);
	}
	*ret = '\0';
}
