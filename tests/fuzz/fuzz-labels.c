/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the labels of an app, which stands beside an innocent one. What
 * is rendered is read again by HAProxy's rules for quotes and comments: the app
 * has changed nothing but what is its own, and its lines are of the kind that
 * we write ourselves, unless a label is a text for them.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/haproxy.h"
#include "render/haproxy_text.h"
#include "tests/unit/maker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FAIL(...) \
	do { \
		fprintf(stderr, "FAILED: " __VA_ARGS__); \
		fputc('\n', stderr); \
		abort(); \
	} while (0)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
	LABELS = 10,
	WORDS = 64,
	LINE = 2047,
	LONG = 65536,
	SECTIONS = 64,
	INNOCENT_PORT = 54321,
};

struct input {
	const uint8_t *at;
	size_t left;
	char *texts[64]; /* owned */
	size_t text_count;
};

static unsigned take(struct input *in, unsigned below)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->at++ % below;
}

static char *new_text(struct input *in, size_t length)
{
	char *text = malloc(length + 1);

	if (!text || in->text_count == COUNT(in->texts))
		abort();
	text[length] = '\0';
	in->texts[in->text_count++] = text;
	return text;
}

/* What is worth to be tried whatever the corpus is. */
static const char *const nasty[] = {"true", "/", "-i /a", "/a /b",
	"x:y:$6$salt$hash", "www.example.com", "*.example.com,a.example.com",
	"innocent.example.com", "http", "a\nbackend b\n", "\r\nglobal", "\"",
	"'", "#", "a#b", "{", "}", "{{", "%[env(HOME)]", "${HOME}", "\"$HOME\"",
	"\\", "a\\", "\\n", "\xc3\xa4", "\xff\xfe", "\x7f", "\x01", "\t",
	"/a or TRUE", "0.0.0.0/0", "192.0.2.1 ::1", "a.pem,b.pem",
	"uri depth 3", "hdr(host)", "0.0.0.0", "[::]", "*:80", "a", "/a",
	"a_54320", "frontend {backend}\n\tbind *:1\n", "backend {backend}\n",
	"userlist user_{backend}\n", "\tuse_backend {backend}\n",
	"\tacl {path} {realm} '{healthCheckPath}'\n",
	"{backend}{backend}{backend}{backend}{backend}{backend}{backend}",
	" check '{realm}' {host} \"{passwd}\"", "80", "81", "1000", "65536",
	"x \"", "x '", "x \\", "x y ", "/a ", "x{path}", "x {realm}",
	"/vhost/www.example.com"};

static const char *take_text(struct input *in)
{
	unsigned kind = take(in, 256);
	size_t length;
	char *text;

	if (kind >= 128)
		return nasty[kind % COUNT(nasty)];
	if (kind >= 112) {
		const char *part = nasty[take(in, 256) % COUNT(nasty)];
		size_t many = LONG >> take(in, 12), step = strlen(part);

		text = new_text(in, many / step * step);
		for (size_t i = 0; i < many / step; i++)
			memcpy(text + i * step, part, step);
		return text;
	}
	length = kind < in->left ? kind : in->left;
	text = new_text(in, length);
	for (size_t i = 0; i < length; i++)
		text[i] = (char)(in->at[i] ? in->at[i] : '\n');
	in->at += length;
	in->left -= length;
	return text;
}

