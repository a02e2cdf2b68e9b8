/* SPDX-License-Identifier: MIT */
#include "fs/hook_settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/cleanup.h"
#include "fs/haproxy.h"
#include "fs/reloader.h"
#include "fs/tree.h"
#include "fs/watcher.h"
#include "render/view.h"

#define HAPROXY_VIEW "haproxy.cfg"

/* In the options' order; their words tell who is meant. */
static const char *const mode_shown[] = {
	[HAPROXY_DAEMON] = "haproxy as a daemon",
	[HAPROXY_MASTER_WORKER] = "haproxy as master and worker",
};

static int no_memory(struct why *why)
{
	return why_set(why, -ENOMEM, "out of memory");
}

static char *path_of(const struct options *options, const char *view)
{
	const char *root = options->mountpoint;
	char *path;

	if (!root)
		return strdup(options->upstream_confd);
	if (asprintf(&path, "%s/%s", strcmp(root, "/") == 0 ? "" : root, view) <
		0)
		return NULL;
	return path;
}

/*
 * One more, all but its commands. Takes over view; NULL: no memory. Returns it
 * borrowed from settings, or NULL, and why says why not.
 */
static struct hook_settings *add(struct hooks_settings *settings,
	const struct options *options, char *view, struct why *why)
{
	struct hook_settings *item = &settings->items[settings->count];

	if (settings->count == HOOKS_MAX) {
		free(view);
		why_set(why, -E2BIG, "more than %d hooks", HOOKS_MAX);
		return NULL;
	}
	settings->views[settings->count] = view;
	settings->paths[settings->count] = view ? path_of(options, view) : NULL;
	*item = (struct hook_settings){
		.view = view,
		.path = settings->paths[settings->count],
		.timeout_ms = options->hook_timeout_ms,
		.interval_ms = options->reload_interval_ms,
	};
	settings->count++;
	if (item->path)
		return item;
	no_memory(why);
	return NULL;
}

static int parse(const char *option, const char *text, struct words *ret,
	struct why *why)
{
	struct why words = {""};
	int r;

	r = words_parse(text, ret, &words);
	return r < 0
		? why_set(why, r, "%s: '%.80s': %s", option, text, words.text)
		: 0;
}

static int check_view(
	const struct options *options, const char *view, struct why *why)
{
	if (strcmp(view, HOOK_SERVICES) == 0)
		return 0;
	if (!view_find(view))
		return why_set(why, -EINVAL,
			"--on-change: no view '%.80s'; there are haproxy.cfg, "
			"status.json, metrics.prom and services",
			view);
	if (!options->mountpoint)
		return why_set(why, -EINVAL,
			"--on-change: there is no %s without a MOUNTPOINT",
			view);
	return 0;
}

/* VIEW=CMD */
static int add_on_change(struct hooks_settings *settings,
	const struct options *options, const char *text, struct why *why)
{
	const char *equals = strchr(text, '=');
	struct hook_settings *item;
	int r;

	if (!equals)
		return why_set(why, -EINVAL,
			"--on-change: '%.80s' is not VIEW=CMD", text);
	item = add(
		settings, options, strndup(text, (size_t)(equals - text)), why);
	if (!item)
		return -E2BIG;
	r = check_view(options, item->view, why);
	if (r < 0)
		return r;
	item->shown = equals + 1;
	return parse("--on-change", equals + 1, &item->command, why);
}

static int add_haproxy_reload(struct hooks_settings *settings,
	const struct options *options, struct why *why)
{
	struct hook_settings *item;
	int r;

	item = add(settings, options, strdup(HAPROXY_VIEW), why);
	if (!item)
		return -E2BIG;
	settings->reloads[settings->count - 1] = true;
	item->shown = options->haproxy_reload;
	r = parse("--haproxy-reload", options->haproxy_reload, &item->command,
		why);
	if (r == 0 && options->haproxy_start)
		r = parse("--haproxy-start", options->haproxy_start,
			&item->first, why);
	return r;
}

/* Root has /run; a user what the login has made for him. */
static int find_pidfile(
	const struct options *options, char **ret, struct why *why)
{
	const char *runtime =
		geteuid() == 0 ? "/run" : getenv("XDG_RUNTIME_DIR");
	int r;

	if (options->haproxy_pidfile) {
		*ret = strdup(options->haproxy_pidfile);
		return *ret ? 0 : no_memory(why);
	}
	if (!runtime || *runtime != '/')
		return why_set(why, -EINVAL,
			"--haproxy needs --haproxy-pidfile: there is no "
			"$XDG_RUNTIME_DIR");
	r = asprintf(ret, "%s/mmsdfs/haproxy.pid", runtime);
	if (r < 0)
		*ret = NULL;
	return r < 0 ? no_memory(why) : 0;
}

