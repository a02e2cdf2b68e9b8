/* SPDX-License-Identifier: MIT */
#ifndef RENDER_STATUS_H
#define RENDER_STATUS_H

/*
 * status.json and metrics.prom: how the program itself does. Points in time
 * (unix milliseconds, 0 for never) and counters, never ages, so that the same
 * state is the same bytes (DESIGN 2, rule 8). Pure.
 */

#include "fetch/catalog.h"
#include "render/problems.h"

/* One view, as it was last made. */
struct status_view {
	const char *name;
	uint64_t bytes;
	uint64_t renders;       /* how often it was rendered */
	uint64_t render_us;     /* what all of that took */
	int64_t rendered;       /* when its bytes last changed */
	uint64_t checks;        /* how often a program judged it */
	uint64_t refused;       /* apps that the program does not accept */
	int64_t check_ms;       /* what the last check took */
	const char *why;        /* why it is not up to date, NULL: it is */
};

/* A command that is run when a view has changed. */
struct status_hook {
	const char *view;
	const char *command;
	uint64_t runs;
	uint64_t failures;
	uint64_t deaths;	/* of the haproxy that it keeps running */
	int64_t last_success;
	int64_t failing_since;	/* 0: the last run was good, or there was none */
	int64_t running_since;	/* 0: it does not run now */
	char last_exit[256];	/* in words; "": it has not run yet */
};

/* How a running HAProxy is told of changes of servers. */
struct status_runtime {
	uint64_t changes;  /* backends that were compared and told */
	uint64_t reloads;  /* asked for */
	uint64_t failures; /* of the socket */
	uint64_t waiting;  /* servers that have gone, and still have clients */
	char reason[192];  /* of the last reload */
	char why[192];     /* what is wrong with the socket, "" nothing */
	int64_t since;     /* since when */
};

struct status {
	const char *version; /* of mmsdfs */
	const char *mountpoint;
	int pid;
	int64_t started;

	int64_t config_read;    /* the last time it was read again */
	const char *config_why; /* why that is not in effect; NULL: it is */

	bool shown; /* there is a catalog */
	const struct source_report *sources;
	size_t source_count;
	const struct hosts_report *hosts;
	uint64_t apps, serving; /* of the catalog that is shown */
	const struct status_view *views;
	size_t view_count;
	const struct status_runtime *runtime; /* NULL: there is none */
	const struct status_hook *hooks;
	size_t hook_count;
	const struct problems *problems;

	int notifier_pid;            /* 0: none now */
	const char *notifier_reach;  /* a word: how it reaches the mount */
	uint64_t notifier_restarts;
	uint64_t told;               /* names whose watchers were woken */
	uint64_t silent;             /* names published without events */
	uint64_t failed;             /* pokes that the kernel refused */
	const char *stuck_in;        /* directory that holds all up, or "" */
	int64_t stuck_since;

	uint64_t nodes_live;   /* versions of files in memory */
	uint64_t nodes_held;   /* of them known to the kernel */
	uint64_t nodes_beyond; /* old versions that were too many to be told */
};

/*
 * The same to an operator: what differs at most in counters and in points in
 * time that only say that all goes on.
 */
bool status_same_state(const struct status *a, const struct status *b);

/* "waiting", "stale", "degraded", "ok": a word for all of it. */
const char *status_word(const struct status *status);

/* *ret_text is allocated, of *ret_length bytes. -ENOMEM. */
int render_status(
	const struct status *status, char **ret_text, size_t *ret_length);

/* The same for Prometheus, text format 0.0.4. */
int render_metrics(
	const struct status *status, char **ret_text, size_t *ret_length);

#endif
