/* SPDX-License-Identifier: MIT */
#include "fetch/services_dir.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fetch/services_dir_impl.h"

static void services_dir_free(struct source *source)
{
	struct services_dir *dir = (void *)source;

	dir_watch_free(dir->watch);
	belief_free(source->belief);
	catalog_unref(dir->spared);
	service_files_done(&dir->files);
	free(dir->path);
	free(dir);
}

/* The directory may come later. */
static int services_dir_new(const struct source_context *context,
	struct source **ret, struct why *why)
{
	struct services_dir *dir = calloc(1, sizeof(*dir));
	int r;

	if (!dir)
		return why_set(why, -ENOMEM, "out of memory");
	dir->reader = context->reader;
	dir->refresh_ms = context->settings->refresh_ms;
	dir->poll_ms = context->settings->poll_ms;
	dir->gone_at = dir->work_at = NEVER;
	dir->path = strdup(context->source->address);
	r = dir->path
		? source_begin(&dir->source, &services_dir_source, context)
		: -ENOMEM;
	if (r < 0)
		why_set(why, r, "out of memory");
	else
		r = dir_watch_new(dir->path, &dir->watch, why);
	if (r < 0) {
		services_dir_free(&dir->source);
		return r;
	}
	source_is_at(&dir->source, dir->path);
	*ret = &dir->source;
	return 0;
}

static void report_why(struct services_dir *dir)
{
	struct source_report *report = &dir->source.report;

	report->streaming = dir_watch_is_attached(dir->watch);
	report->stale = dir->why.text[0] && belief_shown(dir->source.belief);
	source_say(&dir->source, dir->why.text);
}

static void begin_scan(struct services_dir *dir)
{
	struct why why = {""};

	dir->scan_at = NEVER;
	dir->scanning = services_dir_scan(dir, &why) == 0;
	if (dir->scanning) {
		dir->changed = true;
		services_dir_work(dir);
		return;
	}
	dir->why = why;
	dir->source.report.failures++;
	dir->scan_at = dir->now + dir->poll_ms;
	if (!belief_shown(dir->source.belief))
		belief_despair(dir->source.belief);
	report_why(dir);
}

/* What is not there any more goes without any doubt. */
static void announce_app(
	struct services_dir *dir, const struct app *was, const struct app *is)
{
	const char *id = was->key.id;

	if (!is) {
		belief_announce(dir->source.belief, id, NULL);
		return;
	}
	for (uint32_t i = 0; i < was->instance_count; i++)
		if (!app_instance(is, was->instances[i].id))
			belief_announce(
				dir->source.belief, id, was->instances[i].id);
}

/* Both are in order of ids. */
static void announce(struct services_dir *dir,
	const struct service_list *before, const struct service_list *after)
{
	size_t k = 0;

	for (size_t i = 0; i < before->count; i++) {
		const struct app *was = before->apps[i];
		int order = 1;

		for (; k < after->count; k++) {
			order = strcmp(after->apps[k]->key.id, was->key.id);
			if (order >= 0)
				break;
		}
		announce_app(dir, was,
			k < after->count && order == 0 ? after->apps[k] : NULL);
	}
}

static int read_file(struct services_dir *dir, struct service_file *file)
{
	struct service_list before = {NULL, 0};
	int r;

	r = service_file_read(
		file, dir->path, &dir->reader, &before);
	if (r == -ENOMEM)
		return r;
	/* Of one that is not there an event tells, or the next scan. */
	file->wanted = false;
	dir->changed = dir->source.news = true;
	dir->source.report.app_reads++;
	dir->source.report.bytes += (uint64_t)file->size;
	if (r > 0)
		announce(dir, &before, &file->list);
	service_list_done(&before);
	return 0;
}

/* False: more are to be read. */
static bool read_wanted(struct services_dir *dir)
{
	int64_t until = clock_now_ms() + READ_MS;

	for (size_t i = 0; i < dir->files.count; i++) {
		if (!dir->files.items[i]->wanted)
			continue;
		if (clock_now_ms() >= until) {
			dir->work_at = dir->now;
			return false;
		}
		if (read_file(dir, dir->files.items[i]) < 0) {
			dir->work_at = dir->now + RETRY_MS;
			return false;
		}
	}
	return true;
}

/* Unless it was the directory that went, and they with it. */
static void remove_gone(struct services_dir *dir)
{
	const struct service_list nothing = {NULL, 0};

	if (services_dir_attach(dir, NULL) != 0) {
		dir->scan_at = dir->now;
		return;
	}
	dir->gone_at = NEVER;
	for (size_t i = dir->files.count; i > 0; i--) {
		struct service_file *file = dir->files.items[i - 1];

		if (!file->gone)
			continue;
		announce(dir, &file->list, &nothing);
		service_files_drop(&dir->files, file);
	}
	dir->changed = true;
	services_dir_work(dir);
}

static bool is_unknown(const struct service_file *file)
{
	return file->why.text[0] && !file->good && !file->gone;
}

