/* SPDX-License-Identifier: MIT */
#ifndef FS_SERVICES_H
#define FS_SERVICES_H

/*
 * The services directory: which files the apps of a catalog have, and their
 * bytes. Costs what changed between two catalogs. Watcher only.
 */

#include "fetch/catalog.h"
#include "fs/live.h"
#include "render/instances.h"
#include "render/names.h"
#include "render/problems.h"

struct services_settings {
	enum names_style names;
	enum instances_format format;
	const char *state_dir; /* NULL: names are not kept */
};

struct services;

int services_new(const struct services_settings *settings,
	struct services **ret, struct why *why);
void services_free(struct services *services);

/*
 * Where the files go: a live directory of that number, or a function of the
 * caller's (for one-shot output). bytes NULL: the file goes.
 */
typedef int services_put(void *context, struct live_file *files, size_t count);

/*
 * Puts, in one call, the files that differ between what was given before and
 * after, which is remembered (a reference is taken). On failure nothing is
 * remembered, so that the next call does it all again.
 */
int services_update(struct services *services, struct catalog *after,
	services_put *put, void *context, struct why *why);

/* Adds what is wrong with names now. */
int services_problems(struct services *services, struct problems *problems);

#endif
