/* SPDX-License-Identifier: MIT */
/* Any bytes as an event stream; what is understood is applied to an app. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/event_json.h"
#include "fetch/sse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct app *app;

static struct app *make_app(void)
{
	static const struct endpoint endpoint = {"host", 1};
	static const struct port port = {
		.service_port = 10000, .protocols = PORT_TCP};
	static const struct instance instance = {
		.id = "a.1", .host = "host", .endpoints = &endpoint};
	struct app draft = {.key = {"/a", "marathon"}, .ports = &port,
		.port_count = 1, .instances = &instance, .instance_count = 1};
	struct app *made = NULL;

	if (app_pack(&draft, &made, NULL) < 0)
		abort();
	return made;
}

static int on_event(
	void *context, const char *type, const char *data, size_t length)
{
	struct health_policy policy = {HEALTH_KNOWN, false};
	CLEANUP(app_unref) struct app *after = NULL;
	struct event event;
	struct why why;

	(void)context;
	if (!data || event_from_json(type, data, length, &event, &why) < 0)
		return 0;
	if (event.kind == EVENT_TASK && event.app_id)
		app_after_event(app, &event, &policy, &after);
	event_done(&event);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(sse_free) struct sse *sse = NULL;
	size_t cut;

	if (!app)
		app = make_app();
	if (size < 2 || sse_new(on_event, NULL, &sse) < 0)
		return 0;
	cut = 1 + data[0] % (size - 1);
	sse_feed(sse, (const char *)data + 1, cut - 1);
	sse_feed(sse, (const char *)data + cut, size - cut);
	return 0;
}