/* A file is bad whose services nobody knows: they may be any. */
static bool has_unknown(const struct services_dir *dir)
{
	for (size_t i = 0; i < dir->files.count; i++)
		if (is_unknown(dir->files.items[i]))
			return true;
	return false;
}

/* What an earlier run knew, and no file has, is spared for the bad ones. */
static int find_spared(struct services_dir *dir)
{
	struct catalog *known = belief_known(dir->source.belief);
	struct service_claim claim;
	size_t count = 0;
	int r;

	if (!has_unknown(dir))
		catalog_unref(take_ptr(&dir->spared));
	if (!has_unknown(dir) || !known || dir->source.report.complete)
		return 0;
	r = service_claim_make(&dir->files, known, NULL, &claim);
	for (size_t i = 0; r == 0 && i < claim.count; i++) {
		struct catalog_change *change = &claim.changes[i];

		if (!change->app)
			claim.changes[count++] = (struct catalog_change){
				.key = change->key,
				.app = catalog_find(known, &change->key)};
	}
	if (r == 0)
		r = catalog_edit(NULL, claim.changes, count, &dir->spared);
	service_claim_done(&claim);
	return r;
}

/* All was looked at: a complete answer. */
static int answer(struct services_dir *dir, struct service_claim *claim)
{
	struct catalog *next;
	int r;

	r = catalog_edit(belief_known(dir->source.belief), claim->changes,
		claim->count, &next);
	if (r < 0)
		return r;
	belief_answer(dir->source.belief, next);
	dir->scanning = false;
	dir->scan_at = dir->now + dir->refresh_ms;
	dir->source.report.full_reads++;
	dir->source.report.last_answer = clock_unix_ms();
	dir->why.text[0] = '\0';
	return 0;
}

static int edit(struct services_dir *dir, const struct service_claim *claim)
{
	int r = 0;

	for (size_t i = 0; i < claim->count && r == 0; i++)
		r = belief_edit(dir->source.belief, claim->changes[i].key.id,
			claim->changes[i].app);
	return r;
}

static int claim_files(struct services_dir *dir)
{
	struct service_claim claim;
	int r;

	r = find_spared(dir);
	if (r < 0)
		return r;
	r = service_claim_make(&dir->files, belief_known(dir->source.belief),
		dir->spared, &claim);
	if (r < 0)
		return r;
	source_leaves_out(&dir->source, claim.bad, &claim.first_bad);
	r = dir->scanning ? answer(dir, &claim) : edit(dir, &claim);
	service_claim_done(&claim);
	return r;
}

/* Before all was looked at once, what single files say is not complete. */
static void claim_turn(struct services_dir *dir)
{
	int r;

	if (!dir->changed || !(dir->scanning || dir->source.report.complete))
		return;
	dir->changed = false;
	r = claim_files(dir);
	if (r == -E2BIG) {
		why_set(&dir->why, r, "%s: more than %d services", dir->path,
			APPS_MAX);
		dir->scanning = false;
		dir->scan_at = dir->now + dir->poll_ms;
	} else if (r < 0) {
		dir->changed = true;
		dir->work_at = dir->now + RETRY_MS;
	}
	report_why(dir);
}

static void work(struct services_dir *dir)
{
	dir->work_at = NEVER;
	if (read_wanted(dir))
		claim_turn(dir);
}

/* Its words are forgotten with the first answer: it has done its harm then. */
static void restore(struct services_dir *dir)
{
	struct why why = {""};

	if (belief_restore(dir->source.belief, &why) < 0) {
		dir->why = why;
		report_why(dir);
	}
}

static void services_dir_turn(struct source *source, int64_t now)
{
	struct services_dir *dir = (void *)source;

	dir->now = now;
	restore(dir);
	services_dir_listen(dir);
	if (now >= belief_wants_answer(dir->source.belief) && !dir->scanning
		&& !dir->why.text[0])
		dir->scan_at = now;
	if (now >= dir->scan_at)
		begin_scan(dir);
	if (now >= dir->gone_at)
		remove_gone(dir);
	if (now >= dir->work_at)
		work(dir);
	if (belief_turn(dir->source.belief, now))
		report_why(dir);
}

static int64_t services_dir_deadline(const struct source *source)
{
	const struct services_dir *dir = (const void *)source;
	int64_t deadline = sooner(dir->scan_at, dir->work_at);

	deadline = sooner(deadline, dir->gone_at);
	deadline = sooner(deadline, belief_deadline(dir->source.belief));
	if (!dir->scanning && !dir->why.text[0])
		deadline = sooner(
			deadline, belief_wants_answer(dir->source.belief));
	return deadline;
}

static int services_dir_fd(const struct source *source)
{
	const struct services_dir *dir = (const void *)source;

	return dir_watch_fd(dir->watch);
}

static void services_dir_refresh(struct source *source)
{
	struct services_dir *dir = (void *)source;

	dir->scan_at = clock_now_ms();
}

const struct source_kind services_dir_source = {
	.prefix = "/",
	.new = services_dir_new,
	.free = services_dir_free,
	.turn = services_dir_turn,
	.deadline = services_dir_deadline,
	.fd = services_dir_fd,
	.refresh = services_dir_refresh,
};
