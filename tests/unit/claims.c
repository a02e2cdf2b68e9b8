/* SPDX-License-Identifier: MIT */
#include "tests/unit/claims.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/maker.h"

static enum instance_state state_of(char mark)
{
	static const char marks[] = "!keswu";
	static const enum instance_state states[] = {INSTANCE_UNHEALTHY,
		INSTANCE_KILLING, INSTANCE_ENDED, INSTANCE_STARTING,
		INSTANCE_WAITING, INSTANCE_UNREACHABLE};
	const char *found = mark ? strchr(marks, mark) : NULL;

	return found ? states[found - marks] : INSTANCE_SERVING;
}

static void add_instance(struct maker *m, char *name)
{
	enum instance_state state = state_of(name[strlen(name) - 1]);
	struct instance *instance = maker_instance(
		m, name, (uint16_t)(1000 + (name[1] - '0') * 10));

	if (state != INSTANCE_SERVING)
		name[strlen(name) - 1] = '\0';
	instance->state = (uint8_t)state;
	instance->id = name;
}

/* "/a:3 a0 a1" */
static struct app *app_of(char *line, uint32_t ports)
{
	char *rest = line, *word = strsep(&rest, " ");
	char *target = strchr(word, ':'), *source = strchr(word, '@');
	struct maker m;

	if (target)
		*target++ = '\0';
	if (source)
		*source++ = '\0';
	maker_begin(&m, word);
	if (source)
		m.app.key.source = source;
	m.app.target = target ? (uint32_t)strtoul(target, NULL, 10) : 0;
	for (uint32_t i = 0; i < ports; i++)
		maker_port(&m, (uint16_t)(10000 + i));
	while ((word = strsep(&rest, " ")))
		if (*word)
			add_instance(&m, word);
	return maker_done(&m);
}

struct catalog *claim_with_ports(const char *line, uint32_t ports)
{
	CLEANUP(free) char *copy = strdup(line);
	struct catalog *catalog = NULL;
	char *rest = copy, *part;

	assert(catalog_edit(NULL, NULL, 0, &catalog) == 0);
	while ((part = strsep(&rest, ";"))) {
		CLEANUP(app_unref) struct app *app = NULL;

		part += strspn(part, " ");
		if (!*part)
			continue;
		app = app_of(part, ports);
		catalog_put(&catalog, app);
	}
	return catalog;
}

struct catalog *claim(const char *line)
{
	return claim_with_ports(line, 1);
}

char *serving_of(const struct catalog *catalog)
{
	struct catalog_cursor cursor = {0, 0};
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	struct app *app;
	bool any = false;

	while ((app = catalog_next(catalog, &cursor)))
		for (uint32_t i = 0; i < app->instance_count; i++) {
			if (app->instances[i].state != INSTANCE_SERVING)
				continue;
			fprintf(out, any ? " %s" : "%s", app->instances[i].id);
			any = true;
		}
	fclose(out);
	return text;
}
