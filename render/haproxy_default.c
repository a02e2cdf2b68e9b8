/* SPDX-License-Identifier: MIT */
#include "render/haproxy_default.h"

/*
 * Which texts have fields, and which are taken as they are, is marathon-lb's
 * rule (peers.md 1.8). Virtual hosts are told by the header, without its port,
 * on both listeners: a connection of HTTP/2 may be used for another host than
 * the one it was opened for.
 */

#define PLAIN(id, value) [TEMPLATE_##id] = {.name = #id, .text = value}
#define FORMAT(id, value)                                                      \
	[TEMPLATE_##id] = {.name = #id, .text = value, .format = true}
#define SHARED(id, value)                                                      \
	[TEMPLATE_##id] = {                                                    \
		.name = #id, .text = value, .format = true, .shared = true}
#define WORDS(id, value)                                                       \
	[TEMPLATE_##id] = {                                                    \
		.name = #id, .text = value, .format = true, .in_line = true}

#define HOST_ACL "\tacl host_{cleanedUpHostname} {hostMatch}\n"
#define PATH_ACL "\tacl path_{backend} path_beg {path}\n"
#define AUTH_ACL "\tacl auth_{cleanedUpHostname} http_auth(user_{backend})\n"
#define IF_HOST "if host_{cleanedUpHostname}"
#define IF_TLS_HOST "if {{ {hostMatch} }}"
#define ASK "\thttp-request auth realm \"{realm}\" "
#define NOT_AUTH " !auth_{cleanedUpHostname}\n"
#define USE "\tuse_backend {backend} "
#define USE_MAP                                                                \
	"\tuse_backend %[req.hdr(host),field(1,:),lower,"                      \
	"map({haproxy_dir}/domain2backend.map)]\n"
#define REDIRECT                                                               \
	"\thttp-request redirect scheme https code 301 if !{{ ssl_fc }} "      \
	"host_{cleanedUpHostname}"

/*
 * Timeouts are those that mmsd and marathon-lb users live with; addresses never
 * fail the start on DNS. The log goes where a syslog listens, if one does. There
 * is no maxconn: HAProxy finds what the limits of its process allow, and does
 * not start with more.
 */
static const char head[] =
	"# Written by mmsdfs, which replaces it at every change.\n"
	"global\n"
	"\tlog /dev/log local0 notice\n"
	"\tspread-checks 5\n"
	"\n"
	"defaults\n"
	"\tmode tcp\n"
	"\tlog global\n"
	"\toption dontlognull\n"
	"\toption redispatch\n"
	"\tretries 3\n"
	"\ttimeout connect 5s\n"
	"\ttimeout client 50s\n"
	"\ttimeout server 50s\n"
	"\ttimeout tunnel 1h\n"
	"\ttimeout queue 30s\n"
	"\ttimeout http-request 10s\n"
	"\ttimeout http-keep-alive 10s\n"
	"\ttimeout check 5s\n"
	"\tdefault-server init-addr last,libc,none " HAPROXY_DEFAULT_SERVER "\n";

const struct template_default template_defaults[TEMPLATE_COUNT] = {
	PLAIN(HEAD, head),
	/* The defaults of the listeners' heads are written with their ports:
	 * haproxy_gateway.c. */
	PLAIN(HTTP_FRONTEND_HEAD, ""),
	PLAIN(HTTP_FRONTEND_APPID_HEAD, ""),
	FORMAT(HTTPS_FRONTEND_HEAD, ""),
	PLAIN(HTTPS_GROUPED_FRONTEND_HEAD, ""),
	FORMAT(HTTPS_GROUPED_VHOST_FRONTEND_HEAD,
		"\nfrontend {name}\n"
		"\tbind abns@{name} accept-proxy ssl {sslCerts}{bindOptions}\n"
		"\tmode http\n"
		"\thttp-request set-header X-Forwarded-Proto https\n"),
	FORMAT(HTTPS_GROUPED_VHOST_BACKEND_HEAD,
		"\nbackend {name}\n"
		"\tmode tcp\n"
		"\tserver loopback abns@{host} send-proxy-v2\n"),
	FORMAT(HTTPS_GROUPED_VHOST_FRONTEND_ACL,
		"\tuse_backend {backend} if {{ {hostMatch} }}\n"),
	PLAIN(HTTP_BACKEND_ACL_ALLOW_DENY,
		"\thttp-request deny if !network_allowed\n"),
	PLAIN(TCP_BACKEND_ACL_ALLOW_DENY,
		"\ttcp-request content reject if !network_allowed\n"),
	FORMAT(HTTP_BACKEND_REDIR,
		"\thttp-request redirect code 301 location {redirpath} "
		"if {{ path / }}\n"),
	FORMAT(USERLIST_HEAD,
		"\nuserlist user_{backend}\n"
		"\tuser {user} password {passwd}\n"),
	FORMAT(FRONTEND_HEAD,
		"\nfrontend {backend}\n"
		"\tbind {bindAddr}:{servicePort}{sslCert}{bindOptions}\n"
		"\tmode {mode}\n"),
	FORMAT(BACKEND_HEAD,
		"\nbackend {backend}\n"
		"\tmode {mode}\n"
		"\tbalance {balance}\n"),
	FORMAT(FRONTEND_BACKEND_GLUE, "\tdefault_backend {backend}\n"),
	SHARED(BACKEND_REDIRECT_HTTP_TO_HTTPS, REDIRECT "\n"),
	SHARED(BACKEND_REDIRECT_HTTP_TO_HTTPS_WITH_PATH,
		REDIRECT " path_{backend}\n"),
	PLAIN(BACKEND_HTTP_OPTIONS,
		"\toption forwardfor\n"
		"\thttp-request set-header X-Forwarded-Port %[dst_port]\n"
		"\thttp-request set-header X-Forwarded-Proto https "
		"if { ssl_fc }\n"),
	PLAIN(BACKEND_HSTS_OPTIONS,
		"\thttp-response set-header Strict-Transport-Security "
		"max-age=15768000 if { ssl_fc }\n"),
	PLAIN(BACKEND_STICKY_OPTIONS,
		"\tcookie mesosphere_server_id insert indirect nocache\n"),
	FORMAT(BACKEND_SERVER_OPTIONS,
		"\tserver {serverName} {host_ipv4}:{port} id {serverId}"
		"{cookieOptions}{healthCheckOptions}{otherOptions}\n"),
	FORMAT(BACKEND_HTTP_HEALTHCHECK_OPTIONS,
		"\toption httpchk\n"
		"\thttp-check send meth GET uri {healthCheckPath} "
		"ver HTTP/1.1 hdr Host health-check\n"
		"\ttimeout check {healthCheckTimeoutSeconds}s\n"),
	FORMAT(BACKEND_TCP_HEALTHCHECK_OPTIONS,
		"\ttimeout check {healthCheckTimeoutSeconds}s\n"),
	WORDS(BACKEND_SERVER_HTTP_HEALTHCHECK_OPTIONS,
		" check inter {healthCheckIntervalSeconds}s "
		"fall {healthCheckFalls}{healthCheckPortOptions}"),
	WORDS(BACKEND_SERVER_TCP_HEALTHCHECK_OPTIONS,
		" check inter {healthCheckIntervalSeconds}s "
		"fall {healthCheckFalls}{healthCheckPortOptions}"),
	SHARED(HTTP_FRONTEND_ACL, HOST_ACL USE IF_HOST "\n"),
	SHARED(HTTP_FRONTEND_ACL_ONLY, HOST_ACL),
	SHARED(HTTP_FRONTEND_ACL_ONLY_WITH_PATH, PATH_ACL),
	SHARED(HTTP_FRONTEND_ACL_ONLY_WITH_PATH_AND_AUTH, PATH_ACL AUTH_ACL),
	SHARED(HTTP_FRONTEND_ACL_WITH_AUTH,
		HOST_ACL AUTH_ACL ASK IF_HOST NOT_AUTH USE IF_HOST "\n"),
	SHARED(HTTP_FRONTEND_ACL_WITH_AUTH_AND_PATH,
		HOST_ACL AUTH_ACL PATH_ACL ASK IF_HOST
		" path_{backend}" NOT_AUTH USE IF_HOST " path_{backend}\n"),
	SHARED(HTTP_FRONTEND_ACL_WITH_PATH,
		HOST_ACL PATH_ACL USE IF_HOST " path_{backend}\n"),
	SHARED(HTTP_FRONTEND_ROUTING_ONLY, USE IF_HOST "\n"),
	SHARED(HTTP_FRONTEND_ROUTING_ONLY_WITH_AUTH,
		AUTH_ACL ASK IF_HOST NOT_AUTH USE IF_HOST "\n"),
	SHARED(HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH,
		USE IF_HOST " path_{backend}\n"),
	SHARED(HTTP_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH,
		ASK IF_HOST " path_{backend}" NOT_AUTH USE IF_HOST
			    " path_{backend}\n"),
	SHARED(HTTP_FRONTEND_APPID_ACL,
		"\tacl app_{cleanedUpAppId} hdr(x-marathon-app-id) "
		"-i -m str {appId}\n" USE "if app_{cleanedUpAppId}\n"),
	SHARED(HTTPS_FRONTEND_ACL, USE IF_TLS_HOST "\n"),
	SHARED(HTTPS_FRONTEND_ACL_ONLY_WITH_PATH, PATH_ACL),
	SHARED(HTTPS_FRONTEND_ACL_WITH_AUTH,
		AUTH_ACL ASK IF_TLS_HOST NOT_AUTH USE IF_TLS_HOST "\n"),
	SHARED(HTTPS_FRONTEND_ACL_WITH_PATH,
		USE IF_TLS_HOST " path_{backend}\n"),
	SHARED(HTTPS_FRONTEND_ACL_WITH_AUTH_AND_PATH,
		AUTH_ACL ASK IF_TLS_HOST " path_{backend}" NOT_AUTH USE
			IF_TLS_HOST " path_{backend}\n"),
	SHARED(MAP_HTTP_FRONTEND_ACL,
		USE_MAP),
	SHARED(MAP_HTTP_FRONTEND_ACL_ONLY,
		USE_MAP),
	SHARED(MAP_HTTP_FRONTEND_APPID_ACL,
		"\tuse_backend %[req.hdr(x-marathon-app-id),lower,"
		"map({haproxy_dir}/app2backend.map)]\n"),
	SHARED(MAP_HTTPS_FRONTEND_ACL,
		USE_MAP),
	FORMAT(HTTP_BACKEND_PROXYPASS_GLUE,
		"\thttp-request set-header Host {hostname}\n"
		"\thttp-request replace-path ^{proxypath}(/|$)(.*) /\\2\n"),
	FORMAT(HTTP_BACKEND_REVPROXY_GLUE,
		"\thttp-response replace-header Location "
		"^(https?://{hostname}(:[0-9]+)?)?(/.*) {rootpath}\\3\n"),
	FORMAT(HTTP_BACKEND_NETWORK_ALLOWED_ACL,
		"\tacl network_allowed src {network_allowed}\n"),
	FORMAT(TCP_BACKEND_NETWORK_ALLOWED_ACL,
		"\tacl network_allowed src {network_allowed}\n"),
};
