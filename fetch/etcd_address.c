/* SPDX-License-Identifier: MIT */
#include "fetch/etcd_address.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/cleanup.h"

static const struct scheme {
	const char *prefix;
	bool v3;
	const char *http;
} schemes[] = {
	{"etcd://", false, "http://"},
	{"etcds://", false, "https://"},
	{"etcd3://", true, "http://"},
	{"etcd3s://", true, "https://"},
};

static const struct scheme *scheme_of(const char *address)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strncmp(address, schemes[i].prefix,
			    strlen(schemes[i].prefix))
			== 0)
			return &schemes[i];
	return NULL;
}

bool etcd_address_is(const char *address)
{
	return scheme_of(address) != NULL;
}

/* "a:1,b:2" becomes "http://a:1,http://b:2". */
static int write_urls(const char *hosts, size_t length, const char *http,
	char **ret)
{
	CLEANUP(free) char *text = NULL;
	CLEANUP(fclose) FILE *out = NULL;
	size_t size = 0;

	out = open_memstream(&text, &size);
	if (!out)
		return -ENOMEM;
	while (length > 0) {
		const char *comma = memchr(hosts, ',', length);
		size_t host = comma ? (size_t)(comma - hosts) : length;

		fprintf(out, "%s%.*s%s", http, (int)host, hosts,
			comma ? "," : "");
		host += comma != NULL;
		hosts += host;
		length -= host;
	}
	if (fclose(take_ptr(&out)) != 0 || !text)
		return -ENOMEM;
	*ret = take_ptr(&text);
	return 0;
}

int etcd_address_parse(
	const char *address, struct etcd_address *ret, struct why *why)
{
	const struct scheme *scheme = scheme_of(address);
	CLEANUP(free) char *path = NULL;
	const char *hosts;
	size_t length;

	if (!scheme)
		return why_set(why, -EINVAL, "%s: no address of an etcd",
			address);
	hosts = address + strlen(scheme->prefix);
	length = strcspn(hosts, "/");
	if (length == 0)
		return why_set(why, -EINVAL, "%s: no host", address);
	path = strdup(strcmp(hosts + length, "/") == 0 ? "" : hosts + length);
	if (!path || write_urls(hosts, length, scheme->http, &ret->urls) < 0)
		return why_set(why, -ENOMEM, "out of memory");
	ret->v3 = scheme->v3;
	ret->path = take_ptr(&path);
	return 0;
}

void etcd_address_done(struct etcd_address *address)
{
	free(address->urls);
	free(address->path);
	*address = (struct etcd_address){.urls = NULL};
}
