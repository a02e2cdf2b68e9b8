/* SPDX-License-Identifier: MIT */
#include "tests/unit/reading.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const struct app_reader plain = {.source = "marathon"};

char *quoted(const char *text)
{
	char *copy = strdup(text);

	assert(copy);
	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	return copy;
}

static const struct app *known(void *context, const char *id)
{
	const struct app *before = *(const struct app *const *)context;

	return before && strcmp(before->key.id, id) == 0 ? before : NULL;
}

struct app *read_app_as(const struct app_reader *reader,
	const struct app *before, const char *text)
{
	CLEANUP(free) char *json = quoted(text);
	struct app *app = NULL;
	struct why why = {""};
	int r;

	r = app_from_json(
		reader, json, strlen(json), 1, known, &before, &app, &why);
	if (r < 0)
		printf("%s\n%s\n", json, why.text);
	assert(r == 0 && app && !why.text[0]);
	return app;
}

struct app *read_app(const char *text)
{
	return read_app_as(&plain, NULL, text);
}

void expect_refused(const char *text, int error, const char *words)
{
	CLEANUP(free) char *json = quoted(text);
	struct app *app = NULL;
	struct why why = {""};
	int r;

	r = app_from_json(
		&plain, json, strlen(json), 1, NULL, NULL, &app, &why);
	if (r != error || !strstr(why.text, words))
		printf("%s\n%d %s\n", json, r, why.text);
	assert(r == error && !app);
	assert(strstr(why.text, words));
}

static const char *protocols_text(uint8_t protocols)
{
	static const char *const texts[] = {"none", "tcp", "udp", "tcp+udp"};

	return texts[protocols & 3];
}

void expect_ports_of(const struct app *app, const char *expected)
{
	CLEANUP(free) char *got = NULL;
	size_t length;
	FILE *out = open_memstream(&got, &length);

	assert(out);
	for (uint32_t i = 0; i < app->port_count; i++) {
		const struct port *port = &app->ports[i];

		fprintf(out, "%u %s%s%s:", port->service_port,
			protocols_text(port->protocols), port->name ? " " : "",
			port->name ? port->name : "");
		for (uint32_t k = 0; k < app->instance_count; k++) {
			const struct endpoint *endpoint =
				&app->instances[k].endpoints[i];

			if (endpoint->port)
				fprintf(out, " %s:%u", endpoint->host,
					endpoint->port);
			else
				fprintf(out, " -");
		}
		fprintf(out, "\n");
	}
	fclose(out);
	if (strcmp(got, expected) != 0)
		printf("got:\n%swanted:\n%s", got, expected);
	assert(strcmp(got, expected) == 0);
}

void expect_ports(const char *text, const char *expected)
{
	CLEANUP(app_unref) struct app *app = read_app(text);

	expect_ports_of(app, expected);
}
