/* SPDX-License-Identifier: MIT */
#include "fs/options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "fetch/catalog.h"
#include "fs/option_identity.h"
#include "fs/option_callback.h"
#include "fs/option_table.h"
#include "fs/option_value.h"
#include "fs/settings.h"

static bool row_has_field(const struct option_row *row)
{
	return row->kind != OPTION_ACTION && row->kind != OPTION_MOUNT_LIST;
}

static void *row_field(const struct option_row *row, struct options *options)
{
	return (char *)options + row->offset;
}

static int defaults_apply(struct options *options, struct why *why)
{
	int r;

	options->uid = geteuid();
	options->gid = getegid();
	for (size_t i = 0; i < option_count; i++) {
		const struct option_row *row = &option_table[i];

		if (!row_has_field(row) || !row->default_text)
			continue;
		r = option_value_parse(
			row, row->default_text, row_field(row, options), why);
		if (r < 0)
			return r;
	}
	return 0;
}

static int setting_apply(
	const struct setting *setting, struct options *options, struct why *why)
{
	struct why words = {""};
	int r;

	r = option_value_parse(setting->row, setting->value,
		row_field(setting->row, options), &words);
	if (r < 0 && r != -ENOMEM)
		return why_set(why, r, "%s: %s", setting->where, words.text);
	return r;
}

/* A list grows only by what weighs most: the command line wins as a whole. */
static bool setting_counts(
	const struct settings *settings, const struct setting *setting)
{
	return !option_is_list(setting->row)
		|| settings_find(settings, setting->row->name)->origin
		== setting->origin;
}

static int settings_apply(const struct settings *settings,
	struct options *options, struct why *why)
{
	int r;

