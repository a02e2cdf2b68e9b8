/* SPDX-License-Identifier: MIT */
#ifndef FS_GATE_H
#define FS_GATE_H

/*
 * Between the newest catalog and what is shown of it: nothing that HAProxy
 * refuses is ever shown.
 *
 * Changes of servers come from our own quoting and are shown at once. What
 * touches the structure of a configuration (labels, ports, names, apps that
 * come) waits until the program has accepted it; meanwhile the old structure is
 * shown, without the servers that have gone. A candidate that is refused is
 * taken apart until the guilty apps are known: they stay as they were, or out,
 * with the program's own words, and everybody else is shown.
 *
 * Used by the renderer's thread alone.
 */

#include "fs/checker.h"
#include "fs/options.h"
#include "render/view.h"

struct gate_settings {
	const struct view_maker *maker;
	const struct view_settings *views; /* borrowed for the gate's life */
	enum gate_mode mode;
	struct checker_settings checker;
};

struct gate;

int gate_new(const struct gate_settings *settings, struct gate **ret);
void gate_free(struct gate *gate);
CLEANUP_DEFINE(struct gate *, gate_free)

/*
 * What is to be shown from now on. *ret_show: the texts are to be taken anew.
 * catalog is borrowed, and may be the same as before, when the checker has
 * woken us, or some time has gone by. -ENOMEM: to be called again.
 */
int gate_take(struct gate *gate, struct catalog *catalog, bool *ret_show);

/*
 * Rises whenever what is shown differs from before in more than servers.
 */
uint64_t gate_structure(const struct gate *gate);

/* Of the maker, in the state that is shown: see render/view.h. */
int gate_backends(struct gate *gate, bool all, view_backend *found,
	void *context);

/* Of the maker, in the state that is to be shown. */
int gate_text(
	struct gate *gate, int file, char **ret_text, size_t *ret_length);

/*
 * Whose a line (from 1) of the maker's main file is, in that state: NULL:
 * nobody's alone. Borrowed until the next call.
 */
const struct app *gate_line_owner(struct gate *gate, size_t line);

/* Filled anew: who is left out by the maker, and who by the program. */
void gate_problems(struct gate *gate, struct problems *problems);

struct gate_status {
	const char *why;   /* what is wrong with checking as such; NULL: nothing */
	bool checking;     /* something waits for a verdict */
	uint64_t checks;
	uint64_t rejected; /* apps that are left out or behind */
	int64_t took_ms;   /* by the last check */
};

struct gate_status gate_status(const struct gate *gate);

/* Something is left that could be tried again; milliseconds, -1: nothing. */
int64_t gate_patience(const struct gate *gate);

#endif
