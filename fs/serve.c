/* SPDX-License-Identifier: MIT */
#include "fs/serve.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fetch/cleanup.h"
#include "fetch/clock.h"
#include "fs/convert.h"
#include "fs/exit_status.h"
#include "fs/hooks.h"
#include "fs/keeper.h"
#include "fs/live.h"
#include "fs/log.h"
#include "fs/renderer.h"
#include "fs/runtime.h"
#include "fs/watcher.h"
#include "render/haproxy_default.h"

/* All pointers start NULL; serve_end() takes them in any state. */
struct serve {
	struct setup *first; /* the reference of main: what never changes */
	struct setup *setup; /* of the last reading that counted */
	const struct setup_words *words;
	const struct options *options; /* of first */
	struct daemon *daemon;
	const char *path; /* of the mount, or the export */
	bool confd_only;  /* the services directory is the root */
	bool bound;       /* --upstream-confd beside a mount point */
	bool hangs;       /* a thread could not be ended */
	int signals;

	struct hooks_settings hooks_settings;
	struct hooks *hooks; /* NULL: none were asked for */
	struct runtime *runtime; /* NULL: none was asked for */
	struct live *live;
	struct mailbox *mailbox;
	struct renderer *renderer;
	struct keeper *keeper; /* NULL: nothing is kept */
	struct services *services;
	struct watcher *watcher;
};

/* Before any thread, so that all of them have it. */
static int block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL); /* or nobody could wait for a child */
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int start_live(struct serve *s, struct why *why)
{
	struct live_settings settings = {
		.path = s->path,
		.export = s->options->command == COMMAND_EXPORT,
		.fsname = s->options->fsname,
		.allow_other = s->options->allow_other
			|| (geteuid() == 0 && !s->options->private_mount),
		/* An empty directory would mean "no services": first fill. */
		.late = s->confd_only,
		.uid = s->options->uid,
		.gid = s->options->gid,
		.umask = s->options->umask,
		.mode = s->options->notify,
		.aliases = s->options->notify_aliases,
		.told = s->hooks ? hooks_told : NULL,
		.told_context = s->hooks,
		.told_fd = hooks_fd(s->hooks),
	};
	int r;

	r = live_new(&settings, &s->live, why);
	if (r < 0 || s->confd_only)
		return r;
	r = live_mkdir(s->live, DIR_SERVICES, "services");
	if (r == 0 && s->options->haproxy_map)
		r = live_mkdir(s->live, DIR_HAPROXY, "haproxy");
	return r < 0 ? why_set(why, r, "out of memory") : 0;
}

static int start_runtime(struct serve *s, struct why *why)
{
	struct runtime_thread_settings settings = {
		.socket = s->options->haproxy_socket,
		.drain_ms = s->options->drain_timeout_ms,
		.hooks = s->hooks,
	};
	int r;

	if (!options_has_runtime(s->options))
		return 0;
	/* A head of somebody's own may have any. */
	if (!templates_given(s->first->files->templates, TEMPLATE_HEAD))
		settings.defaults = HAPROXY_DEFAULT_SERVER;
	r = runtime_new(&settings, &s->runtime);
	return r < 0 ? why_set(why, r, "cannot start the runtime") : 0;
}

static int start_watcher(struct serve *s, struct watcher_settings *watcher,
	struct why *why)
{
	struct fetch_plan plan;
	struct fetch *fetch;
	int r;

	convert_fetch(s->options, &plan);
	r = fetch_new(&plan.settings, &fetch, why);
	if (r < 0)
		return r;
	watcher->services = s->services;
	r = watcher_new(watcher, fetch, &s->watcher);
	if (r < 0) {
		fetch_free(fetch);
		return why_set(why, r, "cannot start the watcher");
	}
	return 0;
}

static int start_threads(struct serve *s, struct why *why)
{
	struct renderer_settings renderer = {
		.live = s->live,
		.export = s->options->command == COMMAND_EXPORT,
		.hooks = s->hooks,
		.mountpoint = s->path,
	};
	struct watcher_settings watcher = {
		.live = s->live,
		.services_dir = s->confd_only ? DIR_ROOT : DIR_SERVICES,
	};
	int r;

	r = mailbox_new(&s->mailbox);
	if (r < 0)
		return why_set(why, r, "out of memory");
	r = start_runtime(s, why);
	if (r < 0)
		return r;
	renderer.runtime = s->runtime;
	renderer.mailbox = watcher.mailbox = s->mailbox;
	/* A mount of the services directory alone has no views. */
	r = s->confd_only ? 0 : renderer_new(&renderer, s->first, &s->renderer);
	if (r < 0)
		return why_set(why, r, "cannot start the renderer");
	if (s->options->state_dir) {
		r = keeper_new(s->options->state_dir, &s->keeper);
		if (r < 0)
			return why_set(why, r, "cannot start the keeper");
		watcher.keep = keeper_mailbox(s->keeper);
	}
	return start_watcher(s, &watcher, why);
}

