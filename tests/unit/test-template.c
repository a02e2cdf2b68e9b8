/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/haproxy_template.h"

/* What a text of that template comes to; NULL: it is refused with r. */
static char *come_to(enum template_id id, const char *text, int *r)
{
	CLEANUP(template_free) struct template *template = NULL;
	static template_values values = {
		[FIELD_backend] = "shop_10000",
		[FIELD_hostname] = "www.example.com",
	};
	struct text out = {.at = NULL};
	struct why why = {""};

	*r = template_new(id, text, &template, &why);
	if (*r < 0) {
		assert(why.text[0]);
		return NULL;
	}
	template_write(template, values, &out);
	text_add(&out, "", 1);
	assert(!out.failed);
	return out.at;
}

static void expect(enum template_id id, const char *text, const char *wanted)
{
	int r;
	CLEANUP(free) char *got = come_to(id, text, &r);

	assert(r == 0);
	assert(strcmp(got, wanted) == 0);
}

static void expect_refused(enum template_id id, const char *text, int wanted)
{
	int r;
	char *got = come_to(id, text, &r);

	assert(!got);
	assert(r == wanted);
}

TEST(fields_and_doubled_braces_are_those_of_python)
{
	expect(TEMPLATE_BACKEND_HEAD, "", "");
	expect(TEMPLATE_BACKEND_HEAD, "{backend}", "shop_10000");
	expect(TEMPLATE_BACKEND_HEAD, "a{backend}{hostname}b",
		"ashop_10000www.example.comb");
	expect(TEMPLATE_BACKEND_HEAD, "{{backend}}", "{backend}");
	expect(TEMPLATE_BACKEND_HEAD, "{{{backend}}}", "{shop_10000}");
	expect(TEMPLATE_BACKEND_HEAD, "if !{{ ssl_fc }}", "if !{ ssl_fc }");
	/* It is known, and nothing here. */
	expect(TEMPLATE_BACKEND_HEAD, "[{path}]", "[]");
}

