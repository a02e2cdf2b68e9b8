/* SPDX-License-Identifier: MIT */
#include "render/haproxy_head.h"

#include <string.h>

static const char stats[] =
	"\nlisten mmsdfs_stats\n"
	"\tbind 127.0.0.1:%u\n"
	"\tmode http\n"
	"\tmonitor-uri /health\n"
	"\tstats enable\n"
	"\tstats uri /\n"
	"\tstats refresh 10s\n";

/*
 * HAProxy does not start without any listener: with nothing else to listen on,
 * an abstract socket that nobody knows keeps the configuration valid.
 */
static const char nothing[] =
	"\nfrontend mmsdfs_nothing\n"
	"\tbind abns@mmsdfs-nothing\n";

/* Instead of our own: "redispatch,http-server-close". Returns how much of the
 * head is done with. */
static size_t write_options(const char *options, const struct text *head,
	size_t from, struct text *to)
{
	static const char first[] =
		"\toption dontlognull\n\toption redispatch\n";
	const char *at = memmem(head->at + from, head->length - from, first,
		sizeof(first) - 1);

	if (!at)
		return from;
	text_add(to, head->at + from, (size_t)(at - head->at) - from);
	while (*options) {
		size_t length = strcspn(options, ",");

		if (length > 0)
			text_addf(to, "\toption %.*s\n", (int)length, options);
		options += length;
		options += *options == ',';
	}
	return (size_t)(at - head->at) + sizeof(first) - 1;
}

static void write_global(
	const struct haproxy_settings *settings, struct text *to)
{
	if (settings->socket)
		text_addf(to,
			"\tstats socket %s mode 600 level admin "
			"expose-fd listeners\n",
			settings->socket);
	if (settings->drain_ms)
		text_addf(to, "\thard-stop-after %ums\n", settings->drain_ms);
	if (settings->max_connections)
		text_addf(to, "\tmaxconn %u\n", settings->max_connections);
}

/* What the settings say goes behind the first section, which is global. */
static void write_head(
	const struct haproxy_settings *settings, struct text *to)
{
	static const char *const none[FIELD_COUNT] = {NULL};
	static const char behind[] = "\n\ndefaults\n";
	struct text head = {.at = NULL};
	const char *split = NULL;
	size_t at = 0;

	template_write(
		templates_get(settings->templates, TEMPLATE_HEAD), none, &head);
	if (head.at
		&& !templates_given(settings->templates, TEMPLATE_HEAD))
		split = memmem(
			head.at, head.length, behind, sizeof(behind) - 1);
	if (split) {
		at = (size_t)(split - head.at) + 1;
		text_add(to, head.at, at);
		write_global(settings, to);
	}
	if (split && settings->options)
		at = write_options(settings->options, &head, at, to);
	if (head.at)
		text_add(to, head.at + at, head.length - at);
	/* Somebody's own may not end in a line break. */
	if (to->length && to->at[to->length - 1] != '\n')
		text_add(to, "\n", 1);
	to->failed |= head.failed;
	text_done(&head);
}

void haproxy_head_write(const struct haproxy_settings *settings,
	bool any_listener, struct text *to)
{
	write_head(settings, to);
	if (settings->stats_port)
		text_addf(to, stats, settings->stats_port);
	else if (!any_listener)
		text_add_string(to, nothing);
}
