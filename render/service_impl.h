/* SPDX-License-Identifier: MIT */
#ifndef RENDER_SERVICE_IMPL_H
#define RENDER_SERVICE_IMPL_H

/*
 * What service.c and its parts share; for nobody else. A setter reads the value
 * of one setting into the service. The parts: by what, and by whom, a service
 * is reached (service_access.c), and what becomes of a request that has reached
 * it (service_traffic.c). service.c has the table of all settings, owns the
 * texts, and sets what is no more than a flag or a number, and templates.
 */

#include "render/service.h"
#include "render/service_value.h"

/* Takes over text; NULL is -ENOMEM. *ret is borrowed from the service. */
int service_keep(struct service *service, char *text, const char **ret);
/* A copy of a text of words, or the service is refused. -ENOMEM. */
int service_keep_words(struct service *service, const char *value,
	const char **ret, struct why *why);

/* It would not be what its owner wants it to be. Returns 0. */
__attribute__((format(printf, 3, 4))) int service_refuse(
	struct service *service, struct why *why, const char *format, ...);

/* As service_set(), of one setting. */
typedef int service_setter(
	struct service *service, const char *value, struct why *why);

/* service_access.c */
service_setter service_set_vhosts, service_set_tls_vhosts;
service_setter service_set_path, service_set_auth, service_set_networks;
service_setter service_set_certs, service_set_bind_options;
service_setter service_set_bind_addr, service_set_port, service_set_joined_port;

/* service_traffic.c */
service_setter service_set_mode, service_set_proto, service_set_transport;
service_setter service_set_balance, service_set_server_weight;
service_setter service_set_connection_mode;
service_setter service_set_proxypass_path, service_set_revproxy_path;
service_setter service_set_redirect_path;

#endif
