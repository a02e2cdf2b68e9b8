/* SPDX-License-Identifier: MIT */
#include "fs/option_check.h"

#include <errno.h>
#include <string.h>

#include "fetch/catalog.h"
#include "fs/option_callback.h"
#include "fs/option_source.h"

/* Ports that HAProxy would be told to listen on twice. */
static int check_ports(const struct options *options, struct why *why)
{
	const struct {
		const char *name;
		unsigned port;
	} ports[] = {
		{"--haproxy-port", options->haproxy_port},
		{"--haproxy-appid-port", options->haproxy_appid_port},
		{"--gateway-http-port", options->gateway != GATEWAY_OFF
				? options->gateway_http_port
				: 0},
		{"--gateway-https-port", options->gateway != GATEWAY_OFF
				? options->gateway_https_port
				: 0},
	};
	const size_t count = sizeof(ports) / sizeof(ports[0]);

	for (size_t i = 0; i < count; i++)
		for (size_t j = i + 1; j < count; j++)
			if (ports[i].port && ports[i].port == ports[j].port)
				return why_set(why, -EINVAL,
					"%s and %s are both %u", ports[i].name,
					ports[j].name, ports[i].port);
	if (!options->ip_port_min != !options->ip_port_max
		|| options->ip_port_min > options->ip_port_max)
		return why_set(why, -EINVAL,
			"--min-serv-port-ip-per-task and "
			"--max-serv-port-ip-per-task: give both, the smaller "
			"one first");
	return 0;
}

/* What is written into haproxy.cfg as it is. */
static int check_haproxy_words(const struct options *options, struct why *why)
{
	const struct {
		const char *name, *value;
	} words[] = {
		{"--haproxy-bind", options->haproxy_bind},
		{"--gateway-bind", options->gateway_bind},
		{"--haproxy-ssl-certs", options->haproxy_ssl_certs},
		{"--haproxy-default-options",
			options->haproxy_default_options},
		{"--haproxy-socket", options->haproxy_socket},
		{"--haproxy-map-dir", options->haproxy_map_dir},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		for (const char *c = words[i].value; c && *c; c++)
			if (*c <= ' ' || *c > '~' || strchr("\"'\\#$", *c))
				return why_set(why, -EINVAL,
					"%s: HAProxy cannot be told '%s'",
					words[i].name, words[i].value);
	return 0;
}

/* What the command cannot do without; to be printed, options need neither. */
static int check_complete(const struct options *options, struct why *why)
{
	bool mounts = options->command == COMMAND_MOUNT;

	if (options->print_options)
		return 0;
	if (mounts && !options->mountpoint && !options->upstream_confd)
		return why_set(why, -EINVAL,
			"no MOUNTPOINT; --help shows how to call it");
	if (options->command != COMMAND_STATUS && option_source_count(options) == 0)
		return why_set(why, -EINVAL,
			"no source: give --marathon=URL, --marathon=file:PATH, "
			"--services-dir=DIR, --mesos-masters=URL or "
			"--registrator=URL");
	return 0;
}

/* What is said for one command alone. */
static int check_command(const struct options *options, struct why *why)
{
	bool renders = options->command == COMMAND_RENDER;

	if (options->if_changed && !renders)
		return why_set(why, -EINVAL, "--if-changed is for render");
	if (options->partial && !renders)
		return why_set(why, -EINVAL, "--partial is for render");
	if (options->json && options->command != COMMAND_EXPLAIN)
		return why_set(why, -EINVAL, "--json is for explain");
	if (options->upstream_confd && options->command == COMMAND_EXPORT)
		return why_set(why, -EINVAL,
			"--upstream-confd: export mounts nothing; have mmsd's "
			"readers look into DIR/services");
	return 0;
}

int options_check(const struct options *options, struct why *why)
{
	if (check_complete(options, why) < 0)
		return -EINVAL;
	if (options->private_mount && options->allow_other)
		return why_set(why, -EINVAL,
			"--private and -o allow_other: give one of them");
	if (check_command(options, why) < 0 || option_sources_check(options, why) < 0
		|| check_ports(options, why) < 0)
		return -EINVAL;
	if (option_callback_check(options, why) < 0)
		return -EINVAL;
	return check_haproxy_words(options, why);
}
