/* SPDX-License-Identifier: MIT */
#ifndef FETCH_MARATHON_H
#define FETCH_MARATHON_H

/*
 * One cluster's Marathon, 0.8 to 1.11: the list, the event stream or callbacks,
 * single apps that events name, and what of all that is believed (DESIGN 3).
 * One thread; everything happens in callbacks of http and in its turn.
 *
 * Two catalogs: the claim is what Marathon says, with the events that came
 * since; the shown is what the shrink guard lets through.
 */

#include "fetch/source.h"

extern const struct source_kind marathon_source;

#endif
