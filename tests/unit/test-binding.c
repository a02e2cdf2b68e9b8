/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "fetch/binding.h"

/* "service instance hostname exposed service-port protocol host port" */
static void expect(const char *key, const char *value, const char *all)
{
	struct binding b;
	struct why why = {""};
	char text[512];

	if (binding_parse(key, value, &b, &why) < 0)
		printf("  %s\n", why.text);
	assert(!why.text[0]);
	snprintf(text, sizeof(text), "%.*s %.*s %.*s %u %u %s %s %u",
		(int)b.service_length, key, (int)b.instance_length,
		key + b.instance_at, (int)b.hostname_length,
		key + b.instance_at, b.exposed, b.service_port,
		b.protocol == PORT_UDP ? "udp" : "tcp", b.host, b.port);
	if (strcmp(text, all) != 0)
		printf("  %s\n", text);
	assert(strcmp(text, all) == 0);
}

static void refuse(const char *key, const char *value, const char *words)
{
	struct binding b;
	struct why why = {""};

	assert(binding_parse(key, value, &b, &why) == -EBADMSG);
	if (!strstr(why.text, words))
		printf("  %s\n", why.text);
	assert(strstr(why.text, words));
}

TEST(a_key_is_read_from_the_right)
{
	expect("web/h:c:80", "10.0.0.1:32001",
		"web h:c h 80 80 tcp 10.0.0.1 32001");
	expect("dns/h:c:53:udp", "1.2.3.4:1", "dns h:c h 53 53 udp 1.2.3.4 1");
	expect("dns/h:c:53:tcp", "h.x:1", "dns h:c h 53 53 tcp h.x 1");
	expect("web/fd00::1:c:80", "h:65535",
		"web fd00::1:c fd00::1 80 80 tcp h 65535");
	expect("web/h:udp:80", "h:1", "web h:udp h 80 80 tcp h 1");
	expect("web/h:9:80", "h:1", "web h:9 h 80 80 tcp h 1");
}

TEST(a_suffix_gives_the_service_port)
{
	expect("web@8080/h:c:80", "h:1", "web h:c h 80 8080 tcp h 1");
	expect("w@8080/h:c:80", "h:1", "w h:c h 80 8080 tcp h 1");
	expect("web@1@2/h:c:80", "h:1", "web@1 h:c h 80 2 tcp h 1");
	expect("web@/h:c:80", "h:1", "web@ h:c h 80 80 tcp h 1");
	expect("web@x1/h:c:80", "h:1", "web@x1 h:c h 80 80 tcp h 1");
	refuse("web@0/h:c:80", "h:1", "behind the @ is no port");
	refuse("web@65536/h:c:80", "h:1", "behind the @ is no port");
	refuse("@80/h:c:80", "h:1", "it names no service");
	assert(binding_service_length("web@80", 6) == 3);
	assert(binding_service_length("web80", 5) == 5);
	assert(binding_service_length("80", 2) == 2);
	assert(binding_service_length("", 0) == 0);
}

TEST(an_address_has_a_host_and_a_port)
{
	expect("w/h:c:1", "[fd00::1]:2", "w h:c h 1 1 tcp fd00::1 2");
	refuse("w/h:c:1", "", "= '': the value is no ADDRESS:PORT");
	refuse("w/h:c:1", "10.0.0.1", "no ADDRESS:PORT");
	refuse("w/h:c:1", "10.0.0.1:", "no ADDRESS:PORT");
	refuse("w/h:c:1", "10.0.0.1:0", "no ADDRESS:PORT");
	refuse("w/h:c:1", "10.0.0.1:65536", "no ADDRESS:PORT");
	refuse("w/h:c:1", "10.0.0.1:1x", "no ADDRESS:PORT");
	refuse("w/h:c:1", ":80", "no ADDRESS:PORT");
	refuse("w/h:c:1", "[]:80", "no ADDRESS:PORT");
	refuse("w/h:c:1", "[h]:80", "no ADDRESS:PORT");
	refuse("w/h:c:1", "fd00::1:80", "no ADDRESS:PORT");
	refuse("w/h:c:1", "a b:80", "no ADDRESS:PORT");
	refuse("w/h:c:1", "a\n:80", "w/h:c:1 = 'a?:80'");
}

TEST(a_key_elsewhere_is_named)
{
	char deep[NAME_LEN_MAX + 16];

	refuse("web", "h:1", "web = 'h:1': it is in no directory");
	refuse("a/b/h:c:80", "h:1", "nested too deep");
	refuse("web/", "h:1", "HOSTNAME:CONTAINER:PORT[:udp]");
	refuse("web/80", "h:1", "HOSTNAME:CONTAINER:PORT[:udp]");
	refuse("web/c:80", "h:1", "HOSTNAME:CONTAINER:PORT[:udp]");
	refuse("web/c:80:udp", "h:1", "HOSTNAME:CONTAINER:PORT[:udp]");
	refuse("web/:c:80", "h:1", "HOSTNAME:CONTAINER:PORT[:udp]");
	refuse("web/h::80", "h:1", "HOSTNAME:CONTAINER:PORT[:udp]");
	refuse("web/h:c:0", "h:1", "HOSTNAME:CONTAINER:PORT[:udp]");
	refuse("web/h:c:80:sctp", "h:1", "HOSTNAME:CONTAINER:PORT[:udp]");
	refuse("web/udp", "h:1", "HOSTNAME:CONTAINER:PORT[:udp]");
	refuse("/h:c:80", "h:1", "it names no service");
	memset(deep, 'a', sizeof(deep));
	strcpy(deep + NAME_LEN_MAX, "/h:c:80");
	refuse(deep, "h:1", "too long");
}
