/* SPDX-License-Identifier: MIT */
#include "render/check.h"

int32_t check_index(const struct check *check)
{
	if (check->port_index >= 0)
		return check->port_index;
	return check->port ? -1 : 0;
}

const char *check_name(enum check_protocol protocol)
{
	switch (protocol) {
	case CHECK_HTTP:
		return "http";
	case CHECK_HTTPS:
		return "https";
	case CHECK_TCP:
		return "tcp";
	case CHECK_COMMAND:
		return "command";
	case CHECK_MESOS_HTTP:
		return "mesos_http";
	case CHECK_MESOS_HTTPS:
		return "mesos_https";
	case CHECK_MESOS_TCP:
		return "mesos_tcp";
	case CHECK_UNKNOWN:
		break;
	}
	return NULL;
}

bool check_is_http(enum check_protocol protocol)
{
	return protocol == CHECK_HTTP || protocol == CHECK_MESOS_HTTP;
}

static bool goes_over_network(const struct check *check)
{
	return check->protocol != CHECK_COMMAND
		&& check->protocol != CHECK_UNKNOWN;
}

const struct check *check_of_port(const struct app *app, uint32_t port_index)
{
	for (uint32_t i = 0; i < app->check_count; i++)
		if (goes_over_network(&app->checks[i])
			&& check_index(&app->checks[i]) == (int32_t)port_index)
			return &app->checks[i];
	return NULL;
}

static const struct check *first_check(const struct app *app, bool fixed)
{
	for (uint32_t i = 0; i < app->check_count; i++) {
		int32_t index = check_index(&app->checks[i]);

		if (!goes_over_network(&app->checks[i]))
			continue;
		if (fixed ? index < 0
			  : index >= 0 && index < (int32_t)app->port_count)
			return &app->checks[i];
	}
	return NULL;
}

const struct check *check_for_proxy(
	const struct app *app, uint32_t port_index)
{
	const struct check *check = check_of_port(app, port_index);

	if (!check)
		check = first_check(app, true);
	if (!check)
		check = first_check(app, false);
	return check;
}
