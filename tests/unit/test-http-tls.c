/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/asking.h"
#include "tests/unit/openssl.h"
#include "tests/unit/serving.h"

/* Asks for client certificates of the authority "ca", and insists. */
#define INSISTS "-Verify 1 -verify_return_error -CAfile ca.pem"

static struct http *http;
static struct identity *who;

/* Two authorities, what one signed for us and for others. */
static void begin(void)
{
	openssl_begin();
	openssl_write("body", "secretly", 8);
	openssl_authority("ca");
	openssl_authority("stranger");
	openssl_certificate("ours", "ca", "IP:127.0.0.1");
}

static void meet(const struct identity_settings *settings)
{
	struct why why = {""};

	if (identity_new(settings, &who, &why) < 0) {
		printf("  %s\n", why.text);
		assert(false);
	}
	http = http_plain();
}

static void part(void)
{
	http_free(http);
	identity_free(who);
}

static void refuse(
	const struct identity_settings *settings, const char *words)
{
	struct why why = {""};
	struct identity *none = NULL;

	assert(identity_new(settings, &none, &why) == -EINVAL);
	if (!strstr(why.text, words))
		printf("  %s\n", why.text);
	assert(!none && strstr(why.text, words));
}

static struct asking ask_body(uint16_t port)
{
	struct asking asking = {.length = 0};

	asking.call.identity = who;
	ask(http, &asking, 0, "https://127.0.0.1:%u/body", port);
	ask_wait(http, &asking);
	return asking;
}

static void accepted(uint16_t port)
{
	struct asking asking = ask_body(port);

	if (asking.error)
		printf("  %s\n", asking.why.text);
	assert(asking.error == 0);
	assert(strcmp(asking.body, "secretly") == 0);
	asking_done(&asking);
}

static void refused(uint16_t port, const char *words)
{
	struct asking asking = ask_body(port);

	if (!strstr(asking.why.text, words))
		printf("  %s\n", asking.why.text);
	assert(asking.error < 0 && asking.status == 0);
	assert(strstr(asking.why.text, words));
	asking_done(&asking);
}

/* words NULL: it is believed. ca is an authority, or NULL. */
static void expect(
	uint16_t port, const char *ca, bool insecure, const char *words)
{
	struct identity_settings settings = {
		.ca_file = ca ? openssl_path(ca) : NULL, .insecure = insecure};

	meet(&settings);
	if (words)
		refused(port, words);
	else
		accepted(port);
	part();
}

TEST(only_the_ca_that_was_given_is_believed_and_only_the_right_name)
{
	uint16_t port;
	pid_t pid;

	begin();
	openssl_certificate("theirs", "ca", "DNS:other.example");
	pid = openssl_serve("ours", "", &port);
	expect(port, "ca.pem", false, NULL);
	expect(port, "stranger.pem", false, "certificate not accepted");
	expect(port, NULL, false, "certificate not accepted");
	expect(port, NULL, true, NULL);
	expect(port, "stranger.pem", true, NULL);
	openssl_stop(pid);
	pid = openssl_serve("theirs", "", &port);
	expect(port, "ca.pem", false, "certificate not accepted");
	expect(port, "ca.pem", true, NULL);
	openssl_stop(pid);
	openssl_end();
}

TEST(a_changed_ca_file_counts_for_the_next_connection)
{
	struct identity_settings settings;
	uint16_t port;
	pid_t pid;

	begin();
	openssl_copy("file", "ca.pem", NULL);
	settings = (struct identity_settings){.ca_file = openssl_path("file")};
	pid = openssl_serve("ours", "", &port);
	meet(&settings);
	for (int i = 0; i < 3; i++) {
		accepted(port);
		openssl_copy("file", "stranger.pem", NULL);
		refused(port, "certificate not accepted");
		openssl_copy("file", "stranger.pem", "ca.pem");
	}
	accepted(port);
	part();
	openssl_stop(pid);
	openssl_end();
}

static bool serve_nobody(struct served *served)
{
	assert(!served);
	return false;
}

TEST(nothing_leads_from_tls_to_a_server_without)
{
	static struct serving plain;
	struct identity_settings settings;
	struct asking asking;
	char reply[128];
	uint16_t port;
	pid_t pid;

	begin();
	assert(serving_start(&plain, AF_INET, serve_nobody));
	snprintf(reply, sizeof(reply),
		"HTTP/1.0 302 Found\r\nLocation: http://127.0.0.1:%u/\r\n\r\n",
		plain.port);
	openssl_write("body", reply, strlen(reply));
	settings = (struct identity_settings){
		.ca_file = openssl_path("ca.pem")};
	pid = openssl_serve("ours", "-HTTP", &port);
	meet(&settings);
	asking = ask_body(port);
	assert(asking.error == -EPROTO);
	assert(strstr(asking.why.text, "HTTP 302 leads nowhere"));
	asking_done(&asking);
	part();
	openssl_stop(pid);
	serving_stop(&plain);
	openssl_end();
}

/* What is wrong with it is said, and no more when it is well again. */
static void stays_good(uint16_t port, const char *name)
{
	accepted(port);
	assert(strstr(identity_words(who).wrong, openssl_path(name)));
}

