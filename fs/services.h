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

/* Where the files go. bytes NULL: the file goes. Takes over the bytes. */
typedef int services_put(void *context, struct live_file *files, size_t count);

/*
 * Puts, in one call, the files in which catalog differs from the one before.
 * On failure the same is tried again by the next call. -ENOMEM.
 */
int services_update(struct services *services, struct catalog *catalog,
	services_put *put, void *context, struct why *why);

/* Writes the names to the state directory, if they may have moved. */
void services_keep(struct services *services);

/* Adds what is wrong with names and files now. */
void services_problems(
	const struct services *services, struct problems *problems);

#endif