TEST(a_brace_alone_or_an_unknown_field_is_refused)
{
	static const char *const bad[] = {"{", "}", "a {", "{backend",
		"{back end}", "{}", "{Backend}", "{backend }", "{{{", "}}}",
		"{backend\n}", "{0}", "{backend!r}", "{healthCheck[port]}"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_refused(TEMPLATE_BACKEND_HEAD, bad[i], -EINVAL);
}

/* marathon-lb does not format these (peers.md 1.8). */
TEST(some_templates_take_braces_as_they_are)
{
	static const enum template_id plain[] = {TEMPLATE_HEAD,
		TEMPLATE_HTTP_FRONTEND_HEAD, TEMPLATE_HTTP_FRONTEND_APPID_HEAD,
		TEMPLATE_HTTPS_GROUPED_FRONTEND_HEAD,
		TEMPLATE_BACKEND_HTTP_OPTIONS, TEMPLATE_BACKEND_HSTS_OPTIONS,
		TEMPLATE_BACKEND_STICKY_OPTIONS,
		TEMPLATE_HTTP_BACKEND_ACL_ALLOW_DENY,
		TEMPLATE_TCP_BACKEND_ACL_ALLOW_DENY};

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		expect(plain[i], "{backend} {{ } {", "{backend} {{ } {");
}

TEST(a_text_has_an_end)
{
	char *large = malloc(65536 + 2);

	assert(large);
	memset(large, 'x', 65537);
	large[65537] = '\0';
	expect_refused(TEMPLATE_HEAD, large, -E2BIG);
	large[65536] = '\0';
	expect(TEMPLATE_HEAD, large, large);
	free(large);
}

TEST(templates_are_found_by_the_names_of_marathon_lb)
{
	for (enum template_id id = 0; id < TEMPLATE_COUNT; id++)
		assert(template_find(template_name(id),
			       strlen(template_name(id))) == id);
	assert(template_find("BACKEND_HEAD_", 12) == TEMPLATE_BACKEND_HEAD);
	assert(template_find("BACKEND_HEA", 11) == TEMPLATE_COUNT);
	assert(template_find("", 0) == TEMPLATE_COUNT);
}

TEST(a_template_knows_its_fields)
{
	CLEANUP(template_free) struct template *template = NULL;
	struct why why;

	assert(template_new(TEMPLATE_HTTP_FRONTEND_ACL, "{{path}} {hostname}",
		       &template, &why) == 0);
	assert(template_uses(template, FIELD_hostname));
	assert(!template_uses(template, FIELD_path));
}

TEST(what_is_given_takes_the_place_of_the_default)
{
	CLEANUP(templates_free) struct templates *templates = NULL;
	const char *texts[TEMPLATE_COUNT] = {[TEMPLATE_HEAD] = "x"};
	struct why why = {""};

	assert(templates_new(texts, &templates, &why) == 0);
	assert(templates_given(templates, TEMPLATE_HEAD));
	assert(!templates_given(templates, TEMPLATE_BACKEND_HEAD));
	texts[TEMPLATE_BACKEND_HEAD] = "{no}";
	templates_free(take_ptr(&templates));
	assert(templates_new(texts, &templates, &why) == -EINVAL);
	assert(strstr(why.text, "HAPROXY_BACKEND_HEAD"));
	assert(strstr(why.text, "{no}"));
}

static int check(enum template_id id, const char *text)
{
	struct why why = {""};
	int r = template_check_label(id, text, &why);

	assert(!why.text[0] == (r == 0));
	return r;
}

static void all_refused(
	enum template_id id, const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (check(id, texts[i]) != -EINVAL) {
			fprintf(stderr, "taken: %s\n", texts[i]);
			abort();
		}
}

#define ALL_REFUSED(id, texts) \
	all_refused(id, texts, sizeof(texts) / sizeof((texts)[0]))

TEST(a_label_stays_in_its_section)
{
	static const char *const bad[] = {"backend b", "\tfrontend f",
		"option x\nlisten l", "  global", "defaults # x", "userlist u",
		"peers p", "resolvers r", "program p", "cache c", "ring r",
		"mailers m", "http-errors e", "fcgi-app f", "log-forward l",
		"crt-store c", "crt-list c", "acme a", "traces",
		"log-profile p", "dynamic-update", "global\r"};

	ALL_REFUSED(TEMPLATE_BACKEND_HTTP_OPTIONS, bad);
	assert(check(TEMPLATE_BACKEND_HTTP_OPTIONS, "") == 0);
	assert(check(TEMPLATE_BACKEND_HTTP_OPTIONS, "# backend b\n") == 0);
	assert(check(TEMPLATE_BACKEND_HTTP_OPTIONS, "\toption x\n\n y\r\n") ==
		0);
	assert(check(TEMPLATE_BACKEND_HTTP_OPTIONS, "backends x") == 0);
}

/* HAProxy unquotes the first word before it looks at it. */
TEST(a_first_word_is_a_word)
{
	static const char *const bad[] = {"\"backend\" b", "'backend' b",
		"back\"end\" b", "\\backend b", "b\\x61ckend b", "$X b",
		"${X} b", "{path}", "{{", "back{path}end b", "}", ".if 1",
		"  .endif", ".notice x"};

	ALL_REFUSED(TEMPLATE_BACKEND_SERVER_OPTIONS, bad);
	ALL_REFUSED(TEMPLATE_BACKEND_HTTP_OPTIONS, bad);
}

TEST(a_quote_ends_in_its_line)
{
	static const char *const bad[] = {"x \"", "x '", "x \"'", "x '\\''",
		"x \\", "x \"\\\"", "x \"\nbackend b\n\"", "x '\n'"};

	ALL_REFUSED(TEMPLATE_BACKEND_HTTP_OPTIONS, bad);
	assert(check(TEMPLATE_BACKEND_HTTP_OPTIONS, "x \"it's\" '\"' \\\"") ==
		0);
	assert(check(TEMPLATE_BACKEND_HTTP_OPTIONS, "x # it's") == 0);
}

TEST(control_characters_and_long_lines_are_refused)
{
	static const char *const bad[] = {
		"x \x01", "x \x7f", "x \x1b[m", "x\rbackend b", "x\v", "x\f"};
	char large[2002 + 1];

	ALL_REFUSED(TEMPLATE_BACKEND_HTTP_OPTIONS, bad);
	ALL_REFUSED(TEMPLATE_BACKEND_SERVER_HTTP_HEALTHCHECK_OPTIONS, bad);
	assert(check(TEMPLATE_BACKEND_HTTP_OPTIONS, "x\ty\r") == 0);
	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	assert(check(TEMPLATE_BACKEND_HTTP_OPTIONS, large) == -EINVAL);
	large[2000] = '\0';
	assert(check(TEMPLATE_BACKEND_HTTP_OPTIONS, large) == 0);
}

TEST(a_section_of_its_own_has_the_name_of_the_port)
{
	static const char *const bad[] = {"backend other", "backend {backend}x",
		"backend {backend} x", "backend", "frontend {backend}",
		"backend {backend}\nbackend {backend}", "mode http",
		"mode http\nbackend {backend}", "", "# backend {backend}",
		"backend \"{backend}\"",
		"backend {backend}\nfrontend {backend}", "backend {{backend}}",
		"backend {hostname}"};

	ALL_REFUSED(TEMPLATE_BACKEND_HEAD, bad);
	assert(check(TEMPLATE_BACKEND_HEAD, "backend {backend}") == 0);
	assert(check(TEMPLATE_BACKEND_HEAD,
		       "\n# x\n backend   {backend} \n mode {mode}\n") == 0);
	assert(check(TEMPLATE_FRONTEND_HEAD, "frontend {backend}\n") == 0);
	assert(check(TEMPLATE_USERLIST_HEAD, "userlist user_{backend}\n") == 0);
	assert(check(TEMPLATE_USERLIST_HEAD, "userlist {backend}\n") ==
		-EINVAL);
}

TEST(a_listener_that_all_share_takes_few_words)
{
	static const char *const bad[] = {"bind *:22", "mode tcp",
		"default_backend x", "stats enable", "option httpclose",
		"timeout client 1d", "maxconn 1", "monitor-uri /",
		"http-reuse never", "errorfile 503 /etc/passwd", "no log",
		"disabled", "capture request header x len 9"};
	static const char *const good[] = {"acl a always_true",
		"http-request deny", "http-response deny", "redirect prefix /",
		"tcp-request content accept", "use_backend {backend}", "# bind",
		""};

	ALL_REFUSED(TEMPLATE_HTTP_FRONTEND_ACL, bad);
	ALL_REFUSED(TEMPLATE_HTTPS_FRONTEND_ACL, bad);
	ALL_REFUSED(TEMPLATE_HTTP_FRONTEND_APPID_ACL, bad);
	ALL_REFUSED(TEMPLATE_BACKEND_REDIRECT_HTTP_TO_HTTPS, bad);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert(check(TEMPLATE_HTTP_FRONTEND_ACL, good[i]) == 0);
	assert(check(TEMPLATE_FRONTEND_BACKEND_GLUE, "default_backend x") == 0);
}

TEST(words_for_the_middle_of_a_line_stay_there)
{
	static const char *const bad[] = {" check\n", "\nglobal", " check #",
		" \"check", " check \\", " 'x"};

	ALL_REFUSED(TEMPLATE_BACKEND_SERVER_HTTP_HEALTHCHECK_OPTIONS, bad);
	ALL_REFUSED(TEMPLATE_BACKEND_SERVER_TCP_HEALTHCHECK_OPTIONS, bad);
	assert(check(TEMPLATE_BACKEND_SERVER_TCP_HEALTHCHECK_OPTIONS,
		       " check inter 3s") == 0);
}

static int check_lines(const char *text)
{
	struct why why = {""};

	return template_check_lines(text, strlen(text), &why);
}

TEST(lines_are_as_long_as_haproxy_reads_them)
{
	char text[2 * 2048 + 2];

	assert(check_lines("") == 0);
	memset(text, 'x', sizeof(text));
	text[2047] = '\n';
	text[2 * 2047 + 1] = '\0';
	assert(check_lines(text) == 0);
	text[2 * 2047 + 1] = 'x';
	text[2 * 2047 + 2] = '\0';
	assert(check_lines(text) == -E2BIG);
	memset(text, 'x', 122);
	for (size_t i = 1; i < 122; i += 2)
		text[i] = ' ';
	text[120] = '\0';
	assert(check_lines(text) == 0);
	text[120] = 'x';
	text[121] = '\0';
	assert(check_lines(text) == -E2BIG);
	/* In quotes, and in a comment, they are no words. */
	text[0] = '"';
	text[120] = '"';
	assert(check_lines(text) == 0);
	text[0] = '#';
	assert(check_lines(text) == 0);
}
