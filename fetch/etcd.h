/* SPDX-License-Identifier: MIT */
#ifndef FETCH_ETCD_H
#define FETCH_ETCD_H

/*
 * What registrator keeps in one etcd (registry.h), through the v2 keys API or
 * the JSON gateway of v3: all keys are read once, then each change comes by a
 * watch that begins where the read ended, so that none is missed and one costs
 * what it changes.
 *
 * All is read again at the refresh interval, when the watch ends, and when etcd
 * has forgotten what happened since; each such read is linearizable, so that a
 * member that is cut off from the others answers with a failure instead of old
 * keys, and begins the watch anew, so that one that has died silently is no
 * worse than the interval. A store that is emptied or replaced is left to the
 * shrink guard.
 *
 * A key that somebody deleted is an announced removal; one that nobody renewed
 * is none: its machine, or registrator there, may be cut off from etcd alone.
 * v3 does not tell which it was: a key with a lease then counts as not renewed.
 */

#include "fetch/source.h"

extern const struct source_kind etcd_source;

#endif
