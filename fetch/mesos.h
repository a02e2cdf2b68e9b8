/* SPDX-License-Identifier: MIT */
#ifndef FETCH_MESOS_H
#define FETCH_MESOS_H

/*
 * The masters of one Mesos cluster: who leads, as the app /mesos-master, and
 * the tasks of frameworks, if they are wanted. There is no stream: the leader
 * is asked at each interval.
 *
 * With tasks its whole state is read, in pieces as it arrives. Without, a
 * master is only asked where it would redirect to (/master/redirect), which
 * costs it nothing; the state is read, as far as to the name of the leader, when
 * that is another place than before.
 */

#include "fetch/source.h"

extern const struct source_kind mesos_source;

#endif
