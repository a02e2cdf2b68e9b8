/* SPDX-License-Identifier: MIT */
#ifndef FETCH_GROUPS_H
#define FETCH_GROUPS_H

/*
 * --groups (DESIGN 4): which apps, and which of their ports, are shown at all.
 * Immutable after groups_new().
 */

#include "fetch/catalog.h"

enum groups_by { GROUPS_BY_ANY, GROUPS_BY_ID, GROUPS_BY_LABEL };

struct groups;

/* -EINVAL with words for an item that cannot be understood; "" is refused. */
int groups_new(const char *list, enum groups_by by, struct groups **ret,
	struct why *why);
void groups_free(struct groups *groups);
CLEANUP_DEFINE(struct groups *, groups_free)

/*
 * Sets hidden of each port of the draft (ports is its array, writable) and
 * returns whether anything of the app is to be shown. An app that is selected
 * as a whole shows all its ports, unless HAPROXY_n_GROUP or a label of a port
 * says otherwise for that port; an app that is not may still show such ports.
 * Where no item asks for labels those of a port say nothing.
 */
bool groups_select(const struct groups *groups, const struct app *draft,
	struct port *ports);

/*
 * The first item, as it was given, that selects the app as a whole. Borrowed:
 * valid while groups lives. NULL: none does.
 */
const char *groups_item(const struct groups *groups, const struct app *app);

#endif
