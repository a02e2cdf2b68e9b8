/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as what etcd answers, in each of its dialects: the first byte says
 * as what. What is understood becomes keys of a registry, and apps.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/elements.h"
#include "fetch/etcd2_json.h"
#include "fetch/etcd3_json.h"
#include "fetch/registry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ALL2, ALL3, EVENT2, LINE3, ERROR, TOKEN, KINDS };

static int on_change(
	void *context, const struct etcd_change *change, struct why *why)
{
	struct registry *registry = context;

	(void)why;
	if (change->key[0] != '/')
		return 0;
	if (change->action == ETCD_PUT)
		return registry_put(registry, change->key + 1, change->value,
			change->leased);
	if (change->directory)
		return registry_remove_below(
			registry, change->key + 1, NULL, NULL);
	return registry_remove(registry, change->key + 1, NULL, NULL);
}

static int on_element2(
	void *context, const char *bytes, size_t length, struct why *why)
{
	return etcd2_node_read(bytes, length, on_change, context, why);
}

static int on_element3(
	void *context, const char *bytes, size_t length, struct why *why)
{
	return etcd3_key_read(bytes, length, on_change, context, why);
}

/* In two pieces. */
static void read_all(struct registry *registry, bool v3, const char *text,
	size_t length)
{
	CLEANUP(elements_free) struct elements *elements = NULL;
	struct etcd3_header header;
	size_t cut = length / 3, size;
	const char *rest;
	struct why why;

	if (elements_new(v3 ? ETCD3_KEY_DEPTH : ETCD2_NODE_DEPTH,
		    v3 ? on_element3 : on_element2, registry, &elements)
			< 0
		|| elements_feed(elements, text, cut, &why) < 0
		|| elements_feed(elements, text + cut, length - cut, &why) < 0)
		return;
	rest = elements_rest(elements, &size);
	if (v3)
		etcd3_frame_read(
			rest, size, elements_count(elements), &header, &why);
	else
		etcd2_frame_read(rest, size, elements_count(elements), &why);
}

static void read_small(unsigned kind, const char *text, size_t length)
{
	struct etcd_error error;
	char *token = NULL, version[32];
	struct why why;

	if (kind == TOKEN && etcd3_token_read(text, length, &token, &why) == 0
		&& strpbrk(token, "\r\n"))
		abort();
	free(token);
	if (kind == ERROR && etcd_error_read(text, length, &error) == 0
		&& !error.text[0])
		abort();
	etcd_version_read(text, length, version, sizeof(version));
}

static int on_app(void *context, const char *id, struct app *app)
{
	(void)context;
	if (id[0] != '/' || (app && strcmp(app->key.id, id) != 0))
		abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct registry_reader reader = {{"r", 0}, NULL};
	CLEANUP(registry_free) struct registry *registry = NULL;
	const char *text = (const char *)data + 1;
	struct etcd3_line line;
	struct why why;

	if (size < 2 || registry_new(&registry) < 0)
		return 0;
	switch (data[0] % KINDS) {
	case ALL2:
	case ALL3:
		read_all(registry, data[0] % KINDS == ALL3, text, size - 1);
		break;
	case EVENT2:
		etcd2_event_read(text, size - 1, on_change, registry, &why);
		break;
	case LINE3:
		etcd3_line_read(
			text, size - 1, on_change, registry, &line, &why);
		break;
	default:
		read_small(data[0] % KINDS, text, size - 1);
	}
	registry_changes(registry, &reader, on_app, NULL);
	registry_bad_why(registry, &why);
	return 0;
}
