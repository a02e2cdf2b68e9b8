/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fetch/callback_json.h"
#include "fetch/callback_place.h"

static struct why why;

static bool says(const char *words)
{
	if (strstr(why.text, words))
		return true;
	printf("  says: %s\n", why.text);
	return false;
}

static struct in6_addr read_address(const char *text)
{
	struct in6_addr address;

	assert(address_read(text, &address) == 0);
	return address;
}

static bool holds(const struct ranges *ranges, const char *text)
{
	struct in6_addr address = read_address(text);

	return ranges_hold(ranges, &address);
}

TEST(an_address_is_the_same_in_both_its_forms)
{
	struct in6_addr a = read_address("10.1.2.3");
	struct in6_addr b = read_address("::ffff:10.1.2.3");
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct in6_addr c;

	assert(address_same(&a, &b));
	assert(strcmp(address_text(&b).text, "10.1.2.3") == 0);
	assert(inet_pton(AF_INET, "10.1.2.3", &v4.sin_addr) == 1);
	c = address_of((const struct sockaddr *)(const void *)&v4);
	assert(address_same(&a, &c));
	a = read_address("fe80::1");
	assert(strcmp(address_text(&a).text, "fe80::1") == 0);
	assert(address_read("10.1.2", &a) == -EINVAL);
	assert(address_read("marathon-1", &a) == -EINVAL);
	assert(address_read("", &a) == -EINVAL);
}

TEST(this_machine_alone_is_told_apart)
{
	struct in6_addr address = read_address("127.9.9.9");

	assert(address_is_loopback(&address));
	address = read_address("::1");
	assert(address_is_loopback(&address));
	address = read_address("128.0.0.1");
	assert(!address_is_loopback(&address));
	address = read_address("::2");
	assert(!address_is_loopback(&address));
}

TEST(a_range_holds_what_its_bits_say)
{
	struct ranges ranges;

	assert(ranges_parse("10.0.0.0/8, 192.168.4.0/22,fd00::/9,1.2.3.4",
		       &ranges, &why) == 0);
	assert(ranges.count == 4);
	assert(holds(&ranges, "10.255.0.1") && !holds(&ranges, "11.0.0.1"));
	assert(holds(&ranges, "192.168.7.255"));
	assert(!holds(&ranges, "192.168.8.0"));
	assert(holds(&ranges, "fd7f::1") && !holds(&ranges, "fd80::1"));
	assert(holds(&ranges, "1.2.3.4") && !holds(&ranges, "1.2.3.5"));
	assert(ranges_parse("0.0.0.0/0", &ranges, &why) == 0);
	assert(holds(&ranges, "8.8.8.8") && !holds(&ranges, "2001::1"));
	assert(ranges_parse("::/0", &ranges, &why) == 0);
	assert(holds(&ranges, "8.8.8.8") && holds(&ranges, "2001::1"));
}

TEST(a_bad_range_is_named)
{
	static const char *const bad[] = {"", "10.0.0.1,", ",10.0.0.1",
		"10.0.0.1/33", "::1/129", "10.0.0.1/", "10.0.0.1/-1",
		"10.0.0.1/8x", "marathon", "10.0.0.1 ",
		"::1/00000000000000000000000000000000000000000000000128"};
	struct ranges ranges = {.count = 7};
	char many[RANGES_MAX * 3 + 8] = "";

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert(ranges_parse(bad[i], &ranges, &why) == -EINVAL);
		assert(says("is not ADDRESS or ADDRESS/BITS"));
	}
	for (size_t i = 0; i < RANGES_MAX; i++)
		strncat(many, i ? ",::" : "::", 4);
	assert(ranges_parse(many, &ranges, &why) == 0);
	assert(ranges.count == RANGES_MAX);
	strncat(many, ",::", 4);
	assert(ranges_parse(many, &ranges, &why) == -E2BIG);
	assert(says("more than 64"));
}

TEST(of_too_many_addresses_the_first_go)
{
	struct ranges ranges = {.count = 0};
	struct in6_addr address = read_address("10.0.0.0");

	for (unsigned i = 0; i < RANGES_MAX + 2; i++) {
		address.s6_addr[15] = (uint8_t)i;
		ranges_add(&ranges, &address);
		ranges_add(&ranges, &address);
	}
	assert(ranges.count == RANGES_MAX);
	assert(!holds(&ranges, "10.0.0.0") && !holds(&ranges, "10.0.0.1"));
	assert(holds(&ranges, "10.0.0.2") && holds(&ranges, "10.0.0.65"));
}

static struct callback_place place(const char *url, const char *bind)
{
	struct callback_settings settings = {.url = url, .bind = bind};
	struct callback_place made;
	int r = callback_place(&settings, &made, &why);

	if (r < 0)
		printf("  %s\n", why.text);
	assert(r == 0);
	return made;
}

static bool is_place(const struct callback_place *made, const char *address,
	uint16_t port, const char *path)
{
	struct in6_addr wanted = read_address(address);

	return address_same(&made->address, &wanted) && made->port == port
		&& strcmp(made->path, path) == 0;
}

