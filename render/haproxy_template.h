/* SPDX-License-Identifier: MIT */
#ifndef RENDER_HAPROXY_TEMPLATE_H
#define RENDER_HAPROXY_TEMPLATE_H

/*
 * The pieces haproxy.cfg is made of, by the names, fields and brace rules of
 * marathon-lb (peers.md 1.8), so that templates written for it go on working.
 * The defaults are our own, in the syntax of HAProxy 2.2 to 3.x. A text comes
 * from a file or the environment for everybody, or from a label for one port.
 *
 * Constant after it is made; may be read by several threads.
 */

#include <stdbool.h>
#include <stddef.h>

#include "fetch/cleanup.h"
#include "fetch/why.h"
#include "render/text.h"

/* marathon-lb's names, without HAPROXY_ in front. */
enum template_id {
	TEMPLATE_HEAD,
	TEMPLATE_HTTP_FRONTEND_HEAD,
	TEMPLATE_HTTP_FRONTEND_APPID_HEAD,
	TEMPLATE_HTTPS_FRONTEND_HEAD,
	TEMPLATE_HTTPS_GROUPED_FRONTEND_HEAD,
	TEMPLATE_HTTPS_GROUPED_VHOST_FRONTEND_HEAD,
	TEMPLATE_HTTPS_GROUPED_VHOST_BACKEND_HEAD,
	TEMPLATE_HTTPS_GROUPED_VHOST_FRONTEND_ACL,
	TEMPLATE_HTTP_BACKEND_ACL_ALLOW_DENY,
	TEMPLATE_TCP_BACKEND_ACL_ALLOW_DENY,
	TEMPLATE_HTTP_BACKEND_REDIR,
	/* From here on a port can have its own, by HAPROXY_n_<NAME>. */
	TEMPLATE_USERLIST_HEAD,
	TEMPLATE_FRONTEND_HEAD,
	TEMPLATE_BACKEND_HEAD,
	TEMPLATE_FRONTEND_BACKEND_GLUE,
	TEMPLATE_BACKEND_REDIRECT_HTTP_TO_HTTPS,
	TEMPLATE_BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH,
	TEMPLATE_BACKEND_HTTP_OPTIONS,
	TEMPLATE_BACKEND_HSTS_OPTIONS,
	TEMPLATE_BACKEND_STICKY_OPTIONS,
	TEMPLATE_BACKEND_SERVER_OPTIONS,
	TEMPLATE_BACKEND_HTTP_HEALTHCHECK_OPTIONS,
	TEMPLATE_BACKEND_TCP_HEALTHCHECK_OPTIONS,
	TEMPLATE_BACKEND_SERVER_HTTP_HEALTHCHECK_OPTIONS,
	TEMPLATE_BACKEND_SERVER_TCP_HEALTHCHECK_OPTIONS,
	TEMPLATE_HTTP_FRONTEND_ACL,
	TEMPLATE_HTTP_FRONTEND_ACL_ONLY,
	TEMPLATE_HTTP_FRONTEND_ACL_ONLY_WITH_PATH,
	TEMPLATE_HTTP_FRONTEND_ACL_ONLY_WITH_PATH_AND_AUTH,
	TEMPLATE_HTTP_FRONTEND_ACL_WITH_AUTH,
	TEMPLATE_HTTP_FRONTEND_ACL_WITH_AUTH_AND_PATH,
	TEMPLATE_HTTP_FRONTEND_ACL_WITH_PATH,
	TEMPLATE_HTTP_FRONTEND_ROUTING_ONLY,
	TEMPLATE_HTTP_FRONTEND_ROUTING_ONLY_WITH_AUTH,
	TEMPLATE_HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH,
	TEMPLATE_HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH,
	TEMPLATE_HTTP_FRONTEND_APPID_ACL,
	TEMPLATE_HTTPS_FRONTEND_ACL,
	TEMPLATE_HTTPS_FRONTEND_ACL_ONLY_WITH_PATH,
	TEMPLATE_HTTPS_FRONTEND_ACL_WITH_AUTH,
	TEMPLATE_HTTPS_FRONTEND_ACL_WITH_PATH,
	TEMPLATE_HTTPS_FRONTEND_ACL_WITH_AUTH_AND_PATH,
	TEMPLATE_MAP_HTTP_FRONTEND_ACL,
	TEMPLATE_MAP_HTTP_FRONTEND_ACL_ONLY,
	TEMPLATE_MAP_HTTP_FRONTEND_APPID_ACL,
	TEMPLATE_MAP_HTTPS_FRONTEND_ACL,
	TEMPLATE_HTTP_BACKEND_PROXYPASS_GLUE,
	TEMPLATE_HTTP_BACKEND_REVPROXY_GLUE,
	TEMPLATE_HTTP_BACKEND_NETWORK_ALLOWED_ACL,
	TEMPLATE_TCP_BACKEND_NETWORK_ALLOWED_ACL,
	TEMPLATE_COUNT,
	TEMPLATE_FIRST_OF_PORT = TEMPLATE_USERLIST_HEAD,
};

