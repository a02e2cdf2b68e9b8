/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/service.h"
#include "tests/unit/maker.h"

/* An app with two ports (containers' 80 and 81), and what came of it. */
struct read {
	struct maker maker;
	struct app *app;
	struct service *services;
	struct problems problems;
};

#define PROXYMATIC "com.meltwater.proxymatic.port."

static void begin(struct read *read)
{
	memset(read, 0, sizeof(*read));
	maker_begin(&read->maker, "/app");
	for (uint16_t i = 0; i < 2; i++)
		maker_port(&read->maker, (uint16_t)(10000 + i))
			->container_port = (uint16_t)(80 + i);
}

static void label(struct read *read, const char *key, const char *value)
{
	maker_label(&read->maker, key, value);
}

static void variable(struct read *read, const char *key, const char *value)
{
	read->maker.env[read->maker.app.env_count++] =
		(struct label){key, value};
}

static void done(struct read *read)
{
	read->app = maker_done(&read->maker);
	assert(services_read(read->app, &read->problems, &read->services) == 0);
}

static void release(struct read *read)
{
	services_release(read->services, read->app->port_count);
	problems_done(&read->problems);
	app_unref(read->app);
}

static void begin_with(struct read *read, const char *key, const char *value)
{
	begin(read);
	label(read, key, value);
	done(read);
}

/* What is said of the label names it. */
static bool is_told(const struct read *read, const char *key)
{
	size_t length = strlen(key);

	for (size_t i = 0; i < read->problems.count; i++) {
		const char *text = read->problems.items[i].text;

		assert(strcmp(read->problems.items[i].key.id, "/app") == 0);
		if (strncmp(text, key, length) == 0 && text[length] == ':')
			return true;
	}
	return false;
}

enum verdict { TAKEN, WRONG, REFUSED };

/* Wrong is as if it were not said, refused is a port that is not shown. */
static void expect(const char *key, const char *value, enum verdict verdict)
{
	struct read read;

	begin_with(&read, key, value);
	if (is_told(&read, key) != (verdict != TAKEN))
		fprintf(stderr, "%s=%s\n", key, value);
	assert(is_told(&read, key) == (verdict != TAKEN));
	assert(read.services[0].refused == (verdict == REFUSED));
	assert(!read.services[1].refused);
	release(&read);
}

static bool same(const char *a, const char *b)
{
	return a && strcmp(a, b) == 0;
}

#define EXPECT_FIELD(key, value, condition) \
	do { \
		struct read read; \
		const struct service *s; \
\
		begin_with(&read, key, value); \
		s = &read.services[0]; \
		assert(condition); \
		assert(read.problems.count == 0); \
		release(&read); \
	} while (0)

