/* SPDX-License-Identifier: MIT */
#ifndef RENDER_NAMES_H
#define RENDER_NAMES_H

/*
 * Which app has which files in services/ (DESIGN 4). Two apps can want one
 * name; a name belongs to one app, and never moves while that app lives:
 *
 *  - of apps that appear together, the source that goes before chooses first,
 *    then the id with most segments, then the smaller key;
 *  - who finds its name taken is shown under the next form of it (name_text.h)
 *    and keeps that form while it lives, also when the first one gets free;
 *  - who finds all forms taken is not shown, and tries again whenever a name
 *    gets free. The same goes for a single port file;
 *  - in the style of mmsd an app's own file takes the name of another app's
 *    port file. Nothing else ever takes a name.
 *
 * Plain memory of one thread. An update costs what changed (and, when names
 * get free, the number of conflicts).
 */

#include <stdio.h>

#include "fetch/catalog.h"
#include "render/name_text.h"
#include "render/problems.h"

struct names;

int names_new(enum names_style style, struct names **ret);
void names_free(struct names *names);
CLEANUP_DEFINE(struct names *, names_free)

/* One file that is new, gone, or shows an app that is another than before. */
struct names_edit {
	const char *name;
	struct app *app;     /* NULL: the file goes */
	uint32_t port_index; /* of app */
};

/*
 * Goes on to catalog. *ret lists what that means for the directory: each name
 * once, every file of every app with another address. All is borrowed: valid
 * until the next names_update() or names_free(). -ENOMEM: nothing was said,
 * and the next call says it.
 */
int names_update(struct names *names, struct catalog *catalog,
	const struct names_edit **ret, size_t *ret_count);

/* "a.b.instances". Borrowed: valid until the next names_update(). NULL: none. */
const char *names_own_file(const struct names *names, const struct app_key *key);

/* Adds who is not shown under the name it would have, and why. */
void names_problems(const struct names *names, struct problems *problems);

/*
 * Who has which name, as lines of text, so that no name moves over a restart.
 * names_load() comes before the first names_update(); lines that are damaged
 * or no longer true are skipped. Errors of file stay in ferror(file).
 */
int names_save(const struct names *names, FILE *file);
int names_load(struct names *names, FILE *file);

#endif
