/* SPDX-License-Identifier: MIT */
#include "fs/checkup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "fetch/catalog.h"
#include "fs/checkup_impl.h"
#include "fs/haproxy.h"
#include "fs/hook_settings.h"
#include "fs/mount.h"
#include "fs/serve.h"

void checkup_say(struct checkup *checkup, enum verdict verdict,
	const char *what, const char *format, ...)
{
	static const char *const words[] = {
		[VERDICT_OK] = "ok",
		[VERDICT_NOTE] = "note",
		[VERDICT_FAILED] = "FAILED",
	};
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	/* One line is one item, whatever a source says. */
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = '?';
	printf("%-7s %s: %s\n", words[verdict], what, text);
	checkup->failed |= verdict == VERDICT_FAILED;
}

/* They are sound, or we would not be here. */
static void check_options(struct checkup *checkup)
{
	const struct options *options = checkup->options;

	checkup_say(checkup, VERDICT_OK, "options", "understood");
	for (size_t i = 0; i < options->warning_count; i++)
		checkup_say(checkup, VERDICT_NOTE, "options", "%s",
			options->warnings[i]);
}

static void check_files(struct checkup *checkup)
{
	struct why why;

	if (view_files_new(checkup->options, environ, &checkup->files, &why) <
		0) {
		checkup_say(checkup, VERDICT_FAILED, "files", "%s", why.text);
		return;
	}
	checkup_say(checkup, VERDICT_OK, "files",
		"templates, settings and tail can be read");
	for (size_t i = 0; i < checkup->files->warning_count; i++)
		checkup_say(checkup, VERDICT_NOTE, "files", "%s",
			checkup->files->warnings[i]);
}

static void check_state_dir(struct checkup *checkup)
{
	const char *path = checkup->options->state_dir;
	struct why why;

	if (!path)
		checkup_say(checkup, VERDICT_NOTE, "state",
			"nothing is kept over a restart; see --state-dir");
	else if (serve_check_state_dir(path, &why) < 0)
		checkup_say(checkup, VERDICT_FAILED, "state", "%s", why.text);
	else
		checkup_say(checkup, VERDICT_OK, "state", "%s can be written",
			path);
}

/* They are made of paths on the mount. */
static void check_hooks(struct checkup *checkup)
{
	const struct options *options = checkup->options;
	struct hooks_settings hooks;
	struct why why;

	if (!options->mountpoint && !options->upstream_confd) {
		if (options->haproxy || options->haproxy_reload ||
			options->on_change.count)
			checkup_say(checkup, VERDICT_NOTE, "hooks",
				"not looked at without a MOUNTPOINT");
		return;
	}
	if (hooks_settings_make(options, &hooks, &why) < 0) {
		checkup_say(checkup, VERDICT_FAILED, "hooks", "%s", why.text);
		return;
	}
	if (hooks.count > 0)
		checkup_say(checkup, VERDICT_OK, "hooks", "%zu understood",
			hooks.count);
	hooks_settings_done(&hooks);
}

/* mount_check() would take it out of the way. */
static bool is_dead_mount(const char *path)
{
	struct statfs ignored;

	return statfs(path, &ignored) < 0 && errno == ENOTCONN;
}

static void check_mountpoint(struct checkup *checkup, const char *path)
{
	struct why why;
	int r;

	if (!path)
		return;
	if (is_dead_mount(path)) {
		checkup_say(checkup, VERDICT_NOTE, "mount",
			"%s: a dead mount, which the next start replaces",
			path);
		return;
	}
	r = mount_check(path, &why);
	if (r == -EBUSY)
		checkup_say(checkup, VERDICT_NOTE, "mount", "%s", why.text);
	else if (r < 0)
		checkup_say(checkup, VERDICT_FAILED, "mount", "%s", why.text);
	else
		checkup_say(checkup, VERDICT_OK, "mount",
			"%s is an empty directory", path);
}

static void check_fuse(struct checkup *checkup)
{
	CLEANUP(free) char *helper = NULL;
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		checkup_say(checkup, VERDICT_FAILED, "fuse",
			"/dev/fuse: %s; load the fuse module, give the "
			"container the device, or use mmsdfs export",
			strerror(errno));
	else if (geteuid() != 0 &&
		haproxy_find("fusermount3", &helper, NULL) < 0)
		checkup_say(checkup, VERDICT_FAILED, "fuse",
			"fusermount3 is not there, which a user needs to "
			"mount; install fuse3");
	else
		checkup_say(
			checkup, VERDICT_OK, "fuse", "/dev/fuse can be opened");
	if (fd >= 0)
		close(fd);
}

static void check_mount(struct checkup *checkup)
{
	const struct options *options = checkup->options;

	if (!options->mountpoint && !options->upstream_confd) {
		checkup_say(checkup, VERDICT_NOTE, "mount",
			"not looked at without a MOUNTPOINT");
		return;
	}
	check_fuse(checkup);
	check_mountpoint(checkup, options->mountpoint);
	check_mountpoint(checkup, options->upstream_confd);
}

int checkup(const struct options *options)
{
	struct checkup checkup = {.options = options};

	check_options(&checkup);
	check_files(&checkup);
	checkup_sources(&checkup);
	checkup_haproxy(&checkup);
	check_hooks(&checkup);
	check_state_dir(&checkup);
	check_mount(&checkup);
	catalog_unref(checkup.catalog);
	view_files_free(checkup.files);
	return checkup.failed ? 1 : 0;
}
