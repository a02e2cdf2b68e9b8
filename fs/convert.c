/* SPDX-License-Identifier: MIT */
#include "fs/convert.h"

#include <string.h>

/* Instances files have the names. */
static bool shows_addresses(const struct options *options)
{
	if (options->command == COMMAND_RENDER)
		return strncmp(options->view, "services/", 9) != 0;
	return options->command != COMMAND_MOUNT || options->mountpoint;
}

static void add_sources(const struct option_named_list *list,
	struct fetch_plan *plan, const struct option_named_list *ca,
	const struct option_named_list *users,
	const struct option_named_list *tokens)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct option_named *one = &list->items[i];
		struct identity_settings *identity;

		if (plan->settings.source_count == SOURCES_MAX)
			return;
		identity = &plan->sources[plan->settings.source_count].identity;
		plan->sources[plan->settings.source_count++] =
			(struct source_settings){
				.name = one->name,
				.address = one->value,
			};
		identity->ca_file = option_named_find(ca, one->name);
		identity->user_file = option_named_find(users, one->name);
		identity->token_file = option_named_find(tokens, one->name);
	}
}

/* What only Marathons are shown. */
static void add_proofs(
	const struct options *options, struct source_settings *source)
{
	struct identity_settings *identity = &source->identity;
	const char *name = source->name;

	identity->insecure = options->marathon_insecure;
	identity->cert_file = option_named_find(&options->marathon_cert, name);
	identity->key_file = option_named_find(&options->marathon_key, name);
	identity->pass_file =
		option_named_find(&options->marathon_key_pass_file, name);
	identity->account =
		option_named_find(&options->marathon_dcos_account, name);
}

/* In the order of their precedence. */
static void add_all(const struct options *options, struct fetch_plan *plan)
{
	const struct option_named_list none = {NULL, 0};

	add_sources(&options->marathon, plan, &options->marathon_ca,
		&options->marathon_user_file, &options->marathon_token_file);
	for (size_t i = 0; i < plan->settings.source_count; i++) {
		struct source_settings *source = &plan->sources[i];

		add_proofs(options, source);
		source->callback = options_callback(options, source->name);
	}
	add_sources(&options->services_dir, plan, &none, &none, &none);
	add_sources(&options->mesos_masters, plan, &options->mesos_ca,
		&options->mesos_user_file, &options->mesos_token_file);
	add_sources(&options->registrator, plan, &options->registrator_ca,
		&options->registrator_user_file, &none);
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
