/* SPDX-License-Identifier: MIT */
#ifndef FS_GATE_REFUSED_H
#define FS_GATE_REFUSED_H

/*
 * The apps that the program has refused, each in the form that it was refused
 * in, with the program's words. After a while all are tried again: what is
 * refused may be for a file that was not there yet. Used by the gate alone.
 */

#include "render/view.h"

struct refused {
	struct app *app; /* a reference */
	char words[200];
};

/* Zeroed there are none. */
struct refused_apps {
	struct refused *items;
	size_t count, space;
	int64_t forgive; /* when all are tried again */
};

void refused_done(struct refused_apps *refused);

/* app is borrowed. -ENOMEM. */
int refused_add(
	struct refused_apps *refused, struct app *app, const char *words);
bool refused_has(
	const struct refused_apps *refused, const struct app_key *key);

/*
 * Takes off those that have gone from the catalog or ask for something else
 * there now, and all of them when it is time. -ENOMEM.
 */
int refused_review(struct refused_apps *refused,
	const struct view_maker *maker, const struct view_settings *settings,
	const struct catalog *catalog);

/* Milliseconds until all are tried again; -1: there are none. */
int64_t refused_patience(const struct refused_apps *refused);

#endif