static int check_around(const char *option, const char *text, struct why *why)
{
	struct words command = {NULL, NULL};
	int r;

	if (!text)
		return 0;
	r = parse(option, text, &command, why);
	words_done(&command);
	return r;
}

/* Texts are borrowed, as those of the options are. */
static int make_reloader(const struct hooks_settings *settings,
	const struct options *options, struct words *ret)
{
	static const char *const modes[] = {
		[HAPROXY_DAEMON] = "0", [HAPROXY_MASTER_WORKER] = "1"};
	const char *words[RELOADER_WORDS] = {
		[0] = RELOADER_WORD,
		[RELOADER_MODE] = modes[options->haproxy_mode],
		[RELOADER_PROGRAM] = settings->haproxy,
		[RELOADER_PIDFILE] = settings->pidfile,
		[RELOADER_SOCKET] = options->haproxy_socket,
		[RELOADER_BEFORE] = options->haproxy_before_cmd,
		[RELOADER_AFTER] = options->haproxy_after_cmd,
	};

	ret->list = calloc(RELOADER_WORDS + 1, sizeof(ret->list[0]));
	if (!ret->list)
		return -ENOMEM;
	for (size_t i = 0; i < RELOADER_WORDS; i++)
		ret->list[i] = (char *)(uintptr_t)(words[i] ? words[i] : "");
	return 0;
}

static int add_haproxy(struct hooks_settings *settings,
	const struct options *options, struct why *why)
{
	struct hook_settings *item;
	int r;

	r = haproxy_find(options->haproxy_bin, &settings->haproxy, why);
	if (r == 0)
		r = find_pidfile(options, &settings->pidfile, why);
	if (r == 0)
		r = check_around("--haproxy-before-cmd",
			options->haproxy_before_cmd, why);
	if (r == 0)
		r = check_around(
			"--haproxy-after-cmd", options->haproxy_after_cmd, why);
	if (r < 0)
		return r;
	item = add(settings, options, strdup(HAPROXY_VIEW), why);
	if (!item)
		return -E2BIG;
	settings->reloads[settings->count - 1] = true;
	item->shown = mode_shown[options->haproxy_mode];
	item->program = "/proc/self/exe";
	item->pidfile = settings->pidfile;
	item->haproxy = settings->haproxy;
	return make_reloader(settings, options, &item->command) < 0
		? no_memory(why)
		: 0;
}

/* Options that only make sense beside others. */
static int check_together(const struct options *options, struct why *why)
{
	const char *needed =
		options->haproxy ? "--haproxy" : "--haproxy-reload";

	if (options->haproxy && options->haproxy_reload)
		return why_set(why, -EINVAL,
			"--haproxy and --haproxy-reload: give one of them");
	if (options->haproxy_start && !options->haproxy_reload)
		return why_set(
			why, -EINVAL, "--haproxy-start needs --haproxy-reload");
	if (!options->haproxy &&
		(options->haproxy_before_cmd || options->haproxy_after_cmd))
		return why_set(why, -EINVAL, "--haproxy-%s-cmd needs --haproxy",
			options->haproxy_before_cmd ? "before" : "after");
	if ((options->haproxy || options->haproxy_reload) &&
		!options->mountpoint)
		return why_set(why, -EINVAL,
			"%s: there is no haproxy.cfg without a MOUNTPOINT",
			needed);
	return 0;
}

static int make(struct hooks_settings *settings, const struct options *options,
	struct why *why)
{
	const struct option_list *list = &options->on_change;
	int r;

	r = check_together(options, why);
	settings->has_runtime = options_has_runtime(options);
	for (size_t i = 0; i < list->count && r == 0; i++)
		r = add_on_change(settings, options, list->items[i], why);
	if (r == 0 && options->haproxy_reload)
		r = add_haproxy_reload(settings, options, why);
	if (r == 0 && options->haproxy)
		r = add_haproxy(settings, options, why);
	return r;
}

int hooks_settings_make(const struct options *options,
	struct hooks_settings *ret, struct why *why)
{
	int r;

	*ret = (struct hooks_settings){
		.services_dir = options->mountpoint ? DIR_SERVICES : DIR_ROOT};
	r = make(ret, options, why);
	if (r < 0)
		hooks_settings_done(ret);
	return r;
}

void hooks_settings_done(struct hooks_settings *settings)
{
	for (size_t i = 0; i < settings->count; i++) {
		words_done(&settings->items[i].command);
		words_done(&settings->items[i].first);
		free(settings->paths[i]);
		free(settings->views[i]);
	}
	free(settings->haproxy);
	free(settings->pidfile);
	*settings = (struct hooks_settings){.count = 0};
}