TEST(a_ca_file_that_became_bad_leaves_the_last_one)
{
	struct identity_settings settings;
	struct stat about;
	uint16_t port;
	pid_t pid;

	begin();
	openssl_copy("file", "ca.pem", NULL);
	settings = (struct identity_settings){.ca_file = openssl_path("file")};
	pid = openssl_serve("ours", "", &port);
	meet(&settings);
	accepted(port);
	openssl_write("file", "", 0);
	stays_good(port, "file");
	openssl_write("file", "nonsense\n", 9);
	stays_good(port, "file");
	openssl_copy("file", "ca.key", NULL);
	stays_good(port, "file");
	/* A whole one, and half of another. */
	openssl_copy("file", "stranger.pem", "ca.pem");
	assert(stat(openssl_path("file"), &about) == 0);
	assert(truncate(openssl_path("file"), about.st_size - 300) == 0);
	stays_good(port, "file");
	assert(unlink(openssl_path("file")) == 0);
	stays_good(port, "file");
	openssl_copy("file", "ca.pem", NULL);
	accepted(port);
	assert(!identity_words(who).wrong[0]);
	part();
	openssl_stop(pid);
	openssl_end();
}

static void expect_with(uint16_t port, const char *certificate,
	const char *key, const char *pass)
{
	struct identity_settings settings = {
		.ca_file = openssl_path("ca.pem"),
		.cert_file = certificate ? openssl_path(certificate) : NULL,
		.key_file = key ? openssl_path(key) : NULL,
		.pass_file = pass ? openssl_path(pass) : NULL,
	};

	meet(&settings);
	accepted(port);
	part();
}

static void begin_client(void)
{
	begin();
	openssl_certificate("me", "ca", "DNS:me");
	openssl_certificate("other", "stranger", "DNS:other");
	openssl_copy("both", "me.pem", "me.key");
	openssl_write("pass", "open sesame\n", 12);
	assert(openssl_run("rsa -in me.key -aes128 -passout file:pass"
			   " -out locked.key"));
}

TEST(who_we_are_is_shown_with_a_certificate)
{
	struct identity_settings none;
	uint16_t port;
	pid_t pid;

	begin_client();
	pid = openssl_serve("ours", INSISTS, &port);
	expect_with(port, "me.pem", "me.key", NULL);
	expect_with(port, "both", NULL, NULL);
	expect_with(port, "me.pem", "locked.key", "pass");
	none = (struct identity_settings){.ca_file = openssl_path("ca.pem")};
	meet(&none);
	refused(port, "127.0.0.1");
	part();
	openssl_stop(pid);
	openssl_end();
}

TEST(what_cannot_work_is_refused_at_the_start)
{
	struct identity_settings s = {.ca_file = NULL};

	begin_client();
	openssl_write("wrong", "close sesame\n", 13);
	s.ca_file = openssl_path("me.key");
	refuse(&s, "me.key: no certificate in it");
	s.ca_file = NULL;
	s.cert_file = openssl_path("me.pem");
	refuse(&s, "me.pem: no private key in it");
	s.key_file = openssl_path("other.key");
	refuse(&s, "other.key: the key is not that of the certificate");
	s.key_file = openssl_path("me.pem");
	refuse(&s, "me.pem: no private key in it");
	s.key_file = openssl_path("locked.key");
	refuse(&s, "see the options *-key-pass-file");
	s.pass_file = openssl_path("wrong");
	refuse(&s, "locked.key: the passphrase does not open the key");
	s.cert_file = openssl_path("me.key");
	refuse(&s, "me.key: no certificate in it");
	openssl_end();
}

TEST(a_changed_certificate_counts_when_its_key_is_there_too)
{
	struct identity_settings settings;
	uint16_t port;
	pid_t pid;

	begin_client();
	openssl_copy("c", "other.pem", NULL);
	openssl_copy("k", "other.key", NULL);
	settings = (struct identity_settings){
		.ca_file = openssl_path("ca.pem"),
		.cert_file = openssl_path("c"),
		.key_file = openssl_path("k"),
	};
	pid = openssl_serve("ours", INSISTS, &port);
	meet(&settings);
	refused(port, "127.0.0.1");
	openssl_copy("c", "me.pem", NULL);
	refused(port, "127.0.0.1");
	assert(strstr(identity_words(who).wrong, "is not that of the"));
	openssl_copy("k", "me.key", NULL);
	accepted(port);
	assert(!identity_words(who).wrong[0]);
	/* The other way round: the last pair serves meanwhile. */
	openssl_copy("k", "other.key", NULL);
	stays_good(port, "k");
	openssl_copy("c", "other.pem", NULL);
	refused(port, "127.0.0.1");
	part();
	openssl_stop(pid);
	openssl_end();
}

TEST(a_key_that_everybody_can_read_is_told_of)
{
	struct identity_settings settings;

	begin_client();
	settings = (struct identity_settings){
		.ca_file = openssl_path("ca.pem"),
		.cert_file = openssl_path("both"),
	};
	assert(chmod(openssl_path("ca.pem"), 0644) == 0);
	meet(&settings);
	assert(!identity_words(who).exposed[0]);
	part();
	assert(chmod(openssl_path("both"), 0644) == 0);
	meet(&settings);
	assert(strcmp(identity_words(who).exposed, openssl_path("both")) == 0);
	assert(identity_turn(who, http, 0));
	assert(!identity_turn(who, http, 0));
	part();
	openssl_end();
}