int serve_check_state_dir(const char *path, struct why *why)
{
	struct stat now;

	if (stat(path, &now) < 0)
		return why_set(why, -errno, "--state-dir %s: %s", path,
			strerror(errno));
	if (!S_ISDIR(now.st_mode))
		return why_set(why, -ENOTDIR, "--state-dir %s: not a directory",
			path);
	if (access(path, W_OK | X_OK) < 0)
		return why_set(why, -errno, "--state-dir %s: %s", path,
			strerror(errno));
	return 0;
}

int serve_check(const struct options *options, struct why *why)
{
	struct hooks_settings hooks;
	struct fetch_plan plan;
	struct fetch *fetch;
	int r = 0;

	if (options->state_dir)
		r = serve_check_state_dir(options->state_dir, why);
	if (r == 0)
		r = hooks_settings_make(options, &hooks, why);
	if (r < 0)
		return r;
	hooks_settings_done(&hooks);
	convert_fetch(options, &plan);
	r = fetch_new(&plan.settings, &fetch, why);
	if (r == 0)
		fetch_free(fetch);
	return r;
}

/* Before there is anything that could change. */
static int start_hooks(struct serve *s, struct why *why)
{
	int r;

	r = hooks_settings_make(s->options, &s->hooks_settings, why);
	if (r < 0 || s->hooks_settings.count == 0)
		return r;
	return hooks_new(&s->hooks_settings, &s->hooks, why);
}

static int start(struct serve *s, struct why *why)
{
	struct services_settings services;
	int r;

	s->signals = block_signals();
	if (s->signals < 0)
		return why_set(why, s->signals, "cannot watch signals");
	convert_services(s->options, &services);
	r = services_new(&services, &s->services, why);
	if (r < 0)
		return r;
	r = start_hooks(s, why);
	if (r < 0)
		return r;
	r = start_live(s, why);
	return r < 0 ? r : start_threads(s, why);
}

/* The order is the reverse of the start; the mount goes before its threads. */
static void end(struct serve *s)
{
	watcher_free(s->watcher);
	renderer_free(s->renderer);
	runtime_free(s->runtime);
	keeper_free(s->keeper);
	/* What it runs may use the mount. */
	s->hangs = !hooks_stop(s->hooks);
	if (s->bound)
		mount_unbind(s->options->upstream_confd);
	s->hangs = !live_free(s->live) || s->hangs;
	if (s->hangs)
		return;
	hooks_free(s->hooks);
	hooks_settings_done(&s->hooks_settings);
	mailbox_free(s->mailbox);
	services_free(s->services);
	setup_unref(s->setup);
	if (s->signals >= 0)
		close(s->signals);
}

/* Other sources are followed once they have something to show. */
static int replace_sources(
	struct serve *s, const struct setup *next, struct why *why)
{
	struct fetch_plan plan;
	struct fetch *fetch;
	int r;

	if (!setup_has_other_sources(s->setup, next)) {
		watcher_refresh(s->watcher);
		return 0;
	}
	convert_fetch(&next->options, &plan);
	plan.settings.follows = true;
	r = fetch_new(&plan.settings, &fetch, why);
	if (r < 0)
		return r;
	watcher_replace(s->watcher, fetch);
	return 0;
}

/* On SIGHUP. What is wrong changes nothing. */
static void read_again(struct serve *s)
{
	CLEANUP(setup_unref) struct setup *next = NULL;
	struct reread reread = {.at = clock_unix_ms()};
	int r;

	daemon_reloading();
	r = setup_read_again(s->first, s->words, &next, &reread.why);
	if (r == 0)
		r = replace_sources(s, next, &reread.why);
	if (r == 0) {
		reread.why.text[0] = '\0';
		setup_warn(next);
		setup_unref(s->setup);
		s->setup = setup_ref(next);
		log_info("the configuration was read again");
	} else {
		log_error("the configuration was read again in vain: %s",
			reread.why.text);
	}
	mailbox_put_setup(
		s->mailbox, r == 0 ? take_ptr(&next) : NULL, &reread);
	daemon_reloaded();
}

