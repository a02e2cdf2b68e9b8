/* SPDX-License-Identifier: MIT */
#include "fs/options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "fetch/cleanup.h"
#include "fs/option_callback.h"
#include "fs/option_check.h"
#include "fs/option_find.h"
#include "fs/option_path.h"
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