TEST(a_url_says_where_to_listen)
{
	struct callback_place made = place("http://10.0.0.1:8099/a/b", NULL);

	assert(is_place(&made, "10.0.0.1", 8099, "/a/b"));
	made = place("HTTP://[fd00::1]:8099", NULL);
	assert(is_place(&made, "fd00::1", 8099, "/"));
	made = place("http://[fd00::1]/x", NULL);
	assert(is_place(&made, "fd00::1", 80, "/x"));
	/* What a name means here is not what it means to Marathon. */
	made = place("http://lb-1.example.com/callback", NULL);
	assert(is_place(&made, "::", 80, "/callback"));
	made = place("http://lb-1:99/", "0.0.0.0:8099");
	assert(is_place(&made, "0.0.0.0", 8099, "/"));
	made = place("http://lb-1:99/", "[::1]:8099");
	assert(is_place(&made, "::1", 8099, "/"));
}

TEST(a_url_that_nobody_can_post_to_is_refused)
{
	static const struct {
		const char *url, *words;
	} bad[] = {
		{"https://h:1/", "is not http://"},
		{"h:1/", "is not http://"},
		{"http://", "bad host or port"},
		{"http:///x", "bad host or port"},
		{"http://h:/", "bad host or port"},
		{"http://h:0/", "bad host or port"},
		{"http://h:65536/", "bad host or port"},
		{"http://h:123456/", "bad host or port"},
		{"http://h:1x/", "bad host or port"},
		{"http://u:p@h:1/", "bad host or port"},
		{"http://[::1/", "bad host or port"},
		{"http://[h]:1/", "bad host or port"},
		{"http://[::1]x/", "bad host or port"},
		{"http://h,g:1/", "bad host or port"},
		{"http://h:1/?x", "plain characters"},
		{"http://h:1/a b", "plain characters"},
		{"http://h:1/%41", "plain characters"},
		{"http://0.0.0.0:1/", "--callback-bind"},
		{"http://[::]:1/", "--callback-bind"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct callback_settings settings = {.url = bad[i].url};
		struct callback_place made;

		assert(callback_place(&settings, &made, &why) == -EINVAL);
		assert(says(bad[i].words));
	}
}

TEST(a_long_url_is_refused)
{
	char url[CALLBACK_URL_MAX + 32] = "http://h:1/";
	struct callback_settings settings = {.url = url};
	struct callback_place made;
	size_t length = strlen(url);

	memset(url + length, 'x', CALLBACK_PATH_MAX - 2);
	assert(callback_place(&settings, &made, &why) == 0);
	assert(strlen(made.path) == CALLBACK_PATH_MAX - 1);
	memset(url + length, 'x', CALLBACK_PATH_MAX - 1);
	assert(callback_place(&settings, &made, &why) == -EINVAL);
	assert(says("too long"));
}

TEST(a_place_to_listen_is_an_address_and_a_port)
{
	static const char *const bad[] = {"", "8099", ":8099", "lb-1:8099",
		"10.0.0.1", "10.0.0.1:", "::1:8099", "[10.0.0.1]:8099",
		"10.0.0.1:8099/x", "[::1]8099"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct callback_settings settings = {
			.url = "http://h/", .bind = bad[i]};
		struct callback_place made;

		assert(callback_place(&settings, &made, &why) == -EINVAL);
		assert(says("is not ADDRESS:PORT"));
	}
}

TEST(all_of_the_settings_are_checked)
{
	struct callback_settings settings = {.url = "http://h:1/"};

	assert(callback_check(&settings, &why) == 0);
	settings.allow = "10.0.0.0/8";
	assert(callback_check(&settings, &why) == 0);
	settings.allow = "10.0.0.0/99";
	assert(callback_check(&settings, &why) == -EINVAL);
	settings = (struct callback_settings){
		.url = "http://h:1/", .bind = "nowhere"};
	assert(callback_check(&settings, &why) == -EINVAL);
}

TEST(a_url_travels_in_a_query)
{
	char text[64], little[8];

	callback_escape("http://[::1]:80/a_b-c.d~e", text, sizeof(text));
	assert(strcmp(text, "http%3A%2F%2F%5B%3A%3A1%5D%3A80%2Fa_b-c.d~e")
		== 0);
	callback_escape("/////", little, sizeof(little));
	assert(strcmp(little, "%2F%2F") == 0);
}

static int listed(const char *text, bool *ret)
{
	return callback_is_listed(text, strlen(text), "http://us/", ret, &why);
}

TEST(marathon_says_whether_it_has_the_url)
{
	bool is = false;

	assert(listed("{\"callbackUrls\":[\"http://a/\",\"http://us/\"]}", &is)
			== 0
		&& is);
	assert(listed("{\"callbackUrls\":[\"http://us\",7,null]}", &is) == 0
		&& !is);
	is = true;
	assert(listed("{\"callbackUrls\":null}", &is) == 0 && !is);
	assert(listed("{}", &is) == 0 && !is);
	assert(listed("[]", &is) == -EBADMSG && says("no object"));
	assert(listed("{\"callbackUrls\":{}}", &is) == -EBADMSG);
	assert(listed("<html>", &is) == -EBADMSG);
	assert(listed("", &is) == -EBADMSG);
}
