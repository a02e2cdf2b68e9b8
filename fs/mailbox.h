/* SPDX-License-Identifier: MIT */
#ifndef FS_MAILBOX_H
#define FS_MAILBOX_H

/*
 * What the watcher hands to the renderer: the newest catalog and the newest
 * reports. Only the newest counts, so a slow reader skips what lies between.
 */

#include <stdbool.h>
#include <stdint.h>

#include "fetch/catalog.h"
#include "fs/setup.h"
#include "render/problems.h"

/* How it went to read the configuration again. */
struct reread {
	int64_t at; /* unix milliseconds; 0: never */
	struct why why; /* "": well */
};

struct mail {
	struct catalog *catalog; /* NULL: none yet, or none newer */
	struct source_report reports[SOURCES_MAX];
	size_t report_count;
	bool has_reports; /* newer than last time */
	struct hosts_report hosts; /* goes with the reports */
	struct problems problems;
	bool has_problems; /* newer than last time */
	struct setup *setup; /* a reference; NULL: none newer */
	struct reread reread;
	bool woken; /* by mailbox_wake() */
	bool stop;
};

struct mailbox;

int mailbox_new(struct mailbox **ret);
void mailbox_free(struct mailbox *mailbox);

/* Takes over the reference. From the watcher. */
void mailbox_put_catalog(struct mailbox *mailbox, struct catalog *catalog);
/* Copies. From the watcher. */
void mailbox_put_reports(struct mailbox *mailbox,
	const struct source_report *reports, size_t count);
void mailbox_put_hosts(
	struct mailbox *mailbox, const struct hosts_report *hosts);
/* Takes over what problems holds. From the watcher. */
void mailbox_put_problems(struct mailbox *mailbox, struct problems *problems);
/* Takes over the reference; NULL: it went wrong. From the main thread. */
void mailbox_put_setup(struct mailbox *mailbox, struct setup *setup,
	const struct reread *reread);
/* mailbox_take() returns soon. From any thread. */
void mailbox_wake(struct mailbox *mailbox);
/* mailbox_take() returns soon, and from then on at once. */
void mailbox_stop(struct mailbox *mailbox);

/*
 * Waits at most timeout_ms (-1: for ever) for something new and takes it; the
 * caller owns the catalog and the setup in *ret. Reports and problems that are not newer are
 * left as they are in *ret; problems that are replace what was there.
 */
void mailbox_take(struct mailbox *mailbox, int timeout_ms, struct mail *ret);

#endif
