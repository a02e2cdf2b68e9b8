/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/etcd2_json.h"
#include "fetch/etcd_impl.h"

/* Through the majority, or a member that is cut off would answer with what it
 * knew. Sorted, as that is what the registry takes best. */
static int ask_all(struct etcd *e, struct etcd_question *ret)
{
	return etcd_url(e, ret,
		"/v2/keys%s?recursive=true&quorum=true&sorted=true",
		e->address.path);
}

static int read_index(const struct http_head *head,
	struct etcd_position *ret, struct why *why)
{
	char *end;

	errno = 0;
	ret->index = strtoll(head->index, &end, 10);
	if (errno || !head->index[0] || *end || ret->index < 0)
		return why_set(why, -EPROTO,
			"an answer without X-Etcd-Index: is it etcd?");
	return 0;
}

static int frame(struct etcd *e, const struct http_head *head,
	struct etcd_position *ret, struct why *why)
{
	size_t length;
	const char *rest = elements_rest(e->read.elements, &length);
	int r;

	r = etcd2_frame_read(
		rest, length, elements_count(e->read.elements), why);
	return r < 0 ? r : read_index(head, ret, why);
}

static int refused(struct etcd *e, int error, const struct http_head *head,
	struct etcd_position *ret, struct why *why)
{
	const struct buffer *text = &e->read.refusal;
	struct etcd_error refusal;

	if (etcd_error_read(buffer_text(text), text->length, &refusal) < 0) {
		if (error == -ENOENT) {
			why_set(why, 0, "no v2 API (is etcd started with "
					"--enable-v2?)");
			why_at(replicas_url(e->replicas), why);
		}
		return error;
	}
	if (refusal.code == ETCD2_KEY_NOT_FOUND)
		return read_index(head, ret, why);
	etcd_refusal(e, &refusal, why);
	return error;
}

/* A long poll, since a stream begins with one change of the past alone. */
static int ask_watch(struct etcd *e, struct etcd_question *ret)
{
	return etcd_url(e, ret,
		"/v2/keys%s?wait=true&recursive=true&waitIndex=%lld",
		e->address.path, (long long)e->watch.next);
}

static int watch_body(struct etcd *e, const char *bytes, size_t length,
	struct why *why)
{
	(void)why;
	return buffer_add(&e->watch.line, bytes, length, WATCH_LINE_MAX);
}

static int on_event(
	void *context, const struct etcd_change *change, struct why *why)
{
	struct etcd *e = context;

	if (change->index < e->watch.next)
		return why_set(why, -ESTALE, "a change out of order");
	e->watch.next = change->index + 1;
	return etcd_change_take(e, change, why);
}

static int watch_end(struct etcd *e, int error, struct why *why)
{
	const struct buffer *line = &e->watch.line;
	const char *text = buffer_text(line);
	struct etcd_error refusal;
	int r = error;

	if (error == 0 && line->length == 0)
		r = why_set(why, -ECONNRESET, "the watch ended");
	else if (error == 0)
		r = etcd2_event_read(text, line->length, on_event, e, why);
	if (error == 0 && r < 0)
		why_at(replicas_url(e->replicas), why);
	if (error == 0 && r == 0)
		etcd_watch_attached(e);
	if (error == 0 || !e->watch.refused
		|| etcd_error_read(text, line->length, &refusal) < 0)
		return r;
	etcd_refusal(e, &refusal, why);
	return refusal.code == ETCD2_INDEX_CLEARED ? -ESTALE : error;
}

const struct etcd_dialect etcd2_dialect = {
	.element_depth = ETCD2_NODE_DEPTH,
	.element = etcd2_node_read,
	.ask_all = ask_all,
	.frame = frame,
	.refused = refused,
	.ask_watch = ask_watch,
	.watch_body = watch_body,
	.watch_end = watch_end,
};