static const char *const keys[] = {"HAPROXY_%u_AUTH",
	"HAPROXY_%u_BACKEND_HEALTHCHECK_PORT_INDEX",
	"HAPROXY_%u_BACKEND_NETWORK_ALLOWED_ACL", "HAPROXY_%u_BACKEND_WEIGHT",
	"HAPROXY_%u_BALANCE", "HAPROXY_%u_BIND_ADDR", "HAPROXY_%u_BIND_OPTIONS",
	"HAPROXY_%u_ENABLED", "HAPROXY_%u_GROUP",
	"HAPROXY_%u_HTTP_BACKEND_PROXYPASS_PATH",
	"HAPROXY_%u_HTTP_BACKEND_REDIR",
	"HAPROXY_%u_HTTP_BACKEND_REVPROXY_PATH", "HAPROXY_%u_MODE",
	"HAPROXY_%u_PATH", "HAPROXY_%u_PORT", "HAPROXY_%u_REDIRECT_TO_HTTPS",
	"HAPROXY_%u_SSL_CERT", "HAPROXY_%u_STICKY", "HAPROXY_%u_USE_HSTS",
	"HAPROXY_%u_VHOST", "HAPROXY_%u_VHOST", "HAPROXY_DEPLOYMENT_GROUP",
	"HAPROXY_DEPLOYMENT_NEW_INSTANCES", "disable-haproxy-health-check",
	"haproxy-logging", "http-connection-mode", "lb-accept-proxy",
	"lb-proxy-protocol", "lb-service-port", "lb-vhost", "lb-vhost-default",
	"lb-vhost-default-ssl", "lb-vhost-ssl", "proto",
	"com.meltwater.proxymatic.port.%u.maxconn",
	"com.meltwater.proxymatic.port.%u.mode",
	"com.meltwater.proxymatic.port.%u.servicePort",
	"com.meltwater.proxymatic.port.%u.timeout.client",
	"com.meltwater.proxymatic.port.%u.timeout.server",
	"com.meltwater.proxymatic.port.%u.weight", "proxym.domains",
	"proxym.port.8%u.config", "proxym.port.8%u.protocol"};

