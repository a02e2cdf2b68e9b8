/* SPDX-License-Identifier: MIT */
#ifndef FETCH_MESOS_NAME_H
#define FETCH_MESOS_NAME_H

/*
 * Names of frameworks and tasks, which may be any text, as segments of an id
 * (marathon-api.md: letters, digits, '-', and '.' between these). The mapping
 * is that of mesos-dns, which has no '.': upper case becomes lower, '_', '/'
 * and every other byte a '-', none of them at an end, and a '.' stays where it
 * stands between letters and digits. Different names may come out as one.
 */

#include <stdbool.h>
#include <stddef.h>

enum { MESOS_NAME_MAX = 255 };

/* -EINVAL when nothing is left, -ENAMETOOLONG. */
int mesos_name(const char *text, char ret[MESOS_NAME_MAX + 1]);

/* Whether one of the globs, by commas, matches the name. */
bool mesos_name_matches(const char *globs, const char *name);

#endif
