/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the state of a Mesos master: whole, and in pieces whose size the
 * first byte says, it is refused or gives the same apps; read again, nothing
 * has changed.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "fetch/mesos_apps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct app_reader reader = {.source = "mesos"};

struct read {
	struct mesos_tasks *tasks;
	struct catalog *catalog; /* NULL: it was refused */
};

static void read_done(struct read *read)
{
	mesos_tasks_free(read->tasks);
	catalog_unref(read->catalog);
}

static struct read read_pieces(const char *text, size_t length, size_t piece,
	bool with_tasks, const struct read *before)
{
	const struct mesos_state_settings settings = {
		.reader = &reader, .tasks = with_tasks};
	const struct mesos_apps_settings apps = {
		.reader = &reader,
		.known = before ? before->catalog : NULL,
		.domain = "mesos.example.com",
	};
	CLEANUP(mesos_state_free) struct mesos_state *state = NULL;
	struct read read = {NULL, NULL};
	struct why why = {""};
	int r = 0;

	if (mesos_state_new(&settings, before ? before->tasks : NULL, &state)
		< 0)
		abort();
	for (size_t at = 0; at < length && r == 0; at += piece)
		r = mesos_state_feed(state, text + at,
			length - at < piece ? length - at : piece, &why);
	if (r < 0 && r != -ECANCELED)
		return read;
	if (mesos_state_end(state, &why) < 0)
		return read;
	read.tasks = mesos_state_take(state);
	mesos_apps_make(&apps, read.tasks, mesos_state_master(state),
		&read.catalog, &why);
	return read;
}

static int differs(void *context, struct app *a, struct app *b)
{
	(void)context;
	return !a || !b || !app_same(a, b);
}

static int is_another(void *context, struct app *a, struct app *b)
{
	(void)context;
	return a != b;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;
	struct read whole, pieces, again = {NULL, NULL};
	bool with_tasks;

	if (size < 2)
		return 0;
	with_tasks = !(data[0] & 128);
	whole = read_pieces(text, size - 1, size, with_tasks, NULL);
	pieces = read_pieces(
		text, size - 1, data[0] % 64 + 1, with_tasks, NULL);
	if (!whole.catalog != !pieces.catalog)
		abort();
	if (whole.catalog
		&& catalog_diff(whole.catalog, pieces.catalog, differs, NULL))
		abort();
	if (whole.catalog) {
		again = read_pieces(text, size - 1, size, with_tasks, &whole);
		if (catalog_diff(
			    whole.catalog, again.catalog, is_another, NULL))
			abort();
	}
	read_done(&whole);
	read_done(&pieces);
	read_done(&again);
	return 0;
}
