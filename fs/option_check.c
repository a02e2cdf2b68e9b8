/* SPDX-License-Identifier: MIT */
#include "fs/option_check.h"

#include <errno.h>
#include <string.h>

#include "fetch/catalog.h"
#include "fs/option_callback.h"
#include "fs/option_identity.h"

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

enum { SOURCE_KINDS = 4, SAID_MAX = 7 };

/* What sources there are, and what is said for single ones of a kind. */
struct source_options {
	const char *option;
	const struct option_named_list *sources;
	struct {
		const char *option;
		const struct option_named_list *list;
	} more[SAID_MAX]; /* the second and third exclude each other */
};

static void source_options_of(const struct options *options,
	struct source_options ret[SOURCE_KINDS])
{
	ret[0] = (struct source_options){"--marathon", &options->marathon,
		{{"--marathon-ca", &options->marathon_ca},
			{"--marathon-user-file", &options->marathon_user_file},
			{"--marathon-token-file",
				&options->marathon_token_file},
			{"--marathon-cert", &options->marathon_cert},
			{"--marathon-key", &options->marathon_key},
			{"--marathon-key-pass-file",
				&options->marathon_key_pass_file},
			{"--marathon-dcos-account",
				&options->marathon_dcos_account}}};
	ret[1] = (struct source_options){
		"--services-dir", &options->services_dir, {{NULL, NULL}}};
	ret[2] = (struct source_options){"--mesos-masters",
		&options->mesos_masters,
		{{"--mesos-ca", &options->mesos_ca},
			{"--mesos-user-file", &options->mesos_user_file},
			{"--mesos-token-file", &options->mesos_token_file}}};
	ret[3] = (struct source_options){"--registrator", &options->registrator,
		{{"--registrator-ca", &options->registrator_ca},
			{"--registrator-user-file",
				&options->registrator_user_file}}};
}

static bool has_source(const struct option_named_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].name, name) == 0)
			return true;
	return false;
}

/* What is said for single sources is said of some that there are. */
static int check_kind(const struct source_options *kind, struct why *why)
{
	for (size_t i = 0; i < SAID_MAX && kind->more[i].option; i++) {
		const struct option_named_list *list = kind->more[i].list;

		for (size_t j = 0; j < list->count; j++)
			if (list->items[j].name[0]
				&& !has_source(kind->sources,
					list->items[j].name))
				return why_set(why, -EINVAL,
					"%s: there is no %s=%s=...",
					kind->more[i].option, kind->option,
					list->items[j].name);
	}
	for (size_t i = 0; kind->more[2].option && i < kind->sources->count;
		i++) {
		const char *name = kind->sources->items[i].name;

		if (option_named_find(kind->more[1].list, name)
			&& option_named_find(kind->more[2].list, name))
			return why_set(why, -EINVAL,
				"%s and %s for %s: give one of them",
				kind->more[1].option, kind->more[2].option,
				name);
	}
	return 0;
}

/* Everything that a source gives is called by its name. */
static int check_names(const struct source_options *kinds, struct why *why)
{
	for (size_t i = 0; i < SOURCE_KINDS; i++)
		for (size_t j = 0; j < kinds[i].sources->count; j++)
			for (size_t k = i + 1; k < SOURCE_KINDS; k++)
				if (has_source(kinds[k].sources,
					    kinds[i].sources->items[j].name))
					return why_set(why, -EINVAL,
						"%s and %s: two sources "
						"called %s",
						kinds[i].option,
						kinds[k].option,
						kinds[i].sources->items[j]
							.name);
	return 0;
}

static int check_sources(const struct options *options, struct why *why)
{
	struct source_options kinds[SOURCE_KINDS];
	size_t count = 0;

	source_options_of(options, kinds);
	for (size_t i = 0; i < SOURCE_KINDS; i++) {
		if (check_kind(&kinds[i], why) < 0)
			return -EINVAL;
		count += kinds[i].sources->count;
	}
	if (count > SOURCES_MAX)
		return why_set(why, -EINVAL, "more than %d sources",
			SOURCES_MAX);
	if (option_identities_check(options, why) < 0)
		return -EINVAL;
	return check_names(kinds, why);
}

static bool has_any_source(const struct options *options)
{
	struct source_options kinds[SOURCE_KINDS];

	source_options_of(options, kinds);
	for (size_t i = 0; i < SOURCE_KINDS; i++)
		if (kinds[i].sources->count)
			return true;
	return false;
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
	if (options->command != COMMAND_STATUS && !has_any_source(options))
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
	if (check_command(options, why) < 0 || check_sources(options, why) < 0
		|| check_ports(options, why) < 0)
		return -EINVAL;
	if (option_callback_check(options, why) < 0)
		return -EINVAL;
	return check_haproxy_words(options, why);
}
