/* SPDX-License-Identifier: MIT */
#ifndef RENDER_SERVICE_H
#define RENDER_SERVICE_H

/*
 * One model of a port as a load balancer is to serve it, which several
 * vocabularies of labels fill: marathon-lb, servicerouter.py, mmsd, proxymatic
 * and proxym. Where two of them say something of the same, the one that is
 * later in this order wins; virtual hosts add up:
 *
 *	proxym, proxymatic, mmsd (labels of the app, then of the port),
 *	servicerouter.py (the app's environment), marathon-lb
 *
 * Text in a service has been checked: it can be written into a configuration
 * as it is, between words, and changes nothing there but what it is for. What
 * could not be checked is in problems. Pure.
 */

#include "render/haproxy_template.h"
#include "render/haproxy_text.h"
#include "render/problems.h"

enum service_mode { MODE_UNSAID, MODE_TCP, MODE_HTTP };

enum service_probe {
	PROBE_UNSAID,
	PROBE_TCP,
	PROBE_SMTP,
	PROBE_REDIS_MASTER,
	PROBE_REDIS_SLAVE,
};

enum vhost_kind {
	VHOST_HTTP, /* by the header Host */
	VHOST_TLS,  /* by SNI, passed through */
};

struct service_vhost {
	char host[HAPROXY_VHOST_SIZE]; /* lower case; "*.example.com" */
	uint8_t kind;                  /* enum vhost_kind */
	bool wildcard;
};

enum said { SAID_NOT, SAID_NO, SAID_YES };

struct service {
	const struct app *app;
	uint32_t port_index;
	uint16_t port;  /* where it is served; 0: nowhere */
	bool joins;     /* others may serve the same port: canaries */
	bool refused;   /* something it must not be shown without is wrong */

	uint8_t mode;  /* enum service_mode */
	uint8_t probe; /* enum service_probe */

	struct service_vhost *vhosts; /* owned */
	size_t vhost_count, vhost_space;
	bool default_http, default_tls; /* who has no name of its own */

	/* Borrowed or owned by texts; NULL: not said. */
	const char *path; /* words of an ACL, perhaps with -i in front */
	const char *realm, *user, *password;
	const char *ssl_certs;    /* " ssl crt A crt B" */
	const char *bind_options; /* with a blank in front */
	const char *bind_addr;
	const char *balance;
	const char *proxypass_path, *revproxy_path, *redirect_path;
	const char *network_allowed; /* addresses by blanks */
	const char *config;          /* lines for the backend */
	const char *connection_mode;

	bool sticky, redirect_to_https, hsts;
	bool no_checks, no_log;
	bool accept_proxy;
	uint8_t send_proxy; /* version of the PROXY protocol; 0: none */
	uint8_t enabled;    /* enum said */
	int32_t weight_of_rules; /* order among virtual hosts */
	int32_t check_port_index; /* -1: not said */
	int32_t server_weight;    /* 0 to 256; -1: not said */
	uint32_t server_maxconn;  /* 0: not said */
	uint32_t client_timeout, server_timeout; /* seconds; 0: not said */

	/* Labels of its own instead of the templates of all; NULL: none. */
	struct template **templates; /* owned, TEMPLATE_COUNT of them */

	char **texts; /* owned */
	size_t text_count, text_space;
};

/*
 * What all labels of the app say, for each of its ports: ret has
 * app->port_count elements, to be released by
 * services_release(). -ENOMEM.
 */
int services_read(const struct app *app, struct problems *problems,
	struct service **ret);
void services_release(struct service *services, size_t count);

/* For the settings of a service, from the vocabularies: render/service.c. */
enum service_setting {
	SET_VHOST,
	SET_VHOST_TLS,
	SET_DEFAULT_HTTP,
	SET_DEFAULT_TLS,
	SET_IGNORED, /* known, and used elsewhere */
	SET_AUTH,
	SET_PATH,
	SET_STICKY,
	SET_ENABLED,
	SET_REDIRECT_TO_HTTPS,
	SET_HSTS,
	SET_SSL_CERT,
	SET_BIND_OPTIONS,
	SET_BIND_ADDR,
	SET_PORT,
	SET_PORT_JOINED,
	SET_MODE,
	SET_PROTO,
	SET_BALANCE,
	SET_PROXYPASS_PATH,
	SET_REVPROXY_PATH,
	SET_REDIRECT_PATH,
	SET_RULE_WEIGHT,
	SET_NETWORK_ALLOWED,
	SET_CHECK_PORT_INDEX,
	SET_ACCEPT_PROXY,
	SET_SEND_PROXY,
	SET_NO_CHECKS,
	SET_CONNECTION_MODE,
	SET_LOGGING,
	SET_SERVER_WEIGHT,
	SET_SERVER_MAXCONN,
	SET_CLIENT_TIMEOUT,
	SET_SERVER_TIMEOUT,
	SET_CONFIG,
	SET_TRANSPORT,
	SETTINGS,
};

/*
 * 0 also when value is wrong, which why then says; a service that must not be
 * shown without it is refused. -ENOMEM.
 */
int service_set(struct service *service, enum service_setting setting,
	const char *value, struct why *why);
int service_set_template(struct service *service, enum template_id id,
	const char *value, struct why *why);

#endif