/* What "{name}" in a text stands for. */
enum template_field {
	FIELD_appId,
	FIELD_backend,
	FIELD_balance,
	FIELD_bindAddr,
	FIELD_bindOptions,
	FIELD_cleanedUpAppId,
	FIELD_cleanedUpHostname,
	FIELD_cookieOptions,
	FIELD_haproxy_dir,
	FIELD_healthCheckFalls,
	FIELD_healthCheckGracePeriodSeconds,
	FIELD_healthCheckIgnoreHttp1xx,
	FIELD_healthCheckIntervalSeconds,
	FIELD_healthCheckMaxConsecutiveFailures,
	FIELD_healthCheckOptions,
	FIELD_healthCheckPath,
	FIELD_healthCheckPort,
	FIELD_healthCheckPortIndex,
	FIELD_healthCheckPortOptions,
	FIELD_healthCheckProtocol,
	FIELD_healthCheckTimeoutSeconds,
	FIELD_host,
	FIELD_host_ipv4,
	FIELD_hostMatch, /* ours: tells the virtual host, also a wildcard */
	FIELD_hostname,
	FIELD_mode,
	FIELD_name, /* of a grouped virtual host */
	FIELD_network_allowed,
	FIELD_otherOptions,
	FIELD_passwd,
	FIELD_path,
	FIELD_port,
	FIELD_proxypath,
	FIELD_realm,
	FIELD_redirpath,
	FIELD_rootpath,
	FIELD_serverId,
	FIELD_serverName,
	FIELD_servicePort,
	FIELD_sslCert,
	FIELD_sslCertOptions, /* as servicerouter.py calls it */
	FIELD_sslCerts,
	FIELD_user,
	FIELD_COUNT,
};

/* Texts by field, as HAProxy is to read them; NULL is "". */
typedef const char *const template_values[FIELD_COUNT];

struct template;

/* "BACKEND_HEAD". */
const char *template_name(enum template_id id);
/* TEMPLATE_COUNT: there is none. */
enum template_id template_find(const char *name, size_t length);

/*
 * -EINVAL for an unknown {field} or a brace alone, -E2BIG for a text of more
 * than 64 KB; text is copied.
 */
int template_new(enum template_id id, const char *text, struct template **ret,
	struct why *why);
void template_free(struct template *template);
CLEANUP_DEFINE(struct template *, template_free)

/*
 * Whether a label may say this: text of one app stays in the sections of that
 * app, and with lines of the kind that such a template has. -EINVAL.
 */
int template_check_label(
	enum template_id id, const char *text, struct why *why);

/*
 * Whether HAProxy reads these lines whole, with what stands for their fields:
 * only of labels, as what we write ourselves is short enough. -E2BIG.
 */
int template_check_lines(const char *text, size_t length, struct why *why);

/* True: it uses the field. */
bool template_uses(const struct template *template, enum template_field field);

void template_write(
	const struct template *template, template_values values, struct text *out);

/* One of each. */
struct templates;

/* texts[id] NULL: the default. Copied. -EINVAL as template_new(). */
int templates_new(const char *const texts[TEMPLATE_COUNT],
	struct templates **ret, struct why *why);
void templates_free(struct templates *templates);
CLEANUP_DEFINE(struct templates *, templates_free)

const struct template *templates_get(
	const struct templates *templates, enum template_id id);
/* Somebody's own, not our default. */
bool templates_given(const struct templates *templates, enum template_id id);

#endif
