/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "fetch/etcd3_json.h"
#include "fetch/etcd_impl.h"

/* Of etcd from 3.4 on, of 3.3, and of 3.2. */
static const char *const gateways[] = {"v3", "v3beta", "v3alpha"};

enum { GATEWAYS = sizeof(gateways) / sizeof(gateways[0]) };

int etcd3_url(struct etcd *e, struct etcd_question *question, const char *what)
{
	return etcd_url(e, question, "/%s/%s", gateways[e->gateway], what);
}

static int ask_all(struct etcd *e, struct etcd_question *ret)
{
	int r = etcd3_url(e, ret, "kv/range");

	return r < 0 ? r : etcd3_range_write(e->address.path, &ret->json);
}

static int frame(struct etcd *e, const struct http_head *head,
	struct etcd_position *ret, struct why *why)
{
	struct etcd3_header header;
	size_t length;
	const char *rest = elements_rest(e->read.elements, &length);
	int r;

	(void)head;
	r = etcd3_frame_read(rest, length, elements_count(e->read.elements),
		&header, why);
	if (r < 0)
		return r;
	ret->index = header.revision;
	memcpy(ret->cluster, header.cluster, sizeof(ret->cluster));
	return 0;
}

int etcd3_gateway_next(struct etcd *e, int error, struct why *why)
{
	e->gateway = (e->gateway + 1) % GATEWAYS;
	if (++e->gateways_tried < GATEWAYS)
		return -EAGAIN;
	e->gateways_tried = 0;
	why_set(why, 0, "no JSON gateway of v3");
	why_at(replicas_url(e->replicas), why);
	return error;
}

/*
 * Where users are enabled the gateway refuses a certificate that names one, in
 * plain text (etcd 3.4, embed/serve.go: accessController.ServeHTTP).
 */
int etcd3_refusal_read(const struct buffer *answer, struct etcd_error *ret)
{
	const char *text = buffer_text(answer);

	if (strncmp(text, "CommonName of client", 20) != 0)
		return etcd_error_read(text, answer->length, ret);
	*ret = (struct etcd_error){
		.text = "its gateway takes no certificate of ours that has a "
			"CommonName: give one without"};
	return 0;
}

/* It forgets all tokens when it restarts, and each that is not used. */
static bool is_nobody(int error, const struct etcd_error *refusal)
{
	return error == -EACCES || strstr(refusal->text, "user name is empty");
}

static int refused(struct etcd *e, int error, const struct http_head *head,
	struct etcd_position *ret, struct why *why)
{
	const struct buffer *text = &e->read.refusal;
	struct etcd_error refusal;

	(void)head;
	(void)ret;
	if (error == -ENOENT)
		return etcd3_gateway_next(e, error, why);
	if (etcd3_refusal_read(text, &refusal) < 0)
		return error;
	etcd_refusal(e, &refusal, why);
	return is_nobody(error, &refusal) && etcd_login_renew(e) ? -EAGAIN
								 : error;
}

static int ask_watch(struct etcd *e, struct etcd_question *ret)
{
	int r = etcd3_url(e, ret, "watch");

	return r < 0 ? r
		     : etcd3_watch_write(
			       e->address.path, e->watch.next, &ret->json);
}

/* The line is complete. */
static int take_line(struct etcd *e, struct why *why)
{
	struct buffer *line = &e->watch.line;
	struct etcd3_line read;
	int r;

	r = etcd3_line_read(buffer_text(line), line->length,
		etcd_change_take, e, &read, why);
	buffer_reset(line);
	if (r < 0)
		return r;
	if (read.canceled)
		return why_set(why, read.compacted ? -ESTALE : -ECONNRESET,
			"the watch ended: %s",
			read.reason[0] ? read.reason : "no reason given");
	etcd_watch_told(e);
	return 0;
}

static int watch_body(struct etcd *e, const char *bytes, size_t length,
	struct why *why)
{
	while (length > 0) {
		const char *end = memchr(bytes, '\n', length);
		size_t piece = end ? (size_t)(end - bytes) + 1 : length;
		int r;

		r = buffer_add(
			&e->watch.line, bytes, piece, WATCH_LINE_MAX);
		if (r == 0 && end)
			r = take_line(e, why);
		if (r < 0)
			return r;
		bytes += piece;
		length -= piece;
	}
	return 0;
}

static int watch_end(struct etcd *e, int error, struct why *why)
{
	const struct buffer *line = &e->watch.line;
	struct etcd_error refusal;

	if (error == 0) {
		why_set(why, 0, "the watch ended");
		why_at(replicas_url(e->replicas), why);
		return -ECONNRESET;
	}
	if (e->watch.refused
		&& etcd3_refusal_read(line, &refusal) == 0)
		etcd_refusal(e, &refusal, why);
	return error;
}

const struct etcd_dialect etcd3_dialect = {
	.element_depth = ETCD3_KEY_DEPTH,
	.element = etcd3_key_read,
	.ask_all = ask_all,
	.frame = frame,
	.refused = refused,
	.ask_watch = ask_watch,
	.watch_body = watch_body,
	.watch_end = watch_end,
};
