/* SPDX-License-Identifier: MIT */
#include "fs/convert.h"

#include <string.h>

#include "fs/option_source.h"

/* Instances files have the names. */
static bool shows_addresses(const struct options *options)
{
	if (options->command == COMMAND_RENDER)
		return strncmp(options->view, "services/", 9) != 0;
	return options->command != COMMAND_MOUNT || options->mountpoint;
}

static void add_sources(const struct options *options,
	const struct option_source_kind *kind, struct fetch_plan *plan)
{
	bool marathons = kind->sources == &options->marathon;

	for (size_t i = 0; i < kind->sources->count; i++) {
		const struct option_named *one = &kind->sources->items[i];
		struct source_settings *source;

		if (plan->settings.source_count == SOURCES_MAX)
			return;
		source = &plan->sources[plan->settings.source_count++];
		*source = (struct source_settings){
			.name = one->name,
			.address = one->value,
		};
		option_identity(kind, one->name, &source->identity);
		if (!marathons)
			continue;
		source->identity.insecure = options->marathon_insecure;
		source->callback = options_callback(options, one->name);
	}
}

/* In the order of their precedence. */
static void add_all(const struct options *options, struct fetch_plan *plan)
{
	struct option_source_kind kinds[OPTION_SOURCE_KINDS];

	option_source_kinds(options, kinds);
	for (size_t i = 0; i < OPTION_SOURCE_KINDS; i++)
		add_sources(options, &kinds[i], plan);
}

/* What Marathon gives already is not to be there twice. */
static struct mesos_wishes mesos_wishes(const struct options *options)
{
	bool alone = options->marathon.count == 0;

	return (struct mesos_wishes){
		.tasks = options->mesos_state == MESOS_STATE_ON
			|| (options->mesos_state == MESOS_STATE_AUTO && alone),
		.frameworks = options->mesos_frameworks,
		.others = alone || options->mesos_frameworks ? NULL
							     : "marathon*",
		.domain = options->mesos_master_domain,
		.poll_ms = options->mesos_poll_interval_ms
			? options->mesos_poll_interval_ms
			: options->poll_interval_ms,
	};
}

void convert_fetch(const struct options *options, struct fetch_plan *ret)
{
	ret->settings = (struct fetch_settings){
		.sources = ret->sources,
		.partial_ms = options->partial_start_ms,
		.state_dir = options->state_dir,
		.refresh_ms = options->refresh_interval_ms,
		.poll_ms = options->poll_interval_ms,
		.mesos = mesos_wishes(options),
		.settle_ms = options->settle_ms,
		.shrink_hold_ms = options->shrink_hold_ms,
		.shrink_percent = options->shrink_guard_percent,
		.health = {
			.mode = options->health,
			.drop_unreachable =
				options->unreachable == UNREACHABLE_DROP,
		},
		.groups = options->groups,
		.groups_by = options->groups_by,
		.resolve_hosts = options->resolve_hosts == RESOLVE_ON
			&& shows_addresses(options),
	};
	add_all(options, ret);
}

void convert_services(
	const struct options *options, struct services_settings *ret)
{
	*ret = (struct services_settings){
		.names = options->instances_names,
		.format = options->instances_format,
		.state_dir = options->state_dir,
	};
}

void convert_checker(const struct options *options,
	const struct view_files *files, struct checker_settings *ret)
{
	*ret = (struct checker_settings){
		.program = options->haproxy_bin,
		.timeout_ms = options->haproxy_check_timeout_ms,
		.map_paths = {files->map_paths[0], files->map_paths[1]},
	};
}

void convert_haproxy(
	const struct options *options, struct haproxy_settings *ret)
{
	*ret = (struct haproxy_settings){
		.bind = options->haproxy_bind,
		.stats_port = (uint16_t)options->haproxy_port,
		.gateway = options->gateway,
		.gateway_http_port = (uint16_t)options->gateway_http_port,
		.gateway_https_port = (uint16_t)options->gateway_https_port,
		.gateway_bind = options->gateway_bind,
		.appid_port = (uint16_t)options->haproxy_appid_port,
		.ssl_certs = options->haproxy_ssl_certs,
		.group_https = options->group_https,
		.strict = options->strict_mode,
		.hide_host = !options->expose_host,
		.options = options->haproxy_default_options,
		.map = options->haproxy_map,
		.socket = options->haproxy_socket,
		.ip_port_min = (uint16_t)options->ip_port_min,
		.ip_port_max = (uint16_t)options->ip_port_max,
		.drain_ms = options->drain_timeout_ms,
		.max_connections = options->max_connections,
		.group_size = options->group_size,
	};
}