	for (int origin = 0; origin < ORIGIN_COUNT; origin++) {
		for (size_t i = 0; i < settings->count; i++) {
			if ((int)settings->items[i].origin != origin
				|| !setting_counts(
					settings, &settings->items[i]))
				continue;
			r = setting_apply(&settings->items[i], options, why);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* Of two that exclude each other, the one with more weight counts. */
static const struct {
	const char *a, *b;
	bool named;
} exclusions[] = {
	{"marathon", "marathon-host", false},
	{"marathon-callback", "marathon-callback-host", false},
	{"marathon-user-file", "marathon-token-file", true},
	{"mesos-user-file", "mesos-token-file", true},
	{"marathon-user-file", "marathon-dcos-account", true},
	{"marathon-token-file", "marathon-dcos-account", true},
};

static int exclusions_apply(const struct settings *settings,
	struct options *options, struct why *why)
{
	for (size_t i = 0; i < sizeof(exclusions) / sizeof(exclusions[0]);
		i++) {
		const struct setting *a =
			settings_find(settings, exclusions[i].a);
		const struct setting *b =
			settings_find(settings, exclusions[i].b);
		const struct setting *less;

		if (!a || !b)
			continue;
		/* For two clusters both may be said. */
		if (a->origin == b->origin && exclusions[i].named)
			continue;
		if (a->origin == b->origin)
			return why_set(why, -EINVAL,
				"%s and %s: give one of them", a->where,
				b->where);
		less = a->origin < b->origin ? a : b;
		option_value_done(less->row, row_field(less->row, options));
	}
	return 0;
}

static bool is_http(const char *text)
{
	return strncasecmp(text, "http://", 7) == 0 ||
		strncasecmp(text, "https://", 8) == 0;
}

static bool is_url(const char *text)
{
	return is_http(text) || strncasecmp(text, "file:", 5) == 0;
}

/*
 * The first field of fstab is ours to define: a source, or one of the words
 * that say there is none.
 */
static int source_take(
	struct settings *settings, const char *source, struct why *why)
{
	struct said said = {
		.origin = ORIGIN_COMMAND_LINE,
		.where = "SOURCE",
		.name = "marathon",
		.name_length = strlen("marathon"),
		.value = source,
	};
	static const char *const others[] = {"marathon", "marathon-host"};

	if (!*source || strcmp(source, "none") == 0 ||
		strcmp(source, "mmsdfs") == 0)
		return 0;
	/* What looks like a URL is refused there, without its password. */
	if (!is_url(source) && !strstr(source, "://") && !strchr(source, '@'))
		return why_set(why, -EINVAL,
			"SOURCE '%.80s' is neither a URL nor none", source);
	for (size_t i = 0; i < 2; i++) {
		const struct setting *other =
			settings_find(settings, others[i]);

		if (other && other->origin == ORIGIN_COMMAND_LINE)
			return why_set(why, -EINVAL,
				"SOURCE and %s: give one of them",
				other->where);
	}
	return settings_say(settings, &said, why);
}

static int path_take(
	const char *name, const char *path, char **ret, struct why *why)
{
	struct why words = {""};
	int r;

	if (!*path)
		return why_set(why, -EINVAL, "%s is empty", name);
	r = option_path_absolute(path, ret, &words);
	if (r < 0 && r != -ENOMEM)
		return why_set(why, r, "%s: %s", name, words.text);
	return r;
}

/* Operands in their order; NULL: there is no such. */
static const struct {
	const char *name;
	enum command command;
	const char *text; /* becomes view */
	const char *path; /* becomes mountpoint */
	bool may_lack_path;
} commands[] = {
	{"render", COMMAND_RENDER, "VIEW", NULL, false},
	{"export", COMMAND_EXPORT, NULL, "DIR", false},
	{"explain", COMMAND_EXPLAIN, "ID", "MOUNTPOINT", true},
	{"check", COMMAND_CHECK, NULL, "MOUNTPOINT", true},
	{"status", COMMAND_STATUS, NULL, "MOUNTPOINT", false},
};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

static int unexpected(const char *word, struct why *why)
{
	struct option_shown shown;

	return why_set(why, -EINVAL, "unexpected argument '%s'",
		option_show(word, &shown));
}

static int command_take(struct options *options, size_t index,
	const struct arguments *arguments, struct why *why)
{
	const char *text = commands[index].text, *path = commands[index].path;
	size_t next = 1;

	options->command = commands[index].command;
	if (text && next == arguments->count)
		return why_set(why, -EINVAL, "%s: no %s", commands[index].name,
			text);
	if (text)
		options->view = strdup(arguments->words[next++]);
	if (text && !options->view)
		return -ENOMEM;
	if (path && next < arguments->count)
		return next + 1 < arguments->count
			? unexpected(arguments->words[next + 1], why)
			: path_take(path, arguments->words[next],
				  &options->mountpoint, why);
	if (path && !commands[index].may_lack_path)
		return why_set(why, -EINVAL, "%s: no %s", commands[index].name,
			path);
	return next < arguments->count
		? unexpected(arguments->words[next], why)
		: 0;
}

/* [SOURCE] MOUNTPOINT; a MOUNTPOINT is not http://... */
static int mount_take(struct options *options, struct settings *settings,
	const struct arguments *arguments, struct why *why)
{
	const char *source = NULL, *mountpoint = NULL;
	int r;

	if (arguments->count > 2)
		return unexpected(arguments->words[2], why);
	if (arguments->count == 2) {
		source = arguments->words[0];
		mountpoint = arguments->words[1];
	} else if (arguments->count == 1 && is_http(arguments->words[0])) {
		source = arguments->words[0];
	} else if (arguments->count == 1) {
		mountpoint = arguments->words[0];
	}

	if (source) {
		r = source_take(settings, source, why);
		if (r < 0)
			return r;
		/* mount -a compares it with fstab */
		options->fsname = *source ? strdup(source) : NULL;
		if (*source && !options->fsname)
			return -ENOMEM;
	}
	if (!mountpoint)
		return 0;
	return path_take("MOUNTPOINT", mountpoint, &options->mountpoint, why);
}

static int arguments_take(struct options *options, struct settings *settings,
	const struct arguments *arguments, struct why *why)
{
	int r = 0;

	options->command = COMMAND_MOUNT;
	for (size_t i = 0; arguments->free_count && i < COMMAND_COUNT; i++)
		if (strcmp(commands[i].name, arguments->words[0]) == 0)
			return command_take(options, i, arguments, why);
	if (arguments->free_count)
		r = settings_foreign_command(arguments->words[0], why);
	if (r < 0)
		return r;
	return mount_take(options, settings, arguments, why);
}

/* Moves text, or a copy of standby. */
static int text_move(char **from, const char *standby, char **to)
{
	if (*from || !*to) {
		free(*to);
		*to = *from ? take_ptr(from) : strdup(standby);
	}
	return *to ? 0 : -ENOMEM;
}

static int mount_list_apply(struct mount_list *mount, struct options *options)
{
	options->allow_other = mount->allow_other;
	if (text_move(&mount->fsname, "mmsdfs", &options->fsname) < 0 ||
		text_move(&mount->subtype, "mmsdfs", &options->subtype) < 0 ||
		text_move(&mount->passed, "", &options->fuse_options) < 0)
		return -ENOMEM;
	return 0;
}

static const struct option_row *option_row_of(const char *name)
{
	struct option_match match = {.row = NULL};

	option_find(name, strlen(name), &match);
	return match.row;
}

/* --marathon-host and --marathon-port become --marathon. */
static int host_apply(const struct settings *settings, struct options *options,
	struct why *why)
{
	const char *host = options->marathon_host;
	const struct setting *setting;
	CLEANUP(free) char *url = NULL;
	struct why words = {""};
	struct in6_addr address;
	bool bare;
	int r;

	if (!host)
		return 0;
	setting = settings_find(settings, "marathon-host");
	bare = inet_pton(AF_INET6, host, &address) == 1;
	if (strpbrk(host, bare ? "/" : "/,@[]:"))
		return why_set(why, -EINVAL,
			"%s: expected a name or an address alone",
			setting->where);
	if (asprintf(&url, "http://%s%s%s:%u", bare ? "[" : "", host,
		    bare ? "]" : "", options->marathon_port) < 0) {
		url = NULL;
		return -ENOMEM;
	}
	r = option_value_parse(option_row_of("marathon"), url,
		&options->marathon, &words);
	if (r < 0 && r != -ENOMEM)
		return why_set(why, r, "%s: %s", setting->where, words.text);
	return r;
}

/* Where the user sees it, if nothing else was said. */
static void log_apply(const struct settings *settings, struct options *options)
{
	if (settings_find(settings, "log"))
		return;
	options->log_target =
		!options->foreground && !options->print_options
			&& options_stays(options)
		? LOG_TARGET_SYSLOG
		: LOG_TARGET_STDERR;
}

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

/* Options that are sound each for itself, but not together. */
static int options_check(const struct options *options, struct why *why)
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

static int port_warn(struct settings *settings)
{
	const struct setting *port = settings_find(settings, "marathon-port");

	if (!port || settings_find(settings, "marathon-host") ||
		!settings_find(settings, "marathon"))
		return 0;
	return settings_warn(settings,
		"%s has no effect beside --marathon: the port is in the URL",
		port->where);
}

static int config_read(struct settings *settings, struct why *why)
{
	const struct setting *config = settings_find(settings, "config");
	CLEANUP(free) char *path = NULL;
	int r;

	if (!config)
		return 0;
	r = option_value_parse(config->row, config->value, &path, why);
	if (r < 0)
		return r;
	return settings_read_file(settings, path, why);
}

/* All but the command line's words, into options. */
static int settings_finish(
	struct settings *settings, struct options *options, struct why *why)
{
	int r;

	r = defaults_apply(options, why);
	if (r < 0)
		return r;
	r = settings_apply(settings, options, why);
	if (r < 0)
		return r;
	r = exclusions_apply(settings, options, why);
	if (r < 0)
		return r;
	r = host_apply(settings, options, why);
	if (r < 0)
		return r;
	r = option_callback_apply(settings, options, why);
	if (r < 0)
		return r;
	r = mount_list_apply(&settings->mount, options);
	if (r < 0)
		return r;
	log_apply(settings, options);
	return port_warn(settings);
}

static int options_fill(struct options *options, struct settings *settings,
	char **argv, char **envp, struct why *why)
{
	struct arguments arguments = {.count = 0};
	int r;

	r = settings_read_arguments(settings, argv, &arguments, why);
	if (r < 0)
		return r;
	if (arguments.action) {
		options->command = arguments.action->letter == 'h'
			? COMMAND_HELP
			: COMMAND_VERSION;
		return 0;
	}
	r = settings_read_environment(settings, envp, why);
	if (r < 0)
		return r;
	r = config_read(settings, why);
	if (r < 0)
		return r;
	r = arguments_take(options, settings, &arguments, why);
	if (r < 0)
		return r;
	r = settings_finish(settings, options, why);
	if (r < 0)
		return r;
	return options_check(options, why);
}

int options_parse(int argc, char **argv, char **envp, struct options *ret,
	struct why *why)
{
	struct settings settings = {.count = 0};
	struct options made = {.command = COMMAND_MOUNT};
	struct why words = {""};
	int r;

	r = options_fill(
		&made, &settings, argc > 0 ? argv + 1 : argv, envp, &words);
	if (r == -ENOMEM)
		why_set(&words, r, "out of memory");
	if (r >= 0) {
		made.warnings = take_ptr(&settings.warnings);
		made.warning_count = settings.warning_count;
		settings.warning_count = 0;
		*ret = made;
	} else {
		if (why)
			*why = words;
		options_done(&made);
	}
	settings_done(&settings);
	return r < 0 ? r : 0;
}

int options_default(struct options *ret)
{
	struct options made = {.command = COMMAND_MOUNT};
	int r = defaults_apply(&made, NULL);

	if (r < 0)
		options_done(&made);
	else
		*ret = made;
	return r;
}

bool options_stays(const struct options *options)
{
	return options->command == COMMAND_MOUNT
		|| options->command == COMMAND_EXPORT;
}

bool options_has_runtime(const struct options *options)
{
	return options->haproxy_socket && options->mountpoint
		&& options->haproxy_runtime == RUNTIME_AUTO;
}

void options_done(struct options *options)
{
	for (size_t i = 0; i < option_count; i++)
		if (row_has_field(&option_table[i]))
			option_value_done(&option_table[i],
				row_field(&option_table[i], options));
	for (size_t i = 0; i < options->warning_count; i++)
		free(options->warnings[i]);
	free(options->warnings);
	free(options->mountpoint);
	free(options->view);
	free(options->fsname);
	free(options->subtype);
	free(options->fuse_options);
	*options = (struct options){0};
}