/* False: the process is to end. */
static bool on_signal(struct serve *s)
{
	struct signalfd_siginfo info;

	while (read(s->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP) {
			read_again(s);
		} else if (info.ssi_signo == SIGUSR1) {
			watcher_refresh(s->watcher);
		} else {
			log_info("ends: signal %u", info.ssi_signo);
			return false;
		}
		live_again(s->live);
	}
	return true;
}

static int after_first(struct serve *s, struct why *why)
{
	char from[4096 + 16];
	int r;

	if (s->confd_only) {
		r = live_attach(s->live, why);
		if (r == 0)
			hooks_services_shown(s->hooks);
		return r;
	}
	if (!s->options->upstream_confd)
		return 0;
	snprintf(from, sizeof(from), "%s/services", s->path);
	r = mount_bind(from, s->options->upstream_confd, why);
	s->bound = r == 0;
	return r;
}

/* What the main thread waits for, in this order. */
enum { POLL_SIGNALS, POLL_SERVICES, POLL_VIEWS, POLL_LIVE, POLLS = POLL_LIVE + LIVE_POLLS };

static void fill_polls(
	struct serve *s, bool services, bool shown, struct pollfd polls[POLLS])
{
	polls[POLL_SIGNALS] =
		(struct pollfd){.fd = s->signals, .events = POLLIN};
	polls[POLL_SERVICES] = (struct pollfd){
		.fd = services ? -1 : watcher_first_fd(s->watcher),
		.events = POLLIN};
	polls[POLL_VIEWS] = (struct pollfd){
		.fd = shown ? -1 : renderer_first_fd(s->renderer),
		.events = POLLIN};
	live_poll(s->live, &polls[POLL_LIVE]);
}

static int time_left(const struct serve *s, int64_t since)
{
	int64_t left;

	if (s->options->wait_ms == 0)
		return -1;
	left = since + s->options->wait_ms - clock_now_ms();
	return left > 0 ? (int)left : 0;
}

/* Until the first answer is there to be read: 0. Exit status otherwise. */
static int wait_for_first(struct serve *s, bool *ret_ended, struct why *why)
{
	int64_t since = clock_now_ms();
	bool services = false, shown = s->confd_only;
	struct pollfd polls[POLLS];

	while (!services || !shown || !live_is_idle(s->live)) {
		int left = time_left(s, since);

		if (left == 0) {
			watcher_why(s->watcher, why);
			return EXIT_NO_ANSWER;
		}
		/* Told is not signalled: looked at every few milliseconds. */
		if (services && shown)
			left = 2;
		fill_polls(s, services, shown, polls);
		poll(polls, POLLS, left);
		services = services || polls[POLL_SERVICES].revents;
		shown = shown || polls[POLL_VIEWS].revents;
		*ret_ended = live_is_gone(s->live)
			|| (polls[POLL_SIGNALS].revents && !on_signal(s));
		if (*ret_ended)
			return 0;
	}
	return after_first(s, why) < 0 ? 1 : 0;
}

static void wait_for_end(struct serve *s)
{
	struct pollfd polls[POLLS];

	for (;;) {
		fill_polls(s, true, true, polls);
		poll(polls, POLLS, -1);
		if (polls[POLL_SIGNALS].revents && !on_signal(s))
			return;
		if (live_is_gone(s->live)) {
			log_info("ends: unmounted");
			return;
		}
	}
}

static int run(struct serve *s, struct why *why)
{
	bool ended = false;
	int status;

	status = wait_for_first(s, &ended, why);
	if (status != 0)
		return status;
	if (ended) {
		why_set(why, 0, "ended before the first answer");
		return s->daemon->background ? 1 : 0;
	}
	daemon_ready(s->daemon);
	wait_for_end(s);
	daemon_stopping();
	return 0;
}

int serve(struct setup *setup, const struct setup_words *words,
	struct daemon *daemon)
{
	const struct options *options = &setup->options;
	struct serve s = {
		.first = setup,
		.setup = setup_ref(setup),
		.words = words,
		.options = options,
		.daemon = daemon,
		.path = options->mountpoint ? options->mountpoint
					    : options->upstream_confd,
		.confd_only = !options->mountpoint,
		.signals = -1,
	};
	struct why why = {""};
	int status = 0;

	if (start(&s, &why) < 0)
		status = 1;
	else
		status = run(&s, &why);
	end(&s);
	if (why.text[0])
		daemon_failed(daemon, status, why.text);
	if (s.hangs) {
		log_error("a thread hangs in the kernel; ends without it");
		_exit(status);
	}
	return status;
}