static const char *take_key(struct input *in)
{
	unsigned which = take(in, 256), port = take(in, 8) % 3;
	char *text;

	if (which == 255)
		return take_text(in);
	text = new_text(in, 96);
	if (which < 200) {
		/* All our own. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(text, 96, keys[which % COUNT(keys)], port);
#pragma GCC diagnostic pop
		return text;
	}
	snprintf(text, 96, "HAPROXY_%u_%s", port,
		template_name((enum template_id)take(in, TEMPLATE_COUNT)));
	return text;
}

/* What the app says, and what may be held against it. */
struct subject {
	struct app *app;
	const char *id; /* under which it is shown */
	bool own_lines; /* a label is a text for lines */
	bool has_path;	/* and may share a host */
	bool skipped;	/* it wants the port of the innocent one */
};

/* Raw keys may be of the kind, too: rather too many. */
static bool is_own_lines(const char *key)
{
	const char *name =
		strncmp(key, "HAPROXY_", 8) == 0 ? strchr(key + 8, '_') : NULL;
	enum template_id id =
		name ? template_find(name + 1, strlen(name + 1)) : 0;

	if (strncmp(key, "proxym.", 7) == 0 && strstr(key, ".config"))
		return true;
	return name && id >= TEMPLATE_FIRST_OF_PORT && id < TEMPLATE_COUNT;
}

static void take_labels(
	struct input *in, struct maker *m, struct subject *subject)
{
	unsigned count = take(in, LABELS + 1);

	for (unsigned i = 0; i < count; i++) {
		const char *key = take_key(in), *value = take_text(in);
		unsigned where = take(in, 8);

		subject->skipped |= strstr(value, "54321") != NULL;
		if (where == 0 && strncmp(key, "HAPROXY_", 8) == 0) {
			m->env[m->app.env_count++] = (struct label){key, value};
		} else if (where == 1) {
			maker_port_label(m, 0, key, value);
		} else {
			subject->own_lines |= is_own_lines(key);
			subject->has_path |= strstr(key, "_PATH") != NULL;
			maker_label(m, key, value);
		}
		if (m->ports[0].label_count == MAKER_PORTS)
			return;
	}
}

static void make_subject(struct input *in, struct subject *subject)
{
	static const char *const ids[] = {
		"/b", "/b/c.d", "/b_c", "/b\nbackend a", "/\xc3\xa4"};
	unsigned ports = 1 + take(in, 2);
	const char *group;
	struct maker m;
	char *id;

	maker_begin(&m, ids[take(in, COUNT(ids))]);
	for (unsigned i = 0; i < ports; i++)
		maker_port(&m, (uint16_t)(10000 + i))->container_port =
			(uint16_t)(80 + i);
	take_labels(in, &m, subject);
	if (take(in, 2)) {
		struct check *check = maker_check(
			&m, (enum check_protocol)take(in, 8), take_text(in));

		check->port_index = (int32_t)take(in, 3) - 1;
		check->port = (uint16_t)(take(in, 2) * 99);
	}
	if (take(in, 8) == 7)
		m.app.network = NETWORK_CONTAINER;
	for (unsigned i = take(in, 3); i > 0; i--)
		maker_instance(&m, take(in, 2) ? "agent" : take_text(in),
			(uint16_t)(31000 + i))
			->host = take(in, 2) ? "192.0.2.1" : take_text(in);
	subject->app = maker_done(&m);
	group = app_label(subject->app, "HAPROXY_DEPLOYMENT_GROUP");
	id = new_text(in, NAME_LEN_MAX);
	snprintf(id, NAME_LEN_MAX, "%s%.2000s", group && *group ? "/" : "",
		group && *group ? group : subject->app->key.id);
	subject->id = id;
}

static struct app *make_innocent(void)
{
	struct maker m;

	maker_begin(&m, "/a");
	maker_port(&m, INNOCENT_PORT);
	maker_label(&m, "HAPROXY_0_VHOST",
		"innocent.example.com,other.innocent.example.com");
	maker_label(&m, "HAPROXY_0_AUTH", "Realm:user:$6$salt$hash");
	maker_label(&m, "HAPROXY_0_ENABLED", "true");
	maker_instance(&m, "192.0.2.9", 31000);
	return maker_done(&m);
}

static void take_settings(struct input *in, struct haproxy_settings *settings)
{
	static struct templates *templates[2];
	unsigned flags = take(in, 256);

	if (!templates[0]) {
		const char *texts[TEMPLATE_COUNT] = {NULL};

		texts[TEMPLATE_HTTP_BACKEND_ACL_ALLOW_DENY] =
			"\thttp-request allow if network_allowed\n"
			"\thttp-request deny\n";
		texts[TEMPLATE_BACKEND_SERVER_OPTIONS] =
			"\tserver {serverName} {host_ipv4}:{port} # {host}\n";
		if (templates_new(NULL, &templates[0], NULL) < 0 ||
			templates_new(texts, &templates[1], NULL) < 0)
			abort();
	}
	*settings = (struct haproxy_settings){
		.templates = templates[flags & 1],
		.bind = "*",
		.stats_port = 8081,
		.gateway = flags & 2 ? GATEWAY_ON : GATEWAY_AUTO,
		.gateway_http_port = 80,
		.gateway_https_port = 443,
		.ssl_certs = flags & 4 ? "/etc/a.pem,/etc/b.pem" : NULL,
		.appid_port = flags & 8 ? 9091 : 0,
		.map = flags & 16,
		.map_dir = "/mnt/haproxy",
		.group_https = flags & 32,
		.strict = flags & 64,
		.ip_port_min = flags & 128 ? 20000 : 0,
		.ip_port_max = flags & 128 ? 20001 : 0,
		.group_size = 1 + take(in, 3),
	};
}

/* One line in HAProxy's words: quotes, escapes and the comment are gone. */
struct line {
	const char *at;
	size_t length;
	char text[LINE + 1];
	const char *words[WORDS + 1];
	size_t count;
};

static void split(struct line *line, const char *at, size_t length)
{
	char *to = line->text, quote = '\0';
	bool inside = false;

	if (length > LINE)
		FAIL("a line of %zu bytes: %.80s", length, at);
	*line = (struct line){.at = at, .length = length};
	to = line->text;
	for (size_t i = 0; i < length; i++) {
		char c = at[i];

		if (!quote && (c == '#' || c == '\r'))
			break;
		if (!quote && (c == ' ' || c == '\t')) {
			if (inside)
				*to++ = '\0';
			inside = false;
			continue;
		}
		if (!inside) {
			if (line->count == WORDS)
				FAIL("more than %d words: %.80s", WORDS, at);
			line->words[line->count++] = to;
			inside = true;
		}
		if (c == '\\' && quote != '\'') {
			if (++i == length)
				FAIL("a backslash at the end: %.80s", at);
			*to++ = at[i];
		} else if (quote ? c == quote : c == '"' || c == '\'') {
			quote = quote ? '\0' : c;
		} else {
			*to++ = c;
		}
	}
	if (quote)
		FAIL("an open quote: %.*s", (int)length, at);
}

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

struct section {
	char kind[16], name[640];
	const char *at;
	size_t length;
};

struct reading {
	struct section sections[SECTIONS];
	size_t count;
	char *text;
};

static void read_sections(struct reading *reading)
{
	static const char *const kinds[] = {"global", "defaults", "listen",
		"frontend", "backend", "userlist", "peers", "resolvers",
		"program", "cache", "ring", "mailers", "http-errors",
		"fcgi-app", "log-forward", "crt-list", "crt-store", "acme",
		"traces"};
	struct section *section = NULL;
	const char *next;

	for (const char *at = reading->text; *at; at = next) {
		size_t length = strcspn(at, "\n");
		struct line line;

		next = at + length + (at[length] == '\n');
		split(&line, at, length);
		if (line.count > 0 && line.words[0][0] == '.')
			FAIL("a line begins with '.': %.80s", at);
		if (line.count > 0 &&
			is_one_of(line.words[0], kinds, COUNT(kinds))) {
			if (reading->count == SECTIONS)
				FAIL("too many sections");
			section = &reading->sections[reading->count++];
			*section = (struct section){.at = at};
			snprintf(section->kind, sizeof(section->kind), "%s",
				line.words[0]);
			snprintf(section->name, sizeof(section->name), "%s",
				line.count > 1 ? line.words[1] : "");
		}
		/* Blank lines are nobody's. */
		if (section && line.count > 0)
			section->length = (size_t)(next - section->at);
	}
}

static const struct section *find_section(
	const struct reading *reading, const char *kind, const char *name)
{
	for (size_t i = 0; i < reading->count; i++)
		if (strcmp(reading->sections[i].kind, kind) == 0 &&
			strcmp(reading->sections[i].name, name) == 0)
			return &reading->sections[i];
	return NULL;
}

/* "b_" of "/b": the rest is a port. */
static void base_of(const char *id, char base[HAPROXY_NAME_SIZE])
{
	if (haproxy_name(id, 0, base) < 0)
		snprintf(base, HAPROXY_NAME_SIZE, "|");
	else
		base[strlen(base) - 1] = '\0';
}

/* "b_10000" or "b_10000_tls". */
static bool is_name_of(const char *name, const char *base)
{
	size_t length = strlen(base), digits;

	if (strncmp(name, base, length) != 0)
		return false;
	digits = strspn(name + length, "0123456789");
	name += length + digits;
	return digits > 0 && (!*name || strcmp(name, "_tls") == 0);
}

static bool is_of(const struct section *section, const char *base)
{
	if (strcmp(section->kind, "userlist") == 0)
		return strncmp(section->name, "user_", 5) == 0 &&
			is_name_of(section->name + 5, base);
	return (strcmp(section->kind, "frontend") == 0 ||
		       strcmp(section->kind, "backend") == 0) &&
		is_name_of(section->name, base);
}

static bool is_shared(const struct section *section)
{
	return strcmp(section->kind, "frontend") == 0 &&
		(strncmp(section->name, "marathon_", 9) == 0 ||
			strncmp(section->name, "_vhost", 6) == 0);
}

static void check_kinds(
	const struct reading *reading, const char *base, const char *innocent)
{
	static const char *const others[] = {"", "mmsdfs_stats",
		"mmsdfs_nothing", "marathon_http_in", "marathon_https_in",
		"marathon_https_end", "marathon_http_appid_in"};

	for (size_t i = 0; i < reading->count; i++) {
		const struct section *section = &reading->sections[i];

		if (!is_of(section, base) && !is_of(section, innocent) &&
			strncmp(section->name, "_vhost", 6) != 0 &&
			!is_one_of(section->name, others, COUNT(others)))
			FAIL("section %s %s is nobody's", section->kind,
				section->name);
		for (size_t j = 0; j < i; j++)
			if (strcmp(reading->sections[j].kind, section->kind) ==
					0 &&
				strcmp(reading->sections[j].name,
					section->name) == 0)
				FAIL("section %s %s is there twice",
					section->kind, section->name);
	}
}

static void check_bytes(const struct subject *subject, const char *text)
{
	for (; *text; text++)
		if ((!subject->own_lines && (unsigned char)*text >= 0x7f) ||
			*text == 0x7f ||
			((unsigned char)*text < 0x20 && !strchr("\n\t", *text)))
			FAIL("byte %02x at %.40s", (unsigned char)*text, text);
}

/* In quotes it would be the environment of HAProxy. */
static void check_variables(const struct line *line)
{
	bool quoted = false;
	/* Elsewhere a '%' is a byte like others. */
	bool format = strncmp(line->words[0], "http-re", 7) == 0 ||
		strcmp(line->words[0], "use_backend") == 0;

	for (size_t i = 0; i < line->length; i++) {
		char c = line->at[i];

		if (c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (quoted && c == '$')
			FAIL("a variable: %.*s", (int)line->length, line->at);
		else if (format && c == '%' && line->at[i + 1] == '%')
			i++;
		else if (format && c == '%' && i + 1 < line->length &&
			line->at[i + 1] == '[' &&
			strncmp(line->at + i, "%[dst_port]", 11) != 0)
			FAIL("a log format: %.*s", (int)line->length, line->at);
	}
}

static void check_own(const struct section *section)
{
	static const char *const words[] = {"frontend", "backend", "userlist",
		"bind", "mode", "balance", "option", "http-request",
		"http-response", "http-check", "timeout", "server", "cookie",
		"acl", "tcp-request", "tcp-check", "default_backend", "user",
		"no"};
	const char *end = section->at + section->length;

	for (const char *at = section->at; at < end;) {
		size_t length = strcspn(at, "\n");
		struct line line;

		split(&line, at, length);
		if (line.count > 0 &&
			!is_one_of(line.words[0], words, COUNT(words)))
			FAIL("%s in %s: %.*s", line.words[0], section->name,
				(int)length, at);
		if (line.count > 0)
			check_variables(&line);
		at += length + 1;
	}
}

/* "...b_10000", perhaps with more behind. */
static bool names(const char *word, const char *base)
{
	for (const char *at = word; (at = strstr(at, base)); at++)
		if (isdigit((unsigned char)at[strlen(base)]))
			return true;
	return false;
}

/* Of a line that is not there without the app. */
static void check_shared_line(const struct line *line,
	const struct subject *subject, const char *base)
{
	static const char *const heads[] = {
		"\thttp-request set-header X-Forwarded-Proto http",
		"\ttcp-request inspect-delay 5s\n",
		"\ttcp-request content accept if { req.ssl_hello_type 1 }\n",
		"\tacl mmsdfs_exact hdr(host),field(1,:),lower -m str ",
		"\thttp-request set-var(txn.mmsdfs_host) str("};
	const char *word = line->words[0];
	bool about = false;

	/* What is passed through is told by SNI, and is another claim; another
	 * is said to have the name where a wildcard is not to have it. */
	for (size_t i = 3; i < line->count && !subject->has_path &&
		strcmp(line->words[1], "mmsdfs_exact") != 0;
		i++)
		if (strcmp(line->words[i], "innocent.example.com") == 0 &&
			strcmp(line->words[i - 1], "str") == 0 &&
			strcmp(line->words[i - 3], "req.ssl_sni,lower") != 0)
			FAIL("it is not its own: %.*s", (int)line->length,
				line->at);

	if (strcmp(word, "bind") == 0 || strcmp(word, "mode") == 0 ||
		strcmp(word, "frontend") == 0)
		return;
	for (size_t i = 1; i < line->count; i++)
		about |= names(line->words[i], base);
	if (strcmp(word, "use_backend") == 0 ||
		strcmp(word, "default_backend") == 0) {
		if (line->count < 2 ||
			(!is_name_of(line->words[1], base) &&
				strcmp(line->words[1], "marathon_https_end") !=
					0 &&
				strncmp(line->words[1], "_vhost", 6) != 0 &&
				strncmp(line->words[1], "%[req.hdr(", 10) != 0))
			FAIL("to whom: %.*s", (int)line->length, line->at);
		return;
	}
	/* Of the heads of listeners, and of wildcards. */
	for (size_t i = 0; i < COUNT(heads); i++)
		if (strncmp(line->at, heads[i], strlen(heads[i])) == 0)
			return;
	if (strcmp(word, "acl") == 0 || strcmp(word, "http-request") == 0) {
		if (!about)
			FAIL("of whom: %.*s", (int)line->length, line->at);
		return;
	}
	FAIL("for all: %.*s", (int)line->length, line->at);
}

static bool has_line(const char *text, const struct line *line)
{
	const char *at = text;

	while ((at = memmem(at, strlen(at), line->at, line->length))) {
		if ((at == text || at[-1] == '\n') &&
			(at[line->length] == '\n' || !at[line->length]))
			return true;
		at++;
	}
	return false;
}

static void check_shared(const struct section *section,
	const struct subject *subject, const char *base, const char *alone)
{
	static const char *const words[] = {"frontend", "bind", "mode", "acl",
		"http-request", "use_backend", "default_backend",
		"tcp-request"};
	static const char *const more[] = {"redirect", "http-response",
		"http-after-response", "tcp-response"};
	const char *end = section->at + section->length;

	for (const char *at = section->at; at < end;) {
		size_t length = strcspn(at, "\n");
		struct line line;

		split(&line, at, length);
		at += length + 1;
		if (line.count == 0)
			continue;
		if (!is_one_of(line.words[0], words, COUNT(words)) &&
			(!subject->own_lines ||
				!is_one_of(line.words[0], more, COUNT(more))))
			FAIL("%s in %s", line.words[0], section->name);
		if (!subject->own_lines && !has_line(alone, &line))
			check_shared_line(&line, subject, base);
	}
}

/* All lines that were there are there still, in their order. */
static void check_kept(
	const struct section *before, const struct section *after)
{
	const char *at = after->at, *end = before->at + before->length;

	for (const char *wanted = before->at; wanted < end;) {
		size_t length = strcspn(wanted, "\n") + 1;
		const char *found =
			memmem(at, after->length - (size_t)(at - after->at),
				wanted, length);

		if (!found)
			FAIL("lost: %.*s", (int)length, wanted);
		at = found + length;
		wanted += length;
	}
}

static void compare(const struct reading *alone, const struct reading *together,
	const char *innocent)
{
	for (size_t i = 0; i < alone->count; i++) {
		const struct section *before = &alone->sections[i];
		const struct section *after =
			find_section(together, before->kind, before->name);
		bool http = strcmp(before->name, "marathon_http_in") == 0 ||
			strcmp(before->name, "marathon_http_appid_in") == 0;

		if (is_of(before, innocent) &&
			(!after || after->length != before->length ||
				memcmp(after->at, before->at, before->length) !=
					0))
			FAIL("section %s %s has changed", before->kind,
				before->name);
		if (http && !after)
			FAIL("section %s is lost", before->name);
		if (http)
			check_kept(before, after);
	}
}

static void check_map(const char *text, const char *base, const char *innocent)
{
	for (const char *next; *text; text = next) {
		size_t length = strcspn(text, "\n");
		struct line line;

		next = text + length + 1;
		split(&line, text, length);
		if (line.count != 2 ||
			(!is_name_of(line.words[1], base) &&
				!is_name_of(line.words[1], innocent)))
			FAIL("map: %.*s", (int)length, text);
		if (strcmp(line.words[0], "innocent.example.com") == 0)
			FAIL("map: %.*s", (int)length, text);
	}
}

static void render(const struct haproxy_settings *settings,
	struct app *innocent, struct app *app, struct haproxy_cache **ret,
	struct reading *reading)
{
	CLEANUP(catalog_unref) struct catalog *catalog = NULL;
	size_t length;

	catalog_put(&catalog, innocent);
	if (app)
		catalog_put(&catalog, app);
	reading->count = 0;
	if (haproxy_cache_new(settings, ret) < 0 ||
		haproxy_take(*ret, catalog) < 0 ||
		haproxy_text(*ret, HAPROXY_CFG, &reading->text, &length) < 0)
		abort();
	if (strlen(reading->text) != length)
		FAIL("a NUL in the text");
}

static void check_maps(const struct haproxy_cache *cache, const char *base,
	const char *innocent)
{
	for (enum haproxy_file file = HAPROXY_DOMAIN_MAP; file < HAPROXY_FILES;
		file++) {
		CLEANUP(free) char *text = NULL;
		size_t length;

		if (haproxy_text(cache, file, &text, &length) < 0)
			abort();
		if (text)
			check_map(text, base, innocent);
	}
}

static void check(const struct haproxy_settings *settings,
	const struct subject *subject, struct app *innocent_app)
{
	CLEANUP(haproxy_cache_free) struct haproxy_cache *one = NULL;
	CLEANUP(haproxy_cache_free) struct haproxy_cache *two = NULL;
	static struct reading alone, together;
	char base[HAPROXY_NAME_SIZE], innocent[HAPROXY_NAME_SIZE];
	struct problems problems = {NULL, 0, 0};

	base_of(subject->id, base);
	base_of("/a", innocent);
	render(settings, innocent_app, NULL, &one, &alone);
	render(settings, innocent_app, subject->app, &two, &together);
	haproxy_problems(two, &problems);
	problems_done(&problems);
	check_bytes(subject, together.text);
	read_sections(&alone);
	read_sections(&together);
	check_kinds(&together, base, innocent);
	compare(&alone, &together, innocent);
	for (size_t i = 0; i < together.count; i++) {
		const struct section *section = &together.sections[i];

		if (is_shared(section))
			check_shared(section, subject, base, alone.text);
		else if (is_of(section, base) && !subject->own_lines &&
			!find_section(&alone, section->kind, section->name))
			check_own(section);
	}
	check_maps(two, base, innocent);
	free(alone.text);
	free(together.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct app *innocent;
	struct input in = {.at = data, .left = size};
	struct subject subject = {.app = NULL};
	struct haproxy_settings settings;

	if (!innocent)
		innocent = make_innocent();
	take_settings(&in, &settings);
	make_subject(&in, &subject);
	if (!subject.skipped)
		check(&settings, &subject, innocent);
	app_unref(subject.app);
	for (size_t i = 0; i < in.text_count; i++)
		free(in.texts[i]);
	return 0;
}
