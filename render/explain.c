/* SPDX-License-Identifier: MIT */
#include "render/explain.h"

#include <inttypes.h>
#include <string.h>

const char *explain_state(const struct instance *instance)
{
	switch ((enum instance_state)instance->state) {
	case INSTANCE_SERVING:
		return instance->lost
			? "in service, though its source has lost sight of it"
			: "in service";
	case INSTANCE_WAITING:
		return "out: it runs, and no health check has passed yet";
	case INSTANCE_UNHEALTHY:
		return "out: a health check fails";
	case INSTANCE_STARTING:
		return "out: it is starting";
	case INSTANCE_KILLING:
		return "out: it is being stopped";
	case INSTANCE_UNREACHABLE:
		return "out: its source has lost sight of it, and "
		       "--unreachable=drop";
	case INSTANCE_ENDED:
		return "out: it has ended";
	}
	return "";
}

const char *explain_health(const struct instance *instance)
{
	switch ((enum instance_health)instance->health) {
	case HEALTH_UNKNOWN:
		return "unknown";
	case HEALTH_ALIVE:
		return "alive";
	case HEALTH_DEAD:
		return "dead";
	}
	return "";
}

/* Text of a source is no terminal's business. */
static void write_clean(FILE *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		fputc(c < ' ' || c == 0x7f ? '?' : c, out);
	}
}

static void write_word(FILE *out, const char *text)
{
	write_clean(out, text, strlen(text));
}

static void write_head(FILE *out, const struct explanation *e)
{
	const struct app *app = e->app;

	write_word(out, app->key.id);
	fputs(", of ", out);
	write_word(out, app->key.source);
	if (e->source && e->source->url[0]) {
		fputs(" at ", out);
		write_word(out, e->source->url);
	}
	fprintf(out,
		": %" PRIu32 " of %" PRIu32 " instances in service, %" PRIu32
		" wanted\n",
		app->serving_count, app->instance_count, app->target);
	if (e->source && e->source->restored)
		fputs("  as it was kept on disk: the source does not answer\n",
			out);
	else if (e->source && e->source->why[0]) {
		fputs("  its source has a problem: ", out);
		write_word(out, e->source->why);
		fputc('\n', out);
	}
}

static void write_groups(FILE *out, const struct explanation *e)
{
	fputs(!e->shown ? "  in no view: no item of --groups="
			: e->item
			? "  selected by "
			: "  shown for single ports: no item of --groups=",
		out);
	if (e->shown && e->item) {
		write_word(out, e->item);
		fputs(" of --groups=", out);
	}
	write_word(out, e->groups);
	fputs(e->shown && e->item ? "\n" : " selects it\n", out);
}

static const char *protocols_of(const struct port *port)
{
	if (port->protocols == (PORT_TCP | PORT_UDP))
		return "tcp and udp";
	return port->protocols == PORT_UDP ? "udp" : "tcp";
}

static void write_there(
	FILE *out, const struct explanation *e, const struct explain_file *file)
{
	switch ((enum explain_there)file->there) {
	case THERE_UNASKED:
		return;
	case THERE_SAME:
		fprintf(out, ", the same at %s", e->mountpoint);
		return;
	case THERE_MISSING:
		fprintf(out, ", and not at %s", e->mountpoint);
		return;
	case THERE_OTHER:
		fprintf(out, ", and another at %s", e->mountpoint);
		break;
	}
	if (file->only_here[0])
		fprintf(out, "\n      only here: %s", file->only_here);
	if (file->only_there[0])
		fprintf(out, "\n      only there: %s", file->only_there);
	if (file->only_there[0] && e->held > 0)
		fprintf(out,
			"\n      the shrink guard keeps %" PRId64
			" instances of this source there",
			e->held);
}

static void write_port(FILE *out, const struct explanation *e, uint32_t index)
{
	const struct port *port = &e->app->ports[index];

	fprintf(out, "  port %" PRIu32, index);
	if (port->name) {
		fputc(' ', out);
		write_word(out, port->name);
	}
	fprintf(out, ": %s", protocols_of(port));
	if (port->service_port)
		fprintf(out, ", service port %u", port->service_port);
	else
		fputs(", no service port", out);
	fputs(port->hidden ? ", left out by --groups\n" : "\n", out);
	for (size_t i = 0; i < e->file_count; i++) {
		if (e->files[i].port_index != index)
			continue;
		fprintf(out, "    services/%s, %zu lines", e->files[i].name,
			e->files[i].lines);
		write_there(out, e, &e->files[i]);
		fputc('\n', out);
	}
}

static void write_endpoints(
	FILE *out, const struct app *app, const struct instance *instance)
{
	for (uint32_t i = 0; i < app->port_count; i++) {
		const struct endpoint *at = &instance->endpoints[i];
		const char *ipv6 =
			at->host && strchr(at->host, ':') ? "" : NULL;

		fprintf(out, "    port %" PRIu32 ": ", i);
		if (!at->port) {
			fputs("not to be reached\n", out);
			continue;
		}
		fputs(ipv6 ? "[" : "", out);
		write_word(out, at->host);
		fprintf(out, "%s:%u\n", ipv6 ? "]" : "", at->port);
	}
}

static void write_instance(
	FILE *out, const struct explanation *e, const struct instance *instance)
{
	bool asked = e->task && strcmp(e->task, instance->id) == 0;

	fputs(asked ? "* instance " : "  instance ", out);
	write_word(out, instance->id);
	fputs(" on ", out);
	write_word(out, instance->host);
	fprintf(out, ": %s; health %s\n", explain_state(instance),
		explain_health(instance));
	write_endpoints(out, e->app, instance);
}

static void write_lines(FILE *out, const struct explanation *e)
{
	const char *view = "";

	for (size_t i = 0; i < e->line_count; i++) {
		const struct explain_line *line = &e->lines[i];

		if (strcmp(view, line->view) != 0)
			fprintf(out, "  %s\n", line->view);
		view = line->view;
		fputs(line->section ? "    " : "      ", out);
		write_clean(out, line->text, line->length);
		fputc('\n', out);
	}
	if (e->line_count == 0)
		fputs("  haproxy.cfg: nothing of it is there\n", out);
}

static void write_problems(FILE *out, const struct problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		fprintf(out, "  problem in %s: ", problems->items[i].view);
		write_word(out, problems->items[i].text);
		fputc('\n', out);
	}
}

void explain_text(FILE *out, const struct explanation *e)
{
	write_head(out, e);
	write_groups(out, e);
	if (e->app->port_count == 0)
		fputs("  no port, so no file in services\n", out);
	for (uint32_t i = 0; i < e->app->port_count; i++)
		write_port(out, e, i);
	for (uint32_t i = 0; i < e->app->instance_count; i++)
		write_instance(out, e, &e->app->instances[i]);
	write_lines(out, e);
	write_problems(out, e->problems);
}