TEST(marathon_lb_says_it_by_the_index_of_a_port)
{
	EXPECT_FIELD("HAPROXY_0_AUTH", "A realm:user:$6$salt$hash",
		same(s->realm, "A realm") && same(s->user, "user") &&
			same(s->password, "$6$salt$hash"));
	EXPECT_FIELD("HAPROXY_0_BACKEND_HEALTHCHECK_PORT_INDEX", "1",
		s->check_port_index == 1);
	EXPECT_FIELD("HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL", "10.0.0.0/8 ::1",
		same(s->network_allowed, "10.0.0.0/8 ::1"));
	EXPECT_FIELD(
		"HAPROXY_0_BACKEND_WEIGHT", "-1", s->weight_of_rules == -1);
	EXPECT_FIELD("HAPROXY_0_BALANCE", "uri depth 3",
		same(s->balance, "uri depth 3"));
	EXPECT_FIELD("HAPROXY_0_BIND_ADDR", "192.0.2.1",
		same(s->bind_addr, "192.0.2.1"));
	EXPECT_FIELD("HAPROXY_0_BIND_OPTIONS", "nice 3",
		same(s->bind_options, " nice 3"));
	EXPECT_FIELD("HAPROXY_0_ENABLED", "true", s->enabled == SAID_YES);
	EXPECT_FIELD("HAPROXY_0_ENABLED", "no", s->enabled == SAID_NO);
	EXPECT_FIELD("HAPROXY_0_GROUP", "x", s->enabled == SAID_NOT);
	EXPECT_FIELD("HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH", "/a/b/",
		same(s->proxypass_path, "/a/b"));
	EXPECT_FIELD("HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH", "/",
		same(s->proxypass_path, ""));
	EXPECT_FIELD("HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH", "/a.b(c",
		same(s->proxypass_path, "/a\\.b\\(c"));
	EXPECT_FIELD("HAPROXY_0_HTTP_BACKEND_REDIR", "/%[x]#\"",
		same(s->redirect_path, "/%%[x]\\#\\\""));
	EXPECT_FIELD("HAPROXY_0_HTTP_BACKEND_REVPROXY_PATH", "/a/",
		same(s->revproxy_path, "/a"));
	EXPECT_FIELD("HAPROXY_0_HTTP_BACKEND_REDIR", "/a/",
		same(s->redirect_path, "/a/"));
	EXPECT_FIELD("HAPROXY_0_MODE", "HTTP", s->mode == MODE_HTTP);
	EXPECT_FIELD("HAPROXY_0_PATH", "-i /a /b",
		same(s->path, "-i /a /b") && s->weight_of_rules == 1);
	EXPECT_FIELD("HAPROXY_0_PORT", "9000", s->port == 9000);
	EXPECT_FIELD("HAPROXY_0_REDIRECT_TO_HTTPS", "T", s->redirect_to_https);
	EXPECT_FIELD("HAPROXY_0_SSL_CERT", "/a.pem, /b.pem",
		same(s->ssl_certs, " ssl crt /a.pem crt /b.pem"));
	EXPECT_FIELD("HAPROXY_0_STICKY", "yes", s->sticky);
	EXPECT_FIELD("HAPROXY_0_USE_HSTS", "y", s->hsts);
	EXPECT_FIELD("HAPROXY_0_VHOST", "A.example.com,b.example.com",
		s->vhost_count == 2 &&
			same(s->vhosts[0].host, "a.example.com"));
	EXPECT_FIELD("HAPROXY_1_VHOST", "a.example.com", s[1].vhost_count == 1);
	EXPECT_FIELD("HAPROXY_0_BACKEND_HEAD", "backend {backend}",
		s->templates && s->templates[TEMPLATE_BACKEND_HEAD]);
}

