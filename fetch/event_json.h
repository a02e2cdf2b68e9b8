/* SPDX-License-Identifier: MIT */
#ifndef FETCH_EVENT_JSON_H
#define FETCH_EVENT_JSON_H

#include "fetch/event.h"

/*
 * Reads one event; strings in *ret live until event_done(). type is the hint
 * of the stream, "" for none; deployment events are not parsed (they hold the
 * whole cluster twice). -EBADMSG with words: treat it as a lost event.
 */
int event_from_json(const char *type, const char *data, size_t length,
	struct event *ret, struct why *why);
void event_done(struct event *event);

#endif
