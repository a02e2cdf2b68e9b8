/* SPDX-License-Identifier: MIT */
#ifndef FETCH_SSE_H
#define FETCH_SSE_H

/*
 * Lines of an event stream, in every dialect that Marathon 0.9 to 1.11 speaks
 * (marathon-api.md 1.4): each complete "data:" line whose value begins with
 * '{' is one event; "event:" is only a hint; LF, CRLF, CR, a missing blank
 * after the colon, comments and a CR and LF in two reads are all the same.
 * Pure: no clock, no I/O. One user.
 */

#include <stddef.h>

#include "fetch/cleanup.h"

/* A longer line is skipped to its end and reported as lost. */
enum { SSE_LINE_MAX = 64 << 20 };

struct sse;

/*
 * type is "" where no "event:" line came before; data is length bytes, with a
 * NUL behind; both are borrowed for the call. data NULL: an event was lost
 * (too long). A negative answer stops the feed and is returned by it.
 */
typedef int sse_event(
	void *context, const char *type, const char *data, size_t length);

int sse_new(sse_event *event, void *context, struct sse **ret);
void sse_free(struct sse *sse);
CLEANUP_DEFINE(struct sse *, sse_free)

/*
 * Takes in bytes as they come off the wire. -ENOMEM, or what event gave: the
 * rest of these bytes is not looked at, so reset it and open the stream anew.
 */
int sse_feed(struct sse *sse, const char *bytes, size_t length);

/* Forgets a line that is not complete: the stream was opened anew. */
void sse_reset(struct sse *sse);

#endif
