/* SPDX-License-Identifier: MIT */
#include "fs/keeper.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/clock.h"
#include "fetch/state.h"
#include "fs/log.h"

enum {
	FIRST_MS = 500, /* after the first answer, and the report of it */
	KEEP_MS = 5000, /* between two writes */
};

struct keeper {
	const char *dir; /* constant */
	struct mailbox *mailbox;
	pthread_t thread;

	/* Keeper only. */
	struct mail mail;
	struct catalog *unsaved; /* NULL: all is on disk */
	int64_t due;
	struct why why; /* of the last failure, so that it is said once */
};

/* What came from the disk itself is not to get a new date. */
static bool is_worth_it(const struct source_report *report)
{
	return report->complete && !report->restored;
}

static int save_all(struct keeper *keeper, struct why *why)
{
	int r = 0;

	for (size_t i = 0; i < keeper->mail.report_count && r == 0; i++)
		if (is_worth_it(&keeper->mail.reports[i]))
			r = state_save(keeper->dir, keeper->unsaved,
				keeper->mail.reports[i].name, clock_unix_ms(),
				why);
	return r;
}

static void save(struct keeper *keeper)
{
	struct why why = {""};

	if (!keeper->unsaved)
		return;
	keeper->due = clock_now_ms() + KEEP_MS;
	if (save_all(keeper, &why) == 0) {
		catalog_unref(take_ptr(&keeper->unsaved));
		if (keeper->why.text[0])
			log_info("the state is kept again");
	} else if (strcmp(why.text, keeper->why.text) != 0) {
		log_warn("the state cannot be kept: %s", why.text);
	}
	keeper->why = why;
}

static int patience(const struct keeper *keeper)
{
	int64_t left = keeper->due - clock_now_ms();

	if (!keeper->unsaved)
		return -1;
	return left > 0 ? (int)left : 0;
}

static void *keeper_run(void *argument)
{
	struct keeper *keeper = argument;

	keeper->due = clock_now_ms();
	while (!keeper->mail.stop) {
		mailbox_take(
			keeper->mailbox, patience(keeper), &keeper->mail);
		if (keeper->mail.catalog) {
			if (!keeper->unsaved
				&& keeper->due < clock_now_ms() + FIRST_MS)
				keeper->due = clock_now_ms() + FIRST_MS;
			catalog_unref(keeper->unsaved);
			keeper->unsaved = take_ptr(&keeper->mail.catalog);
		}
		if (keeper->mail.stop || clock_now_ms() >= keeper->due)
			save(keeper);
	}
	return NULL;
}

int keeper_new(const char *dir, struct keeper **ret)
{
	struct keeper *keeper;
	int r;

	keeper = calloc(1, sizeof(*keeper));
	if (!keeper)
		return -ENOMEM;
	keeper->dir = dir;
	r = mailbox_new(&keeper->mailbox);
	if (r == 0)
		r = -pthread_create(
			&keeper->thread, NULL, keeper_run, keeper);
	if (r < 0) {
		mailbox_free(keeper->mailbox);
		free(keeper);
		return r;
	}
	*ret = keeper;
	return 0;
}

void keeper_free(struct keeper *keeper)
{
	if (!keeper)
		return;
	mailbox_stop(keeper->mailbox);
	pthread_join(keeper->thread, NULL);
	catalog_unref(keeper->unsaved);
	catalog_unref(keeper->mail.catalog);
	problems_done(&keeper->mail.problems);
	mailbox_free(keeper->mailbox);
	free(keeper);
}

struct mailbox *keeper_mailbox(struct keeper *keeper)
{
	return keeper->mailbox;
}
