/* SPDX-License-Identifier: MIT */
#ifndef FETCH_MERGE_H
#define FETCH_MERGE_H

/*
 * The catalogs of several sources as one. Their keys differ by the source, so
 * nothing of one can take the place of anything of another; who goes before
 * where two want one name or port is the matter of their ranks. Pure.
 */

#include "fetch/catalog.h"

/*
 * *ret is a new reference to all (NULL: the empty catalog), with what one
 * source gave replaced by what it gives now. Costs what differs. -ENOMEM,
 * -E2BIG over APPS_MAX.
 */
int merge_source(struct catalog *all, const struct catalog *before,
	const struct catalog *after, struct catalog **ret);

#endif
