/* SPDX-License-Identifier: MIT */
#include "tests/marathon/fault.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "tests/marathon/server.h"

static const char *const kind_names[FAULT_KINDS] = {
	[FAULT_HANG] = "hang",
	[FAULT_CLOSE] = "close",
	[FAULT_RESET] = "rst",
	[FAULT_DELAY_HEAD] = "delay-head",
	[FAULT_DELAY_BODY] = "delay-body",
	[FAULT_TRICKLE] = "trickle",
	[FAULT_STALL] = "stall",
	[FAULT_STATUS] = "status",
	[FAULT_HTML] = "html200",
	[FAULT_EMPTY] = "empty200",
	[FAULT_JSON] = "json",
	[FAULT_EMPTY_LIST] = "empty-list",
	[FAULT_CUT_LIST] = "cut-list",
	[FAULT_TRUNCATE] = "truncate",
	[FAULT_GARBAGE] = "garbage",
	[FAULT_HUGE] = "huge",
	[FAULT_GZIP_CRC] = "gzip-crc",
	[FAULT_GZIP_CUT] = "gzip-cut",
	[FAULT_LOOP] = "redirect-loop",
	[FAULT_AWAY] = "redirect-away",
};

void faults_init(struct faults *faults)
{
	memset(faults, 0, sizeof(*faults));
	pthread_mutex_init(&faults->lock, NULL);
}

/* By faults->lock. */
static void fault_drop(struct fault *fault)
{
	if (--fault->references)
		return;
	text_done(&fault->body);
	free(fault);
}

void faults_clear(struct faults *faults)
{
	struct fault *fault;

	pthread_mutex_lock(&faults->lock);
	while ((fault = faults->list)) {
		faults->list = fault->next;
		fault_drop(fault);
	}
	pthread_mutex_unlock(&faults->lock);
}

void fault_unref(struct faults *faults, const struct fault *fault)
{
	union {
		const struct fault *in;
		struct fault *out;
	} cast = {fault};

	pthread_mutex_lock(&faults->lock);
	fault_drop(cast.out);
	pthread_mutex_unlock(&faults->lock);
}

/* "status" or "status=500": the value may stand in the name. */
static int kind_find(struct fault *fault, const char *kind)
{
	size_t len = strcspn(kind, "=");
	int i;

	if (kind[len])
		fault->value = strtoll(kind + len + 1, NULL, 10);
	for (i = 0; i < FAULT_KINDS; i++) {
		if (strlen(kind_names[i]) != len ||
			strncmp(kind_names[i], kind, len) != 0)
			continue;
		fault->kind = (enum fault_kind)i;
		return 0;
	}
	return -EINVAL;
}

static int framing_find(struct fault *fault, const char *name)
{
	static const char *const names[] = {
		[FRAME_LENGTH] = "length",
		[FRAME_CHUNKED] = "chunked",
		[FRAME_CLOSE] = "close",
	};
	size_t i;

	if (!name)
		return 0;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(names[i], name) != 0)
			continue;
		fault->framing = (enum fault_framing)i;
		fault->framing_set = true;
		return 0;
	}
	return -EINVAL;
}

static int fault_read(struct fault *fault, const struct request *request)
{
	const char *kind = request_param(request, "kind");
	const char *path = request_param(request, "path");
	const char *framing = request_param(request, "framing");
	int r = kind ? kind_find(fault, kind) : -EINVAL;

	if (r < 0)
		return r;
	fault->value = request_number(request, "value", fault->value);
	snprintf(fault->path, sizeof(fault->path), "%s", path ? path : "/");
	fault->node = (int)request_number(request, "node", -1);
	fault->left = (unsigned long)request_number(request, "count", 0);
	fault->forever = !fault->left;
	text_add(&fault->body, request->body.data ? request->body.data : "",
		request->body.len);
	if (!fault->value && fault->kind == FAULT_STATUS)
		fault->value = 503;
	if (!fault->value && fault->kind == FAULT_CUT_LIST)
		fault->value = 3;
	return framing_find(fault, framing);
}

int fault_set(struct faults *faults, const struct request *request)
{
	struct fault *fault = calloc(1, sizeof(*fault));
	struct fault **end = &faults->list;
	int r;

	if (!fault)
		return -ENOMEM;
	fault->references = 1;
	r = fault_read(fault, request);
	pthread_mutex_lock(&faults->lock);
	while (*end)
		end = &(*end)->next;
	if (r == 0)
		*end = fault;
	else
		fault_drop(fault);
	pthread_mutex_unlock(&faults->lock);
	return r;
}

static bool fault_hits(
	const struct fault *fault, const struct request *request)
{
	if (fault->node >= 0 && (unsigned)fault->node != request->node->index)
		return false;
	/* streams have faults of their own; only a path that says so hits */
	if (strcmp(request->path, "/v2/events") == 0 &&
		strncmp(fault->path, "/v2/events", 10) != 0)
		return false;
	return strncmp(request->path, fault->path, strlen(fault->path)) == 0;
}

const struct fault *fault_take(
	struct faults *faults, const struct request *request)
{
	struct fault **place = &faults->list;
	struct fault *fault;

	pthread_mutex_lock(&faults->lock);
	while (*place && !fault_hits(*place, request))
		place = &(*place)->next;
	fault = *place;
	if (fault) {
		faults->hits++;
		fault->references++;
	}
	if (fault && !fault->forever && --fault->left == 0) {
		*place = fault->next;
		fault_drop(fault);
	}
	pthread_mutex_unlock(&faults->lock);
	return fault;
}

/* Until the client gives up. */
static void hang(struct request *request)
{
	char byte;

	while (wire_read(request->wire, &byte, 1) > 0)
		continue;
}

static void redirect(
	struct request *request, struct reply *reply, const char *host)
{
	reply->status = 302;
	text_print(&reply->headers, "Location: http://%s%s\r\n", host,
		request->target);
}

bool fault_reply(struct request *request, struct reply *reply)
{
	const struct fault *fault = request->fault;

	if (!fault)
		return false;
	switch ((int)fault->kind) {
	case FAULT_HANG:
		hang(request);
		reply->taken = true;
		return true;
	case FAULT_CLOSE:
		reply->taken = true;
		return true;
	case FAULT_STATUS:
		reply_html(request, reply, (int)fault->value,
			status_text((int)fault->value));
		return true;
	case FAULT_HTML:
		reply_html(request, reply, 200, "Sign in, please");
		return true;
	case FAULT_EMPTY:
	case FAULT_HUGE:
		reply_json(reply, 200);
		return true;
	case FAULT_JSON:
		reply_json(reply, 200);
		text_add(&reply->body, fault->body.data, fault->body.len);
		return true;
	case FAULT_LOOP:
		redirect(request, reply, request->node->name);
		return true;
	case FAULT_AWAY:
		redirect(request, reply, "marathon.invalid:8080");
		return true;
	}
	return false;
}
