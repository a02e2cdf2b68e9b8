/* SPDX-License-Identifier: MIT */
#include "fs/option_callback.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fs/option_find.h"
#include "fs/option_value.h"

/* The text of the URL, for the caller to free. -ENOMEM. */
static int compose(const struct options *options, char **ret)
{
	const char *host = options->callback_host;
	const char *endpoint = options->callback_endpoint;
	bool bare = strchr(host, ':') && host[0] != '[';

	if (asprintf(ret, "http://%s%s%s:%u%s%s", bare ? "[" : "", host,
		    bare ? "]" : "", options->callback_port,
		    endpoint[0] == '/' ? "" : "/", endpoint)
		< 0) {
		*ret = NULL;
		return -ENOMEM;
	}
	return 0;
}

int option_callback_apply(struct settings *settings, struct options *options,
	struct why *why)
{
	const struct setting *port =
		settings_find(settings, "marathon-callback-port");
	CLEANUP(free) char *url = NULL;
	struct option_match match;
	int r;

	/* As it was said, and it may miss some. */
	if (options->print_options)
		return 0;
	if (!options->callback_host)
		return !port ? 0
			     : settings_warn(settings,
				       "%s has no effect without "
				       "--marathon-callback-host",
				       port->where);
	if (!port)
		return why_set(why, -EINVAL,
			"%s: give --marathon-callback-port, too",
			settings_find(settings, "marathon-callback-host")
				->where);
	r = compose(options, &url);
	if (r < 0)
		return r;
	option_find("marathon-callback", strlen("marathon-callback"), &match);
	return option_value_parse(match.row, url, &options->callback, why);
}

static const char *item_of(
	const struct option_named_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].name, name) == 0)
			return list->items[i].value;
	return NULL;
}

struct callback_settings options_callback(
	const struct options *options, const char *name)
{
	if (!options_stays(options))
		return (struct callback_settings){.url = NULL};
	return (struct callback_settings){
		.url = item_of(&options->callback, name),
		.bind = item_of(&options->callback_bind, name),
		.allow = options->callback_allow,
	};
}

static int check_one(const struct options *options,
	const struct option_named *item, struct why *why)
{
	const char *source = item_of(&options->marathon, item->name);
	const struct callback_settings settings = {
		.url = item->value,
		.bind = item_of(&options->callback_bind, item->name),
		.allow = options->callback_allow,
	};
	struct why words = {""};
	int r;

	if (!options->print_options
		&& (!source || strncmp(source, "file:", 5) == 0))
		return why_set(why, -EINVAL,
			"--marathon-callback: --marathon=%s=... is not there, "
			"or a file",
			item->name);
	r = callback_check(&settings, &words);
	return r < 0 ? why_set(why, r, "callbacks of %s: %s", item->name,
			       words.text)
		     : 0;
}

int option_callback_check(const struct options *options, struct why *why)
{
	const struct option_named_list *binds = &options->callback_bind;
	int r;

	for (size_t i = 0; i < options->callback.count; i++) {
		r = check_one(options, &options->callback.items[i], why);
		if (r < 0)
			return r;
	}
	if (options->print_options)
		return 0;
	for (size_t i = 0; i < binds->count; i++)
		if (!item_of(&options->callback, binds->items[i].name))
			return why_set(why, -EINVAL,
				"--callback-bind: there is no "
				"--marathon-callback for %s",
				binds->items[i].name);
	if (options->callback_allow && !options->callback.count)
		return why_set(why, -EINVAL,
			"--callback-allow: there is no --marathon-callback");
	return 0;
}
