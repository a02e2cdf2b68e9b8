/* SPDX-License-Identifier: MIT */
#include "render/haproxy_gateway_impl.h"

#include <string.h>

static enum zone zone_of(const char *line, size_t length)
{
	static const struct {
		const char *word;
		enum zone zone;
	} words[] = {
		{"redirect", ZONE_REDIRECTS},
		{"use_backend", ZONE_BACKENDS},
		{"default_backend", ZONE_BACKENDS},
	};
	size_t word;

	while (length > 0 && (*line == ' ' || *line == '\t')) {
		line++;
		length--;
	}
	for (word = 0; word < length && line[word] > ' '; word++)
		;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].word) == word
			&& memcmp(words[i].word, line, word) == 0)
			return words[i].zone;
	return ZONE_RULES;
}

void gateway_write_zone(struct owned_text *to, const struct placed *placed,
	const struct span *span, enum zone zone)
{
	const char *line = span_text(placed->section, span);
	const char *end = line + span->length;
	size_t before = to->text.length;

	while (line < end) {
		const char *next = memchr(line, '\n', (size_t)(end - line));
		size_t length = next ? (size_t)(next - line) + 1
				     : (size_t)(end - line);

		if (zone_of(line, length) == zone)
			text_add(&to->text, line, length);
		line += length;
	}
	if (to->text.length != before)
		owned_text_give(to, placed->index);
}

void gateway_write_block(struct owned_text *to, const struct placed *placed,
	bool https, enum zone zone)
{
	const struct haproxy_block *block = placed->block;

	gateway_write_zone(to, placed,
		https ? &block->https_before : &block->http_before, zone);
	for (size_t i = 0; i < block->count; i++) {
		const struct haproxy_vhost *vhost = placed_vhost(placed, i);

		if (!vhost->taken)
			gateway_write_zone(to, placed,
				https ? &vhost->https : &vhost->http, zone);
	}
	if (!https)
		gateway_write_zone(to, placed, &block->http_after, zone);
}

void gateway_write_default(
	const struct gateway *gateway, struct owned_text *to, bool tls)
{
	const struct placed *placed =
		tls ? &gateway->default_tls : &gateway->default_http;
	const struct span *line;

	if (!placed->section)
		return;
	line = tls ? &placed->part->default_tls : &placed->part->default_http;
	text_add(&to->text, span_text(placed->section, line), line->length);
	owned_text_give(to, placed->index);
}

void gateway_write_template(const struct gateway *gateway,
	struct owned_text *to, enum template_id id, template_values values)
{
	template_write(templates_get(gateway->settings->templates, id), values,
		&to->text);
}

bool gateway_write_own_head(const struct gateway *gateway,
	struct owned_text *to, enum template_id id)
{
	static const char *const none[FIELD_COUNT] = {NULL};

	if (!templates_given(gateway->settings->templates, id))
		return false;
	gateway_write_template(gateway, to, id, none);
	return true;
}

void gateway_write_certs(struct text *to, const char *certs)
{
	while (certs && *certs) {
		size_t length = strcspn(certs, ",");

		if (length > 0)
			text_addf(to, "%scrt %.*s", to->length ? " " : "",
				(int)length, certs);
		certs += length;
		certs += *certs == ',';
	}
	text_add(to, "", 1);
}

const char *gateway_bind(const struct haproxy_settings *settings)
{
	return settings->gateway_bind ? settings->gateway_bind
				      : settings->bind;
}
