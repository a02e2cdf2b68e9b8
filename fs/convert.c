/* SPDX-License-Identifier: MIT */
#include "fs/convert.h"

static void add_marathons(
	const struct options *options, struct fetch_plan *plan)
{
	for (size_t i = 0; i < options->marathon.count; i++) {
		const struct option_named *one = &options->marathon.items[i];

		if (plan->settings.source_count == SOURCES_MAX)
			return;
		plan->sources[plan->settings.source_count++] =
			(struct source_settings){
				.name = one->name,
				.address = one->value,
				.identity = {
					.ca_file = option_named_find(
						&options->marathon_ca,
						one->name),
					.insecure = options->marathon_insecure,
					.user_file = option_named_find(
						&options->marathon_user_file,
						one->name),
					.token_file = option_named_find(
						&options->marathon_token_file,
						one->name),
				},
			};
	}
}

static void add_registrators(
	const struct options *options, struct fetch_plan *plan)
{
	for (size_t i = 0; i < options->registrator.count; i++) {
		const struct option_named *one = &options->registrator.items[i];

		if (plan->settings.source_count == SOURCES_MAX)
			return;
		plan->sources[plan->settings.source_count++] =
			(struct source_settings){
				.name = one->name,
				.address = one->value,
				.identity = {
					.ca_file = option_named_find(
						&options->registrator_ca,
						one->name),
					.user_file = option_named_find(
						&options->registrator_user_file,
						one->name),
				},
			};
	}
}

void convert_fetch(const struct options *options, struct fetch_plan *ret)
{
	ret->settings = (struct fetch_settings){
		.sources = ret->sources,
		.partial_ms = options->partial_start_ms,
		.state_dir = options->state_dir,
		.refresh_ms = options->refresh_interval_ms,
		.poll_ms = options->poll_interval_ms,
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
	};
	/* In the order of their precedence. */
	add_marathons(options, ret);
	add_registrators(options, ret);
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
