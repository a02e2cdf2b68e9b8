/* SPDX-License-Identifier: MIT */
#include "render/haproxy_gateway_impl.h"

static void write_map_line(const struct gateway *gateway,
	struct owned_text *to, enum template_id id)
{
	const char *values[FIELD_COUNT] = {
		[FIELD_haproxy_dir] = gateway->settings->map_dir};

	gateway_write_template(gateway, to, id, values);
	owned_text_give(to, OWNER_NONE);
}

static void write_blocks(const struct gateway *gateway, struct owned_text *to,
	bool https, enum template_id map)
{
	for (enum zone zone = 0; zone < ZONES; zone++)
		for (size_t i = 0; i < gateway->block_count; i++)
			if (gateway->blocks[i].block->kind == VHOST_HTTP)
				gateway_write_block(to, &gateway->blocks[i],
					https, zone);
	if (gateway->any_mapped)
		write_map_line(gateway, to, map);
}

void gateway_write_http(const struct gateway *gateway, struct owned_text *to)
{
	const struct haproxy_settings *settings = gateway->settings;

	if (!gateway_write_own_head(gateway, to, TEMPLATE_HTTP_FRONTEND_HEAD))
		text_addf(&to->text,
			"\nfrontend marathon_http_in\n"
			"\tbind %s:%u\n"
			"\tmode http\n"
			"\thttp-request set-header X-Forwarded-Proto http "
			"if !{ req.hdr(X-Forwarded-Proto) -m found }\n",
			gateway_bind(settings), settings->gateway_http_port);
	gateway_write_wildcards(gateway, to);
	owned_text_give(to, OWNER_NONE);
	write_blocks(gateway, to, false, TEMPLATE_MAP_HTTP_FRONTEND_ACL);
	gateway_write_default(gateway, to, false);
}

void gateway_write_app_ids(const struct gateway *gateway, struct owned_text *to)
{
	const struct haproxy_settings *settings = gateway->settings;

	if (!gateway_write_own_head(
		    gateway, to, TEMPLATE_HTTP_FRONTEND_APPID_HEAD))
		text_addf(&to->text,
			"\nfrontend marathon_http_appid_in\n"
			"\tbind %s:%u\n"
			"\tmode http\n",
			gateway_bind(settings), settings->appid_port);
	owned_text_give(to, OWNER_NONE);
	for (enum zone zone = 0; zone < ZONES; zone++)
		for (size_t i = 0; i < gateway->part_count; i++)
			gateway_write_zone(to, &gateway->parts[i],
				&gateway->parts[i].part->app_id, zone);
	if (settings->map)
		write_map_line(
			gateway, to, TEMPLATE_MAP_HTTP_FRONTEND_APPID_ACL);
}

void gateway_write_https_end(
	const struct gateway *gateway, struct owned_text *to, bool behind)
{
	const struct haproxy_settings *settings = gateway->settings;
	bool own_head = !behind
		&& templates_given(
			settings->templates, TEMPLATE_HTTPS_FRONTEND_HEAD);
	const char *values[FIELD_COUNT] = {NULL};
	struct text certs = {.at = NULL};

	gateway_write_certs(&certs, settings->ssl_certs);
	values[FIELD_sslCerts] = certs.at;
	if (certs.failed)
		to->text.failed = true;
	else if (own_head)
		gateway_write_template(
			gateway, to, TEMPLATE_HTTPS_FRONTEND_HEAD, values);
	else if (behind)
		text_addf(&to->text,
			"\nbackend marathon_https_end\n"
			"\tmode tcp\n"
			"\tserver loopback abns@mmsdfs-%u send-proxy-v2\n"
			"\nfrontend marathon_https_end\n"
			"\tbind abns@mmsdfs-%u accept-proxy ssl %s\n",
			settings->gateway_https_port,
			settings->gateway_https_port, certs.at);
	else
		text_addf(&to->text,
			"\nfrontend marathon_https_in\n"
			"\tbind %s:%u ssl %s\n",
			gateway_bind(settings), settings->gateway_https_port,
			certs.at);
	if (!own_head)
		text_add_string(&to->text,
			"\tmode http\n"
			"\thttp-request set-header X-Forwarded-Proto https\n");
	gateway_write_wildcards(gateway, to);
	owned_text_give(to, OWNER_NONE);
	write_blocks(gateway, to, true, TEMPLATE_MAP_HTTPS_FRONTEND_ACL);
	gateway_write_default(gateway, to, false);
	text_done(&certs);
}