TEST(marathon_lb_has_labels_for_the_whole_app)
{
	static const char *const keys[] = {"HAPROXY_APP_ID", "HAPROXY_GROUP",
		"HAPROXY_DEPLOYMENT_ALT_PORT", "HAPROXY_DEPLOYMENT_COLOUR",
		"HAPROXY_DEPLOYMENT_GROUP", "HAPROXY_DEPLOYMENT_NEW_INSTANCES",
		"HAPROXY_DEPLOYMENT_STARTED_AT",
		"HAPROXY_DEPLOYMENT_TARGET_INSTANCES"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		expect(keys[i], "x", TAKEN);
}

TEST(a_weight_of_nothing_is_raised_for_a_path)
{
	struct read read;

	begin(&read);
	label(&read, "HAPROXY_0_BACKEND_WEIGHT", "0");
	label(&read, "HAPROXY_0_PATH", "/a");
	label(&read, "HAPROXY_1_BACKEND_WEIGHT", "-5");
	label(&read, "HAPROXY_1_PATH", "/a");
	done(&read);
	assert(read.services[0].weight_of_rules == 1);
	assert(read.services[1].weight_of_rules == -5);
	release(&read);
}

TEST(servicerouter_says_it_in_the_environment)
{
	struct read read;
	const struct service *s;

	begin(&read);
	variable(&read, "HAPROXY_0_VHOST", "a.example.com");
	variable(&read, "HAPROXY_0_STICKY", "true");
	variable(&read, "HAPROXY_0_REDIRECT_TO_HTTPS", "true");
	variable(&read, "HAPROXY_0_SSL_CERT", "/a.pem");
	variable(&read, "HAPROXY_0_BIND_ADDR", "127.0.0.1");
	variable(&read, "HAPROXY_0_PORT", "9000");
	variable(&read, "HAPROXY_0_MODE", "http");
	variable(&read, "HAPROXY_GROUP", "x");
	variable(&read, "HAPROXY_ANYTHING", "x");
	variable(&read, "HAPROXY_0_PATH", "/a");
	variable(&read, "HAPROXY_0_BACKEND_HEAD", "x");
	variable(&read, "HAPROXY_2_PORT", "1");
	done(&read);
	s = &read.services[0];
	assert(s->vhost_count == 1 && s->sticky && s->redirect_to_https);
	assert(s->ssl_certs && s->bind_addr && s->port == 9000);
	assert(s->mode == MODE_HTTP && !s->path && !s->templates);
	assert(is_told(&read, "HAPROXY_0_PATH"));
	assert(is_told(&read, "HAPROXY_0_BACKEND_HEAD"));
	assert(is_told(&read, "HAPROXY_2_PORT"));
	assert(read.problems.count == 3);
	release(&read);
}

TEST(mmsd_says_it_of_the_app)
{
	EXPECT_FIELD("disable-haproxy-health-check", "true",
		s[0].no_checks && s[1].no_checks);
	EXPECT_FIELD("haproxy-logging", "0", s->no_log);
	EXPECT_FIELD("haproxy-logging", "1", !s->no_log);
	EXPECT_FIELD("http-connection-mode", "httpclose",
		same(s->connection_mode, "httpclose"));
	EXPECT_FIELD("lb-accept-proxy", "1", s->accept_proxy);
	EXPECT_FIELD("lb-group", "x", !s->refused);
	EXPECT_FIELD("lb-mode", "multicast", s->mode == MODE_UNSAID);
	EXPECT_FIELD("lb-proxy-protocol", "2", s->send_proxy == 2);
	EXPECT_FIELD("lb-service-port", "9000,9001",
		s[0].port == 9000 && s[1].port == 9001);
	EXPECT_FIELD("lb-service-port", ",9001",
		s[0].port == 10000 && s[1].port == 9001);
	EXPECT_FIELD("lb-service-port", "9000,9001,9002", s[0].port == 9000);
	EXPECT_FIELD("lb-vhost", "a.example.com:1,b.example.com",
		s[0].vhost_count == 1 && s[1].vhost_count == 1 &&
			same(s[1].vhosts[0].host, "a.example.com"));
	EXPECT_FIELD("lb-vhost-ssl", "*.example.com",
		s->vhosts[0].kind == VHOST_TLS && s->vhosts[0].wildcard);
	EXPECT_FIELD("lb-vhost-default", "1",
		!s[0].default_http && s[1].default_http);
	EXPECT_FIELD("lb-vhost-ssl-default", "0",
		s[0].default_tls && !s[1].default_tls);
	EXPECT_FIELD("lb-vhost-default-ssl", "1",
		!s[0].default_tls && s[1].default_tls);
	EXPECT_FIELD("proto", "http", s->mode == MODE_HTTP);
	EXPECT_FIELD("proto", "SMTP", s->probe == PROBE_SMTP);
	EXPECT_FIELD("proto", "redis", s->probe == PROBE_REDIS_MASTER);
	EXPECT_FIELD("proto", "redis-master", s->probe == PROBE_REDIS_MASTER);
	EXPECT_FIELD("proto", "redis-server", s->probe == PROBE_REDIS_MASTER);
	EXPECT_FIELD("proto", "redis-slave", s->probe == PROBE_REDIS_SLAVE);
	EXPECT_FIELD(
		"proto", "amqp", s->mode == MODE_TCP && s->probe == PROBE_TCP);
}

TEST(mmsd_says_it_of_a_port)
{
	struct read read;

	begin(&read);
	maker_port_label(&read.maker, 1, "lb-vhost", "a.example.com");
	maker_port_label(&read.maker, 1, "lb-vhost-default", "1");
	maker_port_label(&read.maker, 1, "lb-vhost-default-ssl", "0");
	maker_port_label(&read.maker, 1, "lb-service-port", "9001");
	maker_port_label(&read.maker, 0, "lb-what", "x");
	maker_port_label(&read.maker, 0, "what", "x");
	done(&read);
	assert(read.services[0].vhost_count == 0);
	assert(read.services[1].vhost_count == 1);
	assert(read.services[1].default_http && !read.services[1].default_tls);
	assert(read.services[1].port == 9001);
	assert(is_told(&read, "lb-what"));
	assert(read.problems.count == 1);
	release(&read);
}

TEST(proxymatic_says_it_of_a_port)
{
	EXPECT_FIELD(PROXYMATIC "0.maxconn", "7", s->server_maxconn == 7);
	EXPECT_FIELD(PROXYMATIC "0.mode", "http", s->mode == MODE_HTTP);
	EXPECT_FIELD(PROXYMATIC "0.servicePort", "9000",
		s->port == 9000 && s->joins);
	EXPECT_FIELD(
		PROXYMATIC "0.timeout.client", "7", s->client_timeout == 7);
	EXPECT_FIELD(
		PROXYMATIC "0.timeout.server", "7", s->server_timeout == 7);
	EXPECT_FIELD(PROXYMATIC "0.weight", "500", s->server_weight == 128);
	EXPECT_FIELD(PROXYMATIC "0.weight", "1", s->server_weight == 1);
	EXPECT_FIELD(PROXYMATIC "0.weight", "1000", s->server_weight == 256);
}

TEST(proxym_says_it_of_a_container_port)
{
	EXPECT_FIELD("proxym.domains", "a.example.com,b.example.com",
		s[0].vhost_count == 2 && s[1].vhost_count == 0);
	EXPECT_FIELD("proxym.port.81.config", "option x",
		!s[0].config && same(s[1].config, "option x\n"));
	EXPECT_FIELD("proxym.port.81.config", "option x\r\noption y\r\n",
		same(s[1].config, "option x\noption y\n"));
	EXPECT_FIELD("proxym.port.80.protocol", "http", s->mode == MODE_HTTP);
	EXPECT_FIELD("proxym.port.80.protocol", "tcp", s->mode == MODE_TCP);
	EXPECT_FIELD("proxym.port.80.protocol", "udp", s->enabled == SAID_NO);
}

TEST(a_later_vocabulary_wins)
{
	struct read read;

	for (unsigned i = 0; i < 5; i++) {
		begin(&read);
		label(&read, "proxym.port.80.protocol", "http");
		label(&read, PROXYMATIC "0.servicePort", "1");
		if (i > 0)
			label(&read, "lb-service-port", "2");
		if (i > 1)
			maker_port_label(
				&read.maker, 0, "lb-service-port", "3");
		if (i > 2)
			variable(&read, "HAPROXY_0_PORT", "4");
		if (i > 3)
			label(&read, "HAPROXY_0_PORT", "5");
		done(&read);
		assert(read.services[0].port == 1 + i);
		assert(read.services[0].joins == (i == 0));
		assert(read.services[0].mode == MODE_HTTP);
		release(&read);
	}
}

TEST(virtual_hosts_add_up)
{
	struct read read;

	begin(&read);
	label(&read, "proxym.domains", "a.example.com");
	label(&read, "lb-vhost", "b.example.com,a.example.com");
	variable(&read, "HAPROXY_0_VHOST", "c.example.com");
	label(&read, "HAPROXY_0_VHOST", "d.example.com,B.example.com");
	done(&read);
	assert(read.services[0].vhost_count == 4);
	release(&read);
}

TEST(mode_http_ends_what_proto_said)
{
	struct read read;

	begin(&read);
	label(&read, "proto", "redis");
	label(&read, "HAPROXY_0_MODE", "http");
	label(&read, "HAPROXY_1_MODE", "tcp");
	done(&read);
	assert(read.services[0].probe == PROBE_UNSAID);
	assert(read.services[1].probe == PROBE_REDIS_MASTER);
	release(&read);
}

TEST(what_is_not_known_is_told)
{
	static const char *const unknown[] = {"HAPROXY_0_X", "HAPROXY_X",
		"HAPROXY_0_HEAD", "HAPROXY_0_HTTP_FRONTEND_HEAD",
		"HAPROXY_00000000_VHOST", "HAPROXY_0X_VHOST",
		"HAPROXY_-1_VHOST", "HAPROXY__VHOST", "HAPROXY_", "lb-",
		"lb-vhosts", "com.meltwater.proxymatic.x", PROXYMATIC "0.x",
		PROXYMATIC "x.mode", PROXYMATIC "0", "proxym.x",
		"proxym.port.80", "proxym.port.80.x"};
	static const char *const others[] = {"", "x", "haproxy_0_vhost",
		"traefik.port", "HAPROXY", "com.meltwater", "proxym", "protos"};

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		expect(unknown[i], "x", WRONG);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		expect(others[i], "x", TAKEN);
}

TEST(a_port_that_is_not_there_is_told)
{
	expect("HAPROXY_2_VHOST", "a.example.com", WRONG);
	expect("HAPROXY_999999_VHOST", "a.example.com", WRONG);
	expect("HAPROXY_2_BACKEND_HEAD", "x", WRONG);
	expect(PROXYMATIC "2.mode", "http", WRONG);
	expect("proxym.port.82.protocol", "http", WRONG);
	expect("lb-vhost", "a.example.com:2", WRONG);
	expect("lb-vhost", "a.example.com:99999999999999999999", WRONG);
	expect("lb-vhost", "a.example.com:-1", WRONG);
	expect("lb-vhost", "a.example.com:", WRONG);
	expect("lb-vhost-default", "2", WRONG);
	expect("lb-vhost-default", "", WRONG);
}

TEST(wrong_values_count_as_not_said)
{
	static const char *const wrong[][2] = {
		{"HAPROXY_0_BACKEND_HEALTHCHECK_PORT_INDEX", "-1"},
		{"HAPROXY_0_BACKEND_WEIGHT", "1e3"},
		{"HAPROXY_0_BACKEND_WEIGHT", ""}, {"HAPROXY_0_BALANCE", "hdr"},
		{"HAPROXY_0_BALANCE", "hdr()"},
		{"HAPROXY_0_BALANCE", "hdr(a b)"},
		{"HAPROXY_0_BALANCE", "url_param"},
		{"HAPROXY_0_BALANCE", "roundrobin x"},
		{"HAPROXY_0_BALANCE", "source(1)"},
		{"HAPROXY_0_BALANCE", "uri # x"}, {"HAPROXY_0_BALANCE", ""},
		{"HAPROXY_0_BALANCE", "random(2)x"},
		{"HAPROXY_0_MODE", "health"}, {"HAPROXY_0_MODE", ""},
		{"HAPROXY_0_REDIRECT_TO_HTTPS", "perhaps"},
		{"HAPROXY_0_STICKY", "2"}, {"HAPROXY_0_USE_HSTS", " true"},
		{"HAPROXY_0_VHOST", "a b!"}, {"HAPROXY_0_VHOST", "-f"},
		{"haproxy-logging", "2"}, {"http-connection-mode", "close"},
		{"lb-accept-proxy", "2"}, {"lb-proxy-protocol", "3"},
		{PROXYMATIC "0.maxconn", "0"}, {PROXYMATIC "0.mode", "udp"},
		{PROXYMATIC "0.timeout.client", "1s"},
		{PROXYMATIC "0.timeout.server", "99999999999999999999"},
		{PROXYMATIC "0.weight", "0"}, {PROXYMATIC "0.weight", "1001"},
		{"proxym.port.80.protocol", "sctp"}};
	static const char *const balance[] = {"hdr(host)", "random",
		"random(2)", "rdp-cookie", "rdp-cookie(x)",
		"url_param id check_post", "hash req.cookie(x)",
		"hdr(host) use_domain_only", "uri whole"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		expect(wrong[i][0], wrong[i][1], WRONG);
	for (size_t i = 0; i < sizeof(balance) / sizeof(balance[0]); i++)
		expect("HAPROXY_0_BALANCE", balance[i], TAKEN);
}

TEST(each_setting_is_read_by_somebody)
{
	for (enum service_setting setting = 0; setting < SETTINGS; setting++) {
		bool takes_anything = setting == SET_IGNORED
			|| setting == SET_DEFAULT_HTTP
			|| setting == SET_DEFAULT_TLS || setting == SET_PROTO;
		struct service *service = calloc(1, sizeof(*service));
		struct why why = {""};

		assert(service);
		assert(service_set(service, setting, "\1", &why) == 0);
		assert(!why.text[0] == takes_anything);
		services_release(service, 1);
	}
}

/* What a service must not be shown without. */
TEST(a_port_is_left_out_for_what_it_cannot_be_without)
{
	static const char *const bad[][2] = {{"HAPROXY_0_AUTH", ""},
		{"HAPROXY_0_AUTH", "realm"}, {"HAPROXY_0_AUTH", "realm:user"},
		{"HAPROXY_0_AUTH", "realm:user:a:b"},
		{"HAPROXY_0_AUTH", "realm::hash"},
		{"HAPROXY_0_AUTH", ":user:hash"},
		{"HAPROXY_0_AUTH", "realm:user:"},
		{"HAPROXY_0_AUTH", "realm\n:user:hash"},
		{"HAPROXY_0_AUTH", "realm\":user:hash"},
		{"HAPROXY_0_AUTH", "$HOME:user:hash"},
		{"HAPROXY_0_AUTH", "realm:us er:hash"},
		{"HAPROXY_0_AUTH", "realm:user:ha#sh"},
		{"HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL", ""},
		{"HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL", "10.0.0.0/33"},
		{"HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL", "10.0.0.1 or"},
		{"HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL", "-f /etc/passwd"},
		{"HAPROXY_0_BIND_ADDR", ""}, {"HAPROXY_0_BIND_ADDR", "*:80"},
		{"HAPROXY_0_BIND_ADDR", "a,b"},
		{"HAPROXY_0_BIND_ADDR", "unix@/x"},
		{"HAPROXY_0_BIND_ADDR", "fd@3"}, {"HAPROXY_0_BIND_ADDR", "/x"},
		{"HAPROXY_0_BIND_ADDR", "ipv4@*"}, {"HAPROXY_0_BIND_ADDR", "0"},
		{"HAPROXY_0_BIND_ADDR", "0x7f.1"},
		{"HAPROXY_0_BIND_ADDR", "[]"}, {"HAPROXY_0_BIND_ADDR", "["},
		{"HAPROXY_0_BIND_ADDR", "127.1"},
		{"HAPROXY_0_BIND_ADDR", "::ffff:127.0.0.1"},
		{"HAPROXY_0_BIND_OPTIONS", ""}, {"HAPROXY_0_BIND_OPTIONS", " "},
		{"HAPROXY_0_BIND_OPTIONS", "a\nglobal"},
		{"HAPROXY_0_BIND_OPTIONS", "a #"},
		{"HAPROXY_0_BIND_OPTIONS", "a \\"},
		{"HAPROXY_0_BIND_OPTIONS", "${HOME}"},
		{"HAPROXY_0_ENABLED", "perhaps"},
		{"HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH", "a"},

		{"HAPROXY_0_HTTP_BACKEND_REVPROXY_PATH", "/a b"},
		{"HAPROXY_0_HTTP_BACKEND_REDIR", "/a\nb"},
		{"HAPROXY_0_HTTP_BACKEND_REDIR", ""}, {"HAPROXY_0_PATH", ""},
		{"HAPROXY_0_PATH", "-i"}, {"HAPROXY_0_PATH", "-i "},
		{"HAPROXY_0_PATH", "/a or TRUE"},
		{"HAPROXY_0_PATH", "/a -f /etc/passwd"},
		{"HAPROXY_0_PATH", "/a } x"}, {"HAPROXY_0_PATH", "/a\t/b"},
		{"HAPROXY_0_PORT", ""}, {"HAPROXY_0_PORT", "65536"},
		{"HAPROXY_0_PORT", "-1"}, {"HAPROXY_0_PORT", "80x"},
		{"HAPROXY_0_SSL_CERT", ""}, {"HAPROXY_0_SSL_CERT", ","},
		{"HAPROXY_0_SSL_CERT", "a.pem ca-file b"},
		{"HAPROXY_0_SSL_CERT", "a.pem, b c.pem"},
		{"HAPROXY_0_BACKEND_HEAD", "global"},
		{"HAPROXY_0_BACKEND_SERVER_OPTIONS", "server {"},
		{"lb-service-port", "x"}, {PROXYMATIC "0.servicePort", "x"},
		{"proxym.port.80.config", "global"},
		{"proxym.port.80.config", "x \"\nbackend b"}};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect(bad[i][0], bad[i][1], REFUSED);
}

TEST(an_address_has_one_form)
{
	EXPECT_FIELD(
		"HAPROXY_0_BIND_ADDR", "0:0:0::1", same(s->bind_addr, "[::1]"));
	EXPECT_FIELD("HAPROXY_0_BIND_ADDR", "[2001:DB8::0]",
		same(s->bind_addr, "[2001:db8::]"));
	EXPECT_FIELD("HAPROXY_0_BIND_ADDR", "*", same(s->bind_addr, "*"));
	EXPECT_FIELD("HAPROXY_0_BIND_ADDR", "localhost",
		same(s->bind_addr, "localhost"));
}

/* HAProxy reads 64 words of a line. */
TEST(a_value_has_no_more_words_than_fit)
{
	char paths[33 * 3 + 1], certs[17 * 2 + 1];

	for (size_t i = 0; i < 33; i++)
		memcpy(paths + i * 3, "/a ", 3);
	for (size_t i = 0; i < 17; i++)
		memcpy(certs + i * 2, "a,", 2);
	paths[33 * 3] = '\0';
	certs[17 * 2] = '\0';
	expect("HAPROXY_0_PATH", paths, REFUSED);
	expect("HAPROXY_0_SSL_CERT", certs, REFUSED);
	paths[32 * 3] = '\0';
	certs[16 * 2] = '\0';
	expect("HAPROXY_0_PATH", paths, TAKEN);
	expect("HAPROXY_0_SSL_CERT", certs, TAKEN);
}

/* Bytes no label has a right to, of any of them. */
TEST(nothing_is_written_that_haproxy_would_take_apart)
{
	static const char *const keys[] = {"HAPROXY_0_AUTH",
		"HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL", "HAPROXY_0_BALANCE",
		"HAPROXY_0_BIND_ADDR", "HAPROXY_0_BIND_OPTIONS",
		"HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH", "HAPROXY_0_PATH",
		"HAPROXY_0_SSL_CERT", "HAPROXY_0_VHOST",
		"http-connection-mode"};
	static const char *const starts[] = {"/a", "a:b:c", "a", "10.0.0.1"};
	static const char bytes[] = "\n\r\t\"'\\#`{}\x01\x7f\x80\xff";

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		for (size_t j = 0; j < sizeof(starts) / sizeof(starts[0]); j++)
			for (const char *byte = bytes; *byte; byte++) {
				char value[32];
				struct read read;

				snprintf(value, sizeof(value), "%s%cx",
					starts[j], *byte);
				begin_with(&read, keys[i], value);
				assert(read.problems.count > 0 ||
					(*byte == '\t' &&
						strstr(keys[i], "VHOST")));
				release(&read);
			}
}
