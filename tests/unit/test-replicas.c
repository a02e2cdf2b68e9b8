/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "fetch/http_words.h"
#include "fetch/replicas.h"

#define THREE "http://a:8080,https://b:8443/path,http://[::1]:80"

static void expect_now(const struct replicas *replicas, const char *url)
{
	assert(strcmp(replicas_url(replicas), url) == 0);
}

TEST(one_after_the_other_is_asked)
{
	CLEANUP(replicas_free) struct replicas *replicas = NULL;

	assert(replicas_new(THREE, &replicas) == 0);
	assert(replicas_count(replicas) == 3);
	expect_now(replicas, "http://a:8080");
	replicas_rotate(replicas);
	expect_now(replicas, "https://b:8443/path");
	replicas_rotate(replicas);
	replicas_rotate(replicas);
	expect_now(replicas, "http://a:8080");
}

TEST(the_leader_is_preferred_where_it_is_one_of_them)
{
	CLEANUP(replicas_free) struct replicas *replicas = NULL;

	assert(replicas_new(THREE, &replicas) == 0);
	/* By its host: what it says of itself is its plain port. */
	assert(replicas_prefer(replicas, "http://B:8080"));
	expect_now(replicas, "https://b:8443/path");
	assert(!replicas_prefer(replicas, "http://b:8080"));
	assert(!replicas_prefer(replicas, "http://stranger:8080"));
	assert(!replicas_prefer(replicas, ""));
	expect_now(replicas, "https://b:8443/path");
	assert(replicas_prefer(replicas, "http://[::1]:80"));
	expect_now(replicas, "http://[::1]:80");
}

TEST(of_two_on_one_host_the_port_says_which)
{
	CLEANUP(replicas_free) struct replicas *replicas = NULL;

	assert(replicas_new("http://h:1,http://h:2", &replicas) == 0);
	assert(replicas_prefer(replicas, "http://h:2"));
	assert(!replicas_prefer(replicas, "http://h:3"));
	expect_now(replicas, "http://h:2");
}

TEST(a_leader_that_failed_is_passed_over_for_a_while)
{
	CLEANUP(replicas_free) struct replicas *replicas = NULL;

	assert(replicas_new(THREE, &replicas) == 0);
	replicas_failed(replicas);
	expect_now(replicas, "https://b:8443/path");
	for (int i = 0; i < REPLICAS_SPARED; i++)
		assert(!replicas_prefer(replicas, "http://a:8080"));
	expect_now(replicas, "https://b:8443/path");
	assert(replicas_prefer(replicas, "http://a:8080"));
	expect_now(replicas, "http://a:8080");
}

TEST(words_name_the_server_and_never_its_credentials)
{
	char text[128];

	assert(strcmp(url_place("http://user:pass@host:1/x?y").text, "host:1")
		== 0);
	assert(strcmp(url_place("https://[::1]:2").text, "[::1]:2") == 0);
	url_without_user("http://u:p@host:1/x@y", text, sizeof(text));
	assert(strcmp(text, "http://host:1/x@y") == 0);
}

TEST(this_machine_is_known_by_its_names)
{
	assert(url_is_local("http://127.0.0.1:8080/v2"));
	assert(url_is_local("http://127.1.2.3"));
	assert(url_is_local("http://localhost:1"));
	assert(url_is_local("http://[::1]:1"));
	assert(!url_is_local("http://localhost.example.com:1"));
	assert(!url_is_local("http://10.0.0.1:1"));
}

TEST(what_went_wrong_has_an_errno_and_words)
{
	struct why why;

	assert(http_refused("http://h:1/x", 401, &why) == -EACCES);
	assert(http_refused("http://h:1/x", 404, &why) == -ENOENT);
	assert(http_refused("http://h:1/x", 302, &why) == -EPROTO);
	assert(strstr(why.text, "leads nowhere"));
	assert(http_refused("http://h:1/x", 503, &why) == -EPROTO);
	assert(strcmp(why.text, "h:1: HTTP 503") == 0);
}
